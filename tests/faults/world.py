"""What an account's Sentinel Hub holds, kept and put back, as ``store`` does with S3."""

from __future__ import annotations

import pickle
from typing import Any, Final

from sentinelhub_sandbox.jobs.job import Job
from sentinelhub_sandbox.pixels import Plan
from tests.faults.account import Account
from tests.faults.operations.calls import PROCESS
from tests.support import moments, service
from tests.support.sandbox import COLLECTIONS

#: Seconds between looks: into an analysis, into the processing, and when both are over.
LOOKS: Final = (0.0, 7.0, 15.0, 20.0, 60.0)


def hold(account: Account) -> bytes:
    """All that its calls have made, and the time."""
    held = moments.hold(account.sandbox)
    return pickle.dumps((account.clock.seconds, held, account.sandbox.journal.entries()))


def put_back(account: Account, held: bytes) -> None:
    """Have an empty account hold it, at the time when it was kept."""
    account.clock.seconds, made, calls = pickle.loads(held)
    moments.hold_again(account.sandbox, made)
    account.sandbox.journal._entries[:] = calls


def alike(account: Account) -> bytes:
    """All that a new process may find, the time, and what has been made and set going so far.

    The same bytes are the same to it; the reverse need not be so.
    """
    done = account.carried_out("POST", f"{PROCESS}|{COLLECTIONS}")
    return pickle.dumps((account.clock.seconds, moments.hold(account.sandbox), done))


def everything(account: Account) -> list[Any]:
    """All that the service shows, now and later: also of what time makes of it."""
    shown: list[Any] = [list(account.journal())]
    for seconds in LOOKS:
        account.clock.seconds += seconds
        shown += [account.clock.seconds, service.all_requests(account.sandbox), account.collections()]
        shown.append([collection.to_json() for collection in account.sandbox.byoc._items.values()])
        for store in (account.sandbox.v1.store, account.sandbox.v2.store):
            shown += [job.tile_status(plan.id, store.now()) for job in store.jobs() for plan in _plans(job)]
            shown.append(store.made)
        shown.append(dict(account.sandbox.v2._purse._spent))
    return shown


def _plans(job: Job) -> tuple[Plan, ...]:
    return () if job.analysis is None else job.analysis.plans
