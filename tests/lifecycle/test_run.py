"""BatchRun against the sandbox: the desired outcome, from wherever the requests are."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from pulumi_sentinelhub.errors import BudgetExceeded, DeadlineExceeded, Interrupted, JobFailed, Unfinished
from pulumi_sentinelhub.lifecycle.request import BATCH_REQUEST
from pulumi_sentinelhub.lifecycle.run.lifecycle import BATCH_RUN
from tests.lifecycle.conftest import World
from tests.lifecycle.runs import actions, request_of, run_of


def test_finished_is_one_start_and_a_wait(world: World, declared: dict[str, Any]) -> None:
    """Without a budget a single start does it all, and the outcome is complete."""
    request = request_of(world, declared)
    remote = BATCH_RUN.create(world.context(), run_of(request, until="finished"))
    assert actions(world) == ["start"]
    assert remote.outputs["status"] == "DONE"
    assert remote.outputs["tiles_by_status"] == {"PROCESSED": remote.outputs["tiles"]}
    assert remote.outputs["cost"] > 0
    assert any("PROCESSING" in line and "tiles)" in line for line in world.said)


@pytest.mark.parametrize(
    ("until", "expected", "status"),
    [("analysed", ["analyse"], "ANALYSIS_DONE"), ("started", ["start"], "CREATED")],
)
def test_other_outcomes(
    world: World, declared: dict[str, Any], until: str, expected: list[str], status: str
) -> None:
    """``analysed`` waits for the analysis, ``started`` returns when the service has accepted the start."""
    request = request_of(world, declared)
    remote = BATCH_RUN.create(world.context(), run_of(request, until=until))
    assert actions(world) == expected
    assert remote.outputs["status"] == status
    news = run_of(request, until=until)
    assert not BATCH_RUN.diff(world.context(), remote.id, remote.outputs, news)


def test_waiting_is_gentle(world: World, declared: dict[str, Any]) -> None:
    """Pauses never fall below the least interval and grow while it processes."""
    request = request_of(world, declared)
    BATCH_RUN.create(world.context(), run_of(request, until="finished"))
    assert min(world.clock.naps) >= 1
    assert max(world.clock.naps) > 20
    assert len(world.clock.naps) < 30


def test_repeating_a_run_does_nothing(world: World, declared: dict[str, Any]) -> None:
    """A finished job is not started again, by create or by update."""
    request = request_of(world, declared)
    news = run_of(request, until="finished")
    remote = BATCH_RUN.create(world.context(), news)
    BATCH_RUN.create(world.context(), news)
    before = len(world.controls.journal())
    BATCH_RUN.update(
        world.context(), remote.id, remote.outputs, {**news, "max_cost": 1e9, "on_delete": "leave"}
    )
    assert len(world.controls.journal()) == before
    assert actions(world) == ["start"]


@pytest.mark.parametrize("seconds", [0, 1, 45, 200, 700])
def test_an_interrupted_run_is_continued(world: World, declared: dict[str, Any], seconds: float) -> None:
    """Wherever the job is when the process dies, the next run follows it and starts nothing again."""
    request = request_of(world, declared)
    world.context().batch().start(request)
    world.clock.seconds += seconds
    remote = BATCH_RUN.create(world.context(), run_of(request, until="finished"))
    assert remote.outputs["status"] == "DONE"
    assert actions(world) == ["start"]


def test_ctrl_c_keeps_the_place(world: World, declared: dict[str, Any]) -> None:
    """An interrupt ends the wait at once, says what goes on running, and keeps its state."""
    request = request_of(world, declared)
    cancel = threading.Event()
    world.clock.during_sleep = [lambda: None, cancel.set]
    with pytest.raises(Unfinished) as caught:
        BATCH_RUN.create(world.context(cancel=cancel), run_of(request, until="finished"))
    assert isinstance(caught.value.cause, Interrupted)
    assert request in str(caught.value)
    assert "pulumi up" in str(caught.value)
    assert len(world.clock.naps) == 2
    outputs = dict(caught.value.outputs)
    assert outputs["results"][0]["user_action"] == "START"
    done = BATCH_RUN.update(world.context(), caught.value.id, outputs, run_of(request, until="finished"))
    assert done["status"] == "DONE"
    assert actions(world) == ["start"]


def test_ctrl_c_within_a_call_says_what_runs(world: World, declared: dict[str, Any]) -> None:
    """Also when it comes while a failing call is repeated, the interrupt names what goes on running."""
    request = request_of(world, declared)
    cancel = threading.Event()

    def service_fails() -> None:
        world.controls.fault("GET", f"process/{request}$", {"status": 503}, times=5)

    world.clock.during_sleep = [lambda: None, service_fails, cancel.set]
    with pytest.raises(Unfinished, match=f"go on running: {request} ") as caught:
        BATCH_RUN.create(world.context(cancel=cancel), run_of(request, until="finished"))
    assert isinstance(caught.value.cause, Interrupted)
    assert len(world.clock.naps) == 3


def test_a_deadline_ends_the_wait_and_not_the_job(world: World, declared: dict[str, Any]) -> None:
    """The wait is bounded; the job goes on and the message says so."""
    request = request_of(world, declared)
    begun = world.clock.seconds
    with pytest.raises(Unfinished, match="custom_timeouts") as caught:
        BATCH_RUN.create(world.context(deadline=100.0), run_of(request, until="finished"))
    assert isinstance(caught.value.cause, DeadlineExceeded)
    assert world.clock.seconds - begun <= 101
    assert world.context().batch().get_request(request).status == "PROCESSING"


def test_an_estimate_over_the_budget_starts_nothing(world: World, declared: dict[str, Any]) -> None:
    """All requests are analysed, none is started, and the message lists each estimate."""
    requests = [request_of(world, declared, f"job {n}") for n in range(3)]
    with pytest.raises(Unfinished, match="max_cost") as caught:
        BATCH_RUN.create(world.context(), run_of(*requests, until="finished", max_cost=0.001))
    assert isinstance(caught.value.cause, BudgetExceeded)
    assert actions(world) == ["analyse"] * 3
    assert all(request in str(caught.value) for request in requests)
    done = BATCH_RUN.update(
        world.context(),
        caught.value.id,
        dict(caught.value.outputs),
        run_of(*requests, until="finished", max_cost=1e9),
    )
    assert done["status"] == "DONE"
    assert sorted(actions(world)) == ["analyse"] * 3 + ["start"] * 3


def test_the_cost_so_far_is_watched(world: World, declared: dict[str, Any]) -> None:
    """When tiles cost more than was estimated, what runs is cancelled."""
    request = request_of(world, declared)
    ctx = world.context()
    BATCH_RUN.create(ctx, run_of(request, until="analysed"))
    estimate = ctx.batch().get_request(request).value_estimate or 0
    world.controls.force(request, cost=estimate * 100)
    with pytest.raises(Unfinished, match="max_cost") as caught:
        BATCH_RUN.create(world.context(), run_of(request, until="finished", max_cost=estimate))
    assert isinstance(caught.value.cause, BudgetExceeded)
    assert ctx.batch().get_request(request).status == "CANCELED"
    assert actions(world)[-1] == "cancel"


def test_failed_tiles_are_named(world: World, declared: dict[str, Any]) -> None:
    """A PARTIAL end names the tiles, keeps the state, and says how to go on."""
    request = request_of(world, declared)
    world.controls.force(request, fail_tiles=0.3)
    news = run_of(request, until="finished")
    with pytest.raises(Unfinished, match="restart_partial=1") as caught:
        BATCH_RUN.create(world.context(), news)
    assert isinstance(caught.value.cause, JobFailed)
    outputs = dict(caught.value.outputs)
    assert outputs["failed_tiles"]
    assert all(name in str(caught.value) for name in outputs["failed_tiles"])
    # accepted as it is: no call is needed
    accepted = BATCH_RUN.update(world.context(), caught.value.id, outputs, {**news, "accept_partial": True})
    assert accepted["status"] == "PARTIAL"
    # or run again: only the failed tiles
    done = BATCH_RUN.update(world.context(), caught.value.id, outputs, {**news, "restart_partial": 1})
    assert done["status"] == "DONE"
    assert done["results"][0]["restarts"] == 1
    assert actions(world) == ["start", "restartpartial"]


def test_a_failed_analysis_is_clear(world: World, declared: dict[str, Any]) -> None:
    """The service's own words, the id, and what to do."""
    request = request_of(world, declared)
    world.controls.force(request, status="FAILED", error="Failed to evaluate script!")
    with pytest.raises(Unfinished, match="Failed to evaluate script!") as caught:
        BATCH_RUN.create(world.context(), run_of(request, until="finished"))
    assert request in str(caught.value)
    assert "--replace" in str(caught.value)
    assert actions(world) == []


def test_one_failure_does_not_stop_the_others(world: World, declared: dict[str, Any]) -> None:
    """The others are brought to the end before the failure is reported."""
    bad, good = request_of(world, declared, "bad"), request_of(world, declared, "good")
    world.controls.force(bad, status="FAILED", error="no")
    with pytest.raises(Unfinished) as caught:
        BATCH_RUN.create(world.context(), run_of(bad, good, until="finished"))
    assert caught.value.outputs["statuses"] == {bad: "FAILED", good: "DONE"}


@pytest.mark.parametrize("status", ["CANCELED", "FAILED"])
def test_drift_shows_and_is_not_repaired_by_itself(
    world: World, declared: dict[str, Any], status: str
) -> None:
    """What somebody cancelled shows as a change after a refresh; nothing is started unasked."""
    request = request_of(world, declared)
    news = run_of(request, until="started")
    remote = BATCH_RUN.create(world.context(), news)
    world.controls.force(request, status=status)
    world.clock.seconds += 5
    read = BATCH_RUN.read(world.context(), remote.id, remote.outputs)
    assert read is not None
    assert BATCH_RUN.diff(world.context(), remote.id, read.outputs, news)
    with pytest.raises(Unfinished, match="--replace"):
        BATCH_RUN.update(world.context(), remote.id, read.outputs, news)
    assert actions(world) == ["start"]


def test_a_finished_job_that_the_service_removed_is_kept(world: World, declared: dict[str, Any]) -> None:
    """404 after the end is no drift and starts nothing."""
    request = request_of(world, declared)
    news = run_of(request, until="finished")
    remote = BATCH_RUN.create(world.context(), news)
    world.controls.force(request, expire=True)
    read = BATCH_RUN.read(world.context(), remote.id, remote.outputs)
    assert read is not None
    assert read.outputs["results"][0]["expired"] is True
    assert not BATCH_RUN.diff(world.context(), remote.id, read.outputs, news)
    assert read.outputs["status"] == "DONE"


def test_a_finished_job_made_anew_is_recognised(world: World, declared: dict[str, Any]) -> None:
    """When the request of a finished job was removed and made anew, it is not computed a second time."""
    old = request_of(world, declared)
    remote = BATCH_RUN.create(world.context(), run_of(old, until="finished"))
    world.controls.force(old, expire=True)
    new = request_of(world, declared)
    outputs = BATCH_RUN.update(world.context(), remote.id, remote.outputs, run_of(new, until="finished"))
    assert outputs["status"] == "DONE"
    assert outputs["results"][0]["finished_as"] == old
    assert actions(world) == ["start"]
    assert not BATCH_RUN.diff(world.context(), remote.id, outputs, run_of(new, until="finished"))


def test_a_replaced_request_is_run(world: World, declared: dict[str, Any]) -> None:
    """A request that was replaced on purpose is computed, while the old one is still there."""
    old = BATCH_REQUEST.create(world.context(), declared)
    remote = BATCH_RUN.create(world.context(), run_of(old.id, until="finished"))
    ctx = world.context()
    BATCH_REQUEST.delete(ctx, old.id, old.outputs)
    new = BATCH_REQUEST.create(ctx, declared)
    assert new.id != old.id
    BATCH_RUN.update(ctx, remote.id, remote.outputs, run_of(new.id, until="finished"))
    assert actions(world) == ["start", "start"]


def test_a_dozen_requests_share_list_calls(world: World, declared: dict[str, Any]) -> None:
    """Many requests are followed by list calls, not by a call each."""
    requests = [request_of(world, declared, f"job {n}") for n in range(12)]
    before = len(world.calls("GET", "/process"))
    BATCH_RUN.create(world.context(), run_of(*requests, until="finished"))
    looks = [path for path in world.calls("GET", "/process")[before:] if not path.endswith("/tiles")]
    assert len(looks) < 2 * len(world.clock.naps) + 5


def test_back_and_forth(world: World, declared: dict[str, Any]) -> None:
    """analysed, then started, then back: going back stops nothing and starts nothing."""
    request = request_of(world, declared)
    outputs = BATCH_RUN.create(world.context(), run_of(request, until="analysed")).outputs
    for until in ("started", "analysed", "started", "finished"):
        outputs = BATCH_RUN.update(world.context(), "run", outputs, run_of(request, until=until))
    assert actions(world) == ["analyse", "start"]
    assert outputs["status"] == "DONE"


@pytest.mark.parametrize(
    ("inputs", "property"),
    [
        ({"until": "done"}, "until"),
        ({"requests": []}, "requests"),
        ({"requests": ["a", "a"]}, "requests"),
        ({"requests": [7]}, "requests"),
        ({"max_cost": 0}, "max_cost"),
        ({"max_cost": "much"}, "max_cost"),
        ({"max_cost": float("nan")}, "max_cost"),
        ({"max_cost": float("inf")}, "max_cost"),
        ({"restart_partial": float("inf")}, "restart_partial"),
        ({"restart_partial": -1}, "restart_partial"),
        ({"restart_partial": 0.5}, "restart_partial"),
        ({"on_delete": "keep"}, "on_delete"),
    ],
)
def test_bad_inputs(world: World, inputs: dict[str, Any], property: str) -> None:
    """Each wrong input is refused by name, without a call."""
    report = BATCH_RUN.check(world.context(), {}, {**run_of("r"), **inputs})
    assert [failure.property for failure in report.failures] == [property]
    assert world.controls.journal() == []
