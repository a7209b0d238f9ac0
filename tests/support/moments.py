"""What a sandbox holds at a moment, kept and put back: states only, no files.

A process that is killed leaves nothing but what the service holds by then and what the state has recorded. So
one undisturbed command shows what a kill at each of its calls would leave.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Hashable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from sentinelhub_sandbox import Sandbox
from tests.support.clock import HandClock


@dataclass(frozen=True)
class Moment:
    """What there is at a moment.

    Attributes:
        held: requests, collections, and what was spent.
        calls: those so far, as the journal has them.
        seconds: the time.
        to_come: what happens in the sleeps to come.
    """

    held: bytes
    calls: tuple[dict[str, Any], ...]
    seconds: float
    to_come: tuple[Callable[[], object], ...]

    @classmethod
    def of(cls, sandbox: Sandbox, clock: HandClock) -> Moment:
        """The present one."""
        with ExitStack() as still:
            for generation in (sandbox.v1, sandbox.v2):
                still.enter_context(generation.store.lock)
                # how far a request has come does not go by who has looked at it
                for job in generation.store.jobs():
                    job._seen = ((0, 0), {})
            held = pickle.dumps((_parts(sandbox), sandbox.v1.store.made, sandbox.v2.store.made))
            calls = tuple(sandbox.journal.entries())
        return cls(held, calls, clock.seconds, tuple(clock.during_sleep))

    def put_back(self, sandbox: Sandbox, clock: HandClock) -> None:
        """Let it be this moment again."""
        parts, sandbox.v1.store.made, sandbox.v2.store.made = pickle.loads(self.held)
        for part, kept in zip(_parts(sandbox), parts, strict=True):
            part.clear()
            part.update(kept)
        sandbox.faults.clear()
        sandbox.journal._entries[:] = self.calls
        clock.seconds, clock.during_sleep = self.seconds, list(self.to_come)

    @property
    def world(self) -> Hashable:
        """Equal where what comes next cannot tell two moments apart; nobody goes by who has looked when."""
        acts = pickle.dumps([call for call in self.calls if call["method"] != "GET"])
        return self.held, acts, self.seconds, self.to_come


def _parts(sandbox: Sandbox) -> tuple[dict[str, Any], ...]:
    collections = sandbox.v1.collections
    return (
        sandbox.v1.store._jobs,
        sandbox.v2.store._jobs,
        collections._items,
        collections._hidden,
        sandbox.byoc._items,
        sandbox.v2._purse._spent,
    )
