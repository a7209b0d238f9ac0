"""What the options of Pulumi's own mean for a job, as docs/tasks/pulumi-options.md has it."""

from __future__ import annotations

from typing import Final

from tests.e2e.areas import BUCKET, active, cancels, ids
from tests.e2e.jobs import PARTS, creations, remote, stack_of, starts
from tests.e2e.notebook import Notebook, statuses
from tests.support.cli import MakeStack, Stack
from tests.support.inputs import ONE_TILE
from tests.support.patience import eventually
from tests.support.sandbox import Controls


def program(options: str = "", *, until: str = "finished", of_run: str = "", run: bool = True) -> str:
    """One small job, its request and its run with these options."""
    request = f'a = request("a", "{BUCKET}", {ONE_TILE}, opts=pulumi.ResourceOptions({options}))'
    driven = f'run = BatchRun("run", requests=a, until="{until}", opts=pulumi.ResourceOptions({of_run}))'
    return f"{PARTS}\n{request}\n{driven if run else ''}\n"


def edited(text: str) -> str:
    """The same with another evalscript."""
    return text.replace("100 * sample.B04", "200 * sample.B04")


def the_id(stack: Stack) -> str:
    return ids(stack)["a"]


def test_protect_and_ignore_changes(make_stack: MakeStack, quick: Controls) -> None:
    """A protected job is neither replaced nor destroyed; an ignored edit is no change."""
    stack = stack_of(make_stack, program("protect=True"))
    stack.up()
    made = the_id(stack)
    stack.program(edited(program("protect=True")))
    assert "marked for protection" in stack.up(expect_failure=True).output
    stack.program(edited(program('protect=True, ignore_changes=["process_request"]')))
    stack.preview(expect_no_changes=True)
    assert "protected" in stack.destroy(expect_failure=True).output
    assert [one["id"] for one in remote(quick)] == [made]
    assert len(starts(quick)) == 1


#: A job with a trigger on its run, and one with a trigger on its request.
TRIGGERED: Final = f"""{PARTS}
trigger = pulumi.ResourceOptions(replacement_trigger="VALUE")
same = request("same", "{BUCKET}", {ONE_TILE})
BatchRun("of-same", requests=same, until="finished", opts=trigger)
anew = request("anew", "{BUCKET}", {ONE_TILE}, opts=trigger)
BatchRun("of-anew", requests=anew, until="finished")
"""


def test_replacement_trigger(make_stack: MakeStack, quick: Controls) -> None:
    """On a request another value computes the job anew, on a run it computes nothing twice."""
    stack = stack_of(make_stack, TRIGGERED.replace("VALUE", "1"))
    stack.up()
    before = ids(stack)
    stack.program(TRIGGERED.replace("VALUE", "2"))
    stack.up()
    after = ids(stack)
    assert after["same"] == before["same"]
    assert after["anew"] != before["anew"]
    started = [call["path"].split("/")[-2] for call in starts(quick)]
    assert sorted(started) == sorted([before["same"], before["anew"], after["anew"]])
    assert len(creations(quick)) == 3
    stack.preview(expect_no_changes=True)


def test_retain_on_delete(make_stack: MakeStack, slow: Controls) -> None:
    """Taken out of the program, the job goes on running, and the state forgets it."""
    stack = stack_of(make_stack, program("retain_on_delete=True", until="started"))
    stack.up()
    made = the_id(stack)
    stack.program(PARTS)
    stack.up()
    assert ids(stack) == {}
    assert active(slow) == {made}
    assert cancels(slow) == []


def test_a_refresh_that_only_shows(make_stack: MakeStack, slow: Controls) -> None:
    """With --preview-only a cancellation outside is shown, and the state stays as it is."""
    stack = stack_of(make_stack, program(until="started"))
    stack.up()
    made = the_id(stack)
    Notebook(slow).ask("POST", f"/api/v1/batch/process/{made}/cancel")
    eventually(lambda: statuses(slow) == ["CANCELED"], "it is cancelled")
    before = stack.export()["deployment"]["resources"]
    assert "CANCELED" in stack.run("refresh", "--preview-only", "--diff").output
    assert stack.export()["deployment"]["resources"] == before
    stack.refresh()
    assert "1 to update" in stack.preview().output
    assert stack.resources()["a"]["outputs"]["status"] == "CANCELED"
