"""The options of a running sandbox: some of them may change while it runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .options import SandboxOptions
from .wire import Json, bad

CHANGEABLE = (
    "stale_reads_seconds",
    "latency_ms",
    "fail_tiles",
    "rate_limit",
    "analysis_seconds",
    "processing_seconds",
    "account_pu",
    "restart_minutes",
    "restart_minutes_out_of_pu",
    "ingestion_seconds",
    "metadata_seconds",
)
# Options that may have no value at all.
OPTIONAL = ("account_pu",)


class LiveOptions:
    """Holds the options that are in force.

    Args:
        options: those that the sandbox starts with.
    """

    def __init__(self, options: SandboxOptions) -> None:
        self._first = self.now = options

    def reset(self) -> None:
        """Back to the options of the start."""
        self.now = self._first

    def change(self, wish: Json) -> None:
        """Put other values in force. Raises ApiError (400), and changes nothing then."""
        for name, value in wish.items():
            if name not in CHANGEABLE:
                raise bad(name, f"Unknown or fixed option; these can change: {', '.join(CHANGEABLE)}.")
            if value is not None or name not in OPTIONAL:
                natural(value, name)
        if wish.get("fail_tiles", 0) > 1:
            raise bad("fail_tiles", "Must be between 0 and 1.")
        changes: dict[str, Any] = {
            name: None if value is None else float(value) for name, value in wish.items()
        }
        self.now = replace(self.now, **changes)

    def changeable(self) -> Json:
        """The options that can change, as they are now."""
        return {name: getattr(self.now, name) for name in CHANGEABLE}


def natural(value: Any, name: str) -> float:
    """A number that is not negative. Raises ApiError (400)."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise bad(name, "Must be a number, not negative.")
    return float(value)
