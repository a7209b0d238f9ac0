"""Rules of ``zarrOutput`` [OpenAPI: BatchZarrParameters]."""

from __future__ import annotations

from typing import Any

from ..payloads.process import check_formats
from ..payloads.zarr import check_single_crs, check_zarr, check_zarr_path
from ..wire import Json, bad


def check_zarr_output(zarr: Any, responses: list[Json], grid: Json, resolution: float) -> None:
    """Raises ApiError (400).

    Args:
        zarr: the member of the request.
        responses: the process request's responses, checked.
        grid: descriptor of the request's tiling grid.
        resolution: in the grid's units.
    """
    if not isinstance(zarr, dict):
        raise bad("zarrOutput", "Must be an object.")
    check_formats(responses, zarr=True, member="`zarrOutput`")
    check_single_crs(grid, "tilingGrid->id")
    # The scheme may be missing: the documentation's example has it folded into ``<MyBucket>``.
    check_zarr_path(zarr.get("path"), "zarrOutput->path", "(s3://)?")
    check_zarr(zarr, responses, grid, resolution, "zarrOutput")
