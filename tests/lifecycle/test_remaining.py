"""How long a run may still take: said once it means something, and no finer than it is known."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_sentinelhub.lifecycle.run.member import Member
from pulumi_sentinelhub.lifecycle.run.remaining import Remaining, remaining_text
from pulumi_sentinelhub.lifecycle.run.report import progress_line


def running(done: int, total: int = 100) -> Member:
    tiles = {"PROCESSED": done, "PENDING": total - done}
    return Member("a", status="PROCESSING", user_action="START", tile_count=total, tiles=tiles)


def test_a_steady_job() -> None:
    """After a twentieth of the tiles, and some seconds, the rest is told by their rate."""
    left = Remaining()
    assert left.after([running(0)], 0.0) is None
    assert left.after([running(4)], 40.0) is None
    assert left.after([running(10)], 100.0) == pytest.approx(900)
    assert left.after([running(100)], 1000.0) is None
    line = progress_line([running(10)], 100.0, 900.0)
    assert line == "PROCESSING 10% (10/100 tiles), 1m40s, about 15 min left"


def test_what_was_done_before_says_nothing_of_the_rate() -> None:
    """A run that is continued counts from what it has found."""
    left = Remaining()
    left.after([running(50)], 0.0)
    assert left.after([running(60)], 100.0) == pytest.approx(400)


def test_tiles_that_are_run_again() -> None:
    """A restart begins anew."""
    left = Remaining()
    for at, done in ((0.0, 0), (100.0, 90), (110.0, 50)):
        left.after([running(done)], at)
    assert left.after([running(60)], 210.0) == pytest.approx(400)


def test_by_percent_where_no_tiles_are_told() -> None:
    """So on v2."""
    left = Remaining()

    def at(percent: float, now: float) -> float | None:
        member = Member("a", status="PROCESSING", user_action="START", completion=percent)
        return left.after([member], now)

    assert at(0, 0.0) is None
    assert at(25, 100.0) == pytest.approx(300)


def test_nothing_is_said_of_what_has_not_begun() -> None:
    """An analysis has no rate."""
    assert Remaining().after([Member("a", status="ANALYSING", tile_count=10)], 5.0) is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(5, "less than a minute left"), (700, "about 12 min left"), (9000, "about 2 h left")],
)
def test_words(seconds: float, text: str) -> None:
    """Minutes and hours, no seconds."""
    assert remaining_text(seconds) == text


@given(looks=st.lists(st.tuples(st.integers(0, 100), st.floats(0, 1e5)), max_size=12))
@settings(max_examples=200, derandomize=True, deadline=None)
def test_never_negative_nor_endless(looks: list[tuple[int, float]]) -> None:
    """Whatever is seen, and however often: a number of seconds, or nothing."""
    left, now = Remaining(), 0.0
    for done, gap in looks:
        now += gap
        told = left.after([running(done)], now)
        assert told is None or 0 <= told < 1e9
