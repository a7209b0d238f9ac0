"""Whatever happens in whatever order: nothing lost, nothing twice, nothing left running.

A Hypothesis state machine over updates, previews, refreshes, kills after any call, destroys, edits of the program and
events behind our back. The lifecycles and the client are the real ones, the service is the sandbox.
"""

from __future__ import annotations

import copy
import os
from collections import Counter
from dataclasses import replace
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pulumi_sentinelhub.batch.statuses import StatusBoard
from pulumi_sentinelhub.sandbox import Sandbox, SandboxOptions
from tests.e2e.harness import Sandbox as Controls
from tests.lifecycle.conftest import EVALSCRIPT, HandClock, World, settings_of
from tests.lifecycle.engine import Killed, Mortal, Stack

NAMES = ("a", "b")
ACTIVE = ("ANALYSING", "PROCESSING")
EXAMPLES = int(os.environ.get("STATE_MACHINE_EXAMPLES", "40"))
STEPS = 15


def declaration(name: str, resolution: int, description: str) -> dict[str, Any]:
    """One of two jobs; its name is in the evalscript, so that the service's side can be told apart."""
    return {
        "process_request": {
            "input": {
                "bounds": {"bbox": [9.12, 41.36, 9.22, 41.46]},
                "data": [
                    {
                        "type": "sentinel-2-l2a",
                        "dataFilter": {
                            "timeRange": {"from": "2019-06-10T00:00:00Z", "to": "2019-06-20T00:00:00Z"}
                        },
                    }
                ],
            },
            "output": {"responses": [{"identifier": "default", "format": {"type": "image/tiff"}}]},
            "evalscript": f"{EVALSCRIPT}// {name}",
        },
        "tiling_grid": {"id": 0, "resolution": resolution},
        "bucket_name": "results",
        "description": description,
        "deployment": "aws-eu-central-1",
    }


class Results:
    """A bucket that keeps results only of jobs whose end no run has recorded: then the run itself must know."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def has_objects(self, bucket: str, prefix: str, *, ignoring: Any) -> bool:
        request = prefix.strip("/")
        run = self.machine.stack.resources.get("run")
        recorded = (
            [r["id"] for r in run.outputs.get("results", []) if r.get("status") == "DONE"] if run else []
        )
        return request in self.machine.ended and request not in recorded


class Machine(RuleBasedStateMachine):
    """One stack, one account, many lives of the provider process."""

    world: ClassVar[World]
    counts: ClassVar[Counter[str]] = Counter()

    @initialize()
    def begin(self) -> None:
        """An empty account and a program with one job."""
        self.world.controls.reset()
        self.stack = Stack()
        self.program = {"a": declaration("a", 60, "first")}
        self.run_inputs: dict[str, Any] = {
            "until": "finished",
            "deployment": "aws-eu-central-1",
            "declaration": "d",
        }
        self.settled = False
        self.jobs: dict[str, tuple[str, int]] = {}
        # requests that came to an end; those whose job the user has since replaced, removed or destroyed
        self.ended: set[str] = set()
        self.retired: set[str] = set()
        # the starts of each job when it was seen to be done
        self.finished: dict[tuple[str, int], int] = {}
        # idle requests that no later update can know of: killed before the id was recorded, then edited
        self.abandoned: set[str] = set()
        self.world.buckets = Results(self)  # type: ignore[assignment] # only this question is asked

    # what the user does

    def live(self, calls: int | None = None, *, committed: bool = True) -> Any:
        """The context of a new process, which dies at the given call."""
        context = self.world.context()
        service = Mortal(context.connect(), calls, committed=committed)
        board = StatusBoard(lambda: service, self.world.clock)  # type: ignore[arg-type,return-value] # a proxy
        return replace(context, connect=lambda: service, statuses=lambda: board)

    @rule()
    def up(self) -> None:
        """``pulumi up``: what succeeds leaves nothing to do."""
        self.counts["up"] += 1
        self.settled = self.stack.up(self.live(), self.program, self.run_inputs)
        self.note()
        if self.settled:
            assert self.stack.changes(self.live(), self.program, self.run_inputs) == []
            assert self.orphans() <= self.abandoned

    @rule(calls=st.integers(1, 14), committed=st.booleans(), destroy=st.booleans())
    def killed(self, calls: int, committed: bool, destroy: bool) -> None:
        """SIGKILL right after, or right before, the n-th call of an update or a destroy."""
        self.counts["killed"] += 1
        context = self.live(calls, committed=committed)
        try:
            if destroy:
                self.stack.destroy(context)
                self.reset_if_empty()
            else:
                self.settled = self.stack.up(context, self.program, self.run_inputs)
        except Killed:
            self.settled = False
        self.note()

    @rule()
    def preview(self) -> None:
        """A preview changes nothing, anywhere."""
        self.counts["preview"] += 1
        before = copy.deepcopy(self.stack), len(self.world.controls.journal())
        self.stack.changes(self.live(), self.program, self.run_inputs)
        assert (self.stack, len(self.world.controls.journal())) == before

    @rule()
    def refresh(self) -> None:
        """A refresh starts nothing."""
        self.counts["refresh"] += 1
        starts = self.starts()
        self.stack.refresh(self.live())
        self.settled = False
        assert self.starts() == starts

    @rule()
    def destroy(self) -> None:
        """``pulumi destroy`` leaves nothing active."""
        self.counts["destroy"] += 1
        assert self.stack.destroy(self.live())
        assert self.active() == {}
        self.reset_if_empty()

    def reset_if_empty(self) -> None:
        """What is declared after a destroy is a new job."""
        if not self.stack.resources and not self.stack.doomed:
            self.retire(*NAMES)

    @rule(
        name=st.sampled_from(NAMES),
        resolution=st.sampled_from([20, 60]),
        text=st.sampled_from(["first", "second"]),
    )
    def edit(self, name: str, resolution: int, text: str) -> None:
        """Add a job, or change one: in place or by replacement."""
        self.counts["edit"] += 1
        before = self.program.get(name)
        self.abandoned |= self.orphans()
        if before is None or before["tiling_grid"]["resolution"] != resolution:
            self.retire(name)
        self.program[name] = declaration(name, resolution, text)
        self.settled = False

    def retire(self, *names: str) -> None:
        """What these names stand for is over; declared again, it is a new job."""
        self.retired |= {id for id, job in self.jobs.items() if job[0] in names}
        self.finished = {job: starts for job, starts in self.finished.items() if job[0] not in names}
        self.settled = False

    @precondition(lambda self: len(self.program) > 1)
    @rule(name=st.sampled_from(NAMES))
    def remove(self, name: str) -> None:
        """Take a job out of the program."""
        self.counts["edit"] += 1
        self.abandoned |= self.orphans()
        self.retire(name)
        del self.program[name]

    @rule(until=st.sampled_from(["analysed", "started", "finished"]))
    def aim(self, until: str) -> None:
        """Another outcome is asked for."""
        self.run_inputs["until"] = until
        self.settled = False

    # what happens behind our back

    @rule(seconds=st.sampled_from([1, 30, 200]))
    def time_passes(self, seconds: int) -> None:
        """Jobs go on by themselves."""
        self.world.clock.seconds += seconds
        self.note()

    @precondition(lambda self: self.requests())
    @rule(data=st.data(), status=st.sampled_from(["DONE", "PARTIAL", "FAILED", "CANCELED"]))
    def remote_end(self, data: st.DataObject, status: str) -> None:
        """A job ends one way or another."""
        self.counts["remote"] += 1
        running = [r["id"] for r in self.requests() if r["status"] in ACTIVE]
        if not running:
            return
        self.world.controls.force(data.draw(st.sampled_from(sorted(running))), status=status)
        self.world.clock.seconds += 5
        self.settled = False
        self.note()

    @precondition(lambda self: self.requests())
    @rule(data=st.data())
    def remote_expiry(self, data: st.DataObject) -> None:
        """The service removes a request that is not running."""
        self.counts["remote"] += 1
        resting = [
            r["id"] for r in self.requests() if r["status"] not in ACTIVE and r["userAction"] != "START"
        ]
        resting += [
            r["id"] for r in self.requests() if r["status"] in ("DONE", "PARTIAL", "FAILED", "CANCELED")
        ]
        if resting:
            self.world.controls.force(data.draw(st.sampled_from(sorted(set(resting)))), expire=True)
            self.settled = False

    # what must always hold

    @invariant()
    def never_two_active_jobs_of_one_declaration(self) -> None:
        """At most one job of each declaration is active."""
        if hasattr(self, "stack"):
            assert all(len(ids) <= 1 for ids in self.active().values()), self.active()

    @invariant()
    def a_finished_job_is_not_started_again(self) -> None:
        """No start was said for a job after it was seen to be finished."""
        if hasattr(self, "stack"):
            starts = self.starts()
            assert all(starts[job] == before for job, before in self.finished.items())

    def requests(self) -> list[dict[str, Any]]:
        """All requests that the service holds, as it sees them."""
        return list(self.world.controls.control("GET", "requests"))

    def active(self) -> dict[str, list[str]]:
        """Ids of active requests by declaration."""
        found: dict[str, list[str]] = {}
        for request in self.requests():
            if request["status"] in ACTIVE or (
                request["userAction"] == "START" and request["status"] in ("CREATED", "ANALYSIS_DONE")
            ):
                found.setdefault(_key(request)[0], []).append(request["id"])
        return found

    def orphans(self) -> set[str]:
        """Requests that wait for somebody, and are in no state."""
        known = {recorded.id for recorded in [*self.stack.resources.values(), *self.stack.doomed]}
        idle = [r for r in self.requests() if r["status"] in ("CREATED", "ANALYSIS_DONE")]
        return {r["id"] for r in idle if r["userAction"] in ("NONE", "ANALYSE")} - known

    def starts(self) -> Counter[tuple[str, int]]:
        """Accepted starts and restarts of each job."""
        calls = self.world.controls.journal("POST", "/process/")
        good = [c["path"].split("/") for c in calls if c["status"] == 204]
        return Counter(self.jobs[path[-2]] for path in good if path[-1] in ("start", "restartpartial"))

    def note(self) -> None:
        """Remember what there is, and what is done."""
        for request in self.requests():
            self.jobs[request["id"]] = _key(request)
        starts = self.starts()
        for request in self.requests():
            if request["status"] in ("DONE", "PARTIAL"):
                self.ended.add(request["id"])
            if request["status"] == "DONE" and request["id"] not in self.retired:
                self.finished.setdefault(_key(request), starts[_key(request)])


def _key(request: dict[str, Any]) -> tuple[str, int]:
    return request["processRequest"]["evalscript"][-1], int(request["tilingGrid"]["resolution"])


def test_nothing_lost_nothing_twice(request: Any) -> None:
    """The whole machine, on one sandbox."""
    clock = HandClock()
    options = SandboxOptions(
        render=False, clock=clock.now, analysis_seconds=20, processing_seconds=60, token_seconds=1e9
    )
    with Sandbox(options) as sandbox:
        Machine.world = World(clock, Controls(sandbox), settings_of(sandbox.endpoints))  # type: ignore[arg-type]
        Machine.counts.clear()
        run_state_machine_as_test(
            Machine,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    print(f"state machine: {dict(Machine.counts)}")
