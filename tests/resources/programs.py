"""Small declarations that several tests make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pulumi_sentinelhub import BatchJob, BatchRequest
from pulumi_sentinelhub.types import ProcessRequest, TilingGrid

Program = Callable[[Callable[[], Any]], Any]

PROCESS_REQUEST: ProcessRequest = {
    "input": {"bounds": {"bbox": [8.44, 41.31, 9.66, 43.1]}, "data": [{"type": "sentinel-2-l2a"}]},
    "output": {"responses": [{"identifier": "default", "format": {"type": "image/tiff"}}]},
}
WITH_SCRIPT: ProcessRequest = {**PROCESS_REQUEST, "evalscript": "//VERSION=3"}
GRID: TilingGrid = {"id": 0, "resolution": 60.0}
REQUEST_INPUTS = {
    "process_request": WITH_SCRIPT,
    "tiling_grid": GRID,
    "bucket_name": "b",
    "result_path": "s3://b/<requestId>",
    "deployment": "aws-eu-central-1",
}


def request(**arguments: Any) -> BatchRequest:
    given: dict[str, Any] = {"process_request": WITH_SCRIPT, "tiling_grid": GRID, "bucket_name": "b"}
    return BatchRequest("max-ndvi", **{**given, **arguments})


def job(**arguments: Any) -> BatchJob:
    return BatchJob("corsica", process_request=WITH_SCRIPT, tiling_grid=GRID, **arguments)
