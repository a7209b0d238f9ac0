"""Processing units, without the factor 1/3 of batch, as the API states them [PU docs: batch]."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from .datasets import DATA_MASK
from .evaluate import sample_counts, sources_of, wanted_outputs
from .interpreter import Setup, setup_of
from .request import data_sources, evalscript
from .scenes import time_range
from .sentinel1 import is_sentinel1
from .types import TilePlan
from .window import Window

MINIMUM_REQUEST = 100.0  # PU
_UNIT_PIXELS = 512 * 512
_MINIMUM_AREA = 0.01
_UNIT_BANDS = 3
_DAYS_A_SAMPLE = 3  # assumed by the service's estimate for ORBIT and TILE


def estimate_value(request: Mapping[str, Any], plans: Sequence[TilePlan]) -> float:
    """PU of all tiles, assuming a sample every three days for ORBIT and TILE; at least 100 PU."""
    return max(MINIMUM_REQUEST, _assumed(request, plans))


def has_data(request: Mapping[str, Any], plan: TilePlan) -> bool:
    """Whether any data source has a scene for a tile."""
    setup = setup_of(evalscript(request))
    return any(sample_counts(request, setup, Window.of_request(request, plan)))


def assumed_tile_cost(request: Mapping[str, Any], plan: TilePlan) -> float:
    """PU of one tile with the number of samples that the estimate assumes."""
    return _assumed(request, [plan])


def tile_cost(request: Mapping[str, Any], plan: TilePlan) -> float:
    """PU of one tile with its real number of samples."""
    setup = setup_of(evalscript(request))
    window = Window.of_request(request, plan)
    samples = max(1, *sample_counts(request, setup, window))
    return _pixels(request, plan) * _factor(request, setup) * samples


def _assumed(request: Mapping[str, Any], plans: Sequence[TilePlan]) -> float:
    setup = setup_of(evalscript(request))
    samples = []
    for source in sources_of(request, setup):
        start, end = time_range(source.data)
        days = (end - start).total_seconds() / 86_400
        samples.append(1 if source.mosaicking == "SIMPLE" else max(1, math.ceil(days / _DAYS_A_SAMPLE)))
    return sum(_pixels(request, plan) for plan in plans) * _factor(request, setup) * max(samples, default=1)


def _pixels(request: Mapping[str, Any], plan: TilePlan) -> float:
    window = Window.of_request(request, plan)
    return max(_MINIMUM_AREA, window.width * window.height / _UNIT_PIXELS)


def _factor(request: Mapping[str, Any], setup: Setup) -> float:
    """Bands, sample type, data fusion and Sentinel-1 processing."""
    sources = sources_of(request, setup)
    bands = sum(1 for source in sources for band in source.bands if band.name != DATA_MASK) or 1
    floats = any(output.sample_type == "FLOAT32" for output in wanted_outputs(request, setup))
    factor = bands / _UNIT_BANDS * (2 if floats else 1) * len(sources)
    for data in data_sources(request):
        factor *= _sentinel1(data.get("processing") or {}) if is_sentinel1(data) else 1
    return factor


def _sentinel1(processing: Mapping[str, Any]) -> float:
    speckle = 2.0 if (processing.get("speckleFilter") or {}).get("type", "NONE") != "NONE" else 1.0
    if processing.get("backCoeff") == "GAMMA0_TERRAIN":
        return speckle * 2.5  # radiometric terrain correction includes orthorectification
    return speckle * (2.0 if processing.get("orthorectify") else 1.0)
