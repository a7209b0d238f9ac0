"""Rules of Zarr output [OpenAPI: BatchZarrParameters, Group, ArrayParameters; the same in v2]."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ..wire import Json, bad

REQUIRED = ("dtype", "chunks", "fill_value")


@dataclass(frozen=True)
class Encoding:
    """What a dtype holds: values in a range (None: floats), of which sample types (None: all)."""

    span: tuple[int, int] | None
    sample_types: tuple[str, ...] | None


# [OpenAPI: ArrayParameters, dtype]
DTYPES: dict[str, Encoding] = {
    "|u1": Encoding((0, 255), ("UINT8", "AUTO")),
    "|i1": Encoding((-128, 127), ("INT8",)),
    **{f"{end}u2": Encoding((0, 65535), ("UINT16", "UINT8", "AUTO")) for end in "<>"},
    **{f"{end}i2": Encoding((-32768, 32767), ("INT16", "UINT8", "INT8", "AUTO")) for end in "<>"},
    **{f"{end}{kind}": Encoding(None, None) for end in "<>" for kind in ("f4", "f8")},
}
_SPECIAL = {"NaN", "Infinity", "-Infinity"}


def check_zarr(zarr: Json, responses: list[Json], grid: Json, resolution: float, member: str) -> None:
    """Group and arrays. Raises ApiError (400).

    Args:
        zarr: the member of the request that has ``group``, ``arrayParameters`` and ``arrayOverrides``.
        responses: the process request's responses, checked.
        grid: descriptor of the request's tiling grid.
        resolution: in the grid's units.
        member: the member's name, for messages.
    """
    _check_group(zarr.get("group"), f"{member}->group")
    size = tuple(round(grid["properties"][side] / resolution) for side in ("tileHeight", "tileWidth"))
    names = [response["identifier"] for response in responses]
    overrides = zarr.get("arrayOverrides") or {}
    for name in overrides:
        if name not in names:
            raise bad(f"{member}->arrayOverrides->{name}", f"There is no output with identifier {name}.")
    for name in names:
        where = "arrayOverrides->" + name if overrides.get(name) else "arrayParameters"
        _check_array(array_parameters(zarr, name), size, f"{member}->{where}")


def check_single_crs(grid: Json, parameter: str) -> None:
    """Raises ApiError (400) for a grid of several CRS, which Zarr arrays cannot hold."""
    if not grid["properties"].get("singleCrs"):
        raise bad(parameter, "Zarr output is only supported for WGS84 and LAEA tiling grids.")


def array_parameters(zarr: Json, name: str) -> Json:
    """The parameters of one array: the common ones, under its own."""
    return {**(zarr.get("arrayParameters") or {}), **((zarr.get("arrayOverrides") or {}).get(name) or {})}


def check_zarr_path(path: Any, parameter: str, scheme: str) -> None:
    """Raises ApiError (400) for a path that is no URL of a folder; ``scheme`` is a regular expression."""
    if not isinstance(path, str) or not re.match(rf"{scheme}[a-z0-9][a-z0-9.-]{{1,61}}[a-z0-9](/|$)", path):
        raise bad(parameter, f"Invalid S3 URL '{path}'.")
    found = set(re.findall(r"<[^<>/]*>", path))
    if found - {"<requestId>"}:
        raise bad(parameter, "Only the placeholder <requestId> may be used in the path of Zarr output.")
    if path.rstrip("/").rpartition("/")[2] in {".zattrs", ".zgroup", ".zmetadata"}:
        raise bad(parameter, "Path must not contain Zarr files.")


def _check_group(group: Any, member: str) -> None:
    if not isinstance(group, dict) or group.get("zarr_format") is None:
        raise bad(f"{member}->zarr_format", f"{member}->zarr_format must not be null.")
    if group["zarr_format"] != 2:
        raise bad(f"{member}->zarr_format", "Only Zarr format version 2 is supported.")
    origin = (group.get("coordinates") or {}).get("origin", "topLeft")
    if origin not in {"topLeft", "bottomLeft"}:
        raise bad(f"{member}->coordinates->origin", "Must be topLeft or bottomLeft.")


def _check_array(array: Json, size: tuple[int, ...], where: str) -> None:
    for name in REQUIRED:
        if array.get(name) is None:
            raise bad(f"{where}->{name}", f"{where}->{name} must not be null.")
    dtype = array["dtype"]
    if dtype not in DTYPES:
        raise bad(f"{where}->dtype", f"Unsupported dtype '{dtype}'.")
    if array.get("order", "C") != "C":
        raise bad(f"{where}->order", "Only order C is supported.")
    chunks = array["chunks"]
    if not isinstance(chunks, list) or len(chunks) != 3 or not all(type(n) is int and n > 0 for n in chunks):
        raise bad(f"{where}->chunks", "Chunks must be 3 positive integers.")
    if chunks[0] != 1:
        raise bad(f"{where}->chunks", "The first element of chunks (time dimension) must be 1.")
    for length, total in zip(chunks[1:], size, strict=True):
        if total % length:
            raise bad(
                f"{where}->chunks", f"Chunk size {length} does not evenly divide the tile size {total}."
            )
    if not _representable(array["fill_value"], DTYPES[dtype].span):
        raise bad(
            f"{where}->fill_value", f"Fill value {array['fill_value']} is not representable in {dtype}."
        )


def _representable(value: Any, span: tuple[int, int] | None) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, str):
        return span is None and value in _SPECIAL
    if not isinstance(value, (int, float)):
        return False
    return span is None or (float(value).is_integer() and span[0] <= value <= span[1])
