"""What a run takes for success, what it refuses, and what one refusal does to the rest."""

from __future__ import annotations

import json

import pytest

from tests.e2e.jobs import PARTS, SCRIPT, just_below, stack_of
from tests.e2e.notebook import Notebook
from tests.e2e.scenes import PLAN, REFRESH, Part, Scene, Scenes, Steps, Story, destroy, up
from tests.support import inputs
from tests.support.cli import MakeStack
from tests.support.inputs import ONE_TILE
from tests.support.patience import eventually
from tests.support.sandbox import Controls

#: A default written out.
WRITTEN_OUT = PARTS.replace('"resolution": 60.0', '"resolution": 60.0, "bufferX": 0')
HEAD = WRITTEN_OUT.replace("def request(", "def written_out(") + PARTS
# jobs take their time up to the last update
SCENES = Scenes(HEAD, "up", "up", "plan", "refresh", "up", "up", "up", "destroy")


@pytest.fixture(scope="module")
def story(make_for_all: MakeStack, sandbox_process: Controls) -> Story:
    """Everything that happens on one stack, whose results go into buckets that others have made."""
    sandbox_process.control("PUT", "options", {"processing_seconds": 300})
    return SCENES.played(stack_of(make_for_all, HEAD), sandbox_process, into_buckets=True)


def areas(*names: str, until: str | None = "started", more: str = "") -> str:
    """A program's part: alike requests of one tile, and a run of them all."""
    made = "\n".join(f'{name} = request("@{name}", "@results-1", {ONE_TILE})' for name in names)
    run = f'\nrun = BatchRun("@run", requests=[{", ".join(names)}], until="{until}")' if until else ""
    return f"{made}{run}\n{more}\n"


@SCENES.scene(Part("ended", areas("a", "b")))
def test_cancelled_is_an_outcome(scene: Scene) -> Steps:
    """``until="cancelled"`` ends jobs without removing anything."""
    yield up()
    assert len(scene.active()) == 2
    scene.program = areas("a", "b", until="cancelled")
    yield up()
    assert scene.active() == set()
    assert {scene.ids()[name] for name in ("a", "b")} == {one["id"] for one in scene.remote()}
    assert (yield PLAN) == {}


@SCENES.scene(
    Part("removed-seen", areas("a", until="analysed"), given=(True,), id="refreshed"),
    Part("removed-unseen", areas("a", until="analysed"), given=(False,), id="not refreshed"),
)
def test_failed_and_removed_is_no_success(scene: Scene, refreshed: bool) -> Steps:
    """A job that failed in its analysis and was removed is not called finished, also after an alike edit."""
    yield up()
    job = scene.ids()["a"]
    scene.sandbox.force(job, status="FAILED", error="no data")
    scene.program = areas("a", until="finished")
    yield up(fails=True)
    if refreshed:
        scene.sandbox.force(job, expire=True)
    yield REFRESH
    if not refreshed:
        scene.sandbox.force(job, expire=True)
    said = yield up(fails=True)
    assert "has finished" not in said
    assert "FAILED" in json.dumps(scene.resources()["run"]["outputs"]["statuses"])
    # a default written out asks for the same: nothing is replaced, nothing is called finished
    scene.program = areas("a", until="finished").replace("request(", "written_out(")
    yield up(fails=True)
    assert scene.creations() == 1
    # as the message says
    scene.sandbox.control("PUT", "options", {"processing_seconds": 1})
    yield up("--replace", scene.resources()["a"]["urn"])
    assert scene.statuses() == ["DONE"]


@SCENES.scene(Part("sight", areas("a")))
def test_out_of_sight_is_not_gone(scene: Scene) -> Steps:
    """A running job that cannot be seen for minutes is no success, no end of a destroy, no forgotten id."""
    yield up()
    job = scene.ids()["a"]
    scene.sandbox.force(job, hidden_seconds=3600)
    yield REFRESH
    assert scene.ids()["a"] == job
    assert "may be running" in scene.stack.destroy(*scene.only(), expect_failure=True).output
    assert scene.ids()["a"] == job
    scene.program = areas("a", until="finished")
    assert "lost from sight" in (yield up(fails=True))
    # no update of others waits for it
    scene.program = areas("a")
    scene.sandbox.force(job, hidden_seconds=0)
    yield destroy()
    assert scene.active() == set()
    assert scene.starts() == 1


@SCENES.scene(Part("account", areas("a")))
def test_other_credentials_and_addresses(scene: Scene) -> Steps:
    """Destroy and refresh as another account, or at another address, are refused; nothing is forgotten."""
    for _ in range(5):
        yield up()
    stack, own, before = scene.stack, dict(scene.stack.environ), scene.resources()
    stack.environ |= {"SH_CLIENT_ID": "stranger", "SH_CLIENT_SECRET": "secret"}
    try:
        only = scene.only()
        refused = stack.destroy(*only, expect_failure=True), stack.refresh(*only, expect_failure=True)
    finally:
        stack.environ.clear()
        stack.environ.update(own)
    for done in refused:
        assert before["a"]["outputs"]["account_id"] in done.output
        assert "credentials at work" in done.output
    assert set(scene.resources()) == set(before)
    assert scene.active() == {before["a"]["id"]}
    yield destroy()
    assert scene.active() == set()


@SCENES.scene(Part("one-cancel", areas("a", "b", "c", "d")))
def test_one_refusal_holds_up_no_other(scene: Scene) -> Steps:
    """A 403 on one of four at destroy leaves only that one running, and is told by its id."""
    yield up()
    assert len(scene.active()) == 4
    bad = scene.ids()["b"]
    for _ in range(4):
        yield up()
    scene.sandbox.fault("POST", f"{bad}/cancel", {"status": 403}, times=50)
    said = scene.stack.destroy(*scene.only(), expect_failure=True).output
    assert bad in said
    eventually(lambda: scene.active() == {bad}, "the others are cancelled")
    scene.sandbox.control("DELETE", "faults")


@SCENES.scene(Part("one-start", areas("a", "b", "c", until=None)))
def test_one_refused_start_abandons_no_other(scene: Scene) -> Steps:
    """The others are started before the refusal is reported; a bad id in one run fails no other run."""
    yield up()
    bad = scene.ids()["b"]
    scene.sandbox.fault("POST", f"{bad}/start", {"status": 403}, times=50)
    nobody = "00000000-0000-4000-8000-000000000000"
    scene.program = areas("a", "b", "c", more=f'BatchRun("@wrong", requests=["{nobody}"], until="started")')
    said = yield up(fails=True)
    assert bad in said
    assert nobody in said
    assert scene.active() == {scene.ids()[name] for name in ("a", "c")}
    scene.program = ""


@SCENES.scene(Part("budget", areas("a", until=None)))
def test_a_budget_fails_closed(scene: Scene) -> Steps:
    """What cannot be watched starts nothing, and it is said what is running all the same."""
    yield up()
    scene.sandbox.fault("GET", f"{scene.ids()['a']}/tiles", {"status": 403}, times=100)
    run = 'BatchRun("@run", requests=[a], until="finished", max_cost=500)'
    scene.program = areas("a", until=None, more=run)
    assert "cannot keep max_cost" in (yield up(fails=True))
    assert scene.starts() == 0
    scene.sandbox.control("DELETE", "faults")
    notebook = Notebook(scene.sandbox)
    april = ("2019-04-01T00:00:00Z", "2019-04-30T00:00:00Z")
    asked = inputs.process_request(SCRIPT, dates=april)
    other = notebook.post(inputs.payload("budget-results-1", processRequest=asked))
    notebook.ask("POST", f"/api/v1/batch/process/{other}/start")
    eventually(lambda: "PROCESSING" in scene.statuses(), "it runs")
    both = f'BatchRun("@run", requests=[a, "{other}"], until="finished"'
    scene.program = areas("a", until=None, more=f"{both})")
    scene.write()
    limit = just_below(scene.told(scene.stack.run("preview").output))
    scene.program = areas("a", until=None, more=f"{both}, max_cost={limit})")
    said = yield up(fails=True)
    assert f"{other} is PROCESSING and goes on" in said
    assert scene.starts() == 1
    scene.program = ""
