"""What a payload may hold besides plain JSON, and what is refused by its path; nothing runs on or raises."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from pulumi_sentinelhub.lifecycle.tables.request import FIELDS
from pulumi_sentinelhub.resources.arguments import ArgumentError, checked


class Colour(Enum):
    RED = "red"


@dataclasses.dataclass
class Point:
    x: int = 1


class Endless(Sequence[int]):
    """It says that it is short, and has no end."""

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: Any) -> Any:
        return 1

    def __iter__(self) -> Iterator[int]:
        while True:
            yield 1


class Broken(Sequence[int]):
    """It cannot be read."""

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: Any) -> Any:
        raise RuntimeError("no")


def payload_with(value: Any) -> Any:
    """What becomes of a value somewhere in a payload."""
    return checked("here", FIELDS, {"output": {"inner": [value]}})["output"]["inner"][0]


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (np.int64(7), 7),
        (np.float32(0.5), 0.5),
        (np.array([1, 2]), [1, 2]),
        ((1, (2,)), [1, [2]]),
        (Decimal("0.25"), 0.25),
        (Decimal("1e3"), 1000),
        (Fraction(1, 4), 0.25),
        (Colour.RED, "red"),
        (datetime(2019, 4, 1, 2, tzinfo=timezone(timedelta(hours=2))), "2019-04-01T00:00:00Z"),
    ],
)
def test_what_has_one_meaning_is_taken(given: Any, taken: Any) -> None:
    """It becomes the JSON that it obviously stands for."""
    assert payload_with(given) == taken


@pytest.mark.parametrize(
    "given",
    [
        Decimal("1e999999999"),
        Decimal("NaN"),
        Fraction(1, 3),
        Fraction(10**2000, 7),
        float("nan"),
        float("inf"),
        2**80 + 1,
        date(2019, 4, 1),
        datetime(2019, 4, 1),  # noqa: DTZ001 - the missing zone is the point
        {1, 2},
        b"bytes",
        Point(),
        object(),
        Endless(),
        Broken(),
        {1: 2},
        "\ud800",
    ],
    ids=lambda value: type(value).__name__,
)
def test_all_else_is_refused_by_its_path(given: Any) -> None:
    """One line that names the place, soon, whatever the value does."""
    with pytest.raises(ArgumentError) as caught:
        payload_with(given)
    assert "here.output" in str(caught.value)
    assert "inner" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500
