"""Mistakes in how it is computed: evalscript, responses and tiling grid."""

from __future__ import annotations

from typing import Any

from tests.preview.checks import requests
from tests.preview.checks.bad_input import (
    COLLECTION,
    DATA,
    GEOTIFF,
    P_RESPONSES,
    P_SCRIPT,
    REMOVED,
    RESPONSES,
    SCRIPT,
    BadInput,
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
    BadInput("no evalscript", GEOTIFF, SCRIPT, REMOVED, P_SCRIPT, "is missing"),
    BadInput(
        "a version 1 script", GEOTIFF, SCRIPT, "return [B04]", P_SCRIPT, "make //VERSION=3 its first line"
    ),
    BadInput("a syntax error", GEOTIFF, SCRIPT, "//VERSION=3\nfunction setup( {", P_SCRIPT, "does not parse"),
    BadInput(
        "an endless loop",
        GEOTIFF,
        SCRIPT,
        "//VERSION=3\nwhile (true) {}",
        P_SCRIPT,
        "does not come to an end",
    ),
    BadInput(
        "no setup()",
        GEOTIFF,
        SCRIPT,
        "//VERSION=3\nfunction evaluatePixel() {}",
        P_SCRIPT,
        "no function setup()",
    ),
    BadInput(
        "a sample type that does not exist",
        GEOTIFF,
        SCRIPT,
        requests.script(outputs='{ bands: 1, sampleType: "FLOAT64" }'),
        P_SCRIPT,
        "AUTO, INT8, UINT8, INT16, UINT16, FLOAT32",
    ),
    BadInput(
        "a band that L2A lacks",
        GEOTIFF,
        SCRIPT,
        requests.script(inputs='["B10"]'),
        P_SCRIPT,
        "the cirrus band is only in sentinel-2-l1c",
    ),
    BadInput(
        "a band misspelt", GEOTIFF, SCRIPT, requests.script(inputs='["B8"]'), P_SCRIPT, "did you mean B08?"
    ),
    BadInput(
        "a unit that the band lacks",
        GEOTIFF,
        SCRIPT,
        requests.script(inputs='[{ bands: ["B04"], units: "KELVIN" }]'),
        P_SCRIPT,
        "use DN or REFLECTANCE",
    ),
    BadInput(
        "a datasource that data lacks",
        _with_ids,
        SCRIPT,
        requests.script(inputs='[{ datasource: "s2", bands: ["B04"] }]'),
        P_SCRIPT,
        'reads the datasource "s2"',
    ),
    BadInput(
        "a polarization that the products lack",
        _s1_wrong_polarization,
        (*DATA, 0),
        _S1,
        P_SCRIPT,
        'reads band "VH", which products of polarization SV do not have',
    ),
    # responses
    BadInput(
        "a response without output",
        GEOTIFF,
        (*RESPONSES, 0, "identifier"),
        "ndvi",
        f"{P_RESPONSES}[0].identifier",
        'is "ndvi", but the evalscript has no such output',
    ),
    BadInput(
        "outputs without responses",
        COLLECTION,
        RESPONSES,
        REMOVED,
        P_RESPONSES,
        "one response for each of red, nir",
    ),
    BadInput(
        "one output twice",
        COLLECTION,
        (*RESPONSES, 1, "identifier"),
        "red",
        P_RESPONSES,
        "names red more than once",
    ),
    BadInput(
        "a PNG",
        GEOTIFF,
        (*RESPONSES, 0, "format", "type"),
        "image/png",
        f"{P_RESPONSES}[0].format.type",
        "which batch does not write; use image/tiff",
    ),
    BadInput(
        "JSON of pixels",
        GEOTIFF,
        (*RESPONSES, 0, "format", "type"),
        "application/json",
        f"{P_RESPONSES}[0].format.type",
        "only userdata is JSON",
    ),
    BadInput(
        "no format",
        GEOTIFF,
        (*RESPONSES, 0, "format"),
        REMOVED,
        f"{P_RESPONSES}[0].format.type",
        "is missing",
    ),
    BadInput(
        "a width in pixels",
        GEOTIFF,
        ("process_request", "output", "width"),
        512,
        "process_request.output.width",
        "tiling_grid sets the size",
    ),
    # tiling grid
    BadInput(
        "a grid by its name", GEOTIFF, ("tiling_grid", "id"), "20km grid", "tiling_grid.id", "give the number"
    ),
    BadInput(
        "no resolution",
        GEOTIFF,
        ("tiling_grid", "resolution"),
        REMOVED,
        "tiling_grid.resolution",
        "is missing",
    ),
    BadInput(
        "a negative resolution",
        GEOTIFF,
        ("tiling_grid", "resolution"),
        -60,
        "tiling_grid.resolution",
        "above 0",
    ),
    BadInput(
        "metres on a grid of degrees",
        GEOTIFF,
        ("tiling_grid", "id"),
        3,
        "tiling_grid.resolution",
        "is 60 degrees, more than a whole tile",
    ),
    BadInput(
        "half a pixel of buffer",
        GEOTIFF,
        ("tiling_grid", "bufferX"),
        0.5,
        "tiling_grid.bufferX",
        "whole number",
    ),
)
