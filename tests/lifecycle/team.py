"""A team: one program that several stacks run, and how it is edited and renamed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from pulumi_sentinelhub.lifecycle.context import Context
from tests.lifecycle.account import declaration
from tests.lifecycle.conftest import World
from tests.lifecycle.engine import Program, Recorded, Stack
from tests.support.inputs import key

ADOPTED = "adopted"


@dataclass
class Job:
    """What the program declares under one name."""

    resolution: int = 60
    text: str = "first"


class Team:
    """One program, run by several stacks.

    Attributes:
        program: jobs by name; all ask for the same where their resolution is the same.
        aliases: names that were other names before.
        adoptions: by stack, the id that it adopts, and whether its program still says so.
        shape: how the requests are divided among runs.
        until: what the runs ask for.
        jobs: by stack and name, what the declaration stands for: it moves on with an alias and with a stack's
            new name, whatever the key that both are given then.
    """

    def __init__(self, world: World, stacks: tuple[str, ...]) -> None:
        self.world = world
        self.stacks = {name: Stack(others=self._others_of(name)) for name in stacks}
        self.program: dict[str, Job] = {}
        self.aliases: dict[str, str] = {}
        self.adoptions: dict[str, tuple[str, bool] | None] = dict.fromkeys(stacks)
        self.shape = "one"
        self.until = "finished"
        self.jobs: dict[tuple[str, str], str] = {}
        self._count = 0

    def key(self, stack: str, name: str) -> str:
        """The declaration's key, as the program makes it."""
        return key(f"{stack}/{name}")

    def job(self, stack: str, name: str) -> str:
        """What the declaration stands for."""
        if (stack, name) not in self.jobs:
            self._count += 1
            self.jobs[stack, name] = f"{stack}/{name} #{self._count}"
        return self.jobs[stack, name]

    def job_of(self, mark: str) -> str | None:
        """What the declaration stands for whose key this is now; None: nobody's."""
        names = {*self.program, *(name for _, name in self.jobs), ADOPTED}
        keys = {self.key(stack, name): (stack, name) for stack in self.stacks for name in names}
        return self.job(*keys[mark]) if mark in keys else None

    def _others_of(self, stack: str) -> Callable[[], list[Recorded]]:
        return lambda: [one for name, other in self.stacks.items() if name != stack for one in other.held()]

    def rename_stack(self, old: str, new: str) -> None:
        """``pulumi stack rename``: the state and what it stands for move on; the old name is there again."""
        released = self.stacks[new].released | self.stacks[old].released
        self.stacks[new] = replace(self.stacks[old], others=self._others_of(new), released=released)
        self.stacks[old] = Stack(others=self._others_of(old))
        self.adoptions[new], self.adoptions[old] = self.adoptions[old], None
        # what the state does not hold, as after a destroy that was killed, is known by its mark alone
        now = {before: name for name, before in self.aliases.items()}
        for name in [now.get(name, name) for name in self.stacks[new].resources]:
            if job := self.jobs.pop((old, name), None):
                self.jobs[new, name] = job

    def declare(self, name: str, resolution: int = 60, text: str = "first") -> None:
        self.program[name] = Job(resolution, text)

    def remove(self, name: str) -> None:
        self.program.pop(name, None)
        self.aliases.pop(name, None)

    def resolution(self, name: str) -> int | None:
        job = self.program.get(name)
        return job.resolution if job else None

    def rename(self, old: str, new: str, *, alias: bool) -> None:
        self.program[new] = self.program.pop(old)
        before = self.aliases.pop(old, None)
        if not alias:
            return
        self.aliases[new] = old
        for stack, state in self.stacks.items():
            job = self.jobs.pop((stack, old), None)
            # where the state has a name from before the last one, the new alias does not lead to it
            if job and before not in state.resources:
                self.jobs[stack, new] = job

    def adopt(self, stack: str, id: str) -> None:
        self.adoptions[stack] = (id, True)

    def unadopt(self, stack: str) -> None:
        if adoption := self.adoptions[stack]:
            self.adoptions[stack] = (adoption[0], False) if self._has_adopted(stack) else None

    def _has_adopted(self, stack: str) -> bool:
        return ADOPTED in self.stacks[stack].resources

    def asked(self, stack: str, name: str, job: Job) -> dict[str, Any]:
        """The inputs of a request; the evalscript is the same for all."""
        asked = declaration("x", job.resolution, job.text)
        return {**asked, "declaration": self.key(stack, name)}

    def declared(self, stack: str) -> Program:
        """The program as this stack runs it."""
        requests = {name: self.asked(stack, name, job) for name, job in sorted(self.program.items())}
        if adoption := self.adoptions[stack]:
            id, says_so = adoption
            own = {**self.asked(stack, ADOPTED, Job()), **({"adopt_id": id} if says_so else {})}
            requests[ADOPTED] = {k: v for k, v in own.items() if k != "description"}
        members = [name for name in requests if name != ADOPTED]
        runs = {name: self._run(stack, name, of) for name, of in self._runs(members).items() if of}
        return Program(requests, runs, dict(self.aliases))

    def _runs(self, members: list[str]) -> dict[str, list[str]]:
        return {
            "one": {"run": members},
            "renamed": {"run 2": members},
            "split": {"run": members[:1], "run 3": members[1:]},
            "none": {},
        }[self.shape]

    def _run(self, stack: str, name: str, members: list[str]) -> dict[str, Any]:
        return {
            "members": members,
            "until": self.until,
            "deployment": "aws-eu-central-1",
            "declaration": key(f"{stack}/{name}"),
        }

    def up(
        self,
        stack: str,
        ctx: Context,
        targets: set[str] | None = None,
        replaced: set[str] | None = None,
        *,
        makes_first: bool = False,
    ) -> bool:
        program = self.declared(stack)
        return self.stacks[stack].apply(ctx, program, targets, replaced, makes_first=makes_first)

    def preview(self, stack: str, ctx: Context) -> list[str]:
        return self.stacks[stack].preview(ctx, self.declared(stack))

    def destroy(self, stack: str, ctx: Context) -> bool:
        return self.stacks[stack].destroy(ctx)

    def recorded(self) -> dict[str, list[str]]:
        """What each state holds, comparable."""
        return {
            stack: sorted(f"{name} {r.id} {r.outputs}" for name, r in state.resources.items())
            for stack, state in self.stacks.items()
        }
