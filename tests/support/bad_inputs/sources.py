"""Mistakes in what is read: the request as a whole, area, dates and collections."""

from __future__ import annotations

from typing import Any

from tests.support import requests
from tests.support.bad_inputs.mistake import (
    BBOX,
    CRS,
    DATA,
    FILTER,
    GEOMETRY,
    GEOTIFF,
    P_BOUNDS,
    P_DATA,
    P_TIME,
    REMOVED,
    TIME,
    Bad,
)

_OPEN_RING = [[[8.0, 41.0], [9.0, 41.0], [9.0, 42.0], [8.0, 42.0]]]
_TALL_RING = [[[8.0, 41.0, 5.0], [9.0, 41.0, 5.0], [9.0, 42.0, 5.0], [8.0, 41.0, 5.0]]]


def _s1_wrong_polarization() -> dict[str, Any]:
    inputs = requests.geotiff()
    inputs["process_request"]["evalscript"] = requests.script(inputs='["VV", "VH"]')
    return inputs


SOURCES = (
    # the request as a whole
    Bad("no process request", GEOTIFF, ("process_request",), REMOVED, "is missing"),
    Bad("no tiling grid", GEOTIFF, ("tiling_grid",), REMOVED, "is missing"),
    Bad("a process request that is a text", GEOTIFF, ("process_request",), "x", "give an object"),
    Bad("no data", GEOTIFF, DATA, REMOVED, "is missing"),
    Bad("a description that is a number", GEOTIFF, ("description",), 3, "give a text"),
    # where
    Bad("no area", GEOTIFF, BBOX, REMOVED, "names no area", P_BOUNDS),
    Bad(
        "a bounding box of 3 numbers",
        GEOTIFF,
        BBOX,
        [8.44, 41.31, 9.66],
        "has 3 numbers; a bounding box needs 4: [min x, min y, max x, max y]",
    ),
    Bad("a coordinate that is a text", GEOTIFF, (*BBOX, 1), "41", "finite number"),
    Bad("a bounding box without area", GEOTIFF, (*BBOX, 2), 8.44, "has no area", f"{P_BOUNDS}.bbox"),
    Bad("a latitude of 143", GEOTIFF, (*BBOX, 3), 143, "latitudes within ±90", f"{P_BOUNDS}.bbox"),
    Bad("metres taken for degrees", GEOTIFF, BBOX, [940000, 5060000, 1075000, 5330000], "name their CRS"),
    Bad("an area beyond the grid", GEOTIFF, BBOX, [8, 82, 9, 83], "lies outside the tiling grid"),
    Bad(
        "an unknown CRS",
        GEOTIFF,
        CRS,
        "http://www.opengis.net/def/crs/EPSG/0/9999",
        "which the service does not know",
    ),
    Bad("a CRS that is no URL", GEOTIFF, CRS, "EPSG:3857", "use http://www.opengis.net/def/crs/EPSG/0/3857"),
    Bad(
        "a geometry that is a feature",
        GEOTIFF,
        GEOMETRY,
        {"type": "Feature", "geometry": {}},
        "the geometry inside the Feature",
        f"{P_BOUNDS}.geometry.type",
    ),
    Bad(
        "an open ring",
        GEOTIFF,
        GEOMETRY,
        {"type": "Polygon", "coordinates": _OPEN_RING},
        "is not closed; repeat its first position as its last",
        f"{P_BOUNDS}.geometry.coordinates[0]",
    ),
    Bad(
        "coordinates with heights",
        GEOTIFF,
        GEOMETRY,
        {"type": "MultiPolygon", "coordinates": [_TALL_RING]},
        "give [x, y] alone",
        f"{P_BOUNDS}.geometry.coordinates[0][0][0]",
    ),
    # when
    Bad("a time range backwards", GEOTIFF, (*TIME, "to"), "2018-06-30T00:00:00Z", "runs backwards", P_TIME),
    Bad("a date without time", GEOTIFF, (*TIME, "from"), "2019-04-01", "write 2019-04-01T00:00:00Z"),
    Bad("no time zone", GEOTIFF, (*TIME, "from"), "2019-04-01T00:00:00", "add Z for UTC"),
    Bad("the 31st of June", GEOTIFF, (*TIME, "to"), "2019-06-31T00:00:00Z", "is no moment"),
    # which data
    Bad("an empty list of data", GEOTIFF, DATA, [], "is empty"),
    Bad("data without type", GEOTIFF, (*DATA, 0, "type"), REMOVED, "is missing"),
    Bad("cloud coverage of 130 %", GEOTIFF, (*FILTER, "maxCloudCoverage"), 130, "from 0 to 100"),
    Bad(
        "an unknown mosaicking order",
        GEOTIFF,
        (*FILTER, "mosaickingOrder"),
        "newest",
        "mostRecent, leastRecent, leastCC",
    ),
    Bad(
        "radar ordered by clouds",
        _s1_wrong_polarization,
        (*DATA, 0),
        {"type": "sentinel-1-grd", "dataFilter": {"mosaickingOrder": "leastCC"}},
        "knows no cloud coverage",
        f"{P_DATA}[0].dataFilter.mosaickingOrder",
    ),
    Bad(
        "an unknown interpolation",
        GEOTIFF,
        (*DATA, 0, "processing"),
        {"upsampling": "LANCZOS"},
        "NEAREST, BILINEAR, BICUBIC",
        f"{P_DATA}[0].processing.upsampling",
    ),
    Bad(
        "two collections of one id",
        GEOTIFF,
        DATA,
        [{"type": "sentinel-2-l2a", "id": "a"}, {"type": "sentinel-2-l1c", "id": "a"}],
        "an id of its own",
        f"{P_DATA}[1].id",
    ),
)
