"""The examples on version 2 of the batch API: the programs as they are, but for what that version lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.e2e.jobs import buckets, changes, keys, look_often, remote
from tests.e2e.notebook import Notebook, only_bucket
from tests.e2e.v2 import PROCESS_V2
from tests.support.cli import MakeStack, Stack
from tests.support.patience import eventually
from tests.support.sandbox import ACTIVE, Controls

BUCKET = "somebody-elses"
BYOC = "/api/v1/byoc/collections"


@pytest.fixture
def on_v2(make_stack: MakeStack, sandbox: Controls) -> Iterator[Callable[[str], Stack]]:
    """Makes the stack of an example; in the end nothing but v2 was called, and nothing is left to run."""
    made: list[Stack] = []

    def make(example: str) -> Stack:
        stack = make_stack(example=example)
        look_often(stack, api="v2")
        made.append(stack)
        return stack

    yield make
    (stack,) = made
    stack.destroy()
    assert [call for call in changes(sandbox) if "/batch/" in call and PROCESS_V2 not in call] == []
    assert [one for one in remote(sandbox) if one["status"] in ACTIVE] == []
    assert [name for name in buckets(sandbox) if name != BUCKET] == []
    assert Notebook(sandbox).ask("GET", BYOC)["data"] == []
    assert stack.resources() == {}
    eventually(lambda: not stack.processes(), "the engine's helpers end")


def up(stack: Stack) -> dict[str, Any]:
    """Bring it up, and see that nothing is to be done afterwards; its outputs."""
    stack.up()
    stack.refresh("--expect-no-changes")
    stack.preview(expect_no_changes=True)
    return stack.outputs()


def requests(sandbox: Controls) -> int:
    """How many requests were made; each of them was started once."""
    calls = [call for call in changes(sandbox) if call.startswith(f"POST {PROCESS_V2}")]
    made = calls.count(f"POST {PROCESS_V2}")
    assert len([call for call in calls if call.endswith("/start")]) == made
    return made


def test_geotiff(on_v2: Callable[[str], Stack], sandbox: Controls) -> None:
    """The documentation's own request gives a GeoTIFF a tile, at the path that the outputs tell."""
    outputs = up(on_v2("geotiff"))
    assert outputs["status"] == "DONE"
    written = keys(sandbox, outputs["bucket"], ".tif")
    assert len(written) == outputs["tiles"]
    folder = outputs["resultPath"].removeprefix(f"s3://{outputs['bucket']}/")
    assert [key for key in written if not key.startswith(f"{folder}/")] == []
    assert requests(sandbox) == 1


def test_zarr(on_v2: Callable[[str], Stack], sandbox: Controls) -> None:
    """The documentation's own request gives one Zarr group, where the outputs tell."""
    outputs = up(on_v2("zarr"))
    assert outputs["status"] == "DONE"
    bucket = only_bucket(sandbox)
    assert outputs["zarr"] == f"s3://{bucket}/{outputs['requestId']}"
    arrays = {key.split("/")[1] for key in keys(sandbox, bucket, "/.zarray")}
    assert arrays >= {"maxNDVI", "band04", "band08"}
    assert requests(sandbox) == 1


def test_existing_bucket(on_v2: Callable[[str], Stack], sandbox: Controls) -> None:
    """A bucket that someone else has made is used as it is: the keys alone let the service in."""
    region = {"LocationConstraint": sandbox.endpoints["region"]}
    sandbox.s3().create_bucket(Bucket=BUCKET, CreateBucketConfiguration=region)
    stack = on_v2("existing-bucket")
    stack.config("bucket", BUCKET)
    assert up(stack)["status"] == "DONE"
    assert keys(sandbox, BUCKET, ".tif")
    assert requests(sandbox) == 1


def test_many_regions(on_v2: Callable[[str], Stack], sandbox: Controls) -> None:
    """A dozen requests fit into the budget, each charged at the least, which the estimate is below."""
    outputs = up(on_v2("many-regions"))
    assert set(outputs["statuses"].values()) == {"DONE"}
    assert requests(sandbox) == len(outputs["statuses"]) == 12
    assert outputs["cost"] == 1200
    assert 0 < outputs["costEstimate"] < 12


def test_partial_restart(on_v2: Callable[[str], Stack], sandbox: Controls) -> None:
    """Nothing is run again; with accept_partial in its place what failed is left out and named."""
    sandbox.control("PUT", "options", {"fail_tiles": 0.4})
    stack = on_v2("partial-restart")
    refused = stack.preview(expect_failure=True).output
    assert "restart_partial: is 2, and API v2 cannot run failed tiles again" in refused
    program = (stack.folder / "__main__.py").read_text()
    stack.program(program.replace("restart_partial=2", "accept_partial=True"))
    outputs = up(stack)
    assert (outputs["status"], outputs["restarts"]) == ("PARTIAL", 0)
    assert len(outputs["failedTiles"]) == outputs["tilesByStatus"]["FAILED"] > 0
    assert requests(sandbox) == 1


def test_collection(on_v2: Callable[[str], Stack], sandbox: Controls) -> None:
    """Three requests write into two BYOC collections, which destroy deletes; the requests' records stay."""
    stack = on_v2("collection")
    outputs = up(stack)
    assert outputs["status"] == "DONE"
    notebook = Notebook(sandbox)
    named = {one["name"]: one["id"] for one in notebook.ask("GET", BYOC)["data"]}
    assert outputs["collection"] == f"byoc-{named['NDVI of Corsica']}"
    assert outputs["ofCentre"] == f"byoc-{named['NDVI of centre']}"
    assert outputs["bands"]["ndvi"]["bitDepth"] == 32
    for id in named.values():
        tiles = notebook.ask("GET", f"{BYOC}/{id}/tiles")["data"]
        assert {tile["status"] for tile in tiles} == {"INGESTED"}
    assert requests(sandbox) == 3


def test_features(on_v2: Callable[[str], Stack], sandbox: Controls) -> None:
    """Areas that stand in the program give a GeoTIFF each, and their file goes with the stack."""
    outputs = up(on_v2("features"))
    assert (outputs["status"], outputs["areas"]) == ("DONE", 2)
    files = {key.rsplit("/", 1)[-1] for key in keys(sandbox, outputs["bucket"], ".tif")}
    assert files == {"asco.tif", "tavignano.tif"}
    assert requests(sandbox) == 1
