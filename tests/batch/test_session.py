"""The token: one for all threads, renewed in time, and clear words when it is refused."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from pulumi_sentinelhub.batch.http.session import TokenSource
from pulumi_sentinelhub.config.settings import ENVIRONMENT, PROFILE, STACK_CONFIG
from pulumi_sentinelhub.errors import (
    BadAnswer,
    ConfigError,
    CredentialsRefused,
    DeadlineExceeded,
    Forbidden,
    Interrupted,
    RateLimited,
    ServiceError,
    Unreachable,
)
from pulumi_sentinelhub.waiting.patience import Patience
from tests.support.clock import HandClock
from tests.support.wire import SECRET, TOKEN, Answer, Outcome, Wire, settings, token_answer

REFUSED = Answer(401, {"error": "invalid_client", "error_description": f"Invalid client {SECRET}"})


def source_for(wire: Wire, *outcomes: Outcome, source: str = ENVIRONMENT, **changes: Any) -> TokenSource:
    if outcomes:
        wire.tokens = list(outcomes)
    return TokenSource(settings(source, **changes), wire.adapter)


def test_twenty_threads_ask_for_one_token() -> None:
    """All threads share one token request."""
    wire, clock, barrier = Wire(), HandClock(), threading.Barrier(20)
    tokens = source_for(wire)

    def ask(_: int) -> str:
        barrier.wait(60)
        return tokens.token(Patience(clock))

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(ask, range(20))) == {TOKEN}
    assert len(wire.sent) == 1
    assert (
        wire.sent[0].body == f"grant_type=client_credentials&client_id=client-id-1234&client_secret={SECRET}"
    )


@pytest.mark.parametrize(("lifetime", "kept"), [(3600.0, 3480.0), (600.0, 480.0), (10.0, 8.0)])
def test_a_token_is_renewed_before_it_expires(lifetime: float, kept: float) -> None:
    """The margin is 120 seconds, less for a token of a short life."""
    wire, clock = Wire(), HandClock()
    tokens = source_for(wire, token_answer("first", lifetime), token_answer("second", lifetime))
    assert tokens.token(Patience(clock)) == "first"
    clock.seconds += kept - 0.5
    assert tokens.token(Patience(clock)) == "first"
    clock.seconds += 1
    assert tokens.token(Patience(clock)) == "second"


def test_only_the_token_that_was_refused_is_forgotten() -> None:
    """A late 401 for an old token does not throw the new one away."""
    wire, clock = Wire(), HandClock()
    tokens = source_for(wire, token_answer("first"), token_answer("second"))
    first = tokens.token(Patience(clock))
    tokens.forget(first)
    second = tokens.token(Patience(clock))
    tokens.forget(first)
    assert tokens.token(Patience(clock)) == second == "second"
    assert len(wire.sent) == 2


@pytest.mark.parametrize("source", [STACK_CONFIG, ENVIRONMENT, PROFILE])
def test_a_refusal_says_which_credentials(source: str) -> None:
    """``invalid_client`` names the source and the beginning of the id, never the secret."""
    tokens = source_for(Wire(), REFUSED, source=source)
    with pytest.raises(CredentialsRefused) as caught:
        tokens.token(Patience(HandClock()))
    text = str(caught.value)
    assert source in text
    assert "clie…" in text
    assert "client-id-1234" not in text
    assert SECRET not in text
    assert ("--run-program" in text) is (source == STACK_CONFIG)


def test_a_refusal_is_not_repeated_by_each_thread() -> None:
    """It is remembered for a minute, then asked again."""
    wire, clock = Wire(), HandClock()
    tokens = source_for(wire, REFUSED)
    for _ in range(5):
        with pytest.raises(CredentialsRefused):
            tokens.token(Patience(clock))
    assert len(wire.sent) == 1
    clock.seconds += 61
    with pytest.raises(CredentialsRefused):
        tokens.token(Patience(clock))
    assert len(wire.sent) == 2


PASSING: list[Outcome] = [
    Answer(500, {"error": "invalid_client"}),
    Answer(503, b"<html>"),
    Answer(429, {}, {"Retry-After": "2500"}),
    Answer(400, {"error": "invalid_request", "error_description": "Missing grant_type parameter"}),
    Answer(200, b'{"access_tok'),
    Answer(200, {}),
    requests.exceptions.ConnectionError("reset"),
    requests.exceptions.ReadTimeout("slow"),
    requests.exceptions.ConnectTimeout("slow"),
]


@pytest.mark.parametrize("failure", PASSING, ids=repr)
def test_what_may_pass_is_tried_again(failure: Outcome) -> None:
    """Asking twice for a token is safe."""
    wire = Wire()
    tokens = source_for(wire, failure, failure, token_answer())
    assert tokens.token(Patience(HandClock())) == TOKEN
    assert len(wire.sent) == 3


@pytest.mark.parametrize(
    ("failure", "kind", "calls"),
    [
        (Answer(500, {"error": "invalid_client"}), Unreachable, 6),
        (Answer(502, b""), Unreachable, 6),
        (requests.exceptions.ConnectTimeout("slow"), Unreachable, 4),
        (Answer(200, b"{"), BadAnswer, 6),
        (Answer(404, b"nothing"), BadAnswer, 1),
        (Answer(403, b"no"), Forbidden, 1),
        (Answer(401, b"no"), CredentialsRefused, 1),
        (Answer(400, {"error": "invalid_scope"}), BadAnswer, 1),
        (Answer(307, b"", {"Location": "https://evil.example/token"}), BadAnswer, 1),
    ],
)
def test_what_does_not_pass(failure: Outcome, kind: type[ServiceError], calls: int) -> None:
    """A server's failure is never reported as a refusal of the credentials, and no redirect is followed."""
    wire = Wire()
    tokens = source_for(wire, failure)
    with pytest.raises(ServiceError) as caught:
        tokens.token(Patience(HandClock()))
    assert type(caught.value) is kind
    assert [sent.host for sent in wire.sent] == ["hub.example"] * calls


def test_being_limited_is_waited_out_until_the_deadline() -> None:
    """Retry-After is in milliseconds; a wait beyond the deadline is not begun."""
    wire, clock = Wire(), HandClock()
    tokens = source_for(wire, Answer(429, {}, {"Retry-After": "40000"}))
    with pytest.raises(RateLimited):
        tokens.token(Patience(clock, deadline=clock.seconds + 100))
    assert len(wire.sent) == 3
    assert all(40 <= seconds < 45 for seconds in clock.naps)


def test_without_credentials_the_three_places_are_named() -> None:
    """The message says where they can be given, and no call is made."""
    wire = Wire()
    with pytest.raises(ConfigError) as caught:
        source_for(wire, credentials=None).token(Patience(HandClock()))
    for place in ("pulumi config set", "SH_CLIENT_ID", "config.toml"):
        assert place in str(caught.value)
    assert not wire.sent


@pytest.mark.parametrize(
    ("limit", "kind"),
    [
        (lambda: Patience(HandClock(), cancel=_set()), Interrupted),
        (lambda: Patience(HandClock(), deadline=0.0), DeadlineExceeded),
    ],
)
def test_no_call_is_begun_too_late(limit: Callable[[], Patience], kind: type[Exception]) -> None:
    """After Ctrl-C or the deadline nothing is sent."""
    wire = Wire()
    with pytest.raises(kind):
        source_for(wire).token(limit())
    assert not wire.sent


def test_who_waits_for_the_fetching_thread_notices_ctrl_c() -> None:
    """A thread that waits for another one's token request is not stuck with it."""
    wire, clock, cancel = Wire(), HandClock(), threading.Event()
    asked, release = threading.Event(), threading.Event()

    def slow(_: object) -> Answer:
        asked.set()
        assert release.wait(60)
        return token_answer()

    tokens = source_for(wire, slow)
    with ThreadPoolExecutor(2) as pool:
        leader = pool.submit(tokens.token, Patience(clock))
        assert asked.wait(60)
        follower = pool.submit(tokens.token, Patience(clock, cancel=cancel))
        cancel.set()
        with pytest.raises(Interrupted):
            follower.result(60)
        release.set()
        assert leader.result(60) == TOKEN


def test_tls_is_always_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable turns verification off; one may name another set of authorities."""
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    for value, expected in (("", True), ("/etc/authorities.pem", "/etc/authorities.pem")):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", value)
        wire = Wire()
        source_for(wire).token(Patience(HandClock()))
        assert wire.sent[0].verify == expected


def _set() -> threading.Event:
    event = threading.Event()
    event.set()
    return event
