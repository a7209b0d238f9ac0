"""Faults of a run: what there is before, what must be in the end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pulumi_sentinelhub.lifecycle.run.lifecycle import BATCH_RUN
from tests.faults.account import Account
from tests.faults.operations.calls import ANALYSE, CANCEL, LIST, READ, RESTART, START, TILES, TOKEN
from tests.faults.operations.requests import make
from tests.faults.operations.step import Operation, Step, believed, named
from tests.support.inputs import declared


def run_inputs(*ids: str, **inputs: Any) -> dict[str, Any]:
    return {
        "requests": list(ids),
        "until": "finished",
        "deployment": "aws-eu-central-1",
        "declaration": "d",
        **inputs,
    }


def finish(account: Account) -> Step:
    (made,) = make(account)
    return Step(BATCH_RUN, "create", run_inputs(made.id))


def finish_within_budget(account: Account) -> Step:
    (made,) = make(account)
    return Step(BATCH_RUN, "create", run_inputs(made.id, max_cost=1e6))


def finish_many(account: Account) -> Step:
    made = make(account, "one", "two", "three")
    return Step(BATCH_RUN, "create", run_inputs(*[step.id for step in made]))


def analyse_only(account: Account) -> Step:
    (made,) = make(account)
    return Step(BATCH_RUN, "create", run_inputs(made.id, until="analysed"))


def restart(account: Account) -> Step:
    (made,) = make(account)
    account.force(made.id, status="PARTIAL")
    return Step(BATCH_RUN, "create", run_inputs(made.id, restart_partial=1))


def take_out(account: Account) -> Step:
    kept, removed = make(account, "kept", "removed")
    news = run_inputs(kept.id, removed.id, until="started")
    run = Step(BATCH_RUN, "create", news).attempt(account.before())
    account.clock.seconds += 21
    return replace(run, verb="update", news=run_inputs(kept.id), done=False)


def read_run(account: Account) -> Step:
    (made,) = make(account)
    run = Step(BATCH_RUN, "create", run_inputs(made.id, until="started")).attempt(account.before())
    account.clock.seconds += 25
    return replace(run, verb="read", done=False)


def bare_run(account: Account) -> Step:
    """A run of a request that a notebook has made."""
    context = account.before()
    asked = {name: declared()[name] for name in ("process_request", "tiling_grid", "bucket_name")}
    made = context.batch().create_request(context.generation.payload(asked))
    news = run_inputs(made.id, until="started", bare=[made.id])
    run = Step(BATCH_RUN, "create", news).attempt(account.before())
    account.clock.seconds += 25
    return run


def delete_run(account: Account) -> Step:
    return replace(bare_run(account), verb="delete", done=False)


def cancel_run(account: Account) -> Step:
    run = bare_run(account)
    return replace(run, verb="update", news={**run.news, "until": "cancelled"}, done=False)


def all_done(account: Account, step: Step) -> None:
    """Every request has come to its end, by one start each, and the state says so."""
    assert not step.gone
    assert {account.requests()[id]["status"] for id in step.news["requests"]} == {"DONE"}
    assert step.olds["status"] == "DONE"
    assert account.active() == []


def analysed(account: Account, step: Step) -> None:
    assert step.olds["status"] == "ANALYSIS_DONE"
    assert account.active() == []


def one_taken_out(account: Account, step: Step) -> None:
    """What is in the run has come to its end; what was taken out was not cancelled."""
    (kept,) = step.news["requests"]
    states = {id: r["status"] for id, r in account.requests().items()}
    assert states.pop(kept) == "DONE"
    assert [status in ("PROCESSING", "DONE") for status in states.values()] == [True]


def still_running(account: Account, step: Step) -> None:
    """Reading changes nothing, and does not take a running job for a finished one."""
    assert not step.gone
    (record,) = step.olds["results"]
    assert not record.get("expired")
    (job,) = account.requests().values()
    assert job["status"] in ("PROCESSING", "DONE")
    assert job["userAction"] == "START"


def all_cancelled(account: Account, step: Step) -> None:
    assert step.gone
    assert account.active() == []


def cancelled(account: Account, step: Step) -> None:
    """It has come to rest, and the state says so."""
    assert account.active() == []
    assert step.olds["status"] in ("CANCELED", "DONE")


OPERATIONS = (
    Operation(
        "run: finish", finish, named(token=TOKEN, get=READ, start=START, tiles=TILES), all_done, (START,)
    ),
    Operation(
        "run: finish within a budget",
        finish_within_budget,
        named(get=READ, analyse=ANALYSE, start=START, tiles=TILES),
        all_done,
        (ANALYSE, START),
    ),
    Operation("run: finish many", finish_many, named(list=LIST, start=START), all_done, (START,)),
    Operation("run: analyse", analyse_only, named(get=READ, analyse=ANALYSE), analysed, (ANALYSE,)),
    Operation(
        "run: restart",
        restart,
        named(get=READ, restartpartial=RESTART, tiles=TILES),
        all_done,
        (RESTART,),
        needs=lambda able: able.restarts_failed,
    ),
    Operation(
        "run: take out", take_out, named(token=TOKEN, get=READ), one_taken_out, (START,), after_404s=believed
    ),
    Operation(
        "run: cancel",
        cancel_run,
        named(token=TOKEN, get=READ, cancel=CANCEL),
        cancelled,
        (START,),
        after_404s=believed,
    ),
    Operation(
        "run: read", read_run, named(token=TOKEN, get=READ, tiles=TILES), still_running, (START,), quiet=False
    ),
    Operation(
        "run: delete",
        delete_run,
        named(token=TOKEN, get=READ, cancel=CANCEL),
        all_cancelled,
        (START,),
        after_404s=believed,
    ),
)
