"""What was measured, as it is written to ``bench.json``; times in seconds, memory in MB, sizes in bytes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from tools.bench.calls import Calls
from tools.bench.case import Case


@dataclass(frozen=True)
class Command:
    """One command.

    Attributes:
        seconds: how long it took.
        calls: what it called.
        cpu: seconds of processor time of the CLI and all its processes.
    """

    seconds: float
    calls: Calls = field(default_factory=Calls)
    cpu: float = 0.0


@dataclass(frozen=True)
class Floor:
    """Commands on as many dynamic resources that do nothing."""

    up: Command
    preview: Command
    refresh: Command
    destroy: Command


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
    """All figures of one case.

    Attributes:
        load: how many processes wanted to run before it began, on average of a minute; none, where only the
            bench runs.
        sequence: the document's steps one after another; None where left out.
        threads: the vendor's client in threads; None where left out.
        laden: the floor whose resources carry the payloads; None in files that were written without it.
    """

    case: Case
    floor: Floor
    ours: Ours
    sequence: Peer | None = None
    threads: Peer | None = None
    load: float = 0.0
    laden: Floor | None = None

    @property
    def limit(self) -> float:
        """The least that this update could have taken, seconds."""
        return self.case.limit(self.floor.up.seconds)

    def to_json(self) -> dict[str, Any]:
        """For ``bench.json``."""
        return {**asdict(self), "limit": self.limit}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Row:
        """The row that was written so."""
        ours = value["ours"]
        return cls(
            Case(**value["case"]),
            Floor(**_commands(value["floor"])),
            Ours(**_commands(ours), state=State(**ours["state"]), memory=ours["memory"]),
            _peer(value["sequence"]),
            _peer(value["threads"]),
            value["load"],
            None if value.get("laden") is None else Floor(**_commands(value["laden"])),
        )


def _commands(value: dict[str, Any]) -> dict[str, Command]:
    found = {name: value[name] for name in ("up", "preview", "refresh", "destroy")}
    return {name: Command(**{**one, "calls": Calls(**one["calls"])}) for name, one in found.items()}


def _peer(value: dict[str, Any] | None) -> Peer | None:
    return None if value is None else Peer(**{**value, "calls": Calls(**value["calls"])})
