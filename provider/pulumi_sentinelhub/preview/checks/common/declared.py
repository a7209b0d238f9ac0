"""A declared batch request, with what several checks ask of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ....evalscript import OutputSpec, Setup
from ...grids import Grid, known_grid
from .area import Ring, polygons_of
from .dialect import Dialect
from .node import Node

USERDATA = "userdata"
DEFAULT_IDENTIFIER = "default"


@dataclass(frozen=True)
class Declared:
    """The inputs of a BatchRequest.

    Attributes:
        root: all inputs.
        dialect: where their generation of the API keeps what, and what it calls it.
        setup: what the evalscript declares; None when it is unknown or wrong.
        deployment: name of the deployment, or None.
    """

    root: Node
    dialect: Dialect
    setup: Setup | None
    deployment: str | None = None

    @property
    def adopting(self) -> bool:
        """An existing request is taken over: what is not given comes from the service."""
        return not self.root["adopt_id"].absent

    @property
    def process(self) -> Node:
        """The Process API part."""
        return self.root["process_request"]

    @property
    def tiling_grid(self) -> Node:
        """The tiling grid."""
        return self.dialect.grid(self.root)

    @property
    def features(self) -> Node:
        """The file of features that stands in place of a tiling grid."""
        return self.root["features"]

    @property
    def files(self) -> Node:
        """The output of one file a tile."""
        return self.dialect.files(self.root)

    @property
    def zarr(self) -> Node:
        """The output of one Zarr group."""
        return self.dialect.zarr(self.root)

    @property
    def bounds(self) -> Node:
        """The area of interest."""
        return self.process["input"]["bounds"]

    @cached_property
    def polygons(self) -> list[list[Ring]]:
        """The rings of the area's geometry, polygon by polygon."""
        return polygons_of(self.bounds["geometry"])

    @property
    def data(self) -> Node:
        """The list of collections that are read."""
        return self.process["input"]["data"]

    @property
    def responses(self) -> Node:
        """The list of responses."""
        return self.process["output"]["responses"]

    @cached_property
    def response_ids(self) -> tuple[str, ...] | None:
        """Identifiers of the responses; None when any of them is unknown or wrong."""
        if self.responses.partly_unknown or not self.responses.is_list:
            return None
        ids = [response_id(response) for response in self.responses.elements()]
        known = [identifier for identifier in ids if identifier is not None]
        return tuple(known) if len(known) == len(ids) else None

    @cached_property
    def written(self) -> frozenset[str]:
        """The same, to look names up in; empty where they are not known."""
        return frozenset(self.response_ids or ())

    @cached_property
    def outputs(self) -> Mapping[str, OutputSpec]:
        """The evalscript's outputs by id; empty where they are not known."""
        return {output.id: output for output in self.setup.outputs} if self.setup is not None else {}

    @cached_property
    def grid(self) -> Grid | None:
        """Its row in our table, if it is one that we know."""
        return known_grid(self.tiling_grid["id"].value)

    @cached_property
    def tile_pixels(self) -> int | None:
        """Width and height of a tile without buffer, if grid and resolution are known."""
        resolution = self.tiling_grid["resolution"].number
        if self.grid is None or resolution is None or resolution <= 0:
            return None
        if self.grid.tile_size / resolution > 1e9:  # nonsense, of which another check tells
            return None
        return self.grid.tile_pixels(resolution)


def response_id(response: Node) -> str | None:
    """Identifier of a response, ``default`` when it has none; None when unknown or wrong."""
    identifier = response["identifier"]
    if not response.is_mapping:
        return None
    return DEFAULT_IDENTIFIER if identifier.absent else identifier.text
