"""What a preview says of a run's price, before anything is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_sentinelhub.finding import Finding, Severity
from pulumi_sentinelhub.lifecycle.context import Context
from pulumi_sentinelhub.lifecycle.ownership.ledger import Ledger
from pulumi_sentinelhub.lifecycle.run.forecast import foresee
from pulumi_sentinelhub.preview.estimate import Estimate
from pulumi_sentinelhub.values import UNKNOWN
from pulumi_sentinelhub.waiting.patience import Patience
from tests.support.clock import HandClock
from tests.support.contexts import no_call_is_due, without_service

ERROR, WARNING = Severity.ERROR, Severity.WARNING


def quoting(bills_least: bool = False, /, **costs: float) -> Context:
    """A context whose process has checked requests of these declarations and prices."""
    ledger = Ledger()
    for key, cost in costs.items():
        quoted = Estimate(1, 3 * cost, cost, "", 0.1, bills_least)
        ledger.quote(key, lambda quoted=quoted: quoted)  # type: ignore[misc]
    return without_service(Patience(HandClock()), no_call_is_due, ledger=ledger)


def run_of(*declarations: str, ids: tuple[Any, ...] = (), **more: Any) -> dict[str, Any]:
    """Inputs of a run; an id that is not given is not known yet."""
    places = {str(n): key for n, key in enumerate(declarations) if key}
    requests = [*ids, *(UNKNOWN for _ in declarations[len(ids) :])]
    return {"requests": requests, "until": "finished", "declarations": places, **more}


def record(id: str, declaration: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "declaration": declaration, **more}


DONE = {"status": "DONE", "user_action": "START"}


def told(found: list[Finding]) -> tuple[str, list[Severity]]:
    """The note's text, and the severities of all else."""
    note, *others = found
    assert note.severity is Severity.NOTE
    return note.reason, [one.severity for one in others]


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (None, []),
        (340.0, []),
        (320.0, [WARNING]),
        (280.0, [WARNING]),
        (260.0, [ERROR]),
    ],
)
def test_a_budget(limit: float | None, expected: list[Severity]) -> None:
    """What cannot hold by more than the estimates' uncertainty is refused; what may not is warned about."""
    more: dict[str, Any] = {} if limit is None else {"max_cost": limit}
    text, severities = told(foresee(quoting(a=100, b=200), {}, run_of("a", "b", **more)))
    assert text.startswith("starts 2 requests of about 300 PU in all")
    assert severities == expected


@pytest.mark.parametrize(
    ("bills_least", "limit", "expected"),
    [
        (False, 20.0, [ERROR]),
        (False, 190.0, [WARNING]),
        (False, 200.0, []),
        (True, 190.0, [ERROR]),
        (True, 200.0, []),
    ],
)
def test_the_least_that_is_charged(bills_least: bool, limit: float, expected: list[Severity]) -> None:
    """It is named beside the estimate. Where costs are bills, less than it cannot hold; else it may not."""
    ctx = quoting(bills_least, a=10, b=20)
    found = foresee(ctx, {}, run_of("a", "b", max_cost=limit))
    text, severities = told(found)
    assert "about 30 PU in all, charged as 200 PU, at least 100 PU each; max_cost" in text
    assert severities == expected
    assert all("charged as 200 PU" in one.reason for one in found[1:])


def test_what_is_spent_leaves_less() -> None:
    """A finished area uses up the budget of a later one, and both are said."""
    olds = {"results": [record("1", "a", cost=700.0, **DONE)]}
    inputs = run_of("a", "b", ids=("1",), max_cost=1000.0)
    text, severities = told(foresee(quoting(a=100, b=200), olds, inputs))
    assert "1 request of about 200 PU" in text
    assert "700 PU are spent already; max_cost = 1,000 PU leaves 300 PU for it" in text
    assert severities == []
    assert told(foresee(quoting(a=100, b=400), olds, inputs))[1] == [ERROR]


def test_a_change_of_what_is_finished() -> None:
    """The job that is replaced is named with what it has cost, and counts as spent."""
    olds = {"results": [record("1", "a", cost=245.0, **DONE)]}
    text, severities = told(foresee(quoting(a=187), olds, run_of("a", max_cost=400.0)))
    assert "about 187 PU in all, in place of what has been computed: 1 (245 PU); 245 PU are spent" in text
    assert severities == [ERROR]


def test_earlier_attempts_count() -> None:
    """What has left the run has been paid."""
    olds = {"earlier": [record("0", "a", cost=50.0)], "results": [record("1", "a", status="CREATED")]}
    text, _ = told(foresee(quoting(a=10), olds, run_of("a", ids=("1",), max_cost=100.0)))
    assert "50 PU are spent already; max_cost = 100 PU leaves 50 PU" in text


def test_what_is_taken_out_uses_up_nothing() -> None:
    """Neither a request that leaves the run counts, nor its earlier attempts, as when the run drives."""
    olds = {
        "earlier": [record("0", "b", cost=50.0)],
        "results": [record("1", "a", status="CREATED"), record("2", "b", cost=40.0, **DONE)],
    }
    text, severities = told(foresee(quoting(a=100), olds, run_of("a", ids=("1",), max_cost=120.0)))
    assert "spent" not in text
    assert severities == []


@pytest.mark.parametrize(
    "change",
    [
        lambda inputs: {**inputs, "until": "analysed"},
        lambda inputs: {**inputs, "until": UNKNOWN},
        lambda inputs: {**inputs, "max_cost": UNKNOWN},
        lambda inputs: {**inputs, "requests": UNKNOWN},
        lambda inputs: {key: value for key, value in inputs.items() if key != "declarations"},
    ],
)
def test_nothing_is_said_of_what_is_not_known(change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """A run that starts nothing, or whose inputs are not known yet, is neither priced nor refused."""
    assert foresee(quoting(a=10), {}, change(run_of("a", max_cost=1.0))) == []


def test_a_made_request_has_the_price_of_its_declaration() -> None:
    """Also where the run is given its id alone, as in programs of other languages."""
    ctx = quoting(a=100)
    ctx.ledger.hold("1", "a")
    bare = {"requests": ["1", "2"], "until": "finished", "max_cost": 50.0}
    text, severities = told(foresee(ctx, {}, bare))
    assert text.startswith("starts 1 request of about 100 PU in all, and 1 whose price is not known yet")
    assert severities == [ERROR]


def test_what_runs_already_is_not_started_again() -> None:
    """Of a request that this process knows to run, or to have come to rest, no price is said.

    That one goes on is; beside others, too, of which it is none "whose price is not known yet".
    """
    goes_on = "goes on with what has started already: batch request 1"
    for learn, said in (
        ({"underway": True, "at_rest": False}, [goes_on]),
        ({"underway": False, "at_rest": True}, []),
    ):
        ctx = quoting(a=10, b=20)
        ctx.ledger.remember("1", **learn)
        found = foresee(ctx, {}, run_of("a", ids=("1",), max_cost=1.0))
        assert [(one.severity, one.reason) for one in found] == [(Severity.NOTE, text) for text in said]
        price, *others = foresee(ctx, {}, run_of("a", "b", ids=("1",)))
        assert price.reason == "starts 1 request of about 20 PU in all, charged as 100 PU, the least"
        assert [one.reason for one in others] == said


@given(
    costs=st.lists(st.floats(0, 1e6), min_size=1, max_size=5),
    spent=st.floats(0, 1e6),
    limit=st.floats(0.001, 1e7),
)
@settings(max_examples=200, derandomize=True, deadline=None)
def test_refused_only_where_it_cannot_hold(costs: list[float], spent: float, limit: float) -> None:
    """Whatever is spent and estimated: an error means that even the lowest estimates are over the budget."""
    keys = [f"d{n}" for n in range(len(costs))]
    olds = {"results": [record("1", "old", cost=spent, **DONE)]}
    inputs = run_of("old", *keys, ids=("1",), max_cost=limit)
    _, severities = told(foresee(quoting(**dict(zip(keys, costs, strict=True))), olds, inputs))
    total = sum(costs)
    near = 1e-6 * (1 + total + spent)
    if ERROR in severities:
        assert spent + 0.9 * total > limit - near
    else:
        assert spent + 0.9 * total <= limit + near
    if not severities:
        assert spent + 1.1 * total <= limit + near
