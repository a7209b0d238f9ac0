"""``make bench``: measures, prints a table, leaves ``bench.json`` and, of several sizes, ``docs/bench.png``.

By default sizes of 1, 10, 100 and 300 jobs on v1, and each other condition at 100: about a quarter of an hour
on two cores. ``make bench ARGS="--all"`` takes every combination, which are hours, and empties buckets, which
``--buckets`` does alone; see ``--help`` for less.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from tests.support.sandbox import ROOT
from tools.bench.buckets import measure_buckets
from tools.bench.case import RATE_LIMIT, Case, all_cases, usual_cases
from tools.bench.example import measure_example
from tools.bench.measuring import Bench, Patience
from tools.bench.report import Report, machine
from tools.bench.startup import measure_startup
from tools.engine import ensure_engine

SIZES: Final = (1, 10, 100, 300)
ALL_SIZES: Final = (1, 10, 100, 300, 1000)
ALL_PATIENCE: Final = Patience(sequence=10, threads=1000, line_only=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for; figures are written after each case, so that a broken run leaves some."""
    asked = _parsed(arguments)
    if asked.read is not None:
        report = Report.read(asked.read)
    else:
        report = Report(machine=machine())
        _measure(asked, report)
    print(f"\n{report.text()}\n")
    if report.plot(asked.plot):
        print(f"drawn: {asked.plot}")
    return 0


def _measure(asked: argparse.Namespace, report: Report) -> None:
    if asked.buckets or asked.all:
        report.buckets = measure_buckets()
        report.write(asked.json)
    if asked.buckets:
        return
    engine = ensure_engine(os.environ, _say)
    patience = ALL_PATIENCE if asked.all else Patience()
    if asked.sequence is not None:
        patience = replace(patience, sequence=asked.sequence, line_only=False)
    if asked.threads is not None:
        patience = replace(patience, threads=asked.threads)
    with tempfile.TemporaryDirectory() as temporary:
        if not asked.cases_only:
            report.startup = measure_startup()
            report.example = measure_example(Path(temporary, "example"), engine)
            report.write(asked.json)
        bench = Bench(Path(temporary), patience, engine, _say)
        kept = [word == "with" for word in asked.checkpoints]
        cases = [replace(case, pace=asked.pace, checkpoints=k) for case in _cases(asked) for k in kept]
        for case in cases:
            report.rows.append(bench.measure(case))
            report.write(asked.json)


def _cases(asked: argparse.Namespace) -> list[Case]:
    if asked.all:
        return all_cases(asked.n or ALL_SIZES, ("v1", "v2"), (0.0, RATE_LIMIT), (True, False))
    if asked.api or asked.rate_limit or asked.budget:
        budgets = tuple(word == "with" for word in asked.budget or ("with",))
        return all_cases(asked.n or SIZES, asked.api or ("v1",), asked.rate_limit or (0.0,), budgets)
    return usual_cases(asked.n or SIZES)


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='make bench ARGS="…"', description=__doc__)
    parser.add_argument("--all", action="store_true", help="every size, API, rate and budget")
    parser.add_argument("--n", type=_numbers, help=f"sizes, such as 1,10 (default: {SIZES})")
    parser.add_argument("--api", type=_words, help="v1, v2 or both: v1,v2")
    parser.add_argument("--rate-limit", type=_rates, help="calls a minute, such as 0,600; 0 for no limit")
    parser.add_argument("--pace", type=float, help="calls a minute of this project (default: its own)")
    parser.add_argument("--budget", type=_words, help="with, without or both")
    parser.add_argument("--checkpoints", type=_words, default=("with",), help="of the engine: with, without")
    parser.add_argument("--sequence", type=int, help="jobs that the script in sequence does at most; 0: none")
    parser.add_argument("--threads", type=int, help="jobs that the 16 threads do at most; 0: none")
    parser.add_argument("--cases-only", action="store_true", help="neither the example nor start-up times")
    parser.add_argument("--buckets", action="store_true", help="empty buckets of 20,000 objects, and no more")
    parser.add_argument("--json", type=Path, default=ROOT / "bench.json", help="where figures are written")
    parser.add_argument("--plot", type=Path, default=ROOT / "docs" / "bench.png", help="where the plot goes")
    parser.add_argument("--read", type=Path, help="measure nothing: show and draw the figures of this file")
    return parser.parse_args(arguments)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(word) for word in text.split(","))


def _rates(text: str) -> tuple[float, ...]:
    return tuple(float(word) for word in text.split(","))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
