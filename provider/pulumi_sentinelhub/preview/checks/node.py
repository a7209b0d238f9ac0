"""Reading declared JSON that may hold anything: absent, unknown until the update, or of a wrong kind."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...values import UNKNOWN, contains_unknown, is_unknown
from .problem import Problem


@dataclass(frozen=True)
class Node:
    """A value with its path. Looking into it never fails; what is not there is a node that is ``absent``."""

    path: str
    value: Any

    def __getitem__(self, key: str) -> Node:
        path = f"{self.path}.{key}" if self.path else key
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
        if isinstance(self.value, bool):
            return str(self.value).lower()
        if isinstance(self.value, str):
            return f'"{self.value[:60]}"'
        if isinstance(self.value, (int, float)):
            return f"the number {shown(self.value)}"
        if self.is_list:
            return "a list"
        return "an object" if self.is_mapping else "missing" if self.absent else "no JSON value"

    def error(self, reason: str, mend: str) -> Problem:
        """A mistake in this value."""
        return Problem(self.path, reason, mend)

    def warning(self, reason: str, mend: str) -> Problem:
        """A possible mistake in this value."""
        return Problem(self.path, reason, mend, warning=True)


def shown(number: float) -> str:
    """A number without a needless ``.0``, at most 15 digits."""
    try:
        return f"{number:.15g}"
    except OverflowError:
        return "too large"


def listed(names: Any) -> str:
    """Names for a sentence: ``a, b, c``."""
    return ", ".join(str(name) for name in names)
