"""Counting the tiles of an area, without a geometry library.

An estimate: it follows the pitch of the service's grids, but knows nothing of the tiles that the service
leaves out as redundant, nor of the UTM zones' exceptions around Norway and Svalbard. For areas of some dozen
tiles it is right within a few tiles; across zone borders it may be some per cent off.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from .grids import Grid
from .projections import Point, to_laea, to_utm

Ring = Sequence[Point]
_STEP = 0.1
"""Degrees; longer edges are divided, as a straight line in degrees bends in a projection."""
_LARGEST_RING = 20_000
_LARGEST_COUNT = 50_000
"""Cells; areas with more are estimated by their size alone."""


def count_tiles(polygons: Sequence[Sequence[Ring]], grid: Grid) -> int | None:
    """How many tiles of ``grid`` share area with polygons in longitude and latitude.

    Args:
        polygons: each a list of rings of (longitude, latitude) in degrees, the first the outer one.
        grid: a tiling grid.

    Returns:
        the estimated number, at least 1; None when the area lies outside of the grid, or is too detailed.
    """
    west, east, south, north = grid.coverage
    clipped = []
    for polygon in polygons:
        rings = [_clip(_clip(ring, 1, south, north), 0, west, east) for ring in polygon]
        if rings and len(rings[0]) >= 3:
            clipped.append([ring for ring in rings if len(ring) >= 3])
    if not clipped or sum(len(ring) for polygon in clipped for ring in polygon) > _LARGEST_RING:
        return None
    parts = [_projected(part, grid.pitch, project) for part, project in _parts(clipped, grid)]
    size = sum(
        abs(_area(ring)) * (-1 if i else 1)
        for part in parts
        for rings in part
        for i, ring in enumerate(rings)
    )
    if size > _LARGEST_COUNT:
        return math.ceil(size)
    return max(1, sum(_count(part) for part in parts))


Project = Callable[[float, float], Point]


def _parts(
    polygons: list[list[list[Point]]], grid: Grid
) -> Iterator[tuple[list[list[list[Point]]], Project]]:
    """The area by CRS: whole, or cut into UTM zones, as each part is delivered in its own zone."""
    if grid.crs != "UTM":
        yield polygons, to_laea if grid.crs == "3035" else lambda lon, lat: (lon, lat)
        return
    lons = [lon for polygon in polygons for lon, _ in polygon[0]]
    first, last = (min(60, max(1, math.floor((lon + 180) / 6) + 1)) for lon in (min(lons), max(lons)))
    for zone in range(first, last + 1):
        left = zone * 6.0 - 186.0
        part = []
        for polygon in polygons:
            rings = [_clip(ring, 0, left, left + 6.0) for ring in polygon]
            if len(rings[0]) >= 3 and abs(_area(rings[0])) > 0:
                part.append([ring for ring in rings if len(ring) >= 3])
        if part:
            yield part, _to_zone(zone)


def _to_zone(zone: int) -> Project:
    return lambda lon, lat: to_utm(lon, lat, zone)


def _clip(ring: Ring, axis: int, least: float, most: float) -> list[Point]:
    """The ring between two values of one axis (Sutherland and Hodgman)."""
    points = list(ring)
    for bound, sign in ((least, 1), (most, -1)):
        kept: list[Point] = []
        for i, point in enumerate(points):
            before = points[i - 1]
            inside, was_inside = sign * (point[axis] - bound) >= 0, sign * (before[axis] - bound) >= 0
            if inside != was_inside:
                share = (bound - before[axis]) / (point[axis] - before[axis])
                crossing = before[1 - axis] + share * (point[1 - axis] - before[1 - axis])
                kept.append((bound, crossing) if axis == 0 else (crossing, bound))
            if inside:
                kept.append(point)
        points = kept
    return points


def _divide(ring: Ring) -> list[Point]:
    points: list[Point] = []
    for i, (x, y) in enumerate(ring):
        x0, y0 = ring[i - 1]
        pieces = max(1, math.ceil(max(abs(x - x0), abs(y - y0)) / _STEP))
        points += [(x0 + (x - x0) * k / pieces, y0 + (y - y0) * k / pieces) for k in range(1, pieces + 1)]
    return points


def _area(ring: Ring) -> float:
    return sum(ring[i - 1][0] * y - x * ring[i - 1][1] for i, (x, y) in enumerate(ring)) / 2


def _projected(polygons: list[list[list[Point]]], pitch: float, project: Project) -> list[list[list[Point]]]:
    """The polygons in units of cells."""
    located = ([[project(*point) for point in _divide(ring)] for ring in polygon] for polygon in polygons)
    return [[[(x / pitch, y / pitch) for x, y in ring] for ring in polygon] for polygon in located]


def _count(polygons: list[list[list[Point]]]) -> int:
    """Cells that the polygons touch: those along edges, and those inside."""
    cells: set[tuple[int, int]] = set()
    for rings in polygons:
        for ring in rings:
            for i, end in enumerate(ring):
                cells.update(_along(ring[i - 1], end))
        cells.update(_inside(rings))
    return len(cells)


_HAIR = 1e-6
"""Share of a cell: an edge on the border of two cells touches neither side's neighbour."""


def _along(start: Point, end: Point) -> Iterator[tuple[int, int]]:
    """Cells that an edge runs through, sampled finely."""
    (x0, y0), (x1, y1) = start, end
    pieces = max(1, math.ceil(max(abs(x1 - x0), abs(y1 - y0)) * 16))
    for k in range(pieces + 1):
        x, y = x0 + (x1 - x0) * k / pieces, y0 + (y1 - y0) * k / pieces
        if min(x % 1, 1 - x % 1) > _HAIR and min(y % 1, 1 - y % 1) > _HAIR:
            yield math.floor(x), math.floor(y)


def _inside(rings: list[list[Point]]) -> Iterator[tuple[int, int]]:
    """Cells whose centre lies inside (even-odd rule), row by row."""
    ys = [y for _, y in rings[0]]
    for row in range(math.floor(min(ys)), math.floor(max(ys)) + 1):
        middle = row + 0.5
        crossings = []
        for ring in rings:
            for i, (x1, y1) in enumerate(ring):
                x0, y0 = ring[i - 1]
                if (y0 <= middle) != (y1 <= middle):
                    crossings.append(x0 + (middle - y0) / (y1 - y0) * (x1 - x0))
        crossings.sort()
        for left, right in zip(crossings[::2], crossings[1::2], strict=False):
            yield from ((column, row) for column in range(math.ceil(left - 0.5), math.floor(right - 0.5) + 1))
