"""BYOC tiles without files: their life, paths, times and covers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.clock import HandClock

from ..cogs import Byoc
from .conftest import NOBODY, SQUARE


def test_a_tile_waits_and_is_then_ingested(byoc: Byoc, clock: HandClock) -> None:
    """WAITING, INGESTING, INGESTED by the clock; a reingestion begins again."""
    collection = byoc.collection()
    answer = byoc.call("POST", f"/collections/{collection}/tiles", {"path": "a/(BAND).tif"})
    made = answer.json()["data"]
    one = f"/collections/{collection}/tiles/{made['id']}"
    assert (made["status"], made["created"]) == ("WAITING", made["ingestionStart"])
    assert byoc.call("POST", f"{one}/reingest").status_code == 400
    seen = []
    for _ in range(3):
        seen.append(byoc.get_tile(collection, made["id"])["status"])
        clock.move(5)
    assert seen == ["WAITING", "INGESTING", "INGESTED"]
    assert byoc.call("POST", f"{one}/reingest").status_code == 204
    again = byoc.get_tile(collection, made["id"])
    assert (again["status"], again["created"]) == ("WAITING", made["created"])
    assert again["ingestionStart"] > made["ingestionStart"]


def test_the_seconds_of_an_ingestion_can_change(byoc: Byoc, clock: HandClock) -> None:
    """A live option, for tiles that are made afterwards."""
    changed = byoc.client.control("PUT", "/options", {"ingestion_seconds": 100, "metadata_seconds": 0})
    assert changed.json()["ingestion_seconds"] == 100
    collection = byoc.collection()
    tile = byoc.tile(collection, "a")
    clock.move(99)
    assert byoc.get_tile(collection, tile)["status"] == "INGESTING"
    clock.move(1)
    assert byoc.get_tile(collection, tile)["status"] == "INGESTED"


@pytest.mark.parametrize("path", ["/a", "a/", "a//b", "(BAND)/(BAND).tif", 3, None])
def test_paths_that_are_refused(byoc: Byoc, path: Any) -> None:
    """400, as the contract's pattern and one placeholder have it."""
    collection = byoc.collection()
    answer = byoc.call("POST", f"/collections/{collection}/tiles", {"path": path})
    assert (answer.status_code, answer.json()["error"]["errors"]["parameter"]) == (400, "path")


def test_a_path_is_taken_once(byoc: Byoc) -> None:
    """409 for a second tile of the path in one collection; another collection may have it."""
    one, other = byoc.collection(), byoc.collection()
    tile = byoc.tile(one, "a")
    assert byoc.call("POST", f"/collections/{one}/tiles", {"path": "a"}).status_code == 409
    byoc.tile(other, "a")
    byoc.call("DELETE", f"/collections/{one}/tiles/{tile}")
    byoc.tile(one, "a")


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("2020-02-06T18:02:34", "2020-02-06T18:02:34.000"),
        ("2020-02-06T18:02:34Z", "2020-02-06T18:02:34.000Z"),
        ("2020-02-06T18:02:34.123456+02:00", "2020-02-06T16:02:34.123Z"),
        ("yesterday", None),
        (7, None),
    ],
)
def test_sensing_times(byoc: Byoc, sent: Any, shown: str | None) -> None:
    """In UTC, to the millisecond; without a zone as observed; others are a 400."""
    collection = byoc.collection()
    answer = byoc.call("POST", f"/collections/{collection}/tiles", {"path": "a", "sensingTime": sent})
    if shown is None:
        assert answer.status_code == 400
    else:
        assert answer.json()["data"]["sensingTime"] == shown


def test_cover_geometries(byoc: Byoc) -> None:
    """Polygons of up to 100 points, in any CRS that has a name; all else is a 400, at POST and at PUT."""
    collection = byoc.collection()
    tile = byoc.tile(collection, "first")
    ring = [[n / 50, 0.0] for n in range(50)] + [[1 - n / 50, 1.0] for n in range(49)]
    most = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    many = {"type": "Polygon", "coordinates": [[*ring, [0, 0.5], ring[0]]]}
    utm = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32632"}}
    nonsense = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::x"}}
    cases: list[tuple[Any, bool]] = [
        (most, True),
        (many, False),
        ({"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"]]}, True),
        ({**SQUARE, "crs": utm}, True),
        ({**SQUARE, "crs": nonsense}, False),
        ({"type": "Point", "coordinates": [9, 42]}, False),
        ({"type": "Polygon", "coordinates": [[[9, 42], [9, 42], [9, 42], [9, 42]]]}, False),
        ({"type": "Polygon", "coordinates": "x"}, False),
        ([], False),
    ]
    for number, (cover, good) in enumerate(cases):
        body = {"path": f"t{number}", "coverGeometry": cover}
        assert byoc.call("POST", f"/collections/{collection}/tiles", body).status_code == (
            201 if good else 400
        )
        one = f"/collections/{collection}/tiles/{tile}"
        assert byoc.call("PUT", one, {"coverGeometry": cover}).status_code == (204 if good else 400)


def test_a_tile_is_updated(byoc: Byoc) -> None:
    """PUT replaces cover and sensing time; a path is accepted and ignored."""
    collection = byoc.collection()
    tile = byoc.tile(collection, "a", sensingTime="2020-01-01T00:00:00Z")
    one = f"/collections/{collection}/tiles/{tile}"
    body = {"path": "elsewhere", "coverGeometry": SQUARE, "sensingTime": "2021-01-01T00:00:00Z"}
    assert byoc.call("PUT", one, body).status_code == 204
    seen = byoc.get_tile(collection, tile)
    assert (seen["path"], seen["coverGeometry"]) == ("a", SQUARE)
    assert seen["sensingTime"] == "2021-01-01T00:00:00.000Z"
    assert byoc.call("PUT", one, {}).status_code == 204
    assert not byoc.get_tile(collection, tile).keys() & {"sensingTime", "coverGeometry"}


def test_what_is_not_there(byoc: Byoc) -> None:
    """404 for every call on an unknown collection or tile, whatever the body."""
    collection = byoc.collection()
    calls = [
        ("GET", f"/collections/{NOBODY}"),
        ("DELETE", f"/collections/{NOBODY}"),
        ("POST", f"/collections/{NOBODY}/tiles"),
        ("GET", f"/collections/{NOBODY}/tiles"),
        ("POST", f"/collections/{NOBODY}/copyTiles?toCollection={collection}"),
        ("POST", f"/collections/{collection}/copyTiles?toCollection={NOBODY}"),
        *((method, f"/collections/{collection}/tiles/{NOBODY}") for method in ("GET", "PUT", "DELETE")),
        ("POST", f"/collections/{collection}/tiles/{NOBODY}/reingest"),
    ]
    for method, path in calls:
        assert byoc.call(method, path, {} if method in {"POST", "PUT"} else None).status_code == 404, path
