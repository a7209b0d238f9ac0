"""Counting the tiles of an area, without a geometry library.

An estimate: it follows the pitch of the service's grids, but knows nothing of the tiles that the service
leaves out as redundant, nor of the UTM zones' exceptions around Norway and Svalbard. For areas of some dozen
tiles it is right within a few tiles; across zone borders it may be some per cent off.

The work grows with the number of positions and the length of the outline, not with the area: an outline of
100,000 positions takes less than a second. What would take much longer is not counted.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from .cells import Cells, TooDetailed, Work
from .grids import Grid
from .projections import Point, from_laea, from_utm, to_laea, to_utm

__all__ = ["TooDetailed", "count_tiles", "tiles_of"]

Ring = Sequence[Point]
Chain = list[Point]
Project = Callable[[float, float], Point]

_STEP = 0.1
"""Degrees; longer edges are divided, as a straight line in degrees bends in a projection."""
_FINEST = 1 / 64
"""Share of a cell; positions nearer to the one before add nothing to an estimate."""
_DEGREE = 111_000.0
"""Metres, along a meridian."""
_ZONES = 60
_ZONE = 360.0 / _ZONES


def count_tiles(polygons: Sequence[Sequence[Ring]], grid: Grid) -> int | None:
    """How many tiles of ``grid`` share area with polygons in longitude and latitude.

    Args:
        polygons: each a list of rings of (longitude, latitude) in degrees, the first the outer one.
        grid: a tiling grid.

    Returns:
        the estimated number, at least 1; None when the area lies outside of the grid.

    Raises:
        TooDetailed: counting would take too long.
    """
    counts = [cells.count() for _, cells in _cells(polygons, grid)]
    return max(1, sum(counts)) if counts else None


def tiles_of(polygons: Sequence[Sequence[Ring]], grid: Grid) -> Iterator[tuple[str, Ring]]:
    """A name and the corners, in longitude and latitude, of each tile that ``count_tiles`` counts.

    The names are not the service's: they tell the place in kilometres or degrees, by UTM zone where there is
    one. Raises TooDetailed.
    """
    for zone, cells in _cells(polygons, grid):
        for column, row in cells.each():
            x, y = column * grid.pitch, row * grid.pitch
            corners = ((x, y), (x + grid.pitch, y), (x + grid.pitch, y + grid.pitch), (x, y + grid.pitch))
            unit = 1000 if grid.unit == "m" else 1
            place = f"{x / unit:g} {y / unit:g}"
            yield (
                f"zone {zone}: {place}" if zone else place,
                [_degrees(corner, grid, zone) for corner in corners],
            )


def _degrees(point: Point, grid: Grid, zone: int | None) -> Point:
    if zone is not None:
        return from_utm(*point, zone)
    return from_laea(*point) if grid.crs == "3035" else point


def _cells(polygons: Sequence[Sequence[Ring]], grid: Grid) -> Iterator[tuple[int | None, Cells]]:
    """The cells that polygons touch, by UTM zone where the grid has them; nothing outside of the grid."""
    clipped = [rings for polygon in polygons if (rings := _clipped(polygon, grid))]
    work = Work()
    for zone, part in _parts(clipped, grid, work) if clipped else ():
        cells = Cells(work)
        for chains in part:
            for chain in chains:
                cells.follow(_located(chain, grid, _projection(grid, zone), work))
            cells.close()
        yield zone, cells


def _clipped(polygon: Sequence[Ring], grid: Grid) -> list[Ring]:
    """What of a polygon the grid covers; nothing when that is nothing."""
    west, east, south, north = grid.coverage
    rings = [_clip(_clip(ring, 1, south, north), 0, west, east) for ring in polygon]
    return [ring for ring in rings if len(ring) >= 3] if rings and len(rings[0]) >= 3 else []


def _clip(ring: Ring, axis: int, least: float, most: float) -> Ring:
    """The ring between two values of one axis (Sutherland and Hodgman)."""
    points = ring
    for bound, sign in ((least, 1), (most, -1)):
        outermost = min if sign > 0 else max
        if points and sign * (outermost(point[axis] for point in points) - bound) >= 0:
            continue
        kept: list[Point] = []
        before = points[-1] if points else (0.0, 0.0)
        for point in points:
            inside, was_inside = sign * (point[axis] - bound) >= 0, sign * (before[axis] - bound) >= 0
            if inside != was_inside:
                share = (bound - before[axis]) / (point[axis] - before[axis])
                crossing = before[1 - axis] + share * (point[1 - axis] - before[1 - axis])
                kept.append((bound, crossing) if axis == 0 else (crossing, bound))
            if inside:
                kept.append(point)
            before = point
        points = kept
    return points


def _parts(
    polygons: list[list[Ring]], grid: Grid, work: Work
) -> Iterator[tuple[int | None, list[list[Chain]]]]:
    """The outlines by CRS, polygon by polygon: whole, or by UTM zone, as tiles are made in each."""
    if grid.crs != "UTM":
        yield None, [[[*ring, ring[0]] for ring in rings] for rings in polygons]
        return
    zones: dict[int, list[list[Chain]]] = defaultdict(list)
    for rings in polygons:
        for zone, chains in _by_zone(rings, work).items():
            zones[zone].append(chains)
    for zone, part in zones.items():
        yield zone + 1, part


def _projection(grid: Grid, zone: int | None) -> Project | None:
    """From degrees to the grid's unit; None where that is degrees."""
    if zone is not None:
        return lambda lon, lat: to_utm(lon, lat, zone)
    return to_laea if grid.crs == "3035" else None


def _by_zone(rings: list[Ring], work: Work) -> dict[int, list[Chain]]:
    """The outlines of what each UTM zone has of a polygon; zones are counted from 0.

    The edges are cut where they cross a meridian between two zones; the stretches of it that are inside of
    the polygon close the outlines on both sides. One that only reaches the meridian has nothing beyond it.
    """
    found: dict[int, list[Chain]] = defaultdict(list)
    crossings: dict[int, list[float]] = defaultdict(list)
    for ring in rings:
        before = ring[-1]
        first = zone = _first_zone(ring)
        chain = [before]
        for point in ring:
            reached = _zone_of(point[0], zone)
            if reached != zone:
                work.spend(abs(reached - zone))
            while zone != reached:
                border = zone + 1 if reached > zone else zone
                lon = border * _ZONE - 180.0
                lat = before[1] + (lon - before[0]) / (point[0] - before[0]) * (point[1] - before[1])
                found[zone].append([*chain, (lon, lat)])
                crossings[border].append(lat)
                chain = [(lon, lat)]
                zone += 1 if reached > zone else -1
            chain.append(point)
            before = point
        found[zone].append(chain)
        if zone != first:  # it began on one side of a meridian, and has come to its beginning on the other
            crossings[max(zone, first)].append(before[1])
    for border, lats in crossings.items():
        lats.sort()
        lon = border * _ZONE - 180.0
        for south, north in zip(lats[::2], lats[1::2], strict=False):
            found[border - 1].append([(lon, south), (lon, north)])
            found[border].append([(lon, south), (lon, north)])
    return found


def _first_zone(ring: Ring) -> int:
    """The zone in which a ring goes on from its last position."""
    lon = ring[-1][0]
    onward = next((point[0] for point in ring if point[0] != lon), lon)
    return _zone_of(lon, _zone_of(onward))


def _zone_of(lon: float, nearby: int = _ZONES) -> int:
    """The zone of a longitude; on a meridian between two the one that is nearer to the zone ``nearby``."""
    zone = min(_ZONES - 1, int((lon + 180.0) // _ZONE))
    return zone - 1 if nearby < zone and lon == zone * _ZONE - 180.0 else zone


def _located(chain: Chain, grid: Grid, project: Project | None, work: Work) -> Iterator[Point]:
    """The positions of an outline in units of cells: long edges divided, very short ones taken together."""
    pitch = grid.pitch
    if project is None:
        yield from ((lon / pitch, lat / pitch) for lon, lat in chain)
        return
    lengths = (max(abs(lon - lon0), abs(lat - lat0)) for (lon0, lat0), (lon, lat) in pairwise(chain))
    work.expect(sum(int(length / _STEP) for length in lengths if length > _STEP))
    finest = _FINEST * pitch / _DEGREE
    lon0, lat0 = chain[0]
    last = len(chain) - 1
    x, y = project(lon0, lat0)
    yield x / pitch, y / pitch
    for index in range(1, last + 1):
        lon, lat = chain[index]
        dx, dy = lon - lon0, lat - lat0
        length = max(abs(dx), abs(dy))
        if length < finest and index < last:
            continue
        if length > _STEP:
            pieces = math.ceil(length / _STEP)
            work.spend(pieces)
            for k in range(1, pieces):
                x, y = project(lon0 + dx * k / pieces, lat0 + dy * k / pieces)
                yield x / pitch, y / pitch
        x, y = project(lon, lat)
        yield x / pitch, y / pitch
        lon0, lat0 = lon, lat
