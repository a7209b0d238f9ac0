"""What POST refuses with 400 [batch docs; OpenAPI: BatchProcessRequest].

The evalscript is looked at in analysis only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .data_checks import check_data
from .output_checks import check_raster_output
from .wire import ApiError, Json, bad, expect, wrong_type
from .zarr_checks import check_zarr_output

FORMATS = ("image/tiff", "application/json", "zarr/array")
KNOWN_FORMATS = ("image/jpeg", "image/png", "image/tiff", "application/json", "zarr/array", "sentinel/full")
FAMILIES = ("output", "bucketName", "zarrOutput")
_CRS = re.compile(r"https?://www\.opengis\.net/def/crs/(OGC/1\.3/CRS84|EPSG/0/(\d{4,5}))$")
_NAME = re.compile(r"[A-Za-z0-9_-]+$")
# [docs: Process API, supported CRS] WGS84, Web Mercator, LAEA, national grids, UTM north and south.
_EPSG = {
    4326,
    3857,
    3035,
    2193,
    3067,
    3346,
    3416,
    3765,
    3794,
    3844,
    3912,
    3995,
    4026,
    5514,
    25832,
    27700,
    28992,
    31370,
}
_EPSG |= {2154, 2180, 2326, 2100, 3003, 3004, 3031, 25833, 28191, 32118, 6870}
_EPSG |= set(range(32601, 32661)) | set(range(32701, 32761))
_BUFFER_LIMIT = 2**15 - 1


def check_create(payload: Any, grids: list[Json], data_exists: Callable[[str], bool]) -> None:
    """Raises ApiError (400) unless a batch request can be made from a payload.

    Args:
        payload: the decoded body.
        grids: tiling grid descriptors.
        data_exists: whether there is a collection of the user's own of that type, such as ``batch-<id>``.
    """
    request = expect(payload, dict, "request")
    process = expect(request.get("processRequest"), dict, "processRequest")
    _check_input(expect(process.get("input"), dict, "processRequest->input"), data_exists)
    script = expect(process.get("evalscript"), str, "processRequest->evalscript")
    if not script.strip():
        raise bad("processRequest->evalscript", "Evalscript must not be empty.")
    responses = _check_responses(process.get("output"))
    grid = _check_grid(request, grids)
    given = [family for family in FAMILIES if request.get(family) is not None]
    if len(given) != 1:
        message = "Exactly one of `output`, `bucketName` and `zarrOutput` must be specified."
        raise bad(given[1] if given else "bucketName", message)
    if request.get("description") is not None:
        expect(request["description"], str, "description")
    if "zarrOutput" in given:
        check_zarr_output(request["zarrOutput"], responses, grid, request)
        return
    for index, response in enumerate(responses):
        if response["format"]["type"] == "zarr/array":
            raise bad(
                f"processRequest->output->responses[{index}]->format",
                "Format zarr/array requires `zarrOutput`.",
            )
    if "bucketName" in given:
        bucket = expect(request["bucketName"], str, "bucketName")
        check_bucket_name(bucket, "bucketName")
    else:
        check_raster_output(
            expect(request["output"], dict, "output"), responses, lambda name: data_exists(f"batch-{name}")
        )


def check_bucket_name(bucket: str, parameter: str) -> None:
    """Raises ApiError (400) for a name that S3 does not allow."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", bucket):
        raise bad(parameter, f"Invalid bucket name '{bucket}'.")


def _check_input(source: Json, data_exists: Callable[[str], bool]) -> None:
    bounds = expect(source.get("bounds"), dict, "processRequest->input->bounds")
    path = "processRequest->input->bounds"
    crs = (bounds.get("properties") or {}).get("crs", "http://www.opengis.net/def/crs/OGC/1.3/CRS84")
    found = _CRS.match(crs) if isinstance(crs, str) else None
    if found is None or (found.group(2) and int(found.group(2)) not in _EPSG):
        raise bad(f"{path}->properties->crs", f"Unsupported CRS: {crs}")
    if bounds.get("bbox") is None and bounds.get("geometry") is None:
        raise bad(path, "Either bbox or geometry must be specified.")
    if bounds.get("bbox") is not None:
        bbox = expect(bounds["bbox"], list, f"{path}->bbox")
        if len(bbox) != 4:
            raise bad(f"{path}->bbox", "Bounding box must consist of exactly 4 coordinates.")
        west, south, east, north = (float(expect(n, (int, float), f"{path}->bbox")) for n in bbox)
        if west == east or south == north:
            raise bad(f"{path}->bbox", "Bounding box must have an area.")
    if bounds.get("geometry") is not None:
        geometry = expect(bounds["geometry"], dict, f"{path}->geometry")
        if geometry.get("type") not in {"Polygon", "MultiPolygon"}:
            raise bad(f"{path}->geometry", "Geometry must be a Polygon or a MultiPolygon.")
        expect(geometry.get("coordinates"), list, f"{path}->geometry->coordinates")
    check_data(source.get("data"), data_exists)


def _check_responses(output: Any) -> list[Json]:
    """The responses with their defaults, after a check."""
    if output is None:
        return [{"identifier": "default", "format": {"type": "image/tiff"}}]
    path = "processRequest->output->responses"
    responses = expect(expect(output, dict, "processRequest->output").get("responses", []), list, path)
    checked: list[Json] = []
    for index, response in enumerate(responses):
        expect(response, dict, f"{path}[{index}]")
        identifier = response.get("identifier", "default")
        if not _NAME.match(expect(identifier, str, f"{path}[{index}]->identifier")):
            raise bad(f"{path}[{index}]->identifier", f"Invalid identifier '{identifier}'.")
        form = expect(response.get("format"), dict, f"{path}[{index}]->format").get("type")
        if form not in FORMATS:
            raise _wrong_format(f"{path}[{index}]->format", form)
        if (form == "application/json") != (identifier == "userdata"):
            raise bad(
                f"{path}[{index}]->format", "Format application/json is for the identifier userdata only."
            )
        checked.append({"identifier": identifier, "format": {"type": form}})
    names = [response["identifier"] for response in checked]
    if len(set(names)) != len(names):
        raise bad(path, "Response identifiers must be unique.")
    return checked or [{"identifier": "default", "format": {"type": "image/tiff"}}]


def _wrong_format(parameter: str, form: Any) -> ApiError:
    if form in KNOWN_FORMATS:
        return bad(parameter, f"Format {form} is not supported in batch processing.")
    return wrong_type(parameter, form, KNOWN_FORMATS, "Format object.")


def _check_grid(request: Json, grids: list[Json]) -> Json:
    settings = request.get("tilingGrid")
    if settings is None:
        settings = {"id": request.get("tilingGridId"), "resolution": request.get("resolution")}
    expect(settings, dict, "tilingGrid")
    identifier = expect(settings.get("id"), int, "tilingGrid->id")
    resolution = expect(settings.get("resolution"), (int, float), "tilingGrid->resolution")
    grid = next((grid for grid in grids if grid["id"] == identifier), None)
    if grid is None:
        raise bad("tilingGrid->id", f"Tiling grid with id {identifier} does not exist.")
    allowed = grid["properties"]["resolutions"]
    if not any(abs(resolution - value) <= 1e-9 * value for value in allowed):
        listed = ", ".join(str(float(value)) for value in sorted(allowed))
        raise bad(
            "tilingGrid->resolution",
            f"Resolution {float(resolution)} is not supported by grid {identifier}. Supported: {listed}.",
        )
    for name in ("bufferX", "bufferY"):
        buffer = settings.get(name)
        if buffer is not None and not 0 <= expect(buffer, int, f"tilingGrid->{name}") <= _BUFFER_LIMIT:
            raise bad(f"tilingGrid->{name}", "Must not be negative.")
    return grid
