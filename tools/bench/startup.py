"""How long the process that hosts dynamic providers takes to be ready, and to import this package."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from typing import Final

from tests.support.sandbox import ROOT

ROUNDS: Final = 3
LAUNCHER: Final = ROOT / "tools" / "engine" / "launchers" / "dynamic_provider.py"
NOBODY: Final = "127.0.0.1:1"
"""An engine's address: the host only notes it."""
DEADLINE_SECONDS: Final = 60.0
_IMPORTS: Final = {
    "python that imports pulumi.dynamic, s": "import pulumi.dynamic",
    "... and the providers, s": "import pulumi.dynamic, pulumi_sentinelhub.dynamic.providers",
    "... and the resources, s": "import pulumi.dynamic, pulumi_sentinelhub",
}


def measure_startup() -> dict[str, float]:
    """Medians, seconds; files are in the system's cache."""
    found = {"dynamic host, until it listens, s": _median([str(LAUNCHER), NOBODY], until_first_line=True)}
    for name, text in _IMPORTS.items():
        found[name] = _median(["-c", text], until_first_line=False)
    return found


def _median(arguments: list[str], *, until_first_line: bool) -> float:
    """Of several rounds after one that is not counted."""
    rounds = [_seconds(arguments, until_first_line=until_first_line) for _ in range(ROUNDS + 1)]
    return statistics.median(rounds[1:])


def _seconds(arguments: list[str], *, until_first_line: bool) -> float:
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "provider")}
    started = time.monotonic()
    with subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, env=environ) as process:
        try:
            if until_first_line:
                assert process.stdout is not None
                process.stdout.readline()
            else:
                process.wait(DEADLINE_SECONDS)
            return time.monotonic() - started
        finally:
            process.kill()
