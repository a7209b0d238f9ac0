"""What POST refuses with 400 [batch docs; OpenAPI: BatchProcessRequest]."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ..payloads.grid import check_grid
from ..payloads.process import check_formats, check_process
from ..wire import Json, bad, expect
from .output_checks import check_raster_output
from .zarr_checks import check_zarr_output

FAMILIES = ("output", "bucketName", "zarrOutput")


def check_create(payload: Any, grids: list[Json], data_exists: Callable[[str], bool]) -> None:
    """Raises ApiError (400) unless a batch request can be made from a payload.

    Args:
        payload: the decoded body.
        grids: tiling grid descriptors.
        data_exists: whether there is a collection of the user's own of that type, such as ``batch-<id>``.
    """
    request = expect(payload, dict, "request")
    process = expect(request.get("processRequest"), dict, "processRequest")
    responses = check_process(process, data_exists)
    settings = request.get("tilingGrid")
    if settings is None:
        settings = {"id": request.get("tilingGridId"), "resolution": request.get("resolution")}
    grid = check_grid(settings, grids, "tilingGrid")
    given = [family for family in FAMILIES if request.get(family) is not None]
    if len(given) != 1:
        message = "Exactly one of `output`, `bucketName` and `zarrOutput` must be specified."
        raise bad(given[1] if given else "bucketName", message)
    if request.get("description") is not None:
        expect(request["description"], str, "description")
    if "zarrOutput" in given:
        check_zarr_output(request["zarrOutput"], responses, grid, settings["resolution"])
        return
    check_formats(responses, zarr=False, member="`zarrOutput`")
    if "bucketName" in given:
        check_bucket_name(expect(request["bucketName"], str, "bucketName"))
    else:
        output = expect(request["output"], dict, "output")
        check_raster_output(output, responses, lambda name: data_exists(f"batch-{name}"))


def check_bucket_name(bucket: str) -> None:
    """Raises ApiError (400) for a name that S3 does not allow."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", bucket):
        raise bad("bucketName", f"Invalid bucket name '{bucket}'.")
