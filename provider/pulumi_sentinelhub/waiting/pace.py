"""How fast calls may follow each other: one pace for all threads that call the same account.

A token bucket: it holds a burst, fills at a steady rate, and each call takes one token. Who has to wait
stands in a line in which urgent calls go first, in order of arrival otherwise. Once the service has refused a
call for its rate, all pause for as long as it asks for: it promises one call then, and no burst.
"""

from __future__ import annotations

import itertools
import threading
from bisect import bisect_left, insort
from collections.abc import Hashable
from typing import Final

from .patience import Patience
from .retries import LONGEST

#: What is used of a published rate: clocks differ, and calls that were sent apart can arrive together.
SHARE: Final = 0.97
#: The burst, as a part of the calls of a minute. A tenth is known to be let through at once; half of that is
#: left for commands that follow each other.
BURST_SHARE: Final = 0.05
#: Seconds that each wait is longer by: so much may be lost in a clock's own rounding.
_ROUNDING: Final = 0.001


class Pace:
    """The pace of one account. Thread-safe.

    Args:
        per_minute: calls a minute that the service lets through.
    """

    def __init__(self, per_minute: float) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._line: list[tuple[bool, int]] = []
        self._paused_until = float("-inf")
        self._per_minute = per_minute
        self._left = self._most
        self._at: float | None = None

    @property
    def _rate(self) -> float:
        """Tokens a second."""
        return self._per_minute * SHARE / 60

    @property
    def _most(self) -> float:
        return max(1.0, self._per_minute * BURST_SHARE)

    def slow_down(self, per_minute: float) -> None:
        """Let no more than so many calls a minute through; where that is more than now, nothing changes."""
        with self._lock:
            self._per_minute = min(self._per_minute, per_minute)
            self._left = min(self._left, self._most)

    def take(self, patience: Patience, what: str, subject: str | None, *, urgent: bool = False) -> float:
        """Wait until a call may be made.

        Args:
            patience: that of the operation which calls.
            what: what is called for, as an infinitive: ``"read batch request"``.
            subject: its id.
            urgent: goes before all that is not.

        Returns:
            0 when it may be made now; else the seconds for which all calls pause, and none may be made.

        Raises:
            Interrupted, DeadlineExceeded: patience has ended first.
        """
        with self._lock:
            place = (not urgent, next(self._numbers))
            insort(self._line, place)
        try:
            while True:
                with self._lock:
                    now = patience.clock.monotonic()
                    if now < self._paused_until:
                        return self._paused_until - now
                    wait = self._wait(place, now)
                    if not wait:
                        self._left -= 1
                        return 0.0
                patience.pause(wait, what, subject)
        finally:
            with self._lock:
                self._line.remove(place)

    def pause(self, seconds: float, now: float) -> None:
        """The service asks to wait so many seconds from ``now`` (monotonic); 900 are shared at most."""
        with self._lock:
            self._paused_until = max(self._paused_until, now + min(seconds, LONGEST))
            self._left = min(self._left, 1.0)
            self._at = max(self._paused_until, now if self._at is None else self._at)

    def _wait(self, place: tuple[bool, int], now: float) -> float:
        """Seconds until there is a token for all that stand before ``place``, and one for itself."""
        since = now if self._at is None else self._at
        self._left = min(self._most, self._left + max(0.0, now - since) * self._rate)
        self._at = max(since, now)
        missing = bisect_left(self._line, place) + 1 - self._left
        return missing / self._rate + _ROUNDING if missing > 0 else 0.0


class Paces:
    """The paces of a process by account: all that call one share its pace, however often it is configured."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._paces: dict[Hashable, Pace] = {}

    def of(self, account: Hashable, per_minute: float) -> Pace:
        """The pace of an account; the lowest rate that was configured for it counts."""
        with self._lock:
            pace = self._paces.setdefault(account, Pace(per_minute))
        pace.slow_down(per_minute)
        return pace


#: That of this process. What has a clock of its own has paces of its own, too.
THIS_PROCESS: Final = Paces()
