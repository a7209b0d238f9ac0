"""The price of a tile."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_sentinelhub.evalscript import InputSpec, OutputSpec, Setup, run_setup
from pulumi_sentinelhub.preview.checks.common.declared import Declared
from pulumi_sentinelhub.preview.checks.common.node import Node
from pulumi_sentinelhub.preview.checks.v1.dialect import DIALECT
from pulumi_sentinelhub.preview.estimate import Estimate, estimate
from pulumi_sentinelhub.preview.price import Source, tile_price
from pulumi_sentinelhub.preview.recipe import Recipe, recipe_of
from tests.support import requests


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
