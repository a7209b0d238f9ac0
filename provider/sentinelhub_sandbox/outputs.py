"""Bands of the collection that a request writes: one per output, as its evalscript declares them."""

from __future__ import annotations

from typing import Any

from .wire import Json

# [seed; OpenAPI: BYOCFormat] AUTO scales 0..1 to 0..255.
SAMPLE_FORMATS = {
    "AUTO": (8, "UINT"),
    "UINT8": (8, "UINT"),
    "INT8": (8, "INT"),
    "UINT16": (16, "UINT"),
    "INT16": (16, "INT"),
    "FLOAT32": (32, "FLOAT"),
}


class CollectionError(Exception):
    """A request cannot be written into a batch collection; the message is what the service says."""


def collection_bands(request: Json, outputs: Any) -> Json:
    """Bands by name, in the shape of a collection's ``additionalData.bands``; empty without a collection.

    Args:
        request: the normalised request.
        outputs: the evalscript's declared outputs, each with ``id``, ``bands`` and ``sample_type``.

    Raises:
        CollectionError: an output has several bands or is INT8 (which COG does not allow).
    """
    output = request.get("output") or {}
    if not output.get("cogOutput"):
        return {}
    identifiers = {response["identifier"] for response in request["processRequest"]["output"]["responses"]}
    in_collection = output.get("createCollection") or output.get("collectionId")
    bands: Json = {}
    for item in outputs:
        if item.id not in identifiers:
            continue
        sample_type = str(item.sample_type)
        if sample_type == "INT8":
            raise CollectionError(f"COG output cannot use sampleType INT8 (output {item.id}).")
        if in_collection and item.bands != 1:
            raise CollectionError(
                f"Outputs of a batch collection must be single-band, {item.id} has {item.bands} bands."
            )
        depth, form = SAMPLE_FORMATS.get(sample_type, (8, "UINT"))
        bands[item.id] = {"source": item.id, "bandIndex": 1, "bitDepth": depth, "sampleFormat": form}
    return bands if in_collection or all(item.bands == 1 for item in outputs) else {}
