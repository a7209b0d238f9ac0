"""The bands that a v1 request's outputs make in a batch collection."""

from __future__ import annotations

from collections.abc import Iterable

from ..payloads.bands import SAMPLE_FORMATS, OutputError, check_arrays, check_cog_type, written_outputs
from ..pixels import Output
from ..wire import Json


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
    written = written_outputs(request, outputs)
    if "zarrOutput" in request:
        check_arrays(request["zarrOutput"], written)
        return {}
    settings = request.get("output") or {}
    return _bands(settings, written) if settings.get("cogOutput") else {}


def _bands(settings: Json, written: list[Output]) -> Json:
    in_collection = settings.get("createCollection") or settings.get("collectionId")
    bands: Json = {}
    for output in written:
        check_cog_type(output)
        if in_collection and output.bands != 1:
            raise OutputError(
                f"Outputs of a batch collection must be single-band, {output.id} has {output.bands} bands."
            )
        depth, form = SAMPLE_FORMATS[output.sample_type]
        bands[output.id] = {"source": output.id, "bandIndex": 1, "bitDepth": depth, "sampleFormat": form}
    return bands if in_collection or all(output.bands == 1 for output in written) else {}
