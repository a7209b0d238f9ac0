"""The plugin through the real CLI: what the dynamic provider does, and what only a plugin can."""

from __future__ import annotations

from tests.e2e.jobs import buckets, creations, keys, remote, starts
from tests.e2e.plugin import job, plugin_stack
from tests.support.cli import MakeStack
from tests.support.sandbox import Controls


def test_a_job_from_nothing_to_nothing(make_stack: MakeStack, sandbox: Controls) -> None:
    """A whole life: made, run, unchanged at preview, read again, taken away; each call once."""
    stack = plugin_stack(make_stack, job())
    planned = stack.preview()
    assert "OutputBucket" in planned.output
    assert creations(sandbox) == []
    done = stack.up()
    assert "warning" not in done.output
    outputs = stack.outputs()
    assert (outputs["status"], outputs["results"][0]["status"]) == ("DONE", "DONE")
    assert keys(sandbox, outputs["bucket"], ".tif")
    stack.preview(expect_no_changes=True)
    stack.refresh()
    stack.preview(expect_no_changes=True)
    assert (len(creations(sandbox)), len(starts(sandbox))) == (1, 1)
    stack.destroy()
    assert (buckets(sandbox), stack.resources()) == ([], {})
    assert [request["status"] for request in remote(sandbox)] in ([], ["DONE"])
