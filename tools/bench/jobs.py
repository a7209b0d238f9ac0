"""The jobs that everybody does: payloads as the workflow document has them, each of one tile in Corsica."""

from __future__ import annotations

from typing import Any, Final

from tests.support import seed
from tests.support.sandbox import Controls

BUCKET: Final = "results"
#: Degrees, west, south, east, north; moved by thousands of steps it is still in the same tile of 20 km.
AREA: Final = (9.12, 42.2, 9.17, 42.25)
_STEP_DEGREES: Final = 1e-5


def payload(number: int) -> dict[str, Any]:
    """A payload of v1: the document's evalscript and dates, an area of its own within one tile."""
    made = seed.geotiff(BUCKET)
    shift = number * _STEP_DEGREES
    made["processRequest"]["input"]["bounds"]["bbox"] = [round(edge + shift, 5) for edge in AREA]
    made["description"] = f"Max NDVI over Corsica, area {number}"
    return made


def payload_v2(number: int, keys: dict[str, str]) -> dict[str, Any]:
    """The same for v2, which is given the keys of the bucket."""
    v1 = payload(number)
    return {
        "processRequest": v1["processRequest"],
        "input": {"type": "tiling-grid", **v1["tilingGrid"]},
        "output": {"type": "raster", "delivery": {"s3": {"url": f"s3://{BUCKET}", **keys}}},
        "description": v1["description"],
    }


def payloads(api: str, n: int, sandbox: Controls) -> list[dict[str, Any]]:
    """All payloads of a generation, for this sandbox."""
    if api == "v1":
        return [payload(number) for number in range(n)]
    ends = sandbox.endpoints
    keys = {
        "region": str(ends["region"]),
        "accessKey": str(ends["aws_access_key_id"]),
        "secretAccessKey": str(ends["aws_secret_access_key"]),
    }
    return [payload_v2(number, keys) for number in range(n)]
