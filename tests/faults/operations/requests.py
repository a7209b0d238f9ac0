"""Faults of a batch request: what there is before, what must be in the end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pulumi_sentinelhub.lifecycle.request import BATCH_REQUEST
from tests.faults.account import Account
from tests.faults.operations.calls import CANCEL, DELETE, LIST, MAKE, PUT, READ, TOKEN
from tests.faults.operations.step import Operation, Step, believed, named
from tests.support.inputs import declared


def make(account: Account, *texts: str, **more: Any) -> list[Step]:
    """Requests that are there."""
    ctx = account.before()
    steps = [Step(BATCH_REQUEST, "create", {**declared(text), **more}) for text in texts or ("a job",)]
    return [step.attempt(ctx) for step in steps]


def make_request(account: Account) -> Step:
    make(account, "somebody else's")
    return Step(BATCH_REQUEST, "create", declared())


def adopt_request(account: Account) -> Step:
    (made,) = make(account)
    news = {**declared("adopted"), "adopt_id": made.id}
    return Step(BATCH_REQUEST, "create", news, id=made.id)


def read_request(account: Account) -> Step:
    (made,) = make(account)
    return replace(made, verb="read", done=False)


def update_request(account: Account) -> Step:
    (made,) = make(account)
    return replace(made, verb="update", news=declared("another"), done=False)


def delete_idle(account: Account) -> Step:
    (made,) = make(account)
    return replace(made, verb="delete", done=False)


def delete_running(account: Account) -> Step:
    (made,) = make(account)
    account.before().batch().start(made.id)
    account.clock.seconds += 21
    assert account.active() == [made.id]
    return replace(made, verb="delete", done=False)


def one_request_in_the_state(account: Account, step: Step) -> None:
    """The service holds the request that the state knows, and no other that waits for somebody."""
    assert not step.gone
    mine = [r["id"] for r in account.requests().values() if r["description"] != "somebody else's"]
    assert mine == [step.id]
    assert account.requests()[step.id]["description"] == step.news["description"]
    assert account.active() == []


def nothing_left(account: Account, step: Step) -> None:
    """What was deleted is at rest, and gone where the service allows it."""
    assert step.gone
    assert account.active() == []
    assert all(r["status"] in ("CANCELED", "DONE") for r in account.requests().values())


def nothing_at_all(account: Account, step: Step) -> None:
    """It is deleted, or at rest where the service insists on keeping it."""
    assert step.gone
    kept = [] if account.abilities.deletes else ["CREATED"]
    assert [r["status"] for r in account.requests().values()] in (kept, ["CANCELED"])


OPERATIONS = (
    Operation(
        "request: create",
        make_request,
        named(token=TOKEN, list=LIST, post=MAKE),
        one_request_in_the_state,
        makes=MAKE,
    ),
    Operation("request: adopt", adopt_request, named(get=READ, put=PUT), one_request_in_the_state),
    Operation(
        "request: read", read_request, named(token=TOKEN, get=READ), one_request_in_the_state, quiet=False
    ),
    Operation(
        "request: update",
        update_request,
        named(token=TOKEN, put=PUT, reread=READ),
        one_request_in_the_state,
        after_404s=believed,
    ),
    Operation(
        "request: delete idle",
        delete_idle,
        named(token=TOKEN, get=READ, delete=DELETE, probe=PUT),
        nothing_at_all,
        after_404s=believed,
    ),
    Operation(
        "request: delete running",
        delete_running,
        named(get=READ, cancel=CANCEL, delete=DELETE),
        nothing_left,
        after_404s=believed,
    ),
)
