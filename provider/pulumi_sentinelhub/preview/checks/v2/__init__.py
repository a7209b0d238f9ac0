"""The checks of batch v2, over the same declared inputs as v1's, and ``features`` and ``role_arn``."""

from __future__ import annotations

from typing import Final

from ....batch.v2.pricing import batch_factor
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
from .access import check_role
from .collection import check_generation
from .delivery import check_delivery, check_own_paths
from .dialect import DIALECT
from .features import check_features
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
        check_features,
        check_family,
        check_files,
        check_own_paths,
        check_delivery,
        check_role,
        check_cog,
        check_collection,
        check_generation,
        check_zarr_path,
        check_zarr,
    ),
    batch_factor=batch_factor,
)
