"""A command of the CLI that runs in the background."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

DEADLINE_SECONDS: Final = 900.0


class Running:
    """A command that still runs."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log

    def output(self) -> str:
        """What it has said so far."""
        return self._log.read_text(errors="replace")

    def wait_until(self, reached: Callable[[], object], deadline: float = 600.0) -> None:
        """Wait until ``reached`` says yes; fails when the command ends or ``deadline`` seconds pass."""
        until = time.monotonic() + deadline
        while not reached():
            if self.process.poll() is not None:
                raise AssertionError(f"ended early with {self.process.returncode}:\n{self.output()}")
            if time.monotonic() > until:
                raise AssertionError(f"not reached within {deadline} s:\n{self.output()}")
            time.sleep(0.05)

    def interrupt(self) -> None:
        """What Ctrl-C in a terminal does: SIGINT to the foreground process group."""
        os.killpg(self.process.pid, signal.SIGINT)

    def kill(self) -> None:
        """``kill -9`` of the CLI alone; its helpers are left to notice."""
        self.process.kill()
        self.process.wait()

    def finish(self, deadline: float = DEADLINE_SECONDS) -> tuple[str, int]:
        """Wait for its end; returns output and exit code."""
        try:
            self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            raise AssertionError(f"did not end within {deadline} s:\n{self.output()}") from None
        return self.output(), self.process.returncode
