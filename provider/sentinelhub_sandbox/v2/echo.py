"""The service's echo of a v2 request: defaults filled in, keys masked [observed]."""

from __future__ import annotations

import copy
from typing import Any

from ..payloads.echo import echo_process
from ..payloads.raster import FLAGS
from ..wire import Json
from .checks import GRID, RASTER

MASK = "***"
_SECRET = frozenset({"accessKey", "secretAccessKey"})
_KEPT = ("instanceType", "processRequest", "input", "output", "description")


def normalise(payload: Json) -> Json:
    """A checked payload with defaults filled in, keys and all; unknown members at the top are dropped."""
    request = copy.deepcopy({"instanceType": "normal", **payload})
    request = {name: request[name] for name in _KEPT if name in request}
    echo_process(request["processRequest"])
    if request["input"]["type"] == GRID:
        request["input"]["resolution"] = float(request["input"]["resolution"])
    if request["output"]["type"] == RASTER:
        for name in FLAGS:
            request["output"].setdefault(name, False)
    return request


def masked(value: Any) -> Any:
    """A copy without keys. How the service masks them is not documented; here they become ``***``."""
    if isinstance(value, dict):
        return {name: MASK if name in _SECRET else masked(member) for name, member in value.items()}
    return [masked(member) for member in value] if isinstance(value, list) else value
