"""What a run takes for success, what it refuses, and what one refusal does to the rest."""

from __future__ import annotations

import json

import pytest

from tests.e2e.areas import active, areas, ids, payload, urn
from tests.e2e.jobs import creations, just_below, remote, stack_of, starts
from tests.e2e.notebook import Notebook, statuses
from tests.support.cli import MakeStack
from tests.support.patience import eventually
from tests.support.sandbox import Controls


def test_cancelled_is_an_outcome(make_stack: MakeStack, slow: Controls) -> None:
    """``until="cancelled"`` ends jobs without removing anything."""
    stack = stack_of(make_stack, areas("a", "b"))
    stack.up()
    stack.program(areas("a", "b", until="cancelled"))
    stack.up()
    assert active(slow) == set()
    assert set(ids(stack).values()) == {one["id"] for one in remote(slow)}
    stack.preview(expect_no_changes=True)


@pytest.mark.parametrize("refreshed", [True, False], ids=["refreshed", "not refreshed"])
def test_failed_and_removed_is_no_success(make_stack: MakeStack, slow: Controls, refreshed: bool) -> None:
    """A job that failed in its analysis and was removed is not called finished, also after an alike edit."""
    stack = stack_of(make_stack, areas("a", until="analysed"))
    stack.up()
    slow.force(ids(stack)["a"], status="FAILED", error="no data")
    stack.program(areas("a", until="finished"))
    stack.up(expect_failure=True)
    slow.force(ids(stack)["a"], expire=True)
    if refreshed:
        stack.refresh()
    said = stack.up(expect_failure=True).output
    assert "has finished" not in said
    assert "FAILED" in json.dumps(stack.resources()["run"]["outputs"]["statuses"])
    # a default written out asks for the same: nothing is replaced, nothing is called finished
    written_out = areas("a", until="finished").replace(
        '"resolution": 60.0', '"resolution": 60.0, "bufferX": 0'
    )
    stack.program(written_out)
    stack.up(expect_failure=True)
    assert len(creations(slow)) == 1
    # as the message says
    slow.control("PUT", "options", {"processing_seconds": 1})
    stack.up("--replace", urn(stack, "a"))
    assert statuses(slow) == ["DONE"]


def test_out_of_sight_is_not_gone(make_stack: MakeStack, slow: Controls) -> None:
    """A running job that cannot be seen for minutes is no success, no end of a destroy, no forgotten id."""
    stack = stack_of(make_stack, areas("a"))
    stack.up()
    job = ids(stack)["a"]
    slow.force(job, hidden_seconds=3600)
    stack.refresh()
    assert ids(stack)["a"] == job
    assert "may be running" in stack.destroy(expect_failure=True).output
    assert ids(stack)["a"] == job
    stack.program(areas("a", until="finished"))
    assert "lost from sight" in stack.up(expect_failure=True).output
    slow.force(job, hidden_seconds=0)
    stack.destroy()
    assert active(slow) == set()
    assert len(starts(slow)) == 1


def test_other_credentials_and_addresses(make_stack: MakeStack, slow: Controls) -> None:
    """Destroy and refresh as another account, or at another address, are refused; nothing is forgotten."""
    stack = stack_of(make_stack, areas("a"))
    stack.up()
    own = dict(stack.environ)
    before = stack.resources()
    stack.environ |= {"SH_CLIENT_ID": "stranger", "SH_CLIENT_SECRET": "secret"}
    for said in (stack.destroy(expect_failure=True).output, stack.refresh(expect_failure=True).output):
        assert before["a"]["outputs"]["account_id"] in said
        assert "credentials at work" in said
    assert set(stack.resources()) == set(before)
    assert active(slow) == {before["a"]["id"]}
    stack.environ.clear()
    stack.environ.update(own)
    stack.destroy()
    assert active(slow) == set()


def test_one_refusal_holds_up_no_other(make_stack: MakeStack, slow: Controls) -> None:
    """A 403 on one of four at destroy leaves only that one running, and is told by its id."""
    stack = stack_of(make_stack, areas("a", "b", "c", "d"))
    stack.up()
    bad = ids(stack)["b"]
    slow.fault("POST", f"{bad}/cancel", {"status": 403}, times=50)
    said = stack.destroy(expect_failure=True).output
    assert bad in said
    eventually(lambda: active(slow) == {bad}, "the others are cancelled")


def test_one_refused_start_abandons_no_other(make_stack: MakeStack, slow: Controls) -> None:
    """The others are started before the refusal is reported; a bad id in one run fails no other run."""
    stack = stack_of(make_stack, areas("a", "b", "c", until=None))
    stack.up()
    bad = ids(stack)["b"]
    slow.fault("POST", f"{bad}/start", {"status": 403}, times=50)
    nobody = "00000000-0000-4000-8000-000000000000"
    wrong = f'\nBatchRun("wrong", requests=["{nobody}"], until="started")'
    stack.program(areas("a", "b", "c", more=wrong))
    said = stack.up(expect_failure=True).output
    assert bad in said
    assert nobody in said
    assert active(slow) == set(ids(stack).values()) - {bad}


def test_a_budget_fails_closed(make_stack: MakeStack, slow: Controls) -> None:
    """What cannot be watched starts nothing, and it is said what is running all the same."""
    stack = stack_of(make_stack, areas("a", until=None))
    stack.up()
    run = 'BatchRun("run", requests=[a], until="finished", max_cost=500)'
    slow.fault("GET", "/tiles", {"status": 403}, times=100)
    stack.program(areas("a", until=None, more=run))
    assert "cannot keep max_cost" in stack.up(expect_failure=True).output
    assert starts(slow) == []
    slow.control("DELETE", "faults")
    notebook = Notebook(slow)
    other = notebook.post(payload())
    notebook.ask("POST", f"/api/v1/batch/process/{other}/start")
    eventually(lambda: "PROCESSING" in statuses(slow), "it runs")
    both = f'BatchRun("run", requests=[a, "{other}"], until="finished"'
    stack.program(areas("a", until=None, more=f"{both})"))
    limit = just_below(stack.preview().output)
    stack.program(areas("a", until=None, more=f"{both}, max_cost={limit})"))
    said = stack.up(expect_failure=True).output
    assert f"{other} is PROCESSING and goes on" in said
    assert len(starts(slow)) == 1


def test_a_restart_is_counted_and_waited_for(make_stack: MakeStack, quick: Controls) -> None:
    """The answer is lost, reads lag behind it: it is one restart, and PARTIAL is not believed meanwhile."""
    run = 'BatchRun("run", requests=[a], until="finished", restart_partial=1)'
    stack = stack_of(make_stack, areas("a", until=None, more=run))
    stack.config("sentinelhub:readLag", "15")
    quick.control("PUT", "options", {"fail_tiles": 0.5, "stale_reads_seconds": 4})
    quick.fault("POST", "restartpartial$", "commit-then-reset")
    try:
        stack.up()
    finally:
        quick.control("PUT", "options", {"fail_tiles": 0, "stale_reads_seconds": 0})
    (result,) = stack.resources()["run"]["outputs"]["results"]
    assert (result["status"], result["restarts"]) == ("DONE", 1)
    assert len(quick.journal("POST", "restartpartial")) == 1
