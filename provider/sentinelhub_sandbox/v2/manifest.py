"""The feature manifest, a GeoPackage that an analysis writes [v2 docs: feature manifest]."""

from __future__ import annotations

from typing import Any

from ..geopackage import Layer, write_layers
from ..pixels import Pixels, Plan
from ..wire import Json
from .job import JobV2
from .places import Place

COLUMNS = {
    "outputId": "TEXT",
    "identifier": "TEXT",
    "path": "TEXT",
    "width": "INTEGER",
    "height": "INTEGER",
}


def manifest_of(job: JobV2, pixels: Pixels, plans: tuple[Plan, ...]) -> bytes:
    """One layer a CRS, ``feature_<EPSG code>``, with one row a feature and output.

    [INFER] ``path`` is the whole URL of the file; for Zarr it is the output's root.
    """
    responses = [item["identifier"] for item in job.order["processRequest"]["output"]["responses"]]
    layers: dict[int, list[tuple[bytes, tuple[float, float, float, float], list[Any]]]] = {}
    for plan in plans:
        outline = pixels.outline(job.request, plan)
        rows = layers.setdefault(int(plan.crs.rpartition(":")[2]), [])
        for output, path in zip(responses, _paths(job, pixels, plan), strict=True):
            values = [output, plan.name, path, outline.width, outline.height]
            rows.append((outline.wkb, outline.bounds, values))
    return write_layers(
        Layer(f"feature_{code}", code, _wkt(code), COLUMNS, rows) for code, rows in sorted(layers.items())
    )


def _paths(job: JobV2, pixels: Pixels, plan: Plan) -> list[str]:
    request: Json = job.request
    bucket, prefix = pixels.output_location(request, job.id)
    if "zarrOutput" in request:
        return [Place(bucket, prefix).url for _ in request["processRequest"]["output"]["responses"]]
    return [Place(bucket, key).url for key in pixels.tile_keys(request, job.id, plan)]


def _wkt(code: int) -> str:
    from rasterio.crs import CRS

    return str(CRS.from_epsg(code).to_wkt())
