"""Wild answers to every call of the client: nothing passes the error tree, nothing shows a credential."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from pulumi_sentinelhub.batch.http.pages import LONGEST as LONGEST_LIST
from pulumi_sentinelhub.batch.v1.client import BatchClient
from pulumi_sentinelhub.errors import AnswerLost, SentinelHubError
from pulumi_sentinelhub.waiting.retries import LONGEST as LONGEST_CALL
from tests.faults.judge import Heard, expect_clear, expect_keepable, expect_nothing_secret
from tests.support.clock import HandClock
from tests.support.hypotheses import tried
from tests.support.shown import shown
from tests.support.wild import COLLECTION, GRID, KNOWN, KNOWN_HEADS, REQUEST, TILE, TOKENS, answers, sound
from tests.support.wire import (
    ID,
    NO_FILES,
    TOKEN,
    Answer,
    Wire,
    client,
    given_a_token,
    token_answer,
    within,
)

wild = tried(60, "WILD_ANSWERS")
#: Seconds on the clock turned by hand: the deadline, and what may be waited where there is none.
DEADLINE, MOST_WAITED = 60.0, LONGEST_LIST + LONGEST_CALL
#: Items that are taken of a list.
TAKEN = 50

Do = Callable[[BatchClient], Any]
#: Each call, and an object that its answer shows.
CALLS: dict[str, tuple[Do, dict[str, Any] | None]] = {
    "create_request": (lambda one: one.create_request({"processRequest": {}}), REQUEST),
    "get_request": (lambda one: one.get_request(ID), REQUEST),
    "list_requests": (lambda one: list(islice(one.list_requests(sort="created:desc"), TAKEN)), REQUEST),
    "update_request": (lambda one: one.update_request(ID, description="d"), REQUEST),
    "delete_request": (lambda one: one.delete_request(ID), None),
    "analyse": (lambda one: one.analyse(ID), None),
    "start": (lambda one: one.start(ID), None),
    "cancel": (lambda one: one.cancel(ID), None),
    "restart_failed": (lambda one: one.restart_failed(ID), None),
    "tiles": (lambda one: list(islice(one.tiles(ID, NO_FILES, status="FAILED"), TAKEN)), TILE),
    "tiling_grids": (lambda one: list(islice(one.tiling_grids(), TAKEN)), GRID),
    "create_collection": (lambda one: one.create_collection("n", "b"), COLLECTION),
    "get_collection": (lambda one: one.get_collection("c"), COLLECTION),
    "list_collections": (lambda one: list(islice(one.list_collections("n"), TAKEN)), COLLECTION),
    "rename_collection": (lambda one: one.rename_collection("c", "m"), None),
    "delete_collection": (lambda one: one.delete_collection("c"), None),
}
POSTS = ("create_request", "analyse", "start", "cancel", "restart_failed", "create_collection")


def refused_at_the_door(answer: Answer) -> bool:
    """Whether an answer says that nothing was done: then a POST may be sent again."""
    empty = b"Request body should be non-empty" in answer.content()
    return answer.status in (401, 429) or (answer.status == 400 and empty)


@pytest.fixture(autouse=True)
def no_garbage_deep_down() -> Iterator[None]:
    """Nested answers are read at the end of the stack, where nothing has room to be thrown away in order."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(scope="module", autouse=True)
def one_look_for_proxies() -> Iterator[None]:
    """The environment, in which there are none, is asked for them once: each client would do so otherwise."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            requests.sessions, "get_environ_proxies", cache(requests.sessions.get_environ_proxies)
        )
        yield


def outcome(
    name: str,
    wire: Wire,
    heard: Heard,
    deadline: float | None,
    made: Callable[[Wire, HandClock], BatchClient] = client,
) -> Any:
    """What a call returns or raises, judged; any other exception than ours is the test's failure."""
    clock = HandClock()
    begun = clock.seconds

    def issued() -> bool:
        return any(TOKEN in sent.headers.get("Authorization", "") for sent in wire.sent)

    try:
        result = CALLS[name][0](within(made(wire, clock), deadline))
    except SentinelHubError as error:
        expect_clear(error)
        expect_nothing_secret(shown(error), heard, issued=issued())
        result = error
    else:
        expect_nothing_secret(repr(result), heard, issued=issued())
        expect_keepable(result)
    assert clock.seconds - begun <= (DEADLINE if deadline is not None else MOST_WAITED)
    return result


def answering(*each: Answer) -> Wire:
    """A wire that gives these answers to the API, the last one for ever."""
    wire = Wire()
    for method in ("GET", "POST", "PUT", "DELETE"):
        wire.on(method, ".*", *each)
    return wire


def judge(name: str, answer: Answer, heard: Heard, deadline: float | None) -> None:
    """One answer, again and again: the rule for what may have been done, besides all else."""
    wire = answering(answer)
    result = outcome(name, wire, heard, deadline, lambda *there: given_a_token(client(*there)))
    if name not in POSTS:
        return
    posted = [call for call in wire.calls() if call.startswith("POST")]
    if not refused_at_the_door(answer):
        assert len(posted) == 1
    if answer.status < 200 or answer.status >= 500 or answer.status == 408:
        assert isinstance(result, AnswerLost)
    if 200 <= answer.status < 300:
        assert isinstance(result, AnswerLost) or not isinstance(result, SentinelHubError)


@pytest.mark.parametrize("name", CALLS)
def test_known_answers_to_each_call(name: str, heard: Heard, record_property: Callable[..., None]) -> None:
    """Each of the bodies and heads that have broken something, as a success, a refusal and a failure."""
    statuses = (200, 202, 400, 401, 500)
    for status in statuses:
        for body in KNOWN:
            judge(name, Answer(status, body), heard, DEADLINE)
    for status, headers in KNOWN_HEADS:
        judge(name, Answer(status, b"{}", headers), heard, DEADLINE)
    record_property("wild_answers", len(statuses) * len(KNOWN) + len(KNOWN_HEADS))


@pytest.mark.parametrize("name", CALLS)
def test_wild_answers_to_each_call(name: str, heard: Heard, record_property: Callable[..., None]) -> None:
    """Each is understood or one clear error; a POST that may have been done is sent once."""
    tried = 0

    @wild
    @given(answer=answers(CALLS[name][1], name), dated=st.booleans())
    def each(answer: Answer, dated: bool) -> None:
        nonlocal tried
        tried += 1
        judge(name, answer, heard, DEADLINE if dated else None)

    each()
    record_property("wild_answers", tried)


def expect_sendable(wire: Wire) -> None:
    """The API is called with a token that a header can carry, or not at all."""
    for sent in wire.sent:
        if sent.path != "/token":
            assert sent.headers["Authorization"].isascii()
            assert sent.headers["Authorization"].isprintable()


def test_known_answers_of_the_token_endpoint(heard: Heard, record_property: Callable[..., None]) -> None:
    """The same bodies where a token should be."""
    statuses = (200, 400, 401, 500)
    for status in statuses:
        for body in KNOWN:
            wire = answering(Answer(200, REQUEST))
            wire.tokens = [Answer(status, body)]
            outcome("start", wire, heard, DEADLINE)
            expect_sendable(wire)
    record_property("wild_answers", len(statuses) * len(KNOWN))


def test_wild_answers_of_the_token_endpoint(heard: Heard, record_property: Callable[..., None]) -> None:
    """Whatever it says, an operation comes to its end as if the API had said it."""
    tried = 0

    @wild
    @given(each=st.lists(answers(TOKENS), min_size=1, max_size=3), name=st.sampled_from(sorted(CALLS)))
    def endpoint(each: list[Answer], name: str) -> None:
        nonlocal tried
        tried += len(each)
        wire = answering(Answer(200, REQUEST))
        wire.tokens = list(each)
        outcome(name, wire, heard, DEADLINE)
        expect_sendable(wire)

    endpoint()
    record_property("wild_answers", tried)


@pytest.mark.parametrize("name", CALLS)
def test_wild_answers_one_after_another(
    name: str, heard: Heard, record_property: Callable[..., None]
) -> None:
    """Each attempt, each page and each renewal of the token may be answered in another way."""
    wild_ones = [answers(CALLS[name][1], f"{name} {number}") for number in range(3)]
    tried = 0

    @wild
    @given(
        tokens=st.lists(st.one_of(st.just(token_answer()), answers(TOKENS, name)), min_size=1, max_size=3),
        each=st.lists(st.one_of(*wild_ones, sound(CALLS[name][1], name)), min_size=2, max_size=7),
    )
    def sequence(tokens: list[Answer], each: list[Answer]) -> None:
        nonlocal tried
        tried += len(tokens) + len(each)
        wire = answering(*each)
        wire.tokens = list(tokens)
        outcome(name, wire, heard, DEADLINE)
        posted = [call for call in wire.calls() if call.startswith("POST")]
        if name in POSTS:
            assert all(refused_at_the_door(answer) for answer in each[: max(0, len(posted) - 1)])

    sequence()
    record_property("wild_answers", tried)
