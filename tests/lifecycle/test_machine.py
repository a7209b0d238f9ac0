"""In whatever order: nothing lost, twice, or of others touched; long because one machine has one class.

A Hypothesis state machine over a world of two stacks of one program on one account, processes at the same
moment, a notebook, a stranger's credentials, renames, moves, adoption, kills, lost answers, reads that lag
and objects that cannot be seen for minutes. The lifecycles and the client are real, the service is the
sandbox; judged is what the service itself holds.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pulumi_sentinelhub.batch.generations import GENERATIONS
from tests.lifecycle.account import process
from tests.lifecycle.conftest import World
from tests.lifecycle.shared_account import LAGS, Judge, as_stranger
from tests.lifecycle.team import Team
from tests.support.clock import HandClock
from tests.support.hypotheses import tried
from tests.support.killed import Killed
from tests.support.sandbox import running

STEPS = int(os.environ.get("STATE_MACHINE_STEPS", "25"))
STACKS = ("dev", "prod")
#: What a stack is renamed to; of the same program before and after that.
RENAMED = "old"
NAMES = ("a", "b", "c")

stacks = st.sampled_from(STACKS)
all_stacks = st.sampled_from((*STACKS, *STACKS, RENAMED))
names = st.sampled_from(NAMES)
# Which of those that are there: how many there are can depend on which of two processes came first.
numbers = st.integers(0, 59)


def of(there: Sequence[str], number: int) -> str:
    """One of them."""
    return there[number % len(there)]


class Machine(RuleBasedStateMachine):
    """Two stacks, one account, many lives of their provider processes."""

    world: ClassVar[World]
    counts: ClassVar[Counter[str]] = Counter()

    @initialize()
    def begin(self) -> None:
        """An empty account and a program with one job."""
        self.world.controls.reset()
        self.world.controls.control("PUT", "options", {"stale_reads_seconds": 0})
        self.world.warned.clear()
        self.team = Team(self.world, (*STACKS, RENAMED))
        self.judge = Judge(self.world, self.team)
        self.world.buckets = self.judge  # it knows which jobs left results
        self.team.declare("a")

    def did(self, what: str) -> None:
        self.counts[what] += 1
        self.judge.look()

    # what the users do

    @rule(stack=all_stacks)
    def up(self, stack: str) -> None:
        """``pulumi up``: what succeeds leaves nothing to do."""
        if self.team.up(stack, process(self.world)[0]):
            assert self.team.preview(stack, process(self.world)[0]) == []
        self.did("up")

    @rule(stack=all_stacks, name=names)
    def up_of_one(self, stack: str, name: str) -> None:
        """``pulumi up --target``."""
        self.team.up(stack, process(self.world)[0], targets={name})
        self.did("up --target")

    @rule(stack=stacks, name=names, first=st.booleans())
    def replaced(self, stack: str, name: str, first: bool) -> None:
        """``pulumi up --replace``: the user wants it anew; the engine may make the new one first."""
        self.judge.retire([stack], name)
        self.team.up(stack, process(self.world)[0], replaced={name}, makes_first=first)
        self.did("up --replace")

    @rule(stack=stacks, calls=st.integers(1, 12))
    def at_the_same_moment(self, stack: str, calls: int) -> None:
        """While one stack is in the middle of its update, the other one makes all of its own."""
        context, service = process(self.world)
        other = next(name for name in STACKS if name != stack)
        left = [calls]

        def meanwhile() -> None:
            left[0] -= 1
            if left[0] == 0:
                self.team.up(other, process(self.world)[0])

        service.after_each = meanwhile
        self.team.up(stack, context)
        self.did("two at once")

    # most deaths fall into the first calls of a command, where there is most to lose
    @rule(
        stack=stacks,
        calls=st.one_of(st.integers(1, 4), st.integers(1, 20)),
        committed=st.booleans(),
        destroy=st.sampled_from([False, False, True]),
    )
    def killed(self, stack: str, calls: int, committed: bool, destroy: bool) -> None:
        """SIGKILL right after, or right before, the n-th call of an update or a destroy."""
        context = process(self.world, calls, committed=committed)[0]
        try:
            if destroy:
                self.destroyed(stack, self.team.destroy(stack, context))
            else:
                self.team.up(stack, context)
        except Killed:
            pass
        self.did("killed")

    @rule(stack=all_stacks)
    def preview(self, stack: str) -> None:
        """A preview changes nothing, anywhere."""
        before = self.team.recorded(), self.judge.changes()
        self.team.preview(stack, process(self.world)[0])
        assert (self.team.recorded(), self.judge.changes()) == before
        self.did("preview")

    @rule(stack=all_stacks)
    def refresh(self, stack: str) -> None:
        """A refresh changes nothing on the service's side, and forgets no id."""
        before = sorted(self.team.stacks[stack].ids()), self.judge.changes()
        self.team.stacks[stack].refresh(process(self.world)[0])
        assert (sorted(self.team.stacks[stack].ids()), self.judge.changes()) == before
        self.did("refresh")

    @rule(stack=all_stacks)
    def destroy(self, stack: str) -> None:
        """``pulumi destroy``: what succeeds leaves nothing active but what it names."""
        self.destroyed(stack, self.team.destroy(stack, process(self.world)[0]))
        self.did("destroy")

    def destroyed(self, stack: str, good: bool) -> None:
        if good:
            self.judge.retire([stack], *NAMES)

    @rule(stack=stacks, destroy=st.booleans())
    def with_a_strangers_credentials(self, stack: str, destroy: bool) -> None:
        """Another account's credentials change nothing, neither there nor in the state."""
        before = self.team.recorded(), self.judge.changes()
        context = as_stranger(self.world)
        if destroy:
            self.team.destroy(stack, context)
        else:
            self.team.stacks[stack].refresh(context)
        requests = [r for r in self.team.recorded()[stack] if not r.startswith("run")]
        assert requests == [r for r in before[0][stack] if not r.startswith("run")]
        assert self.judge.changes() == before[1]
        self.did("stranger")

    # what they edit

    @rule(name=names, resolution=st.sampled_from([60, 60, 20]), text=st.sampled_from(["first", "second"]))
    def edit(self, name: str, resolution: int, text: str) -> None:
        """Add a job, alike or not, or change one: in place or by replacement."""
        if self.team.resolution(name) != resolution:
            self.judge.retire(self.team.stacks, name)
        self.team.declare(name, resolution, text)
        self.did("edit")

    @precondition(lambda self: len(self.team.program) > 1)
    @rule(name=names)
    def remove(self, name: str) -> None:
        """Take a job out of the program."""
        self.judge.retire(self.team.stacks, name)
        self.team.remove(name)
        self.did("remove")

    @rule(old=names, new=names, alias=st.booleans())
    def rename(self, old: str, new: str, alias: bool) -> None:
        """A job gets another name, with an alias or (which makes it another job) without one."""
        if old in self.team.program and new not in self.team.program:
            if not alias:
                self.judge.retire(self.team.stacks, old)
            self.judge.look()
            self.team.rename(old, new, alias=alias)
        self.did("rename")

    @rule(stack=stacks)
    def rename_stack(self, stack: str) -> None:
        """``pulumi stack rename``; the old name goes to a new stack, empty as yet."""
        if not self.team.stacks[RENAMED].held():
            self.judge.look()
            self.team.rename_stack(stack, RENAMED)
        self.did("stack rename")

    @rule(shape=st.sampled_from(["one", "renamed", "split", "none"]))
    def reshape(self, shape: str) -> None:
        """Runs are renamed, split, merged or taken out."""
        self.team.shape = shape
        self.did("reshape")

    @rule(until=st.sampled_from(["analysed", "started", "finished", "finished", "cancelled"]))
    def aim(self, until: str) -> None:
        """Another outcome is asked for."""
        self.team.until = until
        self.did("aim")

    @rule(stack=stacks, times=st.integers(0, 2))
    def on_error(self, stack: str, times: int) -> None:
        """The program has an onError hook, by which the engine calls a failed create again."""
        self.team.stacks[stack].on_error_retries = times
        self.did("onError")

    # what others do

    @rule()
    def notebook_posts(self) -> None:
        """A colleague makes a request with the very payload that the program declares."""
        self.judge.notebook.post(self.team)
        self.did("notebook")

    @precondition(lambda self: self.judge.notebook.ids)
    @rule(number=numbers, action=st.sampled_from(["start", "cancel"]))
    def notebook_acts(self, number: int, action: str) -> None:
        """A colleague starts or cancels what is theirs."""
        self.judge.notebook.act(of(self.judge.notebook.ids, number), action)
        self.did("notebook")

    @precondition(lambda self: self.judge.notebook.ids)
    @rule(stack=stacks, number=numbers)
    def adopt(self, stack: str, number: int) -> None:
        """A stack takes a notebook's request over."""
        if not any(self.team.adoptions.values()):
            self.team.adopt(stack, of(self.judge.notebook.ids, number))
        self.did("adopt")

    @rule(stack=stacks)
    def unadopt(self, stack: str) -> None:
        """``adopt_id`` is taken out of the program, as one does with an import."""
        self.team.unadopt(stack)
        self.did("adopt")

    @rule(seconds=st.sampled_from([1, 30, 200, 4000]))
    def time_passes(self, seconds: int) -> None:
        """Jobs go on by themselves."""
        self.world.clock.seconds += seconds
        self.did("time")

    @rule(number=numbers, status=st.sampled_from(["DONE", "PARTIAL", "FAILED", "CANCELED", "HALTED"]))
    def remote_end(self, number: int, status: str) -> None:
        """A job ends one way or another; the service halts it where it may be resumed."""
        if status == "HALTED" and not self.world.abilities.resumes:
            status = "FAILED"
        running = self.judge.ids(lambda r: r["status"] in ("ANALYSING", "PROCESSING"))
        if running:
            self.world.force(of(running, number), status=status)
            self.world.clock.seconds += 5
        self.did("remote end")

    @rule(number=numbers)
    def remote_expiry(self, number: int) -> None:
        """The service removes a request that is not running."""
        resting = self.judge.ids(lambda r: r["status"] in ("DONE", "PARTIAL", "FAILED", "CANCELED", "HALTED"))
        resting += self.judge.ids(
            lambda r: r["status"] in ("CREATED", "ANALYSIS_DONE") and r["userAction"] != "START"
        )
        if resting:
            self.world.force(of(resting, number), expire=True)
        self.did("expiry")

    @rule(number=numbers, seconds=st.sampled_from([10, 100, 250]))
    def out_of_sight(self, number: int, seconds: int) -> None:
        """A request cannot be seen for a while, and goes on."""
        there = self.judge.ids(lambda _: True)
        if there:
            self.world.force(of(there, number), hidden_seconds=seconds)
        self.did("hidden")

    @rule(seconds=st.sampled_from(LAGS))
    def lag(self, seconds: int) -> None:
        """From now on reads are as old as this."""
        self.world.controls.control("PUT", "options", {"stale_reads_seconds": seconds})
        self.did("lag")

    @rule(action=st.sampled_from(["commit-then-reset", "reset"]))
    def lost_answer(self, action: str) -> None:
        """The answer to the next POST of a request is lost."""
        self.world.controls.fault("POST", "/process$", action)
        self.did("lost answer")

    # what must always hold

    @invariant()
    def judged(self) -> None:
        """See the judge."""
        if hasattr(self, "judge"):
            self.judge.judge()


@pytest.fixture(params=GENERATIONS)
def machine(request: pytest.FixtureRequest) -> Iterator[type[Machine]]:
    """The machine, on one sandbox."""
    clock = HandClock()
    with running(
        clock,
        analysis_seconds=20,
        processing_seconds=60,
        accounts=("notebook:secret", "stranger:secret:theirs"),
    ) as sandbox:
        Machine.world = World.on(sandbox, clock, request.param)
        Machine.counts.clear()
        yield Machine


def test_nothing_lost_nothing_twice(
    machine: type[Machine], record_property: Callable[[str, object], None]
) -> None:
    """The whole machine; the same steps each time, unless a longer run is asked for."""
    run_state_machine_as_test(
        machine,
        settings=tried(
            40 if machine.world.abilities.deletes else 20,
            "STATE_MACHINE_EXAMPLES",
            stateful_step_count=STEPS,
            print_blob=True,
        ),
    )
    record_property("state_machine_steps", sum(machine.counts.values()))
