"""What must be there in a request of batch v1, and names that are probably misspelt.

Source: [batch OpenAPI: BatchProcessRequest and what it refers to].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from ....finding import Finding
from ..common import shape
from ..common.declared import Declared

_OUTPUT = (
    "defaultTilePath overwrite skipExisting cogOutput cogParameters createCollection collectionId responses"
)
MEMBERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **shape.PROCESS,
        "tiling_grid": shape.GRID,
        "output": _OUTPUT,
        "output.cogParameters": shape.COG,
        "zarr_output": "path group arrayParameters arrayOverrides",
        "zarr_output.group": shape.ZARR_GROUP,
        "zarr_output.group.coordinates": shape.ZARR_COORDINATES,
        "zarr_output.arrayParameters": shape.ZARR_ARRAY,
    }
)


def check_shape(declared: Declared) -> Iterator[Finding]:
    """Required members, kinds of the objects, and members that the service does not know."""
    if not declared.adopting:
        yield from shape.missing_in_process(declared.process)
    if not declared.features.absent:
        yield declared.features.error(
            "needs batch v2: v1 has tiling grids only",
            "run `pulumi config set sentinelhub:apiVersion v2`, or give tiling_grid in its place",
        )
    elif not declared.adopting:
        yield from shape.missing_in_grid(declared.tiling_grid)
    yield from shape.check_members(declared, MEMBERS)
