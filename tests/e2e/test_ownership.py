"""Every job knows its owner: what two teams on one account met, each as a user meets it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.jobs import PARTS, SCRIPT, creations, look_often, remote, starts
from tests.e2e.notebook import Notebook, make_bucket, statuses
from tests.support.inputs import FOUR_TILES, ONE_TILE
from tests.support.patience import eventually
from tests.support.sandbox import ACTIVE

if TYPE_CHECKING:
    from tests.e2e.conftest import MakeStack
    from tests.support.cli import Stack
    from tests.support.sandbox import Controls

BUCKET = "shared-results"


@pytest.fixture
def slow(sandbox: Controls) -> Iterator[Controls]:
    """Jobs take their time; a bucket of somebody else's is there for all results."""
    make_bucket(sandbox, BUCKET)
    sandbox.control("PUT", "options", {"processing_seconds": 300})
    yield sandbox
    sandbox.control("PUT", "options", {"processing_seconds": 1})


@pytest.fixture
def quick(sandbox: Controls) -> Controls:
    """Jobs take a second; a bucket of somebody else's is there for all results."""
    make_bucket(sandbox, BUCKET)
    return sandbox


def areas(*names: str, until: str | None = "started", more: str = "") -> str:
    """Alike requests of one tile, and a run of them all."""
    made = "\n".join(f'{name} = request("{name}", "{BUCKET}", {ONE_TILE})' for name in names)
    run = f'\nrun = BatchRun("run", requests=[{", ".join(names)}], until="{until}")' if until else ""
    return f"{PARTS}\n{made}{run}\n{more}\n"


def stack_of(make_stack: MakeStack, program: str, name: str = "test") -> Stack:
    stack = make_stack(program, name=name)
    look_often(stack)
    return stack


def ids(stack: Stack) -> dict[str, str]:
    """Ids of the requests in the state, by name."""
    found = stack.resources().items()
    return {name: state["id"] for name, state in found if state["type"].endswith(":BatchRequest")}


def urn(stack: Stack, name: str) -> str:
    return str(stack.resources()[name]["urn"])


def active(sandbox: Controls) -> set[str]:
    """Ids of the requests that run, or are about to."""
    return {
        one["id"]
        for one in remote(sandbox)
        if one["status"] in ACTIVE
        or (one["userAction"] == "START" and one["status"] in ("CREATED", "ANALYSIS_DONE"))
    }


def cancels(sandbox: Controls) -> list[str]:
    return [call["path"].split("/")[-2] for call in sandbox.journal("POST", "/cancel")]


def payload() -> dict[str, Any]:
    """What the programs here declare, as a notebook sends it."""
    time_range = {"from": "2019-04-01T00:00:00Z", "to": "2019-04-30T00:00:00Z"}
    return {
        "processRequest": {
            "input": {
                "bounds": {"bbox": list(ONE_TILE)},
                "data": [{"type": "sentinel-2-l2a", "dataFilter": {"timeRange": time_range}}],
            },
            "output": {"responses": [{"identifier": "default", "format": {"type": "image/tiff"}}]},
            "evalscript": SCRIPT,
        },
        "tilingGrid": {"id": 0, "resolution": 60.0},
        "bucketName": BUCKET,
    }


def test_two_stacks_of_one_program(make_stack: MakeStack, slow: Controls) -> None:
    """Updated at once they have requests of their own; the end of one leaves the other's jobs alone."""
    dev, prod = (stack_of(make_stack, areas("a", "b"), name) for name in ("dev", "prod"))
    with dev.start_up() as one, prod.start_up() as other:
        assert one.finish()[1] == 0, one.output()
        assert other.finish()[1] == 0, other.output()
    held = {**ids(dev), **{f"prod {name}": id for name, id in ids(prod).items()}}
    assert len(set(held.values())) == len(creations(slow)) == 4
    prod.destroy()
    assert active(slow) == set(ids(dev).values())
    dev.preview(expect_no_changes=True)


def test_two_stacks_of_one_name_on_two_backends(make_stack: MakeStack, slow: Controls) -> None:
    """The same project and stack name, run by another person on a backend of their own, is another owner."""
    mine, theirs = (stack_of(make_stack, areas("a", until=None)) for _ in range(2))
    mine.up()
    theirs.up()
    assert ids(mine)["a"] != ids(theirs)["a"]
    theirs.destroy()
    assert [one["id"] for one in remote(slow)] == [ids(mine)["a"]]


def test_a_notebooks_request_is_left_alone(make_stack: MakeStack, slow: Controls) -> None:
    """What a notebook has just made with the same payload is neither taken nor deleted."""
    made = Notebook(slow).post(payload())
    stack = stack_of(make_stack, areas("a"))
    stack.up()
    assert ids(stack)["a"] != made
    stack.destroy()
    assert made in [one["id"] for one in remote(slow)]
    assert made not in cancels(slow)


COLLECTION = f"""
from pulumi_sentinelhub import BatchCollection
BatchCollection("NAME", name="fields", bucket_name="{BUCKET}")
"""


def test_renamed_without_an_alias(make_stack: MakeStack, slow: Controls) -> None:
    """The new declaration gets objects of its own before the old ones are deleted; the preview says so."""
    stack = stack_of(make_stack, areas("a", until=None, more=COLLECTION.replace("NAME", "one")))
    stack.up()
    before, notebook = ids(stack)["a"], Notebook(slow)
    (old,) = notebook.collections()
    stack.program(areas("b", until=None, more=COLLECTION.replace("NAME", "two")))
    steps = stack._json("preview", "--json")["steps"]
    assert {s["op"] for s in steps if "Batch" in s["urn"]} == {"create", "delete"}
    assert old["id"] in stack.up().output  # an alike one is named, with the way to adopt it
    assert ids(stack)["b"] != before
    assert [one["id"] for one in remote(slow)] == [ids(stack)["b"]]
    (new,) = notebook.collections()
    assert new["id"] == stack.resources()["two"]["id"] != old["id"]
    stack.preview(expect_no_changes=True)


def test_renamed_with_an_alias_and_the_name_given_anew(make_stack: MakeStack, slow: Controls) -> None:
    """The renamed one keeps its object; a new one of the old name, alike and as young, makes its own."""
    stack = stack_of(make_stack, areas("a", until=None))
    stack.up()
    before = ids(stack)["a"]
    renamed = (
        f'moved = request("b", "{BUCKET}", opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="a")]))'
    )
    stack.program(f"{PARTS}\n{renamed}\n")
    stack.up()
    stack.program(areas("a", "b", until=None))
    stack.up()
    assert ids(stack)["b"] == before
    assert ids(stack)["a"] != before
    assert len(creations(slow)) == 2
    stack.preview(expect_no_changes=True)


def test_an_alike_sibling(make_stack: MakeStack, slow: Controls) -> None:
    """Added by --target, or declared before the existing one, it has a request of its own."""
    stack = stack_of(make_stack, areas("b", until=None))
    stack.up()
    stack.program(areas("b", "c", until=None))
    stack.up("--target", urn(stack, "b").replace("::b", "::c"))
    stack.program(areas("a", "b", "c", until=None))
    stack.up()
    assert len(set(ids(stack).values())) == len(remote(slow)) == 3


RUNS = {
    "renamed": 'BatchRun("again", requests=[a, b], until="started")',
    "split": 'BatchRun("run", requests=a, until="started")\nBatchRun("other", requests=b, until="started")',
    "moved": 'BatchRun("run", requests=b, until="started")\nBatchRun("other", requests=a, until="started")',
    "none": "",
}


@pytest.mark.parametrize("shape", RUNS)
def test_runs_come_and_go(make_stack: MakeStack, slow: Controls, shape: str) -> None:
    """Whatever becomes of runs, a job that its request still wants goes on, and is started once."""
    stack = stack_of(make_stack, areas("a", "b"))
    stack.up()
    stack.program(areas("a", "b", until=None, more=RUNS[shape]))
    said = stack.up().output
    assert active(slow) == set(ids(stack).values())
    assert (len(starts(slow)), cancels(slow)) == (2, [])
    if shape == "none":
        assert "go on" in said
    stack.preview(expect_no_changes=True)
    stack.destroy()
    assert active(slow) == set()


def test_cancelled_is_an_outcome(make_stack: MakeStack, slow: Controls) -> None:
    """``until="cancelled"`` ends jobs without removing anything."""
    stack = stack_of(make_stack, areas("a", "b"))
    stack.up()
    stack.program(areas("a", "b", until="cancelled"))
    stack.up()
    assert active(slow) == set()
    assert set(ids(stack).values()) == {one["id"] for one in remote(slow)}
    stack.preview(expect_no_changes=True)


@pytest.mark.parametrize("refreshed", [True, False], ids=["refreshed", "not refreshed"])
def test_failed_and_removed_is_no_success(make_stack: MakeStack, slow: Controls, refreshed: bool) -> None:
    """A job that failed in its analysis and was removed is not called finished, also after an alike edit."""
    stack = stack_of(make_stack, areas("a", until="analysed"))
    stack.up()
    slow.force(ids(stack)["a"], status="FAILED", error="no data")
    stack.program(areas("a", until="finished"))
    stack.up(expect_failure=True)
    slow.force(ids(stack)["a"], expire=True)
    if refreshed:
        stack.refresh()
    said = stack.up(expect_failure=True).output
    assert "has finished" not in said
    assert "FAILED" in json.dumps(stack.resources()["run"]["outputs"]["statuses"])
    # a default written out asks for the same: nothing is replaced, nothing is called finished
    written_out = areas("a", until="finished").replace(
        '"resolution": 60.0', '"resolution": 60.0, "bufferX": 0'
    )
    stack.program(written_out)
    stack.up(expect_failure=True)
    assert len(creations(slow)) == 1
    # as the message says
    slow.control("PUT", "options", {"processing_seconds": 1})
    stack.up("--replace", urn(stack, "a"))
    assert statuses(slow) == ["DONE"]


def test_out_of_sight_is_not_gone(make_stack: MakeStack, slow: Controls) -> None:
    """A running job that cannot be seen for minutes is no success, no end of a destroy, no forgotten id."""
    stack = stack_of(make_stack, areas("a"))
    stack.up()
    job = ids(stack)["a"]
    slow.force(job, hidden_seconds=3600)
    stack.refresh()
    assert ids(stack)["a"] == job
    assert "may be running" in stack.destroy(expect_failure=True).output
    assert ids(stack)["a"] == job
    stack.program(areas("a", until="finished"))
    assert "lost from sight" in stack.up(expect_failure=True).output
    slow.force(job, hidden_seconds=0)
    stack.destroy()
    assert active(slow) == set()
    assert len(starts(slow)) == 1


def test_other_credentials_and_addresses(make_stack: MakeStack, slow: Controls) -> None:
    """Destroy and refresh as another account, or at another address, are refused; nothing is forgotten."""
    stack = stack_of(make_stack, areas("a"))
    stack.up()
    own = dict(stack.environ)
    before = stack.resources()
    stack.environ |= {"SH_CLIENT_ID": "stranger", "SH_CLIENT_SECRET": "secret"}
    for said in (stack.destroy(expect_failure=True).output, stack.refresh(expect_failure=True).output):
        assert before["a"]["outputs"]["account_id"] in said
        assert "credentials at work" in said
    assert set(stack.resources()) == set(before)
    assert active(slow) == {before["a"]["id"]}
    stack.environ.clear()
    stack.environ.update(own)
    stack.destroy()
    assert active(slow) == set()


def test_adoption_is_an_import(make_stack: MakeStack, slow: Controls) -> None:
    """The preview names what is adopted; adopt_id may go again; the end leaves what somebody else made."""
    notebook = Notebook(slow)
    made = notebook.post({**payload(), "description": "from a notebook"})
    notebook.ask("POST", f"/api/v1/batch/process/{made}/start")
    adopting = f'a = request("a", "{BUCKET}", adopt_id="{made}", description="from a notebook")'
    declared = f'a = request("a", "{BUCKET}", description="from a notebook")'
    run = 'BatchRun("run", requests=[a], until="started")'
    stack = stack_of(make_stack, f"{PARTS}\n{adopting}\n{run}\n")
    said = stack.preview().output
    assert f"adopts batch request {made}" in said
    assert "from a notebook" in said
    stack.up()
    stack.program(f"{PARTS}\n{declared}\n{run}\n")
    stack.up()
    assert ids(stack)["a"] == made
    stack.preview(expect_no_changes=True)
    stack.program(f"{PARTS}\n{adopting}\n{run}\n")
    stack.up()
    assert (ids(stack)["a"], cancels(slow), len(starts(slow)), len(creations(slow))) == (made, [], 1, 1)
    stack.destroy()
    assert active(slow) == {made}


def test_one_id_has_one_declaration(make_stack: MakeStack, slow: Controls) -> None:
    """An id that another declaration of the stack holds cannot be adopted as well."""
    stack = stack_of(make_stack, areas("a", until=None))
    stack.up()
    held = ids(stack)["a"]
    stack.program(areas("a", until=None, more=f'request("b", "{BUCKET}", adopt_id="{held}")'))
    assert "two declarations" in stack.preview(expect_failure=True).output
    assert "two declarations" in stack.up(expect_failure=True).output
    stack.program(areas("a", until=None))
    stack.up()
    assert [one["id"] for one in remote(slow)] == [held]


def test_one_refusal_holds_up_no_other(make_stack: MakeStack, slow: Controls) -> None:
    """A 403 on one of four at destroy leaves only that one running, and is told by its id."""
    stack = stack_of(make_stack, areas("a", "b", "c", "d"))
    stack.up()
    bad = ids(stack)["b"]
    slow.fault("POST", f"{bad}/cancel", {"status": 403}, times=50)
    said = stack.destroy(expect_failure=True).output
    assert bad in said
    eventually(lambda: active(slow) == {bad}, "the others are cancelled")


def test_one_refused_start_abandons_no_other(make_stack: MakeStack, slow: Controls) -> None:
    """The others are started before the refusal is reported; a bad id in one run fails no other run."""
    stack = stack_of(make_stack, areas("a", "b", "c", until=None))
    stack.up()
    bad = ids(stack)["b"]
    slow.fault("POST", f"{bad}/start", {"status": 403}, times=50)
    nobody = "00000000-0000-4000-8000-000000000000"
    wrong = f'\nBatchRun("wrong", requests=["{nobody}"], until="started")'
    stack.program(areas("a", "b", "c", more=wrong))
    said = stack.up(expect_failure=True).output
    assert bad in said
    assert nobody in said
    assert active(slow) == set(ids(stack).values()) - {bad}


def test_a_budget_fails_closed(make_stack: MakeStack, slow: Controls) -> None:
    """What cannot be watched starts nothing, and it is said what is running all the same."""
    stack = stack_of(make_stack, areas("a", until=None))
    stack.up()
    run = 'BatchRun("run", requests=[a], until="finished", max_cost=500)'
    slow.fault("GET", "/tiles", {"status": 403}, times=100)
    stack.program(areas("a", until=None, more=run))
    assert "cannot keep max_cost" in stack.up(expect_failure=True).output
    assert starts(slow) == []
    slow.control("DELETE", "faults")
    notebook = Notebook(slow)
    other = notebook.post(payload())
    notebook.ask("POST", f"/api/v1/batch/process/{other}/start")
    eventually(lambda: "PROCESSING" in statuses(slow), "it runs")
    tight = f'BatchRun("run", requests=[a, "{other}"], until="finished", max_cost=0.001)'
    stack.program(areas("a", until=None, more=tight))
    said = stack.up(expect_failure=True).output
    assert f"{other} is PROCESSING and goes on" in said
    assert len(starts(slow)) == 1


def test_a_restart_is_counted_and_waited_for(make_stack: MakeStack, quick: Controls) -> None:
    """The answer is lost, reads lag behind it: it is one restart, and PARTIAL is not believed meanwhile."""
    run = 'BatchRun("run", requests=[a], until="finished", restart_partial=1)'
    stack = stack_of(make_stack, areas("a", until=None, more=run))
    stack.config("sentinelhub:readLag", "15")
    quick.control("PUT", "options", {"fail_tiles": 0.5, "stale_reads_seconds": 4})
    quick.fault("POST", "restartpartial$", "commit-then-reset")
    try:
        stack.up()
    finally:
        quick.control("PUT", "options", {"fail_tiles": 0, "stale_reads_seconds": 0})
    (result,) = stack.resources()["run"]["outputs"]["results"]
    assert (result["status"], result["restarts"]) == ("DONE", 1)
    assert len(quick.journal("POST", "restartpartial")) == 1


AGAIN = """
@pulumi.error_hook("again")
def again(args):
    return args.failed_operation == "create" and len(args.errors) < 20

stubborn = pulumi.ResourceOptions(
    hooks=pulumi.ResourceHookBinding(on_error=[again]), custom_timeouts=pulumi.CustomTimeouts(create="8s")
)
"""


def test_an_on_error_hook_makes_no_second_one(make_stack: MakeStack, quick: Controls) -> None:
    """The answer is lost, reads lag, the deadline is short: Create is called again until it is seen."""
    stack = stack_of(make_stack, f'{PARTS}\n{AGAIN}\nrequest("a", "{BUCKET}", {ONE_TILE}, opts=stubborn)\n')
    stack.config("sentinelhub:readLag", "30")
    quick.control("PUT", "options", {"stale_reads_seconds": 12})
    quick.fault("POST", "/process$", "commit-then-reset")
    try:
        stack.up()
    finally:
        quick.control("PUT", "options", {"stale_reads_seconds": 0})
    assert len(creations(quick)) == 1
    assert [one["id"] for one in remote(quick)] == list(ids(stack).values())


def test_a_failed_replacement_costs_nothing(make_stack: MakeStack, quick: Controls) -> None:
    """An edit that the service or a budget refuses is taken back: the finished job is not computed again."""
    good = areas("a", until="finished")
    stack = stack_of(make_stack, good)
    stack.up()
    done = ids(stack)["a"]
    quick.fault("POST", "/process$", {"status": 400, "body": {"error": {"message": "no such grid"}}})
    stack.program(good.replace('"resolution": 60.0', '"resolution": 20.0'))
    stack.up(expect_failure=True)
    stack.program(good)
    assert f"took over batch request {done}" in stack.up().output
    assert (ids(stack)["a"], len(starts(quick))) == (done, 1)
    stack.preview(expect_no_changes=True)

    tight = good.replace('until="finished"', 'until="finished", max_cost=0.001')
    stack.program(tight.replace('"resolution": 60.0', '"resolution": 20.0'))
    stack.up(expect_failure=True)
    stack.program(good)
    stack.up()
    assert (ids(stack)["a"], len(starts(quick))) == (done, 1)
    stack.preview(expect_no_changes=True)
    # asked for, it is computed again
    stack.up("--replace", urn(stack, "a"))
    assert ids(stack)["a"] != done
    assert len(starts(quick)) == 2


def test_replaced_while_it_runs(make_stack: MakeStack, slow: Controls) -> None:
    """By ``--replace``, too, a running job has ended before the one in its place is started."""
    stack = stack_of(make_stack, areas("a"))
    stack.up()
    first = ids(stack)["a"]
    stack.up("--replace", urn(stack, "a"))
    assert ids(stack)["a"] != first
    assert active(slow) == {ids(stack)["a"]}
    calls = [call["path"].rsplit("/", 1)[-1] for call in slow.journal("POST", "/process/")]
    assert [action for action in calls if action in ("start", "cancel")][:2] == ["start", "cancel"]
    assert calls[-1] == "start"


def test_a_targeted_replacement_contradicts_nothing(make_stack: MakeStack, quick: Controls) -> None:
    """While the run is left out of the update, nothing of the old job is shown for the new one."""
    program = areas("a", until="finished") + 'pulumi.export("status", run.status)\n'
    stack = stack_of(make_stack, program)
    stack.up()
    assert stack.outputs()["status"] == "DONE"
    stack.program(program.replace('"resolution": 60.0', '"resolution": 20.0'))
    stack.up("--target", urn(stack, "a"))
    assert stack.outputs()["status"] == "UNREAD"
    stack.up()
    assert stack.outputs()["status"] == "DONE"


def test_a_secret_bucket_stays_one(make_stack: MakeStack, slow: Controls) -> None:
    """Where the results are is as secret as the bucket's name."""
    program = areas("a", until=None).replace(f'"{BUCKET}"', f'pulumi.Output.secret("{BUCKET}")')
    stack = stack_of(make_stack, program)
    stack.up()
    state = json.dumps(stack.export(show_secrets=False))
    assert f"s3://{BUCKET}" not in state
    assert stack.export()["deployment"]["resources"]
    nested = areas("a", until=None).replace(
        f'"{BUCKET}", {ONE_TILE})', f'None, {ONE_TILE}, output={{"defaultTilePath": HIDDEN}})'
    )
    hidden = f'HIDDEN = pulumi.Output.secret("s3://{BUCKET}/private")\n'
    stack.program(nested.replace("\na = ", f"\n{hidden}a = "))
    stack.up()
    assert "/private" not in json.dumps(stack.export(show_secrets=False))


def test_a_bare_id_ends_with_its_run(make_stack: MakeStack, quick: Controls) -> None:
    """A bare id that nobody owns ends with its run; one that a BatchRequest owns does not."""
    made = Notebook(quick).post(payload())
    quick.control("PUT", "options", {"processing_seconds": 300})
    bare = f'BatchRun("bare", requests="{made}", until="started")'
    stack = stack_of(make_stack, f'{PARTS}\na = request("a", "{BUCKET}", {FOUR_TILES})\n{bare}\n')
    stack.up()
    stack.program(f'{PARTS}\na = request("a", "{BUCKET}", {FOUR_TILES})\n')
    stack.up()
    quick.control("PUT", "options", {"processing_seconds": 1})
    assert set(cancels(quick)) == {made}
