"""What the options of Pulumi's own mean for a job, as docs/tasks/pulumi-options.md has it."""

from __future__ import annotations

from typing import Final

import pytest

from tests.e2e.jobs import PARTS, stack_of
from tests.e2e.notebook import Notebook, statuses
from tests.e2e.scenes import PLAN, REFRESH, Part, Scene, Scenes, Steps, Story, up
from tests.support.cli import MakeStack
from tests.support.inputs import ONE_TILE
from tests.support.patience import eventually
from tests.support.sandbox import PROCESS, Controls

EDITED: Final = PARTS.replace("100 * sample.B04", "200 * sample.B04")
HEAD: Final = EDITED.replace("SCRIPT", "EDITED").replace("def request(", "def edited_request(") + PARTS
# jobs take their time up to the first update, a second from there on
SCENES = Scenes(HEAD, "up", "up", "up", "refresh", "plan")


@pytest.fixture(scope="module")
def story(make_for_all: MakeStack, sandbox_process: Controls) -> Story:
    """Everything that happens on one stack, whose results go into buckets that others have made."""
    sandbox_process.control("PUT", "options", {"processing_seconds": 300})
    return SCENES.played(stack_of(make_for_all, HEAD), sandbox_process, into_buckets=True)


def program(options: str = "", *, until: str = "finished") -> str:
    """A program's part: one small job, its request with these options."""
    return f"""
a = request("@a", "@results-1", {ONE_TILE}, opts=pulumi.ResourceOptions({options}))
run = BatchRun("@run", requests=a, until="{until}")
"""


def edited(text: str) -> str:
    """The same with another evalscript."""
    return text.replace("request(", "edited_request(")


@SCENES.scene(Part("retained", program("retain_on_delete=True", until="started")))
def test_retain_on_delete(scene: Scene) -> Steps:
    """Taken out of the program, the job goes on running, and the state forgets it."""
    yield up()
    made = scene.ids()["a"]
    eventually(lambda: set(statuses(scene.sandbox)) == {"PROCESSING"}, "all that is started is processed")
    scene.sandbox.control("PUT", "options", {"processing_seconds": 1})
    scene.program = ""
    yield up()
    assert scene.ids() == {}
    assert scene.active() == {made}
    assert "cancel" not in scene.actions()


@SCENES.scene(Part("in-turn", program("delete_before_replace=False", until="started")))
def test_delete_before_replace_is_always_so(scene: Scene) -> Steps:
    """A False is not kept: what runs has been cancelled before the job in its place is started."""
    yield up()
    old = scene.ids()["a"]
    scene.program = edited(scene.program)
    yield up()
    new = scene.ids()["a"]
    calls = [call["path"] for call in scene.sandbox.journal("POST")]
    assert calls.index(f"{PROCESS}/{old}/cancel") < calls.index(f"{PROCESS}/{new}/start")
    assert scene.active() <= {new}


@SCENES.scene(Part("protected", ""))
def test_protect_and_ignore_changes(scene: Scene) -> Steps:
    """A protected job is neither replaced nor destroyed; an ignored edit is no change."""
    yield up()
    scene.program = program("protect=True")
    yield up()
    made = scene.ids()["a"]
    scene.program = edited(program("protect=True"))
    scene.write()
    assert "marked for protection" in scene.stack.up(*scene.only(), expect_failure=True).output
    scene.program = edited(program('protect=True, ignore_changes=["process_request"]'))
    yield up()
    assert (yield PLAN) == {}
    assert "protected" in scene.stack.destroy(*scene.only(), expect_failure=True).output
    assert [one["id"] for one in scene.remote()] == [made]
    assert scene.starts() == 1


#: A job with a trigger on its run, and one with a trigger on its request.
TRIGGERED: Final = f"""
trigger = pulumi.ResourceOptions(replacement_trigger="VALUE")
same = request("@same", "@results-1", {ONE_TILE})
BatchRun("@of-same", requests=same, until="finished", opts=trigger)
anew = request("@anew", "@results-1", {ONE_TILE}, opts=trigger)
BatchRun("@of-anew", requests=anew, until="finished")
"""


@SCENES.scene(Part("triggered", ""))
def test_replacement_trigger(scene: Scene) -> Steps:
    """On a request another value computes the job anew, on a run it computes nothing twice."""
    yield up()
    scene.program = TRIGGERED.replace("VALUE", "1")
    yield up()
    before = scene.ids()
    scene.program = TRIGGERED.replace("VALUE", "2")
    yield up()
    after = scene.ids()
    assert after["same"] == before["same"]
    assert after["anew"] != before["anew"]
    own = {before["same"], before["anew"], after["anew"]}
    started = [call["path"].split("/")[-2] for call in scene.sandbox.journal("POST", "/start")]
    assert sorted(id for id in started if id in own) == sorted(own)
    assert (scene.creations(), scene.starts()) == (3, 3)
    assert (yield PLAN) == {}


@SCENES.scene(Part("shown", program(until="started")))
def test_a_refresh_that_only_shows(scene: Scene) -> Steps:
    """With --preview-only a cancellation outside is shown, and the state stays as it is."""
    for _ in range(3):
        yield up()
    made = scene.ids()["a"]
    Notebook(scene.sandbox).ask("POST", f"{PROCESS}/{made}/cancel")
    eventually(lambda: scene.statuses() == ["CANCELED"], "it is cancelled")
    before = scene.stack.export()["deployment"]["resources"]
    assert "CANCELED" in scene.stack.run("refresh", "--preview-only", "--diff").output
    assert scene.stack.export()["deployment"]["resources"] == before
    yield REFRESH
    assert scene.resources()["a"]["outputs"]["status"] == "CANCELED"
    assert (yield PLAN) == {"run": "update"}
