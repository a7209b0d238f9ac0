"""What the service may ask for, and for how long: waits, pages, counts."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_sentinelhub.batch.answers import tiling_grid
from pulumi_sentinelhub.batch.api import BatchRequestInfo
from pulumi_sentinelhub.batch.http import pages
from pulumi_sentinelhub.batch.v1.client import BatchClient
from pulumi_sentinelhub.batch.v1.codec import collection_info, request_info, tile
from pulumi_sentinelhub.errors import BadAnswer, DeadlineExceeded, RateLimited
from pulumi_sentinelhub.waiting.retries import LONGEST
from tests.support.clock import HandClock
from tests.support.wild import COLLECTION, GRID, REQUEST, TILE, VALUES
from tests.support.wire import ID, Answer, Sent, Wire, client, request_json, within
from tests.support.wire import settings as settings_of

ASKS: list[Callable[[BatchClient], Any]] = [
    lambda one: one.get_request(ID),
    lambda one: list(one.tiling_grids()),
    lambda one: one.start(ID),
]


@pytest.mark.parametrize("asks", ASKS)
@pytest.mark.parametrize("place", ["API", "token"])
def test_a_wait_of_days_is_not_slept_out(asks: Callable[[BatchClient], Any], place: str) -> None:
    """Where no deadline binds, it is told instead, and nothing is waited for."""
    limited = Answer(429, {"message": "slow down"}, {"Retry-After": "1000000000"})
    wire, clock = Wire(), HandClock()
    for method in ("GET", "POST"):
        wire.on(method, ".*", limited if place == "API" else Answer(200, REQUEST))
    if place == "token":
        wire.tokens = [limited]
    with pytest.raises(RateLimited, match="asks to wait 1,000,000 s, which is beyond the 900 s"):
        asks(client(wire, clock))
    assert clock.naps == []
    with pytest.raises(RateLimited, match="1,000,000 s, which is beyond the deadline"):
        asks(within(client(wire, clock), 86_400))
    assert clock.naps == []


def test_short_waits_add_up_to_the_limit() -> None:
    """Asked to wait again and again, a call without a deadline gives up within a quarter of an hour."""
    clock = HandClock()
    wire = Wire().on("GET", ".*", Answer(429, None, {"Retry-After": "60000"}))
    with pytest.raises(RateLimited):
        client(wire, clock).get_request(ID)
    assert LONGEST / 2 < clock.passed <= LONGEST


def endless(same: bool) -> Callable[[Sent], Answer]:
    """A list whose pages, the same or ever new ones, have ever new tokens."""
    numbers = itertools.count()

    def page(_: Sent) -> Answer:
        number = next(numbers)
        item = request_json("a" if same else f"a{number}")
        return Answer(200, {"data": [item], "links": {"nextToken": f"t{number}"}})

    return page


def test_the_same_page_under_new_tokens() -> None:
    """The second time it is seen to bring nothing new."""
    wire = Wire().on("GET", "/process", endless(same=True))
    found = client(wire).list_requests()
    assert next(found).id == "a"
    with pytest.raises(BadAnswer, match="same page"):
        list(found)
    assert len(wire.calls()) == 2


def test_ever_new_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a number of pages after which a list is believed to have no end."""
    monkeypatch.setattr(pages, "MOST_PAGES", 50)
    wire = Wire().on("GET", "/process", endless(same=False))
    taken: list[BatchRequestInfo] = []
    with pytest.raises(BadAnswer, match="after 50 pages"):
        taken.extend(client(wire).list_requests())
    assert len(wire.calls()) == 50


@pytest.mark.parametrize("deadline", [None, 7200.0])
def test_slow_pages(deadline: float | None) -> None:
    """A list takes an hour at most where nobody has given it more or less."""
    clock, page = HandClock(), endless(same=False)

    def slow(sent: Sent) -> Answer:
        clock.seconds += 60
        return page(sent)

    wire = Wire().on("GET", "/process", slow)
    with pytest.raises(DeadlineExceeded):
        list(within(client(wire, clock), deadline).list_requests())
    assert clock.passed == pytest.approx(deadline or pages.LONGEST, abs=60)


@pytest.mark.parametrize(
    "page",
    [
        [],
        [1],
        "pages",
        5,
        {"data": "none"},
        {"data": {"id": 1}},
        {"data": [[]]},
        {"data": [{"id": 5}]},
        {"data": [request_json()], "links": {"nextToken": "x" * 5000}},
    ],
)
def test_a_page_that_is_none(page: object) -> None:
    """It is not taken for an empty list: that would say that there is nothing."""
    with pytest.raises(BadAnswer, match="cannot list batch requests"):
        list(client(Wire().on("GET", "/process", Answer(200, page))).list_requests())


PRICES = (2**53 + 1, 1e300, 1.5)


@pytest.mark.parametrize(
    "wild", [-1, -0.5, float("nan"), float("inf"), 10**400, 2**53 + 1, 1e300, 1.5, True, "7", [7]]
)
def test_numbers_that_are_none(wild: Any) -> None:
    """A count is a whole number that a state can hold, a price is not below nothing; all else is absent."""
    info = request_info(request_json(tileCount=wild, valueEstimate=wild, tileWidthPx=wild))
    assert (info.tile_count, info.tile_width_px) == (None, None)
    assert info.value_estimate == (float(wild) if wild in PRICES and wild is not True else None)
    with pytest.raises(BadAnswer):
        tile({"id": wild})


@pytest.mark.parametrize("id", ["x" * 257, "a\nb", "\x1b[2J", "\u202e", "\ud800", "", None, 5, ["a"]])
def test_ids_that_are_none(id: Any) -> None:
    """An id goes into URLs, the state and messages."""
    for read, body in ((request_info, REQUEST), (collection_info, COLLECTION)):
        with pytest.raises(BadAnswer):
            read({**body, "id": id})


#: What is read, and what is right.
READ: list[tuple[Callable[[object], Any], dict[str, Any]]] = [
    (request_info, REQUEST),
    (tile, TILE),
    (tiling_grid, GRID),
    (collection_info, COLLECTION),
]


def members(right: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An object with some of its members wild."""
    return st.fixed_dictionaries({name: st.one_of(st.just(value), VALUES) for name, value in right.items()})


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.tuples(*(members(right) for _, right in READ)))
def test_wild_members(bodies: tuple[dict[str, Any], ...]) -> None:
    """Whatever stands in a member, an object is read, or it is a bad answer."""
    for (read, _), body in zip(READ, bodies, strict=True):
        try:
            found = read(body)
        except BadAnswer:
            continue
        if isinstance(found, BatchRequestInfo):
            assert found.tile_count is None or 0 <= found.tile_count <= 2**53
            assert isinstance(found.is_active, bool)


def test_a_status_that_is_no_answer() -> None:
    """101 is no success."""
    wire = Wire().on("POST", ".*", Answer(101)).on("GET", ".*", Answer(101))
    with pytest.raises(BadAnswer, match="HTTP 101"):
        client(wire).get_request(ID)
    one = BatchClient(settings_of(), clock=HandClock(), adapter=wire.adapter)
    with pytest.raises(Exception, match="HTTP 101"):
        one.start(ID)
    assert len([call for call in wire.calls() if call.startswith("POST")]) == 1
