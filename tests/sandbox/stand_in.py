"""A pixel side without pixels: a fixed number of tiles, tiny files."""

from __future__ import annotations

import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sentinelhub_sandbox.pixels import Feature, Outline

Json = dict[str, Any]


def _grid(number: int, name: str, size: float, resolutions: list[float], *, single_crs: bool) -> Json:
    properties: Json = {"tileWidth": size, "tileHeight": size, "chunkWidth": 334, "chunkHeight": 167}
    properties |= {"resolutions": resolutions, "singleCrs": single_crs, "unit": "METRE"}
    return {"id": number, "name": name, "properties": properties}


GRIDS: list[Json] = [
    _grid(0, "20km grid", 20040.0, [10.0, 20.0, 60.0], single_crs=False),
    _grid(1, "10km grid", 10000.0, [10.0, 20.0], single_crs=False),
    _grid(6, "LAEA 100km grid", 100000.0, [40.0, 50.0, 100.0], single_crs=True),
]


@dataclass(frozen=True)
class Plan:
    """A tile."""

    id: int
    name: str
    crs: str = "EPSG:32632"
    origin: tuple[float, float] = (460080.0, 4759920.0)
    width_px: int = 334
    height_px: int = 334

    @property
    def geometry(self) -> Json:
        ring = [[8.0, 42.0], [9.0, 42.0], [9.0, 43.0], [8.0, 43.0], [8.0, 42.0]]
        return {"type": "Polygon", "coordinates": [ring]}


@dataclass(frozen=True)
class File:
    """A file to be written."""

    key: str
    body: bytes
    content_type: str = "image/tiff"


@dataclass(frozen=True)
class Output:
    """A declared output."""

    id: str
    bands: int
    sample_type: str


class StandInZarr:
    """One file before, one a tile, one after."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def begin(self) -> list[File]:
        return [File(f"{self._prefix}.zgroup", b"{}")]

    def render(self, plan: Plan) -> list[File]:
        return [File(f"{self._prefix}default/0.{plan.id}.0", b"z")]

    def finish(self) -> list[File]:
        return [File(f"{self._prefix}.zmetadata", b"{}")]


class StandIn:
    """What the service side asks of the pixel side.

    An evalscript that holds ``throw`` fails in analysis, one that holds ``bad-tile`` on every tile. While
    ``gate`` is not set, no tile is finished.
    """

    def __init__(self, tiles: int = 5) -> None:
        self.number = tiles
        self.outputs = [Output("default", 1, "FLOAT32")]
        self.rendered: list[int] = []
        self.empty: set[int] = set()
        self.gate = threading.Event()
        self.gate.set()

    def grids(self) -> list[Json]:
        return GRIDS

    def estimate_tile_count(self, request: Json) -> int:
        return self.number + 1

    def plan_tiles(self, request: Json) -> list[Plan]:
        return [Plan(100 + n, f"32TNM_{n}_0") for n in range(self.number)]

    def plan_features(self, request: Json, features: Sequence[Feature]) -> list[Plan]:
        return [Plan(one.number, one.identifier, f"EPSG:{one.epsg}") for one in features]

    def outline(self, request: Json, plan: Plan) -> Outline:
        ring = [(0.0, 0.0), (0.0, 60.0), (60.0, 60.0), (60.0, 0.0), (0.0, 0.0)]
        wkb = struct.pack("<BIII", 1, 3, 1, len(ring)) + b"".join(
            struct.pack("<2d", *point) for point in ring
        )
        return Outline(plan.width_px, plan.height_px, wkb, (0.0, 0.0, 60.0, 60.0))

    def has_data(self, request: Json, plan: Plan) -> bool:
        return plan.id not in self.empty

    def validate_evalscript(self, request: Json, plans: Any) -> None:
        if "throw" in request["processRequest"]["evalscript"]:
            raise ValueError("Failed to evaluate script!")

    def declared_outputs(self, request: Json) -> list[Output]:
        return self.outputs

    def estimate_value(self, request: Json, plans: Any) -> float:
        return 3.0 * len(plans)

    def tile_cost(self, request: Json, plan: Plan) -> float:
        return 2.5

    def tile_keys(self, request: Json, request_id: str, plan: Plan) -> list[str]:
        _, prefix = self.output_location(request, request_id)
        return [f"{prefix}{plan.name}.tif"]

    def render_tile(self, request: Json, request_id: str, plan: Plan) -> list[File]:
        self.gate.wait(120)
        if "bad-tile" in request["processRequest"]["evalscript"]:
            raise ValueError("no pixels")
        self.rendered.append(plan.id)
        return [File(key, b"II*") for key in self.tile_keys(request, request_id, plan)]

    def zarr_job(self, request: Json, request_id: str, plans: Any) -> StandInZarr:
        return StandInZarr(self.output_location(request, request_id)[1])

    def output_location(self, request: Json, request_id: str) -> tuple[str, str]:
        output = request.get("output") or request.get("zarrOutput") or {}
        path = output.get("defaultTilePath") or output.get("path") or f"s3://{request.get('bucketName')}"
        bucket, _, rest = path.removeprefix("s3://").partition("/")
        rest = rest.split("<tile")[0].replace("<requestId>", request_id).strip("/")
        if "<tile" in path or "zarrOutput" in request:
            return bucket, f"{rest}/" if rest else ""
        return bucket, f"{rest}/{request_id}/".lstrip("/")
