"""Mistakes that preview must find, here and through the real CLI; long because it is one table, a row each."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tests.support import requests, seed


@dataclass(frozen=True)
class BadInput:
    """One mistake.

    Attributes:
        name: says what is wrong; unique.
        base: makes the valid inputs of a BatchRequest that are spoilt.
        path: where, in those inputs: member names and list indices.
        value: what is put there; ``REMOVED`` takes the member away.
        property: the property that the message names.
        words: part of the message, its reason or its fix.
    """

    name: str
    base: Callable[[], dict[str, Any]]
    path: tuple[str | int, ...]
    value: Any
    property: str
    words: str

    def inputs(self) -> dict[str, Any]:
        """The spoilt inputs."""
        inputs = self.base()
        target: Any = inputs
        for step in self.path[:-1]:
            target = target[step]
        if self.value is REMOVED:
            del target[self.path[-1]]
        else:
            target[self.path[-1]] = copy.deepcopy(self.value)
        return inputs


REMOVED: Final = object()

_BOUNDS = ("process_request", "input", "bounds")
_DATA = ("process_request", "input", "data")
_TIME = (*_DATA, 0, "dataFilter", "timeRange")
_SCRIPT = ("process_request", "evalscript")
_RESPONSES = ("process_request", "output", "responses")
_ARRAYS = ("zarr_output", "arrayParameters")

_P_BOUNDS = "process_request.input.bounds"
_P_DATA = "process_request.input.data"
_P_TIME = "process_request.input.data[0].dataFilter.timeRange"
_P_SCRIPT = "process_request.evalscript"
_P_RESPONSES = "process_request.output.responses"
_P_ARRAYS = "zarr_output.arrayParameters"

_G, _Z, _C = requests.geotiff, requests.zarr, requests.collection
_OPEN_RING = [[[8.0, 41.0], [9.0, 41.0], [9.0, 42.0], [8.0, 42.0]]]
_TALL_RING = [[[8.0, 41.0, 5.0], [9.0, 41.0, 5.0], [9.0, 42.0, 5.0], [8.0, 41.0, 5.0]]]
_RGB = requests.script(outputs='{ id: "default", bands: 3, sampleType: "FLOAT32" }')
_S1 = {"type": "sentinel-1-grd", "dataFilter": {"polarization": "SV"}}


def _s1_wrong_polarization() -> dict[str, Any]:
    inputs = requests.geotiff()
    inputs["process_request"]["evalscript"] = requests.script(inputs='["VV", "VH"]')
    return inputs


def _with_ids() -> dict[str, Any]:
    inputs = requests.geotiff()
    inputs["process_request"]["input"]["data"][0]["id"] = "l2a"
    return inputs


def _two_outputs_in_templates() -> dict[str, Any]:
    inputs = requests.collection()
    inputs["output"] = {"defaultTilePath": ""}
    return inputs


def _int8_cog() -> dict[str, Any]:
    inputs = requests.geotiff()
    del inputs["bucket_name"]
    inputs["output"] = {"defaultTilePath": "s3://my-bucket/cogs", "cogOutput": True}
    return inputs


BAD_INPUTS: Final = (
    # the request as a whole
    BadInput("no process request", _G, ("process_request",), REMOVED, "process_request", "is missing"),
    BadInput("no tiling grid", _G, ("tiling_grid",), REMOVED, "tiling_grid", "is missing"),
    BadInput(
        "a process request that is a text", _G, ("process_request",), "x", "process_request", "give an object"
    ),
    BadInput("no data", _G, _DATA, REMOVED, _P_DATA, "is missing"),
    BadInput("a description that is a number", _G, ("description",), 3, "description", "give a text"),
    # where
    BadInput("no area", _G, (*_BOUNDS, "bbox"), REMOVED, _P_BOUNDS, "names no area"),
    BadInput(
        "a bounding box of 3 numbers",
        _G,
        (*_BOUNDS, "bbox"),
        [8.44, 41.31, 9.66],
        f"{_P_BOUNDS}.bbox",
        "has 3 numbers; a bounding box needs 4: [min x, min y, max x, max y]",
    ),
    BadInput(
        "a coordinate that is a text",
        _G,
        (*_BOUNDS, "bbox", 1),
        "41",
        f"{_P_BOUNDS}.bbox[1]",
        "finite number",
    ),
    BadInput(
        "a bounding box without area", _G, (*_BOUNDS, "bbox", 2), 8.44, f"{_P_BOUNDS}.bbox", "has no area"
    ),
    BadInput(
        "a latitude of 143", _G, (*_BOUNDS, "bbox", 3), 143, f"{_P_BOUNDS}.bbox", "latitudes within ±90"
    ),
    BadInput(
        "metres taken for degrees",
        _G,
        (*_BOUNDS, "bbox"),
        [940000, 5060000, 1075000, 5330000],
        f"{_P_BOUNDS}.bbox",
        "name their CRS",
    ),
    BadInput(
        "an area beyond the grid",
        _G,
        (*_BOUNDS, "bbox"),
        [8, 82, 9, 83],
        f"{_P_BOUNDS}.bbox",
        "lies outside the tiling grid",
    ),
    BadInput(
        "an unknown CRS",
        _G,
        (*_BOUNDS, "properties", "crs"),
        "http://www.opengis.net/def/crs/EPSG/0/9999",
        f"{_P_BOUNDS}.properties.crs",
        "which the service does not know",
    ),
    BadInput(
        "a CRS that is no URL",
        _G,
        (*_BOUNDS, "properties", "crs"),
        "EPSG:3857",
        f"{_P_BOUNDS}.properties.crs",
        "use http://www.opengis.net/def/crs/EPSG/0/3857",
    ),
    BadInput(
        "a geometry that is a feature",
        _G,
        (*_BOUNDS, "geometry"),
        {"type": "Feature", "geometry": {}},
        f"{_P_BOUNDS}.geometry.type",
        "the geometry inside the Feature",
    ),
    BadInput(
        "an open ring",
        _G,
        (*_BOUNDS, "geometry"),
        {"type": "Polygon", "coordinates": _OPEN_RING},
        f"{_P_BOUNDS}.geometry.coordinates[0]",
        "is not closed; repeat its first position as its last",
    ),
    BadInput(
        "coordinates with heights",
        _G,
        (*_BOUNDS, "geometry"),
        {"type": "MultiPolygon", "coordinates": [_TALL_RING]},
        f"{_P_BOUNDS}.geometry.coordinates[0][0][0]",
        "give [x, y] alone",
    ),
    # when
    BadInput("a time range backwards", _G, (*_TIME, "to"), "2018-06-30T00:00:00Z", _P_TIME, "runs backwards"),
    BadInput(
        "a date without time",
        _G,
        (*_TIME, "from"),
        "2019-04-01",
        f"{_P_TIME}.from",
        "write 2019-04-01T00:00:00Z",
    ),
    BadInput("no time zone", _G, (*_TIME, "from"), "2019-04-01T00:00:00", f"{_P_TIME}.from", "add Z for UTC"),
    BadInput("the 31st of June", _G, (*_TIME, "to"), "2019-06-31T00:00:00Z", f"{_P_TIME}.to", "is no moment"),
    # which data
    BadInput("an empty list of data", _G, _DATA, [], _P_DATA, "is empty"),
    BadInput("data without type", _G, (*_DATA, 0, "type"), REMOVED, f"{_P_DATA}[0].type", "is missing"),
    BadInput(
        "cloud coverage of 130 %",
        _G,
        (*_DATA, 0, "dataFilter", "maxCloudCoverage"),
        130,
        f"{_P_DATA}[0].dataFilter.maxCloudCoverage",
        "from 0 to 100",
    ),
    BadInput(
        "an unknown mosaicking order",
        _G,
        (*_DATA, 0, "dataFilter", "mosaickingOrder"),
        "newest",
        f"{_P_DATA}[0].dataFilter.mosaickingOrder",
        "mostRecent, leastRecent, leastCC",
    ),
    BadInput(
        "radar ordered by clouds",
        _s1_wrong_polarization,
        (*_DATA, 0),
        {"type": "sentinel-1-grd", "dataFilter": {"mosaickingOrder": "leastCC"}},
        f"{_P_DATA}[0].dataFilter.mosaickingOrder",
        "knows no cloud coverage",
    ),
    BadInput(
        "an unknown interpolation",
        _G,
        (*_DATA, 0, "processing"),
        {"upsampling": "LANCZOS"},
        f"{_P_DATA}[0].processing.upsampling",
        "NEAREST, BILINEAR, BICUBIC",
    ),
    BadInput(
        "two collections of one id",
        _G,
        _DATA,
        [{"type": "sentinel-2-l2a", "id": "a"}, {"type": "sentinel-2-l1c", "id": "a"}],
        f"{_P_DATA}[1].id",
        "an id of its own",
    ),
    # the evalscript
    BadInput("no evalscript", _G, _SCRIPT, REMOVED, _P_SCRIPT, "is missing"),
    BadInput("a version 1 script", _G, _SCRIPT, "return [B04]", _P_SCRIPT, "make //VERSION=3 its first line"),
    BadInput("a syntax error", _G, _SCRIPT, "//VERSION=3\nfunction setup( {", _P_SCRIPT, "does not parse"),
    BadInput(
        "an endless loop", _G, _SCRIPT, "//VERSION=3\nwhile (true) {}", _P_SCRIPT, "does not come to an end"
    ),
    BadInput(
        "no setup()",
        _G,
        _SCRIPT,
        "//VERSION=3\nfunction evaluatePixel() {}",
        _P_SCRIPT,
        "no function setup()",
    ),
    BadInput(
        "a sample type that does not exist",
        _G,
        _SCRIPT,
        requests.script(outputs='{ bands: 1, sampleType: "FLOAT64" }'),
        _P_SCRIPT,
        "AUTO, INT8, UINT8, INT16, UINT16, FLOAT32",
    ),
    BadInput(
        "a band that L2A lacks",
        _G,
        _SCRIPT,
        requests.script(inputs='["B10"]'),
        _P_SCRIPT,
        "the cirrus band is only in sentinel-2-l1c",
    ),
    BadInput(
        "a band misspelt", _G, _SCRIPT, requests.script(inputs='["B8"]'), _P_SCRIPT, "did you mean B08?"
    ),
    BadInput(
        "a unit that the band lacks",
        _G,
        _SCRIPT,
        requests.script(inputs='[{ bands: ["B04"], units: "KELVIN" }]'),
        _P_SCRIPT,
        "use DN or REFLECTANCE",
    ),
    BadInput(
        "a datasource that data lacks",
        _with_ids,
        _SCRIPT,
        requests.script(inputs='[{ datasource: "s2", bands: ["B04"] }]'),
        _P_SCRIPT,
        'reads the datasource "s2"',
    ),
    BadInput(
        "a polarization that the products lack",
        _s1_wrong_polarization,
        (*_DATA, 0),
        _S1,
        _P_SCRIPT,
        'reads band "VH", which products of polarization SV do not have',
    ),
    # responses
    BadInput(
        "a response without output",
        _G,
        (*_RESPONSES, 0, "identifier"),
        "ndvi",
        f"{_P_RESPONSES}[0].identifier",
        'is "ndvi", but the evalscript has no such output',
    ),
    BadInput(
        "outputs without responses",
        _C,
        _RESPONSES,
        REMOVED,
        _P_RESPONSES,
        "one response for each of red, nir",
    ),
    BadInput(
        "one output twice",
        _C,
        (*_RESPONSES, 1, "identifier"),
        "red",
        _P_RESPONSES,
        "names red more than once",
    ),
    BadInput(
        "a PNG",
        _G,
        (*_RESPONSES, 0, "format", "type"),
        "image/png",
        f"{_P_RESPONSES}[0].format.type",
        "which batch does not write; use image/tiff",
    ),
    BadInput(
        "JSON of pixels",
        _G,
        (*_RESPONSES, 0, "format", "type"),
        "application/json",
        f"{_P_RESPONSES}[0].format.type",
        "only userdata is JSON",
    ),
    BadInput(
        "no format", _G, (*_RESPONSES, 0, "format"), REMOVED, f"{_P_RESPONSES}[0].format.type", "is missing"
    ),
    BadInput(
        "a width in pixels",
        _G,
        ("process_request", "output", "width"),
        512,
        "process_request.output.width",
        "tiling_grid sets the size",
    ),
    # tiling grid
    BadInput(
        "a grid by its name", _G, ("tiling_grid", "id"), "20km grid", "tiling_grid.id", "give the number"
    ),
    BadInput(
        "no resolution", _G, ("tiling_grid", "resolution"), REMOVED, "tiling_grid.resolution", "is missing"
    ),
    BadInput(
        "a negative resolution", _G, ("tiling_grid", "resolution"), -60, "tiling_grid.resolution", "above 0"
    ),
    BadInput(
        "metres on a grid of degrees",
        _G,
        ("tiling_grid", "id"),
        3,
        "tiling_grid.resolution",
        "is 60 degrees, more than a whole tile",
    ),
    BadInput(
        "half a pixel of buffer", _G, ("tiling_grid", "bufferX"), 0.5, "tiling_grid.bufferX", "whole number"
    ),
    # where results go
    BadInput("nowhere to go", _G, ("bucket_name",), REMOVED, "output", "give exactly one of them"),
    BadInput(
        "two families of output",
        _G,
        ("output",),
        {"defaultTilePath": "s3://my-bucket/ndvi"},
        "output",
        "is given beside bucket_name; give exactly one of bucket_name, output, zarr_output",
    ),
    BadInput(
        "the placeholder left",
        _G,
        ("bucket_name",),
        "<MyBucket>",
        "bucket_name",
        "write the name of your bucket",
    ),
    BadInput(
        "a URL as bucket",
        _G,
        ("bucket_name",),
        "s3://my-bucket/x",
        "bucket_name",
        'the name alone: "my-bucket"',
    ),
    BadInput(
        "capitals in a bucket", _G, ("bucket_name",), "My_Bucket", "bucket_name", "3 to 63 lower-case letters"
    ),
    BadInput(
        "a path without scheme",
        _C,
        ("output", "defaultTilePath"),
        "my-bucket/ndvi",
        "output.defaultTilePath",
        "write s3://my-bucket/ndvi",
    ),
    BadInput(
        "another cloud",
        _C,
        ("output", "defaultTilePath"),
        "gs://my-bucket/ndvi",
        "output.defaultTilePath",
        "results go to S3",
    ),
    BadInput(
        "all tiles at one place",
        _C,
        ("output", "defaultTilePath"),
        "s3://my-bucket/<requestId>/<outputId>.tif",
        "output.defaultTilePath",
        "add <tileName> or <tileId>",
    ),
    BadInput(
        "all outputs at one place",
        _two_outputs_in_templates,
        ("output", "defaultTilePath"),
        "s3://my-bucket/<requestId>/<tileName>.tif",
        "output.defaultTilePath",
        "add <outputId>",
    ),
    BadInput(
        "an unknown placeholder",
        _C,
        ("output", "defaultTilePath"),
        "s3://my-bucket/<taskId>/<tileName>/<outputId>.tif",
        "output.defaultTilePath",
        "has the placeholder <taskId>",
    ),
    # COGs and collections
    BadInput("yes for true", _C, ("output", "cogOutput"), "yes", "output.cogOutput", "give true or false"),
    BadInput(
        "a COG of INT8",
        _int8_cog,
        _SCRIPT,
        requests.script(outputs='{ bands: 1, sampleType: "INT8" }'),
        _P_SCRIPT,
        "use INT16, or unset cogOutput",
    ),
    BadInput(
        "an unknown resampling",
        _C,
        ("output", "cogParameters", "resamplingAlgorithm"),
        "bilinear",
        "output.cogParameters.resamplingAlgorithm",
        "nearest, average",
    ),
    BadInput(
        "blocks that TIFF forbids",
        _C,
        ("output", "cogParameters"),
        {"blockxsize": 1000},
        "output.cogParameters.blockxsize",
        "multiple of 16",
    ),
    BadInput(
        "a collection without COGs",
        _C,
        ("output", "cogOutput"),
        False,
        "output.cogOutput",
        "set cogOutput to true",
    ),
    BadInput(
        "two collections at once",
        _C,
        ("output", "collectionId"),
        "9688cd56-6c70-4221-add8-a5821d0256a9",
        "output.collectionId",
        "is given beside createCollection",
    ),
    BadInput(
        "a data type as collection id",
        _C,
        ("output", "collectionId"),
        "batch-9688cd56-6c70-4221-add8-a5821d0256a9",
        "output.collectionId",
        "give the id alone: 9688cd56-6c70-4221-add8-a5821d0256a9",
    ),
    BadInput(
        "COG settings of a collection",
        _C,
        ("output", "cogParameters", "overviewLevels"),
        [2, 4],
        "output.cogParameters.overviewLevels",
        "is not for collections",
    ),
    BadInput(
        "a collection of three bands",
        _C,
        _SCRIPT,
        _RGB,
        _P_SCRIPT,
        "return each band as an output of its own",
    ),
    # Zarr
    BadInput(
        "Zarr in UTM",
        _Z,
        ("tiling_grid",),
        {"id": 0, "resolution": 60.0},
        "tiling_grid.id",
        "for zarr_output use 3",
    ),
    BadInput(
        "Zarr without group", _Z, ("zarr_output", "group"), REMOVED, "zarr_output.group", '{"zarr_format": 2}'
    ),
    BadInput(
        "Zarr version 3",
        _Z,
        ("zarr_output", "group", "zarr_format"),
        3,
        "zarr_output.group.zarr_format",
        "version 2 only",
    ),
    BadInput(
        "an unknown origin",
        _Z,
        ("zarr_output", "group", "coordinates"),
        {"origin": "center"},
        "zarr_output.group.coordinates.origin",
        "topLeft or bottomLeft",
    ),
    BadInput(
        "a tile's name in a Zarr path",
        _Z,
        ("zarr_output", "path"),
        "s3://my-bucket/<tileName>",
        "zarr_output.path",
        "fills in <requestId> only",
    ),
    BadInput(
        "a TIFF in Zarr",
        _Z,
        (*_RESPONSES, 0, "format", "type"),
        "image/tiff",
        f"{_P_RESPONSES}[0].format.type",
        "use zarr/array for every response",
    ),
    BadInput(
        "chunks that do not fit",
        _Z,
        (*_ARRAYS, "chunks"),
        [1, 999, 1000],
        f"{_P_ARRAYS}.chunks[1]",
        "does not divide the 1000 pixels of a tile in y; use 500",
    ),
    BadInput(
        "chunks over time", _Z, (*_ARRAYS, "chunks"), [2, 500, 500], f"{_P_ARRAYS}.chunks[0]", "must be 1"
    ),
    BadInput("flat chunks", _Z, (*_ARRAYS, "chunks"), [500, 500], f"{_P_ARRAYS}.chunks", "give [1, y, x]"),
    BadInput("an unknown dtype", _Z, (*_ARRAYS, "dtype"), "uint16", f"{_P_ARRAYS}.dtype", "use one of |u1"),
    BadInput(
        "a dtype too small",
        _Z,
        (*_ARRAYS, "dtype"),
        "|u1",
        f"{_P_ARRAYS}.dtype",
        'cannot hold output "band08" of sampleType UINT16; use "<u2"',
    ),
    BadInput("columns first", _Z, (*_ARRAYS, "order"), "F", f"{_P_ARRAYS}.order", 'only "C" is supported'),
    BadInput(
        "a fill value out of range",
        _Z,
        (*_ARRAYS, "fill_value"),
        -1,
        f"{_P_ARRAYS}.fill_value",
        "from 0 to 65535",
    ),
    BadInput("no fill value", _Z, (*_ARRAYS, "fill_value"), REMOVED, f"{_P_ARRAYS}.fill_value", "is missing"),
    BadInput(
        "an override of no array",
        _Z,
        ("zarr_output", "arrayOverrides", "ndvi"),
        {"dtype": "<f4"},
        "zarr_output.arrayOverrides.ndvi",
        "names no response",
    ),
    BadInput(
        "a Zarr array of three bands",
        _Z,
        _SCRIPT,
        seed.MAX_NDVI_ARRAYS.replace("bands: 1", "bands: 3", 1),
        _P_SCRIPT,
        "a Zarr array holds one",
    ),
)
