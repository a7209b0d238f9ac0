"""What a check finds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from ...shown import FINDINGS

MOST_SEEN: Final = 500
"""Problems of one check that are counted; it goes no further."""


@dataclass(frozen=True)
class Problem:
    """A mistake in what was declared.

    Attributes:
        property: path of the input, e.g. ``process_request.input.bounds.bbox``.
        reason: what is wrong, as a clause about the property: ``has 3 numbers``.
        mend: what to write instead.
        warning: it may well work, or cannot be known here; said, but not refused.
    """

    property: str
    reason: str
    mend: str
    warning: bool = False

    def message(self) -> str:
        """Reason and mend in one line."""
        return f"{self.reason}; {self.mend}"

    def __str__(self) -> str:
        return f"{self.property}: {self.message()}"


class Findings:
    """Problems that are told one by one, each once, and how many others there are."""

    def __init__(self) -> None:
        self._found: dict[Problem, None] = {}
        self._endless = False

    def add(self, problems: Iterable[Problem]) -> None:
        """Take in what a check finds, as far as it is worth counting."""
        rest = iter(problems)
        self._found.update(dict.fromkeys(islice(rest, MOST_SEEN)))
        self._endless = self._endless or next(rest, None) is not None

    def told(self) -> list[Problem]:
        """The first errors and the first warnings, each of them with a last one that counts the others."""
        kinds = ([p for p in self._found if not p.warning], [p for p in self._found if p.warning])
        return [problem for found in kinds for problem in self._first(found)]

    def _first(self, found: list[Problem]) -> Iterator[Problem]:
        yield from found[:FINDINGS]
        more = len(found) - FINDINGS
        if more > 0:
            number = f"more than {more}" if self._endless else f"{more}"
            reason = f"has the first of {number} more problems"
            yield replace(found[FINDINGS], reason=reason, mend="correct those above first")
