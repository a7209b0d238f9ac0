"""The pixel side as the service side sees it: ``sandbox.processing`` behind the ``Pixels`` protocol.

Heavy to import (rasterio, zarr, V8), so it is imported only where pixels are wanted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from . import processing
from .pixels import Feature, File, Outline, Output, OwnData, Plan, Zarr
from .processing.interpreter import setup_of
from .processing.paths import tile_key
from .processing.request import evalscript, responses
from .wire import Json


class RealPixels:
    """Delegates to ``sandbox.processing``.

    Args:
        find_own: the data of one of the user's own collections by its type, if there is such a collection.
    """

    def __init__(self, find_own: Callable[[str], OwnData | None] = lambda _: None) -> None:
        self._find_own = find_own

    def _resolved(self, request: Json) -> Json:
        return processing.with_own_data(request, self._find_own)

    def grids(self) -> list[Json]:
        """Tiling grid descriptors."""
        return processing.grids()

    def estimate_tile_count(self, request: Json) -> int:
        """Roughly how many tiles a request has."""
        return processing.estimate_tile_count(request)

    def plan_tiles(self, request: Json) -> Sequence[Plan]:
        """Exactly the tiles that a request has."""
        return processing.plan_tiles(request)

    def plan_features(self, request: Json, features: Sequence[Feature]) -> Sequence[Plan]:
        """The features that share area with the request's bounds, if it has any."""
        return processing.plan_features(request, features)

    def outline(self, request: Json, plan: Any) -> Outline:
        """What a plan's files cover, buffers included."""
        return processing.outline_of(request, plan)

    def has_data(self, request: Json, plan: Any) -> bool:
        """Whether there is any scene for a tile."""
        return processing.has_data(self._resolved(request), plan)

    def validate_evalscript(self, request: Json, plans: Any) -> None:
        """Raises EvalscriptFailure."""
        processing.validate_evalscript(self._resolved(request), plans)

    def declared_outputs(self, request: Json) -> Sequence[Output]:
        """What ``setup()`` declares. Raises EvalscriptFailure."""
        return setup_of(evalscript(request)).outputs

    def estimate_value(self, request: Json, plans: Any) -> float:
        """PU of the whole request, before the batch discount."""
        return processing.estimate_value(self._resolved(request), plans)

    def tile_cost(self, request: Json, plan: Any) -> float:
        """PU of one tile, before the batch discount."""
        return processing.tile_cost(self._resolved(request), plan)

    def tile_keys(self, request: Json, request_id: str, plan: Any) -> list[str]:
        """Keys of the files that one tile makes."""
        return [tile_key(request, request_id, plan, response.identifier) for response in responses(request)]

    def render_tile(self, request: Json, request_id: str, plan: Any) -> Sequence[File]:
        """One tile's files."""
        return processing.render_tile(self._resolved(request), request_id, plan)

    def zarr_job(self, request: Json, request_id: str, plans: Any) -> Zarr:
        """The writer of a request's Zarr group."""
        return processing.ZarrJob(self._resolved(request), request_id, plans)

    def output_location(self, request: Json, request_id: str) -> tuple[str, str]:
        """Bucket, and key prefix (with a slash at its end, or empty) of everything that a request writes."""
        return processing.output_location(request, request_id)


class FlatPixels(RealPixels):
    """Tiles of one value: after the analysis, which is the same, the evalscript does not run any more.

    A tile costs what the estimate assumes. What hundreds of requests have in common, an evalscript over the
    same data, is tried for the first of them.
    """

    def __init__(self, find_own: Callable[[str], OwnData | None] = lambda _: None) -> None:
        super().__init__(find_own)
        self._good: set[str] = set()

    def validate_evalscript(self, request: Json, plans: Any) -> None:
        """Raises EvalscriptFailure."""
        resolved = self._resolved(request)
        process = request["processRequest"]
        asked = json.dumps([evalscript(request), process["input"]["data"], process.get("output")])
        if asked in self._good:
            return
        processing.validate_evalscript(resolved, plans)
        if resolved["processRequest"]["input"]["data"] == process["input"]["data"]:  # own data may change
            self._good.add(asked)

    def tile_cost(self, request: Json, plan: Any) -> float:
        """PU of one tile, before the batch discount."""
        return processing.assumed_tile_cost(request, plan)

    def has_data(self, request: Json, plan: Any) -> bool:  # noqa: ARG002  whichever tile it is
        """Flat tiles need none."""
        return True

    def render_tile(self, request: Json, request_id: str, plan: Any) -> Sequence[File]:
        """One tile's files."""
        return processing.flat_tile(request, request_id, plan)

    def zarr_job(self, request: Json, request_id: str, plans: Any) -> Zarr:
        """The writer of a request's Zarr group."""
        return processing.ZarrJob(request, request_id, plans, processing.flat_evaluation)
