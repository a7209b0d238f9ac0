"""The vendor's own client of batch v2, unmodified."""

from __future__ import annotations

from pathlib import Path

import shapely

from ..conftest import s3_of
from ..contract import Contract
from .conftest import BUCKET, MakeTasks
from .features import Feature, geopackage
from .vendor import run

PROGRAM = Path(__file__).with_name("vendor_program.py")


def test_sentinelhub_py(delivering: MakeTasks, contract: Contract | None) -> None:
    """Create, list, search, update, analyse, start, stop, monitor to the end; over a grid and features."""
    tasks = delivering(processing_seconds=0.5)
    body = geopackage([Feature("a", shapely.box(500000, 4650000, 500400, 4650200), 40, 20)])
    s3_of(tasks.sandbox).put_object(Bucket=BUCKET, Key="features.gpkg", Body=body)
    ends = tasks.ends
    seen = run(
        PROGRAM,
        {
            "base_url": ends["base_url"],
            "token_url": ends["token_url"],
            "client_id": ends["client_id"],
            "client_secret": ends["client_secret"],
            "access_key": ends["aws_access_key_id"],
            "secret_access_key": ends["aws_secret_access_key"],
            "bucket": BUCKET,
            "evalscript": "//VERSION=3",
        },
    )
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
            contract.validate({"$ref": "urn:spec#/components/schemas/BatchV2ProcessRequest"}, payload)
