"""Tiles of one value, without running the evalscript: for requests of whole continents.

Size, CRS, type and bands are those that `setup()` declares; `updateOutput` is not asked for other bands, and
there is no user data. A file is encoded once for each CRS; that of a tile differs only in its corner.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from .evaluate import SAMPLE_TYPES, Evaluation, Raster, wanted_outputs
from .interpreter import Output, setup_of
from .paths import tile_key
from .raster import TIFF, encoded
from .request import USERDATA, evalscript, responses
from .types import OutputFile, TilePlan
from .window import Window

VALUE = 1  # of every pixel: neither the usual nodata nor the usual fill value
_CORNER = (123_456.789, 987_654.321)  # of templates: bytes that occur nowhere else in a file


def flat_evaluation(request: Mapping[str, Any], window: Window) -> Evaluation:
    """Every output of the request with every pixel at VALUE."""
    wanted = wanted_outputs(request, setup_of(evalscript(request)))
    return Evaluation({output.id: _raster(output, window) for output in wanted}, {})


def flat_tile(request: Mapping[str, Any], request_id: str, plan: TilePlan) -> list[OutputFile]:
    """The files of one tile, buffers included. Raises ProcessingFailure when they cannot be written."""
    window = Window.of_request(request, plan)
    outputs = {output.id: output for output in wanted_outputs(request, setup_of(evalscript(request)))}
    settings = json.dumps(request.get("output") or {}, sort_keys=True)
    files = []
    for response in responses(request):
        key = tile_key(request, request_id, plan, response.identifier)
        if response.identifier == USERDATA:
            files.append(OutputFile(key, b"{}", "application/json"))
            continue
        template = _template(outputs[response.identifier], _at(window, _CORNER), settings)
        files.append(OutputFile(key, _moved(template, (window.left, window.top)), TIFF))
    return files


def _raster(output: Output, window: Window) -> Raster:
    shape = (output.bands, window.height, window.width)
    return Raster(output, np.full(shape, VALUE, SAMPLE_TYPES[output.sample_type]))


def _at(window: Window, corner: tuple[float, float]) -> Window:
    return replace(window, left=corner[0], top=corner[1])


@lru_cache(maxsize=128)
def _template(output: Output, window: Window, settings: str) -> bytes:
    return encoded(_raster(output, window), window, json.loads(settings))


def _moved(template: bytes, corner: tuple[float, float]) -> bytes:
    """A file of another place. [GeoTIFF: ModelTiepointTag] Raster 0, 0, 0 lies at the corner."""
    before, found, after = template.partition(struct.pack("=6d", 0, 0, 0, *_CORNER, 0))
    assert found
    return before + struct.pack("=6d", 0, 0, 0, *corner, 0) + after
