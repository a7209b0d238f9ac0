"""Every kind of call of every operation under every fault: nothing lost, nothing twice, one clear error."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

import pytest

from pulumi_sentinelhub.batch.generations import GENERATIONS
from pulumi_sentinelhub.errors import SentinelHubError
from sentinelhub_sandbox.byoc.collections import CollectionWish
from tests.faults.account import DEADLINE, POLL_INTERVAL, Account
from tests.faults.operations import OPERATIONS
from tests.faults.operations.calls import MAKE, MAKE_C, TOKEN
from tests.faults.operations.requests import make
from tests.faults.operations.step import Operation, Step
from tests.faults.prepared import Prepared, never
from tests.faults.table import ENDLESS, FAULTS, FEW_MINUTES, PERSISTENT
from tests.faults.world import alike, everything, hold, put_back

PREPARED = [
    (name, operation)
    for name, generation in GENERATIONS.items()
    for operation in OPERATIONS
    if operation.needs(generation.abilities)
]
CELLS = [
    (name, operation, call, fault)
    for name, operation in PREPARED
    for call in operation.calls_of(GENERATIONS[name].abilities)
    for fault in FAULTS
]
RUNS = ("POST", "/(start|analyse|restartpartial)$")
#: Fake seconds that one fault may cost: retries, and the looks for what may have been done.
ONE_FAULT = 600.0
#: Fake seconds by which the last look may pass the deadline: one call's own attempts.
SLACK = 1000.0
prepared: Final = Prepared(hold, put_back)
_came_right: Final[set[tuple[str, str, str, bytes]]] = set()


def expect_clear(error: SentinelHubError, step: Step, known: Iterable[str], *, token: bool) -> None:
    """One message: what, which id, why and what to do; nothing of our insides."""
    text = str(error)
    told = error.cause if hasattr(error, "cause") else error
    assert isinstance(told, SentinelHubError)
    assert told.why or told.subject, text
    assert told.next_step, text
    assert "\n" not in text, text
    assert not re.search(r"Traceback|<html|object at 0x|requests\.|urllib3", text), text
    about = {*step.news.get("requests", []), *step.olds.get("requests", []), *filter(None, [step.id])}
    if not token and about:
        assert any(id in text for id in about | set(known)), text


def once_each(account: Account, call: tuple[str, str]) -> None:
    """The calls of this kind had an effect at most once a request."""
    times = Counter(account.carried_out(*call))
    assert all(count == 1 for count in times.values()), times


def in_two_attempts(
    account: Account, operation: Operation, call: str, fault: str, *, for_good: bool = False
) -> None:
    """The operation under a fault, then again as the next command would do it."""
    deadline = FEW_MINUTES if for_good and fault in ENDLESS else DEADLINE
    times, limit = (PERSISTENT, deadline + SLACK) if for_good else (1, ONE_FAULT)
    step = prepared(account, operation.name, operation.prepare)
    process = account.context if operation.calls[call] == TOKEN else account.with_a_token
    active, made = set(account.active()), {call: len(account.carried_out(*call)) for call in (MAKE, MAKE_C)}
    method, path = operation.calls[call]
    account.break_calls(method, path, FAULTS[fault], times)
    begun, calls = account.clock.seconds, len(account.journal())
    first = step.attempt(process(deadline=deadline))
    assert account.clock.seconds - begun <= limit
    assert account.hits or any(c.get("fault") for c in account.journal()[calls:]), "the fault never hit"
    account.fix()
    if first.error is not None:
        expect_clear(first.error, step, account.requests(), token=operation.calls[call] == TOKEN)
    only_404s = first.done and for_good and fault == "404 lag"
    if first.done and not only_404s:
        operation.holds(account, first)
    assert set(account.active()) <= active | set(first.news.get("requests", [first.id]))
    before = len(account.carried_out(*RUNS))
    left = operation.after_404s(first) if only_404s else first
    if left is None:
        return
    # most faults leave one of a few steps and accounts: what the next command makes of each is seen once
    account.clock.seconds = math.ceil(account.clock.seconds / POLL_INTERVAL) * POLL_INTERVAL
    found = (
        None
        if left.done
        else (operation.name, repr(replace(left, error=None)), process.__name__, alike(account))
    )
    if found in _came_right:
        return
    second = left if left.done else left.attempt(process())
    assert second.done, second.error
    operation.holds(account, second)
    if not second.gone and operation.quiet:
        assert not second.kind.diff(account.offline(), second.id, second.olds, second.news)
    # nothing twice: neither objects made nor jobs run
    for kind, earlier in made.items():
        assert len(account.carried_out(*kind)) - earlier <= (kind == operation.makes)
    for kind in operation.committed:
        once_each(account, kind)
    if left.done:
        assert len(account.carried_out(*RUNS)) == before
    if found is not None:
        _came_right.add(found)


@pytest.mark.parametrize(
    ("account", "operation", "call", "fault"),
    CELLS,
    indirect=["account"],
    ids=lambda v: getattr(v, "name", v),
)
def test_one_fault(
    account: Account, operation: Operation, call: str, fault: str, record_property: Callable[..., None]
) -> None:
    """One fault of one call: the right outcome or one clear error, then the right outcome."""
    record_property("fault", [f"{account.settings.api_version}, {operation.name}, {call}", fault])
    in_two_attempts(account, operation, call, fault)


@pytest.mark.parametrize(
    ("account", "operation", "call", "fault"),
    CELLS,
    indirect=["account"],
    ids=lambda v: getattr(v, "name", v),
)
def test_a_fault_that_stays(
    account: Account, operation: Operation, call: str, fault: str, record_property: Callable[..., None]
) -> None:
    """A fault that does not pass ends within the deadline in one clear error; afterwards all comes right."""
    record_property(
        "fault", [f"{account.settings.api_version}, {operation.name}, {call}", f"{fault}, for good"]
    )
    in_two_attempts(account, operation, call, fault, for_good=True)


@pytest.mark.parametrize(
    ("account", "operation"),
    PREPARED,
    indirect=["account"],
    ids=lambda v: getattr(v, "name", v),
)
def test_what_is_prepared_once_is_whole(account: Account, operation: Operation) -> None:
    """What is put back for a cell is what the calls before its operation would have made, now and later."""
    generation, afresh = account.settings.api_version, Prepared(hold, put_back)
    steps, shown = [], []
    for prepare in (operation.prepare, never):
        account.reset(generation)
        steps.append(afresh(account, operation.name, prepare))
        shown.append(everything(account))
        make(account, "what another cell leaves")
    assert steps[0] == steps[1]
    assert shown[0] == shown[1]


@pytest.mark.parametrize("account", GENERATIONS, indirect=True)
def test_what_differs_is_seen_anew(account: Account) -> None:
    """Each change of what there is, or was done, is told from all before it, and looking changes nothing."""
    (made,) = make(account)
    batch, seen, sandbox = account.before().batch(), [alike(account)], account.sandbox
    (caller,) = {client.caller for client in sandbox._clients.values()}
    collections, own = sandbox.v1.collections, getattr(sandbox, account.settings.api_version)
    changes: list[Callable[[], object]] = [
        lambda: batch.update_request(made.id, description="another"),
        lambda: batch.analyse(made.id),
        lambda: account.force(made.id, status="ANALYSIS_DONE"),
        lambda: batch.start(made.id),
        lambda: account.clock.move(25),
        lambda: account.clock.move(1),
        lambda: sandbox.v2._purse.charge(caller.account, 1.0),
        lambda: collections.create(caller, "n", "b"),
        lambda: collections.hide(collections.all(caller.account)[0]["id"], 1e6),
        lambda: sandbox.byoc.create(caller, CollectionWish("n", "b")),
        own.store.reset,
        sandbox.journal.clear,
    ]
    for change in changes:
        change()
        account.requests()
        held = alike(account)
        account.requests()
        assert alike(account) == held
        assert held not in seen
        seen.append(held)
