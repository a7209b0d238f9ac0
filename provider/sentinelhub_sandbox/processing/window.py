"""The pixels of a tile as places on earth, in strips of rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .aoi import WGS84, transform_points
from .request import grid_settings
from .scenes import Granule
from .types import FeaturePlan, TilePlan

Floats = NDArray[np.float64]

_NODES = 33  # nodes a side at which longitude and latitude are exact; between them they are interpolated


@dataclass(frozen=True)
class Window:
    """A raster: upper left corner, size in pixels, buffers included.

    Pixels are `resolution` wide and `resolution_y` high, in units of `crs`.
    """

    crs: str
    left: float
    top: float
    resolution: float
    resolution_y: float
    width: int
    height: int

    @classmethod
    def of(cls, plan: TilePlan, resolution: float, buffer_x: int = 0, buffer_y: int = 0) -> Window:
        """The raster of a planned tile; buffers in pixels on each side."""
        return cls(
            plan.crs,
            plan.origin[0] - buffer_x * resolution,
            plan.origin[1] + buffer_y * resolution,
            resolution,
            resolution,
            plan.width_px + 2 * buffer_x,
            plan.height_px + 2 * buffer_y,
        )

    @classmethod
    def of_request(cls, request: Mapping[str, Any], plan: TilePlan) -> Window:
        """The raster of a feature, or that of a tile at the request's resolution and with its buffers."""
        if isinstance(plan, FeaturePlan):
            x, y = plan.pixel
            return cls(plan.crs, *plan.origin, x, y, plan.width_px, plan.height_px)
        settings = grid_settings(request)
        return cls.of(plan, settings.resolution, settings.buffer_x, settings.buffer_y)

    @cached_property
    def _nodes(self) -> tuple[Floats, Floats, Floats, Floats]:
        columns = np.linspace(0.0, float(self.width), _NODES)
        rows = np.linspace(0.0, float(self.height), _NODES)
        x, y = np.meshgrid(self.left + columns * self.resolution, self.top - rows * self.resolution_y)
        lon, lat = transform_points(self.crs, WGS84, x, y)
        if np.ptp(lon) > 180:  # across the antimeridian longitudes go on beyond 180
            lon = np.where(lon < 0, lon + 360, lon)
        return columns, rows, lon, lat

    def places(self, first: int, last: int) -> tuple[Floats, Floats]:
        """Longitude and latitude of the centres of the pixels in rows first..last-1, flattened."""
        return self._between(self._nodes, first, last)

    def places_in(self, crs: str, first: int, last: int) -> tuple[Floats, Floats]:
        """The same in a CRS, x and y: exact at the nodes, too."""
        columns, rows, lon, lat = self._nodes
        if crs == WGS84:
            return self.places(first, last)
        if lon.max() > 180:  # another CRS may have a seam there, between two nodes
            return transform_points(WGS84, crs, *self.places(first, last))
        x, y = transform_points(WGS84, crs, lon, lat)
        return self._between((columns, rows, x, y), first, last)

    def _between(
        self, nodes: tuple[Floats, Floats, Floats, Floats], first: int, last: int
    ) -> tuple[Floats, Floats]:
        """Interpolate two values that are known at the nodes."""
        columns, rows, x, y = nodes
        wanted_rows = np.arange(first, last, dtype=np.float64) + 0.5
        wanted_columns = np.arange(self.width, dtype=np.float64) + 0.5
        return (
            _interpolate(columns, rows, x, wanted_columns, wanted_rows).ravel(),
            _interpolate(columns, rows, y, wanted_columns, wanted_rows).ravel(),
        )

    def pixel_numbers(self, first: int, last: int) -> NDArray[np.uint64]:
        """A number for each pixel by its position in the CRS, the same from whichever tile it is seen."""
        column = np.floor(self.left / self.resolution + 0.5).astype(np.int64) + np.arange(self.width)
        row = np.floor(self.top / self.resolution_y + 0.5).astype(np.int64) - np.arange(first, last)
        return np.asarray(((row[:, None] << 32) + column[None, :]).ravel(), dtype=np.uint64)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, bottom, right, top in units of `crs`."""
        right = self.left + self.width * self.resolution
        return self.left, self.top - self.height * self.resolution_y, right, self.top

    def granules(self) -> list[Granule]:
        """The one-degree granules of the window's envelope, so that every pixel has one."""
        _, _, lon, lat = self._nodes
        south, north = int(np.floor(lat.min())), int(np.floor(lat.max()))
        west, east = int(np.floor(lon.min())), int(np.floor(lon.max()))
        return [(row, column) for row in range(south, north + 1) for column in range(west, east + 1)]


def _interpolate(
    columns: Floats, rows: Floats, values: Floats, at_columns: Floats, at_rows: Floats
) -> Floats:
    """Bilinear interpolation of node values at the crossings of `at_rows` and `at_columns`."""
    upper = np.clip(np.searchsorted(rows, at_rows, side="right") - 1, 0, len(rows) - 2)
    first = int(upper.min())
    along = np.stack([np.interp(at_columns, columns, line) for line in values[first : int(upper.max()) + 2]])
    share = ((at_rows - rows[upper]) / (rows[upper + 1] - rows[upper]))[:, None]
    return np.asarray(along[upper - first] * (1 - share) + along[upper - first + 1] * share)
