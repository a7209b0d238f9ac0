"""Killed right before or after each call of each command, then run again: nothing lost, nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from pulumi_sentinelhub.batch.api import Abilities
from pulumi_sentinelhub.batch.generations import GENERATIONS
from pulumi_sentinelhub.lifecycle.context import Context
from sentinelhub_sandbox import Sandbox
from tests.lifecycle.account import Account, declaration, process
from tests.lifecycle.conftest import World
from tests.lifecycle.engine import DYNAMIC, Front, Stack
from tests.lifecycle.fronts import FRONTS
from tests.support.clock import BEGINNING, HandClock
from tests.support.inputs import FOUR_TILES
from tests.support.killed import Killed
from tests.support.sandbox import running

Program = tuple[dict[str, dict[str, Any]], dict[str, Any]]

FINISHED: dict[str, Any] = {"until": "finished", "deployment": "aws-eu-central-1", "declaration": "d"}
ONE: Program = ({"a": declaration("a")}, FINISHED)
TWO: Program = ({"a": declaration("a"), "b": declaration("b")}, FINISHED)
FOUR: Program = ({name: declaration(name) for name in "abcd"}, FINISHED)
FINER: Program = ({"a": declaration("a", 20)}, FINISHED)
CHEAP: Program = ({"a": declaration("a")}, {**FINISHED, "max_cost": 1e6})
CHEAP_TWO: Program = ({name: declaration(name) for name in "ab"}, {**FINISHED, "max_cost": 1e6})
STARTED: Program = ({"a": declaration("a")}, {**FINISHED, "until": "started"})
# of several tiles: a stop lets those end that are in flight, and what had no others is DONE then
WIDE: Program = ({"a": declaration("a", bbox=FOUR_TILES)}, {**FINISHED, "until": "started"})
WIDE_FINER: Program = ({"a": declaration("a", 20, bbox=FOUR_TILES)}, FINISHED)
RESTARTED: Program = ({"a": declaration("a")}, {**FINISHED, "restart_partial": 2})
RENAMED: Program = ({"a": declaration("a", description="second")}, {**FINISHED, "until": "started"})


@dataclass(frozen=True)
class Scenario:
    """A command to be killed, what was there before it, and how it is completed afterwards.

    Attributes:
        before: a program that is brought up undisturbed first, or None.
        seconds: how long its job goes on by itself before the command.
        program: what the command brings up; None for a destroy.
        fail_tiles: whether tiles fail in the first run.
        failed: whether they fail before the command, whose run then keeps its place as a partial failure.
        statuses: of the requests which the service holds at the end.
        starts: accepted starts of each job over all attempts.
        kept: the statuses where the API deletes nothing; None: the same.
        repeats: whether another command is the same, but for the number of requests or a budget.
    """

    name: str
    before: Program | None
    seconds: float
    program: Program | None
    statuses: list[str]
    starts: dict[tuple[str, int], int]
    fail_tiles: bool = False
    failed: bool = False
    kept: list[str] | None = None
    repeats: bool = False

    def is_possible(self, abilities: Abilities) -> bool:
        """Whether a generation can do what the command asks for."""
        return abilities.restarts_failed or not (self.fail_tiles or self.failed)

    def is_tried(self, front: Front, *, committed: bool) -> bool:
        """Whether a front end is tried with it; every call and every command is seen through each of them.

        What runs do with many requests, or a budget, is the lifecycles' alone; and killed before a call is
        much the same as killed after the last one.
        """
        return front is DYNAMIC or (committed and not self.repeats)

    def left(self, abilities: Abilities) -> list[str]:
        """Sorted statuses of the requests that the service holds at the end."""
        return sorted(self.statuses if abilities.deletes or self.kept is None else self.kept)


SCENARIOS = [
    Scenario("up", None, 0, ONE, ["DONE"], {("a", 60): 1}),
    Scenario("up of two", None, 0, TWO, ["DONE"] * 2, {("a", 60): 1, ("b", 60): 1}, repeats=True),
    Scenario("up of four", None, 0, FOUR, ["DONE"] * 4, {(name, 60): 1 for name in "abcd"}, repeats=True),
    Scenario("up within a budget", None, 0, CHEAP, ["DONE"], {("a", 60): 1}, repeats=True),
    Scenario(
        "up of two within a budget",
        None,
        0,
        CHEAP_TWO,
        ["DONE"] * 2,
        {("a", 60): 1, ("b", 60): 1},
        repeats=True,
    ),
    Scenario("up until started", None, 0, STARTED, ["CREATED"], {("a", 60): 1}),
    Scenario("wait for what was started", STARTED, 3, ONE, ["DONE"], {("a", 60): 1}),
    Scenario("go on after failed tiles", ONE, 0, RESTARTED, ["DONE"], {("a", 60): 1}, failed=True),
    Scenario("restart of failed tiles", None, 0, RESTARTED, ["DONE"], {("a", 60): 1}, fail_tiles=True),
    Scenario(
        "replace what is processing",
        WIDE,
        15,
        WIDE_FINER,
        ["CANCELED", "DONE"],
        {("a", 60): 1, ("a", 20): 1},
    ),
    Scenario("replace what is done", ONE, 0, FINER, ["DONE", "DONE"], {("a", 60): 1, ("a", 20): 1}),
    Scenario("rename what is done", ONE, 0, RENAMED, ["DONE"], {("a", 60): 1}),
    Scenario("remove one of two", TWO, 0, ONE, ["DONE", "DONE"], {("a", 60): 1, ("b", 60): 1}),
    Scenario(
        "destroy what is idle",
        ({"a": declaration("a")}, {**FINISHED, "until": "analysed"}),
        0,
        None,
        [],
        {},
        kept=["ANALYSIS_DONE"],
    ),
    Scenario("destroy while analysing", STARTED, 3, None, [], {("a", 60): 1}, kept=["CANCELED"]),
    Scenario("destroy while processing", WIDE, 15, None, ["CANCELED"], {("a", 60): 1}),
    Scenario("destroy what is done", ONE, 0, None, ["DONE"], {("a", 60): 1}),
]
#: By generation, front end, command, and whether the call is carried out at which the process is killed.
CASES = [
    (name, front, scenario, committed)
    for front in FRONTS
    for committed in (True, False)
    for name, generation in GENERATIONS.items()
    for scenario in SCENARIOS
    if scenario.is_possible(generation.abilities) and scenario.is_tried(front, committed=committed)
]
MOST_CALLS = 200


@pytest.fixture(scope="module")
def brisk_sandbox() -> Iterator[tuple[Sandbox, HandClock]]:
    """A sandbox whose jobs take few looks to end, on a clock of its own."""
    clock = HandClock()
    with running(clock, analysis_seconds=8, processing_seconds=30) as sandbox:
        yield sandbox, clock


@pytest.fixture(params=GENERATIONS)
def brisk(request: pytest.FixtureRequest, brisk_sandbox: tuple[Sandbox, HandClock]) -> World:
    """That sandbox, empty, at the same moment for every test."""
    sandbox, clock = brisk_sandbox
    clock.seconds = BEGINNING
    world = World.on(sandbox, clock, request.param)
    # what is gone here was idle
    world.results(False)
    return world


def command(scenario: Scenario, stack: Stack) -> Callable[[Context], bool]:
    if scenario.program is None:
        return stack.destroy
    requests, run = scenario.program
    return lambda context: stack.up(context, requests, run)


def prepared(world: World, front: Front, scenario: Scenario) -> Stack:
    """The stack as it is before the command."""
    world.controls.reset()
    stack = Stack(front=front)
    if scenario.before is not None:
        doom(world, Account(world), fails=scenario.failed)
        assert stack.up(process(world)[0], *scenario.before) != scenario.failed
        assert scenario.failed == any(recorded.init_errors for recorded in stack.resources.values())
        world.clock.seconds += scenario.seconds
    return stack


def doom(world: World, account: Account, *, fails: bool) -> None:
    """Let tiles fail, once, or none: the service runs them well when they are restarted."""

    def fail() -> None:
        for request in account.requests():
            world.force(request["id"], fail_tiles=0.5)

    world.clock.during_sleep = [fail] if fails else []


def told(value: Any) -> str:
    """A case's part in the test's name."""
    if isinstance(value, bool):
        return "after" if value else "before"
    return str(getattr(value, "name", value))


@pytest.mark.parametrize(("brisk", "front", "scenario", "committed"), CASES, indirect=["brisk"], ids=told)
def test_killed_at_each_call(
    brisk: World,
    front: Front,
    scenario: Scenario,
    committed: bool,
    record_property: Callable[[str, object], None],
) -> None:
    """However often it dies, the command run again ends as if it had never died."""
    world, points, doubts = brisk, 0, 0
    for call in range(1, MOST_CALLS):
        stack = prepared(world, front, scenario)
        account = Account(world)
        account.requests()
        doom(world, account, fails=scenario.fail_tiles)
        context, _ = process(world, call, committed=committed)
        try:
            command(scenario, stack)(context)
        except Killed:
            points += 1
        else:
            break
        assert all(len(ids) <= 1 for ids in account.active().values())
        again, service = process(world)
        if not command(scenario, stack)(again):
            assert is_in_doubt(account, stack), f"call {call}: the second attempt fails"
            doubts += 1
        judge(world, account, stack, scenario, f"killed at call {call}")
        assert service.calls < MOST_CALLS
    else:
        pytest.fail("the command never ends")
    assert points > 0
    assert doubts <= 1, "there is but one deletion"
    record_property("crash_points", points)


def is_in_doubt(account: Account, stack: Stack) -> bool:
    """Whether all that is wrong is that a job was seen to run, and is gone since: by our own deletion.

    A killed process leaves no word that it has deleted what its command's first look saw running. So that is
    a failure, which names the way out; it is taken here.
    """
    refused = stack.refused.pop()
    stack.forget("a")
    told = "lost from sight: batch request" in refused and "pulumi state delete" in refused
    return told and stack.front.reads_first and account.requests() == []


def judge(world: World, account: Account, stack: Stack, scenario: Scenario, when: str) -> None:
    """The service holds what it would hold without the kill, and the state knows it."""
    statuses = sorted(request["status"] for request in account.requests())
    assert statuses == scenario.left(world.abilities), when
    assert account.said("start") == scenario.starts, when
    assert account.orphans(stack) == set(), when
    if scenario.program is None:
        assert account.active() == {}, when
        assert stack.resources == {}, when
    else:
        assert stack.changes(process(world)[0], *scenario.program) == [], when


@pytest.mark.parametrize("front", FRONTS, ids=told)
def test_a_job_is_replaced_only_when_the_old_one_has_ended(brisk: World, front: Front) -> None:
    """Killed after the start, before the run was recorded, then edited: never are both jobs active."""
    brisk.controls.reset()
    stack, account = Stack(front=front), Account(brisk)
    context, service = process(brisk)

    def die_when_started() -> None:
        if account.active():
            raise Killed

    service.after_each = die_when_started
    with pytest.raises(Killed):
        stack.up(context, *STARTED)
    assert "run" not in stack.resources
    brisk.clock.seconds += 20
    context, service = process(brisk)
    most = 0

    def count() -> None:
        nonlocal most
        most = max(most, *(len(ids) for ids in account.active().values()), 0)

    service.after_each = count
    assert stack.up(context, *FINER)
    assert most == 1
    assert sorted(request["status"] for request in account.requests()) == ["CANCELED", "DONE"]
