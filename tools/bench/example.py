"""What an update of an example costs, next to that of an empty program: the machine cancels out."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Final

from tests.support.cli import Stack, copy_example, write_project
from tests.support.sandbox import own_process
from tools.bench.calls import S3, counted
from tools.bench.memory import Memory
from tools.engine import Engine

EMPTY_ROUNDS: Final = 3
EXAMPLE: Final = "geotiff"
EMPTY: Final = "import pulumi\npulumi.export('nothing', 1)\n"
# the sandbox's own share of the time, so that it is known what is waited for
SANDBOX_OPTIONS: Final = ("--analysis-seconds", "1", "--processing-seconds", "2")


def measure_example(folder: Path, engine: Engine) -> dict[str, float]:
    """All numbers, in the order in which they are shown; times in seconds, memory in MB."""
    memory = Memory()
    times: dict[str, list[float]] = {"empty": [], "first": [], "again": [], "destroy": []}
    with own_process(folder / "sandbox", *SANDBOX_OPTIONS) as sandbox:
        for number in range(EMPTY_ROUNDS):
            home = folder / f"empty-{number}"
            empty = Stack(home, write_project(home / "project", EMPTY), engine, sandbox)
            times["empty"].append(empty.up().seconds)
        full = Stack(folder / "full", copy_example(EXAMPLE, folder / "full-project"), engine, sandbox)
        full.config("sentinelhub:pollInterval", "1")
        with memory.watched():
            times["first"].append(full.up().seconds)
            calls = counted(sandbox.journal())
            times["again"].append(full.up().seconds)
            times["destroy"].append(full.destroy().seconds)
    median = {name: statistics.median(values) for name, values in times.items()}
    return {
        "empty update, s": median["empty"],
        "first update, s": median["first"],
        "first update / empty": median["first"] / median["empty"],
        "update without changes / empty": median["again"] / median["empty"],
        "destroy / empty": median["destroy"] / median["empty"],
        "calls to Sentinel Hub, first update": calls.to_service,
        "calls to S3 by the provider, first update": calls.kinds.get(S3, 0),
        "tokens fetched, first update": calls.kinds.get("tokens", 0),
        "provider, peak MB": memory.peaks["provider"],
        "sandbox, peak MB": memory.peaks["sandbox"],
    }
