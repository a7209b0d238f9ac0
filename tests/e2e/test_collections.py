"""Batch collections and adoption: what others have made is taken over as it is."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.e2e.jobs import creations, remote, stack_of, starts
from tests.e2e.notebook import Notebook
from tests.e2e.scenes import PLAN, SETTLED, Part, Scene, Scenes, Steps, Story, destroy, up
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


HEAD = """
import json
import pulumi
from pulumi_sentinelhub import BatchCollection, BatchRequest, BatchRun
"""
SCENES = Scenes(HEAD, "up", "plan", "settled", "up", "plan", "settled", "destroy")


@pytest.fixture(scope="module")
def story(make_for_all: MakeStack, sandbox_process: Controls) -> Story:
    """Everything that happens on one stack."""
    sandbox_process.make_bucket(BUCKET)
    return SCENES.played(stack_of(make_for_all, HEAD), sandbox_process)


def posts(sandbox: Controls, description: str) -> int:
    """How often a request with this description was made, by whomever."""
    return len([call for call in creations(sandbox) if call["body"]["description"] == description])


def adopting(request_id: str, *, run: str = "", **declared: object) -> str:
    """A program's part that adopts a request, and may declare parts of it."""
    given = "".join(f", {name}={value!r}" for name, value in declared.items())
    return f'area = BatchRequest("@area", adopt_id="{request_id}", on_delete="cancel"{given})\n{run}'


# first those that are refused, while there is nothing else on the stack


@SCENES.scene(Part("differing", ""))
def test_a_request_that_differs(scene: Scene) -> Steps:
    """A declaration that differs from the request is refused with what differs; one that agrees is fine."""
    api = {**payload(), "description": "Differs"}
    made = Notebook(scene.sandbox).post(api)
    same: dict[str, Any] = {
        "process_request": api["processRequest"],
        "tiling_grid": api["tilingGrid"],
        "bucket_name": BUCKET,
    }
    differing = adopting(made, **{**same, "tiling_grid": {"id": 0, "resolution": 20.0}})
    scene.program = differing
    scene.write()
    refused = scene.stack.up(expect_failure=True).output
    assert made in refused
    assert "tiling_grid: differs from batch request" in refused
    scene.program = adopting(made, **same)
    yield up()
    assert (yield PLAN) == {}
    scene.program = differing
    scene.write()
    assert "tiling_grid: differs from batch request" in scene.stack.preview(expect_failure=True).output
    scene.program = adopting(made, **same)
    yield destroy()
    assert made not in [one["id"] for one in remote(scene.sandbox)]
    assert posts(scene.sandbox, "Differs") == 1


BANDS = """//VERSION=3
function setup() {
  return { input: ["B04", "B08"], output: { id: "default", bands: 2, sampleType: "FLOAT32" } }
}
function evaluatePixel(sample) { return [sample.B04, sample.B08] }
"""


@SCENES.scene(Part("bands", ""))
def test_several_bands_have_a_way_out(scene: Scene) -> Steps:
    """Several bands for a collection are refused at preview; one output a band, as is said there, works."""
    asked = payload()
    asked["processRequest"]["evalscript"] = BANDS
    del asked["bucketName"]
    asked["output"] = {"defaultTilePath": f"s3://{BUCKET}", "cogOutput": True, "createCollection": True}
    asked["description"] = "Bands"

    def program() -> str:
        return f"""
area = BatchRequest.from_payload("@area", json.loads({json.dumps(asked)!r}))
run = BatchRun("@run", requests=area, until="finished")
"""

    scene.program = program()
    scene.write()
    refused = scene.stack.preview(expect_failure=True).output
    assert re.search(r'output "default" has 2 bands, but a collection holds single-band files', refused)
    assert "return each band as an output of its own" in refused
    assert posts(scene.sandbox, "Bands") == 0

    asked["processRequest"]["evalscript"] = BANDS.replace(
        '{ id: "default", bands: 2, sampleType: "FLOAT32" }',
        '[{ id: "red", bands: 1, sampleType: "FLOAT32" }, { id: "nir", bands: 1, sampleType: "FLOAT32" }]',
    ).replace("[sample.B04, sample.B08]", "{ red: [sample.B04], nir: [sample.B08] }")
    asked["processRequest"]["output"]["responses"] = [
        {"identifier": name, "format": {"type": "image/tiff"}} for name in ("red", "nir")
    ]
    scene.program = program()
    yield up()
    (made,) = scene.outputs("run")["collection_ids"].items()
    assert made[0] == scene.ids()["area"]
    collections = {one["id"]: one for one in Notebook(scene.sandbox).collections()}
    assert set(collections[made[1]]["additionalData"]["bands"]) == {"red", "nir"}


@SCENES.scene(Part("notebook", ""))
def test_a_notebooks_request(scene: Scene) -> Steps:
    """An adopted request is not posted again, is settled at once, can be run, and is handled by destroy."""
    notebook = Notebook(scene.sandbox)
    made = notebook.post(payload())
    scene.program = adopting(made)
    yield up()
    outputs = scene.outputs("area")
    assert outputs["description"] == "Max NDVI over Corsica"
    assert outputs["tiling_grid"] == {"id": 0, "resolution": 60}
    assert outputs["result_path"] == f"s3://{BUCKET}/{made}"
    assert (yield PLAN) == {}
    yield SETTLED

    run = 'BatchRun("@run", requests=area, until="finished")'
    scene.program = adopting(made, run=run, description="Adopted")
    yield up()
    assert scene.outputs("run")["status"] == "DONE"
    assert notebook.request(made)["description"] == "Adopted"
    assert (yield PLAN) == {}
    yield destroy()
    assert posts(scene.sandbox, "Max NDVI over Corsica") == 1
    assert len([call for call in starts(scene.sandbox) if made in call["path"]]) == 1
    assert [one["status"] for one in remote(scene.sandbox) if one["id"] == made] == ["DONE"]


def collection(adopt_id: str, name: str | None = None) -> str:
    """A program's part with one adopted collection."""
    return f'BatchCollection("@one", adopt_id={adopt_id!r}, name={name!r}, on_delete="delete")'


@SCENES.scene(Part("adopted", ""))
def test_a_collection_is_adopted_and_renamed(scene: Scene) -> Steps:
    """An adopted collection is not made again; a name given renames it in place."""
    notebook = Notebook(scene.sandbox)
    made = notebook.ask("POST", COLLECTIONS, {"name": "by hand", "s3Bucket": BUCKET})["data"]["id"]
    scene.program = collection(made)
    yield up()
    given = scene.resources()["one"]["outputs"]
    assert (given["collection_id"], given["data_type"]) == (made, f"batch-{made}")
    assert (given["name"], given["bucket_name"]) == ("by hand", BUCKET)
    assert (yield PLAN) == {}
    yield SETTLED
    scene.program = collection(made, name="declared")
    yield up()
    assert {one["id"]: one["name"] for one in notebook.collections()}[made] == "declared"
    assert "by hand" not in [one["name"] for one in notebook.collections()]
    yield SETTLED
    yield destroy()
    assert made not in [one["id"] for one in notebook.collections()]
