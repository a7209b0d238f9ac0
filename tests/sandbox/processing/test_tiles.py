from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.warp import transform

from sentinelhub_sandbox.processing import (
    ProcessingFailure,
    TilePlan,
    estimate_tile_count,
    grids,
    plan_tiles,
)

from .requests import CORSICA, option_1, option_2

GRID_RESOLUTIONS = {0: 60.0, 1: 20.0, 2: 360.0, 3: 0.008, 6: 100.0, 7: 20.0}


def request_for(grid: int, bounds: dict[str, Any]) -> dict[str, Any]:
    """Only what planning looks at."""
    return {
        "processRequest": {"input": {"bounds": bounds, "data": []}},
        "tilingGrid": {"id": grid, "resolution": GRID_RESOLUTIONS[grid]},
    }


def holds(plan: TilePlan, size: float, lon: float, lat: float) -> bool:
    (x,), (y,) = transform("EPSG:4326", plan.crs, [lon], [lat])
    left, top = plan.origin
    slack = 1e-6 * size
    return bool(left - slack <= x <= left + size + slack and top - size - slack <= y <= top + slack)


def utm_zone(lon: float, lat: float) -> int:
    """The zone that a place belongs to, written down independently."""
    zone = min(int((lon + 180) // 6) + 1, 60)
    if 56 <= lat < 64 and 3 <= lon < 12:
        return 32
    if lat >= 72 and 0 <= lon < 42:
        return 31 if lon < 9 else 33 if lon < 21 else 35 if lon < 33 else 37
    return zone


def test_grids_are_those_of_the_service() -> None:
    """Ids, names, sizes and units are as observed; resolutions add the documented 30 m."""
    found = {grid["id"]: grid for grid in grids()}
    assert sorted(found) == [0, 1, 2, 3, 6, 7]
    assert found[0] == {
        "id": 0,
        "name": "20km grid",
        "properties": {
            "tileWidth": 20040.0,
            "tileHeight": 20040.0,
            "chunkWidth": 334,
            "chunkHeight": 167,
            "resolutions": [10.0, 20.0, 30.0, 60.0],
            "singleCrs": False,
            "unit": "METRE",
        },
    }
    assert 30.0 in found[2]["properties"]["resolutions"]
    assert found[3]["properties"]["unit"] == "DEGREE"
    assert [grid for grid in found if found[grid]["properties"]["singleCrs"]] == [3, 6, 7]


def test_corsica_has_a_plausible_number_of_tiles() -> None:
    """The published example: tiles of 334 x 334 pixels in zone 32, named after MGRS squares."""
    plans = plan_tiles(option_1())
    assert 60 <= len(plans) <= 90
    assert {(plan.width_px, plan.height_px, plan.crs) for plan in plans} == {(334, 334, "EPSG:32632")}
    assert {plan.name[:5] for plan in plans} == {"32TML", "32TMM", "32TMN", "32TNL", "32TNM", "32TNN"}
    assert 0.5 < estimate_tile_count(option_1()) / len(plans) < 2


def test_plans_are_the_same_every_time() -> None:
    """Two analyses of one request find the same tiles under the same ids."""
    assert plan_tiles(option_1()) == plan_tiles(option_1())


def test_utm_origins_fit_every_resolution() -> None:
    """Corners of the 20 km and 100 km grids are multiples of 60 m, as those of Sentinel-2's tiles are."""
    for grid in (0, 2):
        for plan in plan_tiles(request_for(grid, {"bbox": CORSICA})):
            assert plan.origin[0] % 60 == 0
            assert plan.origin[1] % 60 == 0


@pytest.mark.parametrize(
    ("grid", "names"),
    [
        (3, ["N42E008", "N42E009"]),
        (6, ["100kmE4200N2100"]),
        (7, ["20kmE4220N2120", "20kmE4240N2120"]),
    ],
)
def test_single_crs_grids_name_their_cells(grid: int, names: list[str]) -> None:
    """Degree cells carry their lower left corner, LAEA cells the name of the EEA's reference grid."""
    plans = {plan.name: plan for plan in plan_tiles(request_for(grid, {"bbox": [8.9, 42.2, 9.1, 42.3]}))}
    assert set(names) <= set(plans)
    corners = {"N42E008": (8.0, 43.0), "100kmE4200N2100": (4.2e6, 2.2e6), "20kmE4220N2120": (4.22e6, 2.14e6)}
    assert plans[names[0]].origin == corners[names[0]]


def test_a_square_of_the_south_is_named_in_its_own_hemisphere() -> None:
    """South of the equator tiles are in EPSG:327xx; an area across it has both."""
    plans = plan_tiles(request_for(0, {"bbox": [9.0, -0.05, 9.1, 0.05]}))
    assert {plan.crs for plan in plans} == {"EPSG:32632", "EPSG:32732"}
    assert {plan.name[:3] for plan in plans} == {"32N", "32M"}


def test_known_mgrs_squares_have_their_names() -> None:
    """Squares as other programs name them: north of Ljubljana, Paris, Sydney, the south-west of Norway."""
    places = {"33TVM": (14.5, 46.3), "31UDQ": (2.35, 48.85), "56HLH": (151.2, -33.87), "32VKM": (4.4, 60.0)}
    for name, (lon, lat) in places.items():
        box = [lon - 0.001, lat - 0.001, lon + 0.001, lat + 0.001]
        assert name in {plan.name[:5] for plan in plan_tiles(request_for(1, {"bbox": box}))}


def test_a_geometry_excludes_tiles_of_its_box() -> None:
    """A triangle needs fewer tiles than its bounding box, and all of them are tiles of the box."""
    triangle = {
        "type": "Polygon",
        "coordinates": [[[8.44, 41.31], [9.66, 41.31], [9.66, 43.1], [8.44, 41.31]]],
    }
    of_box = {plan.name for plan in plan_tiles(request_for(0, {"bbox": CORSICA}))}
    of_triangle = {plan.name for plan in plan_tiles(request_for(0, {"geometry": triangle}))}
    assert of_triangle < of_box


@pytest.mark.parametrize(
    "crs",
    [
        "http://www.opengis.net/def/crs/EPSG/0/3857",
        "http://www.opengis.net/def/crs/EPSG/0/32632",
        "http://www.opengis.net/def/crs/EPSG/0/3035",
        "http://www.opengis.net/def/crs/EPSG/0/4326",
    ],
)
def test_bounds_may_be_in_any_crs(crs: str) -> None:
    """A small box gives the tile it lies in, whichever CRS states it (x before y)."""
    xs, ys = transform("EPSG:4326", f"EPSG:{crs.rpartition('/')[2]}", [9.20, 9.21], [42.20, 42.21])
    bounds = {"bbox": [xs[0], ys[0], xs[1], ys[1]], "properties": {"crs": crs}}
    assert [plan.name for plan in plan_tiles(request_for(0, bounds))] == [
        plan.name for plan in plan_tiles(request_for(0, {"bbox": [9.20, 42.20, 9.21, 42.21]}))
    ]


@pytest.mark.parametrize(
    ("grid", "bbox"),
    [
        (0, [9.0, 81.0, 10.0, 82.0]),
        (1, [9.0, 80.7, 10.0, 81.0]),
        (2, [9.0, -85.0, 10.0, -81.1]),
        (6, [100.0, 0.0, 101.0, 1.0]),
        (7, [-60.0, 40.0, -59.0, 41.0]),
    ],
)
def test_an_area_outside_a_grid_has_no_tiles(grid: int, bbox: list[float]) -> None:
    """Planning fails with a reason beyond the documented latitudes and outside Europe."""
    with pytest.raises(ProcessingFailure, match=f"outside the coverage of tiling grid {grid}"):
        plan_tiles(request_for(grid, {"bbox": bbox}))
    assert estimate_tile_count(request_for(grid, {"bbox": bbox})) == 1


@pytest.mark.parametrize(("grid", "limit"), [(0, 80.7), (1, 80.6), (2, 81.0)])
def test_tiles_end_where_the_grid_does(grid: int, limit: float) -> None:
    """Of an area that reaches further, to both poles, only the part up to the limit has tiles."""
    for sign in (1, -1):
        west, (south, north) = 9.0, sorted([sign * 80.0, sign * 89.0])
        beyond = {"bbox": [west, south, west + 0.5, north]}
        nearest = [
            min(abs(y) for _, y in plan.geometry["coordinates"][0])
            for plan in plan_tiles(request_for(grid, beyond))
        ]
        assert limit - 1 < max(nearest) <= limit


def test_europes_outskirts_have_laea_tiles() -> None:
    """The Azores, the Canaries, Iceland, Svalbard and the east of Turkey; the world ends there."""
    for lon, lat in ((-31.2, 39.4), (-17.9, 27.7), (-24.0, 65.5), (33.0, 80.0), (44.7, 39.7)):
        assert plan_tiles(request_for(6, {"bbox": [lon, lat, lon + 0.1, lat + 0.1]}))
    world = plan_tiles(request_for(6, {"bbox": [-180.0, -90.0, 180.0, 90.0]}))
    assert all(plan.origin[0] >= 0 and plan.origin[1] > 0 for plan in world)


def test_unusable_bounds_and_grids_are_refused() -> None:
    """An unknown grid, missing bounds and disjoint bounds each have a message."""
    with pytest.raises(ProcessingFailure, match="grid 4"):
        plan_tiles({**option_2(), "tilingGrid": {"id": 4, "resolution": 10.0}})
    with pytest.raises(ProcessingFailure, match="bbox or a geometry"):
        plan_tiles(request_for(0, {"properties": {}}))
    far = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
    with pytest.raises(ProcessingFailure, match="do not intersect"):
        plan_tiles(request_for(0, {"bbox": CORSICA, "geometry": far}))
    with pytest.raises(ProcessingFailure, match="Unsupported crs"):
        plan_tiles(request_for(0, {"bbox": CORSICA, "properties": {"crs": "moon"}}))


HAIR = 1e-6  # degrees
boxes = st.tuples(
    st.floats(-179.9, 179.0),
    st.floats(-80.5, 79.7),  # within the coverage of all grids
    st.floats(0.01, 0.8),
    st.floats(0.01, 0.8),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=8),
)


@settings(max_examples=40, deadline=None)
@given(box=boxes, grid=st.sampled_from([0, 1, 2, 3]))
def test_every_place_is_in_a_tile_of_its_zone(
    box: tuple[float, float, float, float, list[tuple[float, float]]], grid: int
) -> None:
    """No gaps: each point of the bounds lies in a planned tile in its own UTM zone; no tile comes twice.

    But for their outermost 11 cm: what reaches no further into a tile has no part of it.
    """
    west, south, width, height, shares = box
    plans = plan_tiles(request_for(grid, {"bbox": [west, south, west + width, south + height]}))
    assert len({plan.id for plan in plans}) == len({plan.name for plan in plans}) == len(plans)
    assert all(plan.id > 0 for plan in plans)
    size = {0: 20040.0, 1: 10000.0, 2: 100080.0, 3: 1.0}[grid]
    for x, y in shares:
        lon = west + HAIR + x * (width - 2 * HAIR)
        lat = south + HAIR + y * (height - 2 * HAIR)
        own = plans
        if grid != 3:
            crs = f"EPSG:{(32600 if lat >= 0 else 32700) + utm_zone(lon, lat)}"
            own = [plan for plan in plans if plan.crs == crs]
        assert any(holds(plan, size, lon, lat) for plan in own)


@settings(max_examples=20, deadline=None)
@given(st.floats(-8, 30), st.floats(36, 68), st.sampled_from([6, 7]))
def test_every_place_of_europe_is_in_an_laea_tile(lon: float, lat: float, grid: int) -> None:
    """The tile around a place is planned, and its geometry is about the place."""
    plans = plan_tiles(request_for(grid, {"bbox": [lon, lat, lon + 0.01, lat + 0.01]}))
    size = {6: 100000.0, 7: 20000.0}[grid]
    assert any(holds(plan, size, lon + 0.005, lat + 0.005) for plan in plans)
    for plan in plans:
        ring = plan.geometry["coordinates"][0]
        assert ring[0] == ring[-1]
        assert min(math.dist(corner, (lon, lat)) for corner in ring) < 5


@pytest.mark.parametrize("grid", [0, 1, 2])
def test_an_area_that_ends_at_a_border_needs_no_tile_beyond_it(grid: int) -> None:
    """On a central meridian only what shares area with it is planned; two metres beyond it, both are."""
    for west, east in ((9.0, 9.001), (8.999, 9.0)):
        for beyond, number in ((0.0, 1), (2e-5, 2)):
            box = [west - beyond, 42.25, east + beyond, 42.251]
            assert len(plan_tiles(request_for(grid, {"bbox": box}))) == number
