"""Valid requests to start from: the two of the vendor's workflow document, and one with a collection."""

from __future__ import annotations

from typing import Any

from pulumi_sentinelhub.batch.v1.payload import inputs_of
from tests.support import seed

TWO_FILES = """//VERSION=3
function setup() {
  return {
    input: ["B04", "B08"],
    output: [{ id: "red", bands: 1, sampleType: "FLOAT32" }, { id: "nir", bands: 1, sampleType: "FLOAT32" }]
  }
}
function evaluatePixel(sample) {
  return { red: [sample.B04], nir: [sample.B08] }
}
"""


def script(
    *, inputs: str = '["B04", "B08"]', outputs: str = '{ id: "default", bands: 1 }', more: str = ""
) -> str:
    """An evalscript with these inputs and outputs."""
    setup = f"function setup() {{ return {{ input: {inputs}, output: {outputs} {more} }} }}"
    return f"//VERSION=3\n{setup}\nfunction evaluatePixel(sample) {{ return [1] }}\n"


def geotiff() -> dict[str, Any]:
    """Option 1 of the workflow document: max NDVI over Corsica."""
    return inputs_of(seed.geotiff("my-bucket"))


def zarr() -> dict[str, Any]:
    """Option 2 of the workflow document: three arrays of one Zarr group."""
    inputs = inputs_of(seed.zarr("my-bucket"))
    inputs["zarr_output"]["path"] = "s3://my-bucket/<requestId>"
    return inputs


def collection() -> dict[str, Any]:
    """A request that makes a collection: COGs of one band each."""
    return {
        "process_request": {
            **geotiff()["process_request"],
            "output": {
                "responses": [
                    {"identifier": name, "format": {"type": "image/tiff"}} for name in ("red", "nir")
                ]
            },
            "evalscript": TWO_FILES,
        },
        "tiling_grid": {"id": 0, "resolution": 60.0, "bufferX": 0, "bufferY": 0},
        "output": {
            "defaultTilePath": "s3://my-bucket/corsica/<requestId>/<tileName>/<outputId>.tif",
            "cogOutput": True,
            "createCollection": True,
            "cogParameters": {"resamplingAlgorithm": "average"},
        },
        "description": "Red and near infrared",
    }
