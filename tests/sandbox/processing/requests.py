"""Requests for the tests: both options of the service's workflow example, and a small configurable one."""

from __future__ import annotations

from typing import Any

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CORSICA = [8.44, 41.31, 9.66, 43.1]
SPRING = {"from": "2019-04-01T00:00:00Z", "to": "2019-06-30T00:00:00Z"}

COLOURED_NDVI = """
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

NDVI_AND_BANDS = """
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


def _process(evalscript: str, identifiers: list[str], format_: str) -> dict[str, Any]:
    data_filter = {"timeRange": SPRING, "maxCloudCoverage": 70.0}
    return {
        "input": {
            "bounds": {"bbox": CORSICA, "properties": {"crs": CRS84}},
            "data": [{"dataFilter": data_filter, "type": "sentinel-2-l2a"}],
        },
        "output": {"responses": [{"identifier": name, "format": {"type": format_}} for name in identifiers]},
        "evalscript": evalscript,
    }


def option_1() -> dict[str, Any]:
    """GeoTIFF output, as published."""
    return {
        "processRequest": _process(COLOURED_NDVI, ["default"], "image/tiff"),
        "tilingGrid": {"id": 0, "resolution": 60.0},
        "bucketName": "results",
        "description": "Max NDVI over Corsica",
    }


def option_2() -> dict[str, Any]:
    """Zarr output, as published (the bucket's name has no scheme there)."""
    return {
        "processRequest": _process(NDVI_AND_BANDS, ["band08", "band04", "maxNDVI"], "zarr/array"),
        "tilingGrid": {"id": 6, "resolution": 100.0},
        "zarrOutput": {
            "path": "results/<requestId>",
            "group": {"zarr_format": 2},
            "arrayParameters": {"dtype": "<u2", "order": "C", "chunks": [1, 1000, 1000], "fill_value": 0},
            "arrayOverrides": {"maxNDVI": {"dtype": "<f4", "fill_value": "NaN"}},
        },
        "description": "Max NDVI over Corsica with Zarr format output",
    }


def small(
    evalscript: str,
    *,
    bbox: list[float] | None = None,
    data: list[dict[str, Any]] | None = None,
    responses: list[str] | None = None,
    grid: dict[str, Any] | None = None,
    output: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """One tile of 125 x 125 pixels over the north of Corsica, June 2019, unless told otherwise."""
    june = {"from": "2019-06-01T00:00:00Z", "to": "2019-06-30T23:59:59Z"}
    return {
        "processRequest": {
            "input": {
                "bounds": {"bbox": bbox or [9.2, 42.2, 9.4, 42.4], "properties": {"crs": CRS84}},
                "data": data or [{"type": "sentinel-2-l2a", "dataFilter": {"timeRange": june}}],
            },
            "output": {
                "responses": [
                    {
                        "identifier": name,
                        "format": {"type": "application/json" if name == "userdata" else "image/tiff"},
                    }
                    for name in responses or ["default"]
                ]
            },
            "evalscript": evalscript,
        },
        "tilingGrid": grid or {"id": 3, "resolution": 0.008},
        "output": output or {"defaultTilePath": "s3://results/folder"},
    }


def script(
    body: str,
    *,
    bands: str = '"B04"',
    output: str = "{bands: 1, sampleType: 'FLOAT32'}",
    mosaicking: str = "SIMPLE",
    extra: str = "",
    units: str = "",
) -> str:
    """An evalscript whose evaluatePixel has this body, and the documented parameters' names."""
    units = f', units: "{units}"' if units else ""
    return (
        "//VERSION=3\n"
        f"function setup() {{ return {{input: [{{bands: [{bands}]{units}}}], output: {output}, "
        f'mosaicking: "{mosaicking}"}} }}\n'
        f"function evaluatePixel(samples, scenes, inputMetadata, customData, outputMetadata) {{ {body} }}\n"
        f"{extra}"
    )
