"""Rules of ``processRequest``, which both generations share [OpenAPI: ProcessRequestForBatch].

The evalscript is looked at in analysis only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ..wire import ApiError, Json, bad, expect, wrong_type
from .data import check_data

FORMATS = ("image/tiff", "application/json", "zarr/array")
KNOWN_FORMATS = ("image/jpeg", "image/png", "image/tiff", "application/json", "zarr/array", "sentinel/full")
_CRS = re.compile(r"https?://www\.opengis\.net/def/crs/(OGC/1\.3/CRS84|EPSG/0/(\d{4,5}))$")
_NAME = re.compile(r"[A-Za-z0-9_-]+$")
# [docs: Process API, supported CRS] WGS84, Web Mercator, LAEA, national grids, UTM north and south.
SUPPORTED_EPSG = {
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
SUPPORTED_EPSG |= {2154, 2180, 2326, 2100, 3003, 3004, 3031, 25833, 28191, 32118, 6870}
SUPPORTED_EPSG |= set(range(32601, 32661)) | set(range(32701, 32761))


def check_process(
    process: Json, data_exists: Callable[[str], bool], *, bounds_needed: bool = True
) -> list[Json]:
    """The responses with their defaults. Raises ApiError (400).

    Args:
        process: the member of the request.
        data_exists: whether there is a collection of the user's own of that type, such as ``batch-<id>``.
        bounds_needed: whether there must be ``input.bounds``.
    """
    source = expect(process.get("input"), dict, "processRequest->input")
    if bounds_needed or source.get("bounds") is not None:
        _check_bounds(expect(source.get("bounds"), dict, "processRequest->input->bounds"))
    check_data(source.get("data"), data_exists)
    script = expect(process.get("evalscript"), str, "processRequest->evalscript")
    if not script.strip():
        raise bad("processRequest->evalscript", "Evalscript must not be empty.")
    return _check_responses(process.get("output"))


def check_formats(responses: list[Json], *, zarr: bool, member: str) -> None:
    """All responses are Zarr arrays, or none is. Raises ApiError (400).

    Args:
        responses: checked ones.
        zarr: whether the request writes Zarr.
        member: what of the request says so, for the message.
    """
    for index, response in enumerate(responses):
        if (response["format"]["type"] == "zarr/array") == zarr:
            continue
        message = f"All outputs must be of type zarr/array when {member} is specified."
        raise bad(
            f"processRequest->output->responses[{index}]->format",
            message if zarr else f"Format zarr/array requires {member}.",
        )


def _check_bounds(bounds: Json) -> None:
    path = "processRequest->input->bounds"
    crs = (bounds.get("properties") or {}).get("crs", "http://www.opengis.net/def/crs/OGC/1.3/CRS84")
    found = _CRS.match(crs) if isinstance(crs, str) else None
    if found is None or (found.group(2) and int(found.group(2)) not in SUPPORTED_EPSG):
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
