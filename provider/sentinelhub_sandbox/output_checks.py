"""Rules of ``output``: tile paths, COG, collections [OpenAPI: BatchProcessOutput, BatchCogParameters]."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .wire import Json, bad, expect, wrong_type

PLACEHOLDERS = {"<requestId>", "<tileName>", "<tileId>", "<outputId>", "<format>"}
RESAMPLING = ("nearest", "average", "gauss", "cubic", "cubicspline", "lanczos", "average_magphase", "mode")
_FLAGS = ("overwrite", "skipExisting", "cogOutput", "createCollection")
_BLOCKS = ("blockxsize", "blockysize")
_BLOCK_UNIT = 16  # [TIFF 6.0, section 15: TileWidth, TileLength] multiples of 16
MOST_CHECKED_FILES = 5000  # [OpenAPI: overwrite] with fewer, the service looks which files exist


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
    if parameters is not None:
        _check_cog_parameters(expect(parameters, dict, "output->cogParameters"), "output->cogParameters")


def _check_cog_parameters(parameters: Json, path: str) -> None:
    resampling = parameters.get("resamplingAlgorithm")
    if resampling is not None and resampling not in RESAMPLING:
        raise wrong_type(f"{path}->resamplingAlgorithm", resampling, RESAMPLING)
    if parameters.get("usePredictor") is not None:
        expect(parameters["usePredictor"], bool, f"{path}->usePredictor")
    for name in ("overviewMinSize", *_BLOCKS):
        if parameters.get(name) is not None:
            _check_positive(parameters[name], f"{path}->{name}")
    for name in _BLOCKS:
        if (parameters.get(name) or 0) % _BLOCK_UNIT:
            raise bad(f"{path}->{name}", f"Block size must be a multiple of {_BLOCK_UNIT}.")
    if parameters.get("overviewLevels") is not None:
        for level in expect(parameters["overviewLevels"], list, f"{path}->overviewLevels"):
            _check_positive(level, f"{path}->overviewLevels")


def _check_positive(value: Any, parameter: str) -> None:
    if expect(value, int, parameter) < 1:
        raise bad(parameter, "Must be a positive integer.")


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
