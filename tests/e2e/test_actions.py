"""The service's actions as desired state, through the real CLI."""

from __future__ import annotations

import re

import pytest

from tests.e2e.jobs import PARTS, remote, stack_of, starts
from tests.e2e.notebook import Notebook, statuses
from tests.support.cli import MakeStack
from tests.support.inputs import FOUR_TILES
from tests.support.patience import eventually
from tests.support.sandbox import PROCESS, Controls

# a job never ends before the test has it end
SLOW = {"processing_seconds": 3600}
MANY_TILES = (8.5, 41.5, 9.7, 42.5)

OUTPUTS = """
for name in ("status", "statuses", "user_action", "tiles", "tiles_by_status", "failed_tiles",
             "value_estimate", "cost_estimate", "cost", "results"):
    pulumi.export(name, getattr(run, name))
"""


@pytest.fixture
def slow(sandbox: Controls) -> Controls:
    """The common sandbox, in which jobs take an hour until its next reset."""
    sandbox.control("PUT", "options", SLOW)
    return sandbox


def run(**options: object) -> str:
    """A program with one request of four tiles, and a run with these options."""
    given = "".join(f", {name}={value!r}" for name, value in options.items())
    return f"""{PARTS}
bucket = OutputBucket("results", force_destroy=True)
area = request("area", bucket.bucket, {FOUR_TILES})
run = BatchRun("run", requests=area{given})
{OUTPUTS}"""


def actions(sandbox: Controls) -> list[str]:
    """The actions that were asked for, in order."""
    found = (
        re.search(r"/(analyse|start|cancel|restartpartial)$", c["path"])
        for c in sandbox.journal("POST", PROCESS)
    )
    return [match.group(1) for match in found if match]


def test_analysed_started_finished_and_back(make_stack: MakeStack, sandbox: Controls) -> None:
    """Each outcome asks for one action; going back asks for none, and the price is known before the start."""
    stack = stack_of(make_stack, run(until="analysed"))
    first = stack.preview().output
    assert re.search(r"about \d+ tiles? and [\d,.]+ PU, charged as 100 PU, the least \(estimated", first)
    assert sandbox.journal(path=PROCESS) == []
    stack.up()
    analysed = stack.outputs()
    assert actions(sandbox) == ["analyse"]
    assert (analysed["status"], analysed["user_action"]) == ("ANALYSIS_DONE", "ANALYSE")
    (there,) = remote(sandbox)
    assert analysed["value_estimate"] == there["valueEstimate"]
    assert abs(analysed["cost_estimate"] - there["valueEstimate"] / 3) < 1e-6
    assert analysed["tiles"] == there["tileCount"]
    assert "cost" not in analysed or not analysed["cost"]

    stack.program(run(until="started"))
    assert "update" in stack.preview().output
    stack.up()
    assert actions(sandbox) == ["analyse", "start"]
    assert stack.outputs()["user_action"] == "START"
    stack.program(run(until="finished"))
    stack.up()
    finished = stack.outputs()
    assert finished["status"] == "DONE"
    assert finished["tiles_by_status"] == {"PROCESSED": there["tileCount"]}
    assert finished["cost"] > 0
    assert list(finished["statuses"].values()) == ["DONE"]

    stack.program(run(until="analysed"))
    stack.up()
    stack.preview(expect_no_changes=True)
    assert actions(sandbox) == ["analyse", "start"]
    assert statuses(sandbox) == ["DONE"]


def test_partial(make_stack: MakeStack, sandbox: Controls) -> None:
    """Failed tiles are named, with both ways out; one of them accepts the rest without any further call."""
    stack = stack_of(make_stack, run(until="analysed"))
    stack.up()
    (request,) = remote(sandbox)
    sandbox.force(request["id"], fail_tiles=0.4)
    stack.program(run(until="finished"))
    failed = stack.up(expect_failure=True).output
    tiles = Notebook(sandbox).ask("GET", f"{PROCESS}/{request['id']}/tiles")["data"]
    lost = sorted(tile["name"] for tile in tiles if tile["status"] == "FAILED")
    assert 0 < len(lost) < len(tiles)
    assert f"({len(lost)} of {len(tiles)} tiles failed: {', '.join(lost)})" in failed
    assert "restart_partial=1" in failed
    assert "accept_partial=True" in failed
    state = stack.resources()["run"]["outputs"]
    assert (state["status"], state["failed_tiles"]) == ("PARTIAL", lost)

    stack.program(run(until="finished", accept_partial=True))
    sandbox.control("DELETE", "journal")
    stack.up()
    outputs = stack.outputs()
    assert (outputs["status"], outputs["failed_tiles"]) == ("PARTIAL", lost)
    assert outputs["tiles_by_status"] == {"FAILED": len(lost), "PROCESSED": len(tiles) - len(lost)}
    stack.preview(expect_no_changes=True)
    assert actions(sandbox) == []

    stack.program(run(until="finished", restart_partial=1))
    stack.up()
    assert actions(sandbox) == ["restartpartial"]
    assert stack.outputs()["tiles_by_status"] == {"PROCESSED": len(tiles)}


def two(until: str, *members: str, more: str = "") -> str:
    """A program with two requests, of which the run has some."""
    return f"""{PARTS}
bucket = OutputBucket("results", force_destroy=True)
area = request("area", bucket.bucket, {MANY_TILES})
other = request("other", bucket.bucket, {FOUR_TILES})
run = BatchRun("run", requests=[{", ".join(members)}], until="{until}"{more})
pulumi.export("statuses", run.statuses)
"""


def test_taken_out_of_the_run(make_stack: MakeStack, slow: Controls) -> None:
    """A request that leaves the run goes on, which is said; the end of the stack cancels both."""
    stack = stack_of(make_stack, two("started", "area", "other"))
    stack.up()
    ids = {name: state["id"] for name, state in stack.resources().items()}
    eventually(lambda: statuses(slow) == ["PROCESSING", "PROCESSING"], "both are processed")
    stack.program(two("started", "area"))
    said = stack.up().output
    assert f"{ids['other']} (PROCESSING) is taken out of the run and goes on" in said
    assert slow.journal("POST", "/cancel") == []
    assert statuses(slow) == ["PROCESSING", "PROCESSING"]
    assert list(stack.outputs()["statuses"]) == [ids["area"]]
    stack.preview(expect_no_changes=True)
    stack.destroy()
    assert set(statuses(slow)) <= {"CANCELED"}


def test_left_running(make_stack: MakeStack, slow: Controls) -> None:
    """With on_delete = "leave" neither removal nor destroy cancels anything."""
    left = ', on_delete="leave"'
    program = two("started", "area", "other", more=left).replace(
        "bucket.bucket, (", f"bucket.bucket{left}, bbox=("
    )
    stack = stack_of(make_stack, program)
    stack.up()
    eventually(lambda: statuses(slow) == ["PROCESSING", "PROCESSING"], "both are processed")
    stack.program(program.replace("[area, other]", "[area]"))
    assert "goes on as it is" in stack.up().output
    output = stack.destroy("--exclude", "**:OutputBucket::**").output
    assert "is left as it is" in output
    assert slow.journal("POST", "/cancel") == []
    assert statuses(slow) == ["PROCESSING", "PROCESSING"]


def test_the_budget_is_watched(make_stack: MakeStack, slow: Controls) -> None:
    """When the cost so far passes max_cost, what runs is cancelled, and the error says what was spent."""
    stack = stack_of(make_stack, two("analysed", "area", more=", max_cost=300"))
    stack.up()
    area = stack.resources()["area"]["id"]
    slow.force(area, cost=90000)
    # tiles that come one by one, the first after a second
    slow.control("PUT", "options", {"processing_seconds": 40})
    stack.program(two("finished", "area", more=", max_cost=300"))
    refused = stack.up(expect_failure=True).output
    assert re.search(r"have been spent, more than max_cost = 300 PU", refused)
    assert f"cancelled: {area}" in refused
    assert {one["id"]: one["status"] for one in remote(slow)}[area] == "CANCELED"
    again = stack.up(expect_failure=True).output
    assert "was cancelled" in again
    assert len(starts(slow)) == 1
