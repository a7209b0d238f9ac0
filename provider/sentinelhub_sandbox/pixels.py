"""What the service side asks of the pixel side; ``real_pixels`` has the answers."""

# ruff: noqa: D102  the members of a protocol are described by their classes

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from .wire import Json


class Plan(Protocol):
    """A tile: name, CRS (``EPSG:32632``), upper left corner (CRS units), size (pixels, no buffer)."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def crs(self) -> str: ...
    @property
    def origin(self) -> tuple[float, float]: ...
    @property
    def width_px(self) -> int: ...
    @property
    def height_px(self) -> int: ...
    @property
    def geometry(self) -> Json: ...


class File(Protocol):
    """A file to be written: key within the bucket, content, media type."""

    @property
    def key(self) -> str: ...
    @property
    def body(self) -> bytes: ...
    @property
    def content_type(self) -> str: ...


class Output(Protocol):
    """An output that an evalscript declares: id, number of bands, sample type such as ``FLOAT32``."""

    @property
    def id(self) -> str: ...
    @property
    def bands(self) -> int: ...
    @property
    def sample_type(self) -> str: ...


class Zarr(Protocol):
    """Writes one Zarr group for a request, tile by tile."""

    def begin(self) -> Sequence[File]: ...
    def render(self, plan: Any) -> Sequence[File]: ...
    def finish(self) -> Sequence[File]: ...


@dataclass(frozen=True)
class OwnFile:
    """A file of one of the user's collections: one band of one tile.

    Attributes:
        bucket, key: where it is.
        read: its content; ``None`` when it is not there any more.
        band: the number of the band within the file, from 1.
        no_data: the value of pixels without data, beside what the file itself says.
    """

    bucket: str
    key: str
    read: Callable[[], bytes | None]
    band: int = 1
    no_data: float | None = None


@dataclass(frozen=True)
class OwnTile:
    """A tile of one of the user's collections.

    Attributes:
        number: its id within the collection.
        geometry: GeoJSON Polygon in WGS84.
        written: when it was sensed, or else made, epoch seconds: the later one is the more recent.
        files: one a band, by the band's name.
        sensed: when it was sensed, epoch seconds; without it no time range excludes it.
        cover: GeoJSON in WGS84, outside which it has no data; by default its files say alone.
    """

    number: int
    geometry: Json
    written: float
    files: Mapping[str, OwnFile]
    sensed: float | None = None
    cover: Json | None = None


@dataclass(frozen=True)
class OwnData:
    """What one of the user's collections holds: the names of its bands, and its tiles."""

    bands: tuple[str, ...]
    tiles: tuple[OwnTile, ...]


@dataclass(frozen=True)
class Feature:
    """A feature of a GeoPackage, with its defaults filled in.

    Attributes:
        number: its number, unique among all features of the file.
        identifier: its name.
        epsg: code of its CRS.
        wkb: its geometry, as WKB.
        size: width and height of its raster, pixels; wins over the resolution.
        resolution: of its raster, in units of the CRS.
    """

    number: int
    identifier: str
    epsg: int
    wkb: bytes
    size: tuple[int, int] | None
    resolution: float | None


@dataclass(frozen=True)
class Outline:
    """What a file covers.

    Attributes:
        width, height: of its raster, pixels.
        wkb: its outline, in the CRS of the plan.
        bounds: left, bottom, right, top of it.
    """

    width: int
    height: int
    wkb: bytes
    bounds: tuple[float, float, float, float]


class Pixels(Protocol):
    """Grids, tiles, costs (PU, before the batch discount) and files."""

    def grids(self) -> list[Json]: ...
    def estimate_tile_count(self, request: Json) -> int: ...
    def plan_tiles(self, request: Json) -> Sequence[Plan]: ...
    def plan_features(self, request: Json, features: Sequence[Feature]) -> Sequence[Plan]: ...
    def outline(self, request: Json, plan: Any) -> Outline: ...
    def has_data(self, request: Json, plan: Any) -> bool: ...
    def validate_evalscript(self, request: Json, plans: Any) -> None: ...
    def declared_outputs(self, request: Json) -> Sequence[Output]: ...
    def estimate_value(self, request: Json, plans: Any) -> float: ...
    def tile_cost(self, request: Json, plan: Any) -> float: ...
    def tile_keys(self, request: Json, request_id: str, plan: Any) -> list[str]: ...
    def render_tile(self, request: Json, request_id: str, plan: Any) -> Sequence[File]: ...
    def zarr_job(self, request: Json, request_id: str, plans: Any) -> Zarr: ...
    def output_location(self, request: Json, request_id: str) -> tuple[str, str]: ...
