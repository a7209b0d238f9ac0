"""The area of interest in longitude and latitude, whatever CRS it is declared in."""

from __future__ import annotations

from .checks.common.area import extent
from .checks.common.crs import CRS84, epsg_code
from .checks.common.declared import Declared
from .checks.common.node import Node
from .projections import Point, from_laea, from_mercator, from_utm


def area_of_interest(declared: Declared) -> list[list[list[Point]]] | None:
    """Polygons in longitude and latitude: the geometry where there is one, else the bounding box."""
    bounds = declared.bounds
    crs = bounds["properties"]["crs"]
    code = epsg_code(CRS84 if crs.absent else crs.text or "")
    if code is None or not bounds.is_mapping:
        return None
    polygons = _geometry(declared) if bounds["geometry"].given else _bbox(bounds["bbox"])
    located = [[_degrees(ring, code) for ring in rings] for rings in polygons or ()]
    found = [[ring for ring in rings if ring] for rings in located]
    return found if found and all(found) and found == located else None


def _geometry(declared: Declared) -> list[list[list[Point]]] | None:
    """The geometry's polygons, nothing when any position cannot be read."""
    if any(not rings or any(ring.wrong is not None for ring in rings) for rings in declared.polygons):
        return None
    return [[ring.points for ring in rings] for rings in declared.polygons]


def _bbox(bbox: Node) -> list[list[list[Point]]] | None:
    corners = [number.number for number in bbox.elements()]
    if len(corners) != 4 or None in corners:
        return None
    x1, y1, x2, y2 = (corner or 0.0 for corner in corners)
    return [[_box(x1, y1, x2, y2)]]


def _box(x1: float, y1: float, x2: float, y2: float) -> list[Point]:
    """A bounding box with points along its sides, as they bend in another projection."""
    steps = [k / 8 for k in range(8)]
    dx, dy = x2 - x1, y2 - y1
    return [
        *((x1 + dx * k, y1) for k in steps),
        *((x2, y1 + dy * k) for k in steps),
        *((x2 - dx * k, y2) for k in steps),
        *((x1, y2 - dy * k) for k in steps),
    ]


def _degrees(points: list[Point], code: int) -> list[Point] | None:
    """Longitude and latitude of points in a CRS; None when it has no formula here, or one is far out."""
    if not points:
        return None
    x_min, x_max, y_min, y_max = extent(points)
    if code == 4326:
        return points if x_min >= -180 and x_max <= 180 and y_min >= -90 and y_max <= 90 else None
    if max(-x_min, x_max, -y_min, y_max) > 2.1e7:  # metres; half of the equator, and a little
        return None
    if code == 3857:
        return [from_mercator(x, y) for x, y in points]
    if code == 3035:
        return [from_laea(x, y) for x, y in points]
    if max(500_000 - x_min, x_max - 500_000) >= 2e6:
        return None
    if 32601 <= code <= 32660:
        return [from_utm(x, y, code - 32600) for x, y in points]
    if 32701 <= code <= 32760:
        return [from_utm(x, y - 10_000_000, code - 32700) for x, y in points]
    return None
