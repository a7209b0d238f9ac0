"""The synthetic earth, quick and plain."""

from __future__ import annotations

import numpy as np
import pytest

from sentinelhub_sandbox.processing import plan_tiles, read_samples
from sentinelhub_sandbox.processing.aoi import transform_points
from sentinelhub_sandbox.processing.evaluate import evaluate
from sentinelhub_sandbox.processing.window import Window

from .plain_earth import plain_samples
from .requests import script, small

UTM = {"id": 0, "resolution": 60.0}
FOUR_GRANULES = [8.98, 42.98, 9.02, 43.02]
ONE_GRANULE = [9.2, 42.2, 9.4, 42.4]


@pytest.mark.parametrize("mosaicking", ["SIMPLE", "ORBIT", "TILE"])
@pytest.mark.parametrize("bbox", [ONE_GRANULE, FOUR_GRANULES], ids=["one granule", "four granules"])
def test_samples_are_those_of_the_plain_formulas(bbox: list[float], mosaicking: str) -> None:
    """Bit by bit, under clouds and outside of scenes, too; one layer's days lie over each other."""
    request = small(script("return [0]"), bbox=bbox, grid=UTM)
    request["processRequest"]["input"]["data"][0]["dataFilter"]["maxCloudCoverage"] = 40
    plan = plan_tiles(request)[0]
    found = read_samples(request, plan, ["B04", "B8A"], mosaicking=mosaicking).values
    for band in ("B04", "B8A"):
        assert np.array_equal(found[band], plain_samples(request, plan, band, mosaicking))
        assert len(np.unique(found[band])) > 100


def test_strips_are_parts_of_the_whole() -> None:
    """Where a scene has no data, an evalscript sees nothing of the strip that came before."""
    update = "function updateOutput(output, collection) { output.default.bands = collection.scenes.length }"
    sees = script(
        "return samples.map(sample => sample.B04)",
        output="{bands: 1, sampleType: 'FLOAT32'}",
        mosaicking="TILE",
        extra=update,
    )
    request = small(sees, bbox=FOUR_GRANULES, grid=UTM)
    plan = plan_tiles(request)[0]
    whole = read_samples(request, plan, ["B04"], mosaicking="TILE").values["B04"]
    assert {bool((layer == 0).any()) for layer in whole} == {True}
    (raster,) = evaluate(request, Window.of_request(request, plan)).rasters.values()
    assert np.array_equal(raster.values, whole.astype(np.float32))


@pytest.mark.parametrize("crs", ["EPSG:32632", "EPSG:3035", "EPSG:4258", "EPSG:4326"])
@pytest.mark.parametrize("west", [460080.0, 760080.0], ids=["in its zone", "beyond it"])
def test_pixels_are_at_their_place_in_another_crs(crs: str, west: float) -> None:
    """The centres of a tile's pixels are where PROJ has them, within a thousandth of a pixel."""
    window = Window("EPSG:32632", west, 4759920.0, 60.0, 60.0, 334, 334)
    x, y = np.meshgrid(west + 60 * (np.arange(334) + 0.5), 4759920.0 - 60 * (np.arange(100, 200) + 0.5))
    degrees = 60 / 111_320 if crs in {"EPSG:4258", "EPSG:4326"} else 60.0
    for found, known in zip(
        window.places_in(crs, 100, 200),
        transform_points("EPSG:32632", crs, x.ravel(), y.ravel()),
        strict=True,
    ):
        assert abs(found - known).max() < degrees / 1000


def test_pixels_across_the_date_line_are_at_their_place() -> None:
    """Between nodes on either side of a seam, too."""
    window = Window("EPSG:32601", 160000.0, 4500000.0, 600.0, 600.0, 334, 40)
    lon, lat = window.places(0, 40)
    assert lon.max() > 180 > lon.min()
    x, y = window.places_in("EPSG:3857", 0, 40)
    known_x, known_y = transform_points("EPSG:4326", "EPSG:3857", lon, lat)
    assert np.ptp(known_x) > 4e7  # metres: almost once around
    assert abs(x - known_x).max() < 0.6
    assert abs(y - known_y).max() < 0.6
