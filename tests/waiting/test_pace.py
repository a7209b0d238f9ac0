"""One pace for all that call: no faster than the service lets through, urgent calls first, pauses for all."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_sentinelhub.errors import DeadlineExceeded, Interrupted
from pulumi_sentinelhub.waiting.pace import BURST_SHARE, SHARE, Pace, Paces
from pulumi_sentinelhub.waiting.patience import Patience
from tests.support.clock import HandClock
from tests.support.hypotheses import tried

#: What the service lets through at once, as a part of a minute's calls.
PUBLISHED_BURST = 0.1


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def take(pace: Pace, clock: HandClock, *, urgent: bool = False) -> float:
    return pace.take(Patience(clock), "read batch request", "a", urgent=urgent)


def most_in_a_bucket(moments: Sequence[float], per_minute: float) -> float:
    """The fullest that a bucket gets which leaks ``per_minute`` and into which each moment drips one."""
    level, before, most = 0.0, moments[0], 0.0
    for moment in moments:
        level = max(0.0, level - (moment - before) * per_minute / 60) + 1
        before, most = moment, max(most, level)
    return most


@tried(200)
@given(
    per_minute=st.sampled_from([1, 10, 60, 600, 6000]),
    gaps=st.lists(st.one_of(st.just(0.0), st.floats(0, 2), st.floats(0, 120)), min_size=1, max_size=150),
    pauses=st.lists(st.tuples(st.integers(0, 150), st.floats(0, 2000)), max_size=3),
)
def test_no_window_exceeds_the_bucket(
    per_minute: float, gaps: list[float], pauses: list[tuple[int, float]]
) -> None:
    """However calls arrive, in no span of time are there more than the rate and half of a known burst."""
    clock, pace, moments = HandClock(), Pace(per_minute), []
    for number, gap in enumerate(gaps):
        clock.move(gap)
        for at, seconds in pauses:
            if at == number:
                pace.pause(seconds, clock.now())
        while paused := take(pace, clock):
            assert paused <= 900
            clock.move(paused)
        moments.append(clock.now())
    burst = max(1.0, per_minute * BURST_SHARE)
    assert BURST_SHARE < PUBLISHED_BURST
    assert SHARE < 1
    assert most_in_a_bucket(moments, per_minute * SHARE) <= burst + 1e-4
    assert most_in_a_bucket(moments, per_minute) <= max(1.0, per_minute * PUBLISHED_BURST) + 1e-4


def test_many_threads_share_it(clock: HandClock) -> None:
    """A hundred threads get no more than one would."""
    pace, moments = Pace(600), []

    def call(_: int) -> None:
        assert take(pace, clock) == 0
        moments.append(clock.now())

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(call, range(300)))
    assert len(moments) == 300
    assert clock.passed * 600 * SHARE / 60 >= 300 - 600 * BURST_SHARE - 1e-3


def test_a_call_that_nothing_holds_up_is_made_at_once(clock: HandClock) -> None:
    """A burst goes through without a wait; after it the calls follow each other by the rate."""
    pace = Pace(600)
    for _ in range(30):
        take(pace, clock)
    assert clock.naps == []
    take(pace, clock)
    assert clock.naps == [pytest.approx(60 / 600 / SHARE, abs=0.01)]


class Held:
    """A clock whose sleepers come back one after the other, when a test lets time pass.

    A thread that sleeps is woken at its time, in the order of these times.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._changed = threading.Condition()
        self._sleeping: list[float] = []

    def now(self) -> float:
        return self.seconds

    monotonic = now

    def sleep(self, seconds: float, cancel: threading.Event | None = None) -> bool:
        with self._changed:
            until = self.seconds + seconds
            self._sleeping.append(until)
            self._changed.notify_all()
            while self.seconds < until:
                assert self._changed.wait(10)
            return cancel is not None and cancel.is_set()

    def until_asleep(self, number: int) -> None:
        """Wait until so many sleeps have begun."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._sleeping) >= number, 10)

    def move(self, seconds: float) -> None:
        with self._changed:
            self.seconds += seconds
            self._changed.notify_all()


def test_an_urgent_call_goes_before_those_that_wait() -> None:
    """With one token a second and a line before it, it is the next."""
    clock, pace, order = Held(), Pace(60 / SHARE), list[str]()
    patience = Patience(clock)

    def call(name: str) -> None:
        assert pace.take(patience, "call", name, urgent=name == "cancel") == 0
        order.append(name)

    for _ in range(int(60 / SHARE * BURST_SHARE)):
        pace.take(patience, "call", None)
    with ThreadPoolExecutor(3) as pool:
        called = []
        for number, name in enumerate(("read", "another read", "cancel"), start=1):
            called.append(pool.submit(call, name))
            clock.until_asleep(number)
        for second in range(1, 4):
            clock.move(1.0)
            deadline = threading.Event()
            while len(order) < second and not deadline.wait(0.01):
                pass
        for one in called:
            one.result(10)
    assert order[0] == "cancel"
    assert sorted(order) == ["another read", "cancel", "read"]


def test_a_pause_is_for_all(clock: HandClock) -> None:
    """After a refusal nobody calls, however urgent it is; then calls begin again without a burst."""
    pace = Pace(600)
    pace.pause(7.5, clock.now())
    assert take(pace, clock) == take(pace, clock, urgent=True) == 7.5
    clock.move(5)
    pace.pause(1.0, clock.now())
    assert take(pace, clock) == 2.5
    clock.move(2.5)
    assert take(pace, clock) == 0
    assert clock.naps == []
    take(pace, clock)
    assert clock.naps == [pytest.approx(60 / 600 / SHARE, abs=0.01)]


def test_ctrl_c_and_the_deadline_end_the_wait(clock: HandClock) -> None:
    """Who waits in the line is let go at once, and holds up nobody any more."""
    pace = Pace(1)
    take(pace, clock)
    with pytest.raises(DeadlineExceeded, match="too late to read batch request a"):
        pace.take(Patience.lasting(clock, 5), "read batch request", "a")
    cancel = threading.Event()
    clock.during_sleep.append(cancel.set)
    with pytest.raises(Interrupted):
        pace.take(Patience(clock, cancel), "read batch request", "a")
    begun = clock.passed
    take(pace, clock)
    assert clock.passed - begun <= 60 / SHARE + 0.01


def test_an_account_has_one_pace(clock: HandClock) -> None:
    """However often and with whatever rate it is configured; the lowest counts. Others have their own."""
    paces = Paces()
    pace = paces.of("a", 600)
    assert paces.of("a", 60) is pace
    assert paces.of("a", 6000) is pace
    assert paces.of("b", 600) is not pace
    for _ in range(4):
        take(pace, clock)
    assert clock.naps == [pytest.approx(1 / SHARE, abs=0.01)]
