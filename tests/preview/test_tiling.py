"""Counting tiles of large, long and strange outlines: right, and never for long."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon, area, box, intersection

from pulumi_sentinelhub.preview import tiling
from pulumi_sentinelhub.preview.cells import Cells, TooDetailed, Work
from pulumi_sentinelhub.preview.checks.check import check_request
from pulumi_sentinelhub.preview.estimate import TOO_DETAILED, Estimate, estimate_request
from pulumi_sentinelhub.preview.grids import GRIDS
from pulumi_sentinelhub.preview.tiling import count_tiles
from sentinelhub_sandbox.processing import plan_tiles
from tests.support import requests

Point = tuple[float, float]
SIDE = 12
CELLS = [box(x, y, x + 1, y + 1) for x in range(-SIDE, SIDE) for y in range(-SIDE, SIDE)]


def star(centre: Point, radii: list[float]) -> list[Point]:
    """A closed ring around a centre, without crossings."""
    turns = [2 * math.pi * k / len(radii) for k in range(len(radii))]
    x, y = centre
    ring = [(x + r * math.cos(t), y + r * math.sin(t)) for r, t in zip(radii, turns, strict=True)]
    return [*ring, ring[0]]


def counted(*polygons: list[list[Point]]) -> int:
    cells = Cells(Work())
    for rings in polygons:
        for ring in rings:
            cells.follow(ring)
        cells.close()
    return cells.count()


RADII = st.lists(st.floats(0.05, 5.0), min_size=3, max_size=9)
CENTRE = st.tuples(st.floats(-1, 1), st.floats(-1, 1))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(centre=CENTRE, radii=RADII, other=CENTRE, others=RADII)
def test_cells_are_those_that_share_area(
    centre: Point, radii: list[float], other: Point, others: list[float]
) -> None:
    """One polygon, or two that overlap: the cells that a geometry library finds."""
    first, second = star(centre, radii), star(other, others)
    shared = sum(area(intersection(Polygon(outline), CELLS)) for outline in (first, second))
    least, most = (shared > 1e-4).sum(), (shared > 0).sum()  # an outline within a hair of a border
    assert least <= counted([first], [second]) <= most


def test_a_hole_is_not_inside() -> None:
    """What a second ring encloses does not count, but for the cells that its outline runs through."""
    outer = [(0.0, 0.0), (7.0, 0.0), (7.0, 7.0), (0.0, 7.0), (0.0, 0.0)]
    hole = [(2.5, 2.5), (5.5, 2.5), (5.5, 5.5), (2.5, 5.5), (2.5, 2.5)]
    assert counted([outer, hole]) == 49 - 4


@pytest.mark.parametrize("grid", [0, 1, 2])
def test_zones_add_up_to_the_whole(grid: int) -> None:
    """A strip over three UTM zones has about as many tiles as its area, also with a corner on a border."""
    strip = [(0.0, 40.0), (18.0, 40.0), (18.0, 44.0), (6.0, 44.0), (0.0, 43.0), (0.0, 40.0)]
    degree = math.pi * 6371.0 / 180
    whole = Polygon([(lon * math.cos(math.radians(42)), lat) for lon, lat in strip]).area * degree**2
    found = count_tiles([[strip]], GRIDS[grid])
    side = GRIDS[grid].pitch / 1000
    assert found is not None
    assert 0.98 * whole / side**2 < found < whole / side**2 + 3 * (4 * 18 * degree / side)


def detailed(positions: int, jagged: float) -> list[list[float]]:
    """A coast around Corsica, as detailed as one likes."""
    ring = [
        [
            9.05 + (0.6 + jagged * (k % 2)) * math.cos(2 * math.pi * k / positions),
            42.2 + (0.9 + jagged * (k % 3)) * math.sin(2 * math.pi * k / positions),
        ]
        for k in range(positions)
    ]
    return [*ring, ring[0]]


def declared(ring: list[list[float]]) -> dict[str, Any]:
    inputs = requests.geotiff()
    inputs["process_request"]["input"]["bounds"] = {"geometry": {"type": "Polygon", "coordinates": [ring]}}
    return inputs


def test_detail_does_not_change_the_count() -> None:
    """100,000 positions give as many tiles as 200 of the same outline."""
    coarse, fine = (declared(detailed(n, 0.0)) for n in (200, 100_000))
    few, many = estimate_request(coarse), estimate_request(fine)
    assert isinstance(few, Estimate)
    assert isinstance(many, Estimate)
    assert abs(few.tiles - many.tiles) <= 1
    assert check_request(fine) == []


def test_what_would_take_too_long_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """An outline that is drawn back and forth 100,000 times has no estimate, at once; the reason is shown."""

    def none_is_due(*_: object) -> None:
        raise AssertionError("a position is followed in vain")

    monkeypatch.setattr(tiling, "to_utm", none_is_due)
    comb = [[8.0 + k / 50_000, 30.0 + 20.0 * (k % 2)] for k in range(100_000)]
    found = estimate_request(declared([*comb, [8.0, 30.0]]))
    assert found is TOO_DETAILED
    assert "too long an outline" in str(found)


def test_the_work_is_bounded() -> None:
    """Neither rows nor columns of a long edge are followed beyond the budget."""
    for end in ((1e7, 0.5), (0.5, 1e7), (1e7, 1e7)):
        with pytest.raises(TooDetailed):
            Cells(Work(1000)).follow([(0.1, 0.1), end])


@pytest.mark.parametrize("grid", [1, 2])
@pytest.mark.parametrize(
    "bbox",
    [
        (9.0, 42.0, 9.1, 42.1),
        (8.9, 42.0, 9.0, 42.1),
        (11.9, 42.0, 12.0, 42.1),
        (12.0, 42.0, 12.1, 42.1),
        (6.0, 42.0, 12.0, 43.0),
        (5.5, 42.0, 12.5, 43.0),
        (9.0, 0.0, 9.1, 0.1),
        (9.0, -0.1, 9.1, 0.0),
        (-180.0, 10.0, -179.9, 10.1),
        (179.9, 10.0, 180.0, 10.1),
    ],
    ids=str,
)
def test_what_ends_at_a_border_has_nothing_beyond_it(bbox: tuple[float, ...], grid: int) -> None:
    """At a zone's central meridian, between two zones, at the equator: as many as the sandbox plans.

    Whichever corner the outline begins with, and in whichever direction it goes.
    """
    west, south, east, north = bbox
    request = {
        "processRequest": {"input": {"bounds": {"bbox": list(bbox)}, "data": []}},
        "tilingGrid": {"id": grid, "resolution": 360.0},
    }
    planned = len(plan_tiles(request))
    corners = [(west, south), (east, south), (east, north), (west, north)]
    for _ in corners:
        corners = [*corners[1:], corners[0]]
        for outline in (corners, corners[::-1], [*corners, corners[0]]):
            assert count_tiles([[outline]], GRIDS[grid]) == planned
