"""Tokens, rate limit, faults and the journal."""

from __future__ import annotations

import time

import pytest
import requests

from tests.support.clock import HandClock
from tests.support.patience import eventually

from .conftest import Client, Make, make_bucket, payload, s3_of


@pytest.fixture
def wire() -> bool:
    """All calls are on sockets: so is what a client sees."""
    return True


@pytest.fixture
def client(make: Make) -> Client:
    """A client of a sandbox without files."""
    return make()


def test_token_answers(client: Client) -> None:
    """A JWT for the right client, 401 for others, 400 without a grant type; old and CDSE's paths too."""
    answer = client.token()
    assert answer.json()["expires_in"] == 3600
    assert len(answer.json()["access_token"].split(".")) == 3
    wrong = client.token(client_secret="wrong")
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    missing = client.token(grant_type="")
    assert (missing.status_code, missing.json()["error"]) == (400, "invalid_request")
    basic = (client.ends["client_id"], client.ends["client_secret"])
    for path in ("/oauth/token", "/auth/realms/CDSE/protocol/openid-connect/token"):
        url = client.ends["base_url"] + path
        answer = requests.post(url, data={"grant_type": "client_credentials"}, auth=basic, timeout=60)
        assert answer.status_code == 200
    info = client.session.get(client.ends["base_url"] + "/oauth/tokeninfo", timeout=60)
    assert info.json()["azp"] == client.ends["client_id"]


def test_expired_revoked_and_missing_tokens(make: Make, clock: HandClock) -> None:
    """401 each time; a new token works."""
    client = make(token_seconds=60.0)
    assert client.call("GET", "/process").status_code == 200
    clock.move(60)
    assert client.call("GET", "/process").status_code == 401
    client.authorise()
    assert client.call("GET", "/process").status_code == 200
    assert client.control("POST", "/tokens/revoke").json()["revoked"] >= 1
    assert client.call("GET", "/process").status_code == 401
    client.session.headers.pop("Authorization")
    assert client.call("GET", "/process").status_code == 401


def test_rate_limit(make: Make, clock: HandClock) -> None:
    """A 429 in the documented shape; Retry-After is in milliseconds and true."""
    client = make(rate_limit=60.0)
    answers = [client.call("GET", "/process") for _ in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 6 + [429]
    assert answers[-1].json()["error"]["code"] == "RATE_LIMIT_EXCEEDED"
    wait = int(answers[-1].headers["Retry-After"])
    assert wait == 1000
    clock.move(wait / 1000)
    assert client.call("GET", "/process").status_code == 200


def test_token_calls_are_limited_on_their_own(make: Make, clock: HandClock) -> None:
    """Too many token calls of one client get the documented 429; its other calls and clients go on."""
    client = make(rate_limit=20.0, accounts=("other:b",))
    answers = [client.token() for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[1].json() == {
        "status": 429,
        "reason": "Too Many Requests",
        "message": "You have exceeded your rate limit",
        "code": "RATE_LIMIT_EXCEEDED",
    }
    assert client.call("GET", "/process").status_code == 200
    assert client.token(client_id="other", client_secret="b").status_code == 200
    clock.move(int(answers[1].headers["Retry-After"]) / 1000)
    assert client.token().status_code == 200


def test_each_account_has_a_limit_of_its_own(make: Make) -> None:
    """Clients of one account share its calls a minute; another account has its own."""
    client = make(rate_limit=20.0, accounts=("same:b", "far:c:elsewhere"))
    calls = [client, client.other(1), client, client.other(2)]
    answers = [caller.call("GET", "/process").status_code for caller in calls]
    assert answers == [200, 200, 429, 200]


def test_reset_comes_before_the_work_and_commit_then_reset_after_it(client: Client) -> None:
    """Both close the connection without an answer; only the second has made a request."""
    for then, made in (("reset", 0), ("commit-then-reset", 1)):
        client.fault(method="POST", path="/process$", then=then)
        with pytest.raises(requests.ConnectionError):
            client.call("POST", "/process", payload())
        assert len(client.control("GET", "/requests").json()) == made
    assert client.control("GET", "/faults").json() == []


def test_answers_of_ones_own(client: Client) -> None:
    """Status, body and headers as told, so many times, on the calls that match, after those let through."""
    client.fault(
        method="GET", path="/process", times=2, skip=1, then={"status": 503, "headers": {"X-A": "b"}}
    )
    answers = [
        client.session.get(f"{client.ends['base_url']}/api/v1/batch/process", timeout=60) for _ in range(4)
    ]
    assert [answer.status_code for answer in answers] == [200, 503, 503, 200]
    assert answers[1].headers["X-A"] == "b"
    client.fault(path="tilinggrids", then={"status": 200, "body": {"data": [], "links": {}}})
    assert client.call("GET", "/tilinggrids").json()["data"] == []
    assert client.control("POST", "/faults", {"path": "["}).status_code == 400
    assert client.control("POST", "/faults", {"path": "x", "then": "explode"}).status_code == 400


def test_broken_bodies(client: Client) -> None:
    """`truncate` ends before the announced length, `malformed` is no JSON; the work is done in both."""
    client.fault(path="/process", then="truncate")
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        client.call("POST", "/process", payload())
    client.fault(path="/process", then="malformed")
    url = f"{client.ends['base_url']}/api/v1/batch/process"
    answer = client.session.post(url, json=payload(), timeout=60)
    assert answer.status_code == 201
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()
    assert len(client.control("GET", "/requests").json()) == 2


@pytest.mark.parametrize(("action", "made"), [("delay", 0), ("commit-then-delay", 1)])
def test_slow_answers(client: Client, action: str, made: int) -> None:
    """A client that waits less than the delay gives up, before or after the work; the delay can be ended."""
    client.fault(method="POST", path="/process$", then={action: 600})
    url = f"{client.ends['base_url']}/api/v1/batch/process"

    def there() -> int:
        return len(client.control("GET", "/requests").json())

    with pytest.raises(requests.Timeout):
        client.session.post(url, json=payload(), timeout=(60, 0.1))
    eventually(lambda: client.control("GET", "/faults").json() == [], "the fault is applied")
    eventually(lambda: there() == made, "what comes before the delay is done")
    client.control("DELETE", "/faults")
    eventually(lambda: there() == 1, "what comes after it is done")


def test_faults_of_the_token_endpoint(client: Client) -> None:
    """The token endpoint is part of the Sentinel Hub side."""
    client.fault(path="openid-connect/token", then={"status": 500, "body": "oops"})
    answer = client.token()
    assert (answer.status_code, answer.text) == (500, "oops")
    assert client.token().status_code == 200


def test_connections_are_kept(client: Client) -> None:
    """Several calls go over one connection."""
    from urllib3 import HTTPConnectionPool

    host, port = client.ends["base_url"].removeprefix("http://").split(":")
    pool = HTTPConnectionPool(host, int(port), maxsize=1)
    for _ in range(4):
        pool.request("GET", "/_sandbox/journal")
    assert (pool.num_connections, pool.num_requests) == (1, 4)


def test_the_journal_has_every_call_and_no_secret(make: Make) -> None:
    """Time, method, path, query, status and body; neither secrets nor tokens."""
    client = make(client_secret="canary-secret", aws_secret_access_key="canary-aws")
    request_id = client.create()
    client.call("GET", "/process", search="x")
    client.token(client_secret="canary-other")
    client.fault(path="/start", then="reset")
    with pytest.raises(requests.ConnectionError):
        client.act(request_id, "start")
    s3 = s3_of(client.sandbox)
    make_bucket(s3, "journal-bucket")
    answer = client.control("GET", "/journal")
    entries = answer.json()
    short = [(entry["service"], entry["method"], entry["status"]) for entry in entries]
    assert short[:2] == [("sentinelhub", "POST", 200), ("sentinelhub", "POST", 201)]
    assert entries[1]["body"]["description"] == "Max NDVI over Corsica"
    assert entries[2]["query"] == {"search": "x"}
    assert (entries[4]["status"], entries[4]["fault"]) == (None, "reset")
    assert ("s3", "PUT", 200) in short
    token = str(client.session.headers["Authorization"]).split()[1]
    for secret in ("canary", token):
        assert secret not in answer.text
    assert all(isinstance(entry["time"], float) for entry in entries)


def test_reset_forgets_everything(make: Make) -> None:
    """Requests, collections, tokens, buckets, faults and the journal are gone."""
    client = make()
    client.create()
    make_bucket(s3_of(client.sandbox), "forgotten")
    client.fault(path="/process", times=9, then="reset")
    assert client.control("POST", "/reset").status_code == 204
    assert client.control("GET", "/journal").json() == []
    assert client.call("GET", "/process").status_code == 401
    client.authorise()
    assert client.call("GET", "/process").json()["data"] == []
    assert s3_of(client.sandbox).list_buckets()["Buckets"] == []


def test_latency(make: Make) -> None:
    """Every Sentinel Hub call is delayed."""
    client = make(latency_ms=30.0)
    began = time.monotonic()
    client.call("GET", "/process")
    assert time.monotonic() - began >= 0.03
