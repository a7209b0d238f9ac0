"""Features: a file in a bucket, over the real boto3 and an S3 in this process."""

from __future__ import annotations

import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pulumi_sentinelhub.errors import BucketError, InputError
from pulumi_sentinelhub.lifecycle.contract import Remote
from pulumi_sentinelhub.lifecycle.features import FEATURES
from pulumi_sentinelhub.lifecycle.ownership.holders import Holder
from pulumi_sentinelhub.lifecycle.tables.features import CHANGED, FIELDS, OUTPUTS
from pulumi_sentinelhub.preview.geopackage import check_geopackage
from pulumi_sentinelhub.resources.arguments import ArgumentError
from pulumi_sentinelhub.resources.feature_source import feature_file
from pulumi_sentinelhub.s3.buckets import BucketClient
from tests.support.clock import HandClock
from tests.support.s3 import OURS, make

from .world import World, pure

SQUARE = [[[8.0, 41.0], [9.0, 41.0], [9.0, 42.0], [8.0, 41.0]]]


def feature(identifier: Any = "a", geometry: Any = None, **properties: Any) -> dict[str, Any]:
    area = {"type": "Polygon", "coordinates": SQUARE} if geometry is None else geometry
    return {"type": "Feature", "geometry": area, "properties": {"identifier": identifier, **properties}}


def collection(*features: Any, **members: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features), **members}


def written(*features: Any, **members: Any) -> Path:
    return feature_file("source", collection(*features, **members)).path


def inputs(source: Any = None, declaration: str = OURS, **changes: Any) -> dict[str, Any]:
    """What the resource hands on."""
    file = feature_file("source", source or collection(feature(resolution=10.0)))
    url = f"s3://results/features/areas-{file.content_hash[:12]}.gpkg"
    given = {
        "bucket": "results",
        "key": "features/areas.gpkg",
        "content_hash": file.content_hash,
        "file": str(file.path),
        "url": url,
        "features": {"s3": {"url": url}},
        "declaration": declaration,
        "deployment": "aws-eu-central-1",
        **changes,
    }
    report = FEATURES.check(replace(pure(), foretells=False), {}, given)
    assert report.findings == ()
    return report.inputs


@pytest.fixture
def world(buckets: BucketClient, clock: HandClock, cancel: threading.Event, other: Any) -> World:
    make(other, "results")
    return World(buckets, clock, cancel)


def key_of(remote: Remote) -> str:
    return remote.id.removeprefix("s3://results/")


def test_a_file_lives_with_its_declaration(world: World, other: Any) -> None:
    """Uploaded whole, shown, unchanged by a refresh, and deleted."""
    given = inputs(defaults={"resolution": 10})
    made = FEATURES.create(world.context, given)
    assert set(made.outputs) == {field.name for field in FIELDS} | set(OUTPUTS)
    body = other.get_object(Bucket="results", Key=key_of(made))["Body"].read()
    assert body == Path(given["file"]).read_bytes()
    now = FEATURES.read(world.context, made.id, made.outputs)
    assert now is not None
    assert now.outputs == made.outputs
    assert not FEATURES.diff(world.context, made.id, now.outputs, given)
    FEATURES.delete(world.context, made.id, made.outputs)
    assert "Contents" not in other.list_objects_v2(Bucket="results")
    FEATURES.delete(world.context, made.id, made.outputs)


def test_other_content_is_another_file(world: World) -> None:
    """The old one stays until its request is gone, and a request is made anew, as its features differ."""
    made = FEATURES.create(world.context, inputs())
    news = inputs(collection(feature("b", resolution=10.0)))
    found = FEATURES.diff(world.context, made.id, made.outputs, news)
    assert found.replaces == ("content_hash",)
    assert not found.delete_before_replace
    second = FEATURES.create(world.context, news)
    assert second.outputs["features"] != made.outputs["features"]
    FEATURES.delete(world.context, made.id, made.outputs)
    assert FEATURES.read(world.context, second.id, second.outputs) is not None


def test_other_defaults_make_no_call() -> None:
    """They stand in the request alone."""
    olds = {**inputs(), "etag": "x"}
    news = {**inputs(), "defaults": {"resolution": 5}, "features": {"s3": {}, "defaults": {"resolution": 5}}}
    found = FEATURES.diff(pure(), "s3://results/x", olds, news)
    assert (found.changed, found.replaces) == (("defaults",), ())
    assert FEATURES.update(pure(), "s3://results/x", olds, news)["features"] == news["features"]


def test_what_is_gone_is_noticed(world: World, other: Any) -> None:
    """A refresh forgets it, so that the next update uploads it again."""
    made = FEATURES.create(world.context, inputs())
    other.delete_object(Bucket="results", Key=key_of(made))
    assert FEATURES.read(world.context, made.id, made.outputs) is None


def test_what_was_changed_is_uploaded_again(world: World, other: Any) -> None:
    """In place, under the same key, as long as it bears the declaration's mark."""
    given = inputs()
    made = FEATURES.create(world.context, given)
    marks = other.head_object(Bucket="results", Key=key_of(made))["Metadata"]
    other.put_object(Bucket="results", Key=key_of(made), Body=b"something else", Metadata=marks)
    now = FEATURES.read(world.context, made.id, made.outputs)
    assert now is not None
    assert now.outputs["content_hash"] == CHANGED
    found = FEATURES.diff(world.context, made.id, now.outputs, given)
    assert (found.changed, found.replaces) == (("content_hash",), ())
    outputs = FEATURES.update(world.context, made.id, now.outputs, given)
    assert outputs == made.outputs
    assert FEATURES.read(world.context, made.id, outputs) == Remote(made.id, outputs, given)


@pytest.mark.parametrize("marks", [{}, {"pulumi-sentinelhub-declaration": "another"}])
def test_another_ones_object_is_never_touched(world: World, other: Any, marks: dict[str, str]) -> None:
    """Not written over by a create or an update, and not deleted; a refresh says whose it is."""
    given = inputs()
    made = FEATURES.create(world.context, given)
    other.put_object(Bucket="results", Key=key_of(made), Body=b"theirs", Metadata=marks)
    with pytest.raises(BucketError, match="It was not touched"):
        FEATURES.create(world.context, given)
    with pytest.raises(BucketError, match="It was not touched"):
        FEATURES.update(world.context, made.id, {**made.outputs, "content_hash": CHANGED}, given)
    assert FEATURES.read(world.context, made.id, made.outputs) is None
    FEATURES.delete(world.context, made.id, made.outputs)
    assert len(world.warned) == 2
    assert other.get_object(Bucket="results", Key=key_of(made))["Body"].read() == b"theirs"


def test_what_a_killed_create_has_left_is_taken_over(world: World, other: Any) -> None:
    """It is not uploaded a second time."""
    made = FEATURES.create(world.context, inputs())
    before = other.head_object(Bucket="results", Key=key_of(made))["LastModified"]
    assert FEATURES.create(world.context, inputs()).outputs["etag"] == made.outputs["etag"]
    assert other.head_object(Bucket="results", Key=key_of(made))["LastModified"] == before


def test_what_another_stack_holds_is_not_taken_over(world: World) -> None:
    """A new stack gets the name of a renamed one, whose file is alike."""
    FEATURES.create(world.context, inputs())
    world.context = replace(
        world.context, holder=lambda _: Holder("urn:pulumi:old::maps::sentinelhub:index:Features::areas")
    )
    with pytest.raises(BucketError, match="Features areas of stack old, project maps holds it"):
        FEATURES.create(world.context, inputs())


def test_a_file_that_is_gone_is_one_clear_line(world: World) -> None:
    """As when only the provider goes on."""
    with pytest.raises(InputError, match="Run the command again, with the program"):
        FEATURES.create(world.context, {**inputs(), "file": "/nowhere/areas.gpkg"})


class Crs:
    """As pyproj's says what it is."""

    def __init__(self, code: int | None) -> None:
        self.to_epsg = lambda: code


def test_the_hash_is_of_the_content() -> None:
    """Equal features have equal hashes, wherever they come from and whatever else they say."""

    class Table:
        crs: Any = None
        __geo_interface__ = collection(feature(width=3.0, height=4, area="not asked for"), bbox=(8, 9))

    first = feature_file("source", Table())
    again = feature_file("source", collection(feature(height=4, width=3)))
    assert first.path.suffix == ".gpkg"
    assert first.content_hash == again.content_hash
    assert first.content_hash != feature_file("source", collection(feature(width=3, height=5))).content_hash
    Table.crs = Crs(32632)
    assert feature_file("source", Table()).content_hash != first.content_hash
    Table.crs = Crs(None)
    with pytest.raises(ArgumentError, match="a CRS without EPSG code"):
        feature_file("source", Table())
    of_file = feature_file("source", first.path)
    assert of_file == feature_file("source", str(first.path))
    assert of_file.path == first.path


def test_what_is_written_is_what_the_service_reads() -> None:
    """Columns, types, an id, areas of one kind and their CRS, as another library sees them."""
    from pyogrio import read_info
    from pyogrio.raw import read

    parts = {"type": "MultiPolygon", "coordinates": [SQUARE, SQUARE]}
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32632"}}
    path = written(feature("a", width=10, height=20), feature("b", parts, resolution=0.5), crs=crs)
    info = read_info(path)
    assert (info["crs"], info["geometry_type"], info["fid_column"]) == ("EPSG:32632", "MultiPolygon", "id")
    assert list(info["fields"]) == ["identifier", "width", "height", "resolution"]
    columns = read(path)[3]
    assert list(columns[0]) == ["a", "b"]
    assert [columns[1][0], columns[2][0], columns[3][1]] == [10, 20, 0.5]
    assert columns[1][1] != columns[1][1]  # there is none
    assert list(check_geopackage(path, defaults=False)) == []


WRONG: dict[str, tuple[Any, str]] = {
    "a number": (3, "must be the path of a GeoPackage"),
    "no such file": ("nowhere.gpkg", "cannot be read: No such file or directory"),
    "one geometry": ({"type": "Polygon", "coordinates": SQUARE}, "must be a FeatureCollection"),
    "nothing in it": (collection(), "at least one feature"),
    "a point": (
        collection(feature("a", {"type": "Point", "coordinates": [8, 41]})),
        r"features\[0\] must be a feature whose geometry is a Polygon",
    ),
    "no identifier": (collection(feature(None)), r"features\[0\] needs an identifier"),
    "half a pixel": (collection(feature(width=1.5)), "width must be a whole number"),
    "no number": (collection(feature(resolution="10 m")), "resolution must be a number"),
    "a CRS of no number": (
        collection(feature(), crs={"type": "name", "properties": {"name": "mine"}}),
        "must be one of EPSG's",
    ),
    "no ring": (
        collection(feature("a", {"type": "Polygon", "coordinates": [[[8, 41]]]})),
        "cannot be written as a GeoPackage",
    ),
    "what JSON cannot hold": (collection(feature("a", {"type": {1}})), "a set has no order"),
}


@pytest.mark.parametrize(("source", "words"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_source_is_one_clear_line(source: Any, words: str) -> None:
    """Whatever a program gives, it is said where and what is wrong."""
    with pytest.raises(ArgumentError, match=words) as refused:
        feature_file('Features("areas").source', source)
    assert str(refused.value).startswith('Features("areas").source')


def test_without_the_extra_the_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of one's own need nothing; what has to be written needs the extra."""
    path = written(feature())
    monkeypatch.setitem(sys.modules, "pyogrio.raw", None)
    assert feature_file("source", path).path == path
    with pytest.raises(ArgumentError, match=r"pip install 'pulumi-sentinelhub\[features\]'"):
        feature_file("source", collection(feature("not written yet")))


@pytest.mark.parametrize(
    ("features", "words"),
    [
        ([feature()], "1 features of layer features have neither width and height nor resolution"),
        ([feature(width=10)], "have neither width and height nor resolution"),
        ([feature(width=3501, height=1)], "a width outside of 1 to 3500 pixels"),
        ([feature(resolution=1.0), feature(resolution=1.0)], "layer features has a more than once"),
    ],
)
def test_a_file_is_looked_into(features: list[Any], words: str) -> None:
    """What the service would refuse in its analysis is found at preview."""
    file = feature_file("source", collection(*features))
    report = FEATURES.check(pure(), {}, {"bucket": "results", "key": "k", "file": str(file.path)})
    assert [(one.property, words in one.reason) for one in report.failures] == [("source", True)]


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    """Text, another database, an empty one."""
    text = tmp_path / "areas.gpkg"
    text.write_text("identifier;geometry\n" * 100)
    [finding] = check_geopackage(text, defaults=True)
    assert "cannot be read as a GeoPackage" in finding.reason
    (tmp_path / "empty").touch()
    [finding] = check_geopackage(tmp_path / "empty", defaults=True)
    assert "cannot be read as a GeoPackage" in finding.reason


def test_defaults_and_bucket_are_checked() -> None:
    """By the same rules as in a request."""
    given = {**inputs(), "defaults": {"width": 0, "height": 1}, "bucket": "s3://results"}
    failures = FEATURES.check(pure(), {}, given).failures
    assert [failure.property for failure in failures] == ["defaults.width", "bucket"]
