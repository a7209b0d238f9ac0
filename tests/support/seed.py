"""The two payloads of the vendor's workflow examples, verbatim but for the bucket."""

from __future__ import annotations

from typing import Any

MAX_NDVI_COLOURED = """
//VERSION=3
function setup() {
return {
input: [{
bands: ["B04", "B08"]
}],
output: [{
id: "default",
bands: 3
}],
mosaicking: Mosaicking.ORBIT
}
}
function calcNDVI(sample) {
var denom = sample.B04 + sample.B08
return ((denom != 0) ? (sample.B08 - sample.B04) / denom : 0.0)
}
const maxNDVIcolors = [
[-0.2, 0xbfbfbf],
[0, 0xebebeb],
[0.1, 0xc8c682],
[0.2, 0x91bf52],
[0.4, 0x4f8a2e],
[0.6, 0x0f540c]
]
const visualizer = new ColorRampVisualizer(maxNDVIcolors);
function evaluatePixel(samples) {
var max = 0
for (var i = 0; i < samples.length; i++) {
var ndvi = calcNDVI(samples[i])
max = ndvi > max ? ndvi : max
}
ndvi = max
return visualizer.process(ndvi)
}
"""

MAX_NDVI_ARRAYS = """
//VERSION=3
function setup() {
return {
input: [{
bands: ["B04", "B08"]
}],
output: [{
id: "maxNDVI",
sampleType: "FLOAT32",
bands: 1
},
{
id: "band04",
sampleType: "UINT16",
bands: 1
},
{
id: "band08",
sampleType: "UINT16",
bands: 1
}],
mosaicking: Mosaicking.ORBIT
}
}
function calcNDVI(sample) {
var denom = sample.B04 + sample.B08
return ((denom != 0) ? (sample.B08 - sample.B04) / denom : 0.0)
}
function evaluatePixel(samples) {
var maxNDVI = 0
var band04 = 0
var band08 = 0
for (var i = 0; i < samples.length; i++) {
var ndvi = calcNDVI(samples[i])
if (ndvi > maxNDVI){
maxNDVI = ndvi
band04 = samples[i].B04
band08 = samples[i].B08
}
}
return {
maxNDVI: [maxNDVI],
band04: [band04],
band08: [band08]
}
}
"""


def _input() -> dict[str, Any]:
    return {
        "bounds": {
            "bbox": [8.44, 41.31, 9.66, 43.1],
            "properties": {"crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"},
        },
        "data": [
            {
                "dataFilter": {
                    "timeRange": {"from": "2019-04-01T00:00:00Z", "to": "2019-06-30T00:00:00Z"},
                    "maxCloudCoverage": 70.0,
                },
                "type": "sentinel-2-l2a",
            }
        ],
    }


def geotiff(bucket: str) -> dict[str, Any]:
    """Option 1: GeoTiff format output."""
    return {
        "processRequest": {
            "input": _input(),
            "output": {"responses": [{"identifier": "default", "format": {"type": "image/tiff"}}]},
            "evalscript": MAX_NDVI_COLOURED,
        },
        "tilingGrid": {"id": 0, "resolution": 60.0},
        "bucketName": bucket,
        "description": "Max NDVI over Corsica",
    }


def zarr(bucket: str) -> dict[str, Any]:
    """Option 2: Zarr format output. The path has no scheme there either."""
    responses = [
        {"identifier": name, "format": {"type": "zarr/array"}} for name in ("band08", "band04", "maxNDVI")
    ]
    return {
        "processRequest": {
            "input": _input(),
            "output": {"responses": responses},
            "evalscript": MAX_NDVI_ARRAYS,
        },
        "tilingGrid": {"id": 6, "resolution": 100.0},
        "zarrOutput": {
            "path": f"{bucket}/<requestId>",
            "group": {"zarr_format": 2},
            "arrayParameters": {"dtype": "<u2", "order": "C", "chunks": [1, 1000, 1000], "fill_value": 0},
            "arrayOverrides": {"maxNDVI": {"dtype": "<f4", "fill_value": "NaN"}},
        },
        "description": "Max NDVI over Corsica with Zarr format output",
    }
