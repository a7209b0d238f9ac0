"""Jobs of 100,000 features: what is held of their files in memory, and what is left of them on the disk."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from functools import cache
from itertools import islice
from pathlib import Path

import pytest

from pulumi_sentinelhub.batch.v2 import sqlite_rows
from pulumi_sentinelhub.batch.v2.codec import request_info
from pulumi_sentinelhub.batch.v2.files import progress, tile_sizes, tiles
from tests.support.wire import ID

from .wire import DATABASE, MANIFEST, Bucket, delivered, manifest, sqlite_file, task

FEATURES = 100_000
#: Bytes that may be held at once; the names alone, as a list, take more.
BOUND = 4 * 2**20
INFO = request_info(task(status="DONE", userAction="START", costPU=9, request=delivered()))


#: All numbers below as many, in an order that is none: SQLite makes the rows much faster than Python.
_SHUFFLED = (
    "WITH RECURSIVE shuffled(n, number) AS (SELECT 0, 0 UNION ALL "
    "SELECT n + 1, (n + 1) * 7919 % {features} FROM shuffled WHERE n + 1 < {features}) "
)
_NAME = "printf('tile %06d', number)"


@cache
def contents(features: int) -> dict[str, bytes]:
    """A manifest of three layers, and a database with every thousandth feature failed."""
    shuffled = _SHUFFLED.format(features=features)
    layers = [f"feature_{code}" for code in (32631, 32632, 32633)]
    listed = [
        f"INSERT INTO {layer} {shuffled} SELECT NULL, 'default', {_NAME}, 's3://b/' || {_NAME}, 1000, "
        f"1000 + number % 2, CAST('GP' AS BLOB) FROM shuffled WHERE number % 3 = {number}"
        for number, layer in enumerate(layers)
    ]
    states = (
        f"INSERT INTO features {shuffled} SELECT n + 1, {_NAME}, "
        "CASE number % 1000 WHEN 0 THEN 'FATAL' ELSE 'DONE' END, NULL, number % 1000 != 0 FROM shuffled"
    )
    return {
        f"featureManifest-{ID}.gpkg": sqlite_file([*map(MANIFEST.format, layers), *listed]),
        f"execution-{ID}.sqlite": sqlite_file([DATABASE, states]),
    }


def bucket(features: int) -> Bucket:
    made = Bucket()
    made.files = {f"s3://bucket/out/{ID}/{name}": content for name, content in contents(features).items()}
    return made


@pytest.fixture
def files() -> Bucket:
    return bucket(FEATURES)


def peak_of(work: Callable[[], object]) -> int:
    """The most bytes that are held at once meanwhile."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_progress_holds_little_and_goes_on(files: Bucket) -> None:
    """Each is counted, with a word after each hundred, and few are held at once."""
    heard: list[int] = []
    found = []
    assert peak_of(lambda: found.append(progress(INFO, files, heard.append))) < BOUND
    (told,) = found
    assert told is not None
    assert told.tiles == {"FAILED": 100, "PROCESSED": FEATURES - 100}
    assert told.failed[:2] == ("tile 000000", "tile 001000")
    assert sum(heard) == FEATURES
    assert max(heard) == 100


def test_sizes_hold_little(files: Bucket) -> None:
    """They are as many as there are different ones."""
    found = []
    assert peak_of(lambda: found.append(tile_sizes(INFO, files))) < BOUND
    assert found == [{(1000, 1000): FEATURES // 2, (1000, 1001): FEATURES // 2}]


def test_tiles_hold_little(files: Bucket) -> None:
    """Manifest and database are read side by side: whoever takes one tile at a time holds one."""
    counts = {"FAILED": 0, "PROCESSED": 0}

    def count() -> None:
        for tile in islice(tiles(INFO, files), 20_000):
            counts[tile.status] += 1
            assert tile.raw["width"] == 1000

    assert peak_of(count) < BOUND
    assert counts == {"FAILED": 20, "PROCESSED": 19_980}


def test_nothing_stays_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is there for a moment is nobody else's to read, and goes also when one stops in the middle."""
    files = bucket(5000)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    there = tiles(INFO, files)
    next(there)
    assert len(list(tmp_path.iterdir())) == 2
    there.close()  # type: ignore[attr-defined]
    progress(INFO, files)
    assert list(tmp_path.iterdir()) == []
    assert set(files.modes) == {0o600}


def test_too_many_layers_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service whose CRS have a layer each has a hundred or two."""
    monkeypatch.setattr(sqlite_rows, "_MOST_TOGETHER", 1)
    files = Bucket()
    layers = {"feature_1": [("a", 1, 1)], "feature_2": [("b", 1, 1)]}
    files.files[f"s3://bucket/out/{ID}/featureManifest-{ID}.gpkg"] = manifest(layers)
    with pytest.raises(Exception, match="more than 1 layers"):
        tile_sizes(INFO, files)
