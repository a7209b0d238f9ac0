"""The service's tiling grids, as observed (GET tilinggrids) and documented.

[batch docs: tiling grids] The live list lacks the documented 30 m of grids 0 and 2; both are offered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .types import ProcessingFailure

UTM, LAEA, DEGREE = "UTM", "EPSG:3035", "EPSG:4326"


@dataclass(frozen=True)
class Grid:
    """`size` is the tile's edge in metres (degrees for grid 3); `chunk` the observed chunk in pixels.

    `coverage` is where there are tiles: west, south, east, north in degrees. [batch docs: tiling grids]
    """

    id: int
    name: str
    crs: str
    size: float
    chunk: tuple[int, int]
    resolutions: tuple[float, ...]
    coverage: tuple[float, float, float, float]

    def descriptor(self) -> dict[str, Any]:
        """The API's TilingGridDescriptor."""
        return {
            "id": self.id,
            "name": self.name,
            "properties": {
                "tileWidth": self.size,
                "tileHeight": self.size,
                "chunkWidth": self.chunk[0],
                "chunkHeight": self.chunk[1],
                "resolutions": list(self.resolutions),
                "singleCrs": self.crs != UTM,
                "unit": "DEGREE" if self.crs == DEGREE else "METRE",
            },
        }

    def tile_pixels(self, resolution: float) -> int:
        """Edge of a tile in pixels at `resolution` (units of the grid)."""
        return max(1, round(self.size / resolution))


def _between(latitude: float) -> tuple[float, float, float, float]:
    """All longitudes between a latitude and its opposite."""
    return -180.0, -latitude, 180.0, latitude


# With Turkey, Iceland, Svalbard, the Azores and the Canaries; the exact border is not published.
_EUROPE = (-32.0, 27.0, 46.0, 82.0)

GRIDS: dict[int, Grid] = {
    grid.id: grid
    for grid in (
        Grid(0, "20km grid", UTM, 20040.0, (334, 167), (10.0, 20.0, 30.0, 60.0), _between(80.7)),
        Grid(1, "10km grid", UTM, 10000.0, (500, 500), (1.0, 10.0, 20.0, 1.4999), _between(80.6)),
        Grid(2, "100km grid", UTM, 100080.0, (278, 278), (360.0, 30.0, 60.0, 120.0, 240.0), _between(81.0)),
        Grid(
            3,
            "WGS84 1 degree grid",
            DEGREE,
            1.0,
            (500, 500),
            (0.0005, 0.001, 0.002, 0.005, 0.008, 0.0001, 0.0002, 0.0008),
            _between(90.0),
        ),
        Grid(6, "LAEA 100km grid", LAEA, 100000.0, (0, 0), (40.0, 50.0, 100.0), _EUROPE),
        Grid(7, "LAEA 20km grid", LAEA, 20000.0, (0, 0), (10.0, 20.0), _EUROPE),
    )
}


def grids() -> list[dict[str, Any]]:
    """TilingGridDescriptor JSON of every grid."""
    return [grid.descriptor() for grid in GRIDS.values()]


def grid_of(grid_id: int) -> Grid:
    """The grid with that id; raises ProcessingFailure when there is none."""
    try:
        return GRIDS[grid_id]
    except KeyError:
        raise ProcessingFailure(f"Tiling grid {grid_id} does not exist.") from None
