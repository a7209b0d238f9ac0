"""Waiting for what another process does, with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable


def eventually(reached: Callable[[], object], what: str, deadline: float = 120.0) -> None:
    """Wait until ``reached`` says yes; fails the test, naming ``what``, after ``deadline`` seconds."""
    until, pause = time.monotonic() + deadline, 0.02
    while not reached():
        if time.monotonic() > until:
            raise AssertionError(f"not within {deadline} s: {what}")
        time.sleep(pause)
        pause = min(1.2 * pause, 0.3)
