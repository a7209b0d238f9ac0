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
        per_minute: calls a minute, 0 for no limit.
        clock: epoch seconds.
    """

    def __init__(self, per_minute: float, clock: Callable[[], float]) -> None:
        self._rate = per_minute / 60
        self._most = max(1.0, per_minute * BURST_SHARE)
        self._left = self._most
        self._clock = clock
        self._at = clock()
        self._lock = threading.Lock()

    def take(self) -> None:
        """Count a call. Raises ApiError (429) with ``Retry-After`` in milliseconds."""
        if self._rate <= 0:
            return
        with self._lock:
            now = self._clock()
            self._left = min(self._most, self._left + max(0.0, now - self._at) * self._rate)
            self._at = now
            if self._left >= 1:
                self._left -= 1
                return
            wait = math.ceil(1000 * (1 - self._left) / self._rate)
        raise ApiError(429, "You have exceeded your rate limit", headers={"Retry-After": str(wait)})
