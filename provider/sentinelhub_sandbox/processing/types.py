"""What passes between the sandbox's API and its pixel processing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class ProcessingFailure(Exception):
    """A request or tile cannot be processed; the message is what the service would say."""


class EvalscriptFailure(ProcessingFailure):
    """The evalscript is at fault: it does not parse, throws, runs too long or returns the wrong shape."""


@dataclass(frozen=True)
class TilePlan:
    """One tile of a tiling grid at the request's resolution, without the request's buffer.

    `origin` is the upper left corner in units of `crs`; `geometry` is a GeoJSON Polygon in WGS84.
    """

    id: int
    name: str
    crs: str
    origin: tuple[float, float]
    width_px: int
    height_px: int
    geometry: dict[str, Any]


@dataclass(frozen=True)
class FeaturePlan(TilePlan):
    """A feature of a GeoPackage: its envelope, cut into pixels of its own size.

    `pixel` is a pixel's width and height in units of `crs`; `outline` the geometry in `crs` (shapely):
    pixels outside of it have no data.
    """

    pixel: tuple[float, float]
    outline: Any


@dataclass(frozen=True)
class OutputFile:
    """An object for the user's bucket; `key` is relative to the bucket of `output_location`."""

    key: str
    body: bytes
    content_type: str
