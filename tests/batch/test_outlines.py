"""Where tiles are: GeoJSON of v1, stored geometries of v2, and what hostile ones do not do."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_sentinelhub.batch.outlines import MOST_BYTES, MOST_CORNERS, of_geojson, of_stored
from pulumi_sentinelhub.batch.v1.codec import tile
from tests.support.hypotheses import tried

SQUARE = ((8.0, 41.0), (9.0, 41.0), (9.0, 42.0), (8.0, 42.0))


def stored(ring: Any, *, envelope: bool = True, order: str = "<", kind: int = 3) -> bytes:
    """A ring as a GeoPackage keeps it."""
    xs, ys = [x for x, *_ in ring], [y for _, y, *_ in ring]
    flags = (order == "<") | (envelope << 1)
    head = struct.pack(f"{order}2sBBi", b"GP", 0, flags, 4326)
    if envelope:
        head += struct.pack(f"{order}4d", min(xs), max(xs), min(ys), max(ys))
    numbers = [number for point in ring for number in point]
    return (
        head
        + struct.pack(f"{order}B3I", order == "<", kind, 1, len(ring))
        + struct.pack(f"{order}{len(numbers)}d", *numbers)
    )


def test_a_tile_of_v1_has_its_outline() -> None:
    """The polygon of the answer, in longitude and latitude, without its first corner again."""
    geometry = {"type": "Polygon", "coordinates": [[*map(list, SQUARE), list(SQUARE[0])]]}
    found = tile({"id": 1, "geometry": geometry}).outline
    assert found is not None
    assert (found.epsg, found.ring) == (4326, SQUARE)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("envelope", [True, False])
def test_a_stored_ring_is_read(order: str, envelope: bool) -> None:
    """In either byte order, with an envelope or without."""
    found = of_stored(stored((*SQUARE, SQUARE[0]), envelope=envelope, order=order), 32632)
    assert found is not None
    assert (found.epsg, found.ring) == (32632, SQUARE)


def test_heights_are_left_out() -> None:
    """A ring of three dimensions is read by its first two."""
    found = of_stored(stored([(*corner, 7.0) for corner in SQUARE], kind=1003), 4326)
    assert found is not None
    assert found.ring == SQUARE


def test_what_is_no_small_polygon_is_a_box() -> None:
    """Many corners and several polygons are shown by the box around them."""
    ring = [(8 + (n % 7) / 6, 41 + n / 199) for n in range(200)]
    box = ((8.0, 41.0), (9.0, 41.0), (9.0, 42.0), (8.0, 42.0))
    several = {"type": "MultiPolygon", "coordinates": [[[list(p) for p in ring[:90]]], [[*map(list, ring)]]]}
    many = {"type": "Polygon", "coordinates": [[list(point) for point in ring]]}
    for found in (of_geojson(several), of_geojson(many), of_stored(stored(ring), 4326)):
        assert found is not None
        assert [*map(pytest.approx, box)] == list(found.ring)
    assert len(ring) > MOST_CORNERS


@pytest.mark.parametrize(
    "geometry",
    [None, [], {}, {"type": "Polygon"}, {"type": "Polygon", "coordinates": [[[1e99, 2], [3, 4], [5, 6]]]}],
)
def test_no_place_is_none(geometry: Any) -> None:
    """What shows no place has no outline, and a tile without one is a tile."""
    assert of_geojson(geometry) is None
    assert tile({"id": 1, "geometry": geometry}).outline is None


@tried(200)
@given(st.binary(max_size=200), st.integers(0, 90))
def test_wild_bytes_raise_nothing(tail: bytes, cut: int) -> None:
    """Whatever a file holds: an outline of finite numbers, or none."""
    whole = stored((*SQUARE, SQUARE[0]))
    for blob in (b"GP" + tail, whole[:cut] + tail, (whole[:cut] + tail)[:MOST_BYTES]):
        found = of_stored(blob, 4326)
        assert found is None or all(abs(x) < float("inf") for point in found.ring for x in point)
