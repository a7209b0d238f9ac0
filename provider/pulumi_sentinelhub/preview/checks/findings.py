"""Collecting what the checks of one request find."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Final

from ...finding import Finding, Severity, of_severity
from ...shown import FINDINGS

MOST_SEEN: Final = 500
"""Findings of one check that are counted; it goes no further."""


class Findings:
    """Findings that are told one by one, each once, and how many others there are."""

    def __init__(self) -> None:
        self._found: dict[Finding, None] = {}
        self._endless = False

    def add(self, findings: Iterable[Finding]) -> None:
        """Take in what a check finds, as far as it is worth counting."""
        rest = iter(findings)
        self._found.update(dict.fromkeys(islice(rest, MOST_SEEN)))
        self._endless = self._endless or next(rest, None) is not None

    def told(self) -> list[Finding]:
        """The first errors, warnings and notes, each of them with a last one that counts the others."""
        return [
            finding for severity in Severity for finding in self._first(of_severity(self._found, severity))
        ]

    def _first(self, found: tuple[Finding, ...]) -> Iterator[Finding]:
        yield from found[:FINDINGS]
        more = len(found) - FINDINGS
        if more > 0:
            number = f"more than {more}" if self._endless else f"{more}"
            reason = f"has the first of {number} more problems"
            yield replace(found[FINDINGS], reason=reason, fix="correct those above first")
