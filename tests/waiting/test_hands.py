"""Threads that carry one piece of work after another."""

from __future__ import annotations

import os
import threading

import pytest

from pulumi_sentinelhub.waiting import hands

LONG = 60.0


def test_what_work_returns_and_raises() -> None:
    """Each piece has its own end."""
    well, badly = hands.give(lambda: 7), hands.give(lambda: 1 // 0)
    assert well.arrived(LONG)
    assert badly.arrived(LONG)
    assert well.result() == 7
    with pytest.raises(ZeroDivisionError):
        badly.result()


def test_a_thread_is_used_again() -> None:
    """One after another takes one thread, whether the work ended well or not."""

    def fail() -> None:
        threads.append(threading.current_thread())
        raise OSError

    threads: list[threading.Thread] = []
    for _ in range(20):
        assert hands.give(fail).arrived(LONG)
        assert hands.give(lambda: threads.append(threading.current_thread())).arrived(LONG)
    assert len(set(threads)) <= 2


def test_many_at_once_wait_for_none() -> None:
    """Whatever is under way, the next piece begins; afterwards no more threads are kept than may be."""
    go = threading.Barrier(100, timeout=LONG)
    all_at_once = [hands.give(go.wait) for _ in range(100)]
    assert all(done.arrived(LONG) for done in all_at_once)
    assert sorted(done.result() for done in all_at_once) == list(range(100))
    assert len(hands._idle) <= hands._MOST_IDLE


def test_work_that_hangs_holds_up_none() -> None:
    """It is left, and its thread is told from idle ones meanwhile."""
    hung = threading.Event()
    left = hands.give(lambda: hung.wait(LONG))
    assert not left.arrived(0.01)
    assert hands.give(lambda: 1).arrived(LONG)
    assert hands.BUSY in {thread.name for thread in threading.enumerate()}
    hung.set()
    assert left.arrived(LONG)
    assert left.result()


def test_a_fork_has_none_of_the_threads() -> None:
    """Work that is given in a forked process is done there."""
    assert hands.give(lambda: 1).arrived(LONG)
    child = os.fork()
    if child == 0:
        os._exit(not hands.give(lambda: 2).arrived(LONG))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
