"""The outputs that an evalscript declares: whether they can be written as asked."""

from __future__ import annotations

from collections.abc import Iterable

from ..pixels import Output
from ..wire import Json
from .zarr import DTYPES, array_parameters

# [seed; OpenAPI: BYOCFormat] AUTO scales 0..1 to 0..255.
SAMPLE_FORMATS = {
    "AUTO": (8, "UINT"),
    "UINT8": (8, "UINT"),
    "INT8": (8, "INT"),
    "UINT16": (16, "UINT"),
    "INT16": (16, "INT"),
    "FLOAT32": (32, "FLOAT"),
}


class OutputError(Exception):
    """An output cannot be written as asked; the message is what the service says."""


def written_outputs(request: Json, outputs: Iterable[Output]) -> list[Output]:
    """The declared outputs that the request's responses name."""
    listed = {response["identifier"] for response in request["processRequest"]["output"]["responses"]}
    return [output for output in outputs if output.id in listed]


def check_arrays(zarr: Json, outputs: Iterable[Output]) -> None:
    """Raises OutputError for several bands, or a sample type that a Zarr dtype does not hold.

    Args:
        zarr: what has ``arrayParameters`` and ``arrayOverrides``.
        outputs: those that are written.
    """
    for output in outputs:
        _check_array(output, array_parameters(zarr, output.id)["dtype"])


def _check_array(output: Output, dtype: str) -> None:
    """[OpenAPI: ArrayParameters, dtype; batch docs: zarrOutput]."""
    if output.bands != 1:
        raise OutputError(
            f"Zarr output supports exactly one band per output, {output.id} has {output.bands} bands."
        )
    allowed = DTYPES[dtype].sample_types
    if allowed is not None and output.sample_type not in allowed:
        raise OutputError(
            f"dtype {dtype} of array {output.id} is not allowed for sampleType {output.sample_type}; "
            f"it is for {', '.join(allowed)}."
        )


def check_cog_type(output: Output) -> None:
    """Raises OutputError for a sample type that COG does not allow [OpenAPI: cogOutput]."""
    if output.sample_type == "INT8":
        raise OutputError(f"COG output cannot use sampleType INT8 (output {output.id}).")
