"""Zarr output.

Source: [batch OpenAPI: BatchZarrParameters, ArrayParameters; batch docs: Zarr output].
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from ....finding import Finding
from ....shown import listed
from ....values import number_text as shown
from ...grids import GRIDS
from .declared import Declared
from .node import Node, joined, quoted

_FLOATS = ("<f4", ">f4", "<f8", ">f8")
# Sample types that each dtype can hold, and for integers the range of its values.
_ANY = frozenset({"AUTO", "INT8", "UINT8", "INT16", "UINT16", "FLOAT32"})
_HOLDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "|u1": frozenset({"UINT8", "AUTO"}),
        "|i1": frozenset({"INT8"}),
        **dict.fromkeys(("<u2", ">u2"), frozenset({"UINT16", "UINT8", "AUTO"})),
        **dict.fromkeys(("<i2", ">i2"), frozenset({"INT16", "UINT8", "INT8", "AUTO"})),
        **dict.fromkeys(_FLOATS, _ANY),
    }
)
_RANGES: Mapping[str, tuple[int, int]] = MappingProxyType(
    {"|u1": (0, 255), "|i1": (-128, 127), "u2": (0, 65535), "i2": (-32768, 32767)}
)
_LOSSLESS: Mapping[str, str] = MappingProxyType(
    {"AUTO": "|u1", "UINT8": "|u1", "INT8": "|i1", "UINT16": "<u2", "INT16": "<i2", "FLOAT32": "<f4"}
)
_NOT_NUMBERS = ("NaN", "Infinity", "-Infinity")  # how Zarr v2 writes them in JSON
_REQUIRED = ("dtype", "chunks", "fill_value")  # "order" is listed too, but has a default


def check_zarr(declared: Declared) -> Iterator[Finding]:
    """Group, arrays, and the grids and outputs that Zarr allows."""
    zarr = declared.zarr
    if not zarr.is_mapping:
        return
    yield from _group(zarr["group"])
    yield from _grid(declared)
    yield from _outputs(declared)
    yield from _overrides(declared, zarr["arrayOverrides"])
    yield from _arrays(declared, zarr)


def _group(group: Node) -> Iterator[Finding]:
    if group.absent:
        yield group.error("is missing", 'give {"zarr_format": 2}')
    if not group.is_mapping:
        return
    version = group["zarr_format"]
    if version.absent:
        yield version.error("is missing", "give 2")
    elif version.given and version.integer != 2:
        yield version.error(f"is {version.kind}", "the service writes version 2 only")
    origin = group["coordinates"]["origin"]
    if origin.given and origin.text not in {"topLeft", "bottomLeft"}:
        yield origin.error(f"is {origin.kind}", "use topLeft or bottomLeft")


def _grid(declared: Declared) -> Iterator[Finding]:
    grid = declared.grid
    if grid is not None and not grid.single_crs:
        others = joined(f"{other.id} ({other.name})" for other in GRIDS.values() if other.single_crs)
        yield declared.tiling_grid["id"].error(
            f"is {grid.id}, the {grid.name}, whose tiles have different CRSs",
            f"for {declared.dialect.zarr_name} use {others}",
        )


def _outputs(declared: Declared) -> Iterator[Finding]:
    for response in declared.responses.elements():
        kind = response["format"]["type"]
        if kind.text == "application/json":
            reason = f"is application/json, which {declared.dialect.zarr_name} cannot hold"
            yield kind.error(reason, "leave this response out")
    for output in declared.setup.outputs if declared.setup else ():
        if output.bands > 1 and (declared.response_ids is None or output.id in declared.written):
            yield declared.process["evalscript"].error(
                f"output {quoted(output.id)} has {output.bands} bands, but a Zarr array holds one",
                "return each band as an output of its own",
            )


def _overrides(declared: Declared, overrides: Node) -> Iterator[Finding]:
    if overrides.given and not overrides.is_mapping:
        yield overrides.error(
            f"is {overrides.kind}", "give an object with one member for each array to change"
        )
    ids = declared.response_ids
    for name, member in overrides.members().items():
        if ids is not None and name not in declared.written:
            yield member.error("names no response, and so no array", f"use one of {listed(ids)}")
        elif member.given and not member.is_mapping:
            yield member.error(f"is {member.kind}", "give an object")


def _arrays(declared: Declared, zarr: Node) -> Iterator[Finding]:
    common, overrides = zarr["arrayParameters"], zarr["arrayOverrides"]
    if common.given and not common.is_mapping:
        yield common.error(f"is {common.kind}", "give an object with dtype, chunks, order and fill_value")
        return
    yield from _order(common["order"])
    yield from _chunks(declared, common["chunks"])
    yield from _dtype(common["dtype"])
    for override in overrides.members().values():
        yield from _order(override["order"])
        yield from _chunks(declared, override["chunks"])
        yield from _dtype(override["dtype"])
    for name in declared.response_ids or ():
        override = overrides[name]
        fields = {field: _effective(common, override, field) for field in _REQUIRED}
        for field, node in fields.items():
            if node.absent:
                yield common[field].error(
                    f"is missing, and arrayOverrides has none for {quoted(name)}",
                    "give it for all arrays, or for each",
                )
        yield from _values(declared, name, fields["dtype"], fields["fill_value"])


def _effective(common: Node, override: Node, field: str) -> Node:
    return common[field] if override[field].absent and not override.unknown else override[field]


def _order(order: Node) -> Iterator[Finding]:
    if order.given and order.text != "C":
        yield order.error(f"is {order.kind}", 'only "C" is supported')


def _dtype(dtype: Node) -> Iterator[Finding]:
    if dtype.given and dtype.text not in _HOLDS:
        yield dtype.error(f"is {dtype.kind}", f"use one of {joined(_HOLDS)}")


def _chunks(declared: Declared, chunks: Node) -> Iterator[Finding]:
    if not chunks.given:
        return
    sizes = chunks.elements()
    if len(sizes) != 3:
        yield chunks.error(
            f"has {len(sizes)} numbers" if chunks.is_list else f"is {chunks.kind}", "give [1, y, x]"
        )
        return
    for size in sizes:
        if not size.unknown and (size.integer is None or size.integer < 1):
            yield size.error(f"is {size.kind}", "give a whole number from 1")
    if sizes[0].integer is not None and sizes[0].integer > 1:
        yield sizes[0].error(f"is {sizes[0].kind}", "the first, for time, must be 1")
    tile = declared.tile_pixels
    if tile is None or tile < 1:
        return
    for size, axis in zip(sizes[1:], ("y", "x"), strict=True):
        length = size.integer
        if length is not None and length >= 1 and tile % length:
            near = max(divisor for divisor in _divisors(tile) if divisor <= max(length, 1))
            yield size.error(
                f"is {shown(length)}, which does not divide the {tile} pixels of a tile in {axis}",
                f"use {near}, for example",
            )


@functools.lru_cache(maxsize=16)
def _divisors(number: int) -> list[int]:
    small = [i for i in range(1, math.isqrt(number) + 1) if number % i == 0]
    return small + [number // i for i in small]


def _values(declared: Declared, name: str, dtype: Node, fill: Node) -> Iterator[Finding]:
    kind = dtype.text
    if kind is None or kind not in _HOLDS:
        return
    output = declared.outputs.get(name)
    if output is not None and output.sample_type not in _HOLDS[kind]:
        yield dtype.error(
            f'is "{kind}", which cannot hold output {quoted(name)} of sampleType {output.sample_type}',
            f'use "{_LOSSLESS[output.sample_type]}", or change the sampleType',
        )
    if not fill.given:
        return
    if kind in _FLOATS:
        if fill.number is None and fill.text not in _NOT_NUMBERS and not isinstance(fill.value, float):
            yield fill.error(f"is {fill.kind}", f"give a number or one of {joined(_NOT_NUMBERS)}")
        return
    least, most = _RANGES.get(kind) or _RANGES[kind[1:]]
    if fill.integer is None or not least <= fill.integer <= most:
        given = shown(fill.value) if fill.number is not None else fill.kind
        yield fill.error(
            f'is {given}, which "{kind}" of array {quoted(name)} cannot hold',
            f"give a whole number from {least} to {most}",
        )
