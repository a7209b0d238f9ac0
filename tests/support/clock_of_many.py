"""A clock turned by hand for operations that go on side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from tests.support.clock import HandClock

T = TypeVar("T")


class ClockOfMany(HandClock):
    """Time passes when all threads that take part sleep: as far as the first of them is to wake.

    Threads that do not take part sleep as on the ordinary hand clock.
    """

    def __init__(self) -> None:
        super().__init__()
        self._turn = threading.Condition()
        self._awake = 0
        self._asleep: list[float] = []
        self._mine = threading.local()

    def all(self, threads: int, work: Sequence[Callable[[], T]]) -> list[T]:
        """Do all of the work on so many threads, which begin at one moment; their results, in order."""
        threads = min(threads, len(work))
        begin = threading.Barrier(threads)
        self._awake += threads
        left, done = list(enumerate(work)), dict[int, T]()

        def take() -> None:
            with self._taking_part():
                begin.wait(30)
                while True:
                    with self._turn:
                        if not left:
                            return
                        number, one = left.pop(0)
                    done[number] = one()

        with ThreadPoolExecutor(threads) as pool:
            for each in [pool.submit(take) for _ in range(threads)]:
                each.result()
        return [done[number] for number in range(len(work))]

    @contextmanager
    def _taking_part(self) -> Iterator[None]:
        self._mine.is_in = True
        try:
            yield
        finally:
            with self._turn:
                self._awake -= 1
                self._turn_on()

    def sleep(self, seconds: float, cancel: threading.Event | None = None) -> bool:
        if not getattr(self._mine, "is_in", False):
            return super().sleep(seconds, cancel)
        with self._turn:
            until = self.seconds + max(seconds, 0.0)
            self.naps.append(seconds)
            self._asleep.append(until)
            self._awake -= 1
            self._turn_on()
            while self.seconds < until:
                assert self._turn.wait(60), "somebody who takes part neither sleeps nor ends"
            self._asleep.remove(until)
            self._awake += 1
        return cancel is not None and cancel.is_set()

    def _turn_on(self) -> None:
        if not self._awake and self._asleep:
            self.seconds = max(self.seconds, min(self._asleep))
            self._turn.notify_all()
