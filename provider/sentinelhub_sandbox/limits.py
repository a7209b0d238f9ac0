"""Rate limits: token buckets [docs: Rate limiting]."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass

from .wire import ApiError

BURST_SHARE = 0.1


@dataclass
class _Bucket:
    """What is left of a burst (calls) at a moment (epoch seconds)."""

    left: float
    at: float


class RateLimits:
    """Lets so many calls a minute through for each key, bursts of at most a tenth of that.

    Args:
        per_minute: tells how many calls a minute are let through now, 0 for no limit.
        clock: epoch seconds.
    """

    def __init__(self, per_minute: Callable[[], float], clock: Callable[[], float]) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._lock = threading.Lock()
        self._limit = per_minute()
        self._buckets: dict[str, _Bucket] = {}

    def take(self, key: str) -> None:
        """Count a call of an account or a client.

        Raises ApiError (429) with ``Retry-After`` in milliseconds.
        """
        with self._lock:
            if self._per_minute() != self._limit:
                self._limit = self._per_minute()
                self._buckets.clear()
            if self._limit <= 0:
                return
            now, rate = self._clock(), self._limit / 60
            most = max(1.0, self._limit * BURST_SHARE)
            bucket = self._buckets.setdefault(key, _Bucket(most, now))
            bucket.left = min(most, bucket.left + max(0.0, now - bucket.at) * rate)
            bucket.at = now
            if bucket.left >= 1:
                bucket.left -= 1
                return
            wait = math.ceil(1000 * (1 - bucket.left) / rate)
        raise ApiError(429, "You have exceeded your rate limit", headers={"Retry-After": str(wait)})
