"""The sandbox's pixel side, which computes each thing once a process.

What tiles an area has, and what a tile costs, depends on the request alone, and most tests ask for the same
few requests. What is of one's own data, which changes, is computed each time, and so is what fails.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from sentinelhub_sandbox.pixels import Plan
from sentinelhub_sandbox.processing.request import evalscript
from sentinelhub_sandbox.processing.types import TilePlan
from sentinelhub_sandbox.real_pixels import RealPixels
from sentinelhub_sandbox.wire import Json

T = TypeVar("T")

_known: Final[dict[str, Any]] = {}


class Remembered(RealPixels):
    """Computes what the real one does."""

    def plan_tiles(self, request: Json) -> Sequence[Plan]:
        """Exactly the tiles that a request has."""
        return _once("plan", request, [], super().plan_tiles)

    def estimate_tile_count(self, request: Json) -> int:
        """Roughly how many tiles a request has."""
        return _once("count", request, [], super().estimate_tile_count)

    def validate_evalscript(self, request: Json, plans: Any) -> None:
        """Raises EvalscriptFailure."""
        _once("try", request, plans, lambda asked: super(Remembered, self).validate_evalscript(asked, plans))

    def estimate_value(self, request: Json, plans: Any) -> float:
        """PU of the whole request, before the batch discount."""
        estimate = super().estimate_value
        return _once("estimate", request, plans, lambda asked: estimate(asked, plans))

    def tile_cost(self, request: Json, plan: Any) -> float:
        """PU of one tile, before the batch discount."""
        cost = super().tile_cost
        return _once("cost", request, [plan], lambda asked: cost(asked, plan))

    def has_data(self, request: Json, plan: Any) -> bool:
        """Whether there is any scene for a tile."""
        has = super().has_data
        return _once("data", request, [plan], lambda asked: has(asked, plan))


def _once(what: str, request: Json, plans: Sequence[Any], compute: Callable[[Json], T]) -> T:
    process = request["processRequest"]
    about = {**request, "description": "", "processRequest": {**process, "evalscript": evalscript(request)}}
    key = json.dumps([what, about, [plan.id for plan in plans]], sort_keys=True)
    if '"byoc-' in key or '"batch-' in key or any(type(plan) is not TilePlan for plan in plans):
        return compute(request)
    if key not in _known:
        _known[key] = compute(request)
    found: T = _known[key]
    return found
