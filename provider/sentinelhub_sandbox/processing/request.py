"""The parts of a v1 batch request that processing needs, read from the API's JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .types import ProcessingFailure

DEFAULT_OUTPUT = "default"
USERDATA = "userdata"

_EPSG = re.compile(r"EPSG[:/]+(?:[\d.]*[:/]+)?(\d+)$", re.IGNORECASE)
# None that a template or another comment could end in.
_LAST_COMMENTS = re.compile(r"(?:\n[ \t]*//[^\n`*]*)+\s*\Z")


@dataclass(frozen=True)
class GridSettings:
    """`tilingGrid`: resolution in the grid's units, buffers in pixels on each side."""

    id: int
    resolution: float
    buffer_x: int
    buffer_y: int


@dataclass(frozen=True)
class Response:
    """One file (or Zarr array) a tile: the output's identifier and its MIME type."""

    identifier: str
    format: str


def grid_settings(request: Mapping[str, Any]) -> GridSettings:
    """`tilingGrid`, or its deprecated top-level spelling (`tilingGridId`, `resolution`)."""
    grid = request.get("tilingGrid") or {
        "id": request.get("tilingGridId"),
        "resolution": request.get("resolution"),
    }
    if grid.get("id") is None or grid.get("resolution") is None:
        raise ProcessingFailure("tilingGrid must have an id and a resolution.")
    return GridSettings(
        id=int(grid["id"]),
        resolution=float(grid["resolution"]),
        buffer_x=int(grid.get("bufferX") or 0),
        buffer_y=int(grid.get("bufferY") or 0),
    )


def evalscript(request: Mapping[str, Any]) -> str:
    """`processRequest.evalscript` without line comments at its end: what differs there alone is the same."""
    return _LAST_COMMENTS.sub("", str(request["processRequest"]["evalscript"])).rstrip() + "\n"


def data_sources(request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """`processRequest.input.data`."""
    return list(request["processRequest"]["input"]["data"])


def responses(request: Mapping[str, Any]) -> tuple[Response, ...]:
    """`processRequest.output.responses`; none means one GeoTIFF of the output `default`."""
    listed = (request["processRequest"].get("output") or {}).get("responses") or [{}]
    return tuple(
        Response(
            identifier=str(item.get("identifier") or DEFAULT_OUTPUT),
            format=str((item.get("format") or {}).get("type") or "image/tiff"),
        )
        for item in listed
    )


def parse_crs(name: str | None) -> str:
    """`EPSG:n` of an OGC URI or URN; CRS84 is EPSG:4326, since coordinates are always in x, y order."""
    if not name or "CRS84" in name.upper():
        return "EPSG:4326"
    found = _EPSG.search(name)
    if found is None:
        raise ProcessingFailure(f"Unsupported crs: {name}")
    return f"EPSG:{found.group(1)}"
