"""Tiles and processing units (PU) of a batch request, before the first call.

An estimate by the documented rules [docs: Processing unit definition; batch docs: Cost estimate]. The number
of tiles is counted (see `tiling`); the number of dates is the service's own assumption, one every three
days, so clouds, revisit times and empty areas make the real cost differ, mostly downwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..batch.v1.units import batch_factor
from ..errors import SentinelHubError
from ..evalscript import InputSpec, Setup, run_setup
from ..values import number_text as shown
from .checks.crs import CRS84, epsg_code
from .checks.datasets import dataset_of
from .checks.declared import Declared
from .checks.node import Node
from .checks.time_range import parse_moment
from .projections import Point, from_laea, from_mercator, from_utm
from .tiling import count_tiles

UNIT_PIXELS: Final = 512 * 512
"""Pixels of one PU."""
UNIT_BANDS: Final = 3
"""Input bands of one PU; ``dataMask`` is free unless it is the only one."""
LEAST_AREA: Final = 0.01
"""PU of a tile's area, at least."""
DAYS_A_SAMPLE: Final = 3.0
"""For ORBIT and TILE mosaicking."""
FLOAT_FACTOR: Final = 2.0
"""For 32 bits a pixel."""
ORTHORECTIFY_FACTOR: Final = 2.0
TERRAIN_FACTOR: Final = 2.5
"""Radiometric terrain correction; includes orthorectification."""
SPECKLE_FACTOR: Final = 2.0
LEAST_COST: Final = 100.0
"""PU of a batch request."""


@dataclass(frozen=True)
class Estimate:
    """What a request may cost.

    Attributes:
        tiles: number of tiles.
        value: PU before the batch discount, comparable with the service's ``valueEstimate``.
        cost: PU to be paid: after the discount, at least 100.
        basis: what the numbers rest on.
    """

    tiles: int
    value: float
    cost: float
    basis: str

    def __str__(self) -> str:
        return f"about {self.tiles} tiles and {self.cost:,.0f} PU (estimated: {self.basis})"


def estimate_request(inputs: Mapping[str, Any]) -> Estimate | None:
    """The estimate for declared inputs, by running setup(); None when something needed is unknown."""
    script = Node("", inputs)["process_request"]["evalscript"].text
    if script is None:
        return None
    try:
        return estimate(inputs, run_setup(script))
    except SentinelHubError:  # said by the checks
        return None


def estimate(inputs: Mapping[str, Any], setup: Setup) -> Estimate | None:
    """Estimate tiles and PU.

    Args:
        inputs: the inputs of a BatchRequest; values may be unknown or wrong.
        setup: what its evalscript declares.

    Returns:
        None when something that is needed is unknown or wrong.
    """
    declared = Declared(Node("", inputs), setup)
    pixels = _pixels(declared)
    area = _area_of_interest(declared)
    factors = _source_factors(declared, setup)
    if declared.grid is None or pixels is None or area is None or factors is None:
        return None
    tiles = count_tiles(area, declared.grid)
    if tiles is None:
        return None
    width, height = pixels
    factor, samples = factors
    floats = _writes_floats(declared, setup)
    a_tile = max(LEAST_AREA, width * height / UNIT_PIXELS) * factor * (FLOAT_FACTOR if floats else 1.0)
    value = tiles * a_tile
    discount = batch_factor(width, height)
    basis = f"{width} x {height} pixels a tile, {samples}, {'32' if floats else '8 or 16'}-bit output"
    return Estimate(tiles, value, max(LEAST_COST, value * discount), basis)


def _pixels(declared: Declared) -> tuple[int, int] | None:
    """Width and height of a tile with its buffer, in pixels."""
    grid = declared.root["tiling_grid"]
    size = declared.tile_pixels
    buffers = []
    for name in ("bufferX", "bufferY"):
        buffer = 0 if grid[name].absent else grid[name].integer
        if buffer is None or buffer < 0:
            return None
        buffers.append(2 * buffer)
    return (size + buffers[0], size + buffers[1]) if size else None


def _writes_floats(declared: Declared, setup: Setup) -> bool:
    ids = declared.response_ids or setup.output_ids
    return any(output.sample_type == "FLOAT32" for output in setup.outputs if output.id in ids)


def _source_factors(declared: Declared, setup: Setup) -> tuple[float, str] | None:
    """The factor of bands, samples, processing and data fusion, and what it was made of."""
    elements = declared.data.elements()
    if not elements or declared.data.partly_unknown:
        return None
    total, counted, most = 0.0, 0, 1.0
    for index, spec in enumerate(setup.inputs):
        source = _source_of(spec, index, elements)
        samples = _samples(spec, source)
        if samples is None:
            return None
        bands = sum(band != "dataMask" for band in spec.bands) or (1 if len(setup.inputs) == 1 else 0)
        total += bands / UNIT_BANDS * samples * _processing(source)
        counted, most = counted + bands, max(most, samples)
    fusion = max(1, len(elements))  # batch reads collections of its own deployment only
    words = [f"{counted} input band{'' if counted == 1 else 's'}"]
    if most > 1:
        words.append(f"{shown(round(most, 1))} dates, one every {DAYS_A_SAMPLE:.0f} days")
    if fusion > 1:
        words.append(f"{fusion} collections")
    return total * fusion, ", ".join(words)


def _source_of(spec: InputSpec, index: int, elements: list[Node]) -> Node:
    for element in elements:
        if spec.datasource is not None and element["id"].text == spec.datasource:
            return element
    return elements[min(index, len(elements) - 1)]


def _samples(spec: InputSpec, source: Node) -> float | None:
    if spec.mosaicking == "SIMPLE":
        return 1.0
    dates = source["dataFilter"]["timeRange"]
    first, last = parse_moment(dates["from"].text), parse_moment(dates["to"].text)
    if first is None or last is None or last < first:
        return None
    return max(1.0, (last - first).total_seconds() / 86400 / DAYS_A_SAMPLE)


def _processing(source: Node) -> float:
    """Factor of Sentinel-1 processing."""
    dataset = dataset_of(source["type"].text)
    if dataset is None or dataset.type != "sentinel-1-grd":
        return 1.0
    processing = source["processing"]
    factor = 1.0
    if processing["backCoeff"].text == "GAMMA0_TERRAIN":
        factor = TERRAIN_FACTOR
    elif processing["orthorectify"].flag:
        factor = ORTHORECTIFY_FACTOR
    filtered = processing["speckleFilter"]["type"].text not in {None, "NONE"}
    return factor * (SPECKLE_FACTOR if filtered else 1.0)


def _area_of_interest(declared: Declared) -> list[list[list[Point]]] | None:
    """Polygons in longitude and latitude: the geometry where there is one, else the bounding box."""
    bounds = declared.bounds
    if not bounds.is_mapping or bounds.partly_unknown:
        return None
    crs = bounds["properties"]["crs"]
    code = epsg_code(CRS84 if crs.absent else crs.text or "")
    if bounds["geometry"].given:
        coordinates = bounds["geometry"]["coordinates"]
        polygons = (
            coordinates.elements() if bounds["geometry"]["type"].text == "MultiPolygon" else [coordinates]
        )
        rings = [[_ring(ring) for ring in polygon.elements()] for polygon in polygons]
    else:
        corners = [number.number for number in bounds["bbox"].elements()]
        if len(corners) != 4 or None in corners:
            return None
        x1, y1, x2, y2 = (corner or 0.0 for corner in corners)
        rings = [[_box(x1, y1, x2, y2)]]
    if code is None or not rings or any(not ring for polygon in rings for ring in polygon or [[]]):
        return None
    located = [[[_degrees(point, code) for point in ring] for ring in polygon] for polygon in rings]
    found = [[[point for point in ring if point] for ring in polygon] for polygon in located]
    return found if found == located else None


def _ring(ring: Node) -> list[Point]:
    """Positions of a ring, nothing when any cannot be read."""
    points = []
    for position in ring.elements():
        numbers = [element.number for element in position.elements()]
        if len(numbers) != 2 or numbers[0] is None or numbers[1] is None:
            return []
        points.append((numbers[0], numbers[1]))
    return points


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


def _degrees(point: Point, code: int) -> Point | None:
    """Longitude and latitude of a point in a CRS; None when it is one without a formula here, or far out."""
    x, y = point
    if code == 4326:
        return point if abs(x) <= 180 and abs(y) <= 90 else None
    if max(abs(x), abs(y)) > 2.1e7:  # metres; half of the equator, and a little
        return None
    if code == 3857:
        return from_mercator(x, y)
    if code == 3035:
        return from_laea(x, y)
    if 32601 <= code <= 32660 and abs(x - 500_000) < 2e6:
        return from_utm(x, y, code - 32600)
    if 32701 <= code <= 32760 and abs(x - 500_000) < 2e6:
        return from_utm(x, y - 10_000_000, code - 32700)
    return None
