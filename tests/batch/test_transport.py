"""When a call is sent again, and when not."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from pulumi_sentinelhub.errors import (
    AnswerLost,
    BadAnswer,
    DeadlineExceeded,
    Interrupted,
    NotFound,
    RateLimited,
)
from tests.batch.calls import (
    ANALYSE,
    CANCEL,
    DELETE,
    EMPTY_BODY,
    EVERY,
    GET,
    GOOD,
    LIMITED,
    LOST,
    POSTS,
    REFUSED,
    RENAME,
    REPEATABLE,
    RESTART,
    START,
    Do,
    failing,
    wire,
)
from tests.support.clock import HandClock
from tests.support.wire import (
    API,
    ID,
    TOKEN,
    Answer,
    Outcome,
    client,
    refusal_json,
    request_json,
    token_answer,
    within,
)


@pytest.mark.parametrize("do", REPEATABLE.values(), ids=REPEATABLE)
@pytest.mark.parametrize("failure", [*LOST, REFUSED, LIMITED], ids=repr)
def test_repeatable_calls_are_sent_again(do: Do, failure: Outcome) -> None:
    """GET, PUT and DELETE outlast failures that pass."""
    made = wire(failure, failure, GOOD)
    do(client(made))
    assert len(made.calls()) == 3


@pytest.mark.parametrize("do", POSTS.values(), ids=POSTS)
@pytest.mark.parametrize("failure", LOST, ids=repr)
def test_a_post_that_may_have_been_done_is_not_sent_again(do: Do, failure: Outcome) -> None:
    """The caller is told that the answer is lost, after exactly one call."""
    error, made = failing(do, failure)
    assert type(error) is AnswerLost
    assert len(made.calls()) == 1


@pytest.mark.parametrize("do", POSTS.values(), ids=POSTS)
@pytest.mark.parametrize(
    "failure", [REFUSED, LIMITED, EMPTY_BODY], ids=["unreached", "limited", "empty body"]
)
def test_a_post_that_was_certainly_not_done_is_sent_again(do: Do, failure: Outcome) -> None:
    """What never reached the service, or was turned away at its door, is safe to repeat."""
    made = wire(failure, failure, GOOD)
    do(client(made))
    assert len(made.calls()) == 3


@pytest.mark.parametrize("do", EVERY.values(), ids=EVERY)
def test_a_401_renews_the_token_once(do: Do) -> None:
    """An expired token costs one renewal and is not noticed."""
    made = wire(Answer(401), GOOD)
    made.tokens = [token_answer("old"), token_answer("new")]
    do(client(made))
    assert [sent.headers["Authorization"] for sent in made.sent if sent.path.startswith(API)] == [
        "Bearer old",
        "Bearer new",
    ]


def test_an_answer_that_was_garbled_once() -> None:
    """The second reading counts."""
    assert GET(client(wire(Answer(200, b'{"id"'), GOOD))).id == ID


@pytest.mark.parametrize(
    "answer", [Answer(204), Answer(200, b'""'), Answer(200, b"garbled"), Answer(202, {"a": 1})]
)
@pytest.mark.parametrize("do", [START, CANCEL, ANALYSE, RESTART, DELETE, RENAME])
def test_where_no_answer_is_needed_any_success_will_do(do: Do, answer: Answer) -> None:
    """204, 200 with ``""``, and whatever else says that it worked."""
    made = wire(answer)
    do(client(made))
    assert len(made.calls()) == 1


@pytest.mark.parametrize("failure", LOST, ids=repr)
def test_deleting_what_a_lost_delete_has_deleted_is_success(failure: Outcome) -> None:
    """A 404 after a lost answer says that the first attempt worked; a 404 at once is one."""
    gone = refusal_json(404, "not found", "COMMON_NOT_FOUND")
    DELETE(client(wire(failure, gone)))
    assert type(failing(DELETE, gone)[0]) is NotFound
    assert type(failing(DELETE, REFUSED, gone)[0]) is NotFound
    assert type(failing(DELETE, LIMITED, gone)[0]) is NotFound


@pytest.mark.parametrize(
    ("header", "least"),
    [("3398", 3.398), ("0", 0.0), ("", 30.0), ("soon", 30.0), ("-5", 30.0), ("nan", 30.0)],
)
def test_retry_after_is_in_milliseconds(header: str, least: float) -> None:
    """Missing or unreadable, it means 30 seconds."""
    clock = HandClock()
    client(wire(Answer(429, None, {"Retry-After": header} if header else {}), GOOD), clock).get_request(ID)
    assert len(clock.naps) == 1
    assert least <= clock.naps[0] <= least + 2.0


def test_being_limited_is_waited_out_for_minutes() -> None:
    """Far more than the attempts of other failures, but not for ever."""
    clock = HandClock()
    START(client(wire(*[LIMITED] * 40, GOOD), clock))
    with pytest.raises(RateLimited):
        START(client(wire(Answer(429, None, {"Retry-After": "0"})), clock))


def test_waits_grow_and_end_at_the_deadline() -> None:
    """No wait reaches beyond the deadline; the error then gives the reason."""
    clock = HandClock()
    with pytest.raises(DeadlineExceeded, match="Database"):
        within(client(wire(refusal_json(500, "Database")), clock), 6).get_request(ID)
    assert clock.passed < 6
    assert clock.naps == sorted(clock.naps)
    with pytest.raises(RateLimited, match="deadline"):
        within(client(wire(LIMITED), clock), 3).start(ID)


def test_nothing_is_sent_after_ctrl_c_or_the_deadline() -> None:
    """Both are looked at before each call."""
    cancel = threading.Event()
    cancel.set()
    made = wire(GOOD)
    with pytest.raises(Interrupted):
        within(client(made), None, cancel).start(ID)
    with pytest.raises(DeadlineExceeded):
        within(client(made), 0).start(ID)
    assert not made.sent


def test_ctrl_c_ends_a_wait() -> None:
    """A call that waits to be repeated gives up."""
    cancel = threading.Event()

    def fails(_: object) -> Answer:
        cancel.set()
        return Answer(503)

    made = wire(fails)
    with pytest.raises(Interrupted):
        within(client(made), None, cancel).get_request(ID)
    assert len(made.calls()) == 1


@pytest.mark.parametrize("do", EVERY.values(), ids=EVERY)
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_never_followed(do: Do, status: int) -> None:
    """The token is sent to no other host; the error names where it should have gone."""
    error, made = failing(do, Answer(status, None, {"Location": "https://evil.example/x"}))
    assert type(error) is BadAnswer
    assert "evil.example" in str(error)
    assert {sent.host for sent in made.sent} == {"hub.example"}
    assert len(made.calls()) == 1


def test_netrc_and_cookies_stay_out(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither replaces the token or is carried from call to call."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine hub.example login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    made = wire(Answer(200, request_json(), {"Set-Cookie": "a=b"}))
    one = client(made)
    one.get_request(ID)
    one.get_request(ID)
    assert "Authorization" not in made.token_calls()[0].headers
    assert made.sent[-1].headers["Authorization"] == f"Bearer {TOKEN}"
    assert "Cookie" not in made.sent[-1].headers
