"""Sentinel Hub batch jobs as infrastructure: a Pulumi dynamic provider.

Resources: OutputBucket, BatchRequest, BatchRun, BatchCollection, and BatchJob, a whole job in one
declaration. Look-ups: get_batch_request, list_batch_requests, get_batch_request_tiles and
list_tiling_grids, each also in an ``_output`` form. ``types`` holds the API's JSON shapes.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .batch.api import BatchRequestInfo, Tile, TilingGrid
    from .resources import types
    from .resources.bucket import OutputBucket
    from .resources.collection import BatchCollection
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

# Where the public names live. They are imported when first asked for: the sandbox and the process that runs
# an evalscript are part of this package, too, and start in a tenth of the time without Pulumi.
_HOMES = {
    "batch.api": ("BatchRequestInfo", "Tile", "TilingGrid"),
    "resources.bucket": ("OutputBucket",),
    "resources.collection": ("BatchCollection",),
    "resources.job": ("BatchJob",),
    "resources.lookups": tuple(name for name in __all__ if name.startswith(("get_", "list_"))),
    "resources.request": ("BatchRequest",),
    "resources.run": ("BatchRun",),
}


def __getattr__(name: str) -> Any:
    """Import a public name from its home."""
    if name == "types":
        return importlib.import_module(".resources.types", __name__)
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f".{home}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
