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


#: How the CLI ends where its engine comes back later [pulumi 3.274: cmd/exit_codes.go]; older ones do not.
AWAITING = 10


def test_the_next_update_comes_back(make_stack: MakeStack, slow: Controls) -> None:
    """What is said names the job; the state keeps the run's place, or the engine says that it waits."""
    assert HURRIED != RUN
    stack = plugin_stack(make_stack, job(run=False, more=HURRIED))
    for _ in range(2):
        done = stack.up(expect_failure=True)
        assert "Traceback" not in done.output
        kept = stack.resources().get("run")
        assert (kept is None) == (done.code == AWAITING)
        running = {one["id"]: one["status"] for one in remote(slow)}
        assert set(running.values()) == {"PROCESSING"}
        assert kept is None or kept["outputs"]["statuses"] == running
        assert all(id in done.output for id in running)
    slow.force(next(iter(remote(slow)))["id"], status="DONE")
    stack.up()
    assert stack.outputs()["status"] == "DONE"
    assert (len(creations(slow)), len(starts(slow))) == (1, 1)
