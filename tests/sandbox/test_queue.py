"""What the sandbox's worker is handed, one thing after the other."""

from __future__ import annotations

from typing import Any

import pytest

from sentinelhub_sandbox import SandboxOptions
from sentinelhub_sandbox.accounts import Caller
from sentinelhub_sandbox.jobs import queue
from sentinelhub_sandbox.jobs.job import Analysis
from sentinelhub_sandbox.jobs.queue import Queue, Work
from sentinelhub_sandbox.settings import LiveOptions
from sentinelhub_sandbox.v1.collections import Collections
from sentinelhub_sandbox.v1.normalise import normalise
from sentinelhub_sandbox.v1.service import BatchV1
from tests.support.clock import HandClock

from .conftest import payload
from .stand_in import StandIn

WHO = Caller("client", "account", "user")


class Desk:
    """v1 without a worker: the test does its work."""

    def __init__(self) -> None:
        self.clock = HandClock()
        options = SandboxOptions(clock=self.clock.now, analysis_seconds=1.0, processing_seconds=10.0)
        self.batch = BatchV1(LiveOptions(options), StandIn(), Collections(self.clock.now))
        self.queue: Queue[Any] = self.batch._queue

    def started(self) -> str:
        """A request that has been analysed, and is processed: the time of all its tiles has come."""
        view = self.batch.actions.create(WHO, normalise(payload()))
        self.batch.actions.start(WHO, view["id"])
        work = self.next("analyse")
        plans = tuple(self.batch.pixels.plan_tiles(work.job.request))
        self.queue.analysed(work.job, Analysis(ready=self.clock.now(), plans=plans))
        self.clock.move(20)
        self.queue.mark(self.next("open").job, opened=True)
        return str(view["id"])

    def next(self, kind: str) -> Work[Any]:
        """What comes next, which is to be of that kind."""
        work = self.queue.next_work()
        assert work is not None
        assert work.kind == kind
        return work


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    """One whose looks are good for as long as the test takes."""
    monkeypatch.setattr(queue, "LOOK_SECONDS", 3600.0)
    return Desk()


def test_nothing_is_handed_out_twice(desk: Desk) -> None:
    """Each tile once, in the order in which it is due; then the end of the run, and nothing more."""
    desk.started()
    tiles = [desk.next("tile") for _ in range(5)]
    assert desk.queue.next_work() is None
    starts = [work.job.runs[-1].starts[work.plan.id] for work in tiles if work.plan is not None]
    assert starts == sorted(set(starts))
    for work in tiles:
        assert work.plan is not None
        desk.queue.tile_done(work.job, work.plan, good=True)
    last = desk.next("close")
    desk.queue.mark(last.job, closed=True)
    assert desk.queue.next_work() is None


def test_what_was_found_is_left_when_it_is_cancelled(desk: Desk) -> None:
    """A tile that was found before a cancellation is not begun after it."""
    request = desk.started()
    first = desk.next("tile")
    desk.batch.actions.cancel(WHO, request)
    assert first.plan is not None
    desk.queue.tile_done(first.job, first.plan, good=True)
    desk.next("close")


def test_what_was_found_is_left_when_all_is_forgotten(desk: Desk) -> None:
    """After a reset nothing of before is begun."""
    desk.started()
    desk.next("tile")
    desk.batch.store.reset()
    assert desk.queue.next_work() is None


def test_what_is_due_first_is_done_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing kept, an analysis comes before the tiles that wait, as soon as it is asked for."""
    monkeypatch.setattr(queue, "LOOK_SECONDS", -1.0)
    desk = Desk()
    desk.started()
    desk.next("tile")
    other = desk.batch.actions.create(WHO, normalise(payload()))
    desk.batch.actions.analyse(WHO, other["id"])
    assert desk.next("analyse").job.id == other["id"]
    desk.next("tile")
