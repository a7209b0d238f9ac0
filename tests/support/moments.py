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
            held = hold(sandbox)
            calls = tuple(sandbox.journal.entries())
        return cls(held, calls, clock.seconds, tuple(clock.during_sleep))

    def put_back(self, sandbox: Sandbox, clock: HandClock) -> None:
        """Let it be this moment again."""
        hold_again(sandbox, self.held)
        sandbox.faults.clear()
        sandbox.journal._entries[:] = self.calls
        clock.seconds, clock.during_sleep = self.seconds, list(self.to_come)

    @property
    def world(self) -> Hashable:
        """Equal where what comes next cannot tell two moments apart; nobody goes by who has looked when."""
        acts = pickle.dumps([call for call in self.calls if call["method"] != "GET"])
        return self.held, acts, self.seconds, self.to_come


def hold(sandbox: Sandbox) -> bytes:
    """What its calls have made, but for tokens and the journal."""
    return pickle.dumps([vars(of)[name] for of, name in _places(sandbox)])


def hold_again(sandbox: Sandbox, held: bytes) -> None:
    """Have it hold that, and nothing else."""
    for (of, name), value in zip(_places(sandbox), pickle.loads(held), strict=True):
        setattr(of, name, value)


def _places(sandbox: Sandbox) -> list[tuple[Any, str]]:
    """Where a sandbox that renders nothing keeps what calls make."""
    v1, v2 = sandbox.v1, sandbox.v2
    return [
        *((store, name) for store in (v1.store, v2.store) for name in ("_jobs", "made")),
        *((v1.collections, name) for name in ("_items", "_hidden")),
        (v2._purse, "_spent"),
        (sandbox.byoc, "_items"),
    ]
