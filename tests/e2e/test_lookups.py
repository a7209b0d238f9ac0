"""Look-ups in a program: plain and as Outputs, typed, with every page."""

from __future__ import annotations

from tests.e2e.jobs import PARTS, creations, stack_of
from tests.e2e.notebook import Notebook
from tests.support import seed
from tests.support.cli import MakeStack
from tests.support.inputs import FOUR_TILES
from tests.support.sandbox import Controls

PAGE = 100
MADE = PAGE + 20

PLAIN = """
import pulumi
from pulumi_sentinelhub import (
    BatchRequestInfo, Tile, TilingGrid, get_batch_request, get_batch_request_tiles, list_batch_requests,
    list_tiling_grids,
)

every = list_batch_requests()
newest = list_batch_requests(search="even", sort="created:desc")
first = get_batch_request(newest[-1].id)
grids = list_tiling_grids()
assert all(isinstance(one, BatchRequestInfo) for one in every)
assert all(isinstance(one, TilingGrid) for one in grids)
pulumi.export("every", [one.id for one in every])
pulumi.export("newest", [one.description for one in newest])
pulumi.export("created", [one.created for one in newest])
pulumi.export("status", first.status)
pulumi.export("action", first.user_action)
pulumi.export("tiles", len(get_batch_request_tiles(first.id)))
pulumi.export("grids", {str(grid.id): list(grid.resolutions) for grid in grids})
"""

LATER = f"""{PARTS}
from pulumi_sentinelhub import (
    get_batch_request_output, get_batch_request_tiles_output, list_batch_requests_output,
    list_tiling_grids_output,
)

bucket = OutputBucket("results", force_destroy=True)
area = request("area", bucket.bucket, {FOUR_TILES}, description="four tiles")
run = BatchRun("run", requests=area, until="finished")
done = run.status.apply(lambda _: area.id)
info = get_batch_request_output(done)
pulumi.export("status", info.apply(lambda known: known.status))
pulumi.export("action", info.apply(lambda known: known.user_action))
pulumi.export("processed", get_batch_request_tiles_output(done, status="PROCESSED").apply(len))
pulumi.export("failed", get_batch_request_tiles_output(done, status="FAILED").apply(len))
found = list_batch_requests_output(search=done.apply(lambda _: "four"))
pulumi.export("found", found.apply(lambda known: [one.id for one in known]))
pulumi.export("grids", list_tiling_grids_output().apply(lambda known: [grid.id for grid in known]))
pulumi.export("tiles", run.tiles)
"""


def test_plain(make_stack: MakeStack, sandbox: Controls) -> None:
    """Every page is followed, search and sort reach the service, and nothing is changed."""
    notebook = Notebook(sandbox)
    sandbox.make_bucket("somebody-elses")
    payload = seed.geotiff("somebody-elses")
    made = [
        notebook.post({**payload, "description": f"{'even' if i % 2 == 0 else 'odd'} {i}"})
        for i in range(MADE)
    ]
    sandbox.force(made[0], status="ANALYSIS_DONE")
    served = notebook.ask("GET", "/api/v1/batch/tilinggrids/")["data"]

    stack = make_stack(PLAIN)
    stack.up()
    outputs = stack.outputs()
    assert sorted(outputs["every"]) == sorted(made)
    assert sorted(outputs["newest"]) == sorted(f"even {i}" for i in range(0, MADE, 2))
    assert outputs["created"] == sorted(outputs["created"], reverse=True)
    assert (outputs["status"], outputs["action"]) == ("ANALYSIS_DONE", "ANALYSE")
    assert outputs["tiles"] == notebook.request(made[0])["tileCount"]
    assert set(outputs["grids"]) == {str(grid["id"]) for grid in served}
    assert 60.0 in outputs["grids"]["0"]
    assert len(creations(sandbox)) == MADE


def test_as_outputs(make_stack: MakeStack, sandbox: Controls) -> None:
    """An id that is known only during the update can be looked up, and preview does without it."""
    stack = stack_of(make_stack, LATER)
    stack.preview_and_up()
    outputs = stack.outputs()
    (request_id,) = outputs["found"]
    assert (outputs["status"], outputs["action"]) == ("DONE", "START")
    assert (outputs["processed"], outputs["failed"]) == (outputs["tiles"], 0)
    assert 0 in outputs["grids"]
    assert Notebook(sandbox).request(request_id)["description"] == "four tiles"
    stack.preview(expect_no_changes=True)


def test_what_is_not_there(make_stack: MakeStack, sandbox: Controls) -> None:
    """A look-up that fails ends the program with one line."""
    stack = make_stack(
        "from pulumi_sentinelhub import get_batch_request\n"
        'get_batch_request("4bf4db6d-c4b5-4b6c-9d3e-1d8a9f3c6a61")\n'
    )
    said = stack.preview(expect_failure=True).output
    assert "4bf4db6d-c4b5-4b6c-9d3e-1d8a9f3c6a61" in said
    assert "Traceback" not in said
