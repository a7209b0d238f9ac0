"""The price of a tile."""

from __future__ import annotations

import math
from typing import Any

import pytest

from pulumi_sentinelhub.evalscript import InputSpec, OutputSpec, Setup, run_setup
from pulumi_sentinelhub.preview.checks.common.declared import Declared
from pulumi_sentinelhub.preview.checks.common.node import Node
from pulumi_sentinelhub.preview.checks.rooms import ROOMS
from pulumi_sentinelhub.preview.checks.v1.dialect import DIALECT
from pulumi_sentinelhub.preview.estimate import FEATURES, Estimate, estimate, estimate_request, price_of_tiles
from pulumi_sentinelhub.preview.price import Source, charge_text, charged, tile_price
from pulumi_sentinelhub.preview.recipe import Recipe, recipe_of
from pulumi_sentinelhub.values import UNKNOWN
from tests.preview.checks.places import put
from tests.support import requests
from tests.support.bad_inputs.v2 import features


def test_one_unit_is_three_bands_of_512_pixels() -> None:
    """The definition of a processing unit."""
    assert tile_price(512, 512, [Source(bands=3)]) == pytest.approx(1)


@pytest.mark.parametrize(
    ("changed", "factor"),
    [
        ({"width_px": 1024}, 2),
        ({"height_px": 256}, 1 / 2),
        ({"sources": [Source(bands=1)]}, 1 / 3),
        ({"sources": [Source(bands=3, samples=30)]}, 30),
        ({"sources": [Source(bands=3, processing=2.5)]}, 2.5),
        ({"sources": [Source(bands=3), Source(bands=6, samples=2)]}, 5),
        ({"collections": 2}, 2),
        ({"bits": 8}, 1),
        ({"bits": 32}, 2),
        ({"width_px": 1, "height_px": 1}, 0.01),
    ],
)
def test_each_part_of_the_price(changed: dict[str, Any], factor: float) -> None:
    """Pixels, bands, dates, processing, collections and bits multiply; a tile has a least area."""
    tile: dict[str, Any] = {"width_px": 512, "height_px": 512, "sources": [Source(bands=3)], **changed}
    assert tile_price(**tile) == pytest.approx(factor)


def test_tiles_of_different_sizes_have_one_recipe() -> None:
    """What is read is found once, and prices features of any size, whatever the grid."""
    inputs = requests.geotiff()
    script = inputs["process_request"]["evalscript"]
    del inputs["tiling_grid"]
    recipe = recipe_of(Declared(Node("", inputs), DIALECT, None), run_setup(script))
    assert recipe == Recipe((Source(bands=2, samples=30.0),), collections=1, bits=16)
    assert recipe.tile_price(512, 1024) == pytest.approx(2 * 2 / 3 * 30)


@pytest.mark.parametrize("factor", [1 / 3, 0.5, 1.0])
def test_the_discount_is_handed_in(factor: float) -> None:
    """An estimate uses the rule that it is given, with the tile's width and height in pixels."""
    asked: list[tuple[int, int]] = []

    def rule(width_px: int, height_px: int) -> float:
        asked.append((width_px, height_px))
        return factor

    inputs = requests.geotiff()
    inputs["tiling_grid"]["bufferX"] = 5
    setup = Setup((InputSpec(("B04",) * 30, (), None, "ORBIT"),), (OutputSpec("default", 1, "AUTO"),))
    found = estimate(inputs, setup, DIALECT, rule)
    assert isinstance(found, Estimate)
    assert found.cost == pytest.approx(found.value * factor)
    assert asked == [(344, 334)]


def test_v2_estimates_by_its_own_rule() -> None:
    """Over a grid as in v1, but for tiles of exactly 10,000 pixels, which cost the full price there."""
    inputs = requests.geotiff()
    both = estimate_request(inputs, "v2"), estimate_request(inputs, "v1")
    assert all(isinstance(one, Estimate) for one in both)
    assert str(both[0]) == str(both[1])
    inputs["tiling_grid"] = {"id": 1, "resolution": 100}
    inputs["process_request"]["input"]["bounds"] = {"bbox": [0, 40, 10, 46]}
    new, old = estimate_request(inputs, "v2"), estimate_request(inputs, "v1")
    assert isinstance(new, Estimate)
    assert isinstance(old, Estimate)
    assert new.value == old.value > 1000
    assert new.cost == pytest.approx(3 * old.cost)


def test_features_are_not_estimated_in_advance() -> None:
    """Nobody has counted them; a line says so, and how to stay within a budget."""
    assert estimate_request(features(), "v2") is FEATURES
    assert "max_cost" in str(FEATURES)


V2 = ROOMS["v2"].batch_factor
#: PU of a tile of Option 1 of the workflow document: two bands, 30 dates, 16 bits.
UNIT_PRICE = 2 / 3 * 30


def test_the_price_of_known_tiles() -> None:
    """Each size has its own price and discount, and is counted as often as it comes."""
    sizes = {(512, 512): 30, (512, 1024): 10, (100, 100): 500}
    small = 100 * 100 / (512 * 512)
    expected = UNIT_PRICE * ((30 + 10 * 2) / 3 + 500 * small)
    assert price_of_tiles(features(), sizes, V2) == pytest.approx(expected)


def test_what_is_charged_for_a_request() -> None:
    """At least 100 PU, however small its tiles are; that is said beside the price, of one and of many."""
    price = price_of_tiles(features(), {(512, 512): 1}, V2) or 0.0
    assert price == pytest.approx(UNIT_PRICE / 3)
    assert [charged(cost) for cost in (0.0, price, 100.0, 101.0)] == [100, 100, 100, 101]
    assert math.isnan(charged(math.nan))
    assert charge_text([price]) == ", charged as 100 PU, the least"
    assert charge_text([price, 1000.0]) == ", charged as 1,100 PU, at least 100 PU each"
    assert (charge_text([100.0, 1000.0]), charge_text([])) == ("", "")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("process_request",), None),
        (("process_request", "evalscript"), UNKNOWN),
        (("process_request", "evalscript"), "no evalscript"),
        (("process_request", "input", "data"), UNKNOWN),
        (("process_request", "input", "data", 0, "dataFilter"), {}),
    ],
)
def test_a_price_needs_a_recipe(path: tuple[str | int, ...], value: Any) -> None:
    """What is unknown or wrong has no price, so that no budget rests on it."""
    assert price_of_tiles(put(features(), path, value), {(512, 512): 1}, V2) is None
