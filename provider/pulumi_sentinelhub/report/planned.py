"""What a request would compute: its area, its tiles and its price, by the rules of the preview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, Final

from ..errors import SentinelHubError
from ..evalscript import Setup, run_setup
from ..preview.checks.common.declared import Declared
from ..preview.checks.common.node import Node
from ..preview.checks.rooms import ROOMS
from ..preview.estimate import Estimate, Skipped, estimate_request
from ..preview.region import area_of_interest
from ..preview.tiling import TooDetailed, tiles_of
from .model import Kind, MapTile, Ring
from .places import simplified

#: Tiles of a request that are drawn.
MOST_TILES: Final = 200_000
_PLANNED: Final = Kind.PLANNED.name


def area_of(inputs: Mapping[str, Any], generation: str) -> list[Ring]:
    """Outlines of the area of interest in longitude and latitude; none where it is not known."""
    declared = _declared(inputs, generation)
    polygons = area_of_interest(declared) if declared is not None else None
    return [simplified(ring) for polygon in polygons or () for ring in polygon]


def estimate_of(inputs: Mapping[str, Any], generation: str) -> Estimate | Skipped | None:
    """The preview's estimate; None where something that is needed is not known."""
    return estimate_request(inputs, generation)


def tiles_for(
    inputs: Mapping[str, Any], generation: str, estimate: Estimate | Skipped | None
) -> tuple[Sequence[MapTile], str | None]:
    """The tiles that would be computed, and what is to be said of them.

    Args:
        inputs: the inputs of a BatchRequest.
        generation: of the batch API.
        estimate: what they are estimated to cost: each gets its share of it.
    """
    declared = _declared(inputs, generation)
    area = area_of_interest(declared) if declared is not None else None
    if declared is None or declared.grid is None or area is None:
        return (), "Its tiles cannot be told beforehand: area, grid or evalscript are not known yet"
    try:
        found = list(islice(tiles_of(area, declared.grid), MOST_TILES + 1))
    except TooDetailed:
        return (), "Its area has too long an outline for its tiles to be counted here"
    share = estimate.cost / estimate.tiles if isinstance(estimate, Estimate) else None
    tiles = [MapTile(name, _PLANNED, share, None, ring) for name, ring in found[:MOST_TILES]]
    more = f"Only the first {MOST_TILES:,} tiles are drawn" if len(found) > MOST_TILES else None
    return tiles, more


def _declared(inputs: Mapping[str, Any], generation: str) -> Declared | None:
    root = Node("", inputs)
    script = root["process_request"]["evalscript"].text
    try:
        setup = run_setup(script) if script is not None else Setup((), ())
    except SentinelHubError:
        setup = Setup((), ())
    return Declared(root, ROOMS[generation].dialect, setup)
