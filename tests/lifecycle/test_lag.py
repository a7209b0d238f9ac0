"""Reads that lag behind writes, as the service's separate read and write databases make them."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from pulumi_sentinelhub.batch.generations import GENERATIONS
from pulumi_sentinelhub.errors import DeadlineExceeded, Interrupted, Unfinished
from pulumi_sentinelhub.lifecycle.request import BATCH_REQUEST
from pulumi_sentinelhub.lifecycle.run.lifecycle import BATCH_RUN
from tests.lifecycle.account import Account, declaration, process
from tests.lifecycle.conftest import World
from tests.support.clock import HandClock
from tests.support.killed import Killed
from tests.support.sandbox import running

STALE_SECONDS = 20.0


@pytest.fixture(scope="module", params=GENERATIONS)
def stale(request: pytest.FixtureRequest) -> Iterator[World]:
    """A sandbox whose reads are always twenty seconds old."""
    clock = HandClock()
    with running(
        clock, analysis_seconds=30, processing_seconds=90, stale_reads_seconds=STALE_SECONDS
    ) as sandbox:
        yield World.on(sandbox, clock, request.param)


@pytest.fixture
def world(stale: World) -> World:
    stale.controls.reset()
    return stale


def run_of(request: str, **inputs: Any) -> dict[str, Any]:
    return {"requests": [request], "until": "finished", "deployment": "aws-eu-central-1", **inputs}


@pytest.mark.parametrize("inputs", [{}, {"max_cost": 1e6}, {"until": "started"}, {"until": "analysed"}])
def test_each_action_is_said_once(world: World, inputs: dict[str, Any]) -> None:
    """A request that is not visible yet is waited for, and an action that does not show is not repeated."""
    account = Account(world)
    request = BATCH_REQUEST.create(world.context(), declaration("a")).id
    remote = BATCH_RUN.create(world.context(), run_of(request, **inputs))
    said = account.said("analyse", "start")
    assert all(times == 1 for times in account.said("analyse").values())
    assert said["a", 60] == (2 if "max_cost" in inputs else 1)
    assert not BATCH_RUN.diff(world.context(), remote.id, remote.outputs, run_of(request, **inputs))


@pytest.mark.parametrize("ended", ["interrupted", "late"])
def test_what_was_never_seen_is_not_said_to_run(world: World, ended: str) -> None:
    """A wrong id is looked for as long as reads may lag; nobody knows of anything that goes on."""
    cancel = threading.Event()
    if ended == "interrupted":
        world.clock.during_sleep = [lambda: None, cancel.set]
    ctx = world.context(cancel=cancel, deadline=5.0 if ended == "late" else 600.0)
    with pytest.raises((Interrupted, DeadlineExceeded)) as caught:
        BATCH_RUN.create(ctx, run_of("0000-abc"))
    assert "0000-abc" in str(caught.value)
    assert "go on running" not in str(caught.value)
    # the deadline comes between two looks, or in the middle of one
    assert re.search("next `pulumi up`|Run the command again", str(caught.value))


@pytest.mark.parametrize("seconds", [0, 1, 10, 25])
def test_killed_right_after_the_start(world: World, seconds: float) -> None:
    """The next life reads "never started", is told otherwise, and waits; there is one job."""
    account = Account(world)
    request = BATCH_REQUEST.create(world.context(), declaration("a")).id
    world.clock.seconds += STALE_SECONDS
    context, service = process(world)

    def die_when_started() -> None:
        if account.active():
            raise Killed

    service.after_each = die_when_started
    with pytest.raises(Killed):
        BATCH_RUN.create(context, run_of(request))
    world.clock.seconds += seconds
    remote = BATCH_RUN.create(world.context(), run_of(request))
    assert remote.outputs["status"] == "DONE"
    assert account.said("start") == {("a", 60): 1}


@pytest.mark.parametrize("seconds", [0, 1, 10, 25])
@pytest.mark.parametrize("action", ["analyse", "start"])
def test_destroyed_right_after_an_action(world: World, action: str, seconds: float) -> None:
    """What reads as idle and is not gets cancelled all the same."""
    account = Account(world)
    remote = BATCH_REQUEST.create(world.context(), declaration("a"))
    world.clock.seconds += STALE_SECONDS
    getattr(world.context().batch(), action)(remote.id)
    world.clock.seconds += seconds
    BATCH_REQUEST.delete(world.context(), remote.id, remote.outputs)
    world.clock.seconds += 300
    assert account.active() == {}
    # an analysis costs nothing: what cannot be deleted may complete it
    at_rest = ("CANCELED",) if action == "start" or world.abilities.deletes else ("CANCELED", "ANALYSIS_DONE")
    assert all(request["status"] in at_rest for request in account.requests())


def test_restarted_tiles_are_waited_for(world: World) -> None:
    """A read of PARTIAL that is older than the restart does not end the wait, nor does it restart again.

    Where nothing can be restarted, the outcome is told as it is.
    """
    account = Account(world)
    request = BATCH_REQUEST.create(world.context(), declaration("a")).id
    world.force(request, fail_tiles=0.5)
    if not world.abilities.restarts_failed:
        with pytest.raises(Unfinished, match="PARTIAL"):
            BATCH_RUN.create(world.context(), run_of(request))
        return
    remote = BATCH_RUN.create(world.context(), run_of(request, restart_partial=3))
    assert remote.outputs["status"] == "DONE"
    assert account.said("restartpartial") == {("a", 60): 1}
