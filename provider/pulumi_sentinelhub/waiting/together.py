"""Calls for many objects side by side, so many at once, within one operation's patience.

What a call has brought is never lost: Ctrl-C, the deadline and failures keep what has not begun from
beginning, and are raised once all that was under way has come back and has been kept.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Generic, TypeVar

from ..errors import DeadlineExceeded, Interrupted, SentinelHubError
from .patience import Patience

T = TypeVar("T")

#: Calls of one operation that are under way at the same moment, at most.
AT_ONCE: Final = 16


class _NotBegun:
    """Stands for the result of a call that was not made."""


@dataclass(frozen=True)
class _Calls(Generic[T]):
    """The calls of one ``together``: after the first that ends it, none begins."""

    call: Callable[[str], T]
    patience: Patience
    what: str
    stopped: threading.Event = field(default_factory=threading.Event)

    def __call__(self, id: str) -> T | SentinelHubError | _NotBegun:
        if self.stopped.is_set():
            return _NotBegun()
        try:
            self.patience.check(self.what, id)
            return self.call(id)
        except (Interrupted, DeadlineExceeded):
            self.stopped.set()
            raise
        except SentinelHubError as error:
            return error
        except BaseException:
            self.stopped.set()
            raise


def together(
    ids: Iterable[str],
    call: Callable[[str], T],
    keep: Callable[[str, T | SentinelHubError], object],
    *,
    patience: Patience,
    at_once: int,
    what: str,
) -> None:
    """Call for each id, and hand each result over; one that fails holds up no other.

    Args:
        ids: what to call for, each once; calls begin in this order.
        call: one call; it may run in any thread. With ``at_once`` 1 all run in the caller's, one after
            another, each kept before the next one begins.
        keep: is given each call's result, or the error that it raised; in the caller's thread, in the order
            of ``ids``. Whatever it raises keeps further calls from beginning.
        patience: the operation's.
        at_once: so many calls are under way at the same moment, at most.
        what: what a call does, as an infinitive: ``"start batch request"``.

    Raises:
        Interrupted, DeadlineExceeded: as a call, or the patience before it, has raised it; of several the
            first in the order of ``ids``.
    """
    wanted = list(dict.fromkeys(ids))
    one = _Calls(call, patience, what)

    def keep_one(id: str, result: Callable[[], T | SentinelHubError | _NotBegun]) -> None:
        if not isinstance(brought := result(), _NotBegun):
            keep(id, brought)

    if at_once <= 1 or len(wanted) <= 1:
        for id in wanted:
            keep_one(id, partial(one, id))
        return
    first: BaseException | None = None
    with ThreadPoolExecutor(min(at_once, len(wanted)), "sentinelhub-together") as pool:
        for id, under_way in [(id, pool.submit(one, id)) for id in wanted]:
            failure = _failure_of(partial(keep_one, id, under_way.result))
            if failure is not None:
                one.stopped.set()
                first = first or failure
    if first is not None:
        raise first


def _failure_of(work: Callable[[], None]) -> BaseException | None:
    """What the work raises, to be raised when nothing is under way any more."""
    try:
        work()
    except BaseException as failure:  # noqa: BLE001 - raised by the caller
        return failure
    return None
