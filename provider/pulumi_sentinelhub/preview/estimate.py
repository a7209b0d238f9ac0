"""Tiles and processing units (PU) of a batch request, before the first call.

An estimate by the documented rules [docs: Processing unit definition; batch docs: Cost estimate]. The number
of tiles is counted (see `tiling`); the number of dates is the service's own assumption, one every three
days, so clouds, revisit times and empty areas make the real cost differ, mostly downwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..batch.v1.pricing import batch_factor
from ..errors import SentinelHubError
from ..evalscript import InputSpec, Setup, run_setup
from ..values import number_text as shown
from .checks.area import extent
from .checks.crs import CRS84, epsg_code
from .checks.datasets import dataset_of
from .checks.declared import Declared
from .checks.node import Node
from .checks.time_range import parse_moment
from .projections import Point, from_laea, from_mercator, from_utm
from .tiling import TooDetailed, count_tiles

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


@dataclass(frozen=True)
class Skipped:
    """There is no estimate, although all is known.

    Attributes:
        why: the reason, as a clause about the area.
    """

    why: str

    def __str__(self) -> str:
        return f"no estimate of tiles and PU: the area {self.why}; the service's analysis tells them"


TOO_DETAILED: Final = Skipped("has too long an outline to be counted here")


def estimate_request(inputs: Mapping[str, Any]) -> Estimate | Skipped | None:
    """The estimate for declared inputs, by running setup(); None when something needed is unknown."""
    script = Node("", inputs)["process_request"]["evalscript"].text
    if script is None:
        return None
    try:
        return estimate(inputs, run_setup(script))
    except SentinelHubError:  # said by the checks
        return None


def estimate(inputs: Mapping[str, Any], setup: Setup) -> Estimate | Skipped | None:
    """Estimate tiles and PU.

    Args:
        inputs: the inputs of a BatchRequest; values may be unknown or wrong.
        setup: what its evalscript declares.

    Returns:
        None when something that is needed is unknown or wrong; Skipped when counting would take too long.
    """
    declared = Declared(Node("", inputs), setup)
    pixels = _pixels(declared)
    area = _area_of_interest(declared)
    factors = _source_factors(declared, setup)
    if declared.grid is None or pixels is None or area is None or factors is None:
        return None
    try:
        tiles = count_tiles(area, declared.grid)
    except TooDetailed:
        return TOO_DETAILED
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
