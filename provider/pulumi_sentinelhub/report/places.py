"""Where things are on the map: outlines in longitude and latitude, and the plane that they are drawn on.

The plane is equirectangular with one scale in the middle of the map: right enough for footprints of a
country, and both a picture and a tile are straight on it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..batch.api import Outline
from .model import Box, Point, Ring

_WGS84: Final = 4326
#: Share of the map's longer side that is left free around it.
_MARGIN: Final = 0.02
_LEAST: Final = 1e-4  # degrees


def located(outlines: Sequence[Outline | None]) -> list[Ring]:
    """Outlines in longitude and latitude; empty ones for those that have no place, or no known CRS."""
    found: list[Ring] = [()] * len(outlines)
    by_crs: dict[int, list[int]] = defaultdict(list)
    for index, outline in enumerate(outlines):
        if outline is not None:
            by_crs[outline.epsg].append(index)
    for epsg, indices in by_crs.items():
        rings = [outlines[index].ring for index in indices]  # type: ignore[union-attr]
        points = [point for ring in rings for point in ring]
        moved = iter(points if epsg == _WGS84 else _transformed(points, epsg))
        for index, ring in zip(indices, rings, strict=True):
            corners = [next(moved, None) for _ in ring]
            found[index] = [c for c in corners if c is not None] if None not in corners else ()
    return [_whole(ring) for ring in found]


def _transformed(points: Sequence[Point], epsg: int) -> Sequence[Point]:
    from rasterio.crs import CRS
    from rasterio.errors import RasterioError
    from rasterio.warp import transform

    try:
        crs = CRS.from_epsg(epsg)
        xs, ys = transform(crs, CRS.from_epsg(_WGS84), [x for x, _ in points], [y for _, y in points])
    except RasterioError:
        return ()
    return list(zip(xs, ys, strict=True))


def _whole(ring: Ring) -> Ring:
    """A ring that crosses the date line goes on beyond 180 degrees; one that leaves the globe is none."""
    if not all(abs(x) <= 540 and abs(y) <= 90.01 for x, y in ring):
        return ()
    xs = [x for x, _ in ring]
    if xs and max(xs) - min(xs) > 180:
        return [(x + 360 if x < 0 else x, y) for x, y in ring]
    return ring


@dataclass(frozen=True)
class Frame:
    """A map.

    Attributes:
        box: what it shows, in degrees.
        shifted: longitudes below 0 are drawn 360 degrees further east, since the date line is inside.
    """

    box: Box
    shifted: bool = False

    @property
    def shape(self) -> float:
        """Width by height of the plane."""
        box = self.box
        width = (box.east - box.west) * math.cos(math.radians((box.south + box.north) / 2))
        return width / (box.north - box.south)

    def point(self, point: Point) -> Point:
        """Place on the map: from 0 to 1 to the right, and downwards."""
        x, y = point
        box = self.box
        x = x + 360 if self.shifted and x < 0 else x
        return (x - box.west) / (box.east - box.west), (box.north - y) / (box.north - box.south)


def frame_of(rings: Iterable[Ring]) -> Frame | None:
    """The map that shows all of them; None where there is nothing to be shown."""
    points = [point for ring in rings for point in ring]
    if not points:
        return None
    xs = [x for x, _ in points]
    moved = [x + 360 if x < 0 else x for x in xs]
    shifted = max(moved) - min(moved) < max(xs) - min(xs)
    xs, ys = (moved if shifted else xs), [y for _, y in points]
    cosine = max(0.05, math.cos(math.radians((min(ys) + max(ys)) / 2)))
    height = max(_LEAST, max(ys) - min(ys))
    width = max(_LEAST, (max(xs) - min(xs)) * cosine)
    margin = _MARGIN * max(height, width)
    # neither a strip nor a needle
    add_x = margin + max(0.0, height / 3 - width) / 2
    add_y = margin + max(0.0, width / 3 - height) / 2
    box = Box(min(xs) - add_x / cosine, min(ys) - add_y, max(xs) + add_x / cosine, max(ys) + add_y)
    return Frame(box, shifted)


def simplified(ring: Sequence[Any], most: int = 400) -> Ring:
    """A ring of few enough corners to be drawn."""
    return list(ring[:: max(1, math.ceil(len(ring) / most))])
