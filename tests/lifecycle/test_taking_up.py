"""BatchRequest: what a create takes up that an earlier one has left, and what it leaves to others."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest

from pulumi_sentinelhub.errors import AnswerLost, Conflict, Elsewhere
from pulumi_sentinelhub.lifecycle.request import BATCH_REQUEST
from tests.lifecycle.conftest import World
from tests.support.inputs import key
from tests.support.sandbox import PROCESS


def test_a_create_killed_after_the_post_is_taken_up_again(world: World, declared: dict[str, Any]) -> None:
    """The next create finds what the killed one has made, and makes no second one."""
    first = BATCH_REQUEST.create(world.context(), declared)
    second = BATCH_REQUEST.create(world.context(), declared)
    assert second.id == first.id
    assert len(world.calls("POST", PROCESS)) == 1
    assert "took over" in world.warned[0]


def test_alike_declarations_keep_their_own_requests(world: World, declared: dict[str, Any]) -> None:
    """Two alike declarations are two requests, in one process or in two, also when one exists already."""
    ids = [BATCH_REQUEST.create(world.context(), {**declared, "declaration": key(name)}).id for name in "abc"]
    assert len(set(ids)) == 3
    assert world.warned == []


def test_a_different_request_is_not_taken(world: World, declared: dict[str, Any]) -> None:
    """What bears the own mark but asks for something else is not what is declared; it is named."""
    other = BATCH_REQUEST.create(world.context(), {**declared, "tiling_grid": {"id": 0, "resolution": 20}})
    assert BATCH_REQUEST.create(world.context(), declared).id != other.id
    assert [other.id in warning for warning in world.warned] == [True]


def test_another_description_is_put_right(world: World, declared: dict[str, Any]) -> None:
    """A request that was left behind before the description was edited is taken, with the new one."""
    other = BATCH_REQUEST.create(world.context(), {**declared, "description": "before"})
    taken = BATCH_REQUEST.create(world.context(), declared)
    assert taken.id == other.id
    assert world.context().batch().get_request(taken.id).description == "a job"


def test_what_a_notebook_has_made_is_not_taken(world: World, declared: dict[str, Any]) -> None:
    """An identical request without a mark belongs to somebody else, however young it is."""
    payload = {
        "processRequest": declared["process_request"],
        "tilingGrid": declared["tiling_grid"],
        "bucketName": "results",
        "description": "a job",
    }
    notebook = world.context().batch().create_request(payload)
    assert BATCH_REQUEST.create(world.context(), declared).id != notebook.id


def test_a_request_that_was_acted_upon_is_not_taken(world: World, declared: dict[str, Any]) -> None:
    """What somebody has analysed was not left behind by an interrupted create."""
    other = BATCH_REQUEST.create(world.context(), declared)
    world.context().batch().analyse(other.id)
    assert BATCH_REQUEST.create(world.context(), declared).id != other.id


def test_an_old_request_is_not_taken(world: World, declared: dict[str, Any]) -> None:
    """What has lain there for more than a day was not left behind a moment ago."""
    other = BATCH_REQUEST.create(world.context(), declared)
    world.clock.seconds += 90_000
    assert BATCH_REQUEST.create(world.context(), declared).id != other.id


def test_a_running_job_of_the_declaration_is_named(world: World, declared: dict[str, Any]) -> None:
    """One that bears the own mark, runs, and stands in no state: no second one is made beside it."""
    lost = BATCH_REQUEST.create(world.context(), declared)
    world.context().batch().start(lost.id)
    world.clock.seconds += 200
    with pytest.raises(Conflict, match=f'adopt_id="{lost.id}"'):
        BATCH_REQUEST.create(world.context(), declared)
    assert world.made() == [lost.id]


def test_a_running_job_that_asks_for_something_else_is_named(world: World, declared: dict[str, Any]) -> None:
    """Lost from the state, then the declaration was edited: its next job would run beside the first one."""
    lost = BATCH_REQUEST.create(world.context(), {**declared, "tiling_grid": {"id": 0, "resolution": 20}})
    world.context().batch().start(lost.id)
    world.clock.seconds += 200
    with pytest.raises(Conflict, match=lost.id) as refused:
        BATCH_REQUEST.create(world.context(), declared)
    assert "something else" in str(refused.value)
    assert "adopt_id" not in str(refused.value)
    assert world.made() == [lost.id]


def test_a_running_job_that_the_user_has_left_is_no_hindrance(world: World, declared: dict[str, Any]) -> None:
    """With on_delete = "leave" an edit begins a second job beside the first, as the user wants it."""
    before = {**declared, "tiling_grid": {"id": 0, "resolution": 20}, "on_delete": "leave"}
    left = BATCH_REQUEST.create(world.context(), before)
    world.context().batch().start(left.id)
    world.clock.seconds += 200
    update = world.context()
    BATCH_REQUEST.delete(update, left.id, left.outputs)
    assert BATCH_REQUEST.create(update, declared).id != left.id


def test_what_another_declaration_holds_is_not_taken(world: World, declared: dict[str, Any]) -> None:
    """Renamed by an alias, a request keeps its mark: a new declaration of the old name makes its own."""
    ctx = world.context()
    ctx.ledger.doubt(key("a"), world.clock.monotonic())
    held = BATCH_REQUEST.create(world.context(), {**declared, "declaration": key("a")})
    ctx.ledger.hold(held.id, key("b"))
    assert BATCH_REQUEST.create(ctx, {**declared, "declaration": key("a")}).id != held.id


def test_what_another_declaration_shows_to_hold_meanwhile_is_not_taken(
    world: World, declared: dict[str, Any]
) -> None:
    """Before something is taken, others have a moment to say that it is theirs."""
    left = BATCH_REQUEST.create(world.context(), {**declared, "declaration": key("a")})
    ctx = world.context()
    world.clock.during_sleep.append(lambda: ctx.ledger.hold(left.id, key("b")))
    assert BATCH_REQUEST.create(ctx, {**declared, "declaration": key("a")}).id != left.id


def test_at_another_address_nothing_is_believed(world: World, declared: dict[str, Any]) -> None:
    """A 404 at another address than the recorded one is refused, by delete and refresh, with both named."""
    remote = BATCH_REQUEST.create(world.context(), declared)
    world.context().batch().delete_request(remote.id)
    olds = {**remote.outputs, "service": "https://elsewhere.example"}
    for operation in (BATCH_REQUEST.delete, BATCH_REQUEST.read):
        with pytest.raises(Elsewhere, match=r"elsewhere\.example") as caught:
            operation(world.context(), remote.id, olds)
        assert world.settings.base_url in str(caught.value)


def test_a_lost_answer_is_looked_for(world: World, declared: dict[str, Any]) -> None:
    """A POST that was committed without an answer is found, and not sent a second time."""
    world.controls.fault("POST", f"{PROCESS}$", "commit-then-reset")
    remote = BATCH_REQUEST.create(world.context(), declared)
    assert world.made() == [remote.id]
    assert len(world.calls("POST", PROCESS)) == 1


def test_called_again_at_once_it_makes_no_second_one(world: World, declared: dict[str, Any]) -> None:
    """An onError hook calls Create again after a lost answer: what is not to be seen yet is waited for."""
    world.controls.control("PUT", "options", {"stale_reads_seconds": 60})
    world.controls.fault("POST", f"{PROCESS}$", "commit-then-reset")
    cancel = threading.Event()
    ctx = world.context(cancel=cancel)
    world.clock.during_sleep.append(cancel.set)
    with pytest.raises(AnswerLost):
        BATCH_REQUEST.create(ctx, declared)
    again = replace(world.context(), ledger=ctx.ledger)
    remote = BATCH_REQUEST.create(again, declared)
    assert world.made() == [remote.id]
    assert len(world.calls("POST", PROCESS)) == 1


def test_a_lost_answer_without_a_trace_is_one_clear_error(world: World, declared: dict[str, Any]) -> None:
    """When nothing can be seen, nothing is sent again; the next try finds a clean slate."""
    world.controls.fault("POST", f"{PROCESS}$", {"status": 503, "body": {}})
    with pytest.raises(AnswerLost, match="pulumi up"):
        BATCH_REQUEST.create(world.context(), declared)
    assert world.made() == []
    remote = BATCH_REQUEST.create(world.context(), declared)
    assert world.made() == [remote.id]
