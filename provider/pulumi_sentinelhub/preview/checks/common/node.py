"""Reading declared JSON that may hold anything: absent, not known yet, or of a wrong kind."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final

from ....finding import Finding, Severity
from ....shown import fit
from ....values import (
    UNKNOWN,
    contains_unknown,
    described,
    is_unknown,
    path_text,
    steps_text,
)

SHOWN: Final = 60
"""Characters of a text of others within a message."""
_LONGEST_WORD: Final = 60


class Node:
    """A value with its path. Looking into it never fails; what is not there is a node that is ``absent``.

    Checks look into a payload some hundred times and show a path where something is wrong: so it is put
    together when it is asked for.

    Attributes:
        value: as it was declared.

    Args:
        step: the name or number by which it is reached from ``above``, or a whole path.
        above: the value that holds it.
    """

    __slots__ = ("_above", "_step", "value")

    def __init__(self, step: str | int, value: Any, above: Node | None = None) -> None:
        self.value = value
        self._step = step
        self._above = above

    def __getitem__(self, key: str) -> Node:
        value = self.value
        if type(value) is dict:  # nearly always; whether something is a Mapping takes long to tell
            return Node(key, value.get(key), self)
        if is_unknown(value):
            return Node(key, UNKNOWN, self)
        return Node(key, value.get(key) if isinstance(value, Mapping) else None, self)

    @property
    def path(self) -> str:
        """As messages show it: ``input.bounds.bbox[0]``."""
        if self._above is None:
            return str(self._step)
        before = self._above.path
        return f"{before}{steps_text((self._step,))}" if before else path_text((self._step,))

    def elements(self) -> list[Node]:
        """The elements of a list, nothing for anything else."""
        if not isinstance(self.value, (list, tuple)):
            return []
        return [Node(i, element, self) for i, element in enumerate(self.value)]

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
        """Fit to be shown."""
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
