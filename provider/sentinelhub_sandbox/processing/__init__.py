"""Tiles, scenes and pixels of the sandbox: what the service computes once a request is started."""

from __future__ import annotations

from .cost import assumed_tile_cost, estimate_value, has_data, tile_cost
from .features import outline_of, plan_features
from .flat import flat_evaluation, flat_tile
from .grids import grids
from .own_data import with_own_data
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
    "assumed_tile_cost",
    "estimate_tile_count",
    "estimate_value",
    "flat_evaluation",
    "flat_tile",
    "grids",
    "has_data",
    "outline_of",
    "output_location",
    "plan_features",
    "plan_tiles",
    "read_samples",
    "render_tile",
    "tile_cost",
    "validate_evalscript",
    "with_own_data",
]
