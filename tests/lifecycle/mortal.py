"""Batch services of a process that is killed at one of its calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support.killed import Killed


class Mortal:
    """Batch services of a process that dies after (or before) its n-th call, counted over all their methods.

    Args:
        connect: gives the service of a generation.
        calls: the call at which it dies; None: never.
        committed: whether that call is carried out.
    """

    def __init__(self, connect: Callable[[str], Any], calls: int | None, *, committed: bool) -> None:
        self.after_each: Callable[[], object] = lambda: None
        self._connect = connect
        self._left = calls
        self._committed = committed
        self.calls = 0

    def of(self, generation: str) -> Any:
        """The service of a generation."""
        return _MortalService(self, self._connect(generation))

    def call(self, method: Callable[[], Any]) -> Any:
        """Carry out a call, and die where it is time."""
        self.calls += 1
        fatal = self._left is not None and self.calls >= self._left
        if fatal and not self._committed:
            raise Killed
        result = method()
        self.after_each()
        if fatal:
            raise Killed
        return result


class _MortalService:
    def __init__(self, fate: Mortal, service: Any) -> None:
        self._fate = fate
        self._service = service

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._service, name)
        if not callable(method):
            return method
        return lambda *args, **kwargs: self._fate.call(lambda: method(*args, **kwargs))
