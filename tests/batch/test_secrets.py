"""Neither the secret nor the token shows up anywhere but on the wire."""

from __future__ import annotations

import importlib
import logging
import pickle
import sys

import pytest
import requests

from pulumi_sentinelhub.batch.http.session import TokenSource
from pulumi_sentinelhub.errors import SentinelHubError
from pulumi_sentinelhub.waiting.clock import SystemClock
from pulumi_sentinelhub.waiting.patience import Patience
from tests.support.shown import shown
from tests.support.wire import (
    ID,
    SECRET,
    TOKEN,
    Answer,
    Outcome,
    Wire,
    client,
    refusal_json,
    request_json,
    settings,
    token_answer,
    within,
)

FAILURES: list[Outcome] = [
    Answer(
        400,
        {"error": {"message": f"{SECRET} {TOKEN}", "errors": [{"parameter": TOKEN, "violation": SECRET}]}},
    ),
    Answer(401),
    Answer(403),
    Answer(500, {"error": {"message": TOKEN}}),
    Answer(302, None, {"Location": "https://evil.example"}),
    requests.exceptions.ConnectionError("reset"),
    requests.exceptions.ConnectTimeout("down"),
]
TOKEN_FAILURES: list[Outcome] = [
    Answer(401, {"error": "invalid_client", "error_description": SECRET}),
    Answer(400, {"error": "invalid_scope", "error_description": SECRET}),
    Answer(200, {"no": "token"}),
    Answer(500, {"error": SECRET}),
    Answer(307, None, {"Location": "https://evil.example"}),
    requests.exceptions.ConnectionError("reset"),
]


def expect_clean(text: str) -> None:
    assert SECRET not in text
    assert TOKEN not in text


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
def test_failing_calls_show_nothing(failure: Outcome, all_logs: pytest.LogCaptureFixture) -> None:
    """Messages, causes, contexts, pickles and logs of every failure are free of credentials."""
    wire = Wire()
    for method in ("GET", "POST", "DELETE"):
        wire.on(method, ".*", failure)
    one = client(wire)
    for do in (lambda: one.get_request(ID), lambda: one.start(ID), lambda: one.create_request({"a": 1})):
        with pytest.raises(SentinelHubError) as caught:
            do()
        expect_clean(shown(caught.value))
        assert not any(secret.encode() in pickle.dumps(str(caught.value)) for secret in (SECRET, TOKEN))
    assert wire.token_calls()
    expect_clean(all_logs.text)


@pytest.mark.parametrize("failure", TOKEN_FAILURES, ids=repr)
def test_failing_token_requests_show_nothing(failure: Outcome, all_logs: pytest.LogCaptureFixture) -> None:
    """So are those of the token endpoint, which is sent the secret."""
    wire = Wire()
    wire.tokens = [failure]
    with pytest.raises(SentinelHubError) as caught:
        client(wire).start(ID)
    assert SECRET in wire.sent[0].body
    expect_clean(shown(caught.value))
    expect_clean(all_logs.text)


def test_success_logs_nothing_secret(all_logs: pytest.LogCaptureFixture) -> None:
    """requests-oauthlib would log the token request's body and the token; its filter holds at DEBUG."""
    wire = Wire().on("GET", ".*", Answer(200, request_json()))
    client(wire).get_request(ID)
    assert len(wire.sent) == 2
    expect_clean(all_logs.text)
    log = logging.getLogger("requests_oauthlib.oauth2_session")
    log.debug("Obtained token %s.", TOKEN)
    log.warning("still heard")
    assert "still heard" in all_logs.text
    expect_clean(all_logs.text)


def test_objects_show_nothing_and_are_not_pickled() -> None:
    """Neither client nor token source gives its credentials away."""
    wire = Wire().on("GET", ".*", Answer(200, request_json()))
    one = client(wire)
    one.get_request(ID)
    tokens = TokenSource(settings(), wire.adapter)
    assert tokens.token(Patience(SystemClock())) == TOKEN
    for thing in (one, tokens, within(one, 1), vars(one), settings()):
        expect_clean(repr(thing))
        with pytest.raises(TypeError):
            pickle.dumps(thing)


def test_the_secret_goes_to_the_token_url_and_the_token_to_the_api_only() -> None:
    """Each is sent where it belongs."""
    wire = Wire().on("GET", ".*", refusal_json(401, "old"), Answer(200, request_json()))
    wire.tokens = [token_answer("old"), token_answer()]
    client(wire).get_request(ID)
    for sent in wire.sent:
        holds_secret = SECRET in str(sent)
        assert holds_secret == (sent.path == "/token")
        assert ("Authorization" in sent.headers) != holds_secret


@pytest.mark.parametrize(
    "module",
    [
        "batch.api",
        "batch.statuses",
        "config.settings",
        "config.deployments",
        "waiting.clock",
        "waiting.patience",
        "waiting.polling",
        "waiting.timely",
    ],
)
def test_light_modules_import_no_http_stack(module: str) -> None:
    """What the provider process imports to unpickle a resource costs little."""
    heavy = ("requests", "requests_oauthlib", "oauthlib", "urllib3", "tenacity", "boto3")
    hidden = {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] in heavy}
    ours = {
        name: sys.modules.pop(name) for name in list(sys.modules) if name.startswith("pulumi_sentinelhub.")
    }
    try:
        importlib.import_module(f"pulumi_sentinelhub.{module}")
        assert not [name for name in sys.modules if name.split(".")[0] in heavy]
    finally:
        for name in [name for name in sys.modules if name.startswith("pulumi_sentinelhub.")]:
            del sys.modules[name]
        sys.modules.update(hidden)
        sys.modules.update(ours)
