"""What the analysis refuses of an evalscript's outputs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.clock import HandClock

from .changes import (
    COG,
    array,
    raster,
    zarr,
)
from .conftest import Make
from .stand_in import Output, StandIn


def analysed(make: Make, clock: HandClock, declared: Output, **changes: Any) -> dict[str, Any]:
    """A request after its analysis, whose evalscript declares that output."""
    pixels = StandIn()
    pixels.outputs = [declared]
    client = make(pixels)
    request_id = client.create(**changes)
    client.act(request_id, "analyse")
    clock.move(11)
    return client.get(request_id)


@pytest.mark.parametrize(
    ("output", "words"), [(Output("default", 1, "INT8"), "INT8"), (Output("default", 3, "AUTO"), "3 bands")]
)
def test_a_collection_takes_single_bands_that_cog_can_hold(
    make: Make, clock: HandClock, output: Output, words: str
) -> None:
    """The analysis fails with the reason; COG alone takes several bands."""
    view = analysed(make, clock, output, **raster(**COG))
    assert (view["status"], words in view["error"]) == ("FAILED", True)
    alone = analysed(make, clock, output, **raster(defaultTilePath="s3://results", cogOutput=True))
    assert alone["status"] == ("FAILED" if words == "INT8" else "ANALYSIS_DONE")


SAMPLE_TYPES = ("UINT8", "INT8", "UINT16", "INT16", "FLOAT32", "AUTO")
# [OpenAPI: ArrayParameters, dtype] In the order of SAMPLE_TYPES.
HELD = {
    "|u1": (True, False, False, False, False, True),
    "|i1": (False, True, False, False, False, False),
    "<u2": (True, False, True, False, False, True),
    ">u2": (True, False, True, False, False, True),
    "<i2": (True, True, False, True, False, True),
    ">i2": (True, True, False, True, False, True),
    "<f4": (True,) * 6,
    ">f4": (True,) * 6,
    "<f8": (True,) * 6,
    ">f8": (True,) * 6,
}


@pytest.mark.parametrize("dtype", HELD)
def test_a_dtype_holds_the_sample_types_of_the_contract(make: Make, clock: HandClock, dtype: str) -> None:
    """Any other pair fails the analysis, naming both."""
    found = []
    for sample_type in SAMPLE_TYPES:
        view = analysed(make, clock, Output("default", 1, sample_type), **array(dtype=dtype))
        found.append(view["status"] == "ANALYSIS_DONE")
        if view["status"] == "FAILED":
            assert (
                f"dtype {dtype} of array default is not allowed for sampleType {sample_type}" in view["error"]
            )
    assert tuple(found) == HELD[dtype]


def test_an_array_has_one_band(make: Make, clock: HandClock) -> None:
    """A two-band output fails the analysis of Zarr output."""
    view = analysed(make, clock, Output("default", 2, "UINT16"), **zarr())
    assert (view["status"], "default has 2 bands" in view["error"]) == ("FAILED", True)
