"""A v2 request as the pixel side takes it: in the shape of v1, without access to anything."""

from __future__ import annotations

from typing import Any

from ..wire import Json
from .checks import GRID, RASTER

# [OpenAPI of 2026: BatchV2CogParameters] The edition of 2024 has 1024, as v1 has.
COG_DEFAULTS = {"blockxsize": 256, "blockysize": 256}
_GRID_MEMBERS = ("id", "resolution", "bufferX", "bufferY")
_ZARR_MEMBERS = ("group", "arrayParameters", "arrayOverrides")
_RASTER_MEMBERS = ("overwrite", "skipExisting", "cogOutput", "createCollection", "collectionId")


def pixel_request(request: Json) -> Json:
    """What processing works from.

    Args:
        request: the normalised v2 request.
    """
    made: Json = {"processRequest": request["processRequest"]}
    source, output = request["input"], request["output"]
    url = output["delivery"]["s3"]["url"]
    if source["type"] == GRID:
        made["tilingGrid"] = _some(source, _GRID_MEMBERS)
    if output["type"] == RASTER:
        made["output"] = {"defaultTilePath": url, **_some(output, _RASTER_MEMBERS)}
        if output["cogOutput"]:
            made["output"]["cogParameters"] = {**COG_DEFAULTS, **output.get("cogParameters", {})}
    else:
        made["zarrOutput"] = {"path": url, **_some(output, _ZARR_MEMBERS)}
    return made


def _some(value: Json, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value[name] for name in names if name in value}
