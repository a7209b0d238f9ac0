"""Mistakes in where results go: buckets, paths, COGs, collections and Zarr."""

from __future__ import annotations

from typing import Any

from tests import seed
from tests.preview.checks import requests
from tests.preview.checks.bad_input import (
    ARRAYS,
    COLLECTION,
    GEOTIFF,
    P_ARRAYS,
    P_RESPONSES,
    P_SCRIPT,
    REMOVED,
    RESPONSES,
    SCRIPT,
    ZARR,
    BadInput,
)

_RGB = requests.script(outputs='{ id: "default", bands: 3, sampleType: "FLOAT32" }')


def _two_outputs_in_templates() -> dict[str, Any]:
    inputs = requests.collection()
    inputs["output"] = {"defaultTilePath": ""}
    return inputs


def _int8_cog() -> dict[str, Any]:
    inputs = requests.geotiff()
    del inputs["bucket_name"]
    inputs["output"] = {"defaultTilePath": "s3://my-bucket/cogs", "cogOutput": True}
    return inputs


RESULTS = (
    # where results go
    BadInput("nowhere to go", GEOTIFF, ("bucket_name",), REMOVED, "output", "give exactly one of them"),
    BadInput(
        "two families of output",
        GEOTIFF,
        ("output",),
        {"defaultTilePath": "s3://my-bucket/ndvi"},
        "output",
        "is given beside bucket_name; give exactly one of bucket_name, output, zarr_output",
    ),
    BadInput(
        "the placeholder left",
        GEOTIFF,
        ("bucket_name",),
        "<MyBucket>",
        "bucket_name",
        "write the name of your bucket",
    ),
    BadInput(
        "a URL as bucket",
        GEOTIFF,
        ("bucket_name",),
        "s3://my-bucket/x",
        "bucket_name",
        'the name alone: "my-bucket"',
    ),
    BadInput(
        "capitals in a bucket",
        GEOTIFF,
        ("bucket_name",),
        "My_Bucket",
        "bucket_name",
        "3 to 63 lower-case letters",
    ),
    BadInput(
        "a path without scheme",
        COLLECTION,
        ("output", "defaultTilePath"),
        "my-bucket/ndvi",
        "output.defaultTilePath",
        "write s3://my-bucket/ndvi",
    ),
    BadInput(
        "another cloud",
        COLLECTION,
        ("output", "defaultTilePath"),
        "gs://my-bucket/ndvi",
        "output.defaultTilePath",
        "results go to S3",
    ),
    BadInput(
        "all tiles at one place",
        COLLECTION,
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
        COLLECTION,
        ("output", "defaultTilePath"),
        "s3://my-bucket/<taskId>/<tileName>/<outputId>.tif",
        "output.defaultTilePath",
        "has the placeholder <taskId>",
    ),
    # COGs and collections
    BadInput(
        "yes for true", COLLECTION, ("output", "cogOutput"), "yes", "output.cogOutput", "give true or false"
    ),
    BadInput(
        "a COG of INT8",
        _int8_cog,
        SCRIPT,
        requests.script(outputs='{ bands: 1, sampleType: "INT8" }'),
        P_SCRIPT,
        "use INT16, or unset cogOutput",
    ),
    BadInput(
        "an unknown resampling",
        COLLECTION,
        ("output", "cogParameters", "resamplingAlgorithm"),
        "bilinear",
        "output.cogParameters.resamplingAlgorithm",
        "nearest, average",
    ),
    BadInput(
        "blocks that TIFF forbids",
        COLLECTION,
        ("output", "cogParameters"),
        {"blockxsize": 1000},
        "output.cogParameters.blockxsize",
        "multiple of 16",
    ),
    BadInput(
        "a collection without COGs",
        COLLECTION,
        ("output", "cogOutput"),
        False,
        "output.cogOutput",
        "set cogOutput to true",
    ),
    BadInput(
        "two collections at once",
        COLLECTION,
        ("output", "collectionId"),
        "9688cd56-6c70-4221-add8-a5821d0256a9",
        "output.collectionId",
        "is given beside createCollection",
    ),
    BadInput(
        "a data type as collection id",
        COLLECTION,
        ("output", "collectionId"),
        "batch-9688cd56-6c70-4221-add8-a5821d0256a9",
        "output.collectionId",
        "give the id alone: 9688cd56-6c70-4221-add8-a5821d0256a9",
    ),
    BadInput(
        "COG settings of a collection",
        COLLECTION,
        ("output", "cogParameters", "overviewLevels"),
        [2, 4],
        "output.cogParameters.overviewLevels",
        "is not for collections",
    ),
    BadInput(
        "a collection of three bands",
        COLLECTION,
        SCRIPT,
        _RGB,
        P_SCRIPT,
        "return each band as an output of its own",
    ),
    # Zarr
    BadInput(
        "Zarr in UTM",
        ZARR,
        ("tiling_grid",),
        {"id": 0, "resolution": 60.0},
        "tiling_grid.id",
        "for zarr_output use 3",
    ),
    BadInput(
        "Zarr without group",
        ZARR,
        ("zarr_output", "group"),
        REMOVED,
        "zarr_output.group",
        '{"zarr_format": 2}',
    ),
    BadInput(
        "Zarr version 3",
        ZARR,
        ("zarr_output", "group", "zarr_format"),
        3,
        "zarr_output.group.zarr_format",
        "version 2 only",
    ),
    BadInput(
        "an unknown origin",
        ZARR,
        ("zarr_output", "group", "coordinates"),
        {"origin": "center"},
        "zarr_output.group.coordinates.origin",
        "topLeft or bottomLeft",
    ),
    BadInput(
        "a tile's name in a Zarr path",
        ZARR,
        ("zarr_output", "path"),
        "s3://my-bucket/<tileName>",
        "zarr_output.path",
        "fills in <requestId> only",
    ),
    BadInput(
        "a TIFF in Zarr",
        ZARR,
        (*RESPONSES, 0, "format", "type"),
        "image/tiff",
        f"{P_RESPONSES}[0].format.type",
        "use zarr/array for every response",
    ),
    BadInput(
        "chunks that do not fit",
        ZARR,
        (*ARRAYS, "chunks"),
        [1, 999, 1000],
        f"{P_ARRAYS}.chunks[1]",
        "does not divide the 1000 pixels of a tile in y; use 500",
    ),
    BadInput(
        "chunks over time", ZARR, (*ARRAYS, "chunks"), [2, 500, 500], f"{P_ARRAYS}.chunks[0]", "must be 1"
    ),
    BadInput("flat chunks", ZARR, (*ARRAYS, "chunks"), [500, 500], f"{P_ARRAYS}.chunks", "give [1, y, x]"),
    BadInput("an unknown dtype", ZARR, (*ARRAYS, "dtype"), "uint16", f"{P_ARRAYS}.dtype", "use one of |u1"),
    BadInput(
        "a dtype too small",
        ZARR,
        (*ARRAYS, "dtype"),
        "|u1",
        f"{P_ARRAYS}.dtype",
        'cannot hold output "band08" of sampleType UINT16; use "<u2"',
    ),
    BadInput("columns first", ZARR, (*ARRAYS, "order"), "F", f"{P_ARRAYS}.order", 'only "C" is supported'),
    BadInput(
        "a fill value out of range",
        ZARR,
        (*ARRAYS, "fill_value"),
        -1,
        f"{P_ARRAYS}.fill_value",
        "from 0 to 65535",
    ),
    BadInput("no fill value", ZARR, (*ARRAYS, "fill_value"), REMOVED, f"{P_ARRAYS}.fill_value", "is missing"),
    BadInput(
        "an override of no array",
        ZARR,
        ("zarr_output", "arrayOverrides", "ndvi"),
        {"dtype": "<f4"},
        "zarr_output.arrayOverrides.ndvi",
        "names no response",
    ),
    BadInput(
        "a Zarr array of three bands",
        ZARR,
        SCRIPT,
        seed.MAX_NDVI_ARRAYS.replace("bands: 1", "bands: 3", 1),
        P_SCRIPT,
        "a Zarr array holds one",
    ),
)
