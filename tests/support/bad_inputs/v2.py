"""Mistakes in requests for batch v2, and one request over features to start from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from tests.support import requests

from .mistake import COLLECTION, GEOTIFF, REMOVED, ZARR, Bad

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


def _bad(  # noqa: PLR0917 - a row of the table below
    name: str,
    base: Callable[[], dict[str, Any]],
    path: tuple[str | int, ...],
    value: Any,
    named: str,
    words: str,
) -> Bad:
    return Bad(name, base, path, value, words, named)


BAD_V2: Final = (
    # what cuts the area
    _bad(
        "neither grid nor features",
        GEOTIFF,
        ("tiling_grid",),
        REMOVED,
        "tiling_grid",
        "is missing, and so are features; give exactly one of them",
    ),
    _bad(
        "grid and features",
        F,
        ("tiling_grid",),
        {"id": 0, "resolution": 60.0},
        "features",
        "is given beside tiling_grid; give exactly one of tiling_grid, features",
    ),
    _bad(
        "an area is a must with a grid",
        GEOTIFF,
        ("process_request", "input", "bounds"),
        REMOVED,
        "process_request.input.bounds",
        "give a bbox or a geometry",
    ),
    _bad("features of no kind", F, ("features",), "areas.gpkg", "features", "give an object"),
    _bad("features nowhere", F, ("features", "s3"), REMOVED, "features.s3", URL),
    _bad("features without URL", F, ("features", "s3", "url"), REMOVED, "features.s3.url", URL),
    _bad(
        "features of this machine",
        F,
        ("features", "s3", "url"),
        "areas.gpkg",
        "features.s3.url",
        "write s3://areas.gpkg",
    ),
    _bad(
        "features of another store",
        F,
        ("features", "s3", "url"),
        "gs://my-bucket/areas.gpkg",
        "features.s3.url",
        "results go to S3",
    ),
    _bad(
        "a folder of features",
        F,
        ("features", "s3", "url"),
        "s3://my-bucket/areas/",
        "features.s3.url",
        "names no file",
    ),
    _bad("a region of no kind", F, ("features", "s3", "region"), 1, "features.s3.region", "leave it out"),
    _bad("defaults of no kind", F, _DEFAULTS, 10, "features.defaults", "give an object"),
    _bad("no resolution", F, (*_DEFAULTS, "resolution"), 0, "features.defaults.resolution", "above 0"),
    _bad("no width", F, _DEFAULTS, {"width": 0, "height": 1}, "features.defaults.width", "from 1 to 3500"),
    _bad(
        "too high", F, _DEFAULTS, {"width": 1, "height": 3501}, "features.defaults.height", "from 1 to 3500"
    ),
    _bad(
        "half a pixel", F, _DEFAULTS, {"width": 1.5, "height": 1}, "features.defaults.width", "a whole number"
    ),
    _bad(
        "size and resolution",
        F,
        _DEFAULTS,
        {"width": 10, "height": 10, "resolution": 10},
        "features.defaults.resolution",
        "is given beside a size",
    ),
    # where results go
    _bad("nowhere to go", GEOTIFF, ("bucket_name",), REMOVED, "output", "give exactly one of them"),
    _bad(
        "v1's number of a tile",
        COLLECTION,
        _PATH,
        "s3://my-bucket/<requestId>/<tileId>/<outputId>.tif",
        "output.defaultTilePath",
        "write <tileName> in its place; the service fills in <requestId>, <tileName>, <outputId>, <format>",
    ),
    _bad(
        "one place for all tiles",
        COLLECTION,
        _PATH,
        "s3://my-bucket/<requestId>/<outputId>.tif",
        "output.defaultTilePath",
        "add <tileName>, or leave out all placeholders",
    ),
    _bad(
        "characters of no URL",
        COLLECTION,
        _PATH,
        "s3://my-bucket/größe+1/<tileName>/<outputId>.tif",
        "output.defaultTilePath",
        "that v2 does not take: +, ß, ö",
    ),
    _bad(
        "characters of no Zarr URL",
        ZARR,
        ("zarr_output", "path"),
        "s3://my-bucket/a=b/<requestId>",
        "zarr_output.path",
        "it takes letters",
    ),
    _bad(
        "a tile's name in a Zarr URL",
        ZARR,
        ("zarr_output", "path"),
        "s3://my-bucket/<tileName>",
        "zarr_output.path",
        "for Zarr the service fills in <requestId> only",
    ),
    _bad(
        "a Zarr path without scheme",
        ZARR,
        ("zarr_output", "path"),
        "my-bucket/<requestId>",
        "zarr_output.path",
        "write s3://my-bucket/<requestId>",
    ),
    _bad(
        "paths of single outputs",
        COLLECTION,
        ("output", "responses"),
        [{"identifier": "red", "tilePath": "s3://my-bucket/red/<tileName>.tif"}],
        "output.responses",
        "give one path for all in defaultTilePath, with <outputId>",
    ),
    _bad(
        "a batch collection's data type",
        _into_collection,
        ("output", "collectionId"),
        f"batch-{_COLLECTION_ID}",
        "output.collectionId",
        "give the id alone",
    ),
    # by what right
    _bad("no role", F, ("role_arn",), "sentinelhub-results", "role_arn", "give one such as arn:aws:iam"),
    _bad(
        "a user for a role",
        F,
        ("role_arn",),
        "arn:aws:iam::123456789012:user/me",
        "role_arn",
        "is no ARN of an IAM role",
    ),
    _bad("keys for features", F, ("features", "s3", "accessKey"), KEYS[0], "features.s3.accessKey", "belong"),
    _bad(
        "a secret key for features",
        F,
        ("features", "s3", "secretAccessKey"),
        KEYS[1],
        "features.s3.secretAccessKey",
        "sentinelhub:deliverySecretAccessKey",
    ),
    _bad(
        "the API's delivery",
        COLLECTION,
        ("output", "delivery"),
        {"s3": {"url": "s3://my-bucket", "accessKey": KEYS[0], "secretAccessKey": KEYS[1]}},
        "output.delivery.s3.secretAccessKey",
        "never in the program",
    ),
    _bad(
        "keys in Python's spelling",
        ZARR,
        ("zarr_output", "access_key"),
        KEYS[0],
        "zarr_output.access_key",
        "keys",
    ),
    _bad(
        "keys where data are read",
        GEOTIFF,
        ("process_request", "input", "data", 0, "secret_access_key"),
        KEYS[1],
        "process_request.input.data[0].secret_access_key",
        "should be replaced by a new key",
    ),
)
