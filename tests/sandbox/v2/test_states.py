"""The state machine of v2, under a fake clock."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.clock import HandClock

from .conftest import MakeTasks

STATES = ("CREATED", "ANALYSING", "ANALYSIS_DONE", "PROCESSING", "DONE", "FAILED", "STOPPED")
# By action: what each state answers, in the order of STATES.
ANSWERS = {
    "analyse": (204, 400, 400, 400, 400, 400, 400),
    "start": (204, 204, 204, 400, 400, 400, 400),
    "stop": (400, 204, 204, 204, 400, 400, 400),
    "PUT": (200, 200, 200, 409, 200, 200, 200),
}


@pytest.mark.parametrize("action", ANSWERS)
def test_each_action_in_each_state(still: MakeTasks, action: str) -> None:
    """Legal actions are accepted, illegal ones refused with the documented words."""
    tasks = still()
    seen = []
    for state in STATES:
        task = tasks.create()
        before = tasks.force(task, status=state)
        if action == "PUT":
            seen.append(tasks.call("PUT", f"/process/{task}", {"description": "new"}).status_code)
            continue
        answer = tasks.act(task, action)
        seen.append(answer.status_code)
        if answer.status_code == 400:
            words = f"Illegal to change userAction from {before['userAction']} to {action.upper()} with task"
            error = answer.json()["error"]
            assert error["message"].startswith(f"{words} status {state}")
            assert error["code"] == "COMMON_BAD_PAYLOAD"
    assert tuple(seen) == ANSWERS[action]


def test_v1s_actions_and_deletion_are_not_there(still: MakeTasks) -> None:
    """No cancel, restartpartial, tiles or DELETE, and no v1 request of that id."""
    tasks = still()
    one = f"{tasks.ends['base_url']}/batch/v2/process/{tasks.create()}"
    for method, path, status in (
        ("POST", "/cancel", 404),
        ("POST", "/restartpartial", 404),
        ("GET", "/tiles", 404),
        ("DELETE", "", 405),
    ):
        assert tasks.session.request(method, one + path, timeout=60).status_code == status
    old = one.replace("/batch/v2", "/api/v1/batch")
    assert tasks.session.get(old, timeout=60).status_code == 404


def test_a_life_from_start_to_done(still: MakeTasks, clock: HandClock) -> None:
    """START goes through analysis; the status lags; completion and cost grow; nothing is estimated."""
    tasks = still()
    task = tasks.create()
    first = tasks.get(task)
    assert (first["status"], first["userAction"], first["completionPercentage"]) == ("CREATED", "NONE", 0)
    assert not {"costPU", "error", "stoppedStatusReason", "valueEstimate", "tileCount"} & set(first)
    tasks.act(task, "start")
    after = tasks.get(task)
    assert (after["status"], after["userAction"]) == ("CREATED", "START")
    assert tasks.error("POST", f"/process/{task}/stop") == (
        400,
        "Illegal to change userAction from START to STOP with task status CREATED",
    )
    clock.move(2)
    assert tasks.get(task)["status"] == "ANALYSING"
    clock.move(8)
    assert tasks.get(task)["status"] == "ANALYSIS_DONE"
    clock.move(50)
    running = tasks.get(task)
    # Five tiles of 334 x 334 pixels, 2.5 PU each, of which a third is billed.
    assert (running["status"], running["completionPercentage"]) == ("PROCESSING", 40)
    assert running["costPU"] == pytest.approx(2 * 2.5 / 3)
    clock.move(49)
    late = tasks.get(task)
    assert (late["status"], late["completionPercentage"]) == ("PROCESSING", 100)
    clock.move(1.01)
    done = tasks.get(task)
    # [PU docs] A batch request costs 100 PU at least.
    assert (done["status"], done["costPU"], done["userAction"]) == ("DONE", 100.0, "START")
    assert done["lastUpdated"] > running["lastUpdated"] > first["lastUpdated"]


def test_failed_features_leave_a_task_done(still: MakeTasks, clock: HandClock) -> None:
    """Whether some or all fail, the task is DONE; what failed costs nothing."""
    for fraction, cost in ((0.4, 100.0), (1.0, 0.0)):
        tasks = still(fail_tiles=fraction)
        task = tasks.create()
        tasks.act(task, "start")
        clock.move(300)
        done = tasks.get(task)
        assert (done["status"], done["completionPercentage"], done["costPU"]) == ("DONE", 100, cost)


def test_stop_while_analysing_lets_the_analysis_end(still: MakeTasks, clock: HandClock) -> None:
    """The task is ANALYSING until the analysis has ended, then STOPPED by its user."""
    tasks = still()
    task = tasks.create()
    tasks.act(task, "analyse")
    clock.move(5)
    assert tasks.act(task, "stop").status_code == 204
    view = tasks.get(task)
    assert (view["status"], view["userAction"]) == ("ANALYSING", "STOP")
    assert "stoppedStatusReason" not in view
    clock.move(7)
    stopped = tasks.get(task)
    assert (stopped["status"], stopped["stoppedStatusReason"]) == ("STOPPED", "USER_ACTION")


def test_stop_while_processing_and_going_on(still: MakeTasks, clock: HandClock) -> None:
    """What has ended stays so; half an hour later a start goes on with the rest, by way of ANALYSIS_DONE."""
    tasks = still()
    task = tasks.create()
    tasks.act(task, "start")
    clock.move(60)
    assert tasks.act(task, "stop").status_code == 204
    assert tasks.get(task)["status"] == "PROCESSING"
    assert tasks.error("POST", f"/process/{task}/stop")[1].startswith(
        "Illegal to change userAction from STOP"
    )
    clock.move(25)
    stopped = tasks.get(task)
    assert (stopped["status"], stopped["stoppedStatusReason"]) == ("STOPPED", "USER_ACTION")
    assert stopped["completionPercentage"] == 60
    clock.move(30 * 60 - 25 - 1)
    status, message = tasks.error("POST", f"/process/{task}/start")
    assert (status, "30 minutes" in message) == (400, True)
    clock.move(1)
    assert tasks.act(task, "start").status_code == 204
    clock.move(1.5)
    view = tasks.get(task)
    assert (view["status"], view["userAction"]) == ("ANALYSIS_DONE", "START")
    assert "stoppedStatusReason" not in view
    clock.move(2)
    assert (view := tasks.get(task))["status"] == "PROCESSING", view
    assert view["completionPercentage"] == 60
    clock.move(60)
    assert tasks.get(task)["status"] == "DONE"


def test_stop_before_processing_and_going_on(still: MakeTasks, clock: HandClock) -> None:
    """A task that was stopped after its analysis is processed whole later; the wait can be changed."""
    tasks = still()
    task = tasks.create()
    tasks.act(task, "analyse")
    clock.move(11)
    tasks.act(task, "stop")
    clock.move(2)
    assert tasks.get(task)["status"] == "STOPPED"
    assert tasks.act(task, "start").status_code == 400
    tasks.options(restart_minutes=0)
    assert tasks.act(task, "start").status_code == 204
    clock.move(300)
    assert (tasks.get(task)["status"], tasks.get(task)["completionPercentage"]) == ("DONE", 100)


def test_too_few_units_refuse_what_would_cost(still: MakeTasks) -> None:
    """With less than 1000 PU there is no create, no analyse and no start; a stop is possible."""
    tasks = still(account_pu=1000)
    made, analysed, running = (tasks.create() for _ in range(3))
    tasks.force(analysed, status="ANALYSIS_DONE")
    tasks.force(running, status="PROCESSING")
    tasks.options(account_pu=999.9)
    assert tasks.call("POST", "/process", tasks.payload()).status_code == 403
    for task, action in ((made, "analyse"), (made, "start"), (analysed, "start")):
        answer = tasks.act(task, action)
        assert (answer.status_code, "1000 PU" in answer.text) == (403, True)
    assert tasks.act(analysed, "stop").status_code == 204
    tasks.options(account_pu=None)
    assert tasks.act(made, "start").status_code == 204


def test_an_account_that_runs_out_of_units(still: MakeTasks, clock: HandClock) -> None:
    """The service stops its task in the middle; it cannot be started again for an hour."""
    tasks = still(account_pu=1002.0, token_seconds=1e9)
    task = tasks.create()
    tasks.act(task, "start")
    clock.move(300)
    stopped = tasks.get(task)
    assert (stopped["status"], stopped["stoppedStatusReason"]) == ("STOPPED", "OUT_OF_PU")
    assert (stopped["userAction"], 0 < stopped["completionPercentage"] < 100) == ("START", True)
    tasks.options(account_pu=5000)
    clock.move(30 * 60)
    status, message = tasks.error("POST", f"/process/{task}/start")
    assert (status, "60 minutes" in message) == (400, True)
    clock.move(30 * 60)
    assert tasks.act(task, "start").status_code == 204
    clock.move(300)
    assert tasks.get(task)["status"] == "DONE"


def test_units_are_each_accounts_own(still: MakeTasks) -> None:
    """What one account has used, another still has."""
    tasks = still(account_pu=1000.5, accounts=("other:secret:partner",))
    task = tasks.create()
    tasks.force(task, cost=10, status="DONE")
    assert tasks.call("POST", "/process", tasks.payload()).status_code == 403
    other = type(tasks)(tasks.sandbox, tasks._contract, 1)
    assert other.create()


@pytest.mark.parametrize("state", STATES)
def test_forcing_a_state(still: MakeTasks, state: str) -> None:
    """Every state of v2 can be forced, and goes on from there as any other."""
    tasks = still()
    task = tasks.create()
    assert tasks.force(task, status=state)["status"] == state
    assert tasks.get(task)["status"] == state


def test_forcing_more(still: MakeTasks, clock: HandClock) -> None:
    """Reasons of a stop, errors, costs, failing features, hiding and expiry; v1's words are refused."""
    tasks = still()
    task = tasks.create()
    for reason in ("OUT_OF_PU", "UNHEALTHY", "USER_ACTION"):
        view = tasks.force(task, status="STOPPED", reason=reason)
        assert (view["stoppedStatusReason"], "error" in view) == (reason, False)
    view = tasks.force(task, status="FAILED", error="no such band")
    assert (view["status"], view["error"]) == ("FAILED", "no such band")
    assert "stoppedStatusReason" not in view
    assert tasks.force(task, cost=42, status="DONE")["costPU"] == pytest.approx(42)
    for wish in ({"status": "PARTIAL"}, {"status": "CANCELED"}, {"reason": "UNHEALTHY"}, {"colour": 1}):
        assert tasks.control("PUT", f"/requests/{task}", wish).status_code == 400
    failing = tasks.create()
    tasks.force(failing, fail_tiles=["32TNM_0_0"])
    tasks.force(failing, hidden_seconds=60)
    assert tasks.call("GET", f"/process/{failing}").status_code == 404
    clock.move(61)
    assert tasks.get(failing)["id"] == failing
    assert [item["id"] for item in tasks.control("GET", "/requests").json()] == [task, failing]
    tasks.force(failing, expire=True)
    assert tasks.call("GET", f"/process/{failing}").status_code == 404


@pytest.mark.parametrize(("state", "days"), [("CREATED", 7), ("FAILED", 15), ("DONE", 30), ("STOPPED", 30)])
def test_stale_tasks_go(still: MakeTasks, clock: HandClock, state: str, days: int) -> None:
    """After so many days without activity there is no such task any more."""
    tasks = still(token_seconds=1e9)
    task = tasks.create()
    tasks.force(task, status=state)
    clock.move(days * 86400 - 1)
    assert tasks.get(task)["status"] == state
    clock.move(1)
    assert tasks.call("GET", f"/process/{task}").status_code == 404
    assert tasks.call("GET", "/process").json()["data"] == []


def test_reads_may_be_stale(still: MakeTasks, clock: HandClock) -> None:
    """A fresh task is a 404 for a while, for its actions too; later reads are of a moment ago."""
    tasks = still(stale_reads_seconds=50)
    task = tasks.create()
    assert tasks.call("GET", f"/process/{task}").status_code == 404
    assert tasks.act(task, "start").status_code == 404
    clock.move(50)
    tasks.act(task, "start")
    clock.move(49)
    assert tasks.get(task)["userAction"] == "NONE"
    clock.move(41)
    late: dict[str, Any] = tasks.get(task)
    clock.move(20)
    assert 0 < late["completionPercentage"] < tasks.get(task)["completionPercentage"] < 100


def test_units_that_are_gone_before_processing(still: MakeTasks, clock: HandClock) -> None:
    """The task is stopped as soon as it is processed; its cost, nothing, is told from then on."""
    tasks = still()
    task = tasks.create()
    tasks.act(task, "start")
    tasks.options(account_pu=999)
    clock.move(10.5)
    assert "costPU" not in tasks.get(task)
    clock.move(600)
    stopped = tasks.get(task)
    assert (stopped["stoppedStatusReason"], stopped["completionPercentage"]) == ("OUT_OF_PU", 0)
    assert stopped["costPU"] == 0
