"""The synthetic earth, quick and plain."""

from __future__ import annotations

import numpy as np
import pytest

from sentinelhub_sandbox.processing import plan_tiles, read_samples

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
