"""Interrupted is not lost: Ctrl-C, a killed CLI, a destroy in the middle, and many waits at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.fronts import DYNAMIC, PLUGIN, Front, by_both
from tests.e2e.jobs import PARTS, buckets, creations, job, keys, remote, stack_of, starts
from tests.e2e.notebook import Notebook
from tests.support.cli import MakeStack, Stack
from tests.support.inputs import FOUR_TILES
from tests.support.patience import eventually
from tests.support.sandbox import PROCESS, Controls

# long enough that a job never ends before the test has it end
SLOW = {"processing_seconds": 3600}
SECONDS_TO_END = 300.0
#: Seconds that a call is held up for, or until the test lets it go.
HELD = 1200
# some 36 tiles, of which the first is written at once
MANY_TILES = (8.5, 41.5, 9.7, 42.5)


@pytest.fixture
def sandbox(sandbox: Controls) -> Controls:
    """The common one, in which jobs take long until its next reset."""
    sandbox.control("PUT", "options", SLOW)
    return sandbox


def statuses(sandbox: Controls) -> list[str]:
    """The state of every request."""
    return [request["status"] for request in remote(sandbox)]


def processing(sandbox: Controls, count: int = 1) -> Callable[[], bool]:
    """Says whether so many requests are being processed."""
    return lambda: statuses(sandbox).count("PROCESSING") == count


def finish_all(sandbox: Controls) -> None:
    """Have every job come to its end."""
    for request in remote(sandbox):
        sandbox.force(request["id"], status="DONE")


def pending(stack: Stack) -> list[Any]:
    """Operations that the engine believes to be under way."""
    return list(stack.export()["deployment"].get("pending_operations") or [])


def until_killed(
    stack: Stack,
    reached: Callable[[], object],
    command: str = "up",
    free: Callable[[Stack], object] = Stack.unlock,
) -> None:
    """A command, killed with -9 when something is reached; its helpers end by themselves.

    Args:
        stack: on which it runs.
        reached: says whether it is to be killed.
        command: of the CLI.
        free: what has the next command find no lock.
    """
    with stack.start(command, "--yes", "--skip-preview") as running:
        running.wait_until(reached)
        running.kill()
    eventually(lambda: stack.processes() == [], "no helper outlives the CLI", SECONDS_TO_END)
    free(stack)


def until_killed_in(stack: Stack, sandbox: Controls, fault: dict[str, Any], command: str = "up") -> None:
    """A command that is killed in the middle of the call that the fault holds up; the call goes on then."""
    sandbox.control("POST", "faults", fault)
    until_killed(stack, lambda: sandbox.control("GET", "faults") == [], command)
    sandbox.control("DELETE", "faults")


def up_to_the_end(stack: Stack, sandbox: Controls) -> str:
    """``pulumi up`` that waits for running jobs, which end when it is seen to wait; returns what it said."""
    with stack.start_up() as running:
        running.wait_until(lambda: "PROCESSING" in running.output())
        finish_all(sandbox)
        running.finish()
    assert running.process.returncode == 0, running.output()
    assert stack.outputs()["status"] == "DONE"
    return str(running.output())


#: A call is held up before it is done, or after it; the plugin's with what leaves more to be found again.
at_each_moment = pytest.mark.parametrize(
    ("front", "fault"),
    [(DYNAMIC, "delay"), (DYNAMIC, "commit-then-delay"), (PLUGIN, "commit-then-delay")],
    ids=lambda value: getattr(value, "name", value),
)


def check_one_job(sandbox: Controls) -> None:
    """Whatever happened, there is one request, made once and started once."""
    assert len(remote(sandbox)) == 1
    assert len(creations(sandbox)) == 1
    assert len(starts(sandbox)) == 1


@by_both
def test_ctrl_c_during_a_run(make_stack: MakeStack, sandbox: Controls, front: Front) -> None:
    """Ctrl-C ends the update, which names what goes on running; the next one continues with it."""
    stack = front.stack(make_stack, FOUR_TILES)
    with stack.start_up() as running:
        running.wait_until(lambda: "PROCESSING" in running.output())
        running.interrupt()
        output, code = running.finish(SECONDS_TO_END)
    assert code != 0
    (request,) = remote(sandbox)
    assert request["status"] == "PROCESSING"
    assert f"these batch requests go on running: {request['id']} (PROCESSING)" in output
    assert "The next `pulumi up` continues with them, `pulumi destroy` cancels them" in output
    assert "Traceback" not in output
    assert pending(stack) == []
    eventually(lambda: stack.processes() == [], "no helper is left")
    up_to_the_end(stack, sandbox)
    check_one_job(sandbox)
    stack.preview(expect_no_changes=True)


@by_both
def test_a_killed_cli_during_a_run(make_stack: MakeStack, sandbox: Controls, front: Front) -> None:
    """After kill -9 of the CLI, `pulumi cancel` and `pulumi up` continue the same request."""
    stack = front.stack(make_stack, FOUR_TILES)
    until_killed(stack, processing(sandbox), free=Stack.cancel)
    assert statuses(sandbox) == ["PROCESSING"]
    up_to_the_end(stack, sandbox)
    check_one_job(sandbox)
    stack.refresh("--clear-pending-creates")
    assert pending(stack) == []
    stack.preview(expect_no_changes=True)


@at_each_moment
def test_a_killed_cli_during_a_creation(
    make_stack: MakeStack, sandbox: Controls, front: Front, fault: str
) -> None:
    """A CLI killed while a request is made leaves nothing behind that the next update does not take over."""
    stack = front.stack(make_stack)
    until_killed_in(stack, sandbox, {"method": "POST", "path": f"{PROCESS}$", "then": {fault: HELD}})
    eventually(lambda: statuses(sandbox) == ["CREATED"], "the service has carried out the lost call")
    orphan = remote(sandbox)[0]["id"]
    assert f"took over batch request {orphan}" in up_to_the_end(stack, sandbox)
    check_one_job(sandbox)


@pytest.mark.parametrize("fault", ["delay", "commit-then-delay"])
def test_a_killed_cli_during_the_start(make_stack: MakeStack, sandbox: Controls, fault: str) -> None:
    """A CLI killed while a request is started leaves one job, which the next update follows."""
    stack = stack_of(make_stack, job())
    until_killed_in(stack, sandbox, {"method": "POST", "path": "/start$", "then": {fault: HELD}})
    eventually(lambda: len(starts(sandbox)) == 1, "the service has carried out the lost call")
    up_to_the_end(stack, sandbox)
    check_one_job(sandbox)
    assert [call["status"] for call in starts(sandbox)] == [204]


@at_each_moment
def test_a_killed_cli_during_the_cancel(
    make_stack: MakeStack, sandbox: Controls, front: Front, fault: str
) -> None:
    """A destroy killed while it cancels is finished by the next one, which leaves nothing running."""
    stack = front.stack(make_stack, run=False)
    stack.up()
    Notebook(sandbox).ask("POST", f"{PROCESS}/{stack.resources()['area']['id']}/start")
    eventually(processing(sandbox), "it is processed")
    fault_in_cancel = {"method": "POST", "path": "/cancel$", "then": {fault: HELD}}
    until_killed_in(stack, sandbox, fault_in_cancel, "destroy")
    stack.destroy()
    assert statuses(sandbox) in (["CANCELED"], [])
    assert buckets(sandbox) == []
    assert stack.resources() == {}


def test_destroy_during_processing(make_stack: MakeStack, sandbox: Controls) -> None:
    """A running request is cancelled; its results stay until force_destroy, and nothing is computed again."""
    stack = stack_of(make_stack, job(MANY_TILES, force_destroy=False))
    with stack.start_up() as running:
        # what has no result yet could be deleted
        running.wait_until(lambda: any(keys(sandbox, bucket, ".tif") for bucket in buckets(sandbox)))
        running.interrupt()
        running.finish(SECONDS_TO_END)
    (bucket,) = buckets(sandbox)
    refused = stack.destroy(expect_failure=True).output
    assert statuses(sandbox) == ["CANCELED"]
    state = stack.resources()
    assert set(state) == {"results"}
    assert f"cannot delete bucket {bucket}: it still holds" in refused
    assert f"pulumi up --target '{state['results']['urn']}'" in refused
    assert keys(sandbox, bucket, ".tif")

    stack.program(job(MANY_TILES, force_destroy=True))
    stack.up("--target", state["results"]["urn"])
    stack.destroy()
    assert buckets(sandbox) == []
    assert len(creations(sandbox)) == 1


def test_destroy_after_a_killed_run(make_stack: MakeStack, sandbox: Controls) -> None:
    """Also a run that never got into the state is cancelled by destroy, which leaves nothing."""
    stack = stack_of(make_stack, job(MANY_TILES))
    until_killed(stack, processing(sandbox))
    stack.destroy()
    assert statuses(sandbox) == ["CANCELED"]
    assert buckets(sandbox) == []
    assert stack.resources() == {}
    eventually(lambda: stack.processes() == [], "no helper is left")


def test_an_interrupted_destroy(make_stack: MakeStack, sandbox: Controls) -> None:
    """A destroy that Ctrl-C ends while a cancelled request comes to rest is finished by the next one."""
    stack = stack_of(make_stack, job(MANY_TILES))
    until_killed(stack, processing(sandbox))
    # it shows no effect of the cancel until the test lets it
    (request,) = remote(sandbox)
    sandbox.fault("GET", f"{request['id']}$", {"status": 200, "body": request}, times=100_000)
    with stack.start("destroy", "--yes", "--skip-preview") as running:
        running.wait_until(lambda: "waiting for 1 cancelled request" in running.output())
        running.interrupt()
        output, code = running.finish(SECONDS_TO_END)
    assert code != 0
    assert request["id"] in output.partition("Diagnostics:")[2]
    assert "Run the command again" in output
    assert "Traceback" not in output
    sandbox.control("DELETE", "faults")
    stack.destroy()
    assert statuses(sandbox) == ["CANCELED"]
    assert buckets(sandbox) == []


def test_a_killed_cli_while_the_bucket_is_made(make_stack: MakeStack, sandbox: Controls) -> None:
    """A bucket that was made when the CLI was killed is taken over by the next update."""
    stack = stack_of(make_stack, job(run=False))
    making = {"service": "s3", "method": "PUT", "path": "^/[^/?]+$", "then": {"commit-then-delay": HELD}}
    until_killed_in(stack, sandbox, making)
    eventually(lambda: len(buckets(sandbox)) == 1, "the bucket is there")
    (bucket,) = buckets(sandbox)
    assert f"bucket {bucket} is there already" in stack.up().output
    assert stack.resources()["results"]["id"] == bucket
    assert buckets(sandbox) == [bucket]


MANY = f"""{PARTS}
made = []
for n in range(8):
    bucket = OutputBucket(f"results-{{n}}", force_destroy=True)
    made.append(request(f"area-{{n}}", bucket.bucket, description=f"area {{n}}"))
runs = [BatchRun(f"run-{{n}}", requests=made[n], until="finished") for n in range(6)]
runs.append(BatchRun("rest", requests=made[6:], until="finished"))
pulumi.export("statuses", [run.status for run in runs])
"""


def test_more_waits_than_the_host_has_workers(make_stack: MakeStack, sandbox: Controls) -> None:
    """Seven runs wait at the same time, and nothing else waits for them."""
    stack = stack_of(make_stack, MANY)
    with stack.start_up("--parallel", "32") as running:
        running.wait_until(processing(sandbox, 8))
        finish_all(sandbox)
        output, code = running.finish()
    assert code == 0, output
    assert stack.outputs()["statuses"] == ["DONE"] * 7
    assert len(creations(sandbox)) == len(starts(sandbox)) == 8
    assert len(sandbox.journal("POST", "/token")) == 1
    stack.destroy("--parallel", "32")
    assert buckets(sandbox) == []
