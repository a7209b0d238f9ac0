"""What POST refuses with 400 [OpenAPI: BatchV2ProcessRequest, edition of 2026; v2 docs].

GeoPackages and evalscripts are looked at in analysis only, buckets too unless an option says otherwise
(``bucket_checks``): the documents do not say when the service does, and a faulty one is a FAILED task then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..byoc.collections import PREFIX as BYOC
from ..payloads.grid import check_grid
from ..payloads.process import check_formats, check_process
from ..payloads.raster import check_cog, check_flags, check_template
from ..payloads.zarr import check_single_crs, check_zarr, check_zarr_path
from ..wire import Json, bad, expect, wrong_type
from .storage_checks import check_no_nulls, check_storage

GRID, GEOPACKAGE = "tiling-grid", "geopackage"
RASTER, ZARR = "raster", "zarr"
INSTANCES = ("normal", "large")
PLACEHOLDERS = frozenset({"<requestId>", "<tileName>", "<outputId>", "<format>"})
MOST_PIXELS = 3500  # a side of a feature's raster
_URL = "output->delivery->s3->url"


def check_create(payload: Any, grids: list[Json], data_exists: Callable[[str], bool]) -> None:
    """Raises ApiError (400) unless a task can be made from a payload.

    Args:
        payload: the decoded body.
        grids: tiling grid descriptors.
        data_exists: whether there is a collection of the user's own of that type, such as ``byoc-<id>``.
    """
    request = expect(payload, dict, "request")
    check_no_nulls(request)
    process = expect(request.get("processRequest"), dict, "processRequest")
    source = expect(request.get("input"), dict, "input")
    kind = source.get("type")
    if kind not in {GRID, GEOPACKAGE}:
        raise wrong_type("input->type", kind, (GRID, GEOPACKAGE))
    expect(process.get("output"), dict, "processRequest->output")
    responses = check_process(
        process,
        data_exists,
        # [v2 docs: area of interest] Mandatory for tiling grids.
        bounds_needed=kind == GRID,
    )
    grid = check_grid(source, grids, "input") if kind == GRID else None
    if kind == GEOPACKAGE:
        _check_geopackage(source)
    output = expect(request.get("output"), dict, "output")
    if output.get("type") not in {RASTER, ZARR}:
        raise wrong_type("output->type", output.get("type"), (RASTER, ZARR))
    if output["type"] == RASTER:
        _check_raster(output, responses, data_exists)
    else:
        _check_zarr(output, responses, grid, source)
    if request.get("instanceType", "normal") not in INSTANCES:
        raise wrong_type("instanceType", request["instanceType"], INSTANCES)
    if "description" in request:
        expect(request["description"], str, "description")


def _check_geopackage(source: Json) -> None:
    url = check_storage(source.get("features"), "input->features")
    if not url.removeprefix("s3://").partition("/")[2]:
        raise bad("input->features->s3->url", f"'{url}' is no GeoPackage file.")
    defaults = source.get("defaults")
    if defaults is None:
        return
    expect(defaults, dict, "input->defaults")
    sizes = [name for name in ("width", "height") if name in defaults]
    if bool(sizes) == ("resolution" in defaults) or len(sizes) == 1:
        raise bad("input->defaults", "Either width and height, or resolution, must be specified.")
    for name in sizes:
        if not 1 <= expect(defaults[name], int, f"input->defaults->{name}") <= MOST_PIXELS:
            raise bad(f"input->defaults->{name}", f"Must be between 1 and {MOST_PIXELS}.")
    if not sizes and expect(defaults["resolution"], (int, float), "input->defaults->resolution") <= 0:
        raise bad("input->defaults->resolution", "Must be greater than 0.")


def _check_raster(output: Json, responses: list[Json], data_exists: Callable[[str], bool]) -> None:
    url = check_storage(output.get("delivery"), "output->delivery")
    check_template(url, len(responses), _URL, PLACEHOLDERS, ("<tileName>",))
    check_formats(responses, zarr=False, member="output of type zarr")
    check_flags(output)
    check_cog(output)
    _check_collection(output, responses, data_exists)


def _check_collection(output: Json, responses: list[Json], data_exists: Callable[[str], bool]) -> None:
    """[OpenAPI: createCollection, collectionId] With both, results go into the one that is there."""
    linked = output.get("collectionId")
    if not output.get("createCollection", False) and linked is None:
        return
    if not output.get("cogOutput"):
        raise bad("output->cogOutput", "Writing to a BYOC collection requires cogOutput to be true.")
    for index, response in enumerate(responses):
        if response["format"]["type"] != "image/tiff":
            raise bad(
                f"processRequest->output->responses[{index}]->format",
                "Writing to a BYOC collection requires the format image/tiff.",
            )
    if linked is not None and not data_exists(f"{BYOC}{expect(linked, str, 'output->collectionId')}"):
        raise bad("output->collectionId", f"BYOC collection {linked} does not exist.")


def _check_zarr(output: Json, responses: list[Json], grid: Json | None, source: Json) -> None:
    url = check_storage(output.get("delivery"), "output->delivery")
    check_zarr_path(url, _URL, "s3://")
    check_formats(responses, zarr=True, member="output of type zarr")
    if grid is None:
        raise bad("input->type", "Zarr output is only supported for WGS84 and LAEA tiling grids.")
    check_single_crs(grid, "input->id")
    check_zarr(output, responses, grid, source["resolution"], "output")
