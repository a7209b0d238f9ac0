"""The rate limit: a token bucket [docs: Rate limiting]."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

from .wire import ApiError

BURST_SHARE = 0.1


class RateLimit:
    """Lets so many calls a minute through, bursts of at most a tenth of that.

    Args:
        per_minute: tells how many calls a minute are let through now, 0 for no limit.
        clock: epoch seconds.
    """

    def __init__(self, per_minute: Callable[[], float], clock: Callable[[], float]) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._lock = threading.Lock()
        self._fill(per_minute())

    def _fill(self, per_minute: float) -> None:
        """A new, full bucket."""
        self._limit = per_minute
        self._most = self._left = max(1.0, per_minute * BURST_SHARE)
        self._at = self._clock()

    def take(self) -> None:
        """Count a call. Raises ApiError (429) with ``Retry-After`` in milliseconds."""
        with self._lock:
            if self._per_minute() != self._limit:
                self._fill(self._per_minute())
            if self._limit <= 0:
                return
            now, rate = self._clock(), self._limit / 60
            self._left = min(self._most, self._left + max(0.0, now - self._at) * rate)
            self._at = now
            if self._left >= 1:
                self._left -= 1
                return
            wait = math.ceil(1000 * (1 - self._left) / rate)
        raise ApiError(429, "You have exceeded your rate limit", headers={"Retry-After": str(wait)})
