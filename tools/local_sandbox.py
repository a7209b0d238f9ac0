"""The sandbox as a background process: started, found again, stopped."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sentinelhub_sandbox.environment import variables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MODULE = "sentinelhub_sandbox"
READY_SECONDS = 90.0
STOP_SECONDS = 10.0


class SandboxError(Exception):
    """The sandbox did not start, or cannot be stopped."""


@dataclass(frozen=True)
class SandboxProcess:
    """A running sandbox.

    Attributes:
        pid: its process id; it leads a process group of its own.
        endpoints: its ready line: addresses and credentials.
    """

    pid: int
    endpoints: Mapping[str, str]

    def environment(self) -> dict[str, str]:
        """What a program needs to reach it, under Sentinel Hub's and AWS's own names of variables."""
        return variables(self.endpoints)

    def alive(self) -> bool:
        """Whether the process is there, is a sandbox, and answers."""
        if MODULE not in command_of(self.pid):
            return False
        try:
            with urllib.request.urlopen(f"{self.endpoints['base_url']}/_sandbox/journal", timeout=10):  # noqa: S310 - loopback
                return True
        except OSError:
            return False

    def stop(self) -> None:
        """End it, gently first. A process that is not a sandbox any more is left alone.

        Raises:
            SandboxError: it is still there after being killed.
        """
        for sign in (signal.SIGTERM, signal.SIGKILL):
            if MODULE not in command_of(self.pid):
                return
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, sign)
            deadline = time.monotonic() + STOP_SECONDS
            while time.monotonic() < deadline:
                with contextlib.suppress(ChildProcessError):  # it may be our own child: do not leave a zombie
                    os.waitpid(self.pid, os.WNOHANG)
                if MODULE not in command_of(self.pid):
                    return
                time.sleep(0.05)
        raise SandboxError(f"the sandbox (process {self.pid}) does not end")


def start(
    python: Path, folder: Path, options: Sequence[str] = (), environ: Mapping[str, str] | None = None
) -> SandboxProcess:
    """Start a sandbox that outlives this process; its ready line and its log go to ``folder``.

    Raises:
        SandboxError: it ended, or said nothing for 90 seconds; with the end of its log.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ready, log = folder / "sandbox.out", folder / "sandbox.log"
    with ready.open("wb") as out, log.open("wb") as err:
        process = subprocess.Popen(
            [str(python), "-m", MODULE, *options],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
            env=None if environ is None else dict(environ),
        )
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        first, complete, _ = ready.read_text().partition("\n")
        if complete:
            return SandboxProcess(process.pid, json.loads(first))
        if process.poll() is not None:
            break
        time.sleep(0.05)
    else:
        process.kill()
        process.wait()
    tail = "\n".join(log.read_text(errors="replace").strip().splitlines()[-15:])
    raise SandboxError(f"the sandbox did not start (exit code {process.returncode}):\n{tail}")


def save(sandbox: SandboxProcess, folder: Path) -> None:
    """Remember it for a later :func:`load`."""
    (folder / "sandbox.pid").write_text(f"{sandbox.pid}\n")
    (folder / "endpoints.json").write_text(json.dumps(dict(sandbox.endpoints)) + "\n")


def load(folder: Path) -> SandboxProcess | None:
    """The sandbox that was remembered, alive or not."""
    try:
        pid = int((folder / "sandbox.pid").read_text())
        return SandboxProcess(pid, json.loads((folder / "endpoints.json").read_text()))
    except (OSError, ValueError):
        return None


def command_of(pid: int) -> str:
    """The command line of a process; empty when there is none, or only its remains."""
    done = subprocess.run(
        ["ps", "-ww", "-o", "stat=,args=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, command = done.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else command.strip()
