"""What may block for longer than its operation allows: work, other threads, locks."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from . import hands
from .patience import Ended, Patience

T = TypeVar("T")

#: Seconds between two looks at ``cancel`` and deadline while something blocks; its end is noticed at once.
SLICE: Final = 0.1


class CutOff(Exception):
    """The wait for a piece of work has ended before the work has.

    Attributes:
        ended: what ended it; None: the work's own limit.
    """

    def __init__(self, ended: Ended | None) -> None:
        super().__init__(ended)
        self.ended = ended


def in_time(work: Callable[[], T], patience: Patience, most: float, give_up: Callable[[], None]) -> T:
    """What ``work`` returns or raises, waited for no longer than ``patience`` lasts.

    The work has a thread of its own, which nobody waits for once it has been given up: no kind of blocking,
    in resolving a name, a handshake or a read, can hold up the caller.

    Args:
        work: is done once.
        patience: the operation's cancel event and deadline.
        most: seconds for this piece of work, by the machine's own clock.
        give_up: makes the work end soon; called when the wait ends first.

    Raises:
        CutOff: the wait has ended first.
    """
    until = time.monotonic() + most
    done = hands.give(work)
    try:
        while not done.arrived(SLICE):
            ended = patience.ended()
            if ended is not None or time.monotonic() >= until:
                raise CutOff(ended)  # noqa: TRY301 - given up below, as when the wait is interrupted
    except BaseException:
        give_up()
        raise
    return done.result()


@contextlib.contextmanager
def turn(lock: threading.Lock, patience: Patience, what: str, subject: str | None) -> Iterator[None]:
    """Hold ``lock``; whoever waits for it notices Ctrl-C and the deadline. Raises as ``Patience.check``."""
    while not lock.acquire(timeout=SLICE):
        patience.check(what, subject)
    try:
        yield
    finally:
        lock.release()


def await_change(changed: threading.Condition, patience: Patience, what: str, subject: str | None) -> None:
    """Wait a slice of time at most for ``changed``, which the caller holds. Raises as ``Patience.check``."""
    patience.check(what, subject)
    changed.wait(SLICE)
