"""Sentinel Hub batch jobs as infrastructure: a Pulumi dynamic provider.

Resources: OutputBucket, BatchRequest, BatchRun, BatchCollection, Features, and BatchJob, a whole job in one
declaration. Look-ups: get_batch_request, list_batch_requests, get_batch_request_tiles and list_tiling_grids,
each also in an ``_output`` form. ``types`` holds the API's JSON shapes.

Each of these names is imported when it is asked for: the report's command, the plugin and the process of the
dynamic provider, which imports this package to load the classes that a state names, need none of them. The
modules behind them import no client, no check and no lifecycle, neither requests nor boto3: what these need
is imported when there is something to do. A test holds them to it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
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

#: Where each name comes from.
_MODULES: Final = {
    **dict.fromkeys(("BatchRequestInfo", "Tile", "TilingGrid"), "batch.api"),
    "BatchCollection": "resources.collection",
    "BatchJob": "resources.job",
    "BatchRequest": "resources.request",
    "BatchRun": "resources.run",
    "Features": "resources.features",
    "OutputBucket": "resources.bucket",
    **{name: "resources.lookups" for name in __all__ if name.startswith(("get_", "list_"))},
}


if not TYPE_CHECKING:  # a checker would take every name for one that exists

    def __getattr__(name: str) -> Any:
        """What is asked for the first time; see PEP 562."""
        if name == "types":
            return import_module(".types", __name__)
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f".{_MODULES[name]}", __name__), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
