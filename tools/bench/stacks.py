"""Stacks that are measured: a program, its commands, and the calls that each of them makes."""

from __future__ import annotations

import resource
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tests.support.cli import Stack, write_project
from tests.support.sandbox import Controls
from tools.bench.calls import counted
from tools.bench.measured import Command
from tools.engine import Engine

DEADLINE_SECONDS: Final = 3600.0
_COMMANDS: Final = {
    "up": ("up", "--yes", "--skip-preview"),
    "preview": ("preview", "--expect-no-changes"),
    "refresh": ("refresh", "--yes", "--skip-preview"),
    "destroy": ("destroy", "--yes", "--skip-preview"),
}


class MeasuredStack:
    """One program on one stack.

    Args:
        folder: for the project and the CLI's own files.
        program: text of ``__main__.py``.
        files: further files of the project, by name.
        environ: variables beside the usual ones.
    """

    def __init__(
        self,
        folder: Path,
        program: str,
        engine: Engine,
        sandbox: Controls,
        files: Mapping[str, str],
        *,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        project = write_project(folder / "project", program)
        for name, text in files.items():
            (project / name).write_text(text)
        self.stack = Stack(folder, project, engine, sandbox, environ=environ)
        self._sandbox = sandbox

    def measure(self, command: str) -> Command:
        """Run ``up``, ``preview``, ``refresh`` or ``destroy``. Raises AssertionError when it fails."""
        self._sandbox.control("DELETE", "journal")
        before = _cpu_of_children()
        result = self.stack.run(*_COMMANDS[command], deadline=DEADLINE_SECONDS)
        cpu = _cpu_of_children() - before
        return Command(result.seconds, counted(self._sandbox.journal()), cpu)

    def deployment(self) -> dict[str, Any]:
        """As ``pulumi stack export`` gives it."""
        return dict(self.stack.export(show_secrets=False)["deployment"])


def _cpu_of_children() -> float:
    """Seconds of processor time of all processes below this one that have ended; the sandbox has not."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
