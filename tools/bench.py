"""``make bench``: what an update of the root program costs, next to that of an empty program in the same run.

Printed as a table and written to ``bench.json``: wall times as a ratio (the machine cancels out), calls to
the service and to S3, tokens, and the peak resident memory of the provider and of the sandbox.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.cli import Stack, copy_example, write_project
from tests.support.sandbox import ROOT, own_process
from tools.engine import ensure_engine

if TYPE_CHECKING:
    from collections.abc import Iterator

EMPTY_ROUNDS = 3
EXAMPLE = "geotiff"
EMPTY = "import pulumi\npulumi.export('nothing', 1)\n"
# the sandbox's own share of the time, so that it is known what is waited for
SANDBOX_OPTIONS = ("--analysis-seconds", "1", "--processing-seconds", "2")
_SAMPLE_SECONDS = 0.1


class Memory:
    """Peak resident memory, MB, of processes whose command line contains a word."""

    def __init__(self, words: dict[str, str]) -> None:
        self._words = words
        self.peaks = dict.fromkeys(words, 0.0)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Sample while the block runs."""
        done = threading.Event()
        thread = threading.Thread(target=self._watch, args=(done,))
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _watch(self, done: threading.Event) -> None:
        while not done.wait(_SAMPLE_SECONDS):
            listing = subprocess.run(
                ["ps", "-ww", "-eo", "rss=,args="], capture_output=True, text=True, check=True
            )
            for line in listing.stdout.splitlines():
                size, _, command = line.strip().partition(" ")
                for name, word in self._words.items():
                    if word in command:
                        self.peaks[name] = max(self.peaks[name], int(size) / 1024)


def measure(folder: Path) -> dict[str, float]:
    """All numbers, in the order in which they are shown; times in seconds, memory in MB."""
    engine = ensure_engine(os.environ, print)
    memory = Memory({"provider": "dynamic_provider.py", "sandbox": "sentinelhub_sandbox"})
    times: dict[str, list[float]] = {"empty": [], "first": [], "again": [], "destroy": []}
    calls: Counter[str] = Counter()
    with own_process(folder / "sandbox", *SANDBOX_OPTIONS) as sandbox:
        for number in range(EMPTY_ROUNDS):
            home = folder / f"empty-{number}"
            empty = Stack(home, write_project(home / "project", EMPTY), engine, sandbox)
            times["empty"].append(empty.up().seconds)
        full = Stack(folder / "full", copy_example(EXAMPLE, folder / "full-project"), engine, sandbox)
        full.config("sentinelhub:pollInterval", "1")
        with memory.watched():
            times["first"].append(full.up().seconds)
            calls = Counter(_kind(call) for call in sandbox.journal())
            times["again"].append(full.up().seconds)
            times["destroy"].append(full.destroy().seconds)
    median = {name: statistics.median(values) for name, values in times.items()}
    return {
        "empty update, s": median["empty"],
        "first update, s": median["first"],
        "first update / empty": median["first"] / median["empty"],
        "update without changes / empty": median["again"] / median["empty"],
        "destroy / empty": median["destroy"] / median["empty"],
        "calls to Sentinel Hub, first update": calls["service"],
        "calls to S3 by the provider, first update": calls["s3"],
        "tokens fetched, first update": calls["token"],
        "provider, peak MB": memory.peaks["provider"],
        "sandbox, peak MB": memory.peaks["sandbox"],
    }


def _kind(call: dict[str, object]) -> str:
    if call.get("service") == "s3":
        return "s3"
    return "token" if str(call["path"]).endswith("/token") else "service"


def main() -> int:
    """Measure, print, and leave ``bench.json``."""
    with tempfile.TemporaryDirectory() as temporary:
        numbers = measure(Path(temporary))
    for name, value in numbers.items():
        print(f"{name:<45}{value:>8.4g}")
    (ROOT / "bench.json").write_text(json.dumps(numbers, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
