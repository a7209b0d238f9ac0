"""Requests that are replaced, tried again or given by a bare id: no job twice, none lost."""

from __future__ import annotations

import json

from tests.e2e.areas import BUCKET, active, areas, cancels, ids, payload, urn
from tests.e2e.jobs import PARTS, creations, just_below, remote, stack_of, starts, up_with_a_lost_answer
from tests.e2e.notebook import Notebook
from tests.support.cli import MakeStack
from tests.support.inputs import FOUR_TILES, ONE_TILE
from tests.support.sandbox import Controls

AGAIN = """
@pulumi.error_hook("again")
def again(args):
    return args.failed_operation == "create" and len(args.errors) < 20

stubborn = pulumi.ResourceOptions(
    hooks=pulumi.ResourceHookBinding(on_error=[again]), custom_timeouts=pulumi.CustomTimeouts(create="4s")
)
"""


def test_an_on_error_hook_makes_no_second_one(make_stack: MakeStack, quick: Controls) -> None:
    """The answer is lost, reads lag, the deadline is short: Create is called again until it is seen."""
    stack = stack_of(make_stack, f'{PARTS}\n{AGAIN}\nrequest("a", "{BUCKET}", {ONE_TILE}, opts=stubborn)\n')
    up_with_a_lost_answer(stack, quick)
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

    finer = good.replace('"resolution": 60.0', '"resolution": 20.0')
    stack.program(finer)
    said = stack.preview().output
    spent = stack.resources()["run"]["outputs"]["cost"]
    assert f"in place of what has been computed: {done} ({spent:.3g} PU)" in said
    limit = just_below(said) + spent
    stack.program(finer.replace('until="finished"', f'until="finished", max_cost={limit}'))
    assert "so no request is started" in stack.up(expect_failure=True).output
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
