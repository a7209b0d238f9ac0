"""Whatever happens in whatever order: nothing lost, nothing twice, nothing left running.

A Hypothesis state machine over updates, previews, refreshes, kills at any call, destroys, edits of the
program and remote events. The lifecycles and the client are real, the service is the sandbox.
"""

from __future__ import annotations

import copy
import os
from collections import Counter
from collections.abc import Callable
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

from sentinelhub_sandbox import Sandbox, SandboxOptions
from tests.e2e.harness import Sandbox as Controls
from tests.lifecycle.account import ACTIVE, Account, Job, declaration, job_of, process
from tests.lifecycle.conftest import HandClock, World, settings_of
from tests.lifecycle.engine import Killed, Stack

NAMES = ("a", "b")
EXAMPLES = int(os.environ.get("STATE_MACHINE_EXAMPLES", "40"))
STEPS = 15


class Results:
    """A bucket that keeps results only of jobs whose end no run has recorded: else the run must know."""

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
        self.program = {"a": declaration("a")}
        self.run_inputs: dict[str, Any] = {
            "until": "finished",
            "deployment": "aws-eu-central-1",
            "declaration": "d",
        }
        self.settled = False
        self.account = Account(self.world)
        # requests that came to an end; those whose job the user has since replaced, removed or destroyed
        self.ended: set[str] = set()
        self.retired: set[str] = set()
        # the starts of each job when it was seen to be done
        self.finished: dict[Job, int] = {}
        # idle requests that no later update can know of: killed before the id was recorded, then edited
        self.abandoned: set[str] = set()
        self.world.buckets = Results(self)  # type: ignore[assignment] # only this question is asked

    # what the user does

    @rule()
    def up(self) -> None:
        """``pulumi up``: what succeeds leaves nothing to do."""
        self.counts["up"] += 1
        self.settled = self.stack.up(process(self.world)[0], self.program, self.run_inputs)
        self.note()
        if self.settled:
            assert self.stack.changes(process(self.world)[0], self.program, self.run_inputs) == []
            assert self.account.orphans(self.stack) <= self.abandoned

    # most deaths fall into the first calls of a command, where there is most to lose
    @rule(
        calls=st.one_of(st.integers(1, 4), st.integers(1, 14)),
        committed=st.booleans(),
        destroy=st.sampled_from([False, False, True]),
    )
    def killed(self, calls: int, committed: bool, destroy: bool) -> None:
        """SIGKILL right after, or right before, the n-th call of an update or a destroy."""
        self.counts["killed"] += 1
        context = process(self.world, calls, committed=committed)[0]
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
        self.stack.changes(process(self.world)[0], self.program, self.run_inputs)
        assert (self.stack, len(self.world.controls.journal())) == before

    @rule()
    def refresh(self) -> None:
        """A refresh starts nothing."""
        self.counts["refresh"] += 1
        starts = self.account.said("start", "restartpartial")
        self.stack.refresh(process(self.world)[0])
        self.settled = False
        assert self.account.said("start", "restartpartial") == starts

    @rule()
    def destroy(self) -> None:
        """``pulumi destroy`` leaves nothing active."""
        self.counts["destroy"] += 1
        assert self.stack.destroy(process(self.world)[0])
        assert self.account.active() == {}
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
        self.abandoned |= self.account.orphans(self.stack)
        if before is None or before["tiling_grid"]["resolution"] != resolution:
            self.retire(name)
        self.program[name] = declaration(name, resolution, text)
        self.settled = False

    def retire(self, *names: str) -> None:
        """What these names stand for is over; declared again, it is a new job."""
        self.retired |= {id for id, job in self.account.jobs.items() if job[0] in names}
        self.finished = {job: starts for job, starts in self.finished.items() if job[0] not in names}
        self.settled = False

    @precondition(lambda self: len(self.program) > 1)
    @rule(name=st.sampled_from(NAMES))
    def remove(self, name: str) -> None:
        """Take a job out of the program."""
        self.counts["edit"] += 1
        self.abandoned |= self.account.orphans(self.stack)
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

    @precondition(lambda self: self.account.requests())
    @rule(data=st.data(), status=st.sampled_from(["DONE", "PARTIAL", "FAILED", "CANCELED"]))
    def remote_end(self, data: st.DataObject, status: str) -> None:
        """A job ends one way or another."""
        self.counts["remote"] += 1
        running = [r["id"] for r in self.account.requests() if r["status"] in ACTIVE]
        if not running:
            return
        self.world.controls.force(data.draw(st.sampled_from(sorted(running))), status=status)
        self.world.clock.seconds += 5
        self.settled = False
        self.note()

    @precondition(lambda self: self.account.requests())
    @rule(data=st.data())
    def remote_expiry(self, data: st.DataObject) -> None:
        """The service removes a request that is not running."""
        self.counts["remote"] += 1
        resting = [
            r["id"]
            for r in self.account.requests()
            if r["status"] not in ACTIVE and r["userAction"] != "START"
        ]
        resting += [
            r["id"]
            for r in self.account.requests()
            if r["status"] in ("DONE", "PARTIAL", "FAILED", "CANCELED")
        ]
        if resting:
            self.world.controls.force(data.draw(st.sampled_from(sorted(set(resting)))), expire=True)
            self.settled = False

    # what must always hold

    @invariant()
    def never_two_active_jobs_of_one_declaration(self) -> None:
        """At most one job of each declaration is active."""
        if hasattr(self, "stack"):
            assert all(len(ids) <= 1 for ids in self.account.active().values()), self.account.active()

    @invariant()
    def a_finished_job_is_not_started_again(self) -> None:
        """No start was said for a job after it was seen to be finished."""
        if hasattr(self, "stack"):
            starts = self.account.said("start", "restartpartial")
            assert all(starts[job] == before for job, before in self.finished.items())

    def note(self) -> None:
        """Remember what is done."""
        starts = self.account.said("start", "restartpartial")
        for request in self.account.requests():
            if request["status"] in ("DONE", "PARTIAL"):
                self.ended.add(request["id"])
            if request["status"] == "DONE" and request["id"] not in self.retired:
                self.finished.setdefault(job_of(request), starts[job_of(request)])


def test_nothing_lost_nothing_twice(record_property: Callable[[str, object], None]) -> None:
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
    record_property("state_machine_steps", sum(Machine.counts.values()))
