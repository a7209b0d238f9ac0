"""Tiling grid and resolution.

Source: [batch docs: tiling grids; OpenAPI: TilingGridSettings].
"""

from __future__ import annotations

from collections.abc import Iterator

from ....finding import Finding
from ....values import number_text as shown
from ...grids import GRIDS
from .declared import Declared
from .node import Node, joined

_LARGEST_BUFFER = 32767  # int16 [OpenAPI]


def check_grid(declared: Declared) -> Iterator[Finding]:
    """Id, resolution and buffers. Lists that the service owns warn; they do not refuse."""
    grid = declared.tiling_grid
    if not grid.is_mapping:
        return
    yield from _id(grid["id"])
    yield from _resolution(declared, grid["resolution"])
    for name in ("bufferX", "bufferY"):
        buffer = grid[name]
        if not buffer.given:
            continue
        if buffer.integer is None or not 0 <= buffer.integer <= _LARGEST_BUFFER:
            yield buffer.error(
                f"is {buffer.kind}", f"give a whole number of pixels from 0 to {_LARGEST_BUFFER}"
            )


def _id(id: Node) -> Iterator[Finding]:
    if not id.given:
        return
    known = joined(f"{grid.id} ({grid.name})" for grid in GRIDS.values())
    if id.integer is None:
        yield id.error(f"is {id.kind}", f"give the number of a tiling grid: {known}")
    elif id.integer not in GRIDS:
        yield id.warning(f"is {shown(id.integer)}, no tiling grid known here", f"known are {known}")


def _resolution(declared: Declared, resolution: Node) -> Iterator[Finding]:
    if not resolution.given:
        return
    size = resolution.number
    if size is None or size <= 0:
        yield resolution.error(f"is {resolution.kind}", "give the size of a pixel, a number above 0")
        return
    grid = declared.grid
    if grid is None or size in grid.resolutions:
        return
    unit = "degrees" if grid.unit == "degree" else "m"
    known = joined(shown(size) for size in grid.resolutions)
    if size > grid.tile_size:
        yield resolution.error(
            f"is {shown(size)} {unit}, more than a whole tile ({shown(grid.tile_size)} {unit})",
            f"the {grid.name} counts in {unit}; it has {known}",
        )
    else:
        yield resolution.warning(
            f"is {shown(size)} {unit}, which the {grid.name} is not known to have",
            f"known are {known} {unit}",
        )
