"""When a call is sent again, and which error an answer becomes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import requests

from pulumi_sentinelhub.batch.v1.client import BatchClient
from pulumi_sentinelhub.errors import (
    AnswerLost,
    BadAnswer,
    BadRequest,
    Conflict,
    CredentialsRefused,
    DeadlineExceeded,
    Forbidden,
    InputError,
    Interrupted,
    NotFound,
    RateLimited,
    SentinelHubError,
    ServiceError,
    Unreachable,
)
from tests.support.clock import HandClock
from tests.support.wire import (
    API,
    ID,
    SECRET,
    TOKEN,
    Answer,
    Outcome,
    Wire,
    client,
    refusal_json,
    request_json,
    token_answer,
)

ONE = f"/process/{ID}"
RESET = requests.exceptions.ConnectionError("reset after it was sent")
SLOW = requests.exceptions.ReadTimeout("no answer")
CUT = requests.exceptions.ChunkedEncodingError("half an answer")
REFUSED = requests.exceptions.ConnectTimeout("nobody there")
EMPTY_BODY = refusal_json(400, "Request body should be non-empty.")
LIMITED = Answer(
    429, {"status": 429, "message": "You have exceeded your rate limit"}, {"Retry-After": "3398"}
)
GOOD = Answer(200, request_json())
LOST: list[Outcome] = [
    Answer(500),
    Answer(502, b"<html>"),
    Answer(503),
    Answer(504),
    Answer(408),
    RESET,
    SLOW,
    CUT,
]

Do = Callable[[BatchClient], Any]
GET: Do = lambda one: one.get_request(ID)  # noqa: E731 - a table of calls
PUT: Do = lambda one: one.update_request(ID, description="d")  # noqa: E731
DELETE: Do = lambda one: one.delete_request(ID)  # noqa: E731
RENAME: Do = lambda one: one.rename_collection("c", "n")  # noqa: E731
CREATE: Do = lambda one: one.create_request({"processRequest": {}})  # noqa: E731
CREATE_COLLECTION: Do = lambda one: one.create_collection("n", "b")  # noqa: E731
ANALYSE: Do = lambda one: one.analyse(ID)  # noqa: E731
START: Do = lambda one: one.start(ID)  # noqa: E731
CANCEL: Do = lambda one: one.cancel(ID)  # noqa: E731
RESTART: Do = lambda one: one.restart_partial(ID)  # noqa: E731
REPEATABLE = {"GET": GET, "PUT": PUT, "DELETE": DELETE}
POSTS = {
    "create": CREATE,
    "create collection": CREATE_COLLECTION,
    "analyse": ANALYSE,
    "start": START,
    "cancel": CANCEL,
    "restart": RESTART,
}
EVERY = {**REPEATABLE, **POSTS}


def wire(*outcomes: Outcome) -> Wire:
    made = Wire()
    for method in ("GET", "PUT", "DELETE", "POST"):
        made.on(method, ".*", *outcomes)
    return made


def failing(do: Do, *outcomes: Outcome) -> tuple[SentinelHubError, Wire]:
    made = wire(*outcomes)
    with pytest.raises(SentinelHubError) as caught:
        do(client(made))
    return caught.value, made


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


def test_a_second_401_says_which_credentials() -> None:
    """A fresh token that is refused too is a refusal of the credentials."""
    error, made = failing(START, Answer(401))
    assert isinstance(error, CredentialsRefused)
    assert "environment" in str(error)
    assert len(made.calls()) == 2


@pytest.mark.parametrize(
    ("status", "kind", "hint"),
    [
        (400, BadRequest, "Fix"),
        (402, Forbidden, "account"),
        (403, Forbidden, "batch processing"),
        (404, NotFound, "expired"),
        (405, BadRequest, "Fix"),
        (409, Conflict, "active"),
        (410, NotFound, "expired"),
        (415, BadRequest, "Fix"),
    ],
)
@pytest.mark.parametrize("do", [GET, START, DELETE], ids=["GET", "POST", "DELETE"])
def test_refusals_by_status(status: int, kind: type[ServiceError], hint: str, do: Do) -> None:
    """Each status is one class, with the service's words, its code, the id, and what to do."""
    error, made = failing(do, refusal_json(status, "It was the moon.", "COMMON_X"))
    assert isinstance(error, ServiceError)
    assert type(error) is kind
    assert (error.status, error.code) == (status, "COMMON_X")
    assert len(made.calls()) == 1
    for words in ("It was the moon", "COMMON_X", str(status), ID, hint):
        assert words in str(error)


@pytest.mark.parametrize(
    ("do", "kind", "calls"),
    [(GET, Unreachable, 6), (PUT, AnswerLost, 6), (DELETE, AnswerLost, 6), (START, AnswerLost, 1)],
)
def test_a_service_that_goes_on_failing(do: Do, kind: type[ServiceError], calls: int) -> None:
    """After half a minute the error says whether something may have been done."""
    error, made = failing(do, refusal_json(500, "Database", "COMMON_DATABASE_ERROR"))
    assert type(error) is kind
    assert "Database" in str(error)
    assert len(made.calls()) == calls


def test_a_service_that_is_not_there() -> None:
    """Four attempts in a few seconds, then the host is named."""
    error, made = failing(CREATE, REFUSED)
    assert type(error) is Unreachable
    assert "hub.example" in str(error)
    assert len(made.calls()) == 4


@pytest.mark.parametrize("body", [b'{"id": "6aa', b"<html>", b"\xff\xfe", b"[1,", b"", b'""', b"{}", b"[]"])
def test_an_answer_that_cannot_be_read(body: bytes) -> None:
    """A read is repeated and then a bad answer; a create may have been done, so its answer is lost."""
    error, made = failing(GET, Answer(200, body))
    assert type(error) is BadAnswer
    assert len(made.calls()) == 6
    error, made = failing(CREATE, Answer(201, body))
    assert type(error) is AnswerLost
    assert len(made.calls()) == 1


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
    ("errors", "words"),
    [
        (
            {
                "parameter": "processRequest->output->responses[0]->format",
                "invalidValue": "data/zarr",
                "description": "Format object.",
                "possibleValues": ["image/tiff", "zarr/array"],
            },
            'responses[0]->format = "data/zarr": Format object (possible: image/tiff, zarr/array)',
        ),
        (
            [{"parameter": "output->resx", "violation": "too large."}, {"parameter": "b"}],
            "output->resx: too large; b",
        ),
        (["plain words"], "plain words"),
        (17, "Invalid type [HTTP 400"),
    ],
)
def test_details_of_a_refusal_are_shown(errors: object, words: str) -> None:
    """``errors`` is read as an object, as an array, and survived as anything else."""
    error, _ = failing(CREATE, refusal_json(400, "Invalid type", errors=errors))
    assert words in str(error)


@pytest.mark.parametrize("body", [b"", b"<html>gateway</html>", b"[]", b'{"error": "text"}', {"message": 5}])
def test_refusals_without_the_documented_body(body: Any) -> None:
    """The gateway's own pages are not quoted."""
    error, _ = failing(GET, Answer(403, body))
    assert type(error) is Forbidden
    assert "gateway" not in str(error)
    assert "HTTP 403" in str(error)


def test_the_bare_error_object_is_read_too() -> None:
    """The documentation prints 429 without the outer ``error``."""
    made = wire(LIMITED)
    with pytest.raises(RateLimited, match="exceeded your rate limit"):
        client(made).bound(deadline=10).get_request(ID)


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
        client(wire(refusal_json(500, "Database")), clock).bound(deadline=6).get_request(ID)
    assert clock.passed < 6
    assert clock.naps == sorted(clock.naps)
    with pytest.raises(RateLimited, match="deadline"):
        client(wire(LIMITED), clock).bound(deadline=3).start(ID)


def test_nothing_is_sent_after_ctrl_c_or_the_deadline() -> None:
    """Both are looked at before each call."""
    cancel = threading.Event()
    cancel.set()
    made = wire(GOOD)
    with pytest.raises(Interrupted):
        client(made).bound(cancel=cancel).start(ID)
    with pytest.raises(DeadlineExceeded):
        client(made).bound(deadline=0).start(ID)
    assert not made.sent


def test_ctrl_c_ends_a_wait() -> None:
    """A call that waits to be repeated gives up."""
    cancel = threading.Event()

    def fails(_: object) -> Answer:
        cancel.set()
        return Answer(503)

    made = wire(fails)
    with pytest.raises(Interrupted):
        client(made).bound(cancel=cancel).get_request(ID)
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


def test_a_payload_without_a_json_form_is_an_input_error() -> None:
    """NaN is not JSON; nothing is sent."""
    made = wire(GOOD)
    with pytest.raises(InputError, match="NaN"):
        client(made).create_request({"a": float("nan")})
    assert not made.calls()


def test_what_the_service_echoes_is_redacted() -> None:
    """Secret and token are cut out of the service's words."""
    error, _ = failing(GET, refusal_json(400, f"bad {TOKEN} and {SECRET}", errors={"parameter": TOKEN}))
    assert "[redacted]" in str(error)
    assert TOKEN not in str(error)
    assert SECRET not in str(error)
