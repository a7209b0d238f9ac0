"""Sentinel-1's polarizations, and the DEMs that it and the collection `dem` know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..dataset_names import current_name
from .scenes import time_range
from .types import ProcessingFailure

_POLARIZED = ("HH", "HV", "VV", "VH")
# [OpenAPI: S1Filtering; Sentinel-1 products] Single, dual, and one half of dual.
_BANDS: Mapping[str, tuple[str, ...]] = {
    "SH": ("HH",),
    "SV": ("VV",),
    "DH": ("HH", "HV"),
    "DV": ("VV", "VH"),
    **{name: (name,) for name in _POLARIZED},
}
_DEMS = ("MAPZEN", "COPERNICUS_30", "COPERNICUS_90")  # [OpenAPI: DEMFiltering]
_SENTINEL1_DEMS = (*_DEMS, "COPERNICUS")  # [OpenAPI: S1Processing]


def is_sentinel1(source: Mapping[str, Any]) -> bool:
    """Whether a data source is Sentinel-1, also by the name under which the service echoes it."""
    return current_name(str(source["type"])) == "sentinel-1-grd"


def check_polarization(source: Mapping[str, Any], bands: Iterable[str]) -> None:
    """Raises ProcessingFailure when scenes of the asked polarization lack one of the bands."""
    asked = (source.get("dataFilter") or {}).get("polarization")
    if not is_sentinel1(source) or asked is None:
        return
    for band in bands:
        if band in _POLARIZED and band not in _BANDS[asked]:
            start, _ = time_range(source)
            raise ProcessingFailure(
                f"Requested band '{band}' is not present in Sentinel 1 tile "
                f"'S1A_IW_GRDH_1S{asked}_{start:%Y%m%dT%H%M%S}' returned by criteria specified in "
                "`dataFilter` parameter. (RENDERER_S1_MISSING_POLARIZATION)"
            )


def check_dem(source: Mapping[str, Any]) -> None:
    """Raises ProcessingFailure for a `demInstance` that is not there."""
    kind = current_name(str(source["type"]))
    place, known = {
        "dem": ("dataFilter", _DEMS),
        "sentinel-1-grd": ("processing", _SENTINEL1_DEMS),
    }.get(kind, ("", ()))
    asked = (source.get(place) or {}).get("demInstance")
    if asked is not None and asked not in known:
        raise ProcessingFailure(f"Unknown demInstance {asked}; known are {', '.join(known)}.")
