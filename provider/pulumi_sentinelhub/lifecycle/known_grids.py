"""Tiling grids and resolutions that our own table lacks, held against the service's own list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from ..batch.api import TilingGrid
from ..finding import Finding, Severity
from ..values import number_text as shown
from .context import Context

_ID: Final = "tiling_grid.id"
_RESOLUTION: Final = "tiling_grid.resolution"


def settled(ctx: Context, inputs: Mapping[str, Any], findings: Iterable[Finding]) -> list[Finding]:
    """The findings, where the service's own list takes the place of a guess about the grid.

    What the list has is no finding any more; what it lacks is an error. Where the list cannot be had, the
    warnings stay as they are. No call is made unless there is such a warning.
    """
    found = list(findings)
    guesses = [f for f in found if f.property in {_ID, _RESOLUTION} and f.severity is Severity.WARNING]
    if not guesses or (grids := ctx.grids()) is None:
        return found
    kept = [finding for finding in found if finding not in guesses]
    return [*kept, *_told(inputs.get("tiling_grid") or {}, grids)]


def _told(given: Mapping[str, Any], grids: Sequence[TilingGrid]) -> list[Finding]:
    id, resolution = given.get("id"), given.get("resolution")
    if not isinstance(id, (int, float)):
        return []
    grid = next((one for one in grids if one.id == id), None)
    if grid is None:
        known = ", ".join(f"{one.id} ({one.name})" for one in grids)
        return [Finding(_ID, f"is {shown(id)}, which the service's list lacks", f"it has {known}")]
    if not isinstance(resolution, (int, float)) or resolution in grid.resolutions or not grid.resolutions:
        return []
    known = ", ".join(shown(one) for one in grid.resolutions)
    return [
        Finding(
            _RESOLUTION,
            f"is {shown(resolution)}, which the service's list lacks for the {grid.name}",
            f"it has {known}",
        )
    ]
