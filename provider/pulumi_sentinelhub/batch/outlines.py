"""Outlines of tiles and features, from the forms that the service has for them.

What is not a polygon of few corners is shown by the box around it; what cannot be read has no outline. All of
it is foreign: nothing here raises, and no work grows beyond what was handed in.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from .api import Outline

Point = tuple[float, float]

#: Corners of a ring that is kept as it is.
MOST_CORNERS: Final = 64
#: Bytes of a stored geometry that hold its header, its envelope and a ring of so many corners.
MOST_BYTES: Final = 4096

# [GeoPackage encoding standard, 2.1.3: StandardGeoPackageBinary]
_HEADER: Final = 8
_ENVELOPES: Final = (0, 32, 48, 48, 64)
# [OGC 06-103r4: well-known binary; EWKB adds flags above]
_POLYGON: Final = 3
_POLYGON_HEAD: Final = 13
_SRID: Final = 0x20000000


def of_geojson(geometry: object) -> Outline | None:
    """The outline of a GeoJSON geometry in longitude and latitude."""
    if not isinstance(geometry, Mapping):
        return None
    coordinates = geometry.get("coordinates")
    if geometry.get("type") == "Polygon" and isinstance(coordinates, list) and coordinates:
        ring = _corners(coordinates[0])
        return _outline(4326, ring) if ring is not None else None
    return _outline(4326, _box(_positions(coordinates)))


def of_stored(blob: object, epsg: int) -> Outline | None:
    """The outline of a GeoPackage's geometry, of which the first ``MOST_BYTES`` are given."""
    if not isinstance(blob, bytes) or blob[:2] != b"GP" or len(blob) < _HEADER:
        return None
    indicator, order = blob[3] >> 1 & 7, "<" if blob[3] & 1 else ">"
    if indicator >= len(_ENVELOPES):
        return None
    start = _HEADER + _ENVELOPES[indicator]
    ring = _stored_ring(blob[start:])
    if ring is None and indicator and len(blob) >= start:
        west, east, south, north = struct.unpack_from(f"{order}4d", blob, _HEADER)
        ring = _box([(west, south), (east, north)])
    return _outline(epsg, ring)


def _stored_ring(wkb: bytes) -> Sequence[Point] | None:
    """The outer ring of a polygon; None when it is something else, or longer than what is given."""
    if len(wkb) < _POLYGON_HEAD or wkb[0] > 1:
        return None
    order = "<" if wkb[0] else ">"
    kind, _, corners = struct.unpack_from(f"{order}3I", wkb, 1)
    dimensions = _dimensions(kind)
    size = 8 * dimensions
    if not dimensions or corners > MOST_CORNERS + 1 or len(wkb) < _POLYGON_HEAD + corners * size:
        return None
    return [struct.unpack_from(f"{order}2d", wkb, _POLYGON_HEAD + size * index) for index in range(corners)]


def _dimensions(kind: int) -> int:
    """Numbers a corner of a polygon; 0 for another kind of geometry."""
    base, flags = kind & 0x0FFFFFFF, kind >> 30
    family, plain = divmod(base, 1000)
    if plain != _POLYGON or family > 3 or kind & _SRID:
        return 0
    return 2 + (0, 1, 1, 2)[family] + flags.bit_count()


def _corners(ring: object) -> Sequence[Point] | None:
    if not isinstance(ring, list):
        return None
    points = list(_positions(ring))
    return points if len(points) <= MOST_CORNERS + 1 else _box(points)


def _positions(value: object) -> Iterable[Point]:
    """All positions in nested lists, of which no level is deeper than GeoJSON's own."""
    level = [value]
    for _ in range(5):
        inner: list[object] = []
        for one in level:
            if isinstance(one, list):
                if len(one) >= 2 and all(_is_number(number) for number in one[:2]):
                    yield float(one[0]), float(one[1])
                else:
                    inner.extend(one)
        level = inner


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e12


def _box(points: Iterable[Point]) -> Sequence[Point]:
    known = list(points)
    if not known:
        return ()
    xs, ys = [x for x, _ in known], [y for _, y in known]
    west, east, south, north = min(xs), max(xs), min(ys), max(ys)
    return ((west, south), (east, south), (east, north), (west, north))


def _outline(epsg: int, ring: Any) -> Outline | None:
    points = tuple((float(x), float(y)) for x, y in ring or ())
    if points and points[0] == points[-1]:
        points = points[:-1]
    if len(points) < 3 or not all(math.isfinite(x) and math.isfinite(y) for x, y in points):
        return None
    return Outline(epsg, points)
