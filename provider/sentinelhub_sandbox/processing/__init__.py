"""Tiles, scenes and pixels of the sandbox: what the service computes once a request is started."""

from __future__ import annotations

from .cost import estimate_value, tile_cost
from .grids import grids
from .paths import output_location
from .render import render_tile, validate_evalscript
from .samples import Samples, read_samples
from .tiles import estimate_tile_count, plan_tiles
from .types import EvalscriptFailure, OutputFile, ProcessingFailure, TilePlan
from .zarr_output import ZarrJob

__all__ = [
    "EvalscriptFailure",
    "OutputFile",
    "ProcessingFailure",
    "Samples",
    "TilePlan",
    "ZarrJob",
    "estimate_tile_count",
    "estimate_value",
    "grids",
    "output_location",
    "plan_tiles",
    "read_samples",
    "render_tile",
    "tile_cost",
    "validate_evalscript",
]
