"""What a check finds wrong or worth a word in declared inputs, and how it reads: the one place for both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from .shown import MESSAGE, fit


class Severity(Enum):
    """What follows from a finding."""

    ERROR = "error"
    """It is refused: nothing is made."""
    WARNING = "warning"
    """It may well work, or cannot be known here: shown, but not refused."""
    NOTE = "note"
    """Nothing is wrong: it is only good to know."""


@dataclass(frozen=True)
class Finding:
    """One thing that a check has found.

    Attributes:
        property: path of the input, e.g. ``process_request.input.bounds.bbox``; empty for the whole resource.
        reason: what is wrong, as a clause about the property: ``has 3 numbers``.
        fix: what to do next; empty where nothing needs to be done, or ``reason`` says it.
        severity: what follows from it.
        foretold: whether the update itself shows it, so that only a preview tells it; so it is with notes.
    """

    property: str
    reason: str
    fix: str = ""
    severity: Severity = Severity.ERROR
    foretold: bool = False

    def message(self) -> str:
        """Reason and fix in one line that is fit to be shown."""
        return "; ".join(fit(part, MESSAGE) for part in (self.reason, self.fix) if part)

    def __str__(self) -> str:
        """The same after the property: ``bbox: has 3 numbers; a bounding box needs 4``."""
        return f"{fit(self.property, MESSAGE)}: {self.message()}" if self.property else self.message()


def of_severity(findings: Iterable[Finding], severity: Severity) -> tuple[Finding, ...]:
    """Those of one severity, in their order."""
    return tuple(finding for finding in findings if finding.severity is severity)


def conflict(given: Sequence[str], choices: Sequence[str], *, needed: bool = True) -> Finding:
    """The error of inputs that exclude each other, told of the second one.

    Args:
        given: paths of the inputs that are there, at least two.
        choices: paths of all inputs of which one may be there.
        needed: whether one of them must be.
    """
    first, second, *rest = given
    count = "exactly" if needed else "at most"
    return Finding(
        second,
        f"is given beside {' and '.join(map(_last, (first, *rest)))}",
        f"give {count} one of {', '.join(map(_last, choices))}",
    )


def none_given(choices: Sequence[str], *, told_of: str, example: str) -> Finding:
    """The error of inputs of which exactly one must be there, and none is.

    Args:
        choices: paths of these inputs.
        told_of: path of the one that the error is told of.
        example: the one that is suggested, or a value of it.
    """
    others = [_last(choice) for choice in choices if choice != told_of]
    return Finding(
        told_of, f"is missing, and so are {' and '.join(others)}", f"give exactly one of them, e.g. {example}"
    )


def _last(path: str) -> str:
    """The name of an input within the object that holds it."""
    return path.rpartition(".")[2]
