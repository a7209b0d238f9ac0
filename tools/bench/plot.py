"""The plot: what a line of sizes takes, beside its peers, and how many calls a job needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from tools.bench.measured import Command, Peer, Row
from tools.bench.table import PAGE_SIZE

_INCHES: Final = (9.6, 4.2)
_DOTS_PER_INCH: Final = 130
Value = Callable[[Row], float | None]


def _seconds(peer: Peer | None) -> float | None:
    return None if peer is None else peer.seconds


#: Told apart without colour, too.
_LINES: Final[tuple[tuple[str, str, str, str, Value], ...]] = (
    ("steps one after another", "#b3541e", "s", ":", lambda row: _seconds(row.sequence)),
    ("vendor's client, 16 threads", "#7b5ea7", "^", "-.", lambda row: _seconds(row.threads)),
    ("pulumi up", "#0b6e99", "o", "-", lambda row: row.ours.up.seconds),
    ("limit", "#555555", "", "--", lambda row: row.limit),
)
_CALLS: Final[tuple[tuple[str, str, str, str, Value], ...]] = (
    ("up", "#0b6e99", "o", "-", lambda row: _calls_a_job(row, row.ours.up)),
    ("destroy", "#7b5ea7", "^", "-.", lambda row: _calls_a_job(row, row.ours.destroy)),
    ("refresh", "#b3541e", "s", ":", lambda row: _calls_a_job(row, row.ours.refresh)),
)


def _calls_a_job(row: Row, command: Command) -> float:
    return command.calls.to_service / row.case.n


def draw(rows: Sequence[Row], target: Path, caption: str) -> None:
    """Write a PNG on white, which is read in light and dark alike.

    Args:
        rows: of one line of sizes.
        target: the file.
        caption: the machine's size, and how the figures are had.
    """
    from matplotlib.figure import Figure

    rows = sorted(rows, key=lambda row: row.case.n)
    figure: Any = Figure(figsize=_INCHES, dpi=_DOTS_PER_INCH, facecolor="white", layout="constrained")
    times, calls = figure.subplots(1, 2, width_ratios=(3, 2))
    _times(times, rows)
    _calls(calls, rows)
    for axes in (times, calls):
        axes.set_xscale("log")
        axes.set_xticks([row.case.n for row in rows], [str(row.case.n) for row in rows])
        axes.minorticks_off()
        axes.set_xlabel("jobs in one update (N)")
        axes.grid(visible=True, color="#dddddd")
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, fontsize=8)
    figure.supxlabel(caption, fontsize=7, color="#555555")
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, metadata={"Software": None})


def _times(axes: Any, rows: Sequence[Row]) -> None:
    axes.set_title("from nothing to all results", fontsize=10)
    axes.set_yscale("log")
    axes.set_ylabel("seconds")
    for label, colour, marker, style, value in _LINES:
        points = [(row.case.n, seconds) for row in rows if (seconds := value(row)) is not None]
        if points:
            axes.plot(
                *zip(*points, strict=True), style, color=colour, marker=marker, label=label, markersize=5
            )
    guessed = [(row.case.n, peer.seconds) for row in rows for peer in _guessed(row)]
    if guessed:
        # over the filled marks
        axes.plot(
            *zip(*guessed, strict=True),
            "o",
            color="white",
            markeredgecolor="#555555",
            markersize=4,
            zorder=5,
            label="dot: taken in proportion from fewer jobs",
        )
    axes.yaxis.set_major_formatter("{x:g}")


def _guessed(row: Row) -> list[Peer]:
    return [peer for peer in (row.sequence, row.threads) if peer is not None and peer.measured < row.case.n]


def _calls(axes: Any, rows: Sequence[Row]) -> None:
    axes.set_title(f"calls to the service a job (pages of {PAGE_SIZE})", fontsize=10)
    sizes = [row.case.n for row in rows]
    for label, colour, marker, style, value in _CALLS:
        values = [value(row) for row in rows]
        axes.plot(sizes, values, style, color=colour, marker=marker, label=label, markersize=5)
    axes.set_ylim(bottom=0)
