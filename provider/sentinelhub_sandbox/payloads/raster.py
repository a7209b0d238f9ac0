"""Rules of raster output: flags, tile paths, COG [OpenAPI: BatchProcessOutput, BatchV2RasterOutput]."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ..wire import Json, bad, expect, wrong_type

RESAMPLING = ("nearest", "average", "gauss", "cubic", "cubicspline", "lanczos", "average_magphase", "mode")
FLAGS = ("overwrite", "skipExisting", "cogOutput", "createCollection")
_BLOCKS = ("blockxsize", "blockysize")
_BLOCK_UNIT = 16  # [TIFF 6.0, section 15: TileWidth, TileLength] multiples of 16
MOST_CHECKED_FILES = 5000  # [OpenAPI: overwrite] with fewer, the service looks which files exist


def check_flags(output: Json) -> None:
    """Raises ApiError (400)."""
    for name in FLAGS:
        if not isinstance(output.get(name, False), bool):
            raise bad(f"output->{name}", "Must be true or false.")


def check_template(
    path: Any, outputs: int, parameter: str, known: frozenset[str], tile: Sequence[str]
) -> None:
    """Raises ApiError (400) for a path that is no S3 URL or whose files would not be unique.

    Args:
        path: a folder, or a template.
        outputs: how many files a tile makes.
        parameter: where the path stands in the request.
        known: the placeholders that there are.
        tile: those of them that name a tile: a template needs one of them.
    """
    if not isinstance(path, str) or not re.match(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/|$)", path):
        raise bad(parameter, f"Invalid S3 URL '{path}'.")
    found = set(re.findall(r"<[^<>/]*>", path))
    if unknown := found - known:
        raise bad(parameter, f"Unknown placeholder {min(unknown)} in path template.")
    if not found:
        return
    if found.isdisjoint(tile):
        raise bad(parameter, f"Path template must contain {' or '.join(tile)}.")
    if outputs > 1 and "<outputId>" not in found:
        raise bad(parameter, "Path template must contain <outputId> when there are multiple outputs.")


def check_cog(output: Json) -> None:
    """`cogParameters`. Raises ApiError (400)."""
    parameters = output.get("cogParameters")
    if parameters is not None:
        if not output.get("cogOutput"):
            raise bad("output->cogParameters", "Requires cogOutput to be true.")
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
