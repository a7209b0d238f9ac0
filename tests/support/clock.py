"""The clock that tests turn by hand: time passes when somebody sleeps, or when a test says so."""

from __future__ import annotations

import threading
from collections.abc import Callable

#: Where every clock begins: seconds since 1970, in January 2027.
BEGINNING = 1_800_000_000.0


class HandClock:
    """A clock for the provider (``now``, ``monotonic``, ``sleep``) and for the sandbox, which calls it.

    Attributes:
        seconds: the time; a test may set it.
        naps: how long each sleep was, seconds.
        during_sleep: what happens in the sleeps to come, one action each.
    """

    def __init__(self) -> None:
        self.seconds = BEGINNING
        self.naps: list[float] = []
        self.during_sleep: list[Callable[[], object]] = []
        self._lock = threading.Lock()

    def now(self) -> float:
        return self.seconds

    __call__ = monotonic = now

    @property
    def passed(self) -> float:
        """Seconds since its beginning."""
        return self.seconds - BEGINNING

    def sleep(self, seconds: float, cancel: threading.Event | None = None) -> bool:
        """Let it pass at once; True where ``cancel`` is set afterwards."""
        with self._lock:
            self.naps.append(seconds)
            self.seconds += max(seconds, 0.0)
        if self.during_sleep:
            self.during_sleep.pop(0)()
        return cancel is not None and cancel.is_set()

    def move(self, seconds: float) -> None:
        """Let time pass without a sleep."""
        self.seconds += seconds

    def reset(self) -> None:
        """Forget the naps, not the time."""
        self.naps.clear()
        self.during_sleep.clear()
