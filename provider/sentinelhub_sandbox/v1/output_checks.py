"""Rules of ``output`` [OpenAPI: BatchProcessOutput]."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..payloads.raster import MOST_CHECKED_FILES, check_cog, check_flags, check_template
from ..wire import Json, bad

PLACEHOLDERS = frozenset({"<requestId>", "<tileName>", "<tileId>", "<outputId>", "<format>"})
_TILE = ("<tileName>", "<tileId>")


def check_raster_output(
    output: Json, responses: list[Json], collection_exists: Callable[[str], bool]
) -> None:
    """Raises ApiError (400).

    Args:
        output: the member of the request.
        responses: the process request's responses, checked.
        collection_exists: whether there is a batch collection of that id.
    """
    check_flags(output)
    own = output.get("responses") or []
    identifiers = {response["identifier"] for response in responses}
    for index, item in enumerate(own):
        parameter = f"output->responses[{index}]"
        if not isinstance(item, dict) or item.get("identifier") not in identifiers:
            raise bad(parameter, "Identifier must be one of the process request's responses.")
        if "tilePath" in item:
            _check_tile_path(item["tilePath"], 1, f"{parameter}->tilePath")
    if output.get("defaultTilePath") is None:
        raise bad("output->defaultTilePath", "output->defaultTilePath must not be null.")
    _check_tile_path(output["defaultTilePath"], len(responses), "output->defaultTilePath")
    # [OpenAPI: cogOutput] "All outputs must use the TIFF format"
    if output.get("cogOutput") and any(response["format"]["type"] != "image/tiff" for response in responses):
        raise bad("output->cogOutput", "COG output requires all outputs to use the image/tiff format.")
    check_cog(output)
    _check_collection(output, collection_exists)


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


def _check_tile_path(path: Any, outputs: int, parameter: str) -> None:
    check_template(path, outputs, parameter, PLACEHOLDERS, _TILE)


def check_file_count(request: Json, tiles: int) -> None:
    """Raises ApiError (400) when too many files are expected to look whether they exist.

    [OpenAPI: overwrite] Then either the path must be the request's own, or whatever exists be overwritten.

    Args:
        request: the normalised payload.
        tiles: how many tiles are expected.
    """
    output = request.get("output") or {}
    files = tiles * len(request["processRequest"]["output"]["responses"])
    careless = output.get("overwrite") and not output.get("skipExisting")
    if not output or files < MOST_CHECKED_FILES or careless:
        return
    paths = [output["defaultTilePath"]]
    paths += [item["tilePath"] for item in output.get("responses") or [] if "tilePath" in item]
    if any("<" in path and "<requestId>" not in path for path in paths):
        raise bad(
            "output->defaultTilePath",
            f"The request is estimated to output {files} files, too many to check whether they exist "
            f"({MOST_CHECKED_FILES} or more). Include <requestId> in the path template, use a path that is "
            "no template, or set overwrite to true and skipExisting to false.",
        )
