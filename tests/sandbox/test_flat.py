"""A sandbox of flat tiles, through the whole service."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from rasterio.io import MemoryFile

from sentinelhub_sandbox import Sandbox, SandboxOptions
from tests.support.contract import Contract

from .conftest import Client, make_bucket, s3_of
from .processing.requests import script

# Good for the one row that an analysis looks at, but not for a tile.
SHORT_OF_BREATH = script("if (++calls > 400) throw new Error('enough'); return [1]", extra="let calls = 0;")
CORNER = {"processRequest__input__bounds__bbox": [9.0, 42.0, 9.1, 42.1]}


@pytest.mark.parametrize(("kind", "status"), [("flat", "DONE"), ("evalscript", "FAILED")])
def test_flat_tiles_run_no_evalscript(
    contract: Contract | None, kind: Literal["flat", "evalscript"], status: str
) -> None:
    """One that every tile would fail with gives whole tiles of ones; its analysis is as always."""
    options = SandboxOptions(pixels=kind, analysis_seconds=0.02, processing_seconds=0.1)
    with Sandbox(options) as sandbox:
        judge(Client(sandbox, contract), kind, status)


def judge(client: Client, kind: str, status: str) -> None:
    """Raises AssertionError."""
    s3 = s3_of(client.sandbox)
    make_bucket(s3, "results")
    wish: dict[str, Any] = {**CORNER, "processRequest__evalscript": SHORT_OF_BREATH}
    request_id = client.create(**wish)
    client.act(request_id, "start")
    assert client.until(request_id, "DONE", "PARTIAL", "FAILED")["status"] == status
    tiles = client.call("GET", f"/process/{request_id}/tiles").json()["data"]
    for tile in tiles if kind == "flat" else ():
        body = s3.get_object(Bucket="results", Key=f"{request_id}/{tile['name']}/default.tif")["Body"].read()
        with MemoryFile(body) as memory, memory.open() as raster:
            assert (raster.read() == 1).all()
    broken = client.create(**{**wish, "processRequest__evalscript": "function setup( {"})
    client.act(broken, "analyse")
    assert client.until(broken, "FAILED", "ANALYSIS_DONE")["status"] == "FAILED"
