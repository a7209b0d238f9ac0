"""Values that programs give by mistake or in malice, and a way to nest them."""

from __future__ import annotations

import collections
import dataclasses
import decimal
import enum
import fractions
import math
import pathlib
import types
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

import numpy as np
import pulumi
from hypothesis import strategies as st
from pulumi.runtime import rpc


class Word(enum.Enum):
    """An enumeration; one of its values is no JSON."""

    RED = "red"
    SET = frozenset([1])


class Number(enum.IntEnum):
    """Numbers with names."""

    ONE = 1


@dataclasses.dataclass
class Point:
    """No mapping."""

    x: int = 1


class BadText(str):
    """A text whose methods fail."""

    __slots__ = ()

    def __str__(self) -> str:
        raise ZeroDivisionError

    def __repr__(self) -> str:
        raise ZeroDivisionError

    def strip(self, *_: Any) -> str:
        raise ZeroDivisionError


class BadList(list[Any]):
    """A list that cannot be walked."""

    def __iter__(self) -> Iterator[Any]:
        raise ZeroDivisionError


class BadMapping(Mapping[str, Any]):
    """Its only key is not there."""

    def __getitem__(self, key: str) -> Any:
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter("a")

    def __len__(self) -> int:
        return 1


class Evil:
    """Whatever is asked of it fails."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("evil")

    def __repr__(self) -> str:
        raise RuntimeError("evil")


class NoHash:
    """No key, and equal to nothing."""

    def __hash__(self) -> int:
        raise ValueError("no hash")

    def __eq__(self, other: object) -> bool:
        raise ValueError("no comparison")


class PathOf:
    """A path of something."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __fspath__(self) -> Any:
        if isinstance(self._value, Exception):
            raise self._value
        return self._value


def _deep(levels: int) -> Any:
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


def _cycle(empty: Any) -> Any:
    if isinstance(empty, list):
        empty.append(empty)
    else:
        empty["a"] = empty
    return empty


def _special(signature: str, **more: Any) -> Any:
    """What the SDK and the engine take for something else than a dictionary."""
    return {"4dabf18193072939515e22adb298388d": signature, **more}


#: Each is given to each input, as it is and behind an Output.
WILD: Mapping[str, Any] = {
    "numpy int": np.int64(5),
    "numpy float": np.float32(1.5),
    "numpy NaN": np.float64("nan"),
    "numpy bool": np.bool_(True),
    "numpy array": np.arange(4.0),
    "numpy scalar array": np.array(5),
    "numpy objects": np.array([{1, 2}], dtype=object),
    "numpy date": np.datetime64("2019-04-01"),
    "numpy text": np.str_("x"),
    "numpy complex": np.complex64(1),
    "numpy long double": np.longdouble(1),
    "numpy bytes": np.void(b"x"),
    "moment without zone": datetime(2019, 4, 1),  # noqa: DTZ001 - the point of it
    "moment": datetime(2019, 4, 1, tzinfo=timezone.utc),
    "moment before time": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
    "date": date(2019, 4, 1),
    "time": time(1),
    "duration": timedelta(1),
    "Decimal": decimal.Decimal("60.5"),
    "signalling NaN": decimal.Decimal("sNaN"),
    "infinite Decimal": decimal.Decimal("Infinity"),
    "huge Decimal": decimal.Decimal("1e999999"),
    "Fraction": fractions.Fraction(1, 3),
    "set": {1},
    "empty set": frozenset(),
    "tuple": (1, 2),
    "enumeration": Word.RED,
    "enumeration of sets": Word.SET,
    "class of an enumeration": Word,
    "number with a name": Number.ONE,
    "dataclass": Point(),
    "class": Point,
    "bytes": b"x",
    "bytearray": bytearray(b"x"),
    "memoryview": memoryview(b"x"),
    "half a pair": "\ud800",
    "NUL": "a\0b",
    "escapes": "\x1b[31m::error::x\r\nfake",
    "turned text": "\u202eabc",
    "long text": "x" * 300_000,
    "NaN": math.nan,
    "infinity": math.inf,
    "minus infinity": -math.inf,
    "2^53 + 1": 2**53 + 1,
    "10^400": 10**400,
    "10^5000": 10**5000,
    "-1": -1,
    "0": 0,
    "-0.0": -0.0,
    "1e308": 1e308,
    "5e-324": 5e-324,
    "True": True,
    "False": False,
    "empty text": "",
    "blank": "  ",
    "text of False": "false",
    "text of a number": "5",
    "text": "x",
    "empty list": [],
    "empty dictionary": {},
    "list of nothing": [None],
    "number as a key": {1: 2},
    "nothing as a key": {None: 1},
    "half a pair as a key": {"\ud800": 1},
    "long key": {"k" * 100_000: 1},
    "no key at all": NoHash(),
    "a list in itself": _cycle([]),
    "a dictionary in itself": _cycle({}),
    "5000 levels": _deep(5000),
    "30 levels": _deep(30),
    "bad text": BadText("x"),
    "bad list": BadList([1]),
    "bad mapping": BadMapping(),
    "endless range": range(10**12),
    "evil": Evil(),
    "function": print,
    "module": math,
    "object": object(),
    "path": pathlib.Path("x"),
    "path of bytes": PathOf(b"/etc/passwd.js"),
    "no path": PathOf(RuntimeError("no")),
    "proxy of a mapping": types.MappingProxyType({"a": 1}),
    "ordered": collections.OrderedDict(a=1),
    "deque": collections.deque([1]),
    "exception": ValueError("x"),
    "asset": pulumi.StringAsset("x"),
    "archive": pulumi.FileArchive("."),
    "ellipsis": ...,
    "complex": 1j,
    "the SDK's unknown": rpc.UNKNOWN,
    "a secret by hand": _special("1b47061264138c4ac30d75fd1eb44270", value="x"),
    "an asset by hand": _special("c44067f5952c0a294b673a41bacd8c17", path="/etc/hostname"),
    "a resource by hand": _special("5cf8f73096256a8f31e491e813e4eb8e", urn="x"),
    "an output by hand": _special("d0e6a833031e9bbcd3f4e8bde6ca49a4"),
    "a provider by hand": {"__provider": "x"},
    "a script's path": "absent.js",
    "a path with NUL": "a\0.js",
    "a long path": "x" * 5000 + ".js",
    "the environment": "/proc/self/environ.js",
}

#: Behind an Output the SDK itself looks for further ones in these, without end, before anybody sees them.
ONLY_PLAIN = {"a list in itself", "a dictionary in itself", "5000 levels", "endless range", "bad list"}


def nested() -> st.SearchStrategy[Any]:
    """Wild values, and lists and dictionaries of them."""
    leaves = st.sampled_from(sorted(WILD.keys() - ONLY_PLAIN)).map(lambda name: WILD[name])
    keys = st.sampled_from(
        ["input", "bounds", "bbox", "data", "type", "output", "id", "resolution", "a b", ""]
    )
    return st.recursive(
        leaves | st.none() | st.floats() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
        max_leaves=8,
    )
