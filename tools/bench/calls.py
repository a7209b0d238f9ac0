"""Which calls were made, from the sandbox's journal."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

#: By the first pattern that is found in "METHOD path".
KINDS: Final = (
    ("tokens", re.compile(r"/token$")),
    ("POST", re.compile(r"^POST \S+/process$")),
    ("analyse", re.compile(r"^POST \S+/analyse$")),
    ("start", re.compile(r"^POST \S+/start$")),
    ("other actions", re.compile(r"^POST \S+/process/[^/]+/\w+$")),
    ("lists", re.compile(r"^GET \S+/process$")),
    ("tiles", re.compile(r"^GET \S+/process/[^/]+/tiles")),
    ("single reads", re.compile(r"^GET \S+/process/[^/]+$")),
    ("DELETE", re.compile(r"^DELETE ")),
)
OTHER: Final = "other"
S3: Final = "S3"
NAMES: Final = (*(name for name, _ in KINDS), OTHER, S3)
_REFUSED: Final = 429


@dataclass(frozen=True)
class Calls:
    """The calls of one command.

    Attributes:
        kinds: how many of each kind; those that were refused are not among them.
        refused: how many were refused by the rate limit.
        lists_before: lists that came before the last request was made.
    """

    kinds: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    lists_before: int = 0

    @property
    def to_service(self) -> int:
        """All that the rate limit of the batch API counts and lets through."""
        return sum(number for name, number in self.kinds.items() if name not in {"tokens", S3})


def kind_of(call: Mapping[str, Any]) -> str:
    """The kind of one call."""
    if call["service"] == "s3":
        return S3
    text = f"{call['method']} {str(call['path']).rstrip('/')}"
    return next((name for name, pattern in KINDS if pattern.search(text)), OTHER)


def counted(journal: Sequence[Mapping[str, Any]]) -> Calls:
    """The calls of a journal, which is in the order of their ends."""
    answered = [call for call in journal if call["status"] != _REFUSED]
    refused = len(journal) - len(answered)
    kinds = [kind_of(call) for call in answered]
    made = [place for place, kind in enumerate(kinds) if kind == "POST"]
    before = kinds[: made[-1]].count("lists") if made else 0
    return Calls(dict(Counter(kinds)), refused, before)
