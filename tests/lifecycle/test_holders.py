"""What bears a declaration's mark, and stands in another state: who holds it decides, not how it looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pulumi_sentinelhub.errors import Conflict, SentinelHubError
from pulumi_sentinelhub.lifecycle.ownership.holders import Holder
from pulumi_sentinelhub.lifecycle.request import BATCH_REQUEST
from tests.lifecycle.conftest import World

OWN = "urn:pulumi:old::maps::pulumi-python:dynamic/sentinelhub:BatchRequest::area"
OTHER, TWIN = Holder(OWN), Holder(OWN, is_twin=True)


def untold(_: str) -> Holder | None:
    raise SentinelHubError("pulumi stack ls failed", why="no network")


def held_by(holder: Holder) -> Callable[[str], Holder | None]:
    return lambda _: holder


def there(world: World, declared: dict[str, Any], status: str) -> str:
    """The id of a request with the declaration's mark, as an earlier process has made it."""
    made = BATCH_REQUEST.create(world.context(), declared)
    if status != "CREATED":
        world.context().batch().start(made.id)
        world.clock.seconds += 60
        world.force(made.id, status=status)
        world.clock.seconds += 5
    world.results(status == "DONE")
    return made.id


@pytest.mark.parametrize("status", ["CREATED", "PROCESSING", "DONE"])
def test_it_is_left_to_its_holder(world: World, declared: dict[str, Any], status: str) -> None:
    """After a stack was renamed, a new one of its old name makes its own, and says whose the other is."""
    id = there(world, declared, status)
    assert BATCH_REQUEST.create(world.context(holder=held_by(OTHER)), declared).id != id
    assert len(world.made()) == 2
    (said,) = world.noted
    assert f"batch request {id} ({status})" in said
    assert "BatchRequest area of stack old, project maps" in said
    assert world.warned == []


@pytest.mark.parametrize("status", ["CREATED", "PROCESSING", "DONE"])
def test_it_does_not_run_beside_its_replacement(world: World, declared: dict[str, Any], status: str) -> None:
    """With --replace the engine asks no plugin what goes first: the new one is made first."""
    id = there(world, declared, status)
    context = world.context(urn=OWN, holder=held_by(OTHER))
    if status != "PROCESSING":
        assert BATCH_REQUEST.create(context, declared).id != id
        return
    with pytest.raises(Conflict, match=f"cannot replace before it has ended: batch request {id}"):
        BATCH_REQUEST.create(context, declared)
    assert world.made() == [id]


def test_what_the_other_front_end_has_recorded(world: World, declared: dict[str, Any]) -> None:
    """It is the same declaration: what it has computed is not computed again. What idles is about to go."""
    idle = there(world, declared, "CREATED")
    context = world.context(holder=held_by(TWIN))
    assert BATCH_REQUEST.create(context, declared).id != idle


@pytest.mark.parametrize(("holder", "why"), [(held_by(TWIN), "beside it."), (untold, "no network")])
def test_a_running_job_is_named(
    world: World, declared: dict[str, Any], holder: Callable[[str], Holder | None], why: str
) -> None:
    """Where no other declaration is known to hold it, a second one would run beside it."""
    id = there(world, declared, "PROCESSING")
    with pytest.raises(Conflict, match=id) as refused:
        BATCH_REQUEST.create(world.context(holder=holder), declared)
    assert why in str(refused.value)
    assert world.made() == [id]


def test_a_finished_twin_is_taken_over(world: World, declared: dict[str, Any]) -> None:
    """A declaration that changes its front end computes nothing again."""
    id = there(world, declared, "DONE")
    assert BATCH_REQUEST.create(world.context(holder=held_by(TWIN)), declared).id == id


def test_what_cannot_be_told(world: World, declared: dict[str, Any]) -> None:
    """What idles costs nothing, and is left; whether to pay twice is for the user to say."""
    idle = there(world, declared, "CREATED")
    own = BATCH_REQUEST.create(world.context(holder=untold), declared)
    assert own.id != idle
    (warned,) = world.warned
    assert idle in warned
    assert "no network" in warned


def test_a_finished_one_that_may_be_of_another_stack(world: World, declared: dict[str, Any]) -> None:
    """Neither taken over nor computed again: the refusal says both ways."""
    id = there(world, declared, "DONE")
    with pytest.raises(Conflict, match="cannot tell whether another stack holds") as refused:
        BATCH_REQUEST.create(world.context(holder=untold), declared)
    assert f'adopt_id="{id}"' in str(refused.value)
    assert "no network" in str(refused.value)
    assert world.made() == [id]


def test_a_lost_answer_is_not_looked_for_among_what_others_hold(
    world: World, declared: dict[str, Any]
) -> None:
    """An untouched request of a renamed stack is not what the POST has made, whose answer was lost."""
    other = there(world, declared, "CREATED")
    world.clock.seconds += 60
    world.option(stale_reads_seconds=20)
    world.controls.fault("POST", "/process$", "commit-then-reset")
    context = world.context(holder=lambda id: OTHER if id == other else None)
    own = BATCH_REQUEST.create(context, declared).id
    assert own != other
    assert sorted(world.made()) == sorted([own, other])
