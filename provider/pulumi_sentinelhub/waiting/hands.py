"""Threads that carry one piece of work after another: to start one for each takes longer than most calls.

Whoever gives work waits for it or leaves it; a thread that was left comes back when its work ends, if ever.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from typing import Final, Generic, TypeVar

T = TypeVar("T")

#: What threads are called, for whoever looks at a process that hangs.
BUSY: Final = "sentinelhub-call"
IDLE: Final = "sentinelhub-idle"
#: Threads without work that are kept, at most.
_MOST_IDLE: Final = 64


class Done(Generic[T]):
    """A piece of work that a thread carries."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work: Callable[[], T] | None = work
        self._brought: list[T] = []
        self._failure: BaseException | None = None
        self._end = threading.Lock()
        self._end.acquire()

    def carry(self) -> None:
        """Do the work; called once, and then ``end``."""
        work, self._work = self._work, None
        assert work is not None
        try:
            self._brought.append(work())
        except BaseException as failure:  # noqa: BLE001 - raised again where it is waited for
            self._failure = failure

    def end(self) -> None:
        """Tell whoever waits."""
        self._end.release()

    def arrived(self, seconds: float) -> bool:
        """Whether the work has ended, waited for so many seconds at most."""
        if not self._end.acquire(timeout=seconds):
            return False
        self._end.release()
        return True

    def result(self) -> T:
        """What the work returned or raised, once it has ended."""
        if self._failure is not None:
            try:
                raise self._failure
            finally:
                self._failure = None  # its traceback holds this
        return self._brought[0]


class _Hand:
    """One thread, which sleeps between two pieces of work."""

    def __init__(self) -> None:
        self._call = threading.Lock()
        self._call.acquire()
        self._next: Done[object] | None = None
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def give(self, done: Done[object]) -> None:
        self._next, self._thread.name = done, BUSY
        self._call.release()

    def _serve(self) -> None:
        while True:
            self._call.acquire()
            done, self._next = self._next, None
            assert done is not None
            done.carry()
            self._thread.name = IDLE
            is_kept = len(_idle) < _MOST_IDLE
            if is_kept:
                _idle.append(self)  # before the end is told: whoever waits may have the next piece of work
            done.end()
            if not is_kept:
                return
            del done  # it may hold an answer


_idle: deque[_Hand] = deque()
# in a fork the threads are gone
os.register_at_fork(after_in_child=_idle.clear)


def give(work: Callable[[], T]) -> Done[T]:
    """Have a thread do the work, at once."""
    done = Done(work)
    try:
        hand = _idle.pop()
    except IndexError:
        hand = _Hand()
    hand.give(done)  # type: ignore[arg-type] # whatever it brings
    return done
