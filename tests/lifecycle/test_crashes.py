"""Killed right before or after each call of each command, then run again: nothing lost, nothing twice."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import Any

import pytest

from pulumi_sentinelhub.batch.generations import GENERATIONS
from pulumi_sentinelhub.lifecycle.context import Context
from sentinelhub_sandbox import Sandbox
from tests.lifecycle.account import Account, Job, process
from tests.lifecycle.conftest import World
from tests.lifecycle.engine import DYNAMIC, Front, Stack
from tests.lifecycle.fronts import FRONTS
from tests.lifecycle.scenarios import FINER, SCENARIOS, STARTED, Scenario
from tests.support.clock import BEGINNING, HandClock
from tests.support.killed import Killed
from tests.support.moments import Moment
from tests.support.sandbox import running

#: By generation, front end, command, and whether the call is carried out at which the process is killed.
CASES = [
    (name, front, scenario, committed)
    for front in FRONTS
    for name, generation in GENERATIONS.items()
    for scenario in SCENARIOS
    for committed in (True, False)
    if scenario.is_possible(generation.abilities) and scenario.is_tried(front, committed=committed)
]
#: Of one request each, so that two runs of them make the same calls in the same order.
COMPARED = ("restart of failed tiles", "replace what is processing", "destroy while processing")
MOST_CALLS = 200
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


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


def prepared(world: World, front: Front, scenario: Scenario) -> tuple[Account, Stack]:
    """The account and the stack as they are before the command."""
    world.controls.reset()
    stack = Stack(front=front)
    if scenario.before is not None:
        doom(world, Account(world), fails=scenario.failed)
        assert stack.up(process(world)[0], *scenario.before) != scenario.failed
        assert scenario.failed == any(recorded.init_errors for recorded in stack.resources.values())
        world.clock.seconds += scenario.seconds
    account = Account(world)
    account.requests()
    doom(world, account, fails=scenario.fail_tiles)
    return account, stack


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


@dataclass(frozen=True)
class Point:
    """What a kill leaves: of the service, of the account as it was known, and of the state."""

    moment: Moment
    jobs: dict[str, Job]
    stack: Stack

    def put_back(self, world: World) -> tuple[Account, Stack]:
        """Let it be so."""
        self.moment.put_back(world.sandbox, world.clock)
        return Account(world, dict(self.jobs)), self.stack.copy()

    def is_same(self, other: Point) -> bool:
        """Whether what comes next cannot tell them apart."""
        return self.moment.world == other.moment.world and self.stack == other.stack


@dataclass(frozen=True)
class History:
    """What a kill right before and right after each call of a command leaves.

    Attributes:
        points: in order, two a call.
        worlds: by point, the number of its world: those in a row that nothing can tell apart are one.
        doubts: by world that was judged, whether the next attempt fails as one may.
    """

    points: list[Point]
    worlds: list[int]
    doubts: dict[int, bool] = field(default_factory=dict)

    @classmethod
    def of(cls, world: World, front: Front, scenario: Scenario) -> History:
        """A killed process leaves nothing else: so the command runs once, and what there is then is kept."""
        account, stack = prepared(world, front, scenario)
        points: list[Point] = []
        context, service = process(world)
        service.look = lambda: points.append(
            Point(Moment.of(world.sandbox, world.clock), dict(account.jobs), stack.copy())
        )
        command(scenario, stack)(context)
        assert service.calls < MOST_CALLS, "the command does not end"
        assert len(points) == 2 * service.calls
        is_new = [not point.is_same(before) for before, point in pairwise(points)]
        return cls(points, list(accumulate(is_new, initial=0)))


#: The latest one, by what it is of.
_known: dict[tuple[str, str, str], History] = {}


def history(world: World, front: Front, scenario: Scenario) -> History:
    """The tests of what is left before and after calls follow each other, and look at one history."""
    of = (world.generation, front.name, scenario.name)
    if of not in _known:
        _known.clear()
        _known[of] = History.of(world, front, scenario)
    return _known[of]


@pytest.mark.parametrize(("brisk", "front", "scenario", "committed"), CASES, indirect=["brisk"], ids=told)
def test_killed_at_each_call(
    brisk: World,
    front: Front,
    scenario: Scenario,
    committed: bool,
    record_property: Callable[[str, object], None],
) -> None:
    """However often it dies, the command run again ends as if it had never died."""
    known, first = history(brisk, front, scenario), 1 if committed else 0
    points, worlds = known.points[first::2], known.worlds[first::2]
    for call, (point, number) in enumerate(zip(points, worlds, strict=True), 1):
        if number not in known.doubts:
            when = f"killed at call {call}"
            known.doubts[number] = in_doubt_again(brisk, point, scenario, when)
    assert points
    assert sum(known.doubts[number] for number in set(worlds)) <= 1, "there is but one deletion"
    record_property("crash_points", len(points))


@pytest.mark.parametrize(
    ("brisk", "scenario", "committed"),
    [
        (generation, scenario, committed)
        for generation, front, scenario, committed in CASES
        if front is DYNAMIC and scenario.name in COMPARED
    ],
    indirect=["brisk"],
    ids=told,
)
def test_what_is_kept_is_what_a_kill_leaves(
    brisk: World, scenario: Scenario, committed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that dies at a call leaves what there was at that call of one that lived on."""
    monkeypatch.setattr(random.Random, "random", lambda _: 0.5)  # both are to sleep for as long
    beginning = brisk.clock.seconds
    kept = History.of(brisk, DYNAMIC, scenario).points
    for call in range(1, len(kept) // 2 + 1, 3):
        brisk.clock.seconds = beginning
        account, stack = prepared(brisk, DYNAMIC, scenario)
        with pytest.raises(Killed):
            command(scenario, stack)(process(brisk, call, committed=committed)[0])
        left = shown(brisk, account, stack)
        assert left["requests"] or call <= 2
        assert shown(brisk, *kept[2 * (call - 1) + committed].put_back(brisk)) == left


def shown(world: World, account: Account, stack: Stack) -> dict[str, Any]:
    """What can be seen of an account and a state, ids replaced by their order."""
    seen = {
        "requests": account.requests(),
        "actions": account.said("analyse", "start", "cancel", "stop", "restartpartial").most_common(),
        "calls": [(c["time"], c["method"], c["path"], c["status"]) for c in world.controls.journal()],
        "state": [(one.name, one.id, one.inputs, one.outputs) for one in stack.resources.values()],
        "doomed": [one.id for one in stack.doomed],
        "time": world.clock.seconds,
    }
    text = json.dumps(seen, sort_keys=True)
    for number, id in enumerate(dict.fromkeys(re.findall(_UUID, text))):
        text = text.replace(id, f"id {number}")
    return dict(json.loads(text))


def in_doubt_again(world: World, point: Point, scenario: Scenario, when: str) -> bool:
    """Run the command again after a kill, and judge; True where it fails as one may that is in doubt."""
    account, stack = point.put_back(world)
    assert all(len(ids) <= 1 for ids in account.active().values()), when
    again, service = process(world)
    good = command(scenario, stack)(again)
    assert good or is_in_doubt(account, stack), f"{when}: the second attempt fails"
    judge(world, account, stack, scenario, when)
    assert service.calls < MOST_CALLS
    return not good


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
