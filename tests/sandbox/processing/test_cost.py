from __future__ import annotations

from typing import Any

import pytest

from sentinelhub_sandbox.processing import estimate_value, plan_tiles, read_samples, tile_cost

from .requests import option_1, option_2, script, small

AREA = 125 * 125 / 512**2


def cost(evalscript: str, **options: Any) -> float:
    request = small(evalscript, **options)
    return tile_cost(request, plan_tiles(request)[0])


def test_the_published_request_costs_what_the_formula_says() -> None:
    """Area x bands / 3 x samples: estimated with a sample every three days, charged with the real number."""
    request = option_1()
    plans = plan_tiles(request)
    area = 334 * 334 / 512**2
    assert estimate_value(request, plans) == pytest.approx(len(plans) * area * 2 / 3 * 30)
    samples = len(read_samples(request, plans[0], ["B04"], mosaicking="ORBIT").times)
    assert tile_cost(request, plans[0]) == pytest.approx(area * 2 / 3 * samples)
    assert 10 < samples < 20


def test_floats_cost_twice() -> None:
    """One FLOAT32 output doubles the price of a request."""
    request = option_2()
    plans = plan_tiles(request)
    assert estimate_value(request, plans) == pytest.approx(len(plans) * 1000**2 / 512**2 * 2 / 3 * 30 * 2)


def test_a_request_costs_at_least_100_pu() -> None:
    """A small request is estimated at the minimum, its tiles at their own price."""
    request = small(script("return [1]", output="{bands: 1}"))
    plans = plan_tiles(request)
    assert estimate_value(request, plans) == 100
    assert tile_cost(request, plans[0]) == pytest.approx(AREA / 3)


def test_bands_buffers_and_small_areas_count() -> None:
    """A dataMask is free unless it is alone; buffers are paid for; the area counts at least 0.01."""
    plain = "{bands: 1}"
    assert cost(script("return [1]", bands='"B04", "B08", "dataMask"', output=plain)) == pytest.approx(
        AREA * 2 / 3
    )
    assert cost(script("return [1]", bands='"dataMask"', output=plain)) == pytest.approx(AREA / 3)
    buffered = {"id": 3, "resolution": 0.008, "bufferX": 5, "bufferY": 10}
    assert cost(script("return [1]", output=plain), grid=buffered) == pytest.approx(135 * 145 / 512**2 / 3)
    tiny = {"id": 3, "resolution": 0.05}
    assert cost(script("return [1]", output=plain), grid=tiny) == pytest.approx(0.01 / 3)


def test_dropped_scenes_are_not_paid() -> None:
    """What preProcessScenes removes is not processed."""
    extra = "function preProcessScenes(c) { c.scenes.orbits = c.scenes.orbits.slice(0, 2); return c }"
    evalscript = script("return [1]", mosaicking="ORBIT", output="{bands: 1}", extra=extra)
    assert cost(evalscript) == pytest.approx(AREA / 3 * 2)


@pytest.mark.parametrize(
    ("processing", "factor"),
    [
        ({}, 1),
        ({"orthorectify": True}, 2),
        ({"orthorectify": True, "backCoeff": "GAMMA0_TERRAIN"}, 2.5),
        ({"speckleFilter": {"type": "LEE", "windowSizeX": 3, "windowSizeY": 3}}, 2),
        ({"speckleFilter": {"type": "NONE"}}, 1),
        ({"orthorectify": True, "speckleFilter": {"type": "LEE"}}, 4),
    ],
)
def test_sentinel_1_processing_multiplies(processing: dict[str, Any], factor: float) -> None:
    """Orthorectification 2, terrain correction 2.5 in its place, speckle filter 2."""
    data = [{"type": "sentinel-1-grd", "processing": processing}]
    found = cost(script("return [1]", bands='"VV"', output="{bands: 1}"), data=data)
    assert found == pytest.approx(AREA / 3 * factor)


def test_data_fusion_multiplies_by_the_number_of_sources() -> None:
    """Two sources, two bands, twice the price."""
    evalscript = script("return [1]", output="{bands: 1}").replace(
        'input: [{bands: ["B04"]}]', 'input: [{bands: ["B04"]}, {bands: ["DEM"]}]'
    )
    data = [{"type": "sentinel-2-l2a"}, {"type": "dem"}]
    assert cost(evalscript, data=data) == pytest.approx(AREA * 2 / 3 * 2)
