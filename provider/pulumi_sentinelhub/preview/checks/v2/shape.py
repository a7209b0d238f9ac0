"""What must be there in a request of batch v2, and names that are probably misspelt.

Source: [batch OpenAPI: BatchV2ProcessRequest and what it refers to; addendum on v2].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from ....finding import Finding, conflict, none_given
from ..common import shape
from ..common.declared import Declared

CUTTERS: Final = ("tiling_grid", "features")
"""What cuts the area into tiles."""
# `responses` has a message of its own
_OUTPUT = (
    "defaultTilePath overwrite skipExisting cogOutput cogParameters createCollection collectionId responses"
)
MEMBERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **shape.PROCESS,
        "tiling_grid": shape.GRID,
        "features": "s3 defaults",
        "features.s3": "url region",
        "features.defaults": "width height resolution",
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
    given = [name for name in CUTTERS if not declared.root[name].absent]
    if len(given) > 1:
        yield conflict(given, CUTTERS)
    if not declared.adopting:
        # the area may be left out with features, which are then all processed
        yield from shape.missing_in_process(declared.process, bounds=declared.features.absent)
        if not given:
            yield none_given(CUTTERS, told_of="tiling_grid", example='{"id": 0, "resolution": 60.0}')
        elif declared.features.absent:
            yield from shape.missing_in_grid(declared.tiling_grid)
    yield from shape.check_members(declared, MEMBERS)
