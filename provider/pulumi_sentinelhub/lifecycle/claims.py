"""Which remote ids already belong to a declaration that this process has met.

A create looks for what an interrupted create of the same declaration left behind. Two declarations may be
alike,
so what another one owns must not be taken: every operation claims the id that it is about.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class Claims:
    """Thread-safe set of claimed ids.

    With a lock for each fingerprint under which alike creates take turns.
    """

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._guard = threading.Lock()
        self._turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def claim(self, id: str) -> None:
        """Mark ``id`` as owned."""
        with self._guard:
            self._ids.add(id)

    def __contains__(self, id: object) -> bool:
        with self._guard:
            return id in self._ids

    @contextmanager
    def turn(self, fingerprint: str) -> Iterator[None]:
        """Let creates of the same fingerprint go one after another."""
        with self._guard:
            lock = self._turns[fingerprint]
        with lock:
            yield
