"""A run's end, and its members that come and go: what is cancelled, and what is not."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_sentinelhub.errors import SentinelHubError
from pulumi_sentinelhub.lifecycle.ownership.holders import Holder
from pulumi_sentinelhub.lifecycle.run.lifecycle import BATCH_RUN
from tests.lifecycle.conftest import World
from tests.lifecycle.runs import actions, bare, request_of, run_of


def test_members_come_and_go(world: World, declared: dict[str, Any]) -> None:
    """A new member is driven, a removed one goes on, which is said, and the others are left alone."""
    a, b, c = (request_of(world, declared, name) for name in "abc")
    remote = BATCH_RUN.create(world.context(), run_of(a, b, until="started"))
    outputs = BATCH_RUN.update(world.context(), remote.id, remote.outputs, run_of(b, c, until="started"))
    assert set(outputs["statuses"]) == {b, c}
    assert actions(world) == ["start", "start", "start"]
    assert any(a in line and "goes on" in line for line in world.warned)


def test_delete_cancels_nothing_that_a_request_owns(world: World, declared: dict[str, Any]) -> None:
    """A run that goes, such as one that was renamed, leaves its BatchRequests' jobs running, and says so."""
    running = request_of(world, declared, "running")
    remote = BATCH_RUN.create(world.context(), run_of(running, until="started"))
    BATCH_RUN.delete(world.context(), remote.id, remote.outputs)
    assert actions(world) == ["start"]
    assert running in world.warned[-1]


def test_delete_cancels_what_is_given_by_bare_id(world: World, declared: dict[str, Any]) -> None:
    """A request that nobody but the run has to do with ends with it; a marked one is its owner's."""
    nobodys, owned = bare(world, declared), request_of(world, declared, "owned")
    inputs = run_of(nobodys, owned, until="started", bare=[nobodys, owned])
    remote = BATCH_RUN.create(world.context(), inputs)
    BATCH_RUN.delete(world.context(), remote.id, remote.outputs)
    service = world.context().batch()
    assert service.get_request(nobodys).status == "CANCELED"
    assert service.get_request(owned).is_active


def test_an_adopted_request_is_its_owners(world: World, declared: dict[str, Any]) -> None:
    """It bears no mark, but the program gave it as a resource: the run's end leaves it running."""
    adopted = bare(world, declared)
    remote = BATCH_RUN.create(world.context(), run_of(adopted, until="started"))
    BATCH_RUN.delete(world.context(), remote.id, remote.outputs)
    assert actions(world) == ["start"]


def test_one_refused_cancellation_holds_up_no_other(world: World, declared: dict[str, Any]) -> None:
    """Of three, the one that cannot be read and the one that may not be cancelled are named; the third is."""
    unread, refused, third = (bare(world, declared) for _ in range(3))
    inputs = run_of(unread, refused, third, until="started", bare=[unread, refused, third])
    remote = BATCH_RUN.create(world.context(), inputs)
    world.clock.seconds += 100
    world.controls.fault("GET", r"process(\?|$)", {"status": 403}, times=100)
    world.controls.fault("GET", f"{unread}$", {"status": 403}, times=100)
    world.controls.fault("POST", f"{refused}/cancel", {"status": 403}, times=100)
    with pytest.raises(SentinelHubError) as caught:
        BATCH_RUN.delete(world.context(), remote.id, remote.outputs)
    assert unread in str(caught.value)
    assert refused in str(caught.value)
    assert third not in str(caught.value)
    states = {one["id"]: one["status"] for one in world.controls.control("GET", "requests")}
    assert states[third] == "CANCELED"


def test_a_bare_id_that_another_run_drives_goes_on(world: World, declared: dict[str, Any]) -> None:
    """A renamed run is a new one that drives the same request: the old one's end cancels nothing."""
    request = bare(world, declared)
    remote = BATCH_RUN.create(world.context(), run_of(request, until="started", bare=[request]))
    ctx = world.context()
    BATCH_RUN.create(ctx, {**run_of(request, until="started", bare=[request]), "declaration": "renamed"})
    BATCH_RUN.delete(ctx, remote.id, remote.outputs)
    assert actions(world) == ["start"]


@pytest.mark.parametrize("later", [False, True])
def test_a_replaced_run_cancels_nothing(world: World, declared: dict[str, Any], later: bool) -> None:
    """The deletion of its first half comes when the second drives the requests, or in a later update."""
    request = bare(world, declared)
    inputs = run_of(request, until="started", bare=[request])
    first = BATCH_RUN.create(world.context(), inputs)
    ctx = world.context()
    second = BATCH_RUN.create(ctx, inputs)
    if later:
        owed = Holder("urn:pulumi:dev::maps::sentinelhub:index:BatchRun::run", is_owed_too=True)
        ctx = world.context(holder={first.id: owed}.get)
    BATCH_RUN.delete(ctx, first.id, first.outputs)
    assert actions(world) == ["start"]
    BATCH_RUN.delete(world.context(), second.id, second.outputs)
    assert "cancel" in actions(world)


def test_what_another_stack_has_adopted_goes_on(world: World, declared: dict[str, Any]) -> None:
    """It has an owner, which bears no mark: the states tell."""
    request = bare(world, declared)
    remote = BATCH_RUN.create(world.context(), run_of(request, until="started", bare=[request]))
    adopted = Holder("urn:pulumi:dev::maps::sentinelhub:index:BatchRequest::area")
    holder = {request: adopted}.get
    BATCH_RUN.delete(world.context(holder=holder), remote.id, remote.outputs)
    assert actions(world) == ["start"]
    assert f"{request} goes on as it is: BatchRequest area of stack dev" in world.warned[-1]


def test_cancelled_is_an_outcome(world: World, declared: dict[str, Any]) -> None:
    """``until="cancelled"`` cancels what runs and waits for its end; what is finished stays so."""
    running, done = request_of(world, declared, "running"), request_of(world, declared, "done")
    world.controls.force(done, status="DONE")
    remote = BATCH_RUN.create(world.context(), run_of(running, done, until="started"))
    news = run_of(running, done, until="cancelled")
    assert BATCH_RUN.diff(world.context(), remote.id, remote.outputs, news)
    outputs = BATCH_RUN.update(world.context(), remote.id, remote.outputs, news)
    assert outputs["statuses"] == {running: "CANCELED", done: "DONE"}
    assert not BATCH_RUN.diff(world.context(), remote.id, outputs, news)


def test_leave_cancels_nothing(world: World, declared: dict[str, Any]) -> None:
    """``on_delete = "leave"`` lets it run on, and says so."""
    request = request_of(world, declared)
    inputs = run_of(request, until="started", on_delete="leave", bare=[request])
    remote = BATCH_RUN.create(world.context(), inputs)
    BATCH_RUN.delete(world.context(), remote.id, remote.outputs)
    assert "cancel" not in actions(world)
    assert request in world.warned[-1]
