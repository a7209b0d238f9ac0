"""What the Pulumi CLI tells of the project in the current folder, within the operation's patience."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from typing import Any, Final

from ..batch.answers import mapping
from ..errors import SentinelHubError
from ..waiting.patience import Ended, Patience
from ..waiting.retries import cut_off
from ..waiting.timely import CutOff, in_time
from .texts import line

#: Seconds that a command may take; a preview runs the program.
_SECONDS: Final = 600.0


class PulumiProject:
    """The project of the current folder.

    Args:
        stack: its name; None: the selected one.
        patience: the operation's.

    All methods raise SentinelHubError: there is no CLI, or it says no.
    """

    def __init__(self, stack: str | None, patience: Patience) -> None:
        self._stack = ["--stack", stack] if stack else []
        self._patience = patience

    def state(self) -> Any:
        """The stack's state; secrets stay encrypted."""
        return self._json("stack", "export")

    def preview(self) -> Any:
        """What an update would do."""
        return self._json("preview", "--json")

    def config(self) -> dict[str, str]:
        """The stack's settings by key, secrets as well: they are used, and never shown."""
        settings = mapping(self._json("config", "--json", "--show-secrets"))
        return {
            key: value
            for key, setting in settings.items()
            if isinstance(value := mapping(setting).get("value"), str)
        }

    def _json(self, *arguments: str) -> Any:
        said = self._run(*arguments)
        try:
            return json.loads(said)
        except (ValueError, RecursionError):
            raise SentinelHubError(
                "cannot understand what Pulumi says", subject=f"(pulumi {arguments[0]})", why="it is no JSON"
            ) from None

    def _run(self, *arguments: str) -> bytes:
        command = f"pulumi {' '.join(arguments[:2])}"
        found = shutil.which("pulumi")
        if found is None:
            raise SentinelHubError(
                "cannot find the Pulumi CLI",
                why="there is no pulumi on PATH",
                next_step="Install it, or give the file that `pulumi stack export` has written",
            )
        self._patience.check(f"run {command}", None)
        process = subprocess.Popen(  # noqa: S603 - found on PATH, with our own arguments
            [found, *arguments, *self._stack, "--non-interactive"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            said, complaint = in_time(process.communicate, self._patience, _SECONDS, process.kill)
        except CutOff as cut:
            why = f"it took more than {_SECONDS:.0f} s"
            raise cut_off(cut.ended or Ended.LATE, f"run {command}", None, why) from None
        if process.returncode:
            raise SentinelHubError(
                f"{command} failed",
                why=line(_words(said, complaint), 1000),
                next_step="Choose a stack with `pulumi stack select`, or with --stack",
            )
        return said


def _words(said: bytes, complaint: bytes) -> str:
    words: Sequence[str] = (complaint or said).decode("utf-8", "replace").split()
    return " ".join(words).removeprefix("error: ") or "it says nothing"
