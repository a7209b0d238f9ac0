"""What API v2 stops: by itself, which a later update resumes; for a user, which nothing resumes unasked."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from pulumi_sentinelhub.errors import BadRequest, JobFailed, Unfinished
from pulumi_sentinelhub.lifecycle.request import BATCH_REQUEST
from pulumi_sentinelhub.lifecycle.run.lifecycle import BATCH_RUN
from tests.lifecycle.conftest import World
from tests.lifecycle.runs import actions, request_of, run_of

HOUR = 3600.0


@pytest.fixture
def world(world_v2: World) -> World:
    return world_v2


def minute(moment: float) -> str:
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


def halted(world: World, *requests: str, **inputs: Any) -> Unfinished:
    """A run whose account has run out of units in the middle of the processing."""
    for request in requests:
        world.context().batch().start(request)
    world.clock.seconds += 200
    world.option(account_pu=0)
    with pytest.raises(Unfinished) as caught:
        BATCH_RUN.create(world.context(), run_of(*requests, until="finished", **inputs))
    assert isinstance(caught.value.cause, JobFailed)
    return caught.value


def go_on(world: World, unfinished: Unfinished, **inputs: Any) -> dict[str, Any]:
    """The next ``pulumi up``."""
    outputs = dict(unfinished.outputs)
    news = run_of(*outputs["requests"], until="finished", **inputs)
    assert BATCH_RUN.diff(world.context(), unfinished.id, outputs, news)
    return BATCH_RUN.update(world.context(), unfinished.id, outputs, news)


def test_out_of_units_says_when_it_goes_on(world: World, declared: dict[str, Any]) -> None:
    """The error names the request, the service's reason, and a moment that the service itself will accept."""
    request = request_of(world, declared)
    error = halted(world, request)
    at = error.outputs["results"][0]["resume_at"]
    assert at - world.clock.now() == pytest.approx(HOUR, abs=60)
    assert all(word in str(error) for word in (request, "OUT_OF_PU", minute(at)))
    assert error.outputs["status"] == "HALTED"
    assert actions(world) == ["start"]
    world.option(account_pu=1e9)
    world.clock.seconds = at
    world.context().batch().start(request)


@pytest.mark.parametrize("seconds", [0, 60, HOUR - 60])
def test_before_that_the_next_up_says_the_same(
    world: World, declared: dict[str, Any], seconds: float
) -> None:
    """Until then each update fails with the same words, also after a refresh, and asks for nothing."""
    error = halted(world, request_of(world, declared))
    world.clock.seconds += seconds
    read = BATCH_RUN.read(world.context(), error.id, dict(error.outputs))
    assert read is not None
    for outputs in (dict(error.outputs), read.outputs):
        with pytest.raises(Unfinished) as again:
            BATCH_RUN.update(
                world.context(), error.id, outputs, run_of(*outputs["requests"], until="finished")
            )
        assert str(again.value) == str(error)
    assert actions(world) == ["start"]


@pytest.mark.parametrize("inputs", [{}, {"max_cost": 1e6}])
def test_after_that_it_goes_on_by_one_start(
    world: World, declared: dict[str, Any], inputs: dict[str, Any]
) -> None:
    """The next update resumes it once and waits for its end."""
    error = halted(world, request_of(world, declared), **inputs)
    world.option(account_pu=1e9)
    world.clock.seconds += HOUR + 60
    outputs = go_on(world, error, **inputs)
    assert outputs["status"] == "DONE"
    assert "resume_at" not in outputs["results"][0]
    assert actions(world) == ["start", "start"]


def test_it_goes_on_although_reads_lag(world: World, declared: dict[str, Any]) -> None:
    """Reads that go on showing the halt for a while lead to no second start."""
    error = halted(world, request_of(world, declared))
    world.option(account_pu=1e9, stale_reads_seconds=100)
    world.clock.seconds += HOUR + 200
    assert go_on(world, error)["status"] == "DONE"
    assert actions(world) == ["start", "start"]


def test_a_second_halt_is_told_anew(world: World, declared: dict[str, Any]) -> None:
    """What is halted again while it is waited for is not resumed by the same update."""
    error = halted(world, request_of(world, declared))
    world.option(account_pu=1e9)
    world.clock.seconds += HOUR + 60
    world.clock.during_sleep = [*[lambda: None] * 3, lambda: world.option(account_pu=0)]
    with pytest.raises(Unfinished, match="OUT_OF_PU") as again:
        go_on(world, error)
    assert str(again.value) != str(error)
    assert again.value.outputs["results"][0]["resume_at"] > world.clock.now() + HOUR - 300
    assert actions(world) == ["start", "start"]


def test_still_without_units(world: World, declared: dict[str, Any]) -> None:
    """A start that is refused for lack of units is told in its own words; a later update resumes."""
    error = halted(world, request_of(world, declared))
    world.clock.seconds += HOUR + 60
    with pytest.raises(Unfinished, match="Insufficient processing units") as again:
        go_on(world, error)
    assert again.value.outputs["status"] == "HALTED"
    world.option(account_pu=1e9)
    assert go_on(world, again.value)["status"] == "DONE"


def test_a_service_that_wants_a_longer_pause(world: World, declared: dict[str, Any]) -> None:
    """A start that is answered with 400, as within the pause, is told; a later one succeeds."""
    world.option(restart_minutes_out_of_pu=120)
    error = halted(world, request_of(world, declared))
    world.option(account_pu=1e9)
    world.clock.seconds += HOUR + 60
    with pytest.raises(Unfinished, match="a restart is not allowed for 120 minutes") as again:
        go_on(world, error)
    assert isinstance(again.value.cause, BadRequest)
    assert again.value.outputs["requests"][0] in str(again.value)
    assert again.value.outputs["status"] == "HALTED"
    world.clock.seconds += HOUR
    assert go_on(world, again.value)["status"] == "DONE"


def test_a_halt_holds_up_no_other(world: World, declared: dict[str, Any]) -> None:
    """Of two, the one that is halted is named when the other has come out."""
    bad, good = request_of(world, declared, "bad"), request_of(world, declared, "good")
    world.force(bad, status="HALTED")
    with pytest.raises(Unfinished) as caught:
        BATCH_RUN.create(world.context(), run_of(bad, good, until="finished"))
    assert caught.value.outputs["statuses"] == {bad: "HALTED", good: "DONE"}


def test_unhealthy(world: World, declared: dict[str, Any]) -> None:
    """Many failing features: the update that meets it says so, and the next one tries it once more."""
    request = request_of(world, declared)
    world.clock.during_sleep = [
        lambda: None,
        lambda: world.force(request, status="HALTED", reason="UNHEALTHY", error="The bucket is gone."),
    ]
    with pytest.raises(
        Unfinished, match=f"{request} was stopped by the service: UNHEALTHY: The bucket is gone"
    ):
        BATCH_RUN.create(world.context(), run_of(request, until="finished"))
    assert actions(world) == ["start"]
    assert BATCH_RUN.create(world.context(), run_of(request, until="finished")).outputs["status"] == "DONE"
    assert actions(world) == ["start", "start"]


@pytest.mark.parametrize("until", ["started", "finished"])
@pytest.mark.parametrize("hours", [0, 1, 48])
def test_what_somebody_has_stopped_is_drift(
    world: World, declared: dict[str, Any], until: str, hours: int
) -> None:
    """A refresh shows it, the preview names it, an update says what to do; none starts it, however late."""
    request = request_of(world, declared)
    started = BATCH_RUN.create(world.context(), run_of(request, until="started"))
    world.clock.seconds += 200
    world.context().batch().cancel(request)
    world.clock.seconds += 60 + hours * HOUR
    read = BATCH_RUN.read(world.context(), started.id, started.outputs)
    assert read is not None
    assert read.outputs["status"] == "CANCELED"
    news = run_of(request, until=until)
    assert BATCH_RUN.diff(world.context(), started.id, read.outputs, news)
    with pytest.raises(Unfinished, match="not started again by itself"):
        BATCH_RUN.update(world.context(), started.id, read.outputs, news)
    assert actions(world) == ["start", "stop"]


def test_destroy_stops_and_deletes_nothing(world: World, declared: dict[str, Any]) -> None:
    """A running job is stopped and waited for; its record stays, and that is said."""
    made = BATCH_REQUEST.create(world.context(), declared)
    world.context().batch().start(made.id)
    world.clock.seconds += 200
    BATCH_REQUEST.delete(world.context(), made.id, made.outputs)
    assert [one["status"] for one in world.requests()] == ["CANCELED"]
    assert actions(world) == ["start", "stop"]
    assert world.calls("DELETE") == []
    (note,) = world.noted
    assert made.id in note
    assert "deletes nothing" in note


def test_what_cannot_be_stopped_is_waited_for(world: World, declared: dict[str, Any]) -> None:
    """A destroy within the second after a start, when a stop is still refused, stops it all the same."""
    made = BATCH_REQUEST.create(world.context(), declared)
    world.context().batch().start(made.id)
    BATCH_REQUEST.delete(world.context(), made.id, made.outputs)
    world.clock.seconds += 2000
    assert [one["status"] for one in world.requests()] == ["CANCELED"]


def test_cancelled_is_held_by_what_never_ran(world: World, declared: dict[str, Any]) -> None:
    """API v2 refuses to stop what nobody has started: nothing runs, and the next preview is empty."""
    request = request_of(world, declared)
    news = run_of(request, until="cancelled")
    begun = world.clock.now()
    remote = BATCH_RUN.create(world.context(), news)
    assert world.clock.now() - begun < 60
    assert not BATCH_RUN.diff(world.context(), remote.id, remote.outputs, news)
    read = BATCH_RUN.read(world.context(), remote.id, remote.outputs)
    assert read is not None
    assert not BATCH_RUN.diff(world.context(), remote.id, read.outputs, news)
    world.context().batch().start(request)
    world.clock.seconds += 100
    read = BATCH_RUN.read(world.context(), remote.id, read.outputs)
    assert read is not None
    assert BATCH_RUN.diff(world.context(), remote.id, read.outputs, news)


@pytest.mark.parametrize("stale", [0, 20, 100])
@pytest.mark.parametrize("seconds", [0, 1, 10])
def test_cancelled_stops_what_was_just_started(
    world: World, declared: dict[str, Any], stale: float, seconds: float
) -> None:
    """Also while a stop is refused, and while reads show that nothing was asked for; long before its end."""
    request = request_of(world, declared)
    world.clock.seconds += 200
    world.option(stale_reads_seconds=stale)
    world.context().batch().start(request)
    world.clock.seconds += seconds
    begun = world.clock.now()
    remote = BATCH_RUN.create(world.context(), run_of(request, until="cancelled"))
    assert remote.outputs["status"] == "CANCELED"
    assert [one["status"] for one in world.requests()] == ["CANCELED"]
    assert world.clock.now() - begun < 2 * stale + 120


def test_a_start_that_was_never_heard_does_not_hang(world: World, declared: dict[str, Any]) -> None:
    """What this process believes to have started, and the service has never heard of, is let go."""
    made = BATCH_REQUEST.create(world.context(), declared)
    context = world.context()
    context.ledger.asked(made.id)
    begun = world.clock.now()
    BATCH_REQUEST.delete(context, made.id, made.outputs)
    assert world.clock.now() - begun < 2 * context.read_lag
