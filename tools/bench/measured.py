"""What was measured, as it is written to ``bench.json``; times in seconds, memory in MB, sizes in bytes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from tools.bench.calls import Calls
from tools.bench.case import Case


@dataclass(frozen=True)
class Command:
    """One command, or one peer's whole work: how long it took, and its calls."""

    seconds: float
    calls: Calls = field(default_factory=Calls)


@dataclass(frozen=True)
class Floor:
    """Commands on as many empty dynamic resources."""

    up: float
    preview: float
    refresh: float
    destroy: float


@dataclass(frozen=True)
class State:
    """Bytes in ``pulumi stack export``.

    Attributes:
        request: of a BatchRequest, on average.
        payload: of the payload that was given for it, as compact JSON.
        run: of the BatchRun.
    """

    request: float
    payload: float
    run: float


@dataclass(frozen=True)
class Ours:
    """Commands on the jobs, and what they took of state and memory."""

    up: Command
    preview: Command
    refresh: Command
    destroy: Command
    state: State
    memory: dict[str, float]


@dataclass(frozen=True)
class Peer:
    """How another program did the same jobs.

    Attributes:
        measured: number of jobs that it really did; ``seconds`` is for all jobs of the case, in proportion
            where they are more.
    """

    seconds: float
    measured: int
    calls: Calls


@dataclass(frozen=True)
class Row:
    """All figures of one case; peers that were left out are None."""

    case: Case
    floor: Floor
    ours: Ours
    sequence: Peer | None = None
    threads: Peer | None = None

    @property
    def limit(self) -> float:
        """The least that this update could have taken, seconds."""
        return self.case.limit(self.floor.up)

    def to_json(self) -> dict[str, Any]:
        """For ``bench.json``."""
        return {**asdict(self), "limit": self.limit}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Row:
        """The row that was written so."""
        ours = value["ours"]
        commands = {name: _command(ours[name]) for name in ("up", "preview", "refresh", "destroy")}
        return cls(
            Case(**value["case"]),
            Floor(**value["floor"]),
            Ours(**commands, state=State(**ours["state"]), memory=ours["memory"]),
            _peer(value["sequence"]),
            _peer(value["threads"]),
        )


def _command(value: dict[str, Any]) -> Command:
    return Command(value["seconds"], Calls(**value["calls"]))


def _peer(value: dict[str, Any] | None) -> Peer | None:
    return None if value is None else Peer(**{**value, "calls": Calls(**value["calls"])})
