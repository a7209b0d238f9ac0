"""Values as the lifecycle sees them: plain JSON, plus one marker for what is not known yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final


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
    if isinstance(value, Unknown):
        return True
    if isinstance(value, Mapping):
        return any(contains_unknown(member) for member in value.values())
    if isinstance(value, (list, tuple)):
        return any(contains_unknown(member) for member in value)
    return False


def normalise(value: Any) -> Any:
    """Undo what the way through the engine does to values.

    Integers arrive as floats and members that are null vanish there, so both forms have to compare equal.
    """
    if isinstance(value, float) and value.is_integer():
        return int(value)
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
