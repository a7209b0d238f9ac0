"""The session that front ends share: one context a call, with one deadline for all that it does."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_sentinelhub.errors import ConfigError, DeadlineExceeded, SentinelHubError
from pulumi_sentinelhub.lifecycle.request import BATCH_REQUEST
from pulumi_sentinelhub.lifecycle.run.lifecycle import BATCH_RUN
from pulumi_sentinelhub.lifecycle.session import TIMEOUTS, Operation, Session
from sentinelhub_sandbox import Sandbox
from tests.lifecycle.conftest import World
from tests.lifecycle.sessions import Lines, OneCall
from tests.support.inputs import key

HOUR, DAY = 3_600.0, 86_400.0


@pytest.fixture
def session(world: World, state_sandbox: Sandbox) -> Session:
    """A session on the world's sandbox and clock."""
    there = state_sandbox.endpoints
    config = {
        "sentinelhub:clientId": there["client_id"],
        "sentinelhub:clientSecret": there["client_secret"],
        "sentinelhub:baseUrl": there["base_url"],
        "sentinelhub:tokenUrl": there["token_url"],
    }
    return Session(config.get, {}, Lines(), world.clock)


@pytest.mark.parametrize(
    ("operation", "seconds"), [("create", DAY), ("update", DAY), ("delete", HOUR), ("read", HOUR)]
)
def test_every_operation_has_a_deadline(session: Session, operation: Operation, seconds: float) -> None:
    """A day to create and update, an hour to delete, or what the call brings instead."""
    begun = session.clock.monotonic()
    assert session.context(OneCall(), operation).patience.deadline == begun + seconds
    custom = session.context(OneCall(given={operation: 90.0}), operation).patience
    assert (custom.deadline, custom.given) == (begun + 90, 90)
    assert all(TIMEOUTS.values())


def test_misspelt_keys_are_warned_of() -> None:
    """Once, however often the settings are asked for; what is right, or like no key, is no matter."""
    log = Lines()
    names = ("apiversion", "deploymnt", "client_id", "apiVersion", "region", "from")
    session = Session(lambda _: None, {}, log, names=names)
    assert session.settings is session.settings
    told = [text.partition(":")[2].partition(":")[0] for _, _, text in log.lines]
    assert told == ["apiversion", "client_id", "deploymnt"]
    assert {(kind, urn) for kind, urn, _ in log.lines} == {("warning", "")}
    assert [text.rpartition(":")[2] for _, _, text in log.lines] == [
        "apiVersion?",
        "clientId?",
        "deployment?",
    ]


def test_the_clients_have_the_operations_deadline(session: Session) -> None:
    """Service, reader and buckets are given the same moment, however late they are asked for."""
    context = session.context(OneCall(), "update")
    session.clock.sleep(20 * HOUR)
    service: Any = context.batch()
    reader: Any = context.statuses()
    storage: Any = context.storage()
    assert service._transport.patience is context.patience
    assert reader.patience is context.patience
    assert storage._patience is context.patience
    assert context.patience.left == 4 * HOUR


def test_an_update_with_removals_waits_its_time_out_once(
    session: Session, world: World, declared: dict[str, Any]
) -> None:
    """What the removal of a request has waited, the requests that stay are not waited for again."""
    made = [
        BATCH_REQUEST.create(
            session.context(OneCall(), "create"), {**declared, "description": name, "declaration": key(name)}
        ).id
        for name in ("removed", "kept")
    ]
    inputs = {
        "requests": made,
        "until": "started",
        "deployment": "aws-eu-central-1",
        "declaration": key("run"),
    }
    run = BATCH_RUN.create(session.context(OneCall(), "create"), inputs)
    limited = {"status": 429, "headers": {"Retry-After": str(int(5 * HOUR * 1000))}}
    world.controls.fault("GET", f"process/{made[0]}$", limited, times=4)
    world.controls.fault("GET", f"process/{made[1]}$", limited, times=100)
    begun = world.clock.seconds
    news = {**inputs, "requests": made[1:], "until": "finished"}
    with pytest.raises(SentinelHubError) as caught:
        BATCH_RUN.update(session.context(OneCall(), "update"), run.id, run.outputs, news)
    assert 20 * HOUR < world.clock.seconds - begun <= DAY
    assert made[1] in str(caught.value)


def test_ctrl_c_and_lines_are_the_calls_own(session: Session) -> None:
    """Each context has its call's cancellation, and says what it says on its call's row."""
    one, other = OneCall(urn="a"), OneCall(urn="b")
    contexts = [session.context(call, "create") for call in (one, other)]
    one.cancel.set()
    assert [bool(context.patience.ended()) for context in contexts] == [True, False]
    contexts[1].progress("10%")
    contexts[1].warn("beware")
    assert isinstance(session.log, Lines)
    assert session.log.lines == [("progress", "b", "10%"), ("warning", "b", "beware")]
    assert contexts[0].ledger is contexts[1].ledger


def test_a_wrong_configuration_is_told_by_each_call() -> None:
    """It is no defect of the session, which any front end can make before it is asked for anything."""
    session = Session({"sentinelhub:deployment": "moon"}.get, {}, Lines())
    for _ in range(2):
        with pytest.raises(ConfigError, match="moon"):
            session.context(OneCall(), "check")


def test_a_deadline_in_the_past_begins_no_call(session: Session, world: World) -> None:
    """An operation whose time is up makes no call at all."""
    context = session.context(OneCall(given={"read": 5.0}), "read")
    world.clock.sleep(5)
    with pytest.raises(DeadlineExceeded, match="custom_timeouts"):
        context.batch().get_request("one")
    assert world.calls("GET") == []
