"""A run whose time is over while its job goes on: the next update comes back to it."""

from __future__ import annotations

from tests.e2e.jobs import creations, remote, starts
from tests.e2e.plugin import RUN, job, plugin_stack
from tests.support.cli import MakeStack
from tests.support.sandbox import Controls

#: An output that needs no run, and a run with little time.
HURRIED = RUN.replace(
    '"finished"}, None,',
    '"finished"}, ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="4s", update="4s")),',
)


def test_the_next_update_comes_back(make_stack: MakeStack, slow: Controls) -> None:
    """What is said names the job; by an engine that knows no "later" the state keeps the run's place."""
    assert HURRIED != RUN
    stack = plugin_stack(make_stack, job(run=False, more=HURRIED))
    stack.up(expect_failure=True)
    said = stack.up(expect_failure=True).output
    (request,) = remote(slow)
    assert (request["id"] in said, request["status"]) == (True, "PROCESSING")
    assert "Traceback" not in said
    assert stack.resources()["run"]["outputs"]["statuses"] == {request["id"]: "PROCESSING"}
    slow.force(request["id"], status="DONE")
    stack.up()
    assert stack.outputs()["status"] == "DONE"
    assert (len(creations(slow)), len(starts(slow))) == (1, 1)
