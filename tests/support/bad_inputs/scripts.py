"""Mistakes in how it is computed: evalscript, responses and tiling grid."""

from __future__ import annotations

from typing import Any

from tests.support import requests
from tests.support.bad_inputs.mistake import (
    COLLECTION,
    DATA,
    GEOTIFF,
    P_RESPONSES,
    P_SCRIPT,
    REMOVED,
    RESPONSES,
    SCRIPT,
    Bad,
)

_S1 = {"type": "sentinel-1-grd", "dataFilter": {"polarization": "SV"}}


def _s1_wrong_polarization() -> dict[str, Any]:
    inputs = requests.geotiff()
    inputs["process_request"]["evalscript"] = requests.script(inputs='["VV", "VH"]')
    return inputs


def _with_ids() -> dict[str, Any]:
    inputs = requests.geotiff()
    inputs["process_request"]["input"]["data"][0]["id"] = "l2a"
    return inputs


SCRIPTS = (
    # the evalscript
    Bad("no evalscript", GEOTIFF, SCRIPT, REMOVED, "is missing"),
    Bad("a version 1 script", GEOTIFF, SCRIPT, "return [B04]", "make //VERSION=3 its first line"),
    Bad("a syntax error", GEOTIFF, SCRIPT, "//VERSION=3\nfunction setup( {", "does not parse"),
    Bad("an endless loop", GEOTIFF, SCRIPT, "//VERSION=3\nwhile (true) {}", "does not come to an end"),
    Bad("no setup()", GEOTIFF, SCRIPT, "//VERSION=3\nfunction evaluatePixel() {}", "no function setup()"),
    Bad(
        "a sample type that does not exist",
        GEOTIFF,
        SCRIPT,
        requests.script(outputs='{ bands: 1, sampleType: "FLOAT64" }'),
        "AUTO, INT8, UINT8, INT16, UINT16, FLOAT32",
    ),
    Bad(
        "a band that L2A lacks",
        GEOTIFF,
        SCRIPT,
        requests.script(inputs='["B10"]'),
        "the cirrus band is only in sentinel-2-l1c",
    ),
    Bad("a band misspelt", GEOTIFF, SCRIPT, requests.script(inputs='["B8"]'), "did you mean B08?"),
    Bad(
        "a unit that the band lacks",
        GEOTIFF,
        SCRIPT,
        requests.script(inputs='[{ bands: ["B04"], units: "KELVIN" }]'),
        "use DN or REFLECTANCE",
    ),
    Bad(
        "a datasource that data lacks",
        _with_ids,
        SCRIPT,
        requests.script(inputs='[{ datasource: "s2", bands: ["B04"] }]'),
        'reads the datasource "s2"',
    ),
    Bad(
        "a polarization that the products lack",
        _s1_wrong_polarization,
        (*DATA, 0),
        _S1,
        'reads band "VH", which products of polarization SV do not have',
        P_SCRIPT,
    ),
    # responses
    Bad(
        "a response without output",
        GEOTIFF,
        (*RESPONSES, 0, "identifier"),
        "ndvi",
        'is "ndvi", but the evalscript has no such output',
    ),
    Bad("outputs without responses", COLLECTION, RESPONSES, REMOVED, "one response for each of red, nir"),
    Bad(
        "one output twice",
        COLLECTION,
        (*RESPONSES, 1, "identifier"),
        "red",
        "names red more than once",
        P_RESPONSES,
    ),
    Bad(
        "a PNG",
        GEOTIFF,
        (*RESPONSES, 0, "format", "type"),
        "image/png",
        "which batch does not write; use image/tiff",
    ),
    Bad(
        "JSON of pixels",
        GEOTIFF,
        (*RESPONSES, 0, "format", "type"),
        "application/json",
        "only userdata is JSON",
    ),
    Bad(
        "no format",
        GEOTIFF,
        (*RESPONSES, 0, "format"),
        REMOVED,
        "is missing",
        f"{P_RESPONSES}[0].format.type",
    ),
    Bad(
        "a width in pixels", GEOTIFF, ("process_request", "output", "width"), 512, "tiling_grid sets the size"
    ),
    # tiling grid
    Bad("a grid by its name", GEOTIFF, ("tiling_grid", "id"), "20km grid", "give the number"),
    Bad("no resolution", GEOTIFF, ("tiling_grid", "resolution"), REMOVED, "is missing"),
    Bad("a negative resolution", GEOTIFF, ("tiling_grid", "resolution"), -60, "above 0"),
    Bad(
        "metres on a grid of degrees",
        GEOTIFF,
        ("tiling_grid", "id"),
        3,
        "is 60 degrees, more than a whole tile",
        "tiling_grid.resolution",
    ),
    Bad("half a pixel of buffer", GEOTIFF, ("tiling_grid", "bufferX"), 0.5, "whole number"),
)
