"""Rules of ``output``: tile paths, COG, collections [OpenAPI: BatchProcessOutput, BatchCogParameters]."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .wire import Json, bad

PLACEHOLDERS = {"<requestId>", "<tileName>", "<tileId>", "<outputId>", "<format>"}
RESAMPLING = {"nearest", "average", "gauss", "cubic", "cubicspline", "lanczos", "average_magphase", "mode"}
_FLAGS = ("overwrite", "skipExisting", "cogOutput", "createCollection")
_NUMBERS = ("overviewMinSize", "blockxsize", "blockysize")


def check_raster_output(
    output: Json, responses: list[Json], collection_exists: Callable[[str], bool]
) -> None:
    """Raises ApiError (400).

    Args:
        output: the member of the request.
        responses: the process request's responses, checked.
        collection_exists: whether there is a batch collection of that id.
    """
    for name in _FLAGS:
        if not isinstance(output.get(name, False), bool):
            raise bad(f"output->{name}", "Must be true or false.")
    own = output.get("responses") or []
    identifiers = {response["identifier"] for response in responses}
    for index, item in enumerate(own):
        parameter = f"output->responses[{index}]"
        if not isinstance(item, dict) or item.get("identifier") not in identifiers:
            raise bad(parameter, "Identifier must be one of the process request's responses.")
        if "tilePath" in item:
            check_tile_path(item["tilePath"], 1, f"{parameter}->tilePath")
    if output.get("defaultTilePath") is None:
        raise bad("output->defaultTilePath", "output->defaultTilePath must not be null.")
    check_tile_path(output["defaultTilePath"], len(responses), "output->defaultTilePath")
    _check_cog(output, responses)
    _check_collection(output, collection_exists)


def check_tile_path(path: Any, outputs: int, parameter: str) -> None:
    """Raises ApiError (400) for a tile path that is no S3 URL or whose files would not be unique."""
    if not isinstance(path, str) or not re.match(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/|$)", path):
        raise bad(parameter, f"Invalid S3 URL '{path}'.")
    found = set(re.findall(r"<[^<>/]*>", path))
    if unknown := found - PLACEHOLDERS:
        raise bad(parameter, f"Unknown placeholder {min(unknown)} in path template.")
    if not found:
        return
    if not found & {"<tileName>", "<tileId>"}:
        raise bad(parameter, "Path template must contain <tileName> or <tileId>.")
    if outputs > 1 and "<outputId>" not in found:
        raise bad(parameter, "Path template must contain <outputId> when there are multiple outputs.")


def _check_cog(output: Json, responses: list[Json]) -> None:
    parameters = output.get("cogParameters")
    if output.get("cogOutput"):
        # [OpenAPI: cogOutput] "All outputs must use the TIFF format"
        if any(response["format"]["type"] != "image/tiff" for response in responses):
            raise bad("output->cogOutput", "COG output requires all outputs to use the image/tiff format.")
    elif parameters is not None:
        raise bad("output->cogParameters", "Requires cogOutput to be true.")
    if parameters is None:
        return
    if not isinstance(parameters, dict):
        raise bad("output->cogParameters", "Must be an object.")
    if parameters.get("resamplingAlgorithm", "average") not in RESAMPLING:
        raise bad("output->cogParameters->resamplingAlgorithm", "Unknown resampling algorithm.")
    for name in _NUMBERS:
        value = parameters.get(name, 1)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise bad(f"output->cogParameters->{name}", "Must be a positive integer.")


def _check_collection(output: Json, collection_exists: Callable[[str], bool]) -> None:
    create, linked = output.get("createCollection", False), output.get("collectionId")
    if not create and linked is None:
        return
    if create and linked is not None:
        raise bad("output->collectionId", "Only one of createCollection and collectionId may be specified.")
    if not output.get("cogOutput"):
        raise bad("output->cogOutput", "Writing to a batch collection requires cogOutput to be true.")
    others = set(output.get("cogParameters") or {}) - {"resamplingAlgorithm"}
    if others:
        raise bad(
            f"output->cogParameters->{min(others)}",
            "Only resamplingAlgorithm may be specified when writing to a batch collection.",
        )
    if linked is not None and not (isinstance(linked, str) and collection_exists(linked)):
        raise bad("output->collectionId", f"Batch collection {linked} does not exist.")
