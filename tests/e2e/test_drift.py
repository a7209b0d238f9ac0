"""What changes behind our back: what refresh, preview and up say and do; nothing is computed twice."""

from __future__ import annotations

import json

import pytest

from tests.e2e.fronts import DYNAMIC, PLUGIN, Front, by_both
from tests.e2e.jobs import PARTS, creations, remote, stack_of, starts
from tests.e2e.notebook import Notebook, only_bucket, statuses
from tests.support.cli import MakeStack, Stack
from tests.support.inputs import FOUR_TILES, ONE_TILE
from tests.support.sandbox import COLLECTIONS, Controls


def one(until: str, more: str = "") -> str:
    """A program with a bucket, a request of one tile and a run to this outcome."""
    return f"""{PARTS}
bucket = OutputBucket("results", force_destroy=True)
area = request("area", bucket.bucket, {ONE_TILE}{more})
run = BatchRun("run", requests=area, until="{until}")
pulumi.export("status", run.status)
"""


def planned(stack: Stack) -> dict[str, str]:
    """What a preview would do with each resource by its name; what stays the same is left out."""
    steps = stack._json("preview", "--json")["steps"]
    return {step["urn"].rpartition("::")[2]: str(step["op"]) for step in steps if step["op"] != "same"}


def finished(make_stack: MakeStack) -> Stack:
    """A stack whose job is done."""
    stack = stack_of(make_stack, one("finished"))
    stack.up()
    assert stack.outputs()["status"] == "DONE"
    return stack


def empty(sandbox: Controls, bucket: str) -> None:
    """Remove the results, as somebody else might."""
    s3 = sandbox.s3()
    for item in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        s3.delete_object(Bucket=bucket, Key=item["Key"])


TWO = f"""{PARTS}
bucket = OutputBucket("results", force_destroy=True)
area = request("area", bucket.bucket, {FOUR_TILES})
other = request("other", bucket.bucket, {ONE_TILE})
run = BatchRun("run", requests=[area, other], until="analysed")
"""


def test_cancelled_and_failed(make_stack: MakeStack, sandbox: Controls) -> None:
    """Refresh shows it, preview plans the run anew, and up says for each what to do, and starts nothing."""
    stack = stack_of(make_stack, TWO)
    stack.up()
    ids = {name: state["id"] for name, state in stack.resources().items()}
    sandbox.force(ids["area"], status="CANCELED")
    sandbox.force(ids["other"], status="FAILED", error="No data for any tile.")
    stack.preview(expect_no_changes=True)
    stack.refresh()
    state = stack.resources()["run"]["outputs"]
    assert state["statuses"] == {ids["area"]: "CANCELED", ids["other"]: "FAILED"}
    assert planned(stack) == {"run": "update"}
    said = stack.up(expect_failure=True).output
    assert f"{ids['area']} was cancelled" in said
    assert f"{ids['other']} failed: No data for any tile." in said
    assert "pulumi up --replace" in said
    assert starts(sandbox) == []

    # as the message says
    urns = [state["urn"] for name, state in stack.resources().items() if name in {"area", "other"}]
    stack.up("--replace", urns[0], "--replace", urns[1])
    assert stack.resources()["run"]["outputs"]["status"] == "ANALYSIS_DONE"
    assert len(creations(sandbox)) == 4
    stack.preview(expect_no_changes=True)


def test_never_started_and_removed(make_stack: MakeStack, sandbox: Controls) -> None:
    """A request that the service has removed before it was started is made again, and goes on from there."""
    stack = stack_of(make_stack, one("analysed"))
    stack.up()
    (first,) = remote(sandbox)
    sandbox.force(first["id"], expire=True)
    stack.refresh()
    assert planned(stack) == {"area": "replace", "run": "update"}
    stack.program(one("finished"))
    stack.up()
    (second,) = remote(sandbox)
    assert second["id"] != first["id"]
    assert (len(creations(sandbox)), len(starts(sandbox))) == (2, 1)
    assert stack.outputs()["status"] == "DONE"
    stack.preview(expect_no_changes=True)


@by_both
def test_cancelled_from_outside(make_stack: MakeStack, sandbox: Controls, front: Front) -> None:
    """A run whose job somebody has cancelled is planned anew, fails, keeps its place, and goes on then."""
    stack = front.stack(make_stack)
    stack.up()
    (request,) = remote(sandbox)
    sandbox.force(request["id"], status="CANCELED")
    front.refresh(stack)
    plan = planned(stack)
    assert plan["run"] == "update"
    # what is read first is a step of the plan
    assert ("refresh" in plan.values()) == front.reads_first
    said = stack.up(expect_failure=True).output
    assert f"{request['id']} was cancelled" in said
    assert "Traceback" not in said
    assert front.outputs(stack, "run")["statuses"] == {request["id"]: "CANCELED"}
    assert stack.resources()["run"]["initErrors"]
    sandbox.force(request["id"], status="DONE")
    stack.up()
    assert stack.outputs()["status"] == "DONE"
    assert (len(creations(sandbox)), len(starts(sandbox))) == (1, 1)
    stack.preview(expect_no_changes=True)


@pytest.mark.parametrize(
    ("front", "refreshed"),
    [(DYNAMIC, True), (DYNAMIC, False), (PLUGIN, True)],
    ids=["refreshed before", "not refreshed before", "plugin"],
)
def test_finished_and_removed(
    make_stack: MakeStack, sandbox: Controls, front: Front, refreshed: bool
) -> None:
    """A finished job whose request the service has removed is kept as expired; nothing is to do."""
    stack = front.stack(make_stack)
    stack.up()
    if refreshed:
        stack.refresh()
    (made,) = remote(sandbox)
    sandbox.force(made["id"], expire=True)
    stack.refresh()
    run = front.outputs(stack, "run")
    assert front.outputs(stack, "area")["expired"] is True
    assert (run["results"][0]["expired"], run["status"]) == (True, "DONE")
    stack.preview(expect_no_changes=True)
    stack.up()
    stack.program(front.job().replace('"finished"', '"analysed"'))
    stack.up()
    assert (len(creations(sandbox)), len(starts(sandbox))) == (1, 1)
    stack.destroy()
    assert stack.resources() == {}


def test_finished_removed_and_the_results_too(make_stack: MakeStack, sandbox: Controls) -> None:
    """Without request and results there may be a new request, but it is not run; asked for, it is."""
    stack = finished(make_stack)
    (made,) = remote(sandbox)
    sandbox.force(made["id"], expire=True)
    empty(sandbox, only_bucket(sandbox))
    stack.refresh()
    said = stack.up().output
    assert statuses(sandbox) in ([], ["CREATED"])
    assert len(starts(sandbox)) == 1
    if remote(sandbox):
        assert f"computes what {made['id']} has finished" in said
    assert stack.outputs()["status"] == "DONE"
    stack.preview(expect_no_changes=True)
    stack.refresh()
    stack.preview(expect_no_changes=True)
    assert len(starts(sandbox)) == 1

    # as README.md says
    urns = {name: state["urn"] for name, state in stack.resources().items()}
    stack.up("--replace", urns["area"], "--replace", urns["run"])
    assert statuses(sandbox) == ["DONE"]
    assert len(starts(sandbox)) == 2


def test_running_and_removed(make_stack: MakeStack, sandbox: Controls) -> None:
    """A job that cannot be seen any more, and was not seen to end, is a failure; its id is kept."""
    sandbox.control("PUT", "options", {"processing_seconds": 300})
    stack = stack_of(make_stack, one("started"))
    stack.up()
    (made,) = remote(sandbox)
    sandbox.force(made["id"], status="PROCESSING")
    stack.refresh()
    sandbox.force(made["id"], expire=True)
    stack.refresh()
    assert stack.resources()["area"]["id"] == made["id"]
    stack.preview(expect_no_changes=True)
    stack.program(one("finished"))
    assert "lost from sight" in stack.up(expect_failure=True).output
    assert "lost from sight" in stack.destroy(expect_failure=True).output
    assert stack.resources()["area"]["id"] == made["id"]
    assert (len(creations(sandbox)), len(starts(sandbox))) == (1, 1)

    # as the message says
    stack.run("state", "delete", "--yes", "--target-dependents", stack.resources()["area"]["urn"])
    stack.destroy()
    assert stack.resources() == {}


def test_the_buckets_policy(make_stack: MakeStack, sandbox: Controls) -> None:
    """A policy that somebody has removed is shown by refresh and put back by up; nothing runs again."""
    stack = finished(make_stack)
    bucket = only_bucket(sandbox)
    before = json.loads(sandbox.s3().get_bucket_policy(Bucket=bucket)["Policy"])
    sandbox.s3().delete_bucket_policy(Bucket=bucket)
    stack.preview(expect_no_changes=True)
    stack.refresh()
    assert stack.resources()["results"]["outputs"]["policy_in_place"] is False
    assert planned(stack) == {"results": "update"}
    stack.up()
    assert json.loads(sandbox.s3().get_bucket_policy(Bucket=bucket)["Policy"]) == before
    stack.preview(expect_no_changes=True)
    assert (len(creations(sandbox)), len(starts(sandbox))) == (1, 1)


def test_the_requests_description(make_stack: MakeStack, sandbox: Controls) -> None:
    """A description that somebody has changed is shown by refresh and put back by up, in place."""
    program = one("analysed", ', description="ours"')
    stack = stack_of(make_stack, program)
    stack.up()
    notebook, (made,) = Notebook(sandbox), remote(sandbox)
    notebook.ask("PUT", f"/api/v1/batch/process/{made['id']}", {"description": "theirs"})
    stack.refresh()
    assert planned(stack) == {"area": "update"}
    stack.up()
    assert notebook.request(made["id"])["description"] == "ours"
    assert len(creations(sandbox)) == 1
    stack.preview(expect_no_changes=True)


COLLECTION = (
    PARTS.replace("bucket_name=bucket,", "output=bucket,")
    + f"""
from pulumi_sentinelhub import BatchCollection
bucket = OutputBucket("results", force_destroy=True)
one = BatchCollection("one", name="ours", bucket_name=bucket.bucket)
path = pulumi.Output.concat("s3://", bucket.bucket)
link = {{"defaultTilePath": path, "cogOutput": True, "collectionId": one.id}}
area = request("area", link, {ONE_TILE})
run = BatchRun("run", requests=area, until="finished")
pulumi.export("status", run.status)
"""
)


def test_the_collection(make_stack: MakeStack, sandbox: Controls) -> None:
    """A renamed collection is named as before; a deleted one is made again, and linked without a new run."""
    stack = stack_of(make_stack, COLLECTION)
    stack.up()
    notebook = Notebook(sandbox)
    (made,) = notebook.collections()
    notebook.ask("PUT", f"{COLLECTIONS}/{made['id']}", {"name": "theirs"})
    stack.refresh()
    assert planned(stack) == {"one": "update"}
    stack.up()
    assert [item["name"] for item in notebook.collections()] == ["ours"]
    stack.preview(expect_no_changes=True)

    (area,) = remote(sandbox)
    notebook.ask("PUT", f"/api/v1/batch/process/{area['id']}", {"output": {"collectionId": None}})
    notebook.ask("DELETE", f"{COLLECTIONS}/{made['id']}")
    stack.refresh()
    plan = planned(stack)
    assert plan["one"] == "create"
    assert plan.get("area", "update") == "update"
    stack.up()
    (again,) = notebook.collections()
    assert again["id"] != made["id"]
    assert notebook.request(area["id"])["output"]["collectionId"] == again["id"]
    assert (len(creations(sandbox)), len(starts(sandbox))) == (1, 1)
    stack.preview(expect_no_changes=True)
    stack.destroy()
    assert notebook.collections() == []
