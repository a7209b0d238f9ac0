"""The outputs that an evalscript declares: whether they can be written as asked, and as which bands."""

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


def check_outputs(request: Json, outputs: Iterable[Output]) -> Json:
    """Bands by name, in the shape of a collection's ``additionalData.bands``.

    Empty where no collection can be written: without COG, or with several bands an output.

    Args:
        request: the normalised request.
        outputs: the evalscript's declared outputs.

    Raises:
        OutputError: an output has several bands where one is allowed (Zarr, collections), a sample type that
            COG does not allow (INT8), or one that its Zarr dtype does not hold.
    """
    listed = {response["identifier"] for response in request["processRequest"]["output"]["responses"]}
    written = [output for output in outputs if output.id in listed]
    if "zarrOutput" in request:
        for output in written:
            _check_array(output, array_parameters(request["zarrOutput"], output.id)["dtype"])
        return {}
    settings = request.get("output") or {}
    return _bands(settings, written) if settings.get("cogOutput") else {}


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


def _bands(settings: Json, written: list[Output]) -> Json:
    in_collection = settings.get("createCollection") or settings.get("collectionId")
    bands: Json = {}
    for output in written:
        if output.sample_type == "INT8":
            raise OutputError(f"COG output cannot use sampleType INT8 (output {output.id}).")
        if in_collection and output.bands != 1:
            raise OutputError(
                f"Outputs of a batch collection must be single-band, {output.id} has {output.bands} bands."
            )
        depth, form = SAMPLE_FORMATS[output.sample_type]
        bands[output.id] = {"source": output.id, "bandIndex": 1, "bitDepth": depth, "sampleFormat": form}
    return bands if in_collection or all(output.bands == 1 for output in written) else {}
