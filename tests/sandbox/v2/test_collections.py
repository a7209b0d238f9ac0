"""Tasks that write into BYOC collections, and read them as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from rasterio.io import MemoryFile

from sentinelhub_sandbox import Sandbox, SandboxOptions
from tests.support.contract import Contract

from ..cogs import Byoc
from ..conftest import Json, grant, s3_of
from ..processing.requests import script
from ..stand_in import Output, StandIn
from .conftest import BUCKET, MakeTasks, Tasks, open_bucket, rows
from .orders import NOBODY, READING, RESPONSES, S3

RESULT: Json = {RESPONSES: [{"identifier": "result", "format": {"type": "image/tiff"}}]}
COG: Json = {"output__cogOutput": True}
MAKING: Json = {**RESULT, **COG, "output__createCollection": True}
AREA: Json = {"processRequest__input__bounds": {"bbox": [9.05, 42.05, 9.06, 42.06]}}
THREE = script(
    "return [samples.B04, samples.B04 * 2, 7]",
    output="{id: 'result', bands: 3, sampleType: 'UINT16'}",
    units="DN",
)


@pytest.fixture
def tasks(contract: Contract | None) -> Iterator[Tasks]:
    """A sandbox with real pixels, in real and short time, whose bucket lets the deployment read."""
    options = SandboxOptions(
        analysis_seconds=0.0, processing_seconds=0.0, ingestion_seconds=0.0, metadata_seconds=0.0
    )
    with Sandbox(options) as sandbox:
        open_bucket(sandbox).put_bucket_policy(Bucket=BUCKET, Policy=grant(BUCKET, Action=READING))
        yield Tasks(sandbox, contract)


def done(tasks: Tasks, **changes: Any) -> Json:
    view = tasks.run(**{**AREA, **changes})
    assert view["status"] == "DONE", view.get("error")
    return view


def execution_of(tasks: Tasks) -> str:
    """The key of the one execution database."""
    [key] = [key for key in tasks.objects() if "/execution-" in f"/{key}"]
    return key


def pixels(body: bytes) -> NDArray[Any]:
    with MemoryFile(body) as memory, memory.open() as file:
        return np.asarray(file.read())


def collection_of(view: Json) -> str:
    return str(view["request"]["output"]["collectionId"])


# A delivery URL, the path of the tile, and what `(BAND)` stands for in it.
PATHS = {
    "by default": (f"s3://{BUCKET}", "{id}/{tile}/(BAND).tif", "result"),
    "with the output": (f"s3://{BUCKET}/o/<outputId>/<tileName>.tif", "o/(BAND)/{tile}.tif", "result"),
    "a name of its own": (f"s3://{BUCKET}/o/<tileName>/ndvi.<format>", "o/{tile}/(BAND).tif", "ndvi"),
    "the tile's name": (f"s3://{BUCKET}/o/<tileName>.tif", "o/{tile}(BAND).tif", ""),
}


@pytest.mark.parametrize(("url", "path", "source"), PATHS.values(), ids=PATHS)
def test_results_are_read_as_data(tasks: Tasks, url: str, path: str, source: str) -> None:
    """A collection is made with the outputs' bands, its tiles are ingested, and a later task reads them."""
    first = done(
        tasks, **MAKING, processRequest__evalscript=THREE, **{f"{S3}url": url}, description="Three bands"
    )
    collection = collection_of(first)
    byoc = Byoc(tasks)
    seen = byoc.get(collection)
    assert (seen["name"], seen["s3Bucket"], seen["isConfigured"]) == ("Three bands", BUCKET, True)
    assert seen["additionalData"]["bands"] == {
        name: {"source": source, "bandIndex": index, "bitDepth": 16, "sampleFormat": "UINT"}
        for index, name in enumerate(("result", "result2", "result3"), start=1)
    }
    [tile] = byoc.tiles(collection)
    assert tile["status"] == "INGESTED", tile
    [name] = {row[0] for row in rows(tasks.read(execution_of(tasks)))}
    assert tile["path"] == path.format(id=first["id"], tile=name)
    again = script(
        "return [samples.result, samples.result2, samples.result3]",
        bands='"result", "result2", "result3"',
        output="{bands: 3, sampleType: 'UINT16'}",
    )
    data = [{"type": f"byoc-{collection}"}]
    second = done(
        tasks,
        processRequest__evalscript=again,
        processRequest__input__data=data,
        **{f"{S3}url": f"s3://{BUCKET}/read/<tileName>.tif"},
    )
    assert second["costPU"] > 0
    written = tasks.read(tile["path"].replace("(BAND)", source))
    before, after = pixels(written), pixels(tasks.read(f"read/{name}.tif"))
    assert (before == after).all()
    assert before[0].any()
    assert set(np.unique(after[2])) == {7}


def test_results_in_a_collection_of_before(tasks: Tasks) -> None:
    """Made by hand without bands, it gets those of the outputs; a repetition ingests the same tile again."""
    byoc = Byoc(tasks)
    collection = byoc.collection(BUCKET)
    into = {**RESULT, **COG, "output__collectionId": collection, "processRequest__evalscript": THREE}
    fixed = {f"{S3}url": f"s3://{BUCKET}/o/<tileName>/<outputId>.tif"}
    first = done(tasks, **into, **fixed)
    assert collection_of(first) == collection
    assert list(byoc.get(collection)["additionalData"]["bands"]) == ["result", "result2", "result3"]
    [tile] = byoc.tiles(collection)
    done(tasks, **into, **fixed, output__overwrite=True)
    assert [one["id"] for one in byoc.tiles(collection)] == [tile["id"]]
    done(tasks, **into, **{f"{S3}url": f"s3://{BUCKET}/p/<tileName>/<outputId>.tif"})
    assert [one["status"] for one in byoc.tiles(collection)] == ["INGESTED", "INGESTED"]
    one_band = script("return [1]", output="{id: 'result', bands: 1, sampleType: 'UINT16'}")
    other = tasks.run(**{**AREA, **into, "processRequest__evalscript": one_band})
    assert (other["status"], "not compatible" in other["error"]) == ("FAILED", True), other
    named = tasks.run(**{**AREA, **into}, **{f"{S3}url": f"s3://{BUCKET}/q/<tileName>/ndvi.tif"})
    assert (named["status"], "named alike" in named["error"]) == ("FAILED", True), named


def test_without_a_bucket_policy_tiles_cannot_be_ingested(tasks: Tasks) -> None:
    """Whatever the request's credentials: the task is DONE, its tiles are FAILED, and say why."""
    s3_of(tasks.sandbox).delete_bucket_policy(Bucket=BUCKET)
    first = done(tasks, **MAKING, processRequest__evalscript=THREE)
    [tile] = Byoc(tasks).tiles(collection_of(first))
    assert tile["status"] == "FAILED"
    assert "Access denied" in tile["additionalData"]["failedIngestionCause"]


def test_collections_of_others(delivering: MakeTasks) -> None:
    """Another account's, another bucket's and a deleted one are refused; one that is deleted later stops."""
    pixels = StandIn(tiles=30)
    pixels.outputs = [Output("result", 1, "FLOAT32")]
    tasks = delivering(pixels, accounts=("far:c:elsewhere",))
    byoc = Byoc(tasks)
    theirs = Byoc(tasks.other(1)).collection(BUCKET)
    for collection in (theirs, NOBODY):
        status, message = tasks.error(
            "POST", "/process", tasks.payload(**RESULT, **COG, output__collectionId=collection)
        )
        assert (status, message) == (400, f"BYOC collection {collection} does not exist.")
    elsewhere = tasks.run(**RESULT, **COG, output__collectionId=byoc.collection("elsewhere"))
    assert (elsewhere["status"], "elsewhere" in elsewhere["error"]) == ("FAILED", True)
    pixels.gate.clear()
    task = tasks.create(**MAKING)
    tasks.act(task, "start")
    tasks.until(task, "PROCESSING")
    byoc.call("DELETE", f"/collections/{collection_of(tasks.get(task))}")
    pixels.gate.set()
    view = tasks.until(task, "STOPPED", "DONE")
    assert (view["status"], view["stoppedStatusReason"]) == ("STOPPED", "UNHEALTHY")
    assert "does not exist any more" in view["error"]


BANDS = {
    "a reserved word": ([Output("default", 1, "UINT8")], "default' is a reserved word"),
    "a clash": (
        [Output("result", 2, "UINT8"), Output("result2", 1, "UINT8")],
        "made by more than one output",
    ),
    "too many": ([Output("result", 101, "UINT8")], "at most 100"),
}


@pytest.mark.parametrize(("outputs", "words"), BANDS.values(), ids=BANDS)
def test_bands_that_no_collection_takes(delivering: MakeTasks, outputs: list[Output], words: str) -> None:
    """They fail the analysis."""
    pixels = StandIn()
    pixels.outputs = outputs
    tasks = delivering(pixels)
    named = [{"identifier": output.id, "format": {"type": "image/tiff"}} for output in outputs]
    view = tasks.run(**{RESPONSES: named}, **COG, output__createCollection=True)
    assert (view["status"], words in view["error"]) == ("FAILED", True), view
