"""Lines on a resource's own row in ``pulumi up``, through the engine's log."""

from __future__ import annotations

import logging
import sys
import threading
from typing import Any

import grpc

from ..shown import MESSAGE, fit

_log = logging.getLogger(__name__)

_ANSWER_SECONDS = 5.0  # a busy engine answers within milliseconds; a line is not worth more


class EngineLog:
    """The engine's log. Lines are made fit; what goes wrong here is never noticed by the operation.

    Args:
        address: the engine's gRPC address, ``host:port``; None: stay silent.
    """

    def __init__(self, address: str | None) -> None:
        self._address = address
        self._stub: Any = None
        self._lock = threading.Lock()
        self._last: dict[str, str] = {}
        self._said: set[tuple[str, str]] = set()

    def progress(self, urn: str, text: str) -> None:
        """A passing line; the same text is not sent twice in a row."""
        with self._lock:
            if self._last.get(urn) == text:
                return
            self._last[urn] = text
        self._send("INFO", urn, text, ephemeral=True)

    def info(self, urn: str, text: str) -> None:
        """A line that stays, once a process."""
        self._once("INFO", urn, text)

    def warning(self, urn: str, text: str) -> None:
        """A warning that stays, once a process."""
        self._once("WARNING", urn, text)

    def _once(self, severity: str, urn: str, text: str) -> None:
        with self._lock:
            if (urn, text) in self._said:
                return
            self._said.add((urn, text))
        self._send(severity, urn, text, ephemeral=False)

    def _send(self, severity: str, urn: str, text: str, *, ephemeral: bool) -> None:
        if self._address is None:
            return
        try:
            from pulumi.runtime.proto import engine_pb2

            request = engine_pb2.LogRequest(
                severity=engine_pb2.LogSeverity.Value(severity),
                message=fit(text, MESSAGE),
                urn=urn,
                ephemeral=ephemeral,
            )
            self._connection(self._address).Log(request, timeout=_ANSWER_SECONDS)
        except Exception as failure:  # noqa: BLE001 - a line that is not shown must not fail a job
            _log.debug("the engine did not take a line: %r", failure)

    def _connection(self, address: str) -> Any:
        with self._lock:
            if self._stub is None:
                from pulumi.runtime.proto import engine_pb2_grpc

                self._stub = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))
            return self._stub


def engine_address(arguments: list[str] | None = None) -> str | None:
    """The engine's address: the first argument of the provider process."""
    arguments = sys.argv if arguments is None else arguments
    if len(arguments) < 2:
        return None
    host, _, port = arguments[1].rpartition(":")
    return arguments[1] if host and port.isdigit() else None
