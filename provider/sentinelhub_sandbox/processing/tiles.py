"""Tiles of a request: the cells of its tiling grid that share area with its bounds.

UTM grids are cut regularly from the MGRS 100 km squares. A tile may reach a little beyond its square or zone
(20 040 m does not divide 100 km), but it is planned only when the area of interest touches what the tile
alone answers for, so none is redundant.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from . import utm
from .aoi import WGS84, area_of_interest, reproject, transform_points
from .grids import DEGREE, LAEA, UTM, Grid, grid_of
from .request import grid_settings
from .types import ProcessingFailure, TilePlan

_SEGMENT_DEGREES = 0.01  # a parallel cut this finely strays less than two centimetres from the true curve
_HAIR_METRES = 0.02
"""An area that reaches no further into a tile has no part of it, such as one that ends at its border."""
_Found = tuple[int, str, str, tuple[float, float]]  # id, name, CRS, upper left corner
_ALIGNMENT = 60  # upper left corners of Sentinel-2 tiles are multiples of this many metres


@dataclass(frozen=True)
class _Cell:
    """A tile before it is named: what it alone answers for, and its upper left corner."""

    owned: Any
    origin: tuple[float, float]
    column: int
    row: int


def plan_tiles(request: Mapping[str, Any]) -> list[TilePlan]:
    """The exact tiles of a request, in the order of their ids.

    Raises ProcessingFailure for an unknown grid or CRS, bounds without an area, or an area that is wholly
    outside the grid's coverage.
    """
    settings = grid_settings(request)
    grid = grid_of(settings.id)
    area = area_of_interest(request)
    if area.is_empty:
        raise ProcessingFailure("bounds.bbox and bounds.geometry do not intersect.")
    area = _covered(grid, area)
    pixels = grid.tile_pixels(settings.resolution)
    if grid.crs == UTM:
        found = _utm_tiles(grid, area)
    elif grid.crs == LAEA:
        found = _laea_tiles(grid, area)
    else:
        found = _degree_tiles(area)
    plans = sorted((_plan(grid, pixels, tile) for tile in found), key=lambda plan: plan.id)
    if not plans:
        raise ProcessingFailure(f"The area of interest is outside the coverage of tiling grid {grid.id}.")
    return plans


def estimate_tile_count(request: Mapping[str, Any]) -> int:
    """Number of tiles to expect, from the size of the bounding box alone (at least 1)."""
    grid = grid_of(grid_settings(request).id)
    area = _covered(grid, area_of_interest(request))
    if area.is_empty:
        return 1
    bounds: tuple[float, float, float, float] = area.bounds
    west, south, east, north = bounds
    if grid.crs == DEGREE:
        return max(1, math.ceil(east - west) * math.ceil(north - south))
    metres = 111_320.0
    width = (east - west) * metres * math.cos(math.radians((south + north) / 2))
    height = (north - south) * metres
    return max(1, math.ceil(width / grid.size + 0.5) * math.ceil(height / grid.size + 0.5))


def _covered(grid: Grid, area: Any) -> Any:
    """The part of an area for which a grid has tiles."""
    return shapely.intersection(area, shapely.box(*grid.coverage))


def _plan(grid: Grid, pixels: int, found: _Found) -> TilePlan:
    tile_id, name, crs, (x, y) = found
    xs = np.array([x, x + grid.size, x + grid.size, x, x])
    ys = np.array([y, y, y - grid.size, y - grid.size, y])
    lon, lat = transform_points(crs, WGS84, xs, ys)
    ring = [[float(a), float(b)] for a, b in zip(lon, lat, strict=True)]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return TilePlan(tile_id, name, crs, (x, y), pixels, pixels, geometry)


def _utm_tiles(grid: Grid, area: Any) -> Iterator[_Found]:
    if area.is_empty:
        return
    west, _, east, _ = area.bounds
    for zone in utm.zones_between(west, east):
        strip = shapely.intersection(area, utm.zone_strip(zone))
        for south in (False, True):
            half = shapely.box(-180, -90, 180, 0) if south else shapely.box(-180, 0, 180, 90)
            part = shapely.intersection(strip, half)
            if part.area > 0:
                yield from _zone_tiles(grid, part, zone, south)


def _zone_tiles(grid: Grid, part: Any, zone: int, south: bool) -> Iterator[_Found]:
    crs = f"EPSG:{(32700 if south else 32600) + zone}"
    projected = _projected(part, crs)
    x1, y1, x2, y2 = (int(value // utm.SQUARE) for value in projected.bounds)
    # Rounding must not reach across the equator, where the other hemisphere's CRS takes over.
    y1, y2 = (y1, min(y2, 99)) if south else (max(y1, 0), y2)
    squares = [(column, row) for column in range(x1, x2 + 1) for row in range(y1, y2 + 1)]
    centres = np.array(squares, dtype=np.float64).reshape(-1, 2) * utm.SQUARE + utm.SQUARE / 2
    _, latitudes = transform_points(crs, WGS84, centres[:, 0], centres[:, 1])
    shapely.prepare(projected)
    for (column, row), latitude in zip(squares, latitudes, strict=True):
        square = utm.square_name(zone, column, row, float(latitude))
        for cell in _cells_of_square(grid, column, row):
            if not _share_area(projected, cell.owned):
                continue
            place = ((zone * 2 + south) * 10 + column) * 100 + row
            name = square if grid.size > utm.SQUARE else f"{square}_{cell.column}_{cell.row}"
            yield (place * 16 + cell.column) * 16 + cell.row + 1, name, crs, cell.origin


def _projected(area: Any, crs: str) -> Any:
    """An area in a tile's CRS, a hair smaller than it is; what is thinner stays as it is."""
    whole = reproject(shapely.segmentize(area, _SEGMENT_DEGREES), WGS84, crs)
    inner = whole.buffer(-_HAIR_METRES)
    return whole if inner.is_empty else inner


def _cells_of_square(grid: Grid, column: int, row: int) -> Iterator[_Cell]:
    left, bottom = column * utm.SQUARE, row * utm.SQUARE
    right, top = left + utm.SQUARE, bottom + utm.SQUARE
    alignment = _ALIGNMENT if grid.size % _ALIGNMENT == 0 else 1
    x0, y0 = left // alignment * alignment, -(-top // alignment) * alignment
    count = math.ceil(utm.SQUARE / grid.size)
    for i in range(count):
        for j in range(count):
            x, y = x0 + i * grid.size, y0 - j * grid.size
            owned = shapely.box(
                max(x, left), max(y - grid.size, bottom), min(x + grid.size, right), min(y, top)
            )
            yield _Cell(owned, (float(x), float(y)), i, j)


def _laea_tiles(grid: Grid, area: Any) -> Iterator[_Found]:
    projected = _projected(area, LAEA)
    size = int(grid.size)
    kilometres = size // 1000
    for column, row in _regular(projected, size):
        # The EEA's reference grid names a cell by its size and its lower left corner.
        x, y = column * kilometres, row * kilometres
        name = f"{kilometres}kmE{x:04d}N{y:04d}"
        yield row * 1000 + column + 1, name, LAEA, (float(column * size), float((row + 1) * size))


def _degree_tiles(area: Any) -> Iterator[_Found]:
    for lon, lat in _regular(area, 1):
        name = f"{'N' if lat >= 0 else 'S'}{abs(lat):02d}{'E' if lon >= 0 else 'W'}{abs(lon):03d}"
        yield (lat + 90) * 360 + lon + 180 + 1, name, DEGREE, (float(lon), float(lat + 1))


def _regular(area: Any, size: int) -> Iterator[tuple[int, int]]:
    """Columns and rows of the cells of a regular grid that share area with `area`."""
    if area.is_empty:
        return
    x1, y1, x2, y2 = (math.floor(value / size) for value in area.bounds)
    shapely.prepare(area)
    for column in range(x1, x2 + 1):
        for row in range(y1, y2 + 1):
            cell = shapely.box(column * size, row * size, (column + 1) * size, (row + 1) * size)
            if _share_area(area, cell):
                yield column, row


def _share_area(area: Any, cell: Any) -> bool:
    if cell.is_empty or not area.intersects(cell):
        return False
    return bool(area.contains_properly(cell) or area.intersection(cell).area > 0)
