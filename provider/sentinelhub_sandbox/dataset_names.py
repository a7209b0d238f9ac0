"""Older names of collections, which the service still knows [batch docs: normalised requests]."""

from __future__ import annotations

from collections.abc import Mapping

LEGACY: Mapping[str, str] = {
    "S2L1C": "sentinel-2-l1c",
    "S2L2A": "sentinel-2-l2a",
    "S1GRD": "sentinel-1-grd",
    "L8L1C": "landsat-8-l1c",
    "DEM": "dem",
    "MODIS": "modis",
    "S3OLCI": "sentinel-3-olci",
    "S3SLSTR": "sentinel-3-slstr",
    "S5PL2": "sentinel-5p-l2",
}


def current_name(kind: str) -> str:
    """A collection's name of today, from either name; unknown names stay as they are."""
    return LEGACY.get(kind, kind)
