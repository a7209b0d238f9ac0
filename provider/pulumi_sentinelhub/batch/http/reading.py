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
import math
from collections.abc import Callable
from typing import Any, Final

#: Levels of lists and objects.
MOST_LEVELS: Final = 64
#: Values of an answer: 300 MB as Python's objects, and more than a page of large geometries has.
MOST_VALUES: Final = 4_000_000
#: Digits of the largest double.
_MOST_DIGITS: Final = 309


class Unreadable(Exception):
    """A body that is not what it should be; the message completes "it …"."""


def json_of(body: bytes, redact: Callable[[str], str] = str) -> Any:
    """The JSON value of a body, None where it is empty.

    Args:
        body: as it came, inflated.
        redact: takes credentials out of a text.

    Raises:
        Unreadable: see the table above.
    """
    try:
        text = body.decode("utf-8-sig").strip()
        if not text:
            return None
        if text.count(",") + text.count("[") + text.count("{") > MOST_VALUES:
            raise Unreadable("has too many values")
        value = json.loads(text, parse_int=_integer, parse_constant=_nothing)
    except RecursionError:
        raise Unreadable("is nested too deeply") from None
    except ValueError:
        raise Unreadable("is not JSON, or only a part of it") from None
    return _plain(value, redact, MOST_LEVELS)


def _integer(digits: str) -> int | None:
    # float() first: it says what is too big for a double, and the length what is too long for int().
    return int(digits) if len(digits) <= _MOST_DIGITS and math.isfinite(float(digits)) else None


def _nothing(_: str) -> None:
    """NaN, Infinity and -Infinity."""


def _plain(value: Any, redact: Callable[[str], str], levels: int) -> Any:
    if isinstance(value, str):
        return _text(value, redact)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
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
