"""Calls side by side: bounded, in order, and nothing that was called is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_sentinelhub.errors import AnswerLost, DeadlineExceeded, Interrupted, SentinelHubError
from pulumi_sentinelhub.waiting.patience import Patience
from pulumi_sentinelhub.waiting.together import together
from tests.support.clock import HandClock
from tests.support.hypotheses import tried

#: What a call may do.
WELL, REFUSED, CTRL_C, LATE, BROKEN = "well", "refused", "ctrl-c", "late", "broken"
RAISED: dict[str, Callable[[], BaseException]] = {
    REFUSED: lambda: AnswerLost("lost"),
    CTRL_C: lambda: Interrupted("interrupted"),
    LATE: lambda: DeadlineExceeded("late"),
    BROKEN: lambda: ZeroDivisionError("a defect"),
}


@dataclass
class Calls:
    """Calls by id, what they did, and what was kept of them."""

    doing: dict[str, str]
    cancel: threading.Event = field(default_factory=threading.Event)
    begun: list[str] = field(default_factory=list)
    kept: dict[str, str | SentinelHubError] = field(default_factory=dict)
    most: int = 0
    _now: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def call(self, id: str) -> str:
        with self._lock:
            assert not self.cancel.is_set() or self._now, "begun after Ctrl-C"
            self.begun.append(id)
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            failure = RAISED.get(self.doing[id])
            if self.doing[id] == CTRL_C:
                self.cancel.set()
            if failure is not None:
                raise failure()
            return f"result of {id}"
        finally:
            with self._lock:
                self._now -= 1

    def keep(self, id: str, result: str | SentinelHubError) -> None:
        assert id not in self.kept
        self.kept[id] = result

    def run(self, ids: Sequence[str], at_once: int, clock: HandClock | None = None) -> None:
        patience = Patience(clock or HandClock(), self.cancel)
        together(ids, self.call, self.keep, patience=patience, at_once=at_once, what="start batch request")


@tried(300)
@given(
    st.lists(st.sampled_from([WELL, WELL, WELL, REFUSED, CTRL_C, LATE, BROKEN]), max_size=40),
    st.integers(1, 20),
)
def test_nothing_that_was_called_is_lost(doing: list[str], at_once: int) -> None:
    """Each id is called once at most, each result kept in order; what ends it is raised after that."""
    ids = [f"id-{i}" for i in range(len(doing))]
    calls = Calls(dict(zip(ids, doing, strict=True)))
    ending = [id for id in ids if calls.doing[id] in (CTRL_C, LATE, BROKEN)]
    if ending:
        with pytest.raises((Interrupted, DeadlineExceeded, ZeroDivisionError)):
            calls.run(ids, at_once)
    else:
        calls.run(ids, at_once)
        assert calls.begun == ids if at_once == 1 else sorted(calls.begun) == sorted(ids)
    assert len(set(calls.begun)) == len(calls.begun)
    assert calls.most <= at_once
    returned = [id for id in ids if id in calls.begun and calls.doing[id] in (WELL, REFUSED)]
    assert list(calls.kept) == returned
    assert all(isinstance(calls.kept[id], AnswerLost) == (calls.doing[id] == REFUSED) for id in returned)
    if at_once == 1 and ending:
        assert calls.begun == ids[: ids.index(ending[0]) + 1]


@pytest.mark.parametrize("at_once", [2, 16])
def test_as_many_as_may_be_are_under_way_at_once(at_once: int) -> None:
    """Calls that each wait for the others come back: so many are made side by side, and no more."""
    barrier = threading.Barrier(at_once, timeout=30)
    kept: list[str] = []
    ids = [str(i) for i in range(3 * at_once)]
    together(
        ids,
        lambda id: barrier.wait(),
        lambda id, result: kept.append(id),
        patience=Patience(HandClock()),
        at_once=at_once,
        what="start batch request",
    )
    assert kept == ids


def test_ctrl_c_begins_nothing_more_and_keeps_what_is_under_way() -> None:
    """Two calls are under way when Ctrl-C comes: both are kept, the third is not begun and named."""
    calls = Calls(dict.fromkeys("abc", WELL))
    barrier = threading.Barrier(2, timeout=30)

    def call(id: str) -> str:
        result = calls.call(id)
        barrier.wait()
        calls.cancel.set()
        return result

    with pytest.raises(Interrupted, match="start batch request c"):
        together(
            "abc", call, calls.keep, patience=Patience(HandClock(), calls.cancel), at_once=2,
            what="start batch request",
        )  # fmt: skip
    assert list(calls.kept) == ["a", "b"]


def test_after_the_deadline_none_begins() -> None:
    """What would begin too late is named, and was not called."""
    clock, calls = HandClock(), Calls(dict.fromkeys("ab", WELL))
    with pytest.raises(DeadlineExceeded, match="too late to start batch request a"):
        together(
            "ab", calls.call, calls.keep, patience=Patience.lasting(clock, 0), at_once=2,
            what="start batch request",
        )  # fmt: skip
    assert calls.begun == []


def test_what_fails_while_it_is_kept_loses_no_other() -> None:
    """An error in keeping one result ends it, and what was called meanwhile is kept all the same."""
    called, kept = [], []
    barrier = threading.Barrier(4, timeout=30)

    def call(id: str) -> None:
        called.append(id)
        barrier.wait()

    def keep(id: str, result: object) -> None:
        kept.append(id)
        if id == "b":
            raise Interrupted("while b is looked at again", subject=id)

    with pytest.raises(Interrupted, match="b is looked at again b"):
        together("abcd", call, keep, patience=Patience(HandClock()), at_once=4, what="start batch request")
    assert kept == ["a", "b", "c", "d"]


def test_one_at_a_time_stays_in_the_callers_thread() -> None:
    """Each call is kept before the next begins, all in one thread."""
    log: list[tuple[str, str, int]] = []
    together(
        "abc",
        lambda id: log.append(("call", id, threading.get_ident())),
        lambda id, result: log.append(("keep", id, threading.get_ident())),
        patience=Patience(HandClock()),
        at_once=1,
        what="start batch request",
    )
    assert [(word, id) for word, id, _ in log] == [(word, id) for id in "abc" for word in ("call", "keep")]
    assert all(one[2] == other[2] for one, other in pairwise(log))


@pytest.mark.parametrize("ends", [LATE, BROKEN])
def test_after_what_ends_it_none_begins(ends: str) -> None:
    """While one call is under way another ends it: the free thread begins no third one."""
    calls = Calls({"a": ends, "b": WELL, "c": WELL})
    under_way, third = threading.Event(), threading.Event()

    def call(id: str) -> str:
        if id == "a":
            assert under_way.wait(60)
        if id == "b":
            under_way.set()
            third.wait(2)  # for what must not begin: the thread of "a" is free meanwhile
        if id == "c":
            third.set()
        return calls.call(id)

    with pytest.raises((DeadlineExceeded, ZeroDivisionError)):
        together(
            "abc", call, calls.keep, patience=Patience(HandClock()), at_once=2, what="start batch request"
        )
    assert not third.is_set()
    assert list(calls.kept) == ["b"]
