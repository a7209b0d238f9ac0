"""Mistakes in requests for batch v2, and one request over features to start from."""

from __future__ import annotations

from typing import Any, Final

from tests.preview.checks import requests
from tests.preview.checks.bad_input import COLLECTION, GEOTIFF, REMOVED, ZARR, BadInput

ROLE: Final = "arn:aws:iam::123456789012:role/sentinelhub-results"
URL: Final = "s3://my-bucket/areas.gpkg"
_DEFAULTS: Final = ("features", "defaults")
_PATH: Final = ("output", "defaultTilePath")
_COLLECTION_ID: Final = "0c5e53ba-2ef8-4a5b-8b1b-ad5b0d4e5f4e"
#: In no message, wherever they are written.
KEYS: Final = ("AKIACANARY0CANARY123", "canary/secret+canary")


def features() -> dict[str, Any]:
    """Option 1 of the workflow document over features: no grid, and no area."""
    inputs = requests.geotiff()
    del inputs["tiling_grid"], inputs["process_request"]["input"]["bounds"]
    inputs["features"] = {"s3": {"url": URL, "region": "eu-central-1"}, "defaults": {"resolution": 10.0}}
    inputs["role_arn"] = ROLE
    return inputs


def _into_collection() -> dict[str, Any]:
    inputs = requests.collection()
    del inputs["output"]["createCollection"]
    return inputs


F: Final = features

BAD_V2: Final = (
    # what cuts the area
    BadInput(
        "neither grid nor features",
        GEOTIFF,
        ("tiling_grid",),
        REMOVED,
        "tiling_grid",
        "is missing, and so are features; give exactly one of them",
    ),
    BadInput(
        "grid and features",
        F,
        ("tiling_grid",),
        {"id": 0, "resolution": 60.0},
        "features",
        "is given beside tiling_grid; give exactly one of tiling_grid, features",
    ),
    BadInput(
        "an area is a must with a grid",
        GEOTIFF,
        ("process_request", "input", "bounds"),
        REMOVED,
        "process_request.input.bounds",
        "give a bbox or a geometry",
    ),
    BadInput("features of no kind", F, ("features",), "areas.gpkg", "features", "give an object"),
    BadInput("features nowhere", F, ("features", "s3"), REMOVED, "features.s3", URL),
    BadInput("features without URL", F, ("features", "s3", "url"), REMOVED, "features.s3.url", URL),
    BadInput(
        "features of this machine",
        F,
        ("features", "s3", "url"),
        "areas.gpkg",
        "features.s3.url",
        "write s3://areas.gpkg",
    ),
    BadInput(
        "features of another store",
        F,
        ("features", "s3", "url"),
        "gs://my-bucket/areas.gpkg",
        "features.s3.url",
        "results go to S3",
    ),
    BadInput(
        "a folder of features",
        F,
        ("features", "s3", "url"),
        "s3://my-bucket/areas/",
        "features.s3.url",
        "names no file",
    ),
    BadInput("a region of no kind", F, ("features", "s3", "region"), 1, "features.s3.region", "leave it out"),
    BadInput("defaults of no kind", F, _DEFAULTS, 10, "features.defaults", "give an object"),
    BadInput("no resolution", F, (*_DEFAULTS, "resolution"), 0, "features.defaults.resolution", "above 0"),
    BadInput(
        "no width", F, _DEFAULTS, {"width": 0, "height": 1}, "features.defaults.width", "from 1 to 3500"
    ),
    BadInput(
        "too high", F, _DEFAULTS, {"width": 1, "height": 3501}, "features.defaults.height", "from 1 to 3500"
    ),
    BadInput(
        "half a pixel", F, _DEFAULTS, {"width": 1.5, "height": 1}, "features.defaults.width", "a whole number"
    ),
    BadInput(
        "size and resolution",
        F,
        _DEFAULTS,
        {"width": 10, "height": 10, "resolution": 10},
        "features.defaults.resolution",
        "is given beside a size",
    ),
    # where results go
    BadInput("nowhere to go", GEOTIFF, ("bucket_name",), REMOVED, "output", "give exactly one of them"),
    BadInput(
        "v1's number of a tile",
        COLLECTION,
        _PATH,
        "s3://my-bucket/<requestId>/<tileId>/<outputId>.tif",
        "output.defaultTilePath",
        "write <tileName> in its place; the service fills in <requestId>, <tileName>, <outputId>, <format>",
    ),
    BadInput(
        "one place for all tiles",
        COLLECTION,
        _PATH,
        "s3://my-bucket/<requestId>/<outputId>.tif",
        "output.defaultTilePath",
        "add <tileName>, or leave out all placeholders",
    ),
    BadInput(
        "characters of no URL",
        COLLECTION,
        _PATH,
        "s3://my-bucket/größe+1/<tileName>/<outputId>.tif",
        "output.defaultTilePath",
        "that v2 does not take: +, ß, ö",
    ),
    BadInput(
        "characters of no Zarr URL",
        ZARR,
        ("zarr_output", "path"),
        "s3://my-bucket/a=b/<requestId>",
        "zarr_output.path",
        "it takes letters",
    ),
    BadInput(
        "a tile's name in a Zarr URL",
        ZARR,
        ("zarr_output", "path"),
        "s3://my-bucket/<tileName>",
        "zarr_output.path",
        "for Zarr the service fills in <requestId> only",
    ),
    BadInput(
        "a Zarr path without scheme",
        ZARR,
        ("zarr_output", "path"),
        "my-bucket/<requestId>",
        "zarr_output.path",
        "write s3://my-bucket/<requestId>",
    ),
    BadInput(
        "paths of single outputs",
        COLLECTION,
        ("output", "responses"),
        [{"identifier": "red", "tilePath": "s3://my-bucket/red/<tileName>.tif"}],
        "output.responses",
        "give one path for all in defaultTilePath, with <outputId>",
    ),
    BadInput(
        "a batch collection's data type",
        _into_collection,
        ("output", "collectionId"),
        f"batch-{_COLLECTION_ID}",
        "output.collectionId",
        "give the id alone",
    ),
    # by what right
    BadInput("no role", F, ("role_arn",), "sentinelhub-results", "role_arn", "give one such as arn:aws:iam"),
    BadInput(
        "a user for a role",
        F,
        ("role_arn",),
        "arn:aws:iam::123456789012:user/me",
        "role_arn",
        "is no ARN of an IAM role",
    ),
    BadInput(
        "keys for features", F, ("features", "s3", "accessKey"), KEYS[0], "features.s3.accessKey", "belong"
    ),
    BadInput(
        "a secret key for features",
        F,
        ("features", "s3", "secretAccessKey"),
        KEYS[1],
        "features.s3.secretAccessKey",
        "sentinelhub:deliverySecretAccessKey",
    ),
    BadInput(
        "the API's delivery",
        COLLECTION,
        ("output", "delivery"),
        {"s3": {"url": "s3://my-bucket", "accessKey": KEYS[0], "secretAccessKey": KEYS[1]}},
        "output.delivery.s3.secretAccessKey",
        "never in the program",
    ),
    BadInput(
        "keys in Python's spelling",
        ZARR,
        ("zarr_output", "access_key"),
        KEYS[0],
        "zarr_output.access_key",
        "keys",
    ),
    BadInput(
        "keys where data are read",
        GEOTIFF,
        ("process_request", "input", "data", 0, "secret_access_key"),
        KEYS[1],
        "process_request.input.data[0].secret_access_key",
        "should be replaced by a new key",
    ),
)
