"""How a finding reads."""

from __future__ import annotations

import pytest

from pulumi_sentinelhub.finding import Finding, Severity, conflict, none_given
from pulumi_sentinelhub.lifecycle.contract import CheckReport


@pytest.mark.parametrize(
    ("finding", "text"),
    [
        (Finding("bbox", "has 3 numbers", "give 4"), "bbox: has 3 numbers; give 4"),
        (Finding("bbox", "has 3 numbers"), "bbox: has 3 numbers"),
        (Finding("", "about 68 tiles", severity=Severity.NOTE), "about 68 tiles"),
        (Finding("a\nb", "c\x1b[2J", "d\re"), "a\\nb: c\\x1b[2J; d\\re"),
    ],
)
def test_a_finding_is_one_line(finding: Finding, text: str) -> None:
    """Property, reason and fix as far as there are any, with nothing invisible in them."""
    assert str(finding) == text


def test_a_report_keeps_its_findings_apart() -> None:
    """Only errors stop the resource."""
    error, warning, note = (Finding("a", "b", severity=severity) for severity in Severity)
    report = CheckReport({}, (note, warning, error, warning))
    assert (report.failures, report.warnings, report.foretold) == ((error,), (warning, warning), (note,))


def test_what_the_update_shows_is_told_by_a_preview_alone() -> None:
    """A warning of what the update shows by itself is none of those that stay."""
    shown = Finding("a", "b", severity=Severity.WARNING, foretold=True)
    other = Finding("a", "c", severity=Severity.WARNING)
    report = CheckReport({}, (shown, other))
    assert (report.warnings, report.foretold) == ((other,), (shown,))


def test_inputs_that_exclude_each_other() -> None:
    """One wording for all: told of the second, with all choices."""
    choices = ("output.a", "output.b", "output.c")
    assert str(conflict(("output.a", "output.c"), choices)) == (
        "output.c: is given beside a; give exactly one of a, b, c"
    )
    assert str(conflict(choices, choices, needed=False)) == (
        "output.b: is given beside a and c; give at most one of a, b, c"
    )
    assert str(none_given(choices, told_of="output.b", example="a")) == (
        "output.b: is missing, and so are a and c; give exactly one of them, e.g. a"
    )
