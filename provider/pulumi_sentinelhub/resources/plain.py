"""What programs hold as plain JSON: what has one obvious meaning is taken, all else is refused by its path.

===========================================  ==========================================================
given                                        becomes
===========================================  ==========================================================
a mapping, a sequence that is no text        an object, a list
a member of an enumeration                   its value
a number or an array of numpy                a number, lists of numbers; numpy is not imported for it
``datetime`` with a time zone                ISO 8601 in UTC, ``2019-04-01T00:00:00Z``
a ``date`` as an end of a ``timeRange``      the first second of the day, or the last of it
``Decimal`` and ``Fraction``                 a number, where that is exactly the same
an Output or an awaitable                    an Output of the same, converted when it is known
sets, bytes, other dates, dataclasses, resources…  an :class:`~pulumi_sentinelhub.values.Unfit`
===========================================  ==========================================================
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timezone
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from itertools import islice
from typing import Any, Final

import pulumi

from ..plain_json import MOST_VALUES, Leaf, Unfit
from ..shown import fit
from ..values import Path, described

Later = Callable[[Any, Path], Any]
"""What takes the place of a value that comes later."""

_MOMENT: Final = "2019-04-01T00:00:00Z"
#: Both ends of a time range belong to it: the last day ends with its last second.
_ENDS: Final = {"from": "T00:00:00Z", "to": "T23:59:59Z"}
_MOST_BITS: Final = 4096
_MOST_DIGITS: Final = 1000
"""Of a Decimal; no float has more than 767, and none reaches beyond 10 to the power of 400."""
_BYTES: Final = (bytes, bytearray, memoryview)


def foreign(value: Any, path: Path) -> Any:
    """What a value that is no JSON by itself stands for.

    Raises:
        Unfit: it has no obvious meaning; the reason says what to write instead.
    """
    try:
        return _meaning(value, path)
    except Unfit:
        raise
    except Exception as error:  # noqa: BLE001 - a class of the program's own may fail in any way
        kind = fit(type(error).__name__, 60)
        raise Unfit(path, f"is {described(value)} and cannot be read ({kind}); give plain JSON") from None


def _meaning(value: Any, path: Path) -> Any:
    if isinstance(value, Enum):
        return value.value
    if _is_of_numpy(value):
        return _of_numpy(value, path)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, float):
        return float.__float__(value)
    if isinstance(value, int):
        return int.__int__(value)
    if isinstance(value, date):
        return _moment(value, path)
    if isinstance(value, (Decimal, Fraction)):
        return _number(value, path)
    if isinstance(value, Mapping):
        return dict(_first(value.items(), path))
    if isinstance(value, Sequence) and not isinstance(value, _BYTES):
        return _first(value, path)
    raise Unfit(path, f"is {described(value)}; {_advice(value)}")


def _is_of_numpy(value: Any) -> bool:
    """Whether numpy, where the program has imported it, made this value."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, (numpy.generic, numpy.ndarray))


def _of_numpy(value: Any, path: Path) -> Any:
    if value.size > MOST_VALUES:
        raise Unfit(path, f"has {value.size:,} numbers, more than {MOST_VALUES:,}; give fewer")
    found = value.tolist()
    if _is_of_numpy(found):  # such as a long double, which is no number of Python
        raise Unfit(path, f"is {described(value)}, which has no number of Python; write float(...) around it")
    return found


def _first(value: Iterable[Any], path: Path) -> list[Any]:
    """All elements; a class of the program's own may have no end, whatever it says of its length."""
    found = list(islice(iter(value), MOST_VALUES + 1))
    if len(found) > MOST_VALUES:
        raise Unfit(path, f"has more than {MOST_VALUES:,} elements; give fewer")
    return found


def _moment(value: date, path: Path) -> str:
    """An instant; the API's times are instants, so that a time zone must not be guessed."""
    if not isinstance(value, datetime):
        if tuple(path[-2:-1]) == ("timeRange",) and path[-1] in _ENDS:
            return f"{value.isoformat()}{_ENDS[str(path[-1])]}"
        raise Unfit(path, f'is a date without time; write the moment, such as "{_MOMENT}"')
    if value.utcoffset() is None:
        raise Unfit(
            path,
            f'has no time zone; write the moment as text, such as "{_MOMENT}", or give it a zone, such as '
            "tzinfo=timezone.utc",
        )
    try:
        return value.astimezone(timezone.utc).replace(tzinfo=None).isoformat() + "Z"
    except OverflowError:
        raise Unfit(path, f'lies outside of the years 1 to 9999; write a moment like "{_MOMENT}"') from None


def _number(value: Decimal | Fraction, path: Path) -> int | float:
    """The same number, also where a decimal one is only the shortest that its float is written by."""
    if not _is_small(value):
        raise Unfit(path, f"is a {type(value).__name__} that no float holds; write float(...) around it")
    try:
        whole = int(value)
        if whole == value:
            return whole
        near = float(value)
        if (Decimal(repr(near)) if isinstance(value, Decimal) else Fraction(near)) == value:
            return near
    except (ValueError, OverflowError, ArithmeticError):
        pass
    raise Unfit(path, f"is a {type(value).__name__} that no float holds exactly; write float(...) around it")


def _is_small(value: Decimal | Fraction) -> bool:
    """Whether it can be reckoned with: ``int(Decimal("1e999999999"))`` does not come to an end."""
    if isinstance(value, Fraction):
        return max(value.numerator.bit_length(), value.denominator.bit_length()) <= _MOST_BITS
    return value.is_finite() and len(value.as_tuple().digits) <= _MOST_DIGITS and abs(value.adjusted()) <= 400


def _advice(value: Any) -> str:
    if isinstance(value, (set, frozenset)):
        return "a set has no order: write sorted(...) around it"
    if isinstance(value, _BYTES):
        return "give a text, for example with .decode()"
    if isinstance(value, pulumi.Resource):
        return "give one of its outputs, such as .id"
    if dataclasses.is_dataclass(value):
        return "write dataclasses.asdict(...) around it"
    return "give a text, number, True, False, list or dictionary"


def converting(later: Later, is_later: Callable[[Any], bool]) -> Callable[[Any, Path], Any]:
    """``foreign`` that leaves what comes later to ``later``."""

    def convert(value: Any, path: Path) -> Any:
        return Leaf(later(value, tuple(path))) if is_later(value) else foreign(value, path)

    return convert
