"""Sentinel Hub batch jobs as infrastructure: a Pulumi dynamic provider.

Resources: OutputBucket, BatchRequest, BatchRun, BatchCollection, Features, and BatchJob, a whole job in one
declaration. Look-ups: get_batch_request, list_batch_requests, get_batch_request_tiles and list_tiling_grids,
each also in an ``_output`` form. ``types`` holds the API's JSON shapes.

The process of the dynamic provider imports this package, too, when it loads the classes that a state names.
So the modules below import no client, no check and no lifecycle, neither requests nor boto3: what these need
is imported when there is something to do. A test holds them to it.
"""

from __future__ import annotations

from . import types
from .batch.api import BatchRequestInfo, Tile, TilingGrid
from .resources.bucket import OutputBucket
from .resources.collection import BatchCollection
from .resources.features import Features
from .resources.job import BatchJob
from .resources.lookups import (
    get_batch_request,
    get_batch_request_output,
    get_batch_request_tiles,
    get_batch_request_tiles_output,
    list_batch_requests,
    list_batch_requests_output,
    list_tiling_grids,
    list_tiling_grids_output,
)
from .resources.request import BatchRequest
from .resources.run import BatchRun

__all__ = [
    "BatchCollection",
    "BatchJob",
    "BatchRequest",
    "BatchRequestInfo",
    "BatchRun",
    "Features",
    "OutputBucket",
    "Tile",
    "TilingGrid",
    "get_batch_request",
    "get_batch_request_output",
    "get_batch_request_tiles",
    "get_batch_request_tiles_output",
    "list_batch_requests",
    "list_batch_requests_output",
    "list_tiling_grids",
    "list_tiling_grids_output",
    "types",
]
