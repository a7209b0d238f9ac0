"""Time as everything here sees it, so that tests can turn it by hand."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """Now, and waiting. All values are seconds."""

    def now(self) -> float:
        """Seconds since the epoch; may jump when the machine's clock is set."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back. Intervals and deadlines use this one."""

    def sleep(self, seconds: float, cancel: threading.Event | None = None) -> bool:
        """Wait ``seconds``, or until ``cancel`` is set; True if it was cancelled."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds from an arbitrary start."""
        return time.monotonic()

    def sleep(self, seconds: float, cancel: threading.Event | None = None) -> bool:
        """Wait ``seconds``, or until ``cancel`` is set; True if it was cancelled."""
        if cancel is not None:
            return cancel.wait(max(seconds, 0.0))
        time.sleep(max(seconds, 0.0))
        return False
