"""A job that runs although the state does not say so: the update that started it was killed."""

from __future__ import annotations

import pytest

from tests.e2e.jobs import creations, job, remote, stack_of, starts
from tests.support.cli import MakeStack
from tests.support.inputs import FOUR_TILES
from tests.support.patience import eventually
from tests.support.sandbox import Controls

# tiles that come one by one, the first after some seconds
SLOW = {"processing_seconds": 60}


@pytest.fixture
def sandbox(sandbox: Controls) -> Controls:
    """The common one, in which jobs take their time until its next reset."""
    sandbox.control("PUT", "options", SLOW)
    return sandbox


def test_a_lower_budget_stops_what_a_killed_update_has_started(
    make_stack: MakeStack, sandbox: Controls
) -> None:
    """A budget that could not hold is refused for a new run, but not for one whose job is under way."""
    cheap = job(FOUR_TILES).replace('until="finished"', 'until="finished", max_cost=0.05')
    stack = stack_of(make_stack, cheap)
    assert "max_cost: is 0.05 PU, and" in stack.preview(expect_failure=True).output
    stack.program(job(FOUR_TILES))
    with stack.start_up() as running:
        running.wait_until(lambda: [one["status"] for one in remote(sandbox)] == ["PROCESSING"])
        running.kill()
    eventually(lambda: stack.processes() == [], "no helper outlives the CLI", 300)
    stack.cancel()
    (made,) = remote(sandbox)
    assert "run" not in stack.resources()
    said = stack.preview().output
    assert f"goes on with what has started already: batch request {made['id']} (PROCESSING)" in said
    assert "starts 1 request" not in said

    sandbox.force(made["id"], cost=90000)
    stack.program(cheap)
    said = stack.up(expect_failure=True).output
    assert f"it has started already: batch request {made['id']} (PROCESSING)" in said
    assert "have been spent, more than max_cost = 0.05 PU" in said
    assert [one["status"] for one in remote(sandbox)] == ["CANCELED"]
    assert (len(creations(sandbox)), len(starts(sandbox))) == (1, 1)
