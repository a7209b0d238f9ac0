"""What an account's Sentinel Hub holds, kept and put back, as ``store`` does with S3."""

from __future__ import annotations

import pickle
from typing import Any, Final

from sentinelhub_sandbox import Sandbox
from sentinelhub_sandbox.jobs.job import Job
from sentinelhub_sandbox.pixels import Plan
from tests.faults.account import Account
from tests.support import service

#: Seconds between looks: into an analysis, into the processing, and when both are over.
LOOKS: Final = (0.0, 7.0, 15.0, 20.0, 60.0)


def hold(account: Account) -> bytes:
    """All that its calls have made, and the time."""
    return pickle.dumps((account.clock.seconds, [vars(of)[name] for of, name in _places(account.sandbox)]))


def put_back(account: Account, held: bytes) -> None:
    """Have an empty account hold it, at the time when it was kept."""
    account.clock.seconds, values = pickle.loads(held)
    for (of, name), value in zip(_places(account.sandbox), values, strict=True):
        setattr(of, name, value)


def _places(sandbox: Sandbox) -> list[tuple[Any, str]]:
    """Where a sandbox that renders nothing keeps what the operations' preparations make."""
    v1, v2 = sandbox.v1, sandbox.v2
    return [
        *((store, name) for store in (v1.store, v2.store) for name in ("_jobs", "made")),
        (v1.collections, "_items"),
        (sandbox.journal, "_entries"),
    ]


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
