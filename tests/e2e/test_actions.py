"""The service's actions as desired state, through the real CLI."""

from __future__ import annotations

import re

import pytest

from tests.e2e.jobs import PARTS, stack_of
from tests.e2e.notebook import Notebook
from tests.e2e.scenes import PLAN, Part, Scene, Scenes, Steps, Story, destroy, up
from tests.support.cli import MakeStack
from tests.support.inputs import FOUR_TILES
from tests.support.patience import eventually
from tests.support.sandbox import PROCESS, Controls

# a job never ends before the test has it end
SLOW = {"processing_seconds": 3600}
MANY_TILES = (8.5, 41.5, 9.7, 42.5)

OUTPUTS = (
    *("status", "statuses", "user_action", "tiles", "tiles_by_status", "failed_tiles"),
    *("value_estimate", "cost_estimate", "cost", "results"),
)

# quick jobs up to the fourth update, slow ones from there on
SCENES = Scenes(
    PARTS,
    *("up", "plan", "up", "up", "plan", "up", "plan"),
    *("up", "up", "plan", "up", "destroy"),
)


@pytest.fixture(scope="module")
def story(make_for_all: MakeStack, sandbox_process: Controls) -> Story:
    """Everything that happens on one stack."""
    return SCENES.played(stack_of(make_for_all, PARTS), sandbox_process)


def run(**options: object) -> str:
    """A program's part with one request of four tiles, and a run with these options."""
    given = "".join(f", {name}={value!r}" for name, value in options.items())
    return f"""
bucket = OutputBucket("@results", force_destroy=True)
area = request("@area", bucket.bucket, {FOUR_TILES})
run = BatchRun("@run", requests=area{given})
for name in {OUTPUTS}:
    pulumi.export("@" + name, getattr(run, name))
"""


@SCENES.scene(Part("there-and-back", run(until="analysed")))
def test_analysed_started_finished_and_back(scene: Scene) -> Steps:
    """Each outcome asks for one action; going back asks for none, and the price is known before the start."""
    scene.write()
    first = scene.stack.preview().output
    assert re.search(r"about \d+ tiles? and [\d,.]+ PU, charged as 100 PU, the least \(estimated", first)
    assert scene.sandbox.journal(path=PROCESS) == []
    yield up()
    analysed = scene.outputs("run")
    (there,) = scene.remote()
    assert scene.actions() == ["analyse"]
    assert (analysed["status"], analysed["user_action"]) == ("ANALYSIS_DONE", "ANALYSE")
    assert analysed["value_estimate"] == there["valueEstimate"]
    assert abs(analysed["cost_estimate"] - there["valueEstimate"] / 3) < 1e-6
    assert analysed["tiles"] == there["tileCount"]
    assert "cost" not in analysed or not analysed["cost"]

    scene.program = run(until="started")
    assert (yield PLAN) == {"run": "update"}
    yield up()
    assert scene.actions() == ["analyse", "start"]
    assert scene.outputs("run")["user_action"] == "START"
    scene.program = run(until="finished")
    yield up()
    finished = scene.outputs("run")
    assert finished["status"] == "DONE"
    assert finished["tiles_by_status"] == {"PROCESSED": there["tileCount"]}
    assert finished["cost"] > 0
    assert list(finished["statuses"].values()) == ["DONE"]
    exported = scene.stack.outputs()
    assert {name: exported[f"there-and-back-{name}"] for name in OUTPUTS} == {
        name: finished[name] for name in OUTPUTS
    }

    scene.program = run(until="analysed")
    yield up()
    assert (yield PLAN) == {}
    assert scene.actions() == ["analyse", "start"]
    assert scene.statuses() == ["DONE"]


@SCENES.scene(Part("partial", run(until="analysed")))
def test_partial(scene: Scene) -> Steps:
    """Failed tiles are named, with both ways out; one of them accepts the rest without any further call."""
    yield up()
    (request,) = scene.remote()
    scene.sandbox.force(request["id"], fail_tiles=0.4)
    scene.program = run(until="finished")
    failed = yield up(fails=True)
    tiles = Notebook(scene.sandbox).ask("GET", f"{PROCESS}/{request['id']}/tiles")["data"]
    lost = sorted(tile["name"] for tile in tiles if tile["status"] == "FAILED")
    assert 0 < len(lost) < len(tiles)
    assert f"({len(lost)} of {len(tiles)} tiles failed: {', '.join(lost)})" in failed
    assert "restart_partial=1" in failed
    assert "accept_partial=True" in failed
    state = scene.outputs("run")
    assert (state["status"], state["failed_tiles"]) == ("PARTIAL", lost)

    scene.program = run(until="finished", accept_partial=True)
    asked = scene.actions()
    yield up()
    outputs = scene.outputs("run")
    assert (outputs["status"], outputs["failed_tiles"]) == ("PARTIAL", lost)
    assert outputs["tiles_by_status"] == {"FAILED": len(lost), "PROCESSED": len(tiles) - len(lost)}
    assert (yield PLAN) == {}
    assert scene.actions() == asked

    scene.program = run(until="finished", restart_partial=1)
    yield up()
    assert scene.actions() == [*asked, "restartpartial"]
    assert scene.outputs("run")["tiles_by_status"] == {"PROCESSED": len(tiles)}


def two(until: str, *members: str, more: str = "", left: str = "") -> str:
    """A program's part with two requests, of which the run has some."""
    return f"""
bucket = OutputBucket("@results", force_destroy=True)
area = request("@area", bucket.bucket, {MANY_TILES}{left})
other = request("@other", bucket.bucket, {FOUR_TILES}{left})
run = BatchRun("@run", requests=[{", ".join(members)}], until="{until}"{more}{left})
"""


@SCENES.scene(Part("taken-out", ""))
def test_taken_out_of_the_run(scene: Scene) -> Steps:
    """A request that leaves the run goes on, which is said; the end of the stack cancels both."""
    yield from quick_jobs()
    scene.sandbox.control("PUT", "options", SLOW)
    scene.program = two("started", "area", "other")
    yield up()
    ids = scene.ids()
    eventually(lambda: scene.statuses() == ["PROCESSING", "PROCESSING"], "both are processed")
    scene.program = two("started", "area")
    said = yield up()
    assert f"{ids['other']} (PROCESSING) is taken out of the run and goes on" in said
    assert "cancel" not in scene.actions()
    assert scene.statuses() == ["PROCESSING", "PROCESSING"]
    assert list(scene.outputs("run")["statuses"]) == [ids["area"]]
    assert (yield PLAN) == {}
    yield destroy()
    assert set(scene.statuses()) <= {"CANCELED"}


@SCENES.scene(Part("left", ""))
def test_left_running(scene: Scene) -> Steps:
    """With on_delete = "leave" neither removal nor destroy cancels anything."""
    yield from quick_jobs()
    scene.program = two("started", "area", "other", left=', on_delete="leave"')
    yield up()
    eventually(lambda: scene.statuses() == ["PROCESSING", "PROCESSING"], "both are processed")
    scene.program = two("started", "area", left=', on_delete="leave"')
    assert "goes on as it is" in (yield up())
    said = yield destroy("--exclude", "**:OutputBucket::left-results")
    assert "is left as it is" in said
    assert set(scene.resources()) == {"results"}
    assert "cancel" not in scene.actions()
    assert scene.statuses() == ["PROCESSING", "PROCESSING"]


@SCENES.scene(Part("budget", two("analysed", "area", more=", max_cost=300")))
def test_the_budget_is_watched(scene: Scene) -> Steps:
    """When the cost so far passes max_cost, what runs is cancelled, and the error says what was spent."""
    yield from quick_jobs()
    yield up()
    area = scene.ids()["area"]
    scene.sandbox.force(area, cost=90000)
    # tiles that come one by one, the first after a second
    scene.sandbox.control("PUT", "options", {"processing_seconds": 40})
    scene.program = two("finished", "area", more=", max_cost=300")
    refused = yield up(fails=True)
    assert re.search(r"have been spent, more than max_cost = 300 PU", refused)
    assert f"cancelled: {area}" in refused
    assert {one["id"]: one["status"] for one in scene.remote()}[area] == "CANCELED"
    again = yield up(fails=True)
    assert "was cancelled" in again
    assert scene.starts() == 1


def quick_jobs() -> Steps:
    """Until all those of other scenes are done."""
    for _ in range(4):
        yield up()
