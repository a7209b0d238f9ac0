"""The pace that all calls of an account share, on the wire and against the sandbox's own limit."""

from __future__ import annotations

import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pulumi_sentinelhub.batch.http.connection import Connection
from pulumi_sentinelhub.batch.v1.client import BatchClient
from pulumi_sentinelhub.batch.v2.client import BatchClient as BatchClientV2
from pulumi_sentinelhub.errors import Interrupted, RateLimited
from pulumi_sentinelhub.waiting.pace import BURST_SHARE, SHARE, Paces
from pulumi_sentinelhub.waiting.patience import Patience
from tests.batch.calls import GOOD
from tests.support.clock import HandClock
from tests.support.direct import Direct
from tests.support.sandbox import Controls, here, running, settings_of
from tests.support.wire import ID, TOKEN, Answer, Wire, client, settings, within

LIMITED = Answer(429, {"message": "You have exceeded your rate limit"}, {"Retry-After": "60000"})


def jwt(**claims: str) -> str:
    """A token with these claims."""
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{body}.sig"


def refused_once() -> tuple[BatchClient, Wire, HandClock]:
    """A client whose read has just been refused for a minute."""
    wire, clock = Wire().on("GET", ".*", LIMITED, GOOD).on("POST", ".*", Answer(204)), HandClock()
    one = client(wire, clock)
    with pytest.raises(RateLimited):
        within(one, 30).get_request(ID)
    return one, wire, clock


def test_a_refusal_is_for_all_that_call() -> None:
    """Until the time is over that the service has asked for nobody calls, not even to cancel."""
    one, wire, clock = refused_once()
    wire.sent.clear()
    begun = clock.passed
    clock.during_sleep.append(lambda: wire.sent and pytest.fail("a call in the pause"))
    within(one, 3600).cancel(ID)
    assert 60 <= clock.passed - begun < 62
    assert wire.calls() == [f"POST /process/{ID}/cancel"]
    within(one, 3600).get_request(ID)
    assert clock.passed - begun < 62


def test_a_pause_that_is_too_long_is_told_at_once() -> None:
    """Who has not the time for another's pause fails with the service's reason, and makes no call."""
    one, wire, clock = refused_once()
    wire.sent.clear()
    with pytest.raises(RateLimited, match=r"another call of this account.*beyond the deadline"):
        within(one, 30).start(ID)
    assert wire.calls() == []
    assert clock.naps == []


def test_ctrl_c_ends_a_pause_of_others() -> None:
    """Interrupted in it, nothing is called any more."""
    one, wire, clock = refused_once()
    wire.sent.clear()
    cancel = threading.Event()
    clock.during_sleep.append(cancel.set)
    with pytest.raises(Interrupted):
        within(one, 3600, cancel).cancel(ID)
    assert wire.calls() == []


def test_accounts_and_services_have_a_pace_each() -> None:
    """Clients of one account share it; where a token tells none, those of one OAuth client do."""
    paces, here = Paces(), settings()
    first, second = (Connection.to(here, Wire().adapter, paces) for _ in range(2))
    token, same, other = jwt(account="a"), jwt(account="a", sub="another"), jwt(account="b")
    assert first.pace_of(token) is second.pace_of(same)
    assert first.pace_of(token) is not first.pace_of(other)
    assert first.pace_of("opaque") is second.pace_of("another opaque one")
    elsewhere = Connection.to(settings(host="https://other.example"), Wire().adapter, paces)
    assert elsewhere.pace_of(token) is not first.pace_of(token)


def test_tokens_are_not_counted() -> None:
    """What the token endpoint is asked for takes nothing of the pace."""
    clock, wire = HandClock(), Wire().on("GET", ".*", GOOD)
    one = client(wire, clock)
    for _ in range(int(600 * BURST_SHARE)):
        vars(one)["_transport"].tokens.forget(TOKEN)
        one.get_request(ID)
    assert len(wire.token_calls()) == 600 * BURST_SHARE
    assert clock.naps == []


@pytest.mark.parametrize("made", [BatchClient, BatchClientV2])
def test_the_service_refuses_nothing(made: type[BatchClient | BatchClientV2]) -> None:
    """At its published rate a thousand calls of ten threads go through, no slower than the rate says."""
    clock = HandClock()
    with running(clock, rate_limit=600) as sandbox:
        unbound = made(settings_of(sandbox.endpoints), clock=clock, adapter=lambda: Direct(sandbox))
        one = unbound.bound(Patience(clock))
        with ThreadPoolExecutor(10) as pool:
            list(pool.map(lambda _: next(one.tiling_grids()), range(1000)))
        calls = Controls(here(sandbox.endpoints)).journal("GET", "tilinggrids")
    assert [call["status"] for call in calls] == [200] * 1000
    assert clock.passed == pytest.approx((1000 - 30) * 60 / 600 / SHARE, rel=0.05)
