"""A service that tells whether calls are made side by side."""

from __future__ import annotations

import threading
from typing import Any

from pulumi_sentinelhub.lifecycle.context import Context
from pulumi_sentinelhub.waiting.patience import Patience
from tests.lifecycle.conftest import World
from tests.support.contexts import Clients


class Meeting:
    """A service of which certain calls return only when so many of them are under way at once."""

    def __init__(self, service: Any, number: int, *names: str) -> None:
        self._service = service
        self._meetings = {name: threading.Barrier(number, timeout=60) for name in names}

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._service, name)
        meeting = self._meetings.get(name)
        if meeting is None:
            return method

        def call(*args: Any) -> Any:
            meeting.wait()
            return method(*args)

        return call


def meeting(world: World, number: int, *names: str) -> Context:
    """The context of an operation whose calls of these names have to be made side by side."""
    patience = Patience(world.clock)
    service = Meeting(Clients(world.settings, world.clock).of(world.generation, patience), number, *names)
    return world.context(at_once=number, connect=lambda _: service)
