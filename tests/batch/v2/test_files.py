"""The service's own files in the bucket: where they lie, what they tell, and what hostile ones do not do."""

from __future__ import annotations

from typing import Any, BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_sentinelhub.batch.api import NAMED_TILES, BatchRequestInfo
from pulumi_sentinelhub.batch.v2 import sqlite_rows
from pulumi_sentinelhub.batch.v2.codec import request_info
from pulumi_sentinelhub.batch.v2.files import progress, tile_sizes, tiles
from pulumi_sentinelhub.batch.v2.places import root, roots
from pulumi_sentinelhub.errors import BadAnswer, BucketError, SentinelHubError
from tests.support.wire import ID

from .wire import DATABASE, MANIFEST, Bucket, database, delivered, manifest, sqlite_file, task

ROOT = f"s3://bucket/out/{ID}"
GPKG, SQLITE = f"{ROOT}/featureManifest-{ID}.gpkg", f"{ROOT}/execution-{ID}.sqlite"


def ended(**more: Any) -> BatchRequestInfo:
    return request_info(
        task(**{"status": "DONE", "userAction": "START", "costPU": 9, "request": delivered(), **more})
    )


def bucket(**files: bytes) -> Bucket:
    made = Bucket()
    made.files = {{"gpkg": GPKG, "sqlite": SQLITE}[name]: content for name, content in files.items()}
    return made


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("s3://b", "s3://b/ID"),
        ("s3://b/", "s3://b/ID"),
        ("s3://b/out", "s3://b/out/ID"),
        ("s3://b/out/<tileName>/<outputId>.<format>", "s3://b/out"),
        ("s3://b/out/<requestId>/<tileName>.tif", "s3://b/out/ID"),
        ("s3://b/out/x_<tileName>/y/<outputId>.<format>", "s3://b/out"),
        ("s3://b/<tileName>.tif", "s3://b"),
        ("s3://b/a_<requestId>/<tileName>.tif", "s3://b/a_ID"),
    ],
)
def test_the_root_is_the_documented_one(url: str, folder: str) -> None:
    """The table of the reference, and its edges."""
    assert root(url, "ID") == folder


def test_zarr_into_a_plain_folder_is_looked_for_in_both_places() -> None:
    """No source says which it is."""
    plain = {"output": {"type": "zarr", "delivery": {"s3": {"url": "s3://b/z"}}}}
    assert roots(ended(request=plain)) == (f"s3://b/z/{ID}", "s3://b/z")
    assert roots(ended(request=delivered("s3://b/z"))) == (f"s3://b/z/{ID}",)
    assert roots(ended(request={})) == ()
    files = Bucket()
    files.files[f"s3://b/z/execution-{ID}.sqlite"] = database(("t", "DONE", None))
    found = progress(ended(request=plain), files)
    assert found is not None
    assert found.tiles == {"PROCESSED": 1}


def test_the_outcome_is_told_by_the_database() -> None:
    """States, failed features with their reasons, and the cost."""
    rows = [
        ("a", "DONE", None),
        ("b", "DONE", "No data"),
        ("31UDS_7_2", "FATAL", "reason"),
        ("c", "FATAL", None),
        ("d", "PENDING", None),
        ("e", "NAPPING", None),
    ]
    found = progress(ended(), bucket(sqlite=database(*rows)))
    assert found is not None
    assert found.tiles == {"PROCESSED": 2, "FAILED": 2, "PENDING": 2}
    assert found.failed == ("31UDS_7_2 (reason)", "c")
    assert found.cost == 9.0


def test_only_some_failed_features_are_named() -> None:
    """However many there are, and however long their reasons."""
    rows = [(f"t{number:03}", "FATAL", "x" * 5000) for number in range(100)]
    found = progress(ended(), bucket(sqlite=database(*rows)))
    assert found is not None
    assert (found.tiles, len(found.failed)) == ({"FAILED": 100}, NAMED_TILES)
    assert max(map(len, found.failed)) < 300


def test_a_feature_with_several_rows_counts_once_with_the_worst() -> None:
    """Rows may be by output, too."""
    found = progress(
        ended(), bucket(sqlite=database(("a", "FATAL", "x"), ("a", "DONE", None), ("b", "DONE", None)))
    )
    assert found is not None
    assert found.tiles == {"FAILED": 1, "PROCESSED": 1}


def test_the_outcome_of_what_has_ended_is_never_made_up() -> None:
    """Without a database, or with one that is none, it is an error that names the file."""
    with pytest.raises(SentinelHubError, match="S3 credentials") as missing:
        progress(ended(), bucket())
    assert SQLITE in str(missing.value)
    with pytest.raises(BadAnswer) as broken:
        progress(ended(), bucket(sqlite=b"<html>"))
    assert SQLITE in str(broken.value)

    class Refused:
        def save(self, url: str, into: BinaryIO) -> bool:
            raise BucketError("cannot read from bucket", subject=url)

        def exists(self, url: str) -> bool:
            raise BucketError("cannot read from bucket", subject=url)

    with pytest.raises(BucketError):
        progress(ended(), Refused())


@pytest.mark.parametrize("content", [None, b"", b"<html>", database(("t", "DONE", None))[:3000]])
def test_while_it_runs_the_cost_is_told_without_the_database(content: bytes | None) -> None:
    """It comes later, and is replaced now and then; before the start there is nothing to tell."""
    files = bucket() if content is None else bucket(sqlite=content)
    found = progress(ended(status="PROCESSING"), files)
    assert found is not None
    assert (found.tiles, found.cost) == ({}, 9.0)
    assert progress(request_info(task(request=delivered())), files) is None


@pytest.mark.parametrize("action", ["ANALYSE", "START"])
def test_what_was_there_before_counts_by_the_manifest(action: str) -> None:
    """An analysis ends a task all of whose results exist; it leaves no database."""
    there = ended(userAction=action, costPU=0, request=delivered(skipExisting=True))
    files = bucket(gpkg=manifest({"feature_32632": [("a", 1, 1), ("b", 1, 1)]}))
    files.files |= {"s3://b/a": b"", "s3://b/b": b""}
    found = progress(there, files)
    assert found is not None
    assert (found.tiles, found.cost) == ({"PROCESSED": 2}, 0.0)


@pytest.mark.parametrize("there", [(), ("a",), ("b",)])
def test_nothing_came_out_of_it(there: tuple[str, ...]) -> None:
    """A started task that cost nothing and left no database may have failed altogether: its results tell."""
    started = ended(userAction="START", costPU=0, request=delivered(skipExisting=True))
    files = bucket(gpkg=manifest({"feature_32632": [("a", 1, 1), ("b", 1, 1)]}))
    files.files |= {f"s3://b/{name}": b"" for name in there}
    with pytest.raises(SentinelHubError, match="cannot tell"):
        progress(started, files)


@pytest.mark.parametrize(
    "more", [{"costPU": 0}, {"costPU": 5, "request": delivered(skipExisting=True)}, {"costPU": None}]
)
def test_nothing_else_is_taken_for_it(more: dict[str, Any]) -> None:
    """A started task that skips nothing, or has cost anything, has a database."""
    with pytest.raises(SentinelHubError, match="cannot tell"):
        progress(ended(**more), bucket(gpkg=manifest({"feature_32632": [("a", 1, 1)]})))


def test_sizes_are_of_each_feature_once() -> None:
    """Whatever its outputs; layers are by CRS, and other tables are none."""
    layers = {"feature_32632": [("a", 10, 20), ("b", 30, 40)], "feature_32633": [("a", 5, 6)]}
    files = bucket(gpkg=manifest(layers, outputs=("default", "userdata")))
    assert tile_sizes(ended(), files) == {(5, 6): 1, (10, 20): 1, (30, 40): 1}
    assert tile_sizes(ended(), bucket()) is None


@pytest.mark.parametrize("size", [None, 0, -5, "wide", 1.5])
def test_a_feature_without_a_size_is_an_error(size: Any) -> None:
    """No budget goes by a part of them."""
    files = bucket(gpkg=manifest({"feature_32632": [("a", 10, 20), ("b", size, 40)]}))
    with pytest.raises(BadAnswer, match="no size of 1"):
        tile_sizes(ended(), files)


def test_tiles_come_from_manifest_and_database() -> None:
    """What is only in the manifest is pending; a filter takes either word for a state."""
    files = bucket(
        gpkg=manifest({"feature_32632": [("a", 10, 20), ("b", 30, 40), ("c", 1, 2)]}),
        sqlite=database(("a", "DONE", None), ("b", "FATAL", "reason")),
    )
    found = {tile.name: (tile.status, tile.error) for tile in tiles(ended(), files)}
    assert found == {"a": ("PROCESSED", None), "b": ("FAILED", "reason"), "c": ("PENDING", None)}
    assert [tile.name for tile in tiles(ended(), files, status="FAILED")] == ["b"]
    assert [tile.name for tile in tiles(ended(), files, status="FATAL")] == ["b"]
    assert next(iter(tiles(ended(), files))).raw == {
        "name": "a",
        "width": 10,
        "height": 20,
        "id": 1,
        "status": "DONE",
    }


def test_tiles_are_none_before_the_analysis_and_an_error_when_they_should_be_there() -> None:
    """An empty list would say that there is nothing to do."""
    assert list(tiles(request_info(task(request=delivered())), bucket())) == []
    assert list(tiles(ended(status="FAILED"), bucket())) == []
    with pytest.raises(SentinelHubError, match="featureManifest"):
        list(tiles(ended(status="ANALYSIS_DONE"), bucket()))


def test_unknown_tables_and_columns_are_left_alone() -> None:
    """A newer service may add to both files, and leave out what is not needed."""
    newer = [
        "CREATE TABLE newer (a, b)",
        "CREATE TABLE FEATURES (brand_new TEXT, Name TEXT, STATUS TEXT)",
    ]
    content = sqlite_file(newer, {"newer": [(1, 2)], "FEATURES": [("x", "t", "DONE")]})
    assert [tile.status for tile in tiles(ended(), bucket(sqlite=content))] == ["PROCESSED"]
    with_more = [
        MANIFEST.format("feature_1").replace("fid", "brand_new TEXT, fid"),
        "CREATE TABLE newer (a, b)",
    ]
    content = sqlite_file(with_more, {"feature_1": [("x", 1, "o", "t", "p", 7, 8, b"")], "newer": [(1, 2)]})
    assert tile_sizes(ended(), bucket(gpkg=content)) == {(7, 8): 1}


ENDLESS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
    "SELECT 'a' AS name, 'DONE' AS status FROM n"
)
HOSTILE = {
    "a view without end": [f"CREATE VIEW features AS {ENDLESS}"],
    "a column that computes": [
        "CREATE TABLE features (name TEXT, status TEXT GENERATED ALWAYS AS (hex(zeroblob(100000000))))",
        "INSERT INTO features (name) VALUES ('a')",
    ],
    "a virtual table": ["CREATE VIRTUAL TABLE features USING fts5(name, status, content='endless')"],
    "no such table": ["CREATE TABLE other (name TEXT, status TEXT)"],
    "no such column": ["CREATE TABLE features (name TEXT)"],
}


@pytest.mark.parametrize("statements", HOSTILE.values(), ids=HOSTILE)
def test_nothing_of_a_file_is_run(statements: list[str]) -> None:
    """Only rows of plain tables are read; what computes is not the file that was expected."""
    with pytest.raises(BadAnswer, match="no table features"):
        progress(ended(), bucket(sqlite=sqlite_file(statements)))


def test_wild_values_in_rows_are_harmless() -> None:
    """Blobs, numbers, long and broken texts, and names that are none."""
    rows = [
        (1, b"blob", "DONE", None, 1),
        (2, None, "DONE", None, 1),
        (3, 5, "DONE", None, 1),
        (4, "a\n::error::", 7, b"x", 1),
        (5, "b" * 100_000, "FATAL", "c" * 1_000_000, 1),
    ]
    content = sqlite_file([DATABASE.replace("name TEXT", "name")], {"features": rows})
    found = progress(ended(), bucket(sqlite=content))
    assert found is not None
    assert found.tiles == {"PENDING": 1, "FAILED": 1}
    assert len(found.failed[0]) < 3000


def test_size_and_rows_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than the service ever writes is an error."""
    content = database(*((f"t{number}", "DONE", None) for number in range(5)))
    monkeypatch.setattr(sqlite_rows, "MOST_ROWS", 4)
    with pytest.raises(BadAnswer, match="more than 4 rows"):
        progress(ended(), bucket(sqlite=content))
    monkeypatch.setattr(sqlite_rows, "MOST_BYTES", len(content) - 1)
    with pytest.raises(BadAnswer, match="is longer"):
        progress(ended(), bucket(sqlite=content))


SAMPLE = database(*((f"t{number}", "DONE", "No data") for number in range(50)))


@settings(max_examples=200, derandomize=True, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(SAMPLE) - 1), st.integers(0, 255)), max_size=30),
    st.integers(0, len(SAMPLE)),
)
def test_broken_files_are_read_or_refused(changes: list[tuple[int, int]], length: int) -> None:
    """Any bytes of a database may be others, or missing: it is a bad answer, or rows."""
    content = bytearray(SAMPLE)
    for place, value in changes:
        content[place] = value
    for cut in (bytes(content), bytes(content[:length])):
        found, error = outcome(cut)
        assert found is not None or SQLITE in str(error)


def outcome(content: bytes) -> tuple[object, BadAnswer | None]:
    """What a database tells, or why it tells nothing."""
    try:
        return progress(ended(), bucket(sqlite=content)), None
    except BadAnswer as error:
        return None, error
