"""Batch collections and adoption: what others have made is taken over as it is."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.e2e.jobs import creations, remote, stack_of, starts
from tests.e2e.notebook import Notebook, statuses
from tests.support import seed
from tests.support.cli import MakeStack
from tests.support.inputs import ONE_TILE
from tests.support.sandbox import COLLECTIONS, Controls

BUCKET = "somebody-elses"


def payload() -> dict[str, Any]:
    """The documentation's own GeoTIFF request, for a small part of Corsica."""
    asked = seed.geotiff(BUCKET)
    asked["processRequest"]["input"]["bounds"]["bbox"] = list(ONE_TILE)
    return asked


def adopting(request_id: str, *, run: str = "", **declared: object) -> str:
    """A program that adopts a request, and may declare parts of it."""
    given = "".join(f", {name}={value!r}" for name, value in declared.items())
    return f"""
import pulumi
from pulumi_sentinelhub import BatchRequest, BatchRun

area = BatchRequest("area", adopt_id="{request_id}", on_delete="cancel"{given})
pulumi.export("description", area.description)
pulumi.export("grid", area.tiling_grid)
pulumi.export("path", area.result_path)
{run}
"""


RUN = """
run = BatchRun("run", requests=area, until="finished")
pulumi.export("status", run.status)
"""


def test_a_notebooks_request(make_stack: MakeStack, sandbox: Controls) -> None:
    """An adopted request is not posted again, is settled at once, can be run, and is handled by destroy."""
    sandbox.make_bucket(BUCKET)
    made = Notebook(sandbox).post(payload())
    stack = stack_of(make_stack, adopting(made))
    stack.up()
    outputs = stack.outputs()
    assert outputs["description"] == "Max NDVI over Corsica"
    assert outputs["grid"] == {"id": 0, "resolution": 60}
    assert outputs["path"] == f"s3://{BUCKET}/{made}"
    stack.preview(expect_no_changes=True)
    stack.refresh("--expect-no-changes")
    stack.preview(expect_no_changes=True)

    stack.program(adopting(made, run=RUN, description="Adopted"))
    stack.up()
    assert stack.outputs()["status"] == "DONE"
    assert Notebook(sandbox).request(made)["description"] == "Adopted"
    stack.preview(expect_no_changes=True)
    stack.destroy()
    assert len(creations(sandbox)) == len(starts(sandbox)) == 1
    assert statuses(sandbox) == ["DONE"]


def test_a_request_that_differs(make_stack: MakeStack, sandbox: Controls) -> None:
    """A declaration that differs from the request is refused with what differs; one that agrees is fine."""
    sandbox.make_bucket(BUCKET)
    made = Notebook(sandbox).post(payload())
    api = payload()
    same: dict[str, Any] = {
        "process_request": api["processRequest"],
        "tiling_grid": api["tilingGrid"],
        "bucket_name": BUCKET,
    }
    stack = stack_of(make_stack, adopting(made, **{**same, "tiling_grid": {"id": 0, "resolution": 20.0}}))
    refused = stack.up(expect_failure=True).output
    assert made in refused
    assert "tiling_grid: differs from batch request" in refused
    stack.program(adopting(made, **same))
    stack.up()
    stack.preview(expect_no_changes=True)
    stack.program(adopting(made, **{**same, "tiling_grid": {"id": 0, "resolution": 20.0}}))
    assert "tiling_grid: differs from batch request" in stack.preview(expect_failure=True).output
    stack.program(adopting(made, **same))
    stack.destroy()
    assert remote(sandbox) == []
    assert len(creations(sandbox)) == 1


def collection(*, adopt_id: str | None = None, name: str | None = None) -> str:
    """A program with one collection."""
    return f"""
import pulumi
from pulumi_sentinelhub import BatchCollection

one = BatchCollection("one", adopt_id={adopt_id!r}, name={name!r}, on_delete="delete",
                      bucket_name={None if adopt_id else BUCKET!r})
pulumi.export("name", one.name)
pulumi.export("bucket", one.bucket_name)
pulumi.export("id", one.collection_id)
pulumi.export("type", one.data_type)
"""


def test_a_collection_is_adopted_and_renamed(make_stack: MakeStack, sandbox: Controls) -> None:
    """An adopted collection is not made again; a name given renames it in place."""
    notebook = Notebook(sandbox)
    sandbox.make_bucket(BUCKET)
    made = notebook.ask("POST", COLLECTIONS, {"name": "by hand", "s3Bucket": BUCKET})["data"]["id"]
    stack = stack_of(make_stack, collection(adopt_id=made))
    stack.up()
    assert stack.outputs() == {"id": made, "type": f"batch-{made}", "name": "by hand", "bucket": BUCKET}
    stack.preview(expect_no_changes=True)
    stack.program(collection(adopt_id=made, name="declared"))
    stack.up()
    assert [one["name"] for one in notebook.collections()] == ["declared"]
    stack.refresh("--expect-no-changes")
    stack.preview(expect_no_changes=True)
    stack.destroy()
    assert notebook.collections() == []


BANDS = """//VERSION=3
function setup() {
  return { input: ["B04", "B08"], output: { id: "default", bands: 2, sampleType: "FLOAT32" } }
}
function evaluatePixel(sample) { return [sample.B04, sample.B08] }
"""


def test_several_bands_have_a_way_out(make_stack: MakeStack, sandbox: Controls) -> None:
    """Several bands for a collection are refused at preview; one output a band, as is said there, works."""
    asked = payload()
    asked["processRequest"]["evalscript"] = BANDS
    del asked["bucketName"]
    asked["output"] = {"defaultTilePath": f"s3://{BUCKET}", "cogOutput": True, "createCollection": True}
    program = f"""
import json
from pulumi_sentinelhub import BatchRequest, BatchRun
area = BatchRequest.from_payload("area", json.loads({json.dumps(asked)!r}))
run = BatchRun("run", requests=area, until="finished")
"""
    stack = stack_of(make_stack, program)
    refused = stack.preview(expect_failure=True).output
    assert re.search(r'output "default" has 2 bands, but a collection holds single-band files', refused)
    assert "return each band as an output of its own" in refused
    assert creations(sandbox) == []

    sandbox.make_bucket(BUCKET)
    asked["processRequest"]["evalscript"] = BANDS.replace(
        '{ id: "default", bands: 2, sampleType: "FLOAT32" }',
        '[{ id: "red", bands: 1, sampleType: "FLOAT32" }, { id: "nir", bands: 1, sampleType: "FLOAT32" }]',
    ).replace("[sample.B04, sample.B08]", "{ red: [sample.B04], nir: [sample.B08] }")
    asked["processRequest"]["output"]["responses"] = [
        {"identifier": name, "format": {"type": "image/tiff"}} for name in ("red", "nir")
    ]
    stack.program(re.sub(r"json\.loads\(.*\)\)", lambda _: f"json.loads({json.dumps(asked)!r}))", program))
    stack.up()
    (made,) = Notebook(sandbox).collections()
    assert set(made["additionalData"]["bands"]) == {"red", "nir"}
    assert stack.resources()["run"]["outputs"]["collection_ids"] == {remote(sandbox)[0]["id"]: made["id"]}
