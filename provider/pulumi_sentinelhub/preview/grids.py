"""The service's tiling grids, one table.

Source: [batch docs: tiling grids].

The lists are the service's own and may grow (extra grids and resolutions exist per account), so what is not
in here is warned about, not refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class Grid:
    """One tiling grid.

    Attributes:
        tile_size: width and height of a tile, in ``unit``.
        pitch: distance between neighbouring tiles' origins, in ``unit``; tiles of UTM grids overlap a bit.
        resolutions: documented or observed ones, in ``unit``.
        unit: ``"m"`` or ``"degree"``.
        single_crs: all tiles share one CRS, which Zarr output needs.
        crs: ``"UTM"`` or the EPSG code of the one CRS.
        coverage: least and greatest longitude, least and greatest latitude, in degrees.
    """

    id: int
    name: str
    tile_size: float
    pitch: float
    resolutions: tuple[float, ...]
    unit: str
    single_crs: bool
    crs: str
    coverage: tuple[float, float, float, float]

    def tile_pixels(self, resolution: float) -> int:
        """Width and height of a tile at ``resolution``, in pixels, without buffer."""
        return round(self.tile_size / resolution)


_DEGREES = (0.0001, 0.0002, 0.0005, 0.0008, 0.001, 0.002, 0.005, 0.008)
# "Europe, including Turkey, Iceland, Svalbard, Azores, Canaries" is all that is documented: a generous box.
_EUROPE = (-45.0, 60.0, 22.0, 84.0)

_ROWS = (
    # UTM tiles divide the 100 km squares of the Sentinel-2 grid, hence the pitch.
    Grid(0, "UTM 20km grid", 20040, 20000, (10, 20, 30, 60), "m", False, "UTM", (-180, 180, -80.7, 80.7)),
    Grid(1, "UTM 10km grid", 10000, 10000, (1, 1.4999, 10, 20), "m", False, "UTM", (-180, 180, -80.6, 80.6)),
    Grid(
        2, "UTM 100km grid", 100080, 100000, (30, 60, 120, 240, 360), "m", False, "UTM", (-180, 180, -81, 81)
    ),
    Grid(3, "WGS84 1 degree grid", 1, 1, _DEGREES, "degree", True, "4326", (-180, 180, -90, 90)),
    Grid(6, "LAEA 100km grid", 100000, 100000, (40, 50, 100), "m", True, "3035", _EUROPE),
    Grid(7, "LAEA 20km grid", 20000, 20000, (10, 20), "m", True, "3035", _EUROPE),
)

GRIDS: Mapping[int, Grid] = MappingProxyType({grid.id: grid for grid in _ROWS})


def known_grid(id: Any) -> Grid | None:
    """The grid of this id, or None when ``id`` is not a number or not in the table."""
    if isinstance(id, bool) or not isinstance(id, (int, float)):
        return None
    return GRIDS.get(int(id)) if id == id and id in GRIDS else None  # noqa: PLR0124  # NaN is not itself
