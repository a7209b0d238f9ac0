"""What is left of a run: ``bench.json``, the table, the plot."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tools.bench.case import ANALYSIS_SECONDS, LATENCY_MS, PROCESSING_SECONDS
from tools.bench.measured import Row
from tools.bench.plot import draw
from tools.bench.table import table

_TITLE: Final = 66


@dataclass
class Report:
    """All figures of a run.

    Attributes:
        rows: one a case.
        example: of an example, by name.
        startup: of the processes of both front ends, by name; seconds, MB and ratios.
        buckets: of emptying a bucket, by name.
        machine: what it ran on.
    """

    rows: list[Row] = field(default_factory=list)
    example: dict[str, float] = field(default_factory=dict)
    startup: dict[str, float] = field(default_factory=dict)
    buckets: dict[str, float] = field(default_factory=dict)
    machine: str = ""

    def write(self, target: Path) -> None:
        """Leave it as JSON."""
        value: dict[str, Any] = {
            "machine": self.machine,
            "rows": [row.to_json() for row in self.rows],
            "example": self.example,
            "startup": self.startup,
            "buckets": self.buckets,
        }
        target.write_text(json.dumps(value, indent=2) + "\n")

    @classmethod
    def read(cls, source: Path) -> Report:
        """What was written so."""
        value = json.loads(source.read_text())
        rows = [Row.from_json(row) for row in value["rows"]]
        figures = {name: value.get(name, {}) for name in ("example", "startup", "buckets")}
        return cls(rows, machine=value.get("machine", ""), **figures)

    def text(self) -> str:
        """All figures, to be printed."""
        parts = [] if not self.rows else [f"{CONDITIONS}\n\n{table(self.rows)}"]
        others = [figures for figures in (self.example, self.startup, self.buckets) if figures]
        parts += [
            "\n".join(f"{name:<{_TITLE}}{value:>8.4g}" for name, value in one.items()) for one in others
        ]
        return "\n\n".join(parts)

    def plot(self, target: Path) -> bool:
        """Draw the line of sizes, if there are two at least; whether there were."""
        line: Sequence[Row] = [row for row in self.rows if row.case.usual]
        if len(line) < 2:
            return False
        draw(line, target, f"{CONDITIONS}\n{self.machine}; make bench")
        return True


def _listed(figures: Mapping[str, float]) -> str:
    return "\n".join(f"{name:<{_TITLE}}{value:>8.4g}" for name, value in figures.items())


CONDITIONS = (
    f"One BatchRun over N BatchRequests of one tile each; sandbox with {LATENCY_MS:g} ms a call, "
    f"analysis {ANALYSIS_SECONDS:g} s, processing {PROCESSING_SECONDS:g} s"
)


def machine() -> str:
    """Its size, in words."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{cores} cores, {memory:.0f} GB, everything on one machine"
