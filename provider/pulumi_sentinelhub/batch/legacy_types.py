"""Older names of collections, which the service still takes and sends."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

#: Today's name by the older one [observed: S1GRD; the others are the vendor's older ids].
LEGACY_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "S1GRD": "sentinel-1-grd",
        "S2L1C": "sentinel-2-l1c",
        "S2L2A": "sentinel-2-l2a",
        "S3OLCI": "sentinel-3-olci",
        "S3SLSTR": "sentinel-3-slstr",
        "S5PL2": "sentinel-5p-l2",
        "DEM": "dem",
        "MODIS": "modis",
        "HLS": "hls",
    }
)
