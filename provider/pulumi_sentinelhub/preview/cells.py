"""Unit cells of the plane that polygons touch: those along their outlines, and those inside."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from .projections import Point

MOST_WORK: Final = 800_000
"""Steps; about a second."""
_HAIR: Final = 1e-6
"""Share of a cell: an edge on the border of two cells touches neither side's neighbour."""

Interval = tuple[int, int]
"""Columns from and to, both of them included."""


class TooDetailed(Exception):
    """The outline is so long, in cells, that counting would take too long."""


class Work:
    """A budget of steps."""

    def __init__(self, most: int = MOST_WORK) -> None:
        self._left = most

    def spend(self, steps: int) -> None:
        """Take so many steps. Raises TooDetailed when there are no more."""
        self.expect(steps)
        self._left -= steps

    def expect(self, steps: int) -> None:
        """Raises TooDetailed when there are not so many steps, before any of them is done in vain."""
        if steps > self._left:
            raise TooDetailed


class Cells:
    """The cells of one or more polygons, each given by its outlines, in any order and direction."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._touched: dict[int, set[int]] = defaultdict(set)
        self._inside: dict[int, list[Interval]] = defaultdict(list)
        self._crossings: dict[int, list[float]] = defaultdict(list)

    def follow(self, points: Iterable[Point]) -> None:
        """Follow a part of the outlines of a polygon."""
        before: Point | None = None
        for point in points:
            if before is not None:
                self._edge(*before, *point)
            before = point

    def close(self) -> None:
        """The polygon's outlines are complete: what they enclose, by the even-odd rule, is inside."""
        for row, crossings in self._crossings.items():
            crossings.sort()
            for left, right in zip(crossings[::2], crossings[1::2], strict=False):
                first, last = math.ceil(left - 0.5), math.floor(right - 0.5)
                if first <= last:
                    self._inside[row].append((first, last))
        self._crossings.clear()

    def count(self) -> int:
        """How many cells the polygons touch."""
        counted = sum(map(len, self._touched.values()))
        for row, intervals in self._inside.items():
            merged = _merged(intervals)
            counted += sum(last - first + 1 for first, last in merged)
            starts = [first for first, _ in merged]
            for column in self._touched.get(row, ()):
                place = bisect_right(starts, column) - 1
                counted -= place >= 0 and column <= merged[place][1]
        return counted

    def each(self) -> Iterator[tuple[int, int]]:
        """Column and row of each cell that the polygons touch, row by row."""
        for row in sorted({*self._touched, *self._inside}):
            columns = set(self._touched.get(row, ()))
            for first, last in _merged(self._inside.get(row, [])):
                columns.update(range(first, last + 1))
            yield from ((column, row) for column in sorted(columns))

    def _edge(self, x0: float, y0: float, x1: float, y1: float) -> None:
        if y0 > y1:
            x0, y0, x1, y1 = x1, y1, x0, y0
        first_row, last_row = math.floor(y0 + _HAIR), math.ceil(y1 - _HAIR) - 1
        slope = (x1 - x0) / (y1 - y0) if y1 > y0 else 0.0
        if first_row == last_row:
            self._span(first_row, x0, x1)
        elif first_row < last_row:
            self._work.spend(last_row - first_row)
            for row in range(first_row, last_row + 1):
                bottom = x0 + (max(y0, row) - y0) * slope
                self._span(row, bottom, x0 + (min(y1, row + 1) - y0) * slope)
        # the middles of rows that it crosses; each end belongs to one of the two edges that meet there
        for row in range(math.ceil(y0 - 0.5), math.ceil(y1 - 0.5)):
            self._crossings[row].append(x0 + (row + 0.5 - y0) * slope)

    def _span(self, row: int, x0: float, x1: float) -> None:
        """The columns of one row that an edge runs through."""
        if x0 > x1:
            x0, x1 = x1, x0
        first, last = math.floor(x0 + _HAIR), math.ceil(x1 - _HAIR) - 1
        if first == last:
            self._touched[row].add(first)
        elif first < last:
            self._work.spend(last - first)
            self._touched[row].update(range(first, last + 1))


def _merged(intervals: list[Interval]) -> list[Interval]:
    """The same columns without overlaps, from left to right."""
    merged: list[Interval] = []
    for first, last in sorted(intervals):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged
