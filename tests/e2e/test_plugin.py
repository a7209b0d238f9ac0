"""The plugin through the real CLI: what the dynamic provider does, and what only a plugin can."""

from __future__ import annotations

from typing import Any

from tests.e2e.jobs import buckets, changes, creations, keys, remote, starts
from tests.e2e.notebook import Notebook
from tests.e2e.plugin import ACCOUNTS, IMPORTED, RETRIED, job, plugin_stack
from tests.support import seed
from tests.support.cli import MakeStack
from tests.support.inputs import ONE_TILE
from tests.support.patience import eventually
from tests.support.sandbox import COLLECTIONS, PROCESS, Controls

BUCKET = "somebody-elses"


def test_a_job_from_nothing_to_nothing(make_stack: MakeStack, sandbox: Controls) -> None:
    """A whole life: made, run, unchanged at preview, read again, taken away; each call once."""
    stack = plugin_stack(make_stack, job())
    assert "sentinelhub:index:OutputBucket" in stack.preview().output
    assert creations(sandbox) == []
    assert "warning" not in stack.up().output
    outputs = stack.outputs()
    assert (outputs["status"], outputs["results"][0]["status"]) == ("DONE", "DONE")
    assert keys(sandbox, outputs["bucket"], ".tif")
    stack.preview(expect_no_changes=True)
    stack.refresh()
    stack.preview(expect_no_changes=True)
    assert (len(creations(sandbox)), len(starts(sandbox))) == (1, 1)
    assert "bare" not in stack.resources()["run"]["outputs"], "the request is a BatchRequest's own"
    stack.destroy()
    assert (buckets(sandbox), stack.resources()) == ([], {})


def test_cancelled_from_outside_shows_at_preview(make_stack: MakeStack, sandbox: Controls) -> None:
    """No refresh is needed to see what somebody did; a run that failed keeps its place, and goes on."""
    stack = plugin_stack(make_stack, job())
    stack.up()
    (request,) = remote(sandbox)
    sandbox.force(request["id"], status="CANCELED")
    steps = stack._json("preview", "--json")["steps"]
    assert {str(step["op"]) for step in steps if step["urn"].endswith("::run")} == {"refresh", "update"}
    said = stack.up(expect_failure=True).output
    assert f"{request['id']} was cancelled" in said
    assert "Traceback" not in said
    state = stack.export()["deployment"]["resources"]
    (run,) = [one for one in state if one["urn"].endswith("::run")]
    assert run["initErrors"]
    assert run["outputs"]["statuses"] == {request["id"]: "CANCELED"}
    sandbox.force(request["id"], status="DONE")
    stack.up()
    assert stack.outputs()["status"] == "DONE"
    assert (len(creations(sandbox)), len(starts(sandbox))) == (1, 1)
    stack.preview(expect_no_changes=True)


def test_mistakes_are_told_at_preview(make_stack: MakeStack, sandbox: Controls) -> None:
    """A wrong name, a wrong kind and a wrong area are refused in the plugin's own words, before any call."""
    stack = plugin_stack(make_stack, job(run=False).replace('"tilingGrid"', '"tiling_grid"'))
    assert (
        "tiling_grid: is no input of BatchRequest; write tilingGrid"
        in stack.preview(expect_failure=True).output
    )
    stack.program(job(run=False).replace('"resolution": 60.0', '"resolution": "60"'))
    assert "tilingGrid.resolution" in stack.preview(expect_failure=True).output
    assert changes(sandbox) == []


def test_ctrl_c_and_kill_lose_nothing(make_stack: MakeStack, slow: Controls) -> None:
    """Ctrl-C names what goes on; after it and after kill -9 the next update continues with the same job."""
    stack = plugin_stack(make_stack, job())
    with stack.start_up() as running:
        running.wait_until(lambda: "PROCESSING" in running.output())
        running.interrupt()
        output, code = running.finish()
    assert code != 0
    (request,) = remote(slow)
    assert f"these batch requests go on running: {request['id']} (PROCESSING)" in output
    assert "Traceback" not in output
    assert stack.export()["deployment"].get("pending_operations") in (None, [])
    eventually(lambda: stack.processes() == [], "no helper is left")
    with stack.start_up() as running:
        running.wait_until(lambda: "PROCESSING" in running.output())
        running.kill()
    eventually(lambda: stack.processes() == [], "no helper outlives the CLI", 60.0)
    stack.cancel()
    slow.force(request["id"], status="DONE")
    stack.up()
    assert (len(remote(slow)), len(creations(slow)), len(starts(slow))) == (1, 1, 1)
    assert stack.outputs()["status"] == "DONE"


def test_killed_while_a_request_is_made(make_stack: MakeStack, sandbox: Controls) -> None:
    """What is made bears its declaration's mark: the next update takes it over, under its new name, too."""
    stack = plugin_stack(make_stack, job(run=False))
    sandbox.fault("POST", f"{PROCESS}$", {"commit-then-delay": 3})
    with stack.start_up() as running:
        running.wait_until(lambda: sandbox.control("GET", "faults") == [])
        running.kill()
    eventually(lambda: stack.processes() == [], "no helper outlives the CLI", 60.0)
    stack.cancel()
    (orphan,) = remote(sandbox)
    assert f"took over batch request {orphan['id']}" in stack.up().output
    assert len(creations(sandbox)) == 1
    before = changes(sandbox)
    renamed = 'opts=ResourceOptions(aliases=[Alias(name="area")])'
    stack.program(job(run=False).replace('"area", bucket.bucket', f'"other", bucket.bucket, {renamed}'))
    stack.preview(expect_no_changes=True)
    stack.up()
    assert stack.resources()["other"]["id"] == orphan["id"]
    assert changes(sandbox) == before


def test_two_accounts_and_deployments_in_one_program(make_stack: MakeStack, quick: Controls) -> None:
    """Each explicit provider works with its own configuration; its credentials are secret in the state."""
    stack = plugin_stack(make_stack, ACCOUNTS)
    stack.up()
    states = stack.resources()
    assert states["ours"]["outputs"]["accountId"] != states["theirs"]["outputs"]["accountId"]
    deployments = {name: state["outputs"]["deployment"] for name, state in states.items()}
    assert deployments == {"ours": "aws-eu-central-1", "theirs": "aws-us-west-2"}
    kept = stack.export(show_secrets=False)["deployment"]["resources"]
    (provider,) = [one for one in kept if one["urn"].endswith("::stranger")]
    assert "ciphertext" in provider["inputs"]["clientSecret"]
    stack.preview(expect_no_changes=True)
    stack.destroy()
    assert {one["status"] for one in remote(quick)} <= {"CANCELED"}


def test_imports_preview_clean(make_stack: MakeStack, sandbox: Controls) -> None:
    """What others have made is imported by its id, by command and by option, and nothing is changed by it."""
    stack = plugin_stack(make_stack, job(run=False))
    stack.up()
    made = stack.resources()["results"]["id"]
    sandbox.make_bucket(BUCKET)
    notebook = Notebook(sandbox)
    asked = seed.geotiff(BUCKET)
    asked["processRequest"]["input"]["bounds"]["bbox"] = list(ONE_TILE)
    request = notebook.post(asked)
    body = {"name": "shared", "s3Bucket": BUCKET}
    collection = str(notebook.ask("POST", COLLECTIONS, body)["data"]["id"])
    before = changes(sandbox)
    other = plugin_stack(make_stack, "", name="other")
    command = ("import", "--yes", "--generate-code=false", "--protect=false")
    other.run(*command, "sentinelhub:index:BatchRequest", "first", request)
    state: dict[str, Any] = other.resources()["first"]
    assert state["outputs"]["adopted"] is True
    assert "adoptId" not in {**state["inputs"], **state["outputs"]}
    declared = {
        name: state["inputs"][name] for name in ("processRequest", "tilingGrid", "bucketName", "description")
    }
    other.program(IMPORTED.format(request=declared, collection=collection, bucket=made))
    other.up()
    other.preview(expect_no_changes=True)
    assert {name: one["id"] for name, one in other.resources().items()} == {
        "first": request,
        "shared": collection,
        "results": made,
    }
    assert changes(sandbox) == before


def test_a_run_cannot_be_imported(make_stack: MakeStack, sandbox: Controls) -> None:
    """An import of what has no remote object says so."""
    stack = plugin_stack(make_stack, "")
    command = ("import", "--yes", "--generate-code=false", "sentinelhub:index:BatchRun", "run", "run-1")
    assert "it makes no remote object of its own" in stack.run(*command, expect_failure=True).output


def test_an_on_error_hook_makes_no_second_one(make_stack: MakeStack, quick: Controls) -> None:
    """The answer is lost, reads lag, the deadline is short: Create is called again until it is seen."""
    stack = plugin_stack(make_stack, RETRIED)
    stack.config("sentinelhub:readLag", "30")
    quick.control("PUT", "options", {"stale_reads_seconds": 12})
    quick.fault("POST", "/process$", "commit-then-reset")
    try:
        stack.up()
    finally:
        quick.control("PUT", "options", {"stale_reads_seconds": 0})
    (request,) = remote(quick)
    assert stack.resources()["area"]["id"] == request["id"]
    assert len(creations(quick)) == 1
