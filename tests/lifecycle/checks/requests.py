"""Valid requests to start from: the two of the vendor's workflow document, and one with a collection."""

from __future__ import annotations

from typing import Any

MAX_NDVI = """
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

THREE_ARRAYS = """
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
function evaluatePixel(samples) {
return { maxNDVI: [0], band04: [0], band08: [0] }
}
"""

TWO_FILES = """//VERSION=3
function setup() {
  return {
    input: ["B04", "B08"],
    output: [{ id: "red", bands: 1, sampleType: "FLOAT32" }, { id: "nir", bands: 1, sampleType: "FLOAT32" }]
  }
}
function evaluatePixel(sample) {
  return { red: [sample.B04], nir: [sample.B08] }
}
"""


def script(
    *, inputs: str = '["B04", "B08"]', outputs: str = '{ id: "default", bands: 1 }', more: str = ""
) -> str:
    """An evalscript with these inputs and outputs."""
    setup = f"function setup() {{ return {{ input: {inputs}, output: {outputs} {more} }} }}"
    return f"//VERSION=3\n{setup}\nfunction evaluatePixel(sample) {{ return [1] }}\n"


def _process(evalscript: str, identifiers: list[str], format_type: str) -> dict[str, Any]:
    return {
        "input": {
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
        },
        "output": {
            "responses": [{"identifier": name, "format": {"type": format_type}} for name in identifiers]
        },
        "evalscript": evalscript,
    }


def geotiff() -> dict[str, Any]:
    """Option 1 of the workflow document: max NDVI over Corsica."""
    return {
        "process_request": _process(MAX_NDVI, ["default"], "image/tiff"),
        "tiling_grid": {"id": 0, "resolution": 60.0},
        "bucket_name": "my-bucket",
        "description": "Max NDVI over Corsica",
    }


def zarr() -> dict[str, Any]:
    """Option 2 of the workflow document: three arrays of one Zarr group."""
    return {
        "process_request": _process(THREE_ARRAYS, ["band08", "band04", "maxNDVI"], "zarr/array"),
        "tiling_grid": {"id": 6, "resolution": 100.0},
        "zarr_output": {
            "path": "s3://my-bucket/<requestId>",
            "group": {"zarr_format": 2},
            "arrayParameters": {"dtype": "<u2", "order": "C", "chunks": [1, 1000, 1000], "fill_value": 0},
            "arrayOverrides": {"maxNDVI": {"dtype": "<f4", "fill_value": "NaN"}},
        },
        "description": "Max NDVI over Corsica with Zarr format output",
    }


def collection() -> dict[str, Any]:
    """A request that makes a collection: COGs of one band each."""
    return {
        "process_request": _process(TWO_FILES, ["red", "nir"], "image/tiff"),
        "tiling_grid": {"id": 0, "resolution": 60.0, "bufferX": 0, "bufferY": 0},
        "output": {
            "defaultTilePath": "s3://my-bucket/corsica/<requestId>/<tileName>/<outputId>.tif",
            "cogOutput": True,
            "createCollection": True,
            "cogParameters": {"resamplingAlgorithm": "average"},
        },
        "description": "Red and near infrared",
    }
