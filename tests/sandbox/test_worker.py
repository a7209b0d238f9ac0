"""The worker: what it does at once, and what it does not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from sentinelhub_sandbox.jobs.queue import Work
from sentinelhub_sandbox.jobs.worker import Line, Worker

SECONDS = 20.0  # until a test gives up
MOMENT = 0.2  # in which what must not happen would have happened, seconds


@dataclass
class Hand:
    """Stands in for queue and hand: gives out the works in turn, and notes what ends."""

    works: list[str]
    do: Callable[[str], None]
    ended: list[str] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)
    busy: bool = False

    def next_work(self) -> Work[Any] | None:
        if not self.works:
            return None
        kind = self.works.pop(0)
        return Work(kind, cast("Any", None), cast("Any", "plan") if kind == "tile" else None)

    def open(self, _job: Any) -> None:
        self._note("open")

    def tile(self, _job: Any, _plan: Any) -> None:
        self._note("tile")

    def close(self, _job: Any) -> None:
        self._note("close")
        self.done.set()

    def _note(self, what: str) -> None:
        self.do(what)
        self.ended.append(what)


@contextmanager
def working(hand: Hand) -> Iterator[None]:
    worker = Worker([Line(cast("Any", None), cast("Any", hand), cast("Any", hand))])
    worker.start()
    try:
        yield
    finally:
        worker.stop()


def test_two_tiles_at_once() -> None:
    """A tile that waits for another one meets it, and a third one waits for its turn."""
    lock, meeting, third = threading.Lock(), threading.Barrier(2), threading.Event()
    inside: list[str] = []

    def do(what: str) -> None:
        if what != "tile":
            return
        with lock:
            inside.append(what)
            if len(inside) > 2:
                third.set()
        meeting.wait(SECONDS)
        third.wait(MOMENT)
        with lock:
            inside.pop()

    hand = Hand(["open", *["tile"] * 4, "close"], do)
    with working(hand):
        assert hand.done.wait(SECONDS)
    assert hand.ended == ["open", *["tile"] * 4, "close"]
    assert not third.is_set()


def test_a_run_begins_and_ends_without_tiles_in_flight() -> None:
    """What comes before and after the tiles of a run, of whichever request, waits for those at hand."""
    others = threading.Event()

    def do(what: str) -> None:
        if what == "tile":
            others.wait(MOMENT)
        else:
            others.set()

    hand = Hand(["tile", "open", "tile", "close"], do)
    with working(hand):
        assert hand.done.wait(SECONDS)
    assert hand.ended == ["tile", "open", "tile", "close"]
