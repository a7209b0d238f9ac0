"""The budget fails closed: what is not surely within it starts nothing."""

from __future__ import annotations

import math

import pytest

from pulumi_sentinelhub.errors import BudgetExceeded
from pulumi_sentinelhub.lifecycle.run.budget import Earlier, is_cleared, leave, spent_earlier
from pulumi_sentinelhub.lifecycle.run.member import Member


def analysed(estimate: float | None, **more: object) -> Member:
    """A request after its analysis."""
    return Member("a", status="ANALYSIS_DONE", cost_estimate=estimate, declaration="d", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("limit", "estimate", "earlier"),
    [
        (math.nan, 1.0, 0.0),
        (10.0, math.nan, 0.0),
        (10.0, 1.0, math.nan),
        (10.0, math.inf, 0.0),
        (10.0, 11.0, 0.0),
        (10.0, 6.0, 5.0),
        (10.0, None, 0.0),
    ],
)
def test_nothing_is_started(limit: float, estimate: float | None, earlier: float) -> None:
    """NaN on either side, infinity, too much now or with what was spent before, and what is not known."""
    with pytest.raises(BudgetExceeded):
        is_cleared(limit, [analysed(estimate)], earlier, starts=True)
    assert not is_cleared(limit, [analysed(estimate)], earlier, starts=False)


def test_a_running_member_without_estimate_stands_in_the_way_of_others() -> None:
    """It counts as unknown, not as free."""
    running = Member("b", status="PROCESSING", user_action="START")
    with pytest.raises(BudgetExceeded, match="b"):
        is_cleared(10.0, [analysed(1.0), running], 0.0, starts=True)


def test_what_fits_is_started() -> None:
    """Just the limit is within it."""
    assert is_cleared(10.0, [analysed(6.0)], 4.0, starts=True)
    assert is_cleared(None, [analysed(None)], 0.0, starts=True)


def test_the_least_that_is_billed_counts_on_v2() -> None:
    """There the cost of a request is its bill, so a budget below the least of one cannot be kept."""
    small = analysed(6.0, generation="v2")
    said = r"100 PU is over max_cost = 99 PU.*a: 6 PU, charged as 100 PU"
    with pytest.raises(BudgetExceeded, match=said):
        is_cleared(99.0, [small], 0.0, starts=True)
    assert is_cleared(100.0, [small], 0.0, starts=True)
    assert not is_cleared(1e9, [analysed(math.nan, generation="v2")], 0.0, starts=False)
    assert is_cleared(300.0, [small, analysed(200.0, generation="v2")], 0.0, starts=True)


def test_earlier_attempts_count() -> None:
    """What a cancelled predecessor of the same declaration has cost is remembered; another one's is not."""
    gone = Member("old", status="CANCELED", cost=5.0, declaration="d")
    kept = leave([], [gone, Member("other", cost=7.0, declaration="e"), Member("free", declaration="d")])
    assert kept == [Earlier("old", "d", 5.0), Earlier("other", "e", 7.0)]
    assert spent_earlier(kept, [analysed(1.0)]) == 5.0
    assert spent_earlier(kept, [gone]) == 0.0
