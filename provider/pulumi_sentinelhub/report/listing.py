"""The report as text: what there is, where it lies, which tiles failed and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .amounts import pu
from .model import KINDS, Budget, Kind, Report, Section
from .texts import line

_WIDE: Final = 26


def listing(report: Report) -> str:
    """The text, without a last line break; every failed tile is in it."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    what = "what would be computed" if report.planned else "batch report"
    yield f"{line(report.title)}: {what}, made {report.made}"
    yield from (line(note, 2000) for note in report.notes)
    if len(report.sections) > 1:
        yield _fact("Tiles", f"{report.counts.total():,}")
        yield _fact("Estimate", _estimate(report.estimate, report.charge))
        if not report.planned:
            yield _fact("Cost", pu(report.cost))
    yield from map(_run, report.budgets)
    for section in report.sections:
        yield ""
        yield from _of_section(section, planned=report.planned)


def _run(run: Budget) -> str:
    of = f"{run.requests:,} request{'' if run.requests == 1 else 's'}"
    limit = "" if run.max_cost is None else f" of max_cost = {pu(run.max_cost)}"
    return _fact(f"Run {line(run.name)}", f"{line(run.status)} ({of}), {pu(run.cost)} spent{limit}")


def _of_section(section: Section, *, planned: bool) -> Iterator[str]:
    yield f"{line(section.name)}: {line(section.status)}"
    yield from (f"  {line(note, 2000)}" for note in section.notes)
    counts = section.counts
    kinds = ", ".join(f"{counts[kind]:,} {kind.value}" for kind in KINDS if counts[kind])
    if kinds:
        yield _fact("  Tiles", kinds)
    by = f" ({line(section.estimated_by)})" if section.estimated_by else ""
    yield _fact("  Estimate", f"{_estimate(section.estimate, section.charge)}{by}")
    if not planned:
        share = f" ({section.share})" if section.share else ""
        yield _fact("  Cost", f"{pu(section.cost)}{share}")
    yield from (_fact(f"  {name}", line(value)) for name, value in section.facts)
    yield from _failed(section)


def _failed(section: Section) -> Iterator[str]:
    failed = sorted((tile for tile in section.tiles if tile.kind is Kind.FAILED), key=lambda one: one.name)
    if failed:
        yield "  Failed tiles"
    for one in failed:
        yield _fact(f"    {line(one.name, 120)}", line(one.error or "the service tells no reason"))


def _estimate(value: float | None, charge: str) -> str:
    return f"{pu(value)}, {charge}" if charge else pu(value)


def _fact(name: str, value: str) -> str:
    return f"{name:<{_WIDE}} {value}"
