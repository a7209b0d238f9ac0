"""The vendor's own client of batch v2, unmodified."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.io import MemoryFile

from sentinelhub_sandbox import Sandbox, SandboxOptions
from tests.support.contract import Contract
from tests.support.vendor import run

from ..cogs import cog, pixels
from ..conftest import grant, s3_of
from ..processing.requests import script
from .conftest import BUCKET, MakeTasks, Tasks, open_bucket
from .features import Feature, geopackage
from .orders import READING

HERE = Path(__file__).parent


def settings(tasks: Tasks, **more: str) -> dict[str, str]:
    """What a program has to know of a sandbox."""
    ends = tasks.ends
    return {
        "base_url": ends["base_url"],
        "token_url": ends["token_url"],
        "client_id": ends["client_id"],
        "client_secret": ends["client_secret"],
        "access_key": ends["aws_access_key_id"],
        "secret_access_key": ends["aws_secret_access_key"],
        "bucket": BUCKET,
        **more,
    }


def values(body: bytes) -> NDArray[Any]:
    with MemoryFile(body) as memory, memory.open() as file:
        return np.asarray(file.read())


def test_sentinelhub_py(delivering: MakeTasks, contract: Contract | None) -> None:
    """Create, list, search, update, analyse, start, stop, monitor to the end; over a grid and features."""
    tasks = delivering(processing_seconds=0.5)
    body = geopackage([Feature("a", shapely.box(500000, 4650000, 500400, 4650200), 40, 20)])
    s3_of(tasks.sandbox).put_object(Bucket=BUCKET, Key="features.gpkg", Body=body)
    seen = run(HERE / "vendor_program.py", settings(tasks, evalscript="//VERSION=3"))
    assert seen["version"] == "3.11.5"
    assert (seen["first"]["status"], seen["reason"]) == ("STOPPED", "USER_ACTION")
    assert "Illegal to change userAction from ANALYSE to ANALYSE" in seen["again"]
    assert "30 minutes" in seen["early"]
    assert (seen["second"]["status"], seen["second"]["completionPercentage"]) == ("DONE", 100)
    assert "second/a.tif" in tasks.objects() or "second/a/default.tif" in tasks.objects()
    if contract is not None:
        # What the client sent is what the contract has.
        sent = [
            call["body"]
            for call in tasks.control("GET", "/journal").json()
            if call["method"] == "POST" and call["path"] == "/api/v2/batch/process"
        ]
        assert len(sent) == 2
        for payload in sent:
            contract.validate("/components/schemas/BatchV2ProcessRequest", payload)


def test_sentinelhub_py_with_byoc(contract: Contract | None) -> None:
    """Collections and tiles: create, get, list, update, copy, delete; batch makes one, fills and reads it."""
    quick = SandboxOptions(
        analysis_seconds=0.0, processing_seconds=0.0, ingestion_seconds=0.05, metadata_seconds=0.0
    )
    with Sandbox(quick) as sandbox:
        tasks = Tasks(sandbox, contract)
        s3 = open_bucket(sandbox)
        s3.put_bucket_policy(Bucket=BUCKET, Policy=grant(BUCKET, Action=READING))
        for key in ("a/B04.tif", "b/B04.tif"):
            s3.put_object(Bucket=BUCKET, Key=key, Body=cog(pixels(500)))
        form = "{id: 'result', bands: 2, sampleType: 'UINT16'}"
        write = script("return [samples.B04, 7]", output=form, units="DN")
        names = '"result", "result2"'
        read = script("return [samples.result, samples.result2]", output=form, bands=names)
        seen = run(HERE / "vendor_byoc_program.py", settings(tasks, write=write, read=read))
        assert seen["version"] == "3.11.5"
        hand, batch = seen["by_hand"], seen["batch"]
        assert hand["statuses"] == ["INGESTED", "INGESTED"]
        assert "already exists" in hand["twice"]
        assert hand["sensed"].startswith("2021-02-06T18:02:34")
        assert (hand["found"], hand["copied"]) == (["renamed"], 2)
        assert (batch["collection"], batch["bands"]) == ("first", ["result", "result2"])
        assert batch["statuses"] == ["INGESTED", "INGESTED"]
        assert all(path.endswith("/(BAND).tif") for path in batch["paths"])
        assert batch["type"] == batch["data"]
        assert "Not found" in batch["gone"]
        assert seen["left"] == []
        written = {
            number: next(key for key in tasks.objects() if batch[number] in key and key.endswith(".tif"))
            for number in ("first", "third")
        }
        assert (values(tasks.read(written["first"])) == values(tasks.read(written["third"]))).all()
