"""The table: one column a case, one row a figure, its aim at the end; a star marks what misses its aim."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tools.bench.calls import NAMES
from tools.bench.case import RATE_LIMIT
from tools.bench.measured import Command, Peer, Row

PAGE_SIZE: Final = 100
STATE_REST_BYTES: Final = 1024
MEMORY_MB: Final = 120
MANY: Final = 100
"""Jobs from which on the aims for one job count: below, what a run needs but once weighs more."""

Value = Callable[[Row], float | None]


@dataclass(frozen=True)
class Figure:
    """One row of the table.

    Attributes:
        title: what it is.
        value: of a case; None where it was not measured.
        most: what it is to be at most, for this case; None where nothing is aimed at.
        aim: the same in words.
        guessed: whether the value was taken in proportion from fewer jobs.
    """

    title: str
    value: Value
    most: Value = lambda _: None
    aim: str = ""
    guessed: Callable[[Row], bool] = lambda _: False

    def cell(self, row: Row) -> str:
        """The value as it is shown, with a star when it misses its aim and ``~`` when it is guessed."""
        value, most = self.value(row), self.most(row)
        if value is None:
            return "-"
        missed = most is not None and value > most
        return f"{'~' if self.guessed(row) else ''}{_shown(value)}{'*' if missed else ''}"


def _shown(value: float) -> str:
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def _against_both(row: Row) -> float:
    """What the service's published rate allows at most holds every client."""
    return row.ours.up.seconds / max(row.limit, row.case.at_rate(RATE_LIMIT))


def _cpu(row: Row) -> float | None:
    return row.ours.up.cpu / row.floor.up.cpu if row.floor.up.cpu else None


def _previews(row: Row) -> float | None:
    """Against a floor that carries the same payloads."""
    return None if row.laden is None else row.ours.preview.seconds / row.laden.preview.seconds


def _held(row: Row) -> float | None:
    """What payloads alone add to the floor."""
    return None if row.laden is None else row.laden.preview.seconds / row.floor.preview.seconds


def _against(name: str) -> Value:
    def value(row: Row) -> float | None:
        peer = _peer(row, name)
        return None if peer is None else row.ours.up.seconds / peer.seconds

    return value


def _guessed(name: str) -> Callable[[Row], bool]:
    def guessed(row: Row) -> bool:
        peer = _peer(row, name)
        return peer is not None and peer.measured < row.case.n

    return guessed


def _peer(row: Row, name: str) -> Peer | None:
    return row.sequence if name == "sequence" else row.threads


def _apart_from_lists(command: Command) -> int:
    return command.calls.to_service - command.calls.kinds.get("lists", 0)


def _from_100(most_at_100: float, most_at_1000: float | None = None) -> Value:
    """An aim that is for many jobs: one up to 300, another above."""

    def most(row: Row) -> float | None:
        if row.case.n < MANY or row.case.rate_limit:
            return None
        return most_at_100 if row.case.n <= 300 or most_at_1000 is None else most_at_1000

    return most


def _kind(name: str) -> Figure:
    return Figure(f"  {name} / N", lambda row: row.ours.up.calls.kinds.get(name, 0) / row.case.n)


FIGURES: Final = (
    Figure("pulumi up, s", lambda row: row.ours.up.seconds),
    Figure("floor, s", lambda row: row.floor.up.seconds),
    Figure("limit, s", lambda row: row.limit),
    Figure(
        "up / limit", lambda r: r.ours.up.seconds / r.limit, _from_100(1.3, 1.5), "1.3 at 100, 1.5 at 1000"
    ),
    Figure(f"calls at {RATE_LIMIT:g} a minute, s", lambda row: row.case.at_rate(RATE_LIMIT)),
    Figure("up / the longer of both", _against_both),
    Figure(
        "up / steps one after another",
        _against("sequence"),
        _from_100(1 / 40),
        "1/40 at 100",
        _guessed("sequence"),
    ),
    Figure("up / 16 threads", _against("threads"), _from_100(0.7), "0.7 at 100", _guessed("threads")),
    Figure(
        "calls / N at up, lists apart",
        lambda row: _apart_from_lists(row.ours.up) / row.case.n,
        lambda row: None if row.case.n < MANY else 4.2 if row.case.budget else 3.2,
        "4.2 with a budget, 3.2 without",
    ),
    *(_kind(name) for name in NAMES if name not in {"S3", "DELETE"}),
    Figure("list pages at up", lambda row: row.ours.up.calls.kinds.get("lists", 0)),
    Figure("lists before creates", lambda row: row.ours.up.calls.lists_before, lambda _: 1, "1"),
    Figure(
        "calls / N at refresh",
        lambda row: row.ours.refresh.calls.to_service / row.case.n,
        lambda row: 1 / PAGE_SIZE + 2 / row.case.n,
        f"1/{PAGE_SIZE} + 2/N",
    ),
    Figure(
        "calls / N at destroy",
        lambda row: row.ours.destroy.calls.to_service / row.case.n,
        lambda _: 2.1,
        "2.1",
    ),
    Figure("refused at up", lambda row: row.ours.up.calls.refused, lambda _: 4, "< 5"),
    Figure("refused at refresh", lambda row: row.ours.refresh.calls.refused, lambda _: 4, "< 5"),
    Figure("refused at destroy", lambda row: row.ours.destroy.calls.refused, lambda _: 4, "< 5"),
    Figure(
        "preview without changes / floor's",
        lambda row: row.ours.preview.seconds / row.floor.preview.seconds,
        lambda _: 1.2,
        "1.2",
    ),
    Figure("  floor with payloads / floor's", _held),
    Figure("  preview / that floor's", _previews),
    Figure("refresh, s", lambda row: row.ours.refresh.seconds),
    Figure("refresh / floor's", lambda row: row.ours.refresh.seconds / row.floor.refresh.seconds),
    Figure("destroy, s", lambda row: row.ours.destroy.seconds),
    Figure("destroy / floor's", lambda row: row.ours.destroy.seconds / row.floor.destroy.seconds),
    Figure("CPU of up, s", lambda row: row.ours.up.cpu),
    Figure("CPU of up / floor's", _cpu),
    Figure("payload a request, bytes", lambda row: row.ours.state.payload),
    Figure(
        "state a request, besides it",
        lambda row: row.ours.state.request - row.ours.state.payload,
        lambda _: STATE_REST_BYTES,
        f"{STATE_REST_BYTES}",
    ),
    Figure("state of the run / N, bytes", lambda row: row.ours.state.run / row.case.n),
    Figure(
        "provider, peak MB",
        lambda row: row.ours.memory["provider"],
        lambda _: MEMORY_MB,
        f"{MEMORY_MB} at 1000",
    ),
    Figure("program, peak MB", lambda row: row.ours.memory["program"]),
    Figure("sandbox, peak MB", lambda row: row.ours.memory["sandbox"]),
    Figure("load of the machine before", lambda row: row.load),
)


def table(rows: Sequence[Row]) -> str:
    """All figures of all cases, aligned, with what the signs mean below."""
    head = ["", *(row.case.name for row in rows), "aim, at most"]
    lines = [head, *([figure.title, *map(figure.cell, rows), figure.aim] for figure in FIGURES)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    shown = []
    for first, *cells, aim in lines:
        middle = "  ".join(cell.rjust(width) for cell, width in zip(cells, widths[1:-1], strict=True))
        shown.append(f"{first.ljust(widths[0])}  {middle}  {aim}".rstrip())
    return "\n".join([*shown, *_notes(rows)])


def _notes(rows: Sequence[Row]) -> list[str]:
    notes = ["* misses its aim; calls that were refused are counted apart"]
    for name, title in (("sequence", "steps one after another"), ("threads", "16 threads")):
        least = {peer.measured for row in rows if (peer := _peer(row, name)) and peer.measured < row.case.n}
        if least:
            counts = ", ".join(map(str, sorted(least)))
            notes.append(f"~ {title}: measured with {counts} jobs, the time taken in proportion")
    return notes
