"""The Pulumi CLI as a program: found, and run within an operation's patience."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from ..errors import SentinelHubError
from ..shown import fit
from ..waiting.patience import Ended, Patience
from ..waiting.retries import cut_off
from ..waiting.timely import CutOff, in_time

_NAMES: Final = ("pulumi", "pulumi.exe")
_PROC: Final = Path("/proc")
#: Processes between the CLI and ours: the launcher of a language host or of a plugin, and its shells.
_GENERATIONS: Final = 8


def find() -> str | None:
    """The CLI that has started this process, as far as that can be seen; else the one on PATH, or None."""
    return next(_ancestors(), None) or shutil.which("pulumi")


def require(otherwise: str) -> str:
    """The CLI. Raises SentinelHubError where there is none; ``otherwise`` is what to do but to install it."""
    found = find()
    if found is None:
        raise SentinelHubError(
            "cannot find the Pulumi CLI",
            why="there is no pulumi on PATH",
            next_step=f"Install it, or {otherwise}",
        )
    return found


def run(program: str, arguments: Sequence[str], patience: Patience, *, seconds: float, next_step: str) -> Any:
    """What a command of the CLI prints, which has to be JSON.

    Args:
        program: the CLI.
        arguments: of the command.
        patience: the operation's.
        seconds: that the command may take.
        next_step: what to do where it fails.

    Raises:
        SentinelHubError: it says no, or no JSON.
        Interrupted, DeadlineExceeded: before its end.
    """
    command = f"pulumi {' '.join(arguments[:2])}"
    patience.check(f"run {command}", None)
    process = subprocess.Popen(  # noqa: S603 - found by us, with our own arguments
        [program, *arguments, "--non-interactive"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        said, complaint = in_time(process.communicate, patience, seconds, process.kill)
    except CutOff as cut:
        why = f"it took more than {seconds:.0f} s"
        raise cut_off(cut.ended or Ended.LATE, f"run {command}", None, why) from None
    if process.returncode:
        words = " ".join((complaint or said).decode("utf-8", "replace").split())
        why = fit(words.removeprefix("error: ") or "it says nothing", 1000)
        raise SentinelHubError(f"{command} failed", why=why, next_step=next_step)
    try:
        return json.loads(said)
    except (ValueError, RecursionError):
        raise SentinelHubError(
            "cannot understand what Pulumi says", subject=f"({command})", why="it is no JSON"
        ) from None


def _ancestors() -> Iterator[str]:
    """Programs called ``pulumi`` among the processes that have started this one; Linux alone tells."""
    process = os.getppid()
    for _ in range(_GENERATIONS):
        try:
            program = (_PROC / str(process) / "exe").readlink()
            status = (_PROC / str(process) / "stat").read_text()
            # the second field, a name in brackets, may hold anything
            process = int(status.rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            return
        if program.name in _NAMES:
            yield str(program)
