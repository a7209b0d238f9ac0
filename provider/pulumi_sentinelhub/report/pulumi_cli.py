"""What the Pulumi CLI tells of the project in the current folder, within the operation's patience."""

from __future__ import annotations

from typing import Any, Final

from ..batch.answers import mapping
from ..engine import pulumi_cli
from ..waiting.patience import Patience

#: Seconds that a command may take; a preview runs the program.
_SECONDS: Final = 600.0
_NEXT_STEP: Final = "Choose a stack with `pulumi stack select`, or with --stack"


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
        program = pulumi_cli.require("give the file that `pulumi stack export` has written")
        command = [*arguments, *self._stack]
        return pulumi_cli.run(program, command, self._patience, seconds=_SECONDS, next_step=_NEXT_STEP)
