"""Mistakes that preview must find, also through the real CLI; long because it is one table."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tests.support import requests, seed


@dataclass(frozen=True)
class Bad:
    """One mistake.

    Attributes:
        name: says what is wrong; unique.
        base: makes the valid inputs of a BatchRequest that are spoilt.
        path: where, in those inputs: member names and list indices.
        value: what is put there; ``REMOVED`` takes the member away.
        words: part of the message, its reason or its fix.
        named: the property that the message names, where that is not the place itself.
    """

    name: str
    base: Callable[[], dict[str, Any]]
    path: tuple[str | int, ...]
    value: Any
    words: str
    named: str = ""

    @property
    def property(self) -> str:
        """The property that the message names."""
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path)
        return self.named or "".join(steps).removeprefix(".")

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
_BBOX, _GEOMETRY, _CRS = (*_BOUNDS, "bbox"), (*_BOUNDS, "geometry"), (*_BOUNDS, "properties", "crs")
_DATA = ("process_request", "input", "data")
_FILTER = (*_DATA, 0, "dataFilter")
_TIME = (*_FILTER, "timeRange")
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
    Bad("no process request", _G, ("process_request",), REMOVED, "is missing"),
    Bad("no tiling grid", _G, ("tiling_grid",), REMOVED, "is missing"),
    Bad("a process request that is a text", _G, ("process_request",), "x", "give an object"),
    Bad("no data", _G, _DATA, REMOVED, "is missing"),
    Bad("a description that is a number", _G, ("description",), 3, "give a text"),
    # where
    Bad("no area", _G, _BBOX, REMOVED, "names no area", _P_BOUNDS),
    Bad(
        "a bounding box of 3 numbers",
        _G,
        _BBOX,
        [8.44, 41.31, 9.66],
        "has 3 numbers; a bounding box needs 4: [min x, min y, max x, max y]",
    ),
    Bad("a coordinate that is a text", _G, (*_BBOX, 1), "41", "finite number"),
    Bad("a bounding box without area", _G, (*_BBOX, 2), 8.44, "has no area", f"{_P_BOUNDS}.bbox"),
    Bad("a latitude of 143", _G, (*_BBOX, 3), 143, "latitudes within ±90", f"{_P_BOUNDS}.bbox"),
    Bad("metres taken for degrees", _G, _BBOX, [940000, 5060000, 1075000, 5330000], "name their CRS"),
    Bad("an area beyond the grid", _G, _BBOX, [8, 82, 9, 83], "lies outside the tiling grid"),
    Bad(
        "an unknown CRS",
        _G,
        _CRS,
        "http://www.opengis.net/def/crs/EPSG/0/9999",
        "which the service does not know",
    ),
    Bad("a CRS that is no URL", _G, _CRS, "EPSG:3857", "use http://www.opengis.net/def/crs/EPSG/0/3857"),
    Bad(
        "a geometry that is a feature",
        _G,
        _GEOMETRY,
        {"type": "Feature", "geometry": {}},
        "the geometry inside the Feature",
        f"{_P_BOUNDS}.geometry.type",
    ),
    Bad(
        "an open ring",
        _G,
        _GEOMETRY,
        {"type": "Polygon", "coordinates": _OPEN_RING},
        "is not closed; repeat its first position as its last",
        f"{_P_BOUNDS}.geometry.coordinates[0]",
    ),
    Bad(
        "coordinates with heights",
        _G,
        _GEOMETRY,
        {"type": "MultiPolygon", "coordinates": [_TALL_RING]},
        "give [x, y] alone",
        f"{_P_BOUNDS}.geometry.coordinates[0][0][0]",
    ),
    # when
    Bad("a time range backwards", _G, (*_TIME, "to"), "2018-06-30T00:00:00Z", "runs backwards", _P_TIME),
    Bad("a date without time", _G, (*_TIME, "from"), "2019-04-01", "write 2019-04-01T00:00:00Z"),
    Bad("no time zone", _G, (*_TIME, "from"), "2019-04-01T00:00:00", "add Z for UTC"),
    Bad("the 31st of June", _G, (*_TIME, "to"), "2019-06-31T00:00:00Z", "is no moment"),
    # which data
    Bad("an empty list of data", _G, _DATA, [], "is empty"),
    Bad("data without type", _G, (*_DATA, 0, "type"), REMOVED, "is missing"),
    Bad("cloud coverage of 130 %", _G, (*_FILTER, "maxCloudCoverage"), 130, "from 0 to 100"),
    Bad(
        "an unknown mosaicking order",
        _G,
        (*_FILTER, "mosaickingOrder"),
        "newest",
        "mostRecent, leastRecent, leastCC",
    ),
    Bad(
        "radar ordered by clouds",
        _s1_wrong_polarization,
        (*_DATA, 0),
        {"type": "sentinel-1-grd", "dataFilter": {"mosaickingOrder": "leastCC"}},
        "knows no cloud coverage",
        f"{_P_DATA}[0].dataFilter.mosaickingOrder",
    ),
    Bad(
        "an unknown interpolation",
        _G,
        (*_DATA, 0, "processing"),
        {"upsampling": "LANCZOS"},
        "NEAREST, BILINEAR, BICUBIC",
        f"{_P_DATA}[0].processing.upsampling",
    ),
    Bad(
        "two collections of one id",
        _G,
        _DATA,
        [{"type": "sentinel-2-l2a", "id": "a"}, {"type": "sentinel-2-l1c", "id": "a"}],
        "an id of its own",
        f"{_P_DATA}[1].id",
    ),
    # the evalscript
    Bad("no evalscript", _G, _SCRIPT, REMOVED, "is missing"),
    Bad("a version 1 script", _G, _SCRIPT, "return [B04]", "make //VERSION=3 its first line"),
    Bad("a syntax error", _G, _SCRIPT, "//VERSION=3\nfunction setup( {", "does not parse"),
    Bad("an endless loop", _G, _SCRIPT, "//VERSION=3\nwhile (true) {}", "does not come to an end"),
    Bad("no setup()", _G, _SCRIPT, "//VERSION=3\nfunction evaluatePixel() {}", "no function setup()"),
    Bad(
        "a sample type that does not exist",
        _G,
        _SCRIPT,
        requests.script(outputs='{ bands: 1, sampleType: "FLOAT64" }'),
        "AUTO, INT8, UINT8, INT16, UINT16, FLOAT32",
    ),
    Bad(
        "a band that L2A lacks",
        _G,
        _SCRIPT,
        requests.script(inputs='["B10"]'),
        "the cirrus band is only in sentinel-2-l1c",
    ),
    Bad("a band misspelt", _G, _SCRIPT, requests.script(inputs='["B8"]'), "did you mean B08?"),
    Bad(
        "a unit that the band lacks",
        _G,
        _SCRIPT,
        requests.script(inputs='[{ bands: ["B04"], units: "KELVIN" }]'),
        "use DN or REFLECTANCE",
    ),
    Bad(
        "a datasource that data lacks",
        _with_ids,
        _SCRIPT,
        requests.script(inputs='[{ datasource: "s2", bands: ["B04"] }]'),
        'reads the datasource "s2"',
    ),
    Bad(
        "a polarization that the products lack",
        _s1_wrong_polarization,
        (*_DATA, 0),
        _S1,
        'reads band "VH", which products of polarization SV do not have',
        _P_SCRIPT,
    ),
    # responses
    Bad(
        "a response without output",
        _G,
        (*_RESPONSES, 0, "identifier"),
        "ndvi",
        'is "ndvi", but the evalscript has no such output',
    ),
    Bad("outputs without responses", _C, _RESPONSES, REMOVED, "one response for each of red, nir"),
    Bad(
        "one output twice",
        _C,
        (*_RESPONSES, 1, "identifier"),
        "red",
        "names red more than once",
        _P_RESPONSES,
    ),
    Bad(
        "a PNG",
        _G,
        (*_RESPONSES, 0, "format", "type"),
        "image/png",
        "which batch does not write; use image/tiff",
    ),
    Bad(
        "JSON of pixels", _G, (*_RESPONSES, 0, "format", "type"), "application/json", "only userdata is JSON"
    ),
    Bad("no format", _G, (*_RESPONSES, 0, "format"), REMOVED, "is missing", f"{_P_RESPONSES}[0].format.type"),
    Bad("a width in pixels", _G, ("process_request", "output", "width"), 512, "tiling_grid sets the size"),
    # tiling grid
    Bad("a grid by its name", _G, ("tiling_grid", "id"), "20km grid", "give the number"),
    Bad("no resolution", _G, ("tiling_grid", "resolution"), REMOVED, "is missing"),
    Bad("a negative resolution", _G, ("tiling_grid", "resolution"), -60, "above 0"),
    Bad(
        "metres on a grid of degrees",
        _G,
        ("tiling_grid", "id"),
        3,
        "is 60 degrees, more than a whole tile",
        "tiling_grid.resolution",
    ),
    Bad("half a pixel of buffer", _G, ("tiling_grid", "bufferX"), 0.5, "whole number"),
    # where results go
    Bad("nowhere to go", _G, ("bucket_name",), REMOVED, "give exactly one of them", "output"),
    Bad(
        "two families of output",
        _G,
        ("output",),
        {"defaultTilePath": "s3://my-bucket/ndvi"},
        "is given beside bucket_name; give exactly one of bucket_name, output, zarr_output",
    ),
    Bad("the placeholder left", _G, ("bucket_name",), "<MyBucket>", "write the name of your bucket"),
    Bad("a URL as bucket", _G, ("bucket_name",), "s3://my-bucket/x", 'the name alone: "my-bucket"'),
    Bad("capitals in a bucket", _G, ("bucket_name",), "My_Bucket", "3 to 63 lower-case letters"),
    Bad(
        "a path without scheme",
        _C,
        ("output", "defaultTilePath"),
        "my-bucket/ndvi",
        "write s3://my-bucket/ndvi",
    ),
    Bad("another cloud", _C, ("output", "defaultTilePath"), "gs://my-bucket/ndvi", "results go to S3"),
    Bad(
        "all tiles at one place",
        _C,
        ("output", "defaultTilePath"),
        "s3://my-bucket/<requestId>/<outputId>.tif",
        "add <tileName> or <tileId>",
    ),
    Bad(
        "all outputs at one place",
        _two_outputs_in_templates,
        ("output", "defaultTilePath"),
        "s3://my-bucket/<requestId>/<tileName>.tif",
        "add <outputId>",
    ),
    Bad(
        "an unknown placeholder",
        _C,
        ("output", "defaultTilePath"),
        "s3://my-bucket/<taskId>/<tileName>/<outputId>.tif",
        "has the placeholder <taskId>",
    ),
    # COGs and collections
    Bad("yes for true", _C, ("output", "cogOutput"), "yes", "give true or false"),
    Bad(
        "a COG of INT8",
        _int8_cog,
        _SCRIPT,
        requests.script(outputs='{ bands: 1, sampleType: "INT8" }'),
        "use INT16, or unset cogOutput",
    ),
    Bad(
        "an unknown resampling",
        _C,
        ("output", "cogParameters", "resamplingAlgorithm"),
        "bilinear",
        "nearest, average",
    ),
    Bad(
        "blocks that TIFF forbids",
        _C,
        ("output", "cogParameters"),
        {"blockxsize": 1000},
        "multiple of 16",
        "output.cogParameters.blockxsize",
    ),
    Bad("a collection without COGs", _C, ("output", "cogOutput"), False, "set cogOutput to true"),
    Bad(
        "two collections at once",
        _C,
        ("output", "collectionId"),
        "9688cd56-6c70-4221-add8-a5821d0256a9",
        "is given beside createCollection",
    ),
    Bad(
        "a data type as collection id",
        _C,
        ("output", "collectionId"),
        "batch-9688cd56-6c70-4221-add8-a5821d0256a9",
        "give the id alone: 9688cd56-6c70-4221-add8-a5821d0256a9",
    ),
    Bad(
        "COG settings of a collection",
        _C,
        ("output", "cogParameters", "overviewLevels"),
        [2, 4],
        "is not for collections",
    ),
    Bad("a collection of three bands", _C, _SCRIPT, _RGB, "return each band as an output of its own"),
    # Zarr
    Bad(
        "Zarr in UTM",
        _Z,
        ("tiling_grid",),
        {"id": 0, "resolution": 60.0},
        "for zarr_output use 3",
        "tiling_grid.id",
    ),
    Bad("Zarr without group", _Z, ("zarr_output", "group"), REMOVED, '{"zarr_format": 2}'),
    Bad("Zarr version 3", _Z, ("zarr_output", "group", "zarr_format"), 3, "version 2 only"),
    Bad(
        "an unknown origin",
        _Z,
        ("zarr_output", "group", "coordinates"),
        {"origin": "center"},
        "topLeft or bottomLeft",
        "zarr_output.group.coordinates.origin",
    ),
    Bad(
        "a tile's name in a Zarr path",
        _Z,
        ("zarr_output", "path"),
        "s3://my-bucket/<tileName>",
        "fills in <requestId> only",
    ),
    Bad(
        "a TIFF in Zarr",
        _Z,
        (*_RESPONSES, 0, "format", "type"),
        "image/tiff",
        "use zarr/array for every response",
    ),
    Bad(
        "chunks that do not fit",
        _Z,
        (*_ARRAYS, "chunks"),
        [1, 999, 1000],
        "does not divide the 1000 pixels of a tile in y; use 500",
        f"{_P_ARRAYS}.chunks[1]",
    ),
    Bad("chunks over time", _Z, (*_ARRAYS, "chunks"), [2, 500, 500], "must be 1", f"{_P_ARRAYS}.chunks[0]"),
    Bad("flat chunks", _Z, (*_ARRAYS, "chunks"), [500, 500], "give [1, y, x]"),
    Bad("an unknown dtype", _Z, (*_ARRAYS, "dtype"), "uint16", "use one of |u1"),
    Bad(
        "a dtype too small",
        _Z,
        (*_ARRAYS, "dtype"),
        "|u1",
        'cannot hold output "band08" of sampleType UINT16; use "<u2"',
    ),
    Bad("columns first", _Z, (*_ARRAYS, "order"), "F", 'only "C" is supported'),
    Bad("a fill value out of range", _Z, (*_ARRAYS, "fill_value"), -1, "from 0 to 65535"),
    Bad("no fill value", _Z, (*_ARRAYS, "fill_value"), REMOVED, "is missing"),
    Bad(
        "an override of no array",
        _Z,
        ("zarr_output", "arrayOverrides", "ndvi"),
        {"dtype": "<f4"},
        "names no response",
    ),
    Bad(
        "a Zarr array of three bands",
        _Z,
        _SCRIPT,
        seed.MAX_NDVI_ARRAYS.replace("bands: 1", "bands: 3", 1),
        "a Zarr array holds one",
    ),
)
