"""A job that runs although no state says so: an update was killed before its run was recorded."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_sentinelhub.errors import BudgetExceeded, Unfinished
from pulumi_sentinelhub.finding import Severity
from pulumi_sentinelhub.lifecycle.contract import CheckReport
from pulumi_sentinelhub.lifecycle.request import BATCH_REQUEST
from pulumi_sentinelhub.lifecycle.run.lifecycle import BATCH_RUN
from pulumi_sentinelhub.lifecycle.session import Session
from tests.lifecycle.conftest import World
from tests.lifecycle.runs import actions, run_of
from tests.lifecycle.sessions import Lines, OneCall
from tests.support.inputs import key

#: Below what the job of ``declared`` is estimated at, on both generations.
LITTLE = 0.01


def process(world: World, **changes: str | None) -> Session:
    """A new process of the provider."""
    there = world.sandbox.endpoints
    usual = {
        "clientId": there["client_id"],
        "clientSecret": there["client_secret"],
        "baseUrl": there["base_url"],
        "tokenUrl": there["token_url"],
        "apiVersion": world.generation,
    }
    config = {f"sentinelhub:{name}": value for name, value in {**usual, **changes}.items()}
    return Session(config.get, {}, Lines(), world.clock)


def checked(
    session: Session, declared: dict[str, Any], *ids: str, foretells: bool = True, **more: Any
) -> CheckReport:
    """What is found in a run of a request that the state has as made, and nothing more."""
    olds = {**declared, "request_id": ids[0], "status": "CREATED"}
    BATCH_REQUEST.check(session.context(OneCall(), "check"), olds, declared)
    named = {"declarations": {str(n): key("a job") for n, _ in enumerate(ids)}}
    context = session.context(OneCall(foretells=foretells), "check")
    return BATCH_RUN.check(context, {}, run_of(*ids, until="finished", **named, **more))


@pytest.fixture(params=["v1", "v2"])
def there(request: pytest.FixtureRequest, world: World) -> World:
    """A world of each generation."""
    return world.moved_to(request.param)


@pytest.fixture
def made(there: World, declared: dict[str, Any]) -> str:
    """A request that is made and idle."""
    return BATCH_REQUEST.create(there.context(), declared).id


def test_an_idle_request_is_refused(there: World, declared: dict[str, Any], made: str) -> None:
    """Nothing runs, so a budget that cannot hold is an error; one look has told."""
    (failure,) = checked(process(there), declared, made, max_cost=LITTLE).failures
    assert failure.property == "max_cost"
    assert actions(there) == []


def test_without_a_budget_that_cannot_hold_nobody_looks(
    there: World, declared: dict[str, Any], made: str
) -> None:
    """Checks of runs make no call otherwise; but a preview, which would announce a start, looks once."""
    there.controls.control("DELETE", "journal")
    for more in ({"max_cost": 1e6}, {}):
        assert checked(process(there), declared, made, foretells=False, **more).failures == ()
    assert there.calls("GET", made) == []
    (price,) = checked(process(there), declared, made).findings
    assert str(price).startswith("starts 1 request of about")
    assert len(there.calls("GET", made)) == 1


def test_a_preview_says_what_goes_on(there: World, declared: dict[str, Any], made: str) -> None:
    """Of what runs neither start nor price is announced; of what is beside it both are."""
    other = BATCH_REQUEST.create(there.context(), {**declared, "declaration": key("other")}).id
    there.context().batch().start(made)
    there.clock.seconds += 60
    goes_on = f"goes on with what has started already: batch request {made} ("
    (note,) = checked(process(there), declared, made).findings
    assert (note.severity, str(note).startswith(goes_on)) == (Severity.NOTE, True)
    price, note = checked(process(there), declared, made, other, max_cost=1e6).findings
    assert str(price).startswith("starts 1 request of about")
    assert str(note).startswith(goes_on)


def test_what_runs_is_left_to_its_run(there: World, declared: dict[str, Any], made: str) -> None:
    """The check lets the run go on with a warning; the run watches the cost and cancels."""
    there.context().batch().start(made)
    there.clock.seconds += 60
    report = checked(process(there), declared, made, max_cost=LITTLE)
    assert report.failures == ()
    (warning,) = report.warnings
    assert f"it has started already: batch request {made}" in str(warning)
    there.force(made, cost=5.0)
    session = process(there)
    with pytest.raises(Unfinished, match="have been spent, more than max_cost") as caught:
        BATCH_RUN.create(session.context(OneCall(), "create"), dict(report.inputs))
    assert isinstance(caught.value.cause, BudgetExceeded)
    assert [one["status"] for one in there.requests()] == ["CANCELED"]


def test_one_of_two_is_enough(there: World, declared: dict[str, Any], made: str) -> None:
    """The other one is priced, and is not started by a check."""
    other = BATCH_REQUEST.create(there.context(), {**declared, "declaration": key("other")}).id
    there.context().batch().start(other)
    report = checked(process(there), declared, made, other, max_cost=LITTLE)
    assert [finding.severity for finding in report.findings] == [Severity.NOTE, Severity.WARNING]
    assert "starts 1 request of about" in str(report.findings[0])


@pytest.mark.parametrize(
    "changes",
    [
        {"clientId": None, "clientSecret": None},
        {"clientSecret": "another"},
        {"baseUrl": "http://127.0.0.1:9"},
    ],
    ids=["none", "refused", "unreachable"],
)
def test_where_nobody_can_be_asked_it_is_refused(
    there: World, declared: dict[str, Any], made: str, changes: dict[str, str | None]
) -> None:
    """As before, and within seconds."""
    there.context().batch().start(made)
    before = there.clock.monotonic()
    assert checked(process(there, **changes), declared, made, max_cost=LITTLE).failures
    assert there.clock.monotonic() - before < 60
