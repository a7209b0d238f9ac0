"""Values as plain JSON, and what no JSON, or the way through the engine, can carry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .shown import fit
from .values import Path, Unknown, described, has_half_pair, number_text

MOST_LEVELS: Final = 24
"""Lists and objects inside each other. The API's own payloads have 9; each takes several frames of Python's
stack on its way through the SDK."""
MOST_VALUES: Final = 2_000_000
"""Numbers, texts, lists and objects; a polygon of 100,000 positions has 300,000."""

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""The key of assets, secrets and other objects that are none."""
UNKNOWNS: Final = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
"""What stands for unknown values, by type."""
_RESERVED: Final = UNKNOWNS | {SIGNATURE}
"""Texts that the engine takes for something else: a foreign payload with the signature as a key could make it
read a file. [Pulumi SDK: resource/sig, resource/plugin/rpc.go]"""
_EXACT: Final = 2**53
_SHOWN_STEP: Final = 60


class Unfit(ValueError):
    """A value that JSON, or the way through the engine, cannot carry.

    Attributes:
        path: where it stands in the whole.
        reason: what is wrong, as a clause about it, with what to write instead.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(reason)
        self.path = tuple(path)
        self.reason = reason


@dataclass(frozen=True)
class Leaf:
    """What a foreign value has become, where it is not to be looked into any further."""

    value: Any


Foreign = Callable[[Any, Path], Any]
"""Gives what a foreign value stands for, to be looked at in its turn, or a :class:`Leaf`; raises Unfit."""


def _refused(value: Any, path: Path) -> Any:
    raise Unfit(
        path, f"is {described(value)}, which is no JSON; give a text, number, true, false, list or object"
    )


def as_json(value: Any, foreign: Foreign = _refused) -> Any:
    """``value`` as plain JSON: a copy of dicts, lists, texts, numbers, true, false, None and Unknown.

    Takes tuples as lists. Bounded in time by ``MOST_VALUES``, whatever it is given.

    Args:
        value: anything.
        foreign: what becomes of other types.

    Raises:
        Unfit: a number that is not finite or that no float holds, a lone surrogate, a key that is no text, a
            cycle, too many levels or values, or what ``foreign`` refuses.
    """
    return _Walk(foreign).walk(value)


class _Walk:
    def __init__(self, foreign: Foreign) -> None:
        self._foreign = foreign
        self._path: list[str | int] = []
        self._open: set[int] = set()
        self._left = MOST_VALUES

    def walk(self, value: Any) -> Any:
        kind = type(value)
        if kind is float:
            if value - value == 0.0:  # neither NaN nor infinite
                return value
            raise self._unfit(
                f"is {number_text(value)}, which JSON cannot hold; give a finite number, or a text such as "
                '"NaN" where the API takes it'
            )
        if kind is str:
            return self._text(value)
        if kind is int:
            return value if -_EXACT <= value <= _EXACT else self._large(value)
        if kind is bool or value is None or kind is Unknown:
            return value
        if kind is dict:
            return self._inside(value, self._members)
        if kind is list or kind is tuple:
            return self._inside(value, self._elements)
        found = self._foreign(value, self._path)
        return found.value if isinstance(found, Leaf) else self.walk(found)

    def _inside(self, value: Any, copy: Callable[[Any], Any]) -> Any:
        self._left -= len(value) + 1
        if self._left < 0:
            raise self._unfit(
                f"has more than {MOST_VALUES:,} values with what is before it; simplify the geometry"
            )
        if id(value) in self._open:
            raise self._unfit("holds itself; give a copy of what is meant")
        if len(self._open) >= MOST_LEVELS:
            raise self._unfit(
                f"is more than {MOST_LEVELS} lists and objects deep; no payload of the API has so many"
            )
        self._open.add(id(value))
        copied = copy(value)
        self._open.discard(id(value))
        return copied

    def _members(self, value: dict[Any, Any]) -> dict[str, Any]:
        copied = {}
        self._path.append("")
        for key, member in value.items():
            if not isinstance(key, str):
                self._path.pop()
                raise self._unfit(f"has a key of type {fit(type(key).__name__, _SHOWN_STEP)}; keys are texts")
            name = str.__str__(key)  # of an enumeration's member the text alone
            self._path[-1] = name
            self._text(name)
            copied[name] = self.walk(member)
        self._path.pop()
        return copied

    def _elements(self, value: Sequence[Any]) -> list[Any]:
        copied = []
        self._path.append(0)
        for index, member in enumerate(value):
            self._path[-1] = index
            copied.append(self.walk(member))
        self._path.pop()
        return copied

    def _text(self, text: str) -> str:
        if has_half_pair(text):
            raise self._unfit("has half of a surrogate pair, which no UTF-8 can hold; correct the text")
        if text in _RESERVED:
            raise self._unfit("is a text that Pulumi takes for something else; write another one")
        return text

    def _large(self, number: int) -> int:
        try:
            exact = int(float(number)) == number
        except OverflowError:
            exact = False
        if exact:
            return number
        raise self._unfit(
            f"is {described(number)}, a whole number that the engine would round; give one of at most 2^53"
        )

    def _unfit(self, reason: str) -> Unfit:
        return Unfit(self._path, reason)
