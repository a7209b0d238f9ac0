"""Calls that are under way at the same moment."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from pulumi_sentinelhub.lifecycle.context import Context
from pulumi_sentinelhub.lifecycle.run.lifecycle import BATCH_RUN
from pulumi_sentinelhub.waiting.patience import Patience
from tests.lifecycle.conftest import World
from tests.lifecycle.many import GENERATIONS, calls_of, made
from tests.lifecycle.runs import bare, run_of
from tests.support.contexts import Clients


class Meeting:
    """A service of which certain calls return only when so many of them are under way at once."""

    def __init__(self, service: Any, number: int, *names: str) -> None:
        self._service = service
        self._meetings = {name: threading.Barrier(number, timeout=60) for name in names}

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._service, name)
        meeting = self._meetings.get(name)
        if meeting is None:
            return method

        def call(*args: Any) -> Any:
            meeting.wait()
            return method(*args)

        return call


def meeting(world: World, number: int, *names: str) -> Context:
    """The context of an operation whose calls of these names have to be made side by side."""
    patience = Patience(world.clock)
    service = Meeting(Clients(world.settings, world.clock).of(world.generation, patience), number, *names)
    return world.context(at_once=number, connect=lambda _: service)


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_runs_calls_go_side_by_side(world: World, declared: dict[str, Any], generation: str) -> None:
    """Analyses, prices, starts and counts: of each kind eight are under way at the same moment."""
    world = world.moved_to(generation)
    ids = made(world, declared, 8)
    counted = ("progress",) if world.abilities.counts_tiles else ("tile_sizes", "progress")
    ctx = meeting(world, 8, "analyse", "start", *counted)
    outputs = BATCH_RUN.create(ctx, run_of(*ids, until="finished", max_cost=1e9)).outputs
    assert set(outputs["statuses"].values()) == {"DONE"}


def test_a_refresh_counts_side_by_side(world: World, declared: dict[str, Any]) -> None:
    """What runs is read by one list, and its tiles are counted at the same moment, each once."""
    world.option(processing_seconds=3600)
    ids = made(world, declared, 8)
    remote = BATCH_RUN.create(world.context(at_once=8), run_of(*ids, until="started"))
    world.clock.move(600)
    before = len(world.controls.journal())
    read = BATCH_RUN.read(meeting(world, 8, "progress"), remote.id, remote.outputs)
    assert read is not None
    assert set(read.outputs["statuses"].values()) == {"PROCESSING"}
    assert calls_of(world, before) == {"list": 1, "tiles": 8}


def test_a_runs_end_cancels_side_by_side(world: World, declared: dict[str, Any]) -> None:
    """Eight jobs that only the run has to do with are cancelled at the same moment, and awaited together."""
    world.option(processing_seconds=3600)
    ids = [bare(world, declared) for _ in range(8)]
    inputs = run_of(*ids, until="started", bare=ids)
    remote = BATCH_RUN.create(world.context(at_once=8), inputs)
    BATCH_RUN.delete(meeting(world, 8, "cancel"), remote.id, remote.outputs)
    assert {world.context().batch().get_request(id).status for id in ids} == {"CANCELED"}
