"""Mistakes in where results go: buckets, paths, COGs, collections and Zarr."""

from __future__ import annotations

from typing import Any

from tests.support import requests, seed
from tests.support.bad_inputs.mistake import (
    ARRAYS,
    COLLECTION,
    GEOTIFF,
    P_ARRAYS,
    REMOVED,
    RESPONSES,
    SCRIPT,
    ZARR,
    Bad,
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
    Bad("nowhere to go", GEOTIFF, ("bucket_name",), REMOVED, "give exactly one of them", "output"),
    Bad(
        "two families of output",
        GEOTIFF,
        ("output",),
        {"defaultTilePath": "s3://my-bucket/ndvi"},
        "is given beside bucket_name; give exactly one of bucket_name, output, zarr_output",
    ),
    Bad("the placeholder left", GEOTIFF, ("bucket_name",), "<MyBucket>", "write the name of your bucket"),
    Bad("a URL as bucket", GEOTIFF, ("bucket_name",), "s3://my-bucket/x", 'the name alone: "my-bucket"'),
    Bad("capitals in a bucket", GEOTIFF, ("bucket_name",), "My_Bucket", "3 to 63 lower-case letters"),
    Bad(
        "a path without scheme",
        COLLECTION,
        ("output", "defaultTilePath"),
        "my-bucket/ndvi",
        "write s3://my-bucket/ndvi",
    ),
    Bad(
        "another cloud", COLLECTION, ("output", "defaultTilePath"), "gs://my-bucket/ndvi", "results go to S3"
    ),
    Bad(
        "all tiles at one place",
        COLLECTION,
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
        COLLECTION,
        ("output", "defaultTilePath"),
        "s3://my-bucket/<taskId>/<tileName>/<outputId>.tif",
        "has the placeholder <taskId>",
    ),
    # COGs and collections
    Bad("yes for true", COLLECTION, ("output", "cogOutput"), "yes", "give true or false"),
    Bad(
        "a COG of INT8",
        _int8_cog,
        SCRIPT,
        requests.script(outputs='{ bands: 1, sampleType: "INT8" }'),
        "use INT16, or unset cogOutput",
    ),
    Bad(
        "an unknown resampling",
        COLLECTION,
        ("output", "cogParameters", "resamplingAlgorithm"),
        "bilinear",
        "nearest, average",
    ),
    Bad(
        "blocks that TIFF forbids",
        COLLECTION,
        ("output", "cogParameters"),
        {"blockxsize": 1000},
        "multiple of 16",
        "output.cogParameters.blockxsize",
    ),
    Bad("a collection without COGs", COLLECTION, ("output", "cogOutput"), False, "set cogOutput to true"),
    Bad(
        "two collections at once",
        COLLECTION,
        ("output", "collectionId"),
        "9688cd56-6c70-4221-add8-a5821d0256a9",
        "is given beside createCollection",
    ),
    Bad(
        "a data type as collection id",
        COLLECTION,
        ("output", "collectionId"),
        "batch-9688cd56-6c70-4221-add8-a5821d0256a9",
        "give the id alone: 9688cd56-6c70-4221-add8-a5821d0256a9",
    ),
    Bad(
        "COG settings of a collection",
        COLLECTION,
        ("output", "cogParameters", "overviewLevels"),
        [2, 4],
        "is not for collections",
    ),
    Bad("a collection of three bands", COLLECTION, SCRIPT, _RGB, "return each band as an output of its own"),
    # Zarr
    Bad(
        "Zarr in UTM",
        ZARR,
        ("tiling_grid",),
        {"id": 0, "resolution": 60.0},
        "for zarr_output use 3",
        "tiling_grid.id",
    ),
    Bad("Zarr without group", ZARR, ("zarr_output", "group"), REMOVED, '{"zarr_format": 2}'),
    Bad("Zarr version 3", ZARR, ("zarr_output", "group", "zarr_format"), 3, "version 2 only"),
    Bad(
        "an unknown origin",
        ZARR,
        ("zarr_output", "group", "coordinates"),
        {"origin": "center"},
        "topLeft or bottomLeft",
        "zarr_output.group.coordinates.origin",
    ),
    Bad(
        "a tile's name in a Zarr path",
        ZARR,
        ("zarr_output", "path"),
        "s3://my-bucket/<tileName>",
        "fills in <requestId> only",
    ),
    Bad(
        "a TIFF in Zarr",
        ZARR,
        (*RESPONSES, 0, "format", "type"),
        "image/tiff",
        "use zarr/array for every response",
    ),
    Bad(
        "chunks that do not fit",
        ZARR,
        (*ARRAYS, "chunks"),
        [1, 999, 1000],
        "does not divide the 1000 pixels of a tile in y; use 500",
        f"{P_ARRAYS}.chunks[1]",
    ),
    Bad("chunks over time", ZARR, (*ARRAYS, "chunks"), [2, 500, 500], "must be 1", f"{P_ARRAYS}.chunks[0]"),
    Bad("flat chunks", ZARR, (*ARRAYS, "chunks"), [500, 500], "give [1, y, x]"),
    Bad("an unknown dtype", ZARR, (*ARRAYS, "dtype"), "uint16", "use one of |u1"),
    Bad(
        "a dtype too small",
        ZARR,
        (*ARRAYS, "dtype"),
        "|u1",
        'cannot hold output "band08" of sampleType UINT16; use "<u2"',
    ),
    Bad("columns first", ZARR, (*ARRAYS, "order"), "F", 'only "C" is supported'),
    Bad("a fill value out of range", ZARR, (*ARRAYS, "fill_value"), -1, "from 0 to 65535"),
    Bad("no fill value", ZARR, (*ARRAYS, "fill_value"), REMOVED, "is missing"),
    Bad(
        "an override of no array",
        ZARR,
        ("zarr_output", "arrayOverrides", "ndvi"),
        {"dtype": "<f4"},
        "names no response",
    ),
    Bad(
        "a Zarr array of three bands",
        ZARR,
        SCRIPT,
        seed.MAX_NDVI_ARRAYS.replace("bands: 1", "bands: 3", 1),
        "a Zarr array holds one",
    ),
)
