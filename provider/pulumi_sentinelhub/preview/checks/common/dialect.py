"""Where one generation of the batch API keeps what the shared checks read, and what it calls that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .node import Node

Part = Callable[[Node], Node]
"""From all inputs to one part of them; a node that is absent where the request has no such part."""


@dataclass(frozen=True)
class Dialect:
    """The parameters of the shared checks.

    Attributes:
        grid: the tiling grid: ``id``, ``resolution``, ``bufferX``, ``bufferY``.
        files: the output of one file a tile: ``cogOutput``, ``createCollection``, ``overwrite``, and so on.
        file_path: the URL that says where these files go, with or without placeholders.
        zarr: the output of one Zarr group: ``group``, ``arrayParameters``, ``arrayOverrides``.
        zarr_path: the URL that says where the group goes.
        grid_name: how messages call the tiling grid.
        zarr_name: how messages call the Zarr output.
        placeholders: what the service fills in in ``file_path``.
        tile_placeholders: those of them that tell tiles apart; a template needs one.
        zarr_placeholders: what the service fills in in ``zarr_path``.
        bare_zarr_path: a ``zarr_path`` without scheme is only warned about.
        collection: how messages call a collection that results are added to.
        renamed: placeholders of another generation, and which of ``placeholders`` takes their place.
    """

    grid: Part
    files: Part
    file_path: Part
    zarr: Part
    zarr_path: Part
    grid_name: str
    zarr_name: str
    placeholders: tuple[str, ...]
    tile_placeholders: tuple[str, ...]
    zarr_placeholders: tuple[str, ...]
    bare_zarr_path: bool
    collection: str
    renamed: Mapping[str, str] = field(default_factory=dict)
