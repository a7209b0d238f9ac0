"""Changes of the usual v2 request, in the notation of `Tasks.payload`."""

from __future__ import annotations

from typing import Any

from ..changes import ZARR_FORM
from .conftest import BUCKET

Json = dict[str, Any]
FOLDER = f"s3://{BUCKET}/out"
S3 = "output__delivery__s3__"
NOBODY = "9688cd56-6c70-4221-add8-a5821d0256a9"
ARRAY: Json = {"dtype": "<u2", "order": "C", "chunks": [1, 1000, 1000], "fill_value": 0}
ROLE = "arn:aws:iam::123456789012:role/batch"
WITH_ROLE: Json = {f"{S3}accessKey": None, f"{S3}secretAccessKey": None, f"{S3}iamRoleARN": ROLE}
TWO = [{"identifier": name, "format": {"type": "image/tiff"}} for name in ("a", "b")]
MIXED = [
    {"identifier": "default", "format": {"type": "image/tiff"}},
    {"identifier": "userdata", "format": {"type": "application/json"}},
]
# [BYOC docs: bucket policy] What the deployment's principal needs of a collection's bucket.
READING = ["s3:GetBucketLocation", "s3:ListBucket", "s3:GetObject"]
RESPONSES = "processRequest__output__responses"


def zarr(**changes: Any) -> Json:
    """Changes that ask for Zarr output, with members of the output replaced."""
    made: Json = {
        **ZARR_FORM,
        "input": {"type": "tiling-grid", "id": 6, "resolution": 100.0},
        "output__type": "zarr",
        "output__group": {"zarr_format": 2},
        "output__arrayParameters": ARRAY,
    }
    return {**made, **{f"output__{name}": value for name, value in changes.items()}}


def geopackage(url: str = "s3://results/features.gpkg", **changes: Any) -> Json:
    """Changes that ask for the features of a GeoPackage; with ``***`` for what the client has to put in."""
    return {"input": {"type": "geopackage", "features": {"s3": {"url": url, "iamRoleARN": ROLE}}, **changes}}
