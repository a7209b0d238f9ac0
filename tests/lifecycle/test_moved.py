"""A state that API v1 has made, under a configuration that says v2: nothing lost, nothing run again."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_sentinelhub.errors import InputError
from pulumi_sentinelhub.lifecycle.request import BATCH_REQUEST
from pulumi_sentinelhub.lifecycle.run.lifecycle import BATCH_RUN
from tests.lifecycle.account import Account, declaration, process
from tests.lifecycle.conftest import World
from tests.lifecycle.engine import Program, Stack
from tests.lifecycle.runs import actions, run_of
from tests.support.inputs import FOUR_TILES, payload

RUN = {"until": "finished", "deployment": "aws-eu-central-1", "declaration": "d"}
ROLE = "arn:aws:iam::123456789012:role/results"


def as_of_0_1_0(stack: Stack) -> None:
    """Take out of the states what 0.1.0 did not write."""
    for recorded in stack.resources.values():
        recorded.outputs.pop("api_version", None)
        for record in recorded.outputs.get("results") or []:
            record.pop("generation", None)


@pytest.fixture(params=["this version's state", "a state of 0.1.0"])
def aged(request: pytest.FixtureRequest) -> Any:
    """Makes a state as old as it is to be."""
    return as_of_0_1_0 if request.param == "a state of 0.1.0" else lambda stack: None


def generations(world: World) -> list[tuple[str, str]]:
    """Generation and status of all requests."""
    return sorted((one["generation"], one["status"]) for one in world.requests())


def test_what_is_finished_is_not_run_again(world: World, aged: Any) -> None:
    """Preview, up and refresh of a finished stack change nothing and ask v2 for nothing new."""
    stack = Stack()
    program = {"a": declaration("a")}, RUN
    assert stack.up(process(world)[0], *program)
    aged(stack)
    later = world.moved_to("v2")
    assert stack.changes(process(later)[0], *program) == []
    assert stack.up(process(later)[0], *program)
    stack.refresh(process(later)[0])
    assert stack.changes(process(later)[0], *program) == []
    assert generations(world) == [("v1", "DONE")]
    assert actions(world) == ["start"]


@pytest.mark.parametrize("seconds", [0, 20, 100, 300])
def test_what_runs_is_waited_for_where_it_is(world: World, aged: Any, seconds: float) -> None:
    """A job that v1 has started is finished by v1."""
    stack, started = Stack(), {**RUN, "until": "started"}
    assert stack.up(process(world)[0], {"a": declaration("a")}, started)
    aged(stack)
    world.clock.seconds += seconds
    assert stack.up(process(world.moved_to("v2"))[0], {"a": declaration("a")}, RUN)
    assert generations(world) == [("v1", "DONE")]
    assert actions(world) == ["start"]


@pytest.mark.parametrize("seconds", [0, 20, 100])
def test_what_runs_is_cancelled_where_it_is(world: World, aged: Any, seconds: float) -> None:
    """A destroy cancels a job that v1 has started, by v1."""
    stack = Stack()
    assert stack.up(process(world)[0], {"a": declaration("a")}, {**RUN, "until": "started"})
    aged(stack)
    world.clock.seconds += seconds
    assert stack.destroy(process(world.moved_to("v2"))[0])
    world.clock.seconds += 2000
    assert generations(world) in ([], [("v1", "CANCELED")])
    assert actions(world) == ["start", "cancel"]


def test_a_bare_id_of_v1_is_cancelled_by_v1(world: World, aged: Any) -> None:
    """A run's end cancels what was given to it by bare id under v1, also where nothing else tells of it."""
    made = world.context().batch().create_request(payload()).id
    stack = Stack()
    program = Program({}, {"run": {**RUN, "until": "started", "members": [made], "bare": [made]}})
    assert stack.apply(process(world)[0], program)
    aged(stack)
    world.clock.seconds += 100
    assert stack.destroy(process(world.moved_to("v2"))[0])
    world.clock.seconds += 2000
    assert generations(world) == [("v1", "CANCELED")]


def test_the_new_one_is_made_on_v2_when_the_old_one_has_ended(world: World, aged: Any) -> None:
    """A changed declaration cancels what v1 runs first; its successor is v2's."""
    stack = Stack()
    before = {"a": declaration("a", bbox=FOUR_TILES)}
    assert stack.up(process(world)[0], before, {**RUN, "until": "started"})
    aged(stack)
    world.clock.seconds += 200
    context, fate = process(world.moved_to("v2"))
    account, most = Account(world), 0

    def count() -> None:
        nonlocal most
        most = max(most, *(len(ids) for ids in account.active().values()), 0)

    fate.after_each = count
    assert stack.up(context, {"a": declaration("a", 20, bbox=FOUR_TILES)}, RUN)
    assert most == 1
    assert generations(world) == [("v1", "CANCELED"), ("v2", "DONE")]


CHANGES: dict[str, dict[str, Any]] = {
    "another description": {"description": "second"},
    "a role, which v1 takes no notice of": {"role_arn": ROLE},
    "another on_delete": {"on_delete": "leave"},
    "all of these": {"description": "second", "role_arn": ROLE, "on_delete": "leave"},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_is_changed_in_place_stays_where_it_is(world: World, aged: Any, change: dict[str, Any]) -> None:
    """Local changes and a new description leave a v1 request with v1, whose state goes on saying so."""
    stack = Stack()
    assert stack.up(process(world)[0], {"a": declaration("a")}, RUN)
    aged(stack)
    later = world.moved_to("v2")
    changed = {"a": {**declaration("a"), **change}}
    assert stack.up(process(later)[0], changed, RUN)
    assert stack.resources["a"].outputs["api_version"] == "v1"
    stack.refresh(process(later)[0])
    assert stack.changes(process(later)[0], changed, RUN) == []
    assert generations(world) == [("v1", "DONE")]
    assert not stack.resources["a"].outputs["expired"]


def test_what_was_adopted_stays_where_it_is(world: World, aged: Any) -> None:
    """An adopting declaration says nothing of what is computed; a local change of it moves nothing."""
    made = world.context().batch().create_request(payload()).id
    stack = Stack()
    adopting = {"adopt_id": made, "deployment": "aws-eu-central-1", "declaration": "aaaaaaaaaaaaaaaaaaaa"}
    assert stack.apply(process(world)[0], Program({"a": adopting}))
    aged(stack)
    later = world.moved_to("v2")
    assert stack.apply(process(later)[0], Program({"a": {**adopting, "on_delete": "cancel"}}))
    assert stack.resources["a"].outputs["api_version"] == "v1"
    assert stack.destroy(process(later)[0])
    assert generations(world) == []


def test_a_description_is_not_checked_by_rules_of_another_generation(world: World) -> None:
    """What only v1 can say is refused where v2 is to make it, not where a v1 request is described anew."""
    output = {"defaultTilePath": "s3://results/<requestId>/<tileId>/<outputId>.tif"}
    only_v1 = {k: v for k, v in declaration("a").items() if k != "bucket_name"} | {"output": output}
    later = world.moved_to("v2").context()
    made = BATCH_REQUEST.create(world.context(), only_v1)
    described = BATCH_REQUEST.check(later, made.outputs, {**only_v1, "description": "second"})
    assert (described.failures, described.inputs["api_version"]) == ((), "v1")
    finer = {**only_v1, "tiling_grid": {"id": 0, "resolution": 20}}
    assert "output" in BATCH_REQUEST.check(later, made.outputs, finer).failures[0].property


def test_a_run_of_both_is_one_drive(world: World) -> None:
    """Requests of both generations come out in one drive, followed by one list call a generation and look."""
    later = world.moved_to("v2")
    on = {"v1": world, "v2": later}
    made = {
        BATCH_REQUEST.create(on[generation].context(), declaration(name)).id: generation
        for generation, names in (("v1", "abc"), ("v2", "def"))
        for name in names
    }
    inputs = {**run_of(*made, until="finished"), "generations": made}
    before = len(world.controls.journal())
    remote = BATCH_RUN.create(later.context(), inputs)
    assert remote.outputs["status"] == "DONE"
    assert generations(world) == [("v1", "DONE")] * 3 + [("v2", "DONE")] * 3
    calls = world.controls.journal()[before:]
    looks = [call["path"] for call in calls if call["method"] == "GET" and "/tiles" not in call["path"]]
    lists = [path for path in looks if path.partition("?")[0].endswith("/process")]
    assert lists == looks
    assert len([path for path in lists if "v1" in path]) == len([path for path in lists if "v2" in path])
    assert not BATCH_RUN.diff(later.context(), remote.id, remote.outputs, inputs)
    read = BATCH_RUN.read(later.context(), remote.id, remote.outputs)
    assert read is not None
    assert read.outputs["statuses"] == dict.fromkeys(made, "DONE")


def test_a_generation_of_a_later_version_is_named(world: World, declared: dict[str, Any]) -> None:
    """A state that a newer version has written is an error that says so, and not a traceback."""
    remote = BATCH_REQUEST.create(world.context(), declared)
    with pytest.raises(InputError, match=r"v7.*knows v1, v2.*newer"):
        BATCH_REQUEST.read(world.context(), remote.id, {**remote.outputs, "api_version": "v7"})
