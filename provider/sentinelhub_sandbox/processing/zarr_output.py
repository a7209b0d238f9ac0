"""One Zarr v2 group for all tiles of a request, written as raw metadata and chunks.

[batch docs: zarrOutput; Zarr storage specification v2] Arrays have the shape (time, y, x) with one time; they
span the envelope of the planned tiles. A chunk that holds nothing but the fill value is not written, so that
tiles outside the area of interest, which are not processed, leave no objects. Buffers do not apply: tiles
must not overlap in an array.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.crs import CRS

from .aoi import WGS84, transform_points
from .evaluate import Evaluation, evaluate, wanted_outputs
from .interpreter import Output, setup_of
from .paths import output_location
from .request import data_sources, evalscript, grid_settings
from .scenes import time_range
from .types import OutputFile, ProcessingFailure, TilePlan
from .window import Window

DEFAULT_COMPRESSOR: dict[str, Any] = {
    "id": "blosc",
    "cname": "lz4",
    "clevel": 5,
    "shuffle": 1,
    "blocksize": 0,
}
DIMENSIONS = ["time", "y", "x"]
_JSON, _BYTES = "application/json", "application/octet-stream"
_REQUIRED = ("dtype", "chunks", "fill_value")


@dataclass(frozen=True)
class _Array:
    """An array of the group: its `.zarray`, its `.zattrs` and how to encode a chunk."""

    name: str
    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: np.dtype[Any]
    fill_value: Any
    compressor: dict[str, Any] | None
    attributes: dict[str, Any] = field(default_factory=dict)

    def metadata(self) -> dict[str, Any]:
        return {
            "zarr_format": 2,
            "shape": list(self.shape),
            "chunks": list(self.chunks),
            "dtype": self.dtype.str,
            "compressor": self.compressor,
            "fill_value": self.fill_value,
            "order": "C",
            "filters": None,
        }

    def encode(self, values: NDArray[Any]) -> bytes:
        data = np.ascontiguousarray(values, dtype=self.dtype)
        if self.compressor is None:
            return data.tobytes()
        import numcodecs  # type: ignore[import-untyped]  # no types; late, since few requests want a group

        encoded = numcodecs.get_codec(dict(self.compressor)).encode(data)
        return bytes(encoded)

    def is_empty(self, values: NDArray[Any]) -> bool:
        """Whether `values` hold nothing but the fill value."""
        if self.fill_value is None:
            return False
        fill = float(self.fill_value)
        return bool(np.isnan(values).all() if math.isnan(fill) else (values == fill).all())


class ZarrJob:
    """Writes the group of one request: `begin`, `render` for each tile in any order, `finish`.

    `evaluation` makes the values of a tile.

    Raises ProcessingFailure for `zarrOutput` parameters that the service would refuse.
    """

    def __init__(
        self,
        request: Mapping[str, Any],
        request_id: str,
        plans: Sequence[TilePlan],
        evaluation: Callable[[Mapping[str, Any], Window], Evaluation] = evaluate,
    ) -> None:
        if len({plan.crs for plan in plans}) != 1:
            raise ProcessingFailure("Zarr output needs tiles in one CRS; UTM tiling grids are not supported.")
        self._request = request
        self._evaluation = evaluation
        self._parameters: Mapping[str, Any] = request["zarrOutput"]
        self._group: Mapping[str, Any] = self._parameters.get("group") or {}
        self._prefix = output_location(request, request_id)[1]
        self._resolution = grid_settings(request).resolution
        self._crs = plans[0].crs
        self._tile = (plans[0].height_px, plans[0].width_px)
        self._envelope = _envelope(plans, self._resolution)
        coordinates = self._group.get("coordinates") or {}
        self._flipped = coordinates.get("origin") == "bottomLeft"
        outputs = wanted_outputs(request, setup_of(evalscript(request)))
        self._arrays = {output.id: self._array(output) for output in outputs}

    def begin(self) -> list[OutputFile]:
        """Metadata of the group and of its arrays, and the coordinate arrays."""
        files = [self._json(".zgroup", {"zarr_format": 2}), self._json(".zattrs", self._attributes())]
        for array in self._arrays.values():
            files += self._described(array)
        for array, values in self._coordinates():
            files += self._described(array)
            files.append(self._file(f"{array.name}/0", array.encode(values), _BYTES))
        return [*files, self._consolidated()]

    def render(self, plan: TilePlan) -> list[OutputFile]:
        """The chunks of one tile that hold more than the fill value."""
        rasters = self._evaluation(self._request, Window.of(plan, self._resolution)).rasters
        files = []
        for array in self._arrays.values():
            values = rasters[array.name].values
            if values.shape[0] != 1:
                raise ProcessingFailure(f"Output {array.name} must have exactly one band for Zarr output.")
            plane = values[0].astype(array.dtype)
            files += self._chunks(array, plane[::-1] if self._flipped else plane, plan)
        return files

    def finish(self) -> list[OutputFile]:
        """The group's attributes once more, with the time at which the last tile was written."""
        return [self._json(".zattrs", self._attributes()), self._consolidated()]

    def _chunks(self, array: _Array, plane: NDArray[Any], plan: TilePlan) -> list[OutputFile]:
        _, height, width = array.chunks
        row, column = self._position(plan)
        files = []
        for y in range(0, plane.shape[0], height):
            for x in range(0, plane.shape[1], width):
                block = plane[y : y + height, x : x + width]
                if not array.is_empty(block):
                    key = f"{array.name}/0.{(row + y) // height}.{(column + x) // width}"
                    files.append(self._file(key, array.encode(block), _BYTES))
        return files

    def _position(self, plan: TilePlan) -> tuple[int, int]:
        """Row and column of the tile's first pixel in the arrays."""
        left, bottom, _, top = self._envelope
        x, y = plan.origin
        column = round((x - left) / self._resolution)
        if self._flipped:
            return round((y - bottom) / self._resolution) - plan.height_px, column
        return round((top - y) / self._resolution), column

    def _array(self, output: Output) -> _Array:
        overrides = (self._parameters.get("arrayOverrides") or {}).get(output.id) or {}
        settings = {**(self._parameters.get("arrayParameters") or {}), **overrides}
        for name in _REQUIRED:
            if name not in settings:
                raise ProcessingFailure(f"zarrOutput lacks {name} for array {output.id}.")
        chunks = tuple(int(size) for size in settings["chunks"])
        if (
            len(chunks) != 3
            or chunks[0] != 1
            or any(t % max(c, 1) for t, c in zip(self._tile, chunks[1:], strict=True))
        ):
            raise ProcessingFailure(
                f"chunks {list(chunks)} of array {output.id} do not divide tiles of {self._tile} pixels."
            )
        return _Array(
            name=output.id,
            shape=(1, *self._shape()),
            chunks=chunks,
            dtype=np.dtype(str(settings["dtype"])),
            fill_value=settings["fill_value"],
            compressor=settings.get("compressor", DEFAULT_COMPRESSOR),
            attributes={"_ARRAY_DIMENSIONS": DIMENSIONS, **(overrides.get("customAttributes") or {})},
        )

    def _shape(self) -> tuple[int, int]:
        left, bottom, right, top = self._envelope
        return round((top - bottom) / self._resolution), round((right - left) / self._resolution)

    def _coordinates(self) -> list[tuple[_Array, NDArray[Any]]]:
        """Centres of the pixels along y and x, and the start of the time range."""
        left, bottom, _, top = self._envelope
        height, width = self._shape()
        rows, columns = np.arange(height) + 0.5, np.arange(width) + 0.5
        y = bottom + rows * self._resolution if self._flipped else top - rows * self._resolution
        x = left + columns * self._resolution
        start, _ = time_range(data_sources(self._request)[0])
        seconds = np.array([int(start.timestamp())], dtype="<i8")
        since = {
            "units": "seconds since 1970-01-01T00:00:00",
            "calendar": "proleptic_gregorian",
            "standard_name": "time",
        }
        angular = self._crs == WGS84
        unit = "degree" if angular else "m"
        names = (
            ("latitude", "longitude") if angular else ("projection_y_coordinate", "projection_x_coordinate")
        )
        return [
            (_coordinate("time", seconds, since), seconds),
            (_coordinate("y", y, {"units": unit, "standard_name": names[0]}), y),
            (_coordinate("x", x, {"units": unit, "standard_name": names[1]}), x),
        ]

    def _attributes(self) -> dict[str, Any]:
        left, bottom, right, top = self._envelope
        lon, lat = transform_points(
            self._crs, WGS84, np.array([left, right, right, left]), np.array([top, top, bottom, bottom])
        )
        start, end = time_range(data_sources(self._request)[0])
        return {
            "Conventions": "CF-1.8",
            "date_modified": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "crs": self._crs,
            "crs_wkt": str(CRS.from_user_input(self._crs).to_wkt()),
            "geospatial_bounds_crs": self._crs,
            "geospatial_bounds": [left, bottom, right, top],
            "geospatial_x_resolution": self._resolution,
            "geospatial_y_resolution": self._resolution if self._flipped else -self._resolution,
            "geospatial_lon_min": float(lon.min()),
            "geospatial_lon_max": float(lon.max()),
            "geospatial_lat_min": float(lat.min()),
            "geospatial_lat_max": float(lat.max()),
            "time_coverage_start": start.isoformat(),
            "time_coverage_end": end.isoformat(),
            **(self._group.get("customAttributes") or {}),
        }

    def _consolidated(self) -> OutputFile:
        metadata: dict[str, Any] = {".zgroup": {"zarr_format": 2}, ".zattrs": self._attributes()}
        coordinates = [array for array, _ in self._coordinates()]
        for array in [*self._arrays.values(), *coordinates]:
            metadata[f"{array.name}/.zarray"] = array.metadata()
            metadata[f"{array.name}/.zattrs"] = array.attributes
        return self._json(".zmetadata", {"zarr_consolidated_format": 1, "metadata": metadata})

    def _described(self, array: _Array) -> list[OutputFile]:
        return [
            self._json(f"{array.name}/.zarray", array.metadata()),
            self._json(f"{array.name}/.zattrs", array.attributes),
        ]

    def _json(self, key: str, content: Any) -> OutputFile:
        return self._file(key, json.dumps(content, indent=4).encode(), _JSON)

    def _file(self, key: str, body: bytes, content_type: str) -> OutputFile:
        return OutputFile(self._prefix + key, body, content_type)


def _coordinate(name: str, values: NDArray[Any], attributes: dict[str, Any]) -> _Array:
    return _Array(
        name=name,
        shape=values.shape,
        chunks=values.shape,
        dtype=values.dtype,
        fill_value=None,
        compressor=DEFAULT_COMPRESSOR,
        attributes={"_ARRAY_DIMENSIONS": [name], **attributes},
    )


def _envelope(plans: Sequence[TilePlan], resolution: float) -> tuple[float, float, float, float]:
    """Left, bottom, right, top around all tiles."""
    lefts, tops = [plan.origin[0] for plan in plans], [plan.origin[1] for plan in plans]
    rights = [plan.origin[0] + plan.width_px * resolution for plan in plans]
    bottoms = [plan.origin[1] - plan.height_px * resolution for plan in plans]
    return min(lefts), min(bottoms), max(rights), max(tops)
