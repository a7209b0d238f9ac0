"""The clients of the generations. Imports an HTTP stack: import it where a call is due."""

from __future__ import annotations

from typing import Protocol

from ..config.settings import Settings
from ..waiting.clock import Clock
from ..waiting.patience import Patience
from .api import BatchService
from .v1.client import BatchClient as V1Client


class BatchClient(BatchService, Protocol):
    """A client of the process, of which each operation has its own view."""

    def bound(self, patience: Patience) -> BatchService:
        """The same client within one operation's patience; no call is begun or waited for after it."""


def batch_client(generation: str, settings: Settings, clock: Clock) -> BatchClient:
    """A new client of a generation. Raises ConfigError without credentials once it is used."""
    return _CLIENTS[generation](settings, clock=clock)


_CLIENTS = {"v1": V1Client}
