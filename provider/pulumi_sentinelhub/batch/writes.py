"""What this process has written, and when, so that nothing older is taken for the present."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NewType

#: A point in the order in which the calls of this process begin and end; a clock may stand still in between.
Moment = NewType("Moment", int)

NEVER: Final = Moment(0)


class Writes:
    """When each object was last written to by this process. Thread-safe; one for all its clients."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._moments = itertools.count(1)
        self._last: dict[str, Moment] = {}

    def moment(self) -> Moment:
        """This moment; later ones are greater."""
        return Moment(next(self._moments))

    def last(self, id: str) -> Moment:
        """When a call that changes the object last began or ended; what was read before may be older."""
        with self._lock:
            return self._last.get(id, NEVER)

    @contextmanager
    def to(self, id: str) -> Iterator[None]:
        """A call that changes the object is made inside; also one that fails may have changed it."""
        self._note(id)
        try:
            yield
        finally:
            self._note(id)

    def _note(self, id: str) -> None:
        with self._lock:
            self._last[id] = self.moment()
