"""A row of the tables of mistakes, and the places in a request that they name."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tests.preview.checks import requests


@dataclass(frozen=True)
class BadInput:
    """One mistake.

    Attributes:
        name: says what is wrong; unique.
        base: makes the valid inputs of a BatchRequest that are spoilt.
        path: where, in those inputs: member names and list indices.
        value: what is put there; ``REMOVED`` takes the member away.
        property: the property that the message names.
        words: part of the message, reason or fix.
    """

    name: str
    base: Callable[[], dict[str, Any]]
    path: tuple[str | int, ...]
    value: Any
    property: str
    words: str

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
DATA = ("process_request", "input", "data")
TIME = (*DATA, 0, "dataFilter", "timeRange")
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
