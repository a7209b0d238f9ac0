"""Tiles as files: one GeoTIFF or COG an output, and `userdata.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from .evaluate import check, evaluate
from .features import clipped
from .paths import tile_key
from .raster import TIFF, encoded
from .request import USERDATA, responses
from .types import FeaturePlan, OutputFile, TilePlan
from .window import Window


def render_tile(request: Mapping[str, Any], request_id: str, plan: TilePlan) -> list[OutputFile]:
    """The files of one tile, buffers included.

    Raises EvalscriptFailure when the script fails on this tile, ProcessingFailure when its output cannot
    be written.
    """
    window = Window.of_request(request, plan)
    evaluation = evaluate(request, window)
    if isinstance(plan, FeaturePlan):
        evaluation = clipped(evaluation, window, plan)
    files = []
    for response in responses(request):
        key = tile_key(request, request_id, plan, response.identifier)
        if response.identifier == USERDATA:
            files.append(OutputFile(key, json.dumps(evaluation.user_data).encode(), "application/json"))
            continue
        raster = evaluation.rasters[response.identifier]
        body = encoded(raster, window, request.get("output") or {})
        files.append(OutputFile(key, body, TIFF))
    return files


def validate_evalscript(request: Mapping[str, Any], plans: Sequence[TilePlan]) -> None:
    """Run the evalscript on a part of the area, as the service's analysis does.

    Raises EvalscriptFailure (or ProcessingFailure for data that the sandbox cannot provide); its message is
    the request's `error`.
    """
    for plan in plans[:1]:
        check(request, Window.of_request(request, plan))
