"""Interrupted is not lost: Ctrl-C, a killed CLI, a destroy in the middle, and many waits at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest

from tests.e2e.fronts import DYNAMIC, PLUGIN, Front, program
from tests.e2e.jobs import PARTS, buckets, creations, job, keys, remote, stack_of, starts
from tests.e2e.notebook import Notebook
from tests.e2e.plugin import plugin_stack
from tests.support.cli import MakeStack, Stack
from tests.support.inputs import FOUR_TILES
from tests.support.patience import eventually
from tests.support.running import Running
from tests.support.sandbox import PROCESS, Controls

# long enough that a job never ends before the test has it end
SLOW = {"processing_seconds": 3600}
SECONDS_TO_END = 300.0
#: Seconds that a call is held up for, or until the test lets it go.
HELD = 1200
# some 36 tiles, of which the first is written at once
MANY_TILES = (8.5, 41.5, 9.7, 42.5)
#: A job of each front end: they are interrupted alike, and each is judged for itself.
FRONTS: Final = {"by-dynamic": DYNAMIC, "by-plugin": PLUGIN}


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


def until_killed_in(stack: Stack, sandbox: Controls, *faults: Mapping[str, Any], command: str = "up") -> None:
    """A command that is killed in the middle of the calls that the faults hold up; the calls go on then."""
    for fault in faults:
        sandbox.control("POST", "faults", fault)
    until_killed(stack, lambda: sandbox.control("GET", "faults") == [], command)
    sandbox.control("DELETE", "faults")


def waits(running: Running, names: Mapping[str, Front]) -> Callable[[], bool]:
    """Says whether the command is seen to wait for each of these jobs."""
    return lambda: all(re.search(rf"BatchRun {name}-run .*PROCESSING", running.output()) for name in names)


def up_to_the_end(stack: Stack, sandbox: Controls, names: Mapping[str, Front]) -> str:
    """``pulumi up`` that waits for running jobs, which end when it is seen to wait; returns what it said."""
    with stack.start_up() as running:
        running.wait_until(waits(running, names))
        finish_all(sandbox)
        running.finish()
    assert running.process.returncode == 0, running.output()
    assert stack.outputs()["statuses"] == len(names) * ["DONE"]
    return str(running.output())


def held(method: str, path: str, fault: str, **more: Any) -> dict[str, Any]:
    """A fault that holds a call up, before it is done or after it."""
    return {"method": method, "path": path, "then": {fault: HELD}, **more}


def check_one_job_each(sandbox: Controls, names: Mapping[str, Front]) -> None:
    """Whatever happened, there is one request of each name, made once and started once."""
    ids = {one["description"]: one["id"] for one in remote(sandbox)}
    assert len(remote(sandbox)) == len(names)
    assert sorted(ids) == sorted(call["body"]["description"] for call in creations(sandbox)) == sorted(names)
    assert sorted(call["path"].split("/")[-2] for call in starts(sandbox)) == sorted(ids.values())


def test_ctrl_c_during_a_run(make_stack: MakeStack, sandbox: Controls) -> None:
    """Ctrl-C ends the update, which names what goes on running; the next one continues with it."""
    stack = plugin_stack(make_stack, program(FRONTS, FOUR_TILES))
    with stack.start_up() as running:
        running.wait_until(waits(running, FRONTS))
        running.interrupt()
        output, code = running.finish(SECONDS_TO_END)
    assert code != 0
    assert statuses(sandbox) == 2 * ["PROCESSING"]
    goes_on = "The next `pulumi up` continues with them, `pulumi destroy` cancels them"
    told = output.partition("Diagnostics:")[2]
    for request in remote(sandbox):
        own = told.partition(f" ({request['description']}-run):\n")[2].partition("\n\n")[0]
        assert f"these batch requests go on running: {request['id']} (PROCESSING)" in own
        assert goes_on in own
    assert "Traceback" not in output
    assert pending(stack) == []
    eventually(lambda: stack.processes() == [], "no helper is left")
    up_to_the_end(stack, sandbox, FRONTS)
    check_one_job_each(sandbox, FRONTS)
    stack.preview(expect_no_changes=True)


def test_a_killed_cli_during_a_run(make_stack: MakeStack, sandbox: Controls) -> None:
    """After kill -9 of the CLI, `pulumi cancel` and `pulumi up` continue the same requests."""
    stack = plugin_stack(make_stack, program(FRONTS, FOUR_TILES))
    until_killed(stack, processing(sandbox, 2), free=Stack.cancel)
    assert statuses(sandbox) == 2 * ["PROCESSING"]
    up_to_the_end(stack, sandbox, FRONTS)
    check_one_job_each(sandbox, FRONTS)
    stack.refresh("--clear-pending-creates")
    assert pending(stack) == []
    stack.preview(expect_no_changes=True)


def test_a_killed_cli_after_a_creation(make_stack: MakeStack, sandbox: Controls) -> None:
    """What was made when the CLI was killed, requests of both front ends and a bucket, is taken over."""
    stack = plugin_stack(make_stack, program(FRONTS) + 'OutputBucket("lone", force_destroy=True)\n')
    then = "commit-then-delay"
    making = held("PUT", "^/lone-[^/?]+$", then, service="s3")
    until_killed_in(stack, sandbox, held("POST", f"{PROCESS}$", then, times=2), making)
    eventually(lambda: statuses(sandbox) == 2 * ["CREATED"], "the service has carried out the lost calls")
    eventually(lambda: len(buckets(sandbox)) == 3, "the bucket is there")
    there = buckets(sandbox)
    (lone,) = [name for name in there if name.startswith("lone-")]
    orphans = [one["id"] for one in remote(sandbox)]
    said = up_to_the_end(stack, sandbox, FRONTS)
    assert [id for id in orphans if f"took over batch request {id}" not in said] == []
    check_one_job_each(sandbox, FRONTS)
    assert f"bucket {lone} is there already" in said
    assert stack.resources()["lone"]["id"] == lone
    assert buckets(sandbox) == there


def test_a_killed_cli_before_a_creation_and_during_starts(make_stack: MakeStack, sandbox: Controls) -> None:
    """What the service does later, a creation or a start, or has just done, leaves one job each.

    The third request is held up before it is made; of the others one is before its start, one after it.
    """
    names = dict.fromkeys(("first", "second", "third"), DYNAMIC)
    stack = plugin_stack(make_stack, program(names))
    creation = held("POST", f"{PROCESS}$", "delay", skip=2)
    start = [held("POST", "/start$", fault) for fault in ("delay", "commit-then-delay")]
    until_killed_in(stack, sandbox, creation, *start)
    done = ["CREATED", "PROCESSING", "PROCESSING"]
    eventually(lambda: sorted(statuses(sandbox)) == done, "the service has carried out the lost calls")
    (orphan,) = [one["id"] for one in remote(sandbox) if one["status"] == "CREATED"]
    assert f"took over batch request {orphan}" in up_to_the_end(stack, sandbox, names)
    check_one_job_each(sandbox, names)
    assert [call["status"] for call in starts(sandbox)] == 3 * [204]


def test_a_killed_cli_during_the_cancel(make_stack: MakeStack, sandbox: Controls) -> None:
    """A destroy killed while it cancels is finished by the next one, which leaves nothing running.

    A call is held up before it is done, or after it; the plugin's with what leaves more to be found again.
    """
    faults = {"before": "delay", "after": "commit-then-delay", "by-plugin": "commit-then-delay"}
    fronts = {**dict.fromkeys(faults, DYNAMIC), "by-plugin": PLUGIN}
    stack = plugin_stack(make_stack, program(fronts, run=False))
    stack.up()
    ids = {name: stack.resources()[name]["id"] for name in fronts}
    for id in ids.values():
        Notebook(sandbox).ask("POST", f"{PROCESS}/{id}/start")
    eventually(processing(sandbox, 3), "they are processed")
    cancels = [held("POST", f"{ids[name]}/cancel$", fault) for name, fault in faults.items()]
    until_killed_in(stack, sandbox, *cancels, command="destroy")
    stack.destroy()
    assert set(statuses(sandbox)) <= {"CANCELED"}
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
