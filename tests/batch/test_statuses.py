"""One poller for all that wait."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import requests

from pulumi_sentinelhub.batch.api import BatchRequestInfo
from pulumi_sentinelhub.batch.statuses import LIST_FROM, WATCHED_SECONDS, Reader, StatusBoard
from pulumi_sentinelhub.errors import DeadlineExceeded, Interrupted, NotFound
from pulumi_sentinelhub.waiting.patience import Patience
from pulumi_sentinelhub.waiting.polling import Pauses
from tests.support.clock import HandClock
from tests.support.wire import Answer, Sent, Wire, client, refusal_json, request_json, within

GONE = refusal_json(404, "no", "COMMON_NOT_FOUND")


def service(**states: str) -> Wire:
    """A service that has these requests: id to status."""

    def one(sent: Sent) -> Answer:
        id = sent.path.rsplit("/", 1)[1]
        return Answer(200, request_json(id, states[id])) if id in states else GONE

    def listed(_: Sent) -> Answer:
        return Answer(200, {"data": [request_json(id, status) for id, status in states.items()]})

    return Wire().on("GET", "/process/.*", one).on("GET", "/process", listed)


def board(wire: Wire, clock: HandClock, cancel: threading.Event | None = None) -> Reader:
    one = within(client(wire, clock), None, cancel)
    return Reader(StatusBoard(clock), lambda _: one, Patience(clock, cancel))


def status(found: Any) -> str:
    return found.status if isinstance(found, BatchRequestInfo) else type(found).__name__


def test_few_are_asked_for_each_and_many_by_one_list() -> None:
    """From three requests on, one list call serves them all."""
    wire, clock = service(a="DONE", b="CREATED", c="PROCESSING"), HandClock()
    assert {id: status(found) for id, found in board(wire, clock).read(["a", "b"], 0).items()} == {
        "a": "DONE",
        "b": "CREATED",
    }
    assert wire.calls() == ["GET /process/a", "GET /process/b"]
    wire.sent.clear()
    board(wire, clock).read(["a", "b", "c"], 0)
    assert wire.calls() == ["GET /process"]
    assert wire.sent[-1].query == {"sort": ["created:desc"]}
    assert LIST_FROM == 3


def test_what_the_list_does_not_hold_is_asked_for() -> None:
    """A request that cannot be seen is a state of its own; who asked decides what that means."""
    wire, clock = service(a="DONE", b="CREATED"), HandClock()
    here = board(wire, clock)
    found = here.read(["a", "b", "gone", "a"], 0)
    assert {id: status(one) for id, one in found.items()} == {"a": "DONE", "b": "CREATED", "gone": "NotFound"}
    assert isinstance(found["gone"], NotFound)
    assert wire.calls() == ["GET /process", "GET /process/gone"]
    assert clock.naps == []
    clock.seconds += 10
    here.read(["gone"], 0)
    assert wire.calls()[2:].count("GET /process/gone") == 1


def test_a_list_that_is_refused_is_done_without() -> None:
    """Each request is asked for by itself then."""
    wire = Wire().on("GET", "/process", refusal_json(403, "no"))
    wire.on("GET", "/process/.*", Answer(200, request_json("a")))
    assert len(board(wire, HandClock()).read(["a", "b", "c"], 0)) == 3


def test_a_long_list_is_not_read_to_its_end() -> None:
    """An account with endless requests costs a bounded number of calls."""
    count = iter(range(10**6))

    def endless(_: Sent) -> Answer:
        number = next(count)
        return Answer(
            200,
            {
                "data": [request_json(f"x{number}-{n}") for n in range(100)],
                "links": {"nextToken": str(number)},
            },
        )

    wire = Wire().on("GET", "/process", endless).on("GET", "/process/.*", Answer(200, request_json("a")))
    board(wire, HandClock()).read(["a", "b", "c"], 0)
    assert len([call for call in wire.calls() if call == "GET /process"]) <= 6


def test_a_young_reading_serves_again() -> None:
    """Within ``max_age`` nothing is asked."""
    wire, clock = service(a="PROCESSING"), HandClock()
    one = board(wire, clock)
    one.read(["a"], 0)
    clock.seconds += 2
    one.read(["a"], 2.5)
    assert len(wire.calls()) == 1
    clock.seconds += 1
    one.read(["a"], 2.5)
    assert len(wire.calls()) == 2


def test_who_asks_takes_along_what_others_wait_for() -> None:
    """Runs with one request each still make one list call together; what is over or forgotten is left out."""
    wire, clock = service(a="PROCESSING", b="PROCESSING", c="PROCESSING", d="DONE"), HandClock()
    one = board(wire, clock)
    for id in "abcd":
        one.read([id], 0)
    wire.sent.clear()
    clock.seconds += 5
    for id in "abc":
        one.read([id], 2.5)
    assert wire.calls() == ["GET /process"]
    wire.sent.clear()
    clock.seconds += WATCHED_SECONDS + 1
    one.read(["a"], 0)
    assert wire.calls() == ["GET /process/a"]


def test_waiting_threads_are_served_by_one_fetch() -> None:
    """Twenty threads that want a reading while one is under way get by with two fetches."""
    clock, barrier = HandClock(), threading.Barrier(20)
    wire = service(**{f"r{n}": "PROCESSING" for n in range(20)})
    one = board(wire, clock)

    def read(number: int) -> str:
        barrier.wait(60)
        return status(one.read([f"r{number}"], 1.0)[f"r{number}"])

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(read, range(20)))
        wire.sent.clear()
        clock.seconds += 10
        assert set(pool.map(read, range(20))) == {"PROCESSING"}
    assert wire.calls() == ["GET /process"]


def test_what_cannot_be_read_holds_up_nothing_else() -> None:
    """A refusal or an outage of one request is its own state; the others are read all the same."""
    down: list[Any] = [requests.exceptions.ConnectTimeout("down")] * 50
    wire = Wire().on("GET", "/process/a", refusal_json(403, "no"), Answer(200, request_json("a")))
    wire.on("GET", "/process/b", Answer(200, request_json("b"))).on("GET", "/process/c", *down)
    wire.on("GET", "/process", refusal_json(403, "no"))
    one = board(wire, HandClock())
    found = one.read(["a", "c", "b"], 0)
    assert {id: status(state) for id, state in found.items()} == {
        "a": "Forbidden",
        "b": "CREATED",
        "c": "Unreachable",
    }
    assert status(one.read(["a"], 0)["a"]) == "CREATED"


def test_what_failed_last_time_is_read_last() -> None:
    """Repeating a call may take long: those that answer do not wait for it."""
    down: list[Any] = [requests.exceptions.ConnectTimeout("down")] * 50
    wire = Wire().on("GET", "/process/a", *down).on("GET", "/process/b", Answer(200, request_json("b")))
    clock = HandClock()
    one = board(wire, clock)
    one.read(["a", "b"], 0)
    clock.seconds += 5
    wire.sent.clear()
    one.read(["a", "b"], 0)
    assert wire.calls()[0] == "GET /process/b"


def test_a_reader_has_its_own_deadline() -> None:
    """Who waits for the thread that asks waits no longer than its own operation may take."""

    def late(one: Reader, _: threading.Event, __: threading.Event) -> None:
        with pytest.raises(DeadlineExceeded):
            replace(one, patience=one.patience.at_most(0)).read(["a"], 0)

    _during_a_slow_answer(late)


def _during_a_slow_answer(do: Callable[[Reader, threading.Event, threading.Event], None]) -> None:
    cancel, asked, release = threading.Event(), threading.Event(), threading.Event()

    def slow(_: Sent) -> Answer:
        asked.set()
        assert release.wait(60)
        return Answer(200, request_json("a"))

    one = board(Wire().on("GET", "/process/a", slow), HandClock(), cancel)
    with ThreadPoolExecutor(1) as pool:
        leader = pool.submit(one.read, ["a"], 0)
        assert asked.wait(60)
        try:
            do(one, cancel, release)
        finally:
            release.set()
        assert status(leader.result(60)["a"]) == "CREATED"


def test_ctrl_c_ends_the_wait_for_another_thread() -> None:
    """Who waits for the thread that asks notices it at once."""

    def interrupted(one: Reader, cancel: threading.Event, _: threading.Event) -> None:
        cancel.set()
        with pytest.raises(Interrupted):
            one.read(["a"], 0)

    _during_a_slow_answer(interrupted)


def test_no_request_is_nothing_to_ask() -> None:
    """An empty list of ids makes no call."""
    wire = Wire()
    assert board(wire, HandClock()).read([], 0) == {}
    assert not wire.sent


def test_pauses_grow_with_jitter_to_a_cap() -> None:
    """Never below the first, never above the cap and its jitter, and again from the first after a reset."""
    schedule = Pauses(first=15, most=60, jitter=0.2, rng=random.Random(1))
    pauses = [schedule.next() for _ in range(8)]
    assert all(15 <= pause <= 72 for pause in pauses)
    assert pauses[0] <= 18
    assert pauses[-1] >= 60
    assert len(set(pauses)) == len(pauses)
    schedule.reset()
    assert schedule.next() <= 18


def test_the_least_pause_wins_over_the_cap() -> None:
    """A first pause above the cap is kept."""
    assert Pauses(first=90, most=60, jitter=0).next() == 90
