"""Batch services of a process that is killed at one of its calls, or is looked at before and after each."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from tests.support.killed import Killed


class Mortal:
    """Batch services of a process that dies after (or before) its n-th call, counted over all their methods.

    Args:
        connect: gives the service of a generation.
        calls: the call at which it dies; None: never.
        committed: whether that call is carried out.

    Attributes:
        calls: how many there were.
        after_each: called after each call.
        look: called right before and right after each call, while no other is carried out; or None.
    """

    def __init__(self, connect: Callable[[str], Any], calls: int | None, *, committed: bool) -> None:
        self.after_each: Callable[[], object] = lambda: None
        self.look: Callable[[], object] | None = None
        self._one = threading.Lock()
        self._connect = connect
        self._left = calls
        self._committed = committed
        self.calls = 0

    def of(self, generation: str) -> Any:
        """The service of a generation."""
        return _MortalService(self, self._connect(generation))

    def call(self, method: Callable[[], Any]) -> Any:
        """Carry out a call, and die where it is time."""
        if self.look is None:
            return self._carry_out(method)
        with self._one:
            self.look()
            try:
                return self._carry_out(method)
            finally:
                self.look()

    def _carry_out(self, method: Callable[[], Any]) -> Any:
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
