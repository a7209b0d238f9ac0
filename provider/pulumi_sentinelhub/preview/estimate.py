"""Tiles and processing units (PU) of a batch request, before the first call.

An estimate by the documented rules [docs: Processing unit definition; batch docs: Cost estimate]. The number
of tiles is counted (see `tiling`); the number of dates is the service's own assumption, one every three
days, so clouds, revisit times and empty areas make the real cost differ, mostly downwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from ..batch.generations import GENERATIONS
from ..errors import SentinelHubError
from ..evalscript import Setup, run_setup
from .checks.common.declared import Declared
from .checks.common.dialect import Dialect
from .checks.common.node import Node
from .checks.rooms import DEFAULT, ROOMS
from .price import BatchFactor, charge_text, charged, pu
from .recipe import recipe_of
from .region import area_of_interest
from .tiling import TooDetailed, count_tiles


@dataclass(frozen=True)
class Estimate:
    """What a request may cost.

    Attributes:
        tiles: number of tiles.
        value: PU before the batch discount, comparable with the service's ``valueEstimate``.
        cost: PU after the discount, as a run's ``cost_estimate``; what is charged may be more, see ``price``.
        basis: what the numbers rest on.
        uncertainty: by what fraction the service's own estimate may be higher or lower.
        bills_least: whether a run's ``cost`` will be what is charged; else what the tiles have cost.
    """

    tiles: int
    value: float
    cost: float
    basis: str
    uncertainty: float
    bills_least: bool = False

    @property
    def least(self) -> float:
        """PU that count towards a budget if the estimate is too high by as much as it may be."""
        cost = self.cost * (1 - self.uncertainty)
        return charged(cost) if self.bills_least else cost

    @property
    def most(self) -> float:
        """PU that are charged if the estimate is too low by as much as it may be."""
        return charged(self.cost * (1 + self.uncertainty))

    def __str__(self) -> str:
        price = f"{pu(self.cost)}{charge_text([self.cost])}"
        tiles = f"{self.tiles:,} tile{'' if self.tiles == 1 else 's'}"
        return f"about {tiles} and {price} (estimated: {self.basis})"


@dataclass(frozen=True)
class Skipped:
    """There is no estimate, although all is known.

    Attributes:
        why: the reason, and where the number will be told, as a clause.
    """

    why: str

    def __str__(self) -> str:
        return f"no estimate of tiles and PU: {self.why}"


#: The tiles at an area's edge are counted by our own projection; how many dates there are is an assumption of
#: the service's, which it may change.
_OF_TILES: Final = 0.1
_OF_DATES: Final = 0.25

TOO_DETAILED: Final = Skipped(
    "the area has too long an outline to be counted here; the service's analysis tells them"
)
FEATURES: Final = Skipped(
    "how many features are in the file, and how large, is read after the service's analysis; a run with "
    "max_cost starts nothing that would cost more"
)


def estimate_request(inputs: Mapping[str, Any], generation: str = DEFAULT) -> Estimate | Skipped | None:
    """The estimate for declared inputs, by running setup(); None when something needed is unknown.

    Args:
        inputs: the inputs of a BatchRequest.
        generation: which generation of the batch API they are for, a key of ``ROOMS``.
    """
    script = Node("", inputs)["process_request"]["evalscript"].text
    if script is None:
        return None
    room = ROOMS[generation]
    try:
        found = estimate(inputs, run_setup(script), room.dialect, room.batch_factor)
    except SentinelHubError:  # the checks have told of it
        return None
    bills_least = GENERATIONS[generation].abilities.bills_least
    return replace(found, bills_least=bills_least) if isinstance(found, Estimate) else found


def estimate(
    inputs: Mapping[str, Any], setup: Setup, dialect: Dialect, factor: BatchFactor
) -> Estimate | Skipped | None:
    """Estimate tiles and PU of a request over a tiling grid.

    Args:
        inputs: the inputs of a BatchRequest; values may be unknown or wrong.
        setup: what its evalscript declares.
        dialect: where the inputs' generation of the API keeps what.
        factor: that generation's rule for the batch discount.

    Returns:
        None when something that is needed is unknown or wrong; Skipped when counting would take too long,
        or there are features in place of the grid.
    """
    declared = Declared(Node("", inputs), dialect, setup)
    if not declared.features.absent:
        return FEATURES
    pixels = _pixels(declared)
    area = area_of_interest(declared)
    recipe = recipe_of(declared, setup)
    if declared.grid is None or pixels is None or area is None or recipe is None:
        return None
    try:
        tiles = count_tiles(area, declared.grid)
    except TooDetailed:
        return TOO_DETAILED
    if tiles is None:
        return None
    width, height = pixels
    value = tiles * recipe.tile_price(width, height)
    basis = f"{width} x {height} pixels a tile, {recipe}"
    uncertainty = _OF_TILES if recipe.dates is None else _OF_DATES
    return Estimate(tiles, value, value * factor(width, height), basis, uncertainty)


def price_of_tiles(
    inputs: Mapping[str, Any], sizes: Mapping[tuple[int, int], int], factor: BatchFactor
) -> float | None:
    """What tiles or features of known sizes cost, by running setup() of the inputs' evalscript.

    For a service that gives no estimate of its own: a budget rests on this.

    Args:
        inputs: the inputs of a BatchRequest.
        sizes: how many tiles have which width and height in pixels, buffers included.
        factor: the generation's rule for the batch discount.

    Returns:
        PU after the discount; None when something that is needed is unknown or wrong.
    """
    root = Node("", inputs)
    script = root["process_request"]["evalscript"].text
    if script is None:
        return None
    try:
        setup = run_setup(script)
    except SentinelHubError:
        return None
    # only what every generation has at the same place is read
    recipe = recipe_of(Declared(root, ROOMS[DEFAULT].dialect, setup), setup)
    if recipe is None:
        return None
    return sum(
        number * recipe.tile_price(width, height) * factor(width, height)
        for (width, height), number in sizes.items()
    )


def _pixels(declared: Declared) -> tuple[int, int] | None:
    """Width and height of a tile with its buffer, in pixels."""
    grid = declared.tiling_grid
    size = declared.tile_pixels
    buffers = []
    for name in ("bufferX", "bufferY"):
        buffer = 0 if grid[name].absent else grid[name].integer
        if buffer is None or buffer < 0:
            return None
        buffers.append(2 * buffer)
    return (size + buffers[0], size + buffers[1]) if size else None
