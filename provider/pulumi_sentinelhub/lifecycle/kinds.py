"""What kind of value an input is: drives the checks of arguments and inputs, and documentation.

What only describes, as the kinds of outputs do, is a :class:`Kind`; what can also tell a wrong value, and say
what is wrong with it, is an :class:`InputKind`.
"""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from ..shown import fit, listed
from ..values import described, is_unknown

JsonType = Literal["string", "boolean", "integer", "number", "object", "array"]
Fault = tuple[str, str]
"""Where inside the input, such as ``[3]``, and what is wrong there: ``must be a string, but it is true``."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,199}")
"""The service's own are UUIDs. An id becomes part of an address, so nothing in it may lead elsewhere."""
_SHOWN_KEY = 60


class Kind:
    """What a value is."""

    json_type: ClassVar[JsonType]
    """JSON Schema's word for it."""


class InputKind(Kind, ABC):
    """What an input may be. Unknown values, also inside lists and objects, are left out by the callers."""

    @property
    @abstractmethod
    def wanted(self) -> str:
        """What is to be given, in words that follow "must be"."""

    @abstractmethod
    def fits(self, value: Any) -> bool:
        """Whether a known value is one, its members aside."""

    def faults(self, value: Any) -> Iterator[Fault]:
        """What is wrong with a known value."""
        if not self.fits(value):
            yield "", f"must be {self.wanted}, but it is {described(value)}"


@dataclass(frozen=True)
class Text(InputKind):
    """A string; ``empty`` where an empty one means something, or has a message of its own."""

    what: str = "a string"
    empty: bool = False
    json_type = "string"

    @property
    def wanted(self) -> str:
        """What it is for."""
        return self.what

    def fits(self, value: Any) -> bool:
        """Any text, but blank ones only where they may be."""
        return isinstance(value, str) and (self.empty or bool(value.strip()))


@dataclass(frozen=True)
class Id(InputKind):
    """An id that the service has given."""

    json_type = "string"
    wanted = "an id: letters, digits and hyphens"

    def fits(self, value: Any) -> bool:
        """Only what leads nowhere else in an address."""
        return isinstance(value, str) and _ID.fullmatch(value) is not None


@dataclass(frozen=True)
class Word(InputKind):
    """One of a few words."""

    words: tuple[str, ...]
    json_type = "string"

    @property
    def wanted(self) -> str:
        """The words."""
        return f"one of {', '.join(self.words)}"

    def fits(self, value: Any) -> bool:
        """Only the very word."""
        return isinstance(value, str) and value in self.words


@dataclass(frozen=True)
class Flag(InputKind):
    """True or False; neither 1 nor "true"."""

    json_type = "boolean"
    wanted = "True or False"

    def fits(self, value: Any) -> bool:
        """Only the two themselves."""
        return isinstance(value, bool)


@dataclass(frozen=True)
class Whole(InputKind):
    """A whole number within bounds; a float that is one will do, as through the engine all are floats."""

    what: str
    least: int
    most: int
    json_type = "integer"

    @property
    def wanted(self) -> str:
        """What it is for, and its bounds."""
        return f"a whole {self.what} from {self.least} to {self.most}"

    def fits(self, value: Any) -> bool:
        """Within the bounds, which neither NaN nor infinity is."""
        return _is_number(value) and self.least <= value <= self.most and value == int(value)


@dataclass(frozen=True)
class Positive(InputKind):
    """A finite number above 0."""

    what: str
    json_type = "number"

    @property
    def wanted(self) -> str:
        """What it is for."""
        return f"a positive {self.what}"

    def fits(self, value: Any) -> bool:
        """A limit fails closed: NaN, which no comparison finds too large, is none."""
        try:
            return _is_number(value) and math.isfinite(value) and value > 0
        except OverflowError:  # a whole number that no float holds
            return False


@dataclass(frozen=True)
class Json(InputKind):
    """An object in the API's own shape; what must be inside is for the checks of the preview."""

    json_type = "object"
    wanted = "a dictionary in the API's own JSON shape"

    def fits(self, value: Any) -> bool:
        """Any mapping."""
        return isinstance(value, Mapping)


@dataclass(frozen=True)
class Texts(InputKind):
    """A dictionary of texts by text."""

    json_type = "object"
    wanted = "a dictionary (a mapping of strings to strings)"

    def fits(self, value: Any) -> bool:
        """Any mapping."""
        return isinstance(value, Mapping)

    def faults(self, value: Any) -> Iterator[Fault]:
        """Also members that are no texts."""
        if not self.fits(value):
            yield from super().faults(value)
            return
        for key, member in value.items():
            if not isinstance(key, str):
                yield "", f"must have strings as keys, but one is {described(key)}"
            elif not isinstance(member, str) and not is_unknown(member):
                yield (
                    f"['{fit(key, _SHOWN_KEY)}']",
                    f"must be a string, but it is {described(member)}; put it in quotes",
                )


@dataclass(frozen=True)
class Ids(InputKind):
    """A list of ids, at least one, each once."""

    what: str
    json_type = "array"

    @property
    def wanted(self) -> str:
        """Of what."""
        return f"a list of {self.what} or their ids, at least one"

    def fits(self, value: Any) -> bool:
        """A list with something in it."""
        return isinstance(value, (list, tuple)) and bool(value)

    def faults(self, value: Any) -> Iterator[Fault]:
        """Also what is no id, and what is named twice."""
        if not self.fits(value):
            yield from super().faults(value)
            return
        good: Counter[str] = Counter()
        for index, member in enumerate(value):
            if isinstance(member, str) and _ID.fullmatch(member):
                good[member] += 1
            elif not is_unknown(member):
                yield "", f"must hold ids of {self.what}, but element {index} is {described(member)}"
        if twice := [described(name) for name, count in good.items() if count > 1]:
            yield "", f"must name each of the {self.what} once, but it names {listed(twice)} more than once"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


ID = Id()
FLAG = Flag()
JSON = Json()
TEXTS = Texts()
