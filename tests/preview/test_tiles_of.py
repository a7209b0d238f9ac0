"""The tiles that a preview draws: as many as it counts, each a cell of its grid, together all of the area."""

from __future__ import annotations

from itertools import pairwise

import pytest
from rasterio.warp import transform
from shapely import Point, Polygon, box, unary_union

from pulumi_sentinelhub.preview.grids import GRIDS, Grid
from pulumi_sentinelhub.preview.tiling import TooDetailed, count_tiles, tiles_of

#: Corsica reaches over no border of a zone; the second one lies on 12 degrees east, between zones 32 and 33.
CORSICA = box(8.5, 41.3, 9.6, 43.1)
BORDER = box(11.5, 45.1, 12.6, 45.9)
CRS = {"3035": "EPSG:3035", "4326": "EPSG:4326"}


def ring(area: Polygon) -> list[list[list[tuple[float, float]]]]:
    return [[[(x, y) for x, y in area.exterior.coords]]]


def in_crs(corners: list[tuple[float, float]], name: str, grid: Grid) -> list[tuple[float, float]]:
    """Corners in the grid's own CRS, by PROJ; of a UTM grid in the zone that the name tells."""
    zone = name.removeprefix("zone ").partition(":")[0]
    crs = CRS.get(grid.crs) or f"EPSG:{32600 + int(zone)}"
    xs, ys = transform("EPSG:4326", crs, [x for x, _ in corners], [y for _, y in corners])
    return list(zip(xs, ys, strict=True))


@pytest.mark.parametrize("area", [CORSICA, BORDER], ids=["corsica", "border"])
@pytest.mark.parametrize("id", sorted(GRIDS))
def test_each_is_a_cell_of_its_grid(id: int, area: Polygon) -> None:
    """As many as are counted, none twice; a side is the grid's pitch, a corner a multiple of it."""
    grid = GRIDS[id]
    found = list(tiles_of(ring(area), grid))
    assert len(found) == (count_tiles(ring(area), grid) or 0) > 0
    assert len({name for name, _ in found}) == len(found)
    near = 1.0 if grid.unit == "m" else 1e-9  # our projections are right to less than a metre
    for name, corners in found:
        own = in_crs(list(corners), name, grid)
        (x, y), *_ = own
        assert abs(x / grid.pitch - round(x / grid.pitch)) * grid.pitch < near
        assert abs(y / grid.pitch - round(y / grid.pitch)) * grid.pitch < near
        sides = [max(abs(b[0] - a[0]), abs(b[1] - a[1])) for a, b in pairwise([*own, own[0]])]
        assert sides == pytest.approx([grid.pitch] * 4, abs=2 * near)


@pytest.mark.parametrize("area", [CORSICA, BORDER], ids=["corsica", "border"])
@pytest.mark.parametrize("id", sorted(GRIDS))
def test_together_they_are_the_area(id: int, area: Polygon) -> None:
    """They leave nothing of it out, and each of them has a part of it."""
    tiles = [Polygon(corners) for _, corners in tiles_of(ring(area), GRIDS[id])]
    # straight edges in one projection bend in another
    assert area.buffer(-0.002).difference(unary_union(tiles).buffer(0.001)).area == pytest.approx(0, abs=1e-6)
    assert all(tile.intersects(area.buffer(0.002)) for tile in tiles)


def test_names_tell_the_place() -> None:
    """The zone and kilometres, or degrees."""
    names = [name for name, _ in tiles_of(ring(box(8.5, 41.4, 8.51, 41.41)), GRIDS[0])]
    assert names == ["zone 32: 440 4580"]
    degrees = dict(tiles_of(ring(box(8.5, 41.4, 8.6, 41.5)), GRIDS[3]))
    assert list(degrees) == ["8 41"]
    assert Polygon(degrees["8 41"]).contains(Point(8.5, 41.5))
    zones = {name.partition(":")[0] for name, _ in tiles_of(ring(BORDER), GRIDS[0])}
    assert zones == {"zone 32", "zone 33"}


def test_outside_of_the_grid_there_is_none() -> None:
    """Beyond the latitudes of a UTM grid there is nothing to draw."""
    assert list(tiles_of(ring(box(8, 82, 9, 83)), GRIDS[0])) == []


def test_what_takes_too_long_is_refused() -> None:
    """An outline that nobody could draw by hand."""
    long = [(8 + 0.9 * (k % 2), 41 + k / 2e5) for k in range(200_000)]
    with pytest.raises(TooDetailed):
        list(tiles_of([[[*long, (7.0, 41.0)]]], GRIDS[1]))
