"""The plugin through the real CLI: a whole life, and what only a plugin can."""

from __future__ import annotations

import re
from typing import Any

from tests.e2e.jobs import buckets, changes, creations, keys, remote, starts
from tests.e2e.notebook import Notebook
from tests.e2e.plugin import ACCOUNTS, IMPORTED, job, plugin_stack
from tests.support import seed
from tests.support.cli import MakeStack, Stack
from tests.support.inputs import ONE_TILE
from tests.support.sandbox import COLLECTIONS, Controls

BUCKET = "somebody-elses"


def test_a_job_from_nothing_to_nothing(make_stack: MakeStack, sandbox: Controls) -> None:
    """A whole life: made, run, unchanged at preview, read again, renamed, taken away; each call once.

    What it has made is imported into another stack meanwhile.
    """
    stack = plugin_stack(make_stack, job())
    said = stack.preview_and_up().output
    assert re.search(r"Previewing.*sentinelhub:index:OutputBucket.*Updating", said, re.DOTALL)
    assert "warning" not in said
    outputs = stack.outputs()
    assert (outputs["status"], outputs["results"][0]["status"]) == ("DONE", "DONE")
    assert keys(sandbox, outputs["bucket"], ".tif")
    stack.refresh("--expect-no-changes")
    stack.preview(expect_no_changes=True)
    assert (len(creations(sandbox)), len(starts(sandbox))) == (1, 1)
    assert "bare" not in stack.resources()["run"]["outputs"], "the request is a BatchRequest's own"
    check_a_renamed_request_is_the_same(stack, sandbox)
    check_imports_preview_clean(plugin_stack(make_stack, "", name="other"), sandbox, outputs["bucket"])
    stack.destroy()
    assert ([name for name in buckets(sandbox) if name != BUCKET], stack.resources()) == ([], {})


def check_a_renamed_request_is_the_same(stack: Stack, sandbox: Controls) -> None:
    """What bears the mark of a name that it had before is held by an alias, without a call."""
    (made,) = remote(sandbox)
    before = changes(sandbox)
    renamed = 'opts=ResourceOptions(aliases=[Alias(name="area")])'
    place = 'request("area", bucket.bucket, '
    assert place in job()
    stack.program(job().replace(place, f'request("other", bucket.bucket, {renamed}, bbox='))
    stack.up("--expect-no-changes")
    assert stack.resources()["other"]["id"] == made["id"]
    assert "area" not in stack.resources()
    assert changes(sandbox) == before


def check_imports_preview_clean(other: Stack, sandbox: Controls, made: str) -> None:
    """What others have made is imported by its id, by command and by option, and nothing is changed by it."""
    sandbox.make_bucket(BUCKET)
    notebook = Notebook(sandbox)
    asked = seed.geotiff(BUCKET)
    asked["processRequest"]["input"]["bounds"]["bbox"] = list(ONE_TILE)
    request = notebook.post(asked)
    body = {"name": "shared", "s3Bucket": BUCKET}
    collection = str(notebook.ask("POST", COLLECTIONS, body)["data"]["id"])
    before = changes(sandbox)
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


def test_mistakes_are_told_at_preview(make_stack: MakeStack, sandbox: Controls) -> None:
    """A wrong name, a wrong kind and a wrong area are refused in the plugin's own words, before any call."""
    stack = plugin_stack(make_stack, job(run=False).replace('"tilingGrid"', '"tiling_grid"'))
    assert (
        "tiling_grid: is no input of BatchRequest; write tilingGrid"
        in stack.preview(expect_failure=True).output
    )
    wrong = job(run=False).replace('"resolution": 60.0', '"resolution": "60"')
    stack.program(wrong.replace("bucket.bucket,", 'Output.secret("Hidden_Results"),', 1))
    said = stack.preview(expect_failure=True).output
    assert "tilingGrid.resolution" in said
    assert "bucketName: is not right, and no more is shown of it, as it is secret" in said
    assert "Hidden" not in said, "a secret is quoted nowhere"
    assert changes(sandbox) == []


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


def test_a_run_cannot_be_imported(make_stack: MakeStack, sandbox: Controls) -> None:
    """An import of what has no remote object says so."""
    stack = plugin_stack(make_stack, "")
    command = ("import", "--yes", "--generate-code=false", "sentinelhub:index:BatchRun", "run", "run-1")
    assert "it makes no remote object of its own" in stack.run(*command, expect_failure=True).output
