"""The smallest inputs of a batch request: one tile, one band, ten days."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

#: One tile of 20 km at 60 m, and four around the strait of Bonifacio: degrees, west, south, east, north.
ONE_TILE = (9.12, 41.36, 9.22, 41.46)
FOUR_TILES = (9.02, 41.30, 9.32, 41.56)

EVALSCRIPT = """//VERSION=3
function setup() {
  return {input: ["B04"], output: {id: "default", bands: 1, sampleType: "UINT16"}};
}
function evaluatePixel(sample) { return [sample.B04]; }
"""


def key(name: str) -> str:
    """A declaration's key, as the program makes it."""
    return hashlib.sha256(name.encode()).hexdigest()[:20]


def process_request(
    evalscript: str = EVALSCRIPT,
    bbox: tuple[float, ...] = ONE_TILE,
    dates: tuple[str, str] = ("2019-06-10T00:00:00Z", "2019-06-20T00:00:00Z"),
) -> dict[str, Any]:
    """What is computed."""
    data = {
        "type": "sentinel-2-l2a",
        "dataFilter": {"timeRange": dict(zip(("from", "to"), dates, strict=True))},
    }
    return {
        "input": {"bounds": {"bbox": list(bbox)}, "data": [data]},
        "output": {"responses": [{"identifier": "default", "format": {"type": "image/tiff"}}]},
        "evalscript": evalscript,
    }


def declared(name: str = "a job", **changes: Any) -> dict[str, Any]:
    """The inputs of a ``BatchRequest`` with this description and key, or others where ``changes`` says so."""
    usual = {
        "process_request": process_request(),
        "tiling_grid": {"id": 0, "resolution": 60},
        "bucket_name": "results",
        "description": name,
        "on_delete": "cancel",
        "deployment": "aws-eu-central-1",
        "declaration": key(name),
    }
    return {**usual, **changes}


def payload(bucket: str = "results", **changes: Any) -> dict[str, Any]:
    """The same request as a notebook posts it."""
    usual = {
        "processRequest": process_request(),
        "tilingGrid": {"id": 0, "resolution": 60.0},
        "bucketName": bucket,
    }
    return {**usual, **changes}


#: Features that can be written.
AREAS: Mapping[str, Any] = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [[[8, 41], [9, 41], [9, 42], [8, 41]]]},
            "properties": {"identifier": "a", "resolution": 10.0},
        }
    ],
}
