"""The synthetic earth, quick and plain."""

from __future__ import annotations

import numpy as np
import pytest

from sentinelhub_sandbox.processing import plan_tiles, read_samples
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
