"""The service's echo of a process request: defaults filled in, numbers as Java prints them [observed]."""

from __future__ import annotations

from typing import Any

from ..wire import Json

LEGACY_IDS = {"sentinel-1-grd": "S1GRD"}
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_WITH_CLOUDS = {"sentinel-2-l1c", "sentinel-2-l2a", "landsat-ot-l1", "landsat-ot-l2", "S1GRD"}


def echo_process(process: Json) -> None:
    """Normalise a checked process request in place."""
    if process["input"].get("bounds") is not None:
        _bounds(process["input"]["bounds"])
    process["input"]["data"] = [_data(item) for item in process["input"]["data"]]
    process["output"] = {"responses": _responses(process.get("output"))}


def _bounds(bounds: Json) -> None:
    crs = bounds.setdefault("properties", {}).setdefault("crs", CRS84)
    if bounds.get("bbox") is not None:
        bounds["bbox"] = _floats(bounds["bbox"])
    if bounds.get("geometry") is not None:
        geometry = bounds["geometry"]
        geometry["coordinates"] = _floats(geometry["coordinates"])
        name = "OGC::CRS84" if crs == CRS84 or crs.endswith("/4326") else f"EPSG::{crs.rpartition('/')[2]}"
        geometry["crs"] = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:{name}"}}


def _data(item: Json) -> Json:
    item["type"] = LEGACY_IDS.get(item["type"], item["type"])
    filters = item.setdefault("dataFilter", {})
    filters.setdefault("mosaickingOrder", "mostRecent")
    if filters.get("maxCloudCoverage") is not None or item["type"] in _WITH_CLOUDS:
        filters["maxCloudCoverage"] = float(filters.get("maxCloudCoverage", 100.0))
    return item


def _responses(output: Any) -> list[Json]:
    listed = (output or {}).get("responses") or [{"format": {"type": "image/tiff"}}]
    return [
        {"identifier": item.get("identifier", "default"), "format": item["format"], "logo": False}
        for item in listed
    ]


def _floats(value: Any) -> Any:
    return [_floats(member) for member in value] if isinstance(value, list) else float(value)
