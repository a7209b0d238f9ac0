"""A row of the tables of mistakes, and the places in a request that they name."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tests.support import requests


@dataclass(frozen=True)
class Bad:
    """One mistake.

    Attributes:
        name: says what is wrong; unique.
        base: makes the valid inputs of a BatchRequest that are spoilt.
        path: where, in those inputs: member names and list indices.
        value: what is put there; ``REMOVED`` takes the member away.
        words: part of the message, its reason or its fix.
        named: the property that the message names, where that is not the place itself.
    """

    name: str
    base: Callable[[], dict[str, Any]]
    path: tuple[str | int, ...]
    value: Any
    words: str
    named: str = ""

    @property
    def property(self) -> str:
        """The property that the message names."""
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path)
        return self.named or "".join(steps).removeprefix(".")

    def inputs(self) -> dict[str, Any]:
        """The spoilt inputs."""
        inputs = self.base()
        target: Any = inputs
        for step in self.path[:-1]:
            target = target[step]
        if self.value is REMOVED:
            del target[self.path[-1]]
        else:
            target[self.path[-1]] = copy.deepcopy(self.value)
        return inputs


REMOVED: Final = object()

BOUNDS = ("process_request", "input", "bounds")
BBOX, GEOMETRY, CRS = (*BOUNDS, "bbox"), (*BOUNDS, "geometry"), (*BOUNDS, "properties", "crs")
DATA = ("process_request", "input", "data")
FILTER = (*DATA, 0, "dataFilter")
TIME = (*FILTER, "timeRange")
SCRIPT = ("process_request", "evalscript")
RESPONSES = ("process_request", "output", "responses")
ARRAYS = ("zarr_output", "arrayParameters")

P_BOUNDS = "process_request.input.bounds"
P_DATA = "process_request.input.data"
P_TIME = "process_request.input.data[0].dataFilter.timeRange"
P_SCRIPT = "process_request.evalscript"
P_RESPONSES = "process_request.output.responses"
P_ARRAYS = "zarr_output.arrayParameters"

GEOTIFF, ZARR, COLLECTION = requests.geotiff, requests.zarr, requests.collection
