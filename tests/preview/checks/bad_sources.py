"""Mistakes in what is read: the request as a whole, area, dates and collections."""

from __future__ import annotations

from typing import Any

from tests.preview.checks import requests
from tests.preview.checks.bad_input import (
    BOUNDS,
    DATA,
    GEOTIFF,
    P_BOUNDS,
    P_DATA,
    P_TIME,
    REMOVED,
    TIME,
    BadInput,
)

_OPEN_RING = [[[8.0, 41.0], [9.0, 41.0], [9.0, 42.0], [8.0, 42.0]]]
_TALL_RING = [[[8.0, 41.0, 5.0], [9.0, 41.0, 5.0], [9.0, 42.0, 5.0], [8.0, 41.0, 5.0]]]


def _s1_wrong_polarization() -> dict[str, Any]:
    inputs = requests.geotiff()
    inputs["process_request"]["evalscript"] = requests.script(inputs='["VV", "VH"]')
    return inputs


SOURCES = (
    # the request as a whole
    BadInput("no process request", GEOTIFF, ("process_request",), REMOVED, "process_request", "is missing"),
    BadInput("no tiling grid", GEOTIFF, ("tiling_grid",), REMOVED, "tiling_grid", "is missing"),
    BadInput(
        "a process request that is a text",
        GEOTIFF,
        ("process_request",),
        "x",
        "process_request",
        "give an object",
    ),
    BadInput("no data", GEOTIFF, DATA, REMOVED, P_DATA, "is missing"),
    BadInput("a description that is a number", GEOTIFF, ("description",), 3, "description", "give a text"),
    # where
    BadInput("no area", GEOTIFF, (*BOUNDS, "bbox"), REMOVED, P_BOUNDS, "names no area"),
    BadInput(
        "a bounding box of 3 numbers",
        GEOTIFF,
        (*BOUNDS, "bbox"),
        [8.44, 41.31, 9.66],
        f"{P_BOUNDS}.bbox",
        "has 3 numbers; a bounding box needs 4: [min x, min y, max x, max y]",
    ),
    BadInput(
        "a coordinate that is a text",
        GEOTIFF,
        (*BOUNDS, "bbox", 1),
        "41",
        f"{P_BOUNDS}.bbox[1]",
        "finite number",
    ),
    BadInput(
        "a bounding box without area", GEOTIFF, (*BOUNDS, "bbox", 2), 8.44, f"{P_BOUNDS}.bbox", "has no area"
    ),
    BadInput(
        "a latitude of 143", GEOTIFF, (*BOUNDS, "bbox", 3), 143, f"{P_BOUNDS}.bbox", "latitudes within ±90"
    ),
    BadInput(
        "metres taken for degrees",
        GEOTIFF,
        (*BOUNDS, "bbox"),
        [940000, 5060000, 1075000, 5330000],
        f"{P_BOUNDS}.bbox",
        "name their CRS",
    ),
    BadInput(
        "an area beyond the grid",
        GEOTIFF,
        (*BOUNDS, "bbox"),
        [8, 82, 9, 83],
        f"{P_BOUNDS}.bbox",
        "lies outside the tiling grid",
    ),
    BadInput(
        "an unknown CRS",
        GEOTIFF,
        (*BOUNDS, "properties", "crs"),
        "http://www.opengis.net/def/crs/EPSG/0/9999",
        f"{P_BOUNDS}.properties.crs",
        "which the service does not know",
    ),
    BadInput(
        "a CRS that is no URL",
        GEOTIFF,
        (*BOUNDS, "properties", "crs"),
        "EPSG:3857",
        f"{P_BOUNDS}.properties.crs",
        "use http://www.opengis.net/def/crs/EPSG/0/3857",
    ),
    BadInput(
        "a geometry that is a feature",
        GEOTIFF,
        (*BOUNDS, "geometry"),
        {"type": "Feature", "geometry": {}},
        f"{P_BOUNDS}.geometry.type",
        "the geometry inside the Feature",
    ),
    BadInput(
        "an open ring",
        GEOTIFF,
        (*BOUNDS, "geometry"),
        {"type": "Polygon", "coordinates": _OPEN_RING},
        f"{P_BOUNDS}.geometry.coordinates[0]",
        "is not closed; repeat its first position as its last",
    ),
    BadInput(
        "coordinates with heights",
        GEOTIFF,
        (*BOUNDS, "geometry"),
        {"type": "MultiPolygon", "coordinates": [_TALL_RING]},
        f"{P_BOUNDS}.geometry.coordinates[0][0][0]",
        "give [x, y] alone",
    ),
    # when
    BadInput(
        "a time range backwards", GEOTIFF, (*TIME, "to"), "2018-06-30T00:00:00Z", P_TIME, "runs backwards"
    ),
    BadInput(
        "a date without time",
        GEOTIFF,
        (*TIME, "from"),
        "2019-04-01",
        f"{P_TIME}.from",
        "write 2019-04-01T00:00:00Z",
    ),
    BadInput(
        "no time zone", GEOTIFF, (*TIME, "from"), "2019-04-01T00:00:00", f"{P_TIME}.from", "add Z for UTC"
    ),
    BadInput(
        "the 31st of June", GEOTIFF, (*TIME, "to"), "2019-06-31T00:00:00Z", f"{P_TIME}.to", "is no moment"
    ),
    # which data
    BadInput("an empty list of data", GEOTIFF, DATA, [], P_DATA, "is empty"),
    BadInput("data without type", GEOTIFF, (*DATA, 0, "type"), REMOVED, f"{P_DATA}[0].type", "is missing"),
    BadInput(
        "cloud coverage of 130 %",
        GEOTIFF,
        (*DATA, 0, "dataFilter", "maxCloudCoverage"),
        130,
        f"{P_DATA}[0].dataFilter.maxCloudCoverage",
        "from 0 to 100",
    ),
    BadInput(
        "an unknown mosaicking order",
        GEOTIFF,
        (*DATA, 0, "dataFilter", "mosaickingOrder"),
        "newest",
        f"{P_DATA}[0].dataFilter.mosaickingOrder",
        "mostRecent, leastRecent, leastCC",
    ),
    BadInput(
        "radar ordered by clouds",
        _s1_wrong_polarization,
        (*DATA, 0),
        {"type": "sentinel-1-grd", "dataFilter": {"mosaickingOrder": "leastCC"}},
        f"{P_DATA}[0].dataFilter.mosaickingOrder",
        "knows no cloud coverage",
    ),
    BadInput(
        "an unknown interpolation",
        GEOTIFF,
        (*DATA, 0, "processing"),
        {"upsampling": "LANCZOS"},
        f"{P_DATA}[0].processing.upsampling",
        "NEAREST, BILINEAR, BICUBIC",
    ),
    BadInput(
        "two collections of one id",
        GEOTIFF,
        DATA,
        [{"type": "sentinel-2-l2a", "id": "a"}, {"type": "sentinel-2-l1c", "id": "a"}],
        f"{P_DATA}[1].id",
        "an id of its own",
    ),
)
