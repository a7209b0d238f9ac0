"""Runs of many requests: what they call, how often they look; side by side nothing is lost or twice."""

from __future__ import annotations

import math
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_sentinelhub.errors import SentinelHubError, Unfinished
from pulumi_sentinelhub.lifecycle.context import Context
from pulumi_sentinelhub.lifecycle.run.lifecycle import BATCH_RUN
from pulumi_sentinelhub.waiting.patience import Patience
from tests.lifecycle.conftest import World
from tests.lifecycle.many import GENERATIONS, calls_of, made
from tests.lifecycle.runs import run_of
from tests.support.contexts import Clients, reader_of
from tests.support.hypotheses import tried
from tests.support.moments import Moment

PAGE = 100


def looks_of(number: int, naps: int) -> int:
    """Calls for one look before each nap and one after the last, at so many requests."""
    return (naps + 1) * (number if number < 3 else math.ceil(number / PAGE))


@pytest.mark.parametrize("max_cost", [None, 1e9])
@pytest.mark.parametrize("number", [1, 10, 110])
@pytest.mark.parametrize("generation", GENERATIONS)
def test_calls_grow_with_what_is_done(
    world: World, declared: dict[str, Any], generation: str, number: int, max_cost: float | None
) -> None:
    """A start and one count of the tiles a request, with a budget an analysis more; each look is one list."""
    world = world.moved_to(generation)
    world.settings = replace(world.settings, calls_per_minute=1e9)  # naps are looks' alone
    world.option(analysis_seconds=2, processing_seconds=5)
    ids = made(world, declared, number)
    world.clock.reset()
    before = len(world.controls.journal())
    news = run_of(*ids, until="finished", **({} if max_cost is None else {"max_cost": max_cost}))
    remote = BATCH_RUN.create(world.context(at_once=16), news)
    assert set(remote.outputs["statuses"].values()) == {"DONE"}
    calls = calls_of(world, before)
    assert calls["start"] == number
    assert calls["analyse"] == (0 if max_cost is None else number)
    # before the first start under a budget it is tried once whether costs can be read
    counted = number + (max_cost is not None) if world.abilities.counts_tiles else 0
    assert calls["tiles"] <= counted
    assert calls["list"] + calls["one"] <= looks_of(number, len(world.clock.naps))
    assert len(world.clock.naps) < 10


def test_tiles_are_counted_seldom_while_they_are_processed(world: World, declared: dict[str, Any]) -> None:
    """In an hour of processing the costs are watched all the time, by some counts a request."""
    number = 20  # more than calls go side by side
    world.option(processing_seconds=3600)
    ids = made(world, declared, number)
    world.clock.reset()
    before = len(world.controls.journal())
    BATCH_RUN.create(world.context(at_once=16), run_of(*ids, until="finished", max_cost=1e9))
    counts = calls_of(world, before)["tiles"] / number
    assert 8 <= counts <= 32
    costs = [line for line in world.said if "PU so far" in line]
    assert len(set(costs)) > 8


def test_looks_begin_early_and_grow(world: World, declared: dict[str, Any]) -> None:
    """The first look comes after a second, each later one after half as much again, up to a minute."""
    (request,) = made(world, declared, 1)
    world.clock.reset()
    BATCH_RUN.create(world.context(), run_of(request, until="finished"))
    expected = [*(1.5**n for n in range(11)), 60, 60]
    for nap, pause in zip(world.clock.naps, expected, strict=False):
        assert pause <= nap <= pause * 1.11
    assert len(world.clock.naps) > len(expected)


def test_what_arrives_brings_the_next_look_near(world: World, declared: dict[str, Any]) -> None:
    """After one of two requests is done, the other is looked at soon; that it is on its way brings none."""
    first, second = made(world, declared, 2)
    world.clock.reset()
    world.clock.during_sleep = [*[lambda: None] * 6, partial(world.controls.force, first, status="DONE")]
    BATCH_RUN.create(world.context(), run_of(first, second, until="finished"))
    naps = world.clock.naps[:10]
    assert naps == sorted(naps[:7]) + sorted(naps[7:])
    assert naps[7] < 1.11 < naps[6]


def test_a_configured_interval_is_kept(world: World, declared: dict[str, Any]) -> None:
    """``pollInterval`` is the pause between looks, neither less nor growing."""
    (request,) = made(world, declared, 1)
    world.clock.reset()
    BATCH_RUN.create(world.context(poll_interval=30.0), run_of(request, until="finished"))
    assert all(30 <= nap <= 33.3 for nap in world.clock.naps)


@pytest.mark.parametrize("generation", GENERATIONS)
def test_two_runs_share_their_looks(world: World, declared: dict[str, Any], generation: str) -> None:
    """Of two runs in one process the one reads what the other has read: one list for both, not one each."""
    world = world.moved_to(generation)
    ids = made(world, declared, 20)
    alone = world.context(at_once=16)
    reader = reader_of(alone.connect, generation, alone.ledger, alone.patience)
    meet = threading.Barrier(2, timeout=60)
    world.clock.reset()
    before = len(world.controls.journal())

    def run(half: int) -> None:
        ctx = world.context(at_once=16, statuses=lambda: reader)
        meet.wait()
        BATCH_RUN.create(ctx, run_of(*ids[half::2], until="finished"))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, range(2)))
    # both nap on one clock: a nap of the one is one of the other, too
    assert calls_of(world, before)["list"] <= len(world.clock.naps) + 2


FAULTS = (
    {"status": 503},
    {"status": 429, "headers": {"Retry-After": "2000"}},
    {"status": 500},
    "reset",
    "commit-then-reset",
)
DISTURBED = st.lists(
    st.tuples(
        st.sampled_from([("POST", "/(start|analyse)$"), ("POST", "/start$"), ("GET", "/process")]),
        st.sampled_from(FAULTS),
        st.integers(1, 12),
    ),
    max_size=3,
)


@pytest.mark.parametrize("generation", GENERATIONS)
def test_side_by_side_under_faults_nothing_is_twice_or_lost(
    world: World, declared: dict[str, Any], generation: str
) -> None:
    """However calls fail, in whichever threads: each job is started once, and all are done at last."""
    sandbox, clock = world.sandbox, world.clock
    ids = made(world.moved_to(generation), declared, 12)
    before = Moment.of(sandbox, clock)

    @tried(12)
    @given(DISTURBED, st.booleans())
    def disturbed(faults: list[tuple[tuple[str, str], Any, int]], budget: bool) -> None:
        here = World.on(sandbox, clock, generation)
        before.put_back(sandbox, clock)
        for (method, path), then, times in faults:
            here.controls.fault(method, path, then, times=times)
        news = run_of(*ids, until="finished", **({"max_cost": 1e9} if budget else {}))
        outputs = finished(here, news)
        assert set(outputs["statuses"].values()) == {"DONE"}
        assert list(outputs["statuses"]) == ids
        starts = Counter(call["path"].split("/")[-2] for call in accepted(here, "/start"))
        assert set(starts.values()) == {1}
        assert sorted(starts) == sorted(ids)

    disturbed()


def finished(world: World, news: dict[str, Any]) -> dict[str, Any]:
    """The run's outputs, by as many commands as it takes, three at most."""
    world.option(processing_seconds=60)  # a longer one would bring but more of the same looks
    kept: Unfinished | None = None
    for _ in range(3):
        ctx: Context = world.context(at_once=16)
        try:
            if kept is None:
                return BATCH_RUN.create(ctx, news).outputs
            return BATCH_RUN.update(ctx, kept.id, dict(kept.outputs), news)
        except Unfinished as unfinished:
            kept = unfinished
        except SentinelHubError:
            continue
    raise AssertionError(f"not finished by three commands: {kept}")


def accepted(world: World, action: str) -> list[dict[str, Any]]:
    """The actions of this kind that the service has carried out, whether their answers arrived or not."""
    calls = world.controls.journal("POST", action)
    return [call for call in calls if call["status"] in (200, 204)]


def test_ctrl_c_while_many_are_started_is_not_lost(world: World, declared: dict[str, Any]) -> None:
    """What was started before Ctrl-C is in the state as started; the next command starts the others alone."""
    ids = made(world, declared, 20)
    cancel = threading.Event()
    clients = Clients(world.settings, world.clock)
    patience = Patience(world.clock, cancel)
    started: list[str] = []

    class Service:
        """Ctrl-C comes with the sixth start."""

        def __init__(self, service: Any) -> None:
            self._service = service

        def __getattr__(self, name: str) -> Any:
            return getattr(self._service, name)

        def start(self, id: str) -> None:
            self._service.start(id)
            started.append(id)
            if len(started) == 6:
                cancel.set()

    ctx = world.context(
        cancel=cancel,
        at_once=4,
        connect=lambda generation: Service(clients.of(generation, patience)),
    )
    with pytest.raises(Unfinished) as caught:
        BATCH_RUN.create(ctx, run_of(*ids, until="finished"))
    records = {record["id"]: record for record in caught.value.outputs["results"]}
    assert {id for id, record in records.items() if record.get("user_action") == "START"} == set(started)
    assert 6 <= len(started) < 20
    done = BATCH_RUN.update(
        world.context(at_once=4), caught.value.id, dict(caught.value.outputs), run_of(*ids, until="finished")
    )
    assert set(done["statuses"].values()) == {"DONE"}
    assert len(accepted(world, "/start")) == 20
