"""Changes of the usual payload, for `conftest.payload`."""

from __future__ import annotations

from typing import Any

COG = {"defaultTilePath": "s3://results/cog", "cogOutput": True, "createCollection": True}
ZARR: dict[str, Any] = {
    "path": "s3://results/<requestId>",
    "group": {"zarr_format": 2},
    "arrayParameters": {"dtype": "<u2", "order": "C", "chunks": [1, 1000, 1000], "fill_value": 0},
}
ZARR_FORM = {
    "processRequest__output__responses": [{"identifier": "default", "format": {"type": "zarr/array"}}]
}
ON_LAEA: dict[str, Any] = {**ZARR_FORM, "bucketName": None, "tilingGrid": {"id": 6, "resolution": 100.0}}
INPUT = "processRequest__input__"


def raster(**output: Any) -> dict[str, Any]:
    """Changes that replace the bucket name by an output object."""
    return {"bucketName": None, "output": output}


def zarr(**changes: Any) -> dict[str, Any]:
    """Changes that ask for Zarr output with members replaced."""
    return {**ON_LAEA, "zarrOutput": {**ZARR, **changes}}


def array(**changes: Any) -> dict[str, Any]:
    """Changes that ask for Zarr output with array parameters replaced."""
    return zarr(arrayParameters={**ZARR["arrayParameters"], **changes})


NOBODY = "9688cd56-6c70-4221-add8-a5821d0256a9"


def filtered(kind: str = "sentinel-2-l2a", **filters: Any) -> dict[str, Any]:
    """Changes that ask for other data, with filters."""
    return {f"{INPUT}data": [{"type": kind, "dataFilter": filters}]}


def processed(kind: str = "sentinel-2-l2a", **processing: Any) -> dict[str, Any]:
    """Changes that ask for other data, with processing options."""
    return {f"{INPUT}data": [{"type": kind, "processing": processing}]}


def cog(**parameters: Any) -> dict[str, Any]:
    """Changes that ask for COG output with parameters."""
    return raster(defaultTilePath="s3://results", cogOutput=True, cogParameters=parameters)
