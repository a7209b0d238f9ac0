"""Requests that are replaced or given by a bare id: no job twice, none lost."""

from __future__ import annotations

import pytest

from tests.e2e.jobs import PARTS, SCRIPT, just_below, stack_of
from tests.e2e.notebook import Notebook
from tests.e2e.scenes import PLAN, Part, Scene, Scenes, Steps, Story, up
from tests.support import inputs
from tests.support.cli import MakeStack
from tests.support.inputs import FOUR_TILES, ONE_TILE
from tests.support.sandbox import Controls

#: A request that computes something else.
FINER = PARTS.replace('"resolution": 60.0', '"resolution": 20.0')
HEAD = FINER.replace("def request(", "def finer_request(") + PARTS
# jobs take a second, but for the third and the fourth update
SCENES = Scenes(HEAD, "up", "up", "up", "plan", "up", "up", "plan", "up")


@pytest.fixture(scope="module")
def story(make_for_all: MakeStack, sandbox_process: Controls) -> Story:
    """Everything that happens on one stack, whose results go into buckets that others have made."""
    return SCENES.played(stack_of(make_for_all, HEAD), sandbox_process, into_buckets=True)


def area(until: str, more: str = "") -> str:
    """A program's part: a request of one tile, and its run."""
    return f"""
a = request("@a", "@results-1", {ONE_TILE})
run = BatchRun("@run", requests=a, until="{until}"{more})
pulumi.export("@status", run.status)
"""


def finer(text: str) -> str:
    """The same part with such a request."""
    return text.replace("request(", "finer_request(")


# its own update comes before a refusal is asked for
@SCENES.scene(Part("targeted", area("finished")))
def test_a_targeted_replacement_contradicts_nothing(scene: Scene) -> Steps:
    """While the run is left out of the update, nothing of the old job is shown for the new one."""
    yield up()
    assert scene.stack.outputs()["targeted-status"] == "DONE"
    scene.program = finer(area("finished"))
    scene.write()
    scene.stack.up("--target", scene.resources()["a"]["urn"])
    assert scene.stack.outputs()["targeted-status"] == "UNREAD"
    yield up()
    # outputs are written by an update that succeeds for others, too
    yield up()
    assert scene.stack.outputs()["targeted-status"] == "DONE"


@SCENES.scene(Part("taken-back", area("finished")))
def test_a_failed_replacement_costs_nothing(scene: Scene) -> Steps:
    """An edit that the service or a budget refuses is taken back: the finished job is not computed again."""
    good = area("finished")
    yield up()
    done = scene.ids()["a"]
    scene.sandbox.fault("POST", "/process$", {"status": 400, "body": {"error": {"message": "no such grid"}}})
    scene.program = finer(good)
    yield up(fails=True)
    assert scene.sandbox.control("GET", "faults") == []
    scene.program = good
    assert f"took over batch request {done}" in (yield up())
    assert (scene.ids()["a"], scene.starts()) == (done, 1)
    assert (yield PLAN) == {}

    scene.program = finer(good)
    scene.write()
    said = scene.told(scene.stack.run("preview").output)
    spent = scene.resources()["run"]["outputs"]["cost"]
    assert f"in place of what has been computed: {done} ({spent:.3g} PU)" in said
    limit = just_below(said) + spent
    scene.program = finer(area("finished", f", max_cost={limit}"))
    assert "so no request is started" in (yield up(fails=True))
    scene.program = good
    yield up()
    assert (scene.ids()["a"], scene.starts()) == (done, 1)
    assert (yield PLAN) == {}
    # asked for, it is computed again
    scene.sandbox.control("PUT", "options", {"processing_seconds": 1})
    yield up("--replace", scene.resources()["a"]["urn"])
    assert scene.ids()["a"] != done
    assert scene.starts() == 2


@SCENES.scene(Part("while-it-runs", ""))
def test_replaced_while_it_runs(scene: Scene) -> Steps:
    """By ``--replace``, too, a running job has ended before the one in its place is started."""
    yield from slow_jobs(scene)
    scene.program = area("started")
    yield up()
    first = scene.ids()["a"]
    assert scene.active() == {first}
    yield up("--replace", scene.resources()["a"]["urn"])
    assert scene.ids()["a"] != first
    assert scene.active() == {scene.ids()["a"]}
    actions = scene.actions()
    assert actions[:2] == ["start", "cancel"]
    assert actions[-1] == "start"


@SCENES.scene(Part("bare", ""))
def test_a_bare_id_ends_with_its_run(scene: Scene) -> Steps:
    """A bare id that nobody owns ends with its run; one that a BatchRequest owns does not."""
    yield from slow_jobs(scene)
    april = ("2019-04-01T00:00:00Z", "2019-04-30T00:00:00Z")
    asked = inputs.process_request(SCRIPT, dates=april)
    made = Notebook(scene.sandbox).post(inputs.payload("bare-results-1", processRequest=asked))
    owned = f'a = request("@a", "@results-1", {FOUR_TILES})\n'
    scene.program = f'{owned}BatchRun("@bare", requests="{made}", until="started")\n'
    yield up()
    assert scene.active() == {made}
    scene.program = owned
    yield up()
    calls = scene.sandbox.journal("POST", "/cancel")
    ids = {call["path"].split("/")[-2] for call in calls}
    assert ids & {made, scene.ids()["a"]} == {made}


def slow_jobs(scene: Scene) -> Steps:
    """Until all that others have run is done."""
    for _ in range(2):
        yield up()
    scene.sandbox.control("PUT", "options", {"processing_seconds": 300})
