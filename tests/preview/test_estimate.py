"""Tiles and price before the first call."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_sentinelhub.batch.v1.pricing import batch_factor
from pulumi_sentinelhub.evalscript import InputSpec, OutputSpec, Setup
from pulumi_sentinelhub.preview.checks.v1.dialect import DIALECT
from pulumi_sentinelhub.preview.estimate import Estimate, estimate, estimate_request
from pulumi_sentinelhub.preview.grids import GRIDS
from pulumi_sentinelhub.preview.projections import from_laea, from_mercator, from_utm, to_laea, to_utm
from pulumi_sentinelhub.preview.tiling import count_tiles
from pulumi_sentinelhub.values import UNKNOWN
from tests.preview.checks.places import PLACES, Step, put
from tests.support import requests

UNIT = 512 * 512


def setup(
    *, bands: tuple[str, ...] = ("B04", "B08"), sample_type: str = "AUTO", mosaicking: str = "SIMPLE"
) -> Setup:
    return Setup(
        (InputSpec(bands, (), None, mosaicking),), (OutputSpec("default", 1, sample_type),), mosaicking
    )


def estimated(inputs: dict[str, Any], declared: Setup) -> Estimate:
    found = estimate(inputs, declared, DIALECT, batch_factor)
    assert isinstance(found, Estimate)
    return found


def test_corsica() -> None:
    """Option 1 of the document: about 70 tiles of 334 pixels, 2 bands, 30 dates; a third of it is paid."""
    found = estimate_request(requests.geotiff())
    assert isinstance(found, Estimate)
    assert 60 <= found.tiles <= 90
    assert found.value == pytest.approx(found.tiles * 334**2 / UNIT * 2 / 3 * 30)
    assert found.cost == pytest.approx(found.value / 3)
    assert "30 dates" in found.basis


def test_floats_count_twice() -> None:
    """32 bits a pixel cost twice as much."""
    inputs = requests.geotiff()
    plain, floats = estimated(inputs, setup()), estimated(inputs, setup(sample_type="FLOAT32"))
    assert floats.value == pytest.approx(2 * plain.value)


def test_data_mask_is_free_unless_alone() -> None:
    """DataMask is not counted beside other bands."""
    inputs = requests.geotiff()
    assert (
        estimated(inputs, setup(bands=("B04", "dataMask"))).value
        == estimated(inputs, setup(bands=("B04",))).value
    )
    assert (
        estimated(inputs, setup(bands=("dataMask",))).value == estimated(inputs, setup(bands=("B04",))).value
    )


@pytest.mark.parametrize(
    ("processing", "factor"),
    [
        ({}, 1),
        ({"orthorectify": True}, 2),
        ({"orthorectify": True, "backCoeff": "GAMMA0_TERRAIN"}, 2.5),
        ({"speckleFilter": {"type": "LEE", "windowSizeX": 3, "windowSizeY": 3}}, 2),
        ({"speckleFilter": {"type": "NONE"}, "orthorectify": False}, 1),
        ({"orthorectify": True, "speckleFilter": {"type": "LEE"}}, 4),
    ],
)
def test_radar_processing_has_its_factors(processing: dict[str, Any], factor: float) -> None:
    """Orthorectification 2, terrain correction 2.5 instead, speckle filter 2."""
    inputs = requests.geotiff()
    inputs["process_request"]["input"]["data"] = [{"type": "sentinel-1-grd", "processing": processing}]
    found = estimated(inputs, setup(bands=("VV",)))
    assert found.value == pytest.approx(found.tiles * 334**2 / UNIT / 3 * factor)


def test_data_fusion_multiplies_by_its_collections() -> None:
    """Two collections: the bands of both, times two."""
    inputs = requests.geotiff()
    inputs["process_request"]["input"]["data"] = [
        {"type": "sentinel-2-l2a", "id": "a"},
        {"type": "sentinel-1-grd", "id": "b", "processing": {"orthorectify": True}},
    ]
    fused = Setup(
        (InputSpec(("VV",), (), "b", "SIMPLE"), InputSpec(("B04",), (), "a", "SIMPLE")),
        (OutputSpec("default", 1, "AUTO"),),
    )
    found = estimated(inputs, fused)
    assert found.value == pytest.approx(found.tiles * 334**2 / UNIT * (2 / 3 + 1 / 3) * 2)


def test_buffers_are_paid() -> None:
    """A buffer of 5 pixels makes each tile 10 pixels wider."""
    inputs = requests.geotiff()
    inputs["tiling_grid"]["bufferX"] = 5
    found = estimated(inputs, setup())
    assert found.value == pytest.approx(found.tiles * 344 * 334 / UNIT * 2 / 3)


def test_small_tiles_have_no_discount_and_a_request_its_minimum() -> None:
    """Below 10 000 pixels a tile there is no batch factor; that no less than 100 PU is charged is said."""
    inputs = requests.geotiff()
    inputs["tiling_grid"]["resolution"] = 240.0  # 84 pixels a side
    long = setup(mosaicking="ORBIT", bands=("B02", "B03", "B04", "B08", "B11", "B12", "B05", "B06", "B07"))
    found = estimated(inputs, long)
    assert found.cost == found.value > 100
    small = estimated(inputs, setup())
    assert small.cost == small.value < 100
    assert "charged as 100 PU, the least" in str(small)
    assert "charged" not in str(found)


@pytest.mark.parametrize(
    ("base", "path"), PLACES, ids=[f"{b.__name__}:{'.'.join(map(str, p))}" for b, p in PLACES]
)
def test_unknown_values_make_no_error(base: Any, path: tuple[Step, ...]) -> None:
    """There is an estimate or none, never a crash."""
    values: tuple[Any, ...] = (UNKNOWN, None, "x", -1e308, [], {})
    for value in values:
        found = estimate_request(put(base(), path, value)) if path[-1] != "evalscript" else None
        assert found is None or (isinstance(found, Estimate) and found.tiles >= 1)


@pytest.mark.parametrize(
    "path",
    [
        ("process_request", "evalscript"),
        ("process_request", "input", "bounds", "bbox", 0),
        ("process_request", "input", "data", 0, "dataFilter", "timeRange", "to"),
        ("tiling_grid", "resolution"),
    ],
)
def test_what_matters_and_is_unknown_gives_no_estimate(path: tuple[Step, ...]) -> None:
    """Rather none than a wrong one."""
    assert estimate_request(put(requests.geotiff(), path, UNKNOWN)) is None


BOX = [[(8.44, 41.31), (9.66, 41.31), (9.66, 43.1), (8.44, 43.1)]]


@pytest.mark.parametrize(
    ("crs", "project"), [("EPSG/0/32632", lambda lon, lat: to_utm(lon, lat, 32)), ("EPSG/0/3035", to_laea)]
)
def test_any_crs_gives_about_the_same_tiles(crs: str, project: Any) -> None:
    """The same area given in metres."""
    ring = [project(lon, lat) for lon, lat in [*BOX[0], BOX[0][0]]]
    inputs = requests.geotiff()
    inputs["process_request"]["input"]["bounds"] = {
        "geometry": {"type": "Polygon", "coordinates": [[list(point) for point in ring]]},
        "properties": {"crs": f"http://www.opengis.net/def/crs/{crs}"},
    }
    there = estimated(requests.geotiff(), setup()).tiles
    assert abs(estimated(inputs, setup()).tiles - there) <= 3


def test_degree_tiles_are_counted_exactly() -> None:
    """2 x 3 degrees on their borders are 6 tiles; a hair more is a row more."""
    assert count_tiles([[[(8, 41), (10, 41), (10, 44), (8, 44)]]], GRIDS[3]) == 6
    assert count_tiles([[[(8, 41), (10, 41), (10, 44.01), (8, 44.01)]]], GRIDS[3]) == 8


def test_holes_and_several_polygons() -> None:
    """Tiles inside a hole are not made; two far polygons add up."""
    outer = [(0.0, 40.0), (7.0, 40.0), (7.0, 47.0), (0.0, 47.0)]
    hole = [(2.0, 42.0), (5.0, 42.0), (5.0, 45.0), (2.0, 45.0)]
    assert count_tiles([[outer, hole]], GRIDS[3]) == 49 - 9
    assert count_tiles([[outer], [[(20, 40), (21, 40), (21, 41), (20, 41)]]], GRIDS[3]) == 50


def test_a_tall_area_over_several_zones() -> None:
    """From the equator to 60° north, 12° wide: what 7.4 million km² hold, and the tiles along the edges."""
    found = count_tiles([[[(3.0, 0.0), (15.0, 0.0), (15.0, 60.0), (3.0, 60.0)]]], GRIDS[2])
    assert found is not None
    assert 738 < found < 738 * 1.3


def test_outside_of_the_grid_there_are_no_tiles() -> None:
    """Beyond the latitudes of a UTM grid nothing can be counted."""
    assert count_tiles([[[(8, 82), (9, 82), (9, 83), (8, 83)]]], GRIDS[0]) is None


def test_the_whole_world_is_counted() -> None:
    """Also an area of millions of tiles has an estimate: 510 million km² in tiles of 100 km²."""
    world = [[[(-180.0, -80.0), (180.0, -80.0), (180.0, 80.0), (-180.0, 80.0)]]]
    found = count_tiles(world, GRIDS[1])
    assert found is not None
    assert 4.5e6 < found < 5.5e6


@settings(max_examples=100, deadline=None)
@given(lon=st.floats(-3, 3), lat=st.floats(-80, 80))
def test_utm_there_and_back(lon: float, lat: float) -> None:
    """The inverse gives the place back, to about a metre."""
    assert from_utm(*to_utm(9 + lon, lat, 32), 32) == pytest.approx((9 + lon, lat), abs=1e-5)


@settings(max_examples=100, deadline=None)
@given(lon=st.floats(-25, 45), lat=st.floats(28, 81))
def test_laea_there_and_back(lon: float, lat: float) -> None:
    """The inverse gives the place back, to about a metre."""
    assert from_laea(*to_laea(lon, lat)) == pytest.approx((lon, lat), abs=1e-5)


def test_projections_of_known_places() -> None:
    """Against PROJ: Corsica's corner in UTM 32N and LAEA, and a place on the web map."""
    assert to_utm(8.44, 41.31, 32) == pytest.approx((453124.400, 4573322.156), abs=0.01)
    assert to_laea(8.44, 41.31) == pytest.approx((4189832.898, 2024610.683), abs=0.01)
    assert from_mercator(939536.502, 5058174.685) == pytest.approx((8.44, 41.31), abs=1e-7)
