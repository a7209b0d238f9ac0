"""What is believed of a body: JSON that the rest of the program, and a state, can hold.

======================================  ==============================================================
what comes                              what is made of it
======================================  ==============================================================
no JSON, no UTF-8, a part of it         ``Unreadable``
lists and objects nested too deeply     ``Unreadable``: the documented ones have a dozen levels
too many values                         ``Unreadable``: each takes many times its bytes
NaN, Infinity, 1e999, 400 digits        None, as if it were absent: no double and no state holds them
half a surrogate pair                   U+FFFD: no UTF-8, and so no state, holds it
a credential, echoed                    ``[redacted]``: answers end in outputs, and those in the state
a member twice                          the last one
======================================  ==============================================================
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any, Final

#: Levels of lists and objects.
MOST_LEVELS: Final = 64
#: Values of an answer: 300 MB as Python's objects, and more than a page of large geometries has.
MOST_VALUES: Final = 4_000_000
#: What has to be looked into, or at.
_MORE: Final = frozenset({dict, list, float, int})
#: Digits of the largest double.
_MOST_DIGITS: Final = 309


class Unreadable(Exception):
    """A body that is not what it should be; the message completes "it …"."""


def json_of(body: bytes, redact: Callable[[str], str] = str) -> Any:
    """The JSON value of a body, None where it is empty.

    Args:
        body: as it came, inflated.
        redact: takes credentials out of a text, and finds them in JSON as well.

    Raises:
        Unreadable: see the table above.
    """
    try:
        text = body.decode("utf-8-sig").strip()
        if not text:
            return None
        if text.count(",") + text.count("[") + text.count("{") > MOST_VALUES:
            raise Unreadable("has too many values")
        value = _decoded(text)
    except RecursionError:
        raise Unreadable("is nested too deeply") from None
    except ValueError:
        raise Unreadable("is not JSON, or only a part of it") from None
    if _is_harmless(text, redact) and _is_sound(value, MOST_LEVELS):
        return value
    return _plain(value, redact, MOST_LEVELS)


def _decoded(text: str) -> Any:
    """The value, where numbers may still be no doubles. Raises ValueError, RecursionError."""
    try:
        return _USUAL.decode(text)
    except ValueError:
        return _WARY.decode(text)  # Python itself refuses integers of thousands of digits


def _integer(digits: str) -> int | None:
    return int(digits) if len(digits) <= _MOST_DIGITS else None


def _nothing(_: str) -> None:
    """NaN, Infinity and -Infinity."""


_USUAL: Final = json.JSONDecoder(parse_constant=_nothing)
_WARY: Final = json.JSONDecoder(parse_constant=_nothing, parse_int=_integer)


def _is_harmless(text: str, redact: Callable[[str], str]) -> bool:
    """Whether no text in it needs another form, as in most answers.

    Without these two escapes, a character that JSON escapes has one form alone, which ``redact`` knows.
    """
    return text.isascii() and "\\u" not in text and "\\/" not in text and redact(text) == text


def _is_double(number: float) -> bool:
    return -sys.float_info.max <= number <= sys.float_info.max


def _is_sound(value: Any, levels: int) -> bool:
    """Whether a value is not too deep, and each of its numbers one that a state holds."""
    kind = type(value)
    if kind is float or kind is int:
        return _is_double(value)
    if kind is not dict and kind is not list:
        return True
    if levels == 0:
        return False
    for member in value.values() if kind is dict else value:
        if type(member) in _MORE and not _is_sound(member, levels - 1):
            return False
    return True


def _plain(value: Any, redact: Callable[[str], str], levels: int) -> Any:
    if isinstance(value, str):
        return _text(value, redact)
    if isinstance(value, (int, float)):
        return value if _is_double(value) else None
    if not isinstance(value, (dict, list)):
        return value
    if levels == 0:
        raise Unreadable("is nested too deeply")
    if isinstance(value, list):
        return [_plain(item, redact, levels - 1) for item in value]
    return {_text(key, redact): _plain(member, redact, levels - 1) for key, member in value.items()}


def _text(text: str, redact: Callable[[str], str]) -> str:
    return redact(
        text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    )
