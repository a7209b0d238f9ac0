"""The checks of batch v1."""

from __future__ import annotations

from typing import Final

from ....batch.v1.pricing import batch_factor
from ..common.bounds import check_bounds
from ..common.cog import check_cog
from ..common.collection import check_collection
from ..common.data import check_data
from ..common.family import check_family
from ..common.file_path import check_files, check_zarr_path
from ..common.grid import check_grid
from ..common.responses import check_responses
from ..common.script import check_script
from ..common.time_range import check_time
from ..common.zarr import check_zarr
from ..room import Room
from .dialect import DIALECT
from .output import check_own_paths
from .shape import check_shape

ROOM: Final = Room(
    dialect=DIALECT,
    checks=(
        check_shape,
        check_bounds,
        check_data,
        check_time,
        check_script,
        check_responses,
        check_grid,
        check_family,
        check_files,
        check_own_paths,
        check_cog,
        check_collection,
        check_zarr_path,
        check_zarr,
    ),
    batch_factor=batch_factor,
)
