"""Every operation of every lifecycle: what there is before, what is asked for, what must be in the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from pulumi_sentinelhub.errors import SentinelHubError, Unfinished
from pulumi_sentinelhub.lifecycle.collection import BATCH_COLLECTION
from pulumi_sentinelhub.lifecycle.context import Context
from pulumi_sentinelhub.lifecycle.contract import Lifecycle
from pulumi_sentinelhub.lifecycle.request import BATCH_REQUEST
from pulumi_sentinelhub.lifecycle.run.lifecycle import BATCH_RUN
from tests.faults.account import Account
from tests.support.inputs import EVALSCRIPT, key

PROCESS = "/api/v1/batch/process"
COLLECTIONS = "/api/v1/batch/collections"
TOKEN = ("POST", "/openid-connect/token$")
LIST, MAKE = ("GET", rf"{PROCESS}\?"), ("POST", f"{PROCESS}$")
READ, PUT, DELETE = (("GET", f"{PROCESS}/[^/?]+$"), ("PUT", f"{PROCESS}/"), ("DELETE", f"{PROCESS}/"))
ANALYSE, START, CANCEL, RESTART = (
    ("POST", f"/{action}$") for action in ("analyse", "start", "cancel", "restartpartial")
)
TILES = ("GET", r"/tiles(\?|$)")
LIST_C, MAKE_C = ("GET", rf"{COLLECTIONS}(\?|$)"), ("POST", f"{COLLECTIONS}$")
READ_C, PUT_C, DELETE_C = (
    ("GET", f"{COLLECTIONS}/"),
    ("PUT", f"{COLLECTIONS}/"),
    ("DELETE", f"{COLLECTIONS}/"),
)


def declared(text: str = "a job") -> dict[str, Any]:
    """A batch request of one tile."""
    data = {
        "type": "sentinel-2-l2a",
        "dataFilter": {"timeRange": {"from": "2019-06-10T00:00:00Z", "to": "2019-06-20T00:00:00Z"}},
    }
    return {
        "process_request": {
            "input": {"bounds": {"bbox": [9.12, 41.36, 9.22, 41.46]}, "data": [data]},
            "output": {"responses": [{"identifier": "default", "format": {"type": "image/tiff"}}]},
            "evalscript": EVALSCRIPT,
        },
        "tiling_grid": {"id": 0, "resolution": 60},
        "bucket_name": "results",
        "description": text,
        "on_delete": "cancel",
        "deployment": "aws-eu-central-1",
        "declaration": key(text),
    }


@dataclass(frozen=True)
class Step:
    """One step of the engine on one resource, as far as it has come.

    Attributes:
        verb: create, read, update or delete.
        id, olds: what the state holds.
        news: the inputs.
        done: whether the step has come to its end.
        gone: whether the state holds the resource no more.
    """

    kind: Lifecycle
    verb: str
    news: dict[str, Any] = field(default_factory=dict)
    id: str = ""
    olds: dict[str, Any] = field(default_factory=dict)
    done: bool = False
    gone: bool = False
    error: SentinelHubError | None = None

    def attempt(self, ctx: Context) -> Step:
        """Do it as the engine does: it keeps what an Unfinished holds and forgets any other failed create."""
        try:
            return getattr(self, f"_{self.verb}")(ctx)  # type: ignore[no-any-return] # one of the four below
        except Unfinished as unfinished:
            kept = dict(unfinished.outputs)
            return replace(self, verb="update", id=unfinished.id, olds=kept, error=unfinished)
        except SentinelHubError as error:
            return replace(self, error=error)

    def _create(self, ctx: Context) -> Step:
        remote = self.kind.create(ctx, self.news)
        return replace(self, id=remote.id, olds=remote.outputs, done=True)

    def _read(self, ctx: Context) -> Step:
        remote = self.kind.read(ctx, self.id, self.olds)
        if remote is None:
            return replace(self, done=True, gone=True)
        return replace(self, id=remote.id, olds=remote.outputs, done=True)

    def _update(self, ctx: Context) -> Step:
        return replace(self, olds=self.kind.update(ctx, self.id, self.olds, self.news), done=True)

    def _delete(self, ctx: Context) -> Step:
        self.kind.delete(ctx, self.id, self.olds)
        return replace(self, done=True, gone=True)


@dataclass(frozen=True)
class Operation:
    """An operation under test.

    Attributes:
        prepare: makes what there is before.
        calls: its kinds of calls, each method and pattern.
        holds: asserts what must be there when the step has come to its end.
        committed: kinds of calls that must have an effect at most once, over all attempts.
    """

    name: str
    prepare: Callable[[Account], Step]
    calls: dict[str, tuple[str, str]]
    holds: Callable[[Account, Step], None]
    committed: tuple[tuple[str, str], ...] = ()


def make(account: Account, *texts: str, **more: Any) -> list[Step]:
    """Requests that are there."""
    ctx = account.context()
    steps = [Step(BATCH_REQUEST, "create", {**declared(text), **more}) for text in texts or ("a job",)]
    return [step.attempt(ctx) for step in steps]


def run_inputs(*ids: str, **inputs: Any) -> dict[str, Any]:
    return {
        "requests": list(ids),
        "until": "finished",
        "deployment": "aws-eu-central-1",
        "declaration": "d",
        **inputs,
    }


# batch requests


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
    account.context().connect().start(made.id)
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
    assert [r["status"] for r in account.requests().values()] in ([], ["CANCELED"])


# runs


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
    run = Step(BATCH_RUN, "create", news).attempt(account.context())
    account.clock.seconds += 21
    return replace(run, verb="update", news=run_inputs(kept.id), done=False)


def read_run(account: Account) -> Step:
    (made,) = make(account)
    run = Step(BATCH_RUN, "create", run_inputs(made.id, until="started")).attempt(account.context())
    account.clock.seconds += 25
    return replace(run, verb="read", done=False)


def bare_run(account: Account) -> Step:
    """A run of a request that a notebook has made."""
    asked = declared("notebook")
    payload = {
        "processRequest": asked["process_request"],
        "tilingGrid": asked["tiling_grid"],
        "bucketName": asked["bucket_name"],
    }
    made = account.context().connect().create_request(payload)
    news = run_inputs(made.id, until="started", bare=[made.id])
    run = Step(BATCH_RUN, "create", news).attempt(account.context())
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


# collections

COLLECTION = {
    "name": "fields",
    "bucket_name": "results",
    "on_delete": "delete",
    "deployment": "aws-eu-central-1",
    "declaration": key("fields"),
}


def make_collection(account: Account) -> Step:
    return Step(BATCH_COLLECTION, "create", dict(COLLECTION))


def adopt_collection(account: Account) -> Step:
    made = existing(account)
    return Step(
        BATCH_COLLECTION, "create", {**COLLECTION, "name": "meadows", "adopt_id": made.id}, id=made.id
    )


def existing(account: Account) -> Step:
    return make_collection(account).attempt(account.context())


def read_collection(account: Account) -> Step:
    return replace(existing(account), verb="read", done=False)


def rename_collection(account: Account) -> Step:
    return replace(existing(account), verb="update", news={**COLLECTION, "name": "meadows"}, done=False)


def delete_used_collection(account: Account) -> Step:
    made = existing(account)
    output = {"defaultTilePath": "s3://results", "cogOutput": True, "collectionId": made.id}
    cog = {k: v for k, v in declared().items() if k != "bucket_name"}
    used = Step(BATCH_REQUEST, "create", {**cog, "output": output}).attempt(account.context())
    assert used.done, used.error
    return replace(made, verb="delete", done=False)


def one_collection_in_the_state(account: Account, step: Step) -> None:
    assert not step.gone
    (there,) = account.collections()
    assert there["id"] == step.id
    assert there["name"] == step.olds["name"] == step.news["name"]


def no_collection(account: Account, step: Step) -> None:
    assert step.gone
    assert account.collections() == []


def _named(**calls: tuple[str, str]) -> dict[str, tuple[str, str]]:
    return {name.replace("_", " "): call for name, call in calls.items()}


OPERATIONS = (
    Operation(
        "request: create",
        make_request,
        _named(token=TOKEN, list=LIST, post=MAKE),
        one_request_in_the_state,
    ),
    Operation("request: adopt", adopt_request, _named(get=READ, put=PUT), one_request_in_the_state),
    Operation("request: read", read_request, _named(token=TOKEN, get=READ), one_request_in_the_state),
    Operation("request: update", update_request, _named(token=TOKEN, put=PUT), one_request_in_the_state),
    Operation(
        "request: delete idle", delete_idle, _named(token=TOKEN, get=READ, delete=DELETE), nothing_at_all
    ),
    Operation(
        "request: delete running",
        delete_running,
        _named(get=READ, cancel=CANCEL, delete=DELETE),
        nothing_left,
    ),
    Operation(
        "run: finish", finish, _named(token=TOKEN, get=READ, start=START, tiles=TILES), all_done, (START,)
    ),
    Operation(
        "run: finish within a budget",
        finish_within_budget,
        _named(get=READ, analyse=ANALYSE, start=START, tiles=TILES),
        all_done,
        (ANALYSE, START),
    ),
    Operation("run: finish many", finish_many, _named(list=LIST, start=START), all_done, (START,)),
    Operation("run: analyse", analyse_only, _named(get=READ, analyse=ANALYSE), analysed, (ANALYSE,)),
    Operation(
        "run: restart", restart, _named(get=READ, restartpartial=RESTART, tiles=TILES), all_done, (RESTART,)
    ),
    Operation("run: take out", take_out, _named(token=TOKEN, get=READ), one_taken_out, (START,)),
    Operation("run: cancel", cancel_run, _named(token=TOKEN, get=READ, cancel=CANCEL), cancelled, (START,)),
    Operation("run: read", read_run, _named(token=TOKEN, get=READ, tiles=TILES), still_running, (START,)),
    Operation(
        "run: delete", delete_run, _named(token=TOKEN, get=READ, cancel=CANCEL), all_cancelled, (START,)
    ),
    Operation(
        "collection: create",
        make_collection,
        _named(token=TOKEN, list=LIST_C, post=MAKE_C),
        one_collection_in_the_state,
    ),
    Operation(
        "collection: adopt", adopt_collection, _named(get=READ_C, put=PUT_C), one_collection_in_the_state
    ),
    Operation("collection: read", read_collection, _named(get=READ_C), one_collection_in_the_state),
    Operation("collection: rename", rename_collection, _named(put=PUT_C), one_collection_in_the_state),
    Operation(
        "collection: delete",
        delete_used_collection,
        _named(list_requests=LIST, unlink=PUT, delete=DELETE_C),
        no_collection,
    ),
)
