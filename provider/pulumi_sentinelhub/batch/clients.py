"""The clients of the generations. Imports an HTTP stack: import it where a call is due."""

from __future__ import annotations

import threading
from typing import Protocol

from ..config.settings import Settings
from ..waiting.clock import Clock
from .api import BatchService
from .v1.client import BatchClient as V1Client


class BatchClient(BatchService, Protocol):
    """A client of the process, of which each operation has its own view."""

    def bound(
        self,
        *,
        clock: Clock | None = None,
        cancel: threading.Event | None = None,
        deadline: float | None = None,
    ) -> BatchService:
        """The same client within the limits of one operation; ``deadline`` in seconds from now."""


def batch_client(generation: str, settings: Settings, clock: Clock) -> BatchClient:
    """A new client of a generation. Raises ConfigError without credentials once it is used."""
    return _CLIENTS[generation](settings, clock=clock)


_CLIENTS = {"v1": V1Client}
