"""What all resources of a stack share in the provider process: settings, clients, cancellation, log."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..batch.generations import GENERATIONS
from ..batch.statuses import Reader, StatusBoard
from ..config.settings import Settings, resolve_settings
from ..lifecycle.context import Context
from ..lifecycle.ownership.ledger import Ledger
from ..waiting.clock import SystemClock
from . import host, lifeline
from .call import HostCall
from .progress import EngineLog, engine_address

if TYPE_CHECKING:
    from ..batch.api import BatchService
    from ..batch.clients import BatchClient
    from ..s3.buckets import BucketClient, BucketService

NAMESPACE = "sentinelhub"

DEADLINES: Mapping[str, float] = {"create": 86_400.0, "update": 86_400.0, "delete": 3_600.0, "read": 3_600.0}
"""Seconds that an operation may take where ``custom_timeouts`` says nothing else."""


class Process:
    """The state of one provider process. Thread-safe; makes no call before an operation asks for a client.

    Args:
        config: gives the value of a stack config key, with its namespace, or None.
        environ: the environment.
        log: the engine's log.
    """

    def __init__(self, config: Callable[[str], Any], environ: Mapping[str, str], log: EngineLog) -> None:
        self._config = config
        self._environ = environ
        self._lock = threading.RLock()
        self._settings: Settings | None = None
        self._batch: dict[str, BatchClient] = {}
        self._buckets: BucketClient | None = None
        self.log = log
        self.cancel = threading.Event()
        self.clock = SystemClock()
        self.ledger = Ledger()
        self._statuses = StatusBoard(self.clock, self.cancel)
        self._listed_account: str | None = None

    @property
    def settings(self) -> Settings:
        """The settings, resolved when first needed. Raises ConfigError."""
        with self._lock:
            if self._settings is None:
                self._settings = resolve_settings(self._config_text, self._environ)
            return self._settings

    def _config_text(self, key: str) -> str | None:
        value = self._config(f"{NAMESPACE}:{key}")
        return None if value is None else str(value)

    def context(self, call: HostCall, deadline: float | None = None) -> Context:
        """The surroundings of one operation; ``deadline`` in seconds from now."""
        settings = self.settings
        until = None if deadline is None else self.clock.monotonic() + deadline
        return Context(
            deployment=settings.deployment,
            connect=lambda generation: self._batch_service(generation, until),
            generations=GENERATIONS,
            generation=GENERATIONS[settings.api_version],
            statuses=lambda: Reader(self._statuses, lambda id: self._service_of(id, until), until),
            storage=lambda: self._bucket_service(until),
            clock=self.clock,
            poll_interval=settings.poll_interval,
            cancel=self.cancel,
            progress=lambda text: self.log.progress(call.urn, text),
            warn=lambda text: self.log.warning(call.urn, text),
            deadline=deadline,
            until=until,
            urn=call.urn,
            ledger=self.ledger,
            service=settings.base_url,
            account=lambda: self._account(until),
            is_account=lambda recorded: self._is_account(recorded, until),
            read_lag=settings.read_lag,
        )

    def _account(self, until: float | None) -> str | None:
        """The account whose credentials are at work: by the token, else by what it lists."""
        return self._batch_service(None, until).account_id() or self._account_of_requests(until)

    def _is_account(self, recorded: str, until: float | None) -> bool:
        """Whether the credentials are those of a recorded account; also where that cannot be told."""
        by_token = self._batch_service(None, until).account_id()
        if by_token == recorded:
            return True
        known = {by_token, self._account_of_requests(until)} - {None}
        return not known or recorded in known

    def _account_of_requests(self, until: float | None) -> str | None:
        with self._lock:
            if not self._listed_account:
                self._listed_account = self._batch_service(None, until).account_of_requests()
            return self._listed_account

    def _service_of(self, id: str, until: float | None) -> BatchService:
        return self._batch_service(self.ledger.generation_of(id), until)

    def _batch_service(self, generation: str | None, until: float | None) -> BatchService:
        """The client of a generation, the configured one by default, within the limits of one operation."""
        from ..batch.clients import batch_client

        name = generation or self.settings.api_version
        with self._lock:
            if name not in self._batch:
                self._batch[name] = batch_client(name, self.settings, self.clock)
            client = self._batch[name]
        return client.bound(cancel=self.cancel, deadline=self._left(until))

    def _bucket_service(self, until: float | None) -> BucketService:
        return self._bucket_client().bound(clock=self.clock, cancel=self.cancel, deadline=self._left(until))

    def _left(self, until: float | None) -> float | None:
        return None if until is None else max(0.0, until - self.clock.monotonic())

    def _bucket_client(self) -> BucketClient:
        with self._lock:
            if self._buckets is None:
                from ..s3.buckets import BucketClient

                self._buckets = BucketClient(self.settings.deployment)
            return self._buckets


_lock = threading.Lock()
_process: Process | None = None


def configure(config: Callable[[str], Any]) -> None:
    """Make the process's state from the stack config; all providers of a stack are given the same one."""
    # the host makes one provider object a class, and gives them nothing to share
    global _process  # noqa: PLW0603
    with _lock:
        if _process is None:
            engine = engine_address()
            _process = Process(config, os.environ, EngineLog(engine))
            host.install(_process.cancel)
            lifeline.watch(engine, _process.cancel)


def current() -> Process:
    """The process's state; without configuration where the host has not configured anything."""
    if _process is None:
        configure(lambda _: None)
    assert _process is not None
    return _process
