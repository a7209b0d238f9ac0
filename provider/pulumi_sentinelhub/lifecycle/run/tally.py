"""The progress line while many tiles are counted, which takes a call for each hundred of them."""

from __future__ import annotations

import threading
from collections.abc import Callable

from .report import counting_line

#: A line is shown each time that so many tiles have been counted; fewer in all are counted silently.
_TILES_A_LINE = 1000


class Tally:
    """How many tiles have been counted of all that are counted side by side. Thread-safe.

    Args:
        expected: how many there are, as far as that is known.
        show: shows a passing line.
    """

    def __init__(self, expected: int, show: Callable[[str], None]) -> None:
        self._expected = expected
        self._show = show
        self._counted = 0
        self._lock = threading.Lock()

    def add(self, tiles: int) -> None:
        """So many more have been counted."""
        with self._lock:
            before, self._counted = self._counted, self._counted + tiles
            counted = self._counted
        if counted // _TILES_A_LINE > before // _TILES_A_LINE:
            self._show(counting_line(counted, self._expected))
