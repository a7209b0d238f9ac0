"""Reading declared JSON that may hold anything: absent, not known yet, secret, or of a wrong kind."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from ....finding import Finding, Severity
from ....shown import fit
from ....values import (
    UNKNOWN,
    contains_secret,
    contains_unknown,
    described,
    is_unknown,
    path_text,
    steps_text,
)

SHOWN: Final = 60
"""Characters of a text of others within a message."""
_LONGEST_WORD: Final = 60
_SECRET = ("is not right, and no more is shown of it, as it is secret", "make it plain to see what is wrong")


@dataclass(frozen=True)
class Node:
    """A value with its path. Looking into it never fails; what is not there is a node that is ``absent``."""

    path: str
    value: Any

    def __getitem__(self, key: str) -> Node:
        path = f"{self.path}{steps_text((key,))}" if self.path else path_text((key,))
        if is_unknown(self.value):
            return Node(path, UNKNOWN)
        return Node(path, self.value.get(key) if isinstance(self.value, Mapping) else None)

    def elements(self) -> list[Node]:
        """The elements of a list, nothing for anything else."""
        if not isinstance(self.value, (list, tuple)):
            return []
        return [Node(f"{self.path}[{i}]", element) for i, element in enumerate(self.value)]

    def members(self) -> dict[str, Node]:
        """The members of an object whose names are text, nothing for anything else."""
        if not isinstance(self.value, Mapping):
            return {}
        return {key: self[key] for key in self.value if isinstance(key, str)}

    @property
    def absent(self) -> bool:
        """Not given; null means the same."""
        return self.value is None

    @property
    def unknown(self) -> bool:
        """Only known after the update."""
        return is_unknown(self.value)

    @property
    def partly_unknown(self) -> bool:
        """It, or something in it, is only known after the update."""
        return contains_unknown(self.value)

    @property
    def given(self) -> bool:
        """Neither absent nor unknown."""
        return not self.absent and not self.unknown

    @property
    def is_mapping(self) -> bool:
        """It is a JSON object."""
        return isinstance(self.value, Mapping)

    @property
    def is_list(self) -> bool:
        """It is a JSON list."""
        return isinstance(self.value, (list, tuple))

    @property
    def text(self) -> str | None:
        """Its text, or None when it is no text."""
        return self.value if isinstance(self.value, str) else None

    @property
    def number(self) -> float | None:
        """Its finite number, or None when it is none; true and false are none."""
        if isinstance(self.value, bool) or not isinstance(self.value, (int, float)):
            return None
        try:
            number = float(self.value)
        except OverflowError:
            return None
        return number if math.isfinite(number) else None

    @property
    def integer(self) -> int | None:
        """Its whole number, or None; through the engine every number arrives as a float."""
        number = self.number
        return int(number) if number is not None and number.is_integer() else None

    @property
    def flag(self) -> bool:
        """Whether it is true; anything else counts as false."""
        return self.value is True

    @property
    def kind(self) -> str:
        """What it is, in words that follow "is"."""
        return described(self.value)

    def error(self, reason: str, fix: str) -> Finding:
        """A mistake in this value."""
        return self._finding(reason, fix, Severity.ERROR)

    def warning(self, reason: str, fix: str) -> Finding:
        """A possible mistake in this value."""
        return self._finding(reason, fix, Severity.WARNING)

    def _finding(self, reason: str, fix: str, severity: Severity) -> Finding:
        """Fit to be shown, and of a secret no word."""
        if contains_secret(self.value):
            reason, fix = _SECRET
        return Finding(fit(self.path), fit(reason), fit(fix, 800), severity)


def quoted(text: str | None) -> str:
    """A text of others in double quotes, not too long."""
    return f'"{fit(text or "", SHOWN)}"'


def joined(names: Iterable[object]) -> str:
    """All names of a table of our own, for a sentence: ``a, b, c``."""
    return ", ".join(str(name) for name in names)


def closest(word: str, names: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The name that was probably meant; None where none is close, or the word is longer than any name."""
    close = get_close_matches(word, list(names), n=1, cutoff=cutoff) if len(word) <= _LONGEST_WORD else []
    return close[0] if close else None
