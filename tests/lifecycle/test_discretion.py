"""Secrets in what checks find, and in texts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pulumi_sentinelhub.finding import Finding, Severity
from pulumi_sentinelhub.lifecycle.bucket import OUTPUT_BUCKET
from pulumi_sentinelhub.lifecycle.context import Context
from pulumi_sentinelhub.lifecycle.contract import CheckReport
from pulumi_sentinelhub.lifecycle.discretion import HIDDEN, Secrets, discreetly
from pulumi_sentinelhub.lifecycle.request import BATCH_REQUEST
from pulumi_sentinelhub.waiting.patience import Patience
from tests.support.bad_inputs import BAD_INPUTS, REMOVED, Bad
from tests.support.clock import HandClock
from tests.support.contexts import without_service

NO_MORE = "no more is shown of it, as it is secret"
#: Mistakes that any other value would make, too.
ALL_OPEN = {
    "two families of output",
    "two collections at once",
    "COG settings of a collection",
    "an override of no array",
}
GIVEN = [bad for bad in BAD_INPUTS if bad.value is not REMOVED]


@pytest.fixture
def ctx() -> Context:
    def reached(*_: Any) -> Any:
        raise AssertionError("no call is made")

    return without_service(Patience.lasting(HandClock(), 600.0), reached)


def texts(value: Any) -> Iterator[str]:
    """The texts in a value that no sentence has by chance."""
    if isinstance(value, dict):
        for member in value.values():
            yield from texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from texts(member)
    elif isinstance(value, str) and len(value) > 3:
        yield value


@pytest.mark.parametrize("bad", GIVEN, ids=[bad.name for bad in GIVEN])
def test_no_mistake_is_quoted(bad: Bad, ctx: Context) -> None:
    """Of each mistake that preview finds only the place is said, unless it is that something is there."""
    inputs = {**bad.inputs(), "declaration": "key", "deployment": "aws-eu-central-1"}
    plainly = BATCH_REQUEST.check(ctx, {}, inputs).findings
    report = discreetly(BATCH_REQUEST.check, ctx, {}, inputs, Secrets(inputs, [bad.path]))
    told = [one for one in report.findings if one.severity is not Severity.NOTE]
    assert {one.severity for one in told} == {
        one.severity for one in plainly if one.severity is not Severity.NOTE
    }
    assert any(NO_MORE in one.reason for one in told) or bad.name in ALL_OPEN
    quoted = [text for text in texts(bad.value) for one in told if text in str(one)]
    assert quoted == []


def test_a_bucket(ctx: Context) -> None:
    """What has nothing to do with a secret is told in full."""
    inputs = {"bucket": "Hidden_Name", "region": "mars-1", "policy": "wide", "tags": {"a": "b\u2603"}}
    report = discreetly(
        OUTPUT_BUCKET.check, ctx, {}, inputs, Secrets(inputs, [("bucket",), ("region",), ("tags", "a")])
    )
    found = {one.property: one for one in report.findings}
    assert set(found) == {"bucket", "region", "policy", "tags"}
    assert all(NO_MORE in found[name].reason for name in ("bucket", "region", "tags"))
    assert found["policy"].reason == 'must be one of narrow, broad, but it is "wide"'
    assert report.inputs["bucket"] == "Hidden_Name"


def test_a_check_that_fails_on_what_is_unknown(ctx: Context) -> None:
    """Whatever cannot be told to be open is not shown; a price is, unless it holds the value."""

    def examine(_: Context, __: Any, news: Any) -> CheckReport:
        size = len(news["a"]) * 1111
        notes = [Finding("", text, severity=Severity.NOTE) for text in (f"{size} tiles", f"a: {news['a']}")]
        return CheckReport(dict(news), (Finding("b", "is wrong"), *notes))

    report = discreetly(examine, ctx, {}, {"a": "Hidden", "b": 1}, Secrets({"a": "Hidden"}, [("a",)]))
    assert [str(one).partition(", and")[0] for one in report.findings] == [
        "b: does not go with a",
        "6666 tiles",
    ]


@pytest.mark.parametrize(
    ("value", "text", "shown"),
    [
        ("mine", "bucket mine of mine.", f"bucket {HIDDEN} of {HIDDEN}."),
        ("mine", "a mine-field, determined", f"a {HIDDEN}-field, determined"),
        ("ab", "ab is too short to be looked for", "ab is too short to be looked for"),
        (4711, "4711 of 14711 and 4711.5", f"{HIDDEN} of 14711 and 4711.5"),
        (41.25, "41.25 PU", f"{HIDDEN} PU"),
        ({"k": ["deep", {"not ours": True}]}, "deep: not ours", f"{HIDDEN}: {HIDDEN}"),
        ("x" * 80, f'is "{"x" * 50}… (30 more characters)", no', f'is "{HIDDEN}", no'),
        ("s3://b/<c>", "goes to s3://b/<c>/d", f"goes to {HIDDEN}/d"),
    ],
)
def test_texts(value: Any, text: str, shown: str) -> None:
    """A value is replaced as a whole word, as far as it is shown."""
    assert Secrets({"a": value, "b": "goes"}, [("a",)]).hush(text) == shown


def test_nothing_is_secret(ctx: Context) -> None:
    """Then a check is made once."""
    calls = []

    def examine(_: Context, __: Any, news: Any) -> CheckReport:
        calls.append(1)
        return CheckReport(dict(news), (Finding("b", "is wrong"),))

    assert discreetly(examine, ctx, {}, {}, Secrets({"a": "text"})).findings == (Finding("b", "is wrong"),)
    assert calls == [1]
    assert Secrets({"a": "text"}).hush("text") == "text"
