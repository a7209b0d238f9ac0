"""The clients of the generations. Imports an HTTP stack: import it where a call is due."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from ..config.settings import Settings
from ..waiting.clock import Clock, SystemClock
from ..waiting.pace import THIS_PROCESS, Paces
from ..waiting.patience import Patience
from .api import BatchService
from .http.connection import Connection
from .v1.client import BatchClient as V1Client
from .v2.client import BatchClient as V2Client


class BatchClient(BatchService, Protocol):
    """A client of the process, of which each operation has its own view."""

    def bound(self, patience: Patience) -> BatchService:
        """The same client within one operation's patience; no call is begun or waited for after it."""


_CLIENTS: Final[Mapping[str, Callable[[Settings, Clock, Connection], BatchClient]]] = {
    "v1": lambda settings, clock, shared: V1Client(settings, clock=clock, connection=shared),
    "v2": lambda settings, clock, shared: V2Client(settings, clock=clock, connection=shared),
}


class BatchClients:
    """The clients of a session, one a generation: all share one token, one pool of connections, one pace.

    Args:
        settings: where to call and as whom.
        clock: time and sleeping.
        paces: those of all that call from this process.
    """

    def __init__(self, settings: Settings, clock: Clock, paces: Paces) -> None:
        self._settings = settings
        self._clock = clock
        self._connection = Connection.to(settings, paces=paces)
        self._lock = threading.Lock()
        self._made: dict[str, BatchClient] = {}

    def of(self, generation: str) -> BatchClient:
        """The client of a generation. Raises ConfigError without credentials once it is used."""
        with self._lock:
            if generation not in self._made:
                self._made[generation] = _CLIENTS[generation](self._settings, self._clock, self._connection)
            return self._made[generation]


def batch_client(generation: str, settings: Settings) -> BatchClient:
    """A new client of a generation, by itself. Raises ConfigError without credentials once it is used."""
    return BatchClients(settings, SystemClock(), THIS_PROCESS).of(generation)
