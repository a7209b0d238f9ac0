"""Values as the lifecycle sees them: plain JSON, and a marker for what is not known yet."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from .shown import fit

Path = Sequence[str | int]
"""Where a value stands in another: member names and list indices."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_SHOWN_TEXT: Final = 60
_SHOWN_STEP: Final = 60


class Unknown:
    """A value that only exists after the update, such as the name of a bucket still to be made."""

    _instance: Unknown | None = None

    def __new__(cls) -> Unknown:
        """The one instance."""
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        return False


UNKNOWN: Final = Unknown()


def is_unknown(value: Any) -> bool:
    """Whether ``value`` itself is unknown."""
    return isinstance(value, Unknown)


def contains_unknown(value: Any) -> bool:
    """Whether ``value`` is unknown or holds an unknown somewhere."""
    return _contains(value, Unknown)


def _contains(value: Any, wanted: type) -> bool:
    kind = type(value)
    if kind is float or kind is int or kind is str:  # nearly all values of a large geometry
        return False
    if kind is wanted:
        return True
    if kind is dict or isinstance(value, Mapping):
        return any(_contains(member, wanted) for member in value.values())
    if isinstance(value, (list, tuple)):
        for member in value:
            if type(member) is not float and _contains(member, wanted):
                return True
    return False


def normalise(value: Any) -> Any:
    """Undo what the way through the engine does to values.

    Integers arrive as floats and members that are null vanish there, so both forms have to compare equal.
    """
    kind = type(value)
    if kind is float or (kind is not str and isinstance(value, float)):
        return int(value) if value.is_integer() else value
    if kind is str:
        return value
    if isinstance(value, Mapping):
        return {key: normalise(member) for key, member in value.items() if member is not None}
    if isinstance(value, (list, tuple)):
        return [normalise(member) for member in value]
    return value


def same(left: Any, right: Any) -> bool:
    """Whether two values mean the same; an unknown equals nothing."""
    if contains_unknown(left) or contains_unknown(right):
        return False
    return bool(normalise(left) == normalise(right))


def has_half_pair(text: str) -> bool:
    """Whether a text has half of a surrogate pair, which cannot be encoded."""
    return not text.isascii() and _SURROGATE.search(text) is not None


def described(value: Any) -> str:
    """What a value is, in words that follow "is": short, and fit to be shown."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{fit(value, _SHOWN_TEXT)}"'
    if isinstance(value, (int, float)):
        return f"the number {number_text(value)}"
    if isinstance(value, (list, tuple)):
        return "a list" if value else "an empty list"
    if isinstance(value, Mapping):
        return "an object"
    return "missing" if value is None else f"of type {fit(type(value).__name__, _SHOWN_TEXT)}"


def number_text(number: float) -> str:
    """A number without a needless ``.0``, at most 15 digits; JavaScript's names for what is not finite."""
    try:
        if math.isfinite(number):
            return f"{number:.15g}"
    except OverflowError:
        return "beyond 1e308"
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


def path_text(path: Path) -> str:
    """A path as messages show it: ``input.bounds.bbox[0]``, other names than identifiers as ``['a b']``."""
    return steps_text(path).removeprefix(".")


def steps_text(path: Path) -> str:
    """The same, to follow the name of what the path leads into: ``.bounds.bbox[0]``."""
    return "".join(map(_step_text, path))


@lru_cache(maxsize=1024)  # few names, asked for at each look into a payload
def _step_text(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    if step.isidentifier() and step.isascii() and len(step) <= _SHOWN_STEP:
        return f".{step}"
    return f"['{fit(step, _SHOWN_STEP)}']"
