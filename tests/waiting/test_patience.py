"""One operation's patience: one moment at which everything it does has to end."""

from __future__ import annotations

import math
import threading

import pytest

from pulumi_sentinelhub.errors import BucketError, DeadlineExceeded, Interrupted
from pulumi_sentinelhub.waiting.patience import Ended, Patience
from pulumi_sentinelhub.waiting.retries import ATTEMPTS, Again, keep_trying
from pulumi_sentinelhub.waiting.timely import turn
from tests.support.clock import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def test_no_wait_reaches_beyond_the_deadline(clock: HandClock) -> None:
    """A wait that is too long is cut; after that there is none at all."""
    patience = Patience.lasting(clock, 20)
    assert patience.rest(15) is None
    assert patience.rest(15) is Ended.LATE
    assert patience.rest(15) is Ended.LATE
    assert clock.naps == [15, 5]
    assert (patience.left, patience.expired, patience.given) == (0, True, 20)


def test_parts_of_an_operation_share_its_moment(clock: HandClock) -> None:
    """A part may be given less time, never more, and what one part has waited the next one lacks."""
    whole = Patience.lasting(clock, 100)
    short = whole.at_most(30)
    assert (short.left, whole.left) == (30, 100)
    whole.rest(90)
    assert whole.at_most(30).deadline == whole.deadline
    assert Patience(clock).at_most(30).left == 30
    assert Patience(clock).left == math.inf


def test_ctrl_c_ends_a_wait_and_begins_none(clock: HandClock) -> None:
    """Set, the event ends each wait; nothing is waited for after that."""
    cancel = threading.Event()
    patience = Patience.lasting(clock, 100, cancel)
    cancel.set()
    assert patience.rest(10) is Ended.CANCELLED
    assert clock.naps == []
    with pytest.raises(Interrupted, match="the attempt to delete bucket results"):
        patience.pause(10, "delete bucket", "results")


def test_a_pause_tells_that_time_is_up(clock: HandClock) -> None:
    """A pause that ends at the deadline says what is not begun any more, and how to give it more time."""
    with pytest.raises(DeadlineExceeded, match=r"too late to delete bucket results.*custom_timeouts"):
        Patience.lasting(clock, 5).pause(10, "delete bucket", "results")
    assert clock.naps == [5]


@pytest.mark.parametrize(("kind", "most"), [("failing", 6), ("unreached", 4), ("store", 7)])
def test_attempts_are_counted_by_kind(clock: HandClock, kind: str, most: int) -> None:
    """A failure that stays is raised itself, after so many attempts and at most two minutes."""
    attempts = []

    def fails() -> None:
        attempts.append(kind)
        raise Again(BucketError("cannot delete bucket", subject="results"), kind)

    with pytest.raises(BucketError):
        keep_trying(Patience(clock), fails, "delete bucket", "results")
    assert len(attempts) == most == ATTEMPTS[kind]
    assert sum(clock.naps) < 120


def test_a_wait_that_is_too_long_is_not_begun(clock: HandClock) -> None:
    """Where the next attempt would come too late, it is said at once, with what had failed."""

    def fails() -> None:
        raise Again(BucketError("cannot delete bucket", why="S3 is busy"), at_least=60)

    with pytest.raises(DeadlineExceeded, match=r"to delete bucket results: S3 is busy"):
        keep_trying(Patience.lasting(clock, 50), fails, "delete bucket", "results")
    assert clock.naps == []


def test_a_turn_is_waited_for_within_the_deadline(clock: HandClock) -> None:
    """Who waits for another thread's turn ends with its own operation, and takes nothing."""
    lock = threading.Lock()
    with lock, pytest.raises(DeadlineExceeded), turn(lock, Patience.lasting(clock, 0), "get a token", None):
        raise AssertionError("it is not its turn")
    with turn(lock, Patience.lasting(clock, 0), "get a token", None):
        assert lock.locked()
    assert not lock.locked()
