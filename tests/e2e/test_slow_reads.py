"""An answer is lost, and what it was about is not to be seen for some seconds: nothing is asked for twice."""

from __future__ import annotations

from tests.e2e import jobs, plugin
from tests.e2e.areas import BUCKET, areas
from tests.e2e.jobs import creations, remote, stack_of, up_with_lost_answers
from tests.e2e.plugin import plugin_stack
from tests.support.cli import MakeStack
from tests.support.sandbox import Controls

#: A request of each front end, whose creation is tried again by a hook, each time with little time.
RETRIED = f"""{plugin.PARTS.replace("def request(", "def plugin_request(")}
{jobs.PARTS}
@pulumi.error_hook("again")
def again(args):
    return args.failed_operation == "create" and len(args.errors) < 20

stubborn = ResourceOptions(
    hooks=pulumi.ResourceHookBinding(on_error=[again]), custom_timeouts=pulumi.CustomTimeouts(create="4s")
)
request("dynamic", "{BUCKET}", description="dynamic", opts=stubborn)
plugin_request("plugin", "{BUCKET}", description="plugin", opts=stubborn)
"""


def test_an_on_error_hook_makes_no_second_one(make_stack: MakeStack, quick: Controls) -> None:
    """The answer is lost, reads lag, the deadline is short: Create is called again until it is seen.

    So it is with both front ends, each with a request of its own in one update.
    """
    stack = plugin_stack(make_stack, RETRIED)
    up_with_lost_answers(stack, quick, times=2)
    made = {one["description"]: one["id"] for one in remote(quick)}
    assert {name: state["id"] for name, state in stack.resources().items()} == made
    calls = creations(quick)
    assert sorted(call["body"]["description"] for call in calls) == ["dynamic", "plugin"]
    assert [call["fault"] for call in calls] == 2 * ["commit-then-reset"]


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
