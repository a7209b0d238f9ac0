"""The step table: status and latest action of a request, and what is asked for."""

from __future__ import annotations

import pytest

from pulumi_sentinelhub.batch.api import Phase
from pulumi_sentinelhub.lifecycle.run.goal import Goal, Step, holds, next_step
from pulumi_sentinelhub.lifecycle.run.member import Member

# status, latest action, until -> step when the budget allows a start, step while costs are not known yet
TABLE = [
    ("CREATED", "NONE", "analysed", Step.ANALYSE, Step.ANALYSE),
    ("CREATED", None, "analysed", Step.ANALYSE, Step.ANALYSE),
    ("CREATED", "ANALYSE", "analysed", Step.WAIT, Step.WAIT),
    ("CREATED", "NONE", "started", Step.START, Step.ANALYSE),
    ("CREATED", "NONE", "finished", Step.START, Step.ANALYSE),
    ("CREATED", "START", "started", Step.HELD, Step.HELD),
    ("CREATED", "START", "finished", Step.WAIT, Step.WAIT),
    ("CREATED", "CANCEL", "finished", Step.WAIT, Step.WAIT),
    ("ANALYSING", "ANALYSE", "analysed", Step.WAIT, Step.WAIT),
    ("ANALYSING", "ANALYSE", "finished", Step.START, Step.WAIT),
    ("ANALYSING", "START", "finished", Step.WAIT, Step.WAIT),
    ("ANALYSIS_DONE", "ANALYSE", "analysed", Step.HELD, Step.HELD),
    ("ANALYSIS_DONE", "ANALYSE", "started", Step.START, Step.WAIT),
    ("ANALYSIS_DONE", "START", "finished", Step.WAIT, Step.WAIT),
    ("ANALYSIS_DONE", "CANCEL", "finished", Step.WAIT, Step.WAIT),
    ("PROCESSING", "START", "analysed", Step.HELD, Step.HELD),
    ("PROCESSING", "START", "started", Step.HELD, Step.HELD),
    ("PROCESSING", "START", "finished", Step.WAIT, Step.WAIT),
    ("PROCESSING", "CANCEL", "finished", Step.WAIT, Step.WAIT),
    ("DONE", "START", "finished", Step.HELD, Step.HELD),
    ("DONE", "START", "analysed", Step.HELD, Step.HELD),
    ("PARTIAL", "START", "started", Step.HELD, Step.HELD),
    ("PARTIAL", "START", "finished", Step.FAILED, Step.FAILED),
    ("FAILED", "START", "analysed", Step.FAILED, Step.FAILED),
    ("CANCELED", "CANCEL", "started", Step.FAILED, Step.FAILED),
    ("CREATED", "NONE", "cancelled", Step.CANCEL, Step.CANCEL),
    ("PROCESSING", "START", "cancelled", Step.CANCEL, Step.CANCEL),
    ("PROCESSING", "CANCEL", "cancelled", Step.WAIT, Step.WAIT),
    ("DONE", "START", "cancelled", Step.HELD, Step.HELD),
    ("PARTIAL", "START", "cancelled", Step.HELD, Step.HELD),
    ("CANCELED", "CANCEL", "cancelled", Step.HELD, Step.HELD),
    ("A_NEW_STATUS", "START", "finished", Step.WAIT, Step.WAIT),
    (None, None, "finished", Step.WAIT, Step.WAIT),
]


@pytest.mark.parametrize(("status", "action", "until", "cleared", "uncleared"), TABLE)
def test_step(status: str | None, action: str | None, until: str, cleared: Step, uncleared: Step) -> None:
    """Each state leads to one step, and no start is said before the budget is known to hold."""
    member = Member("r", status=status, user_action=action)
    assert next_step(Goal(until), member, cleared=True) is cleared
    assert next_step(Goal(until), member, cleared=False) is uncleared


@pytest.mark.parametrize("status", [phase.value for phase in Phase])
@pytest.mark.parametrize("action", [None, "NONE", "ANALYSE", "START", "CANCEL"])
@pytest.mark.parametrize("until", ["analysed", "started", "finished", "cancelled"])
def test_what_was_started_is_never_started_again(status: str, action: str | None, until: str) -> None:
    """A start is only ever said to a request that nobody has started."""
    member = Member("r", status=status, user_action=action)
    if next_step(Goal(until), member, cleared=True) is Step.START:
        assert not member.was_started
        assert until != "analysed"


def test_failed_tiles_are_run_again_as_often_as_allowed_and_then_accepted() -> None:
    """restart_partial comes first, accept_partial settles what remains."""
    goal = Goal("finished", restart_partial=2, accept_partial=True)
    steps = [next_step(goal, Member("r", status="PARTIAL", restarts=n), cleared=True) for n in range(4)]
    assert steps == [Step.RESTART, Step.RESTART, Step.HELD, Step.HELD]


def test_a_finished_job_that_the_service_removed_holds() -> None:
    """What was seen to finish and is gone is never run again by itself."""
    assert holds(Goal("finished"), Member("r", status="DONE", user_action="START", expired=True))


@pytest.mark.parametrize(
    "status", ["CREATED", "ANALYSIS_DONE", "PROCESSING", "FAILED", "CANCELED", "PARTIAL"]
)
def test_what_was_not_seen_to_finish_does_not_hold_when_it_is_gone(status: str) -> None:
    """Neither a failed outcome nor one that nobody saw is a success."""
    member = Member("r", status=status, user_action="START", expired=True)
    assert not holds(Goal("finished", restart_partial=3), member)
