"""UTM zones and the names of their 100 km squares (MGRS)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import shapely

SQUARE = 100_000
BANDS = "CDEFGHJKLMNPQRSTUVWX"
COLUMNS = ("ABCDEFGH", "JKLMNPQR", "STUVWXYZ")
ROWS = "ABCDEFGHJKLMNPQRSTUV"

_NORWAY, _SVALBARD = 56.0, 72.0
_POLE = 90.0  # the grids, which end at different latitudes, cut what is beyond them

# Zones that are wider or narrower than six degrees in the bands V (Norway) and X (Svalbard).
_V_BAND = {31: (0.0, 3.0), 32: (3.0, 12.0)}
_X_BAND = {31: (0.0, 9.0), 33: (9.0, 21.0), 35: (21.0, 33.0), 37: (33.0, 42.0)}
_NOT_IN_X = (32, 34, 36)


def zone_strip(zone: int) -> Any:
    """What belongs to `zone` (1..60), in longitude and latitude."""
    west, east = -180.0 + 6 * (zone - 1), -180.0 + 6 * zone
    v_west, v_east = _V_BAND.get(zone, (west, east))
    boxes = [
        shapely.box(west, -_POLE, east, _NORWAY),
        shapely.box(v_west, _NORWAY, v_east, 64.0),
        shapely.box(west, 64.0, east, _SVALBARD),
    ]
    if zone not in _NOT_IN_X:
        x_west, x_east = _X_BAND.get(zone, (west, east))
        boxes.append(shapely.box(x_west, _SVALBARD, x_east, _POLE))
    return shapely.union_all(boxes)


def zones_between(west: float, east: float) -> Iterator[int]:
    """Zones that may hold places between two longitudes (wide northern ones reach 6 degrees further)."""
    first = max(1, int((west - 6 + 180) // 6) + 1)
    last = min(60, int((east + 6 + 180) // 6) + 1)
    yield from range(first, last + 1)


def square_name(zone: int, column: int, row: int, latitude: float) -> str:
    """`31UDS`: zone, band of the square's centre, and its two letters.

    `column` and `row` count 100 km from the zone's false origin; southern rows include its 10 000 km.
    """
    band = BANDS[min(max(int((latitude + 80) // 8), 0), len(BANDS) - 1)]
    letter = COLUMNS[(zone - 1) % 3][(column - 1) % 8]
    row_letter = ROWS[(row + (5 if zone % 2 == 0 else 0)) % 20]
    return f"{zone:02d}{band}{letter}{row_letter}"
