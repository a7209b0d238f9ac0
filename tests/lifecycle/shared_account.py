"""Two stacks of one program on one account, a notebook and a stranger beside them, and who judges them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from pulumi_sentinelhub.batch.generations import GENERATIONS
from pulumi_sentinelhub.batch.mark import mark_of
from pulumi_sentinelhub.config.settings import Credentials
from pulumi_sentinelhub.errors import SentinelHubError
from pulumi_sentinelhub.lifecycle.context import Context
from pulumi_sentinelhub.waiting.patience import Patience
from tests.lifecycle.account import declaration
from tests.lifecycle.conftest import World
from tests.lifecycle.engine import Program, Stack
from tests.support.contexts import Clients
from tests.support.inputs import key
from tests.support.sandbox import runs

LAGS = (0, 0, 20, 100)
ADOPTED = "adopted"


def _credentials(client_id: str) -> Credentials:
    return Credentials(client_id, "secret", "environment")


def as_stranger(world: World) -> Context:
    """A provider process with another account's credentials."""
    return world.context(credentials=_credentials("stranger"))


@dataclass
class Job:
    """What the program declares under one name.

    Attributes:
        born: how often the name was given anew after a rename with an alias; it is part of the key then.
    """

    resolution: int = 60
    text: str = "first"
    born: int = 0


class Team:
    """One program, run by several stacks.

    Attributes:
        program: jobs by name; all ask for the same where their resolution is the same.
        aliases: names that were other names before.
        adoptions: by stack, the id that it adopts, and whether its program still says so.
        shape: how the requests are divided among runs.
        until: what the runs ask for.
    """

    def __init__(self, world: World, stacks: tuple[str, ...]) -> None:
        self.world = world
        self.stacks = {name: Stack() for name in stacks}
        self.program: dict[str, Job] = {}
        self.aliases: dict[str, str] = {}
        self.adoptions: dict[str, tuple[str, bool] | None] = dict.fromkeys(stacks)
        self.shape = "one"
        self.until = "finished"
        self._born: Counter[str] = Counter()

    def key(self, stack: str, name: str) -> str:
        """The declaration's key, as the program makes it."""
        return key(f"{stack}/{name}/{self._born[name]}")

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
        self.aliases.pop(old, None)
        if alias:
            self.aliases[new] = old
            # engine/identity.py: a name that another one has left by an alias gets another key
            self._born[old] += 1

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
        self, stack: str, ctx: Context, targets: set[str] | None = None, replaced: set[str] | None = None
    ) -> bool:
        return self.stacks[stack].apply(ctx, self.declared(stack), targets, replaced)

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


class Notebook:
    """A colleague of the same account, with an OAuth client of their own."""

    def __init__(self, world: World) -> None:
        settings = replace(world.settings, credentials=_credentials("notebook"))
        self._generation = GENERATIONS[world.generation]
        self._client = Clients(settings, world.clock).of(world.generation, Patience(world.clock))
        self.ids: list[str] = []

    def post(self, team: Team) -> None:
        asked = {k: v for k, v in declaration("x").items() if k != "description"}
        with suppress(SentinelHubError):  # where its answer is lost, a notebook does not look for it
            self.ids.append(self._client.create_request(self._generation.payload(asked)).id)

    def act(self, id: str, action: str) -> None:
        with suppress(SentinelHubError):  # it may be gone, or in no state for this
            getattr(self._client, action)(id)


@dataclass
class Judge:
    """What the service's side shows, held against what must never happen."""

    world: World
    team: Team
    notebook: Notebook = field(init=False)
    seen: int = 0
    ended: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)
    jobs: dict[str, tuple[str, int]] = field(default_factory=dict)
    finished: dict[tuple[str, int], int] = field(default_factory=dict)
    retired: set[str] = field(default_factory=set)
    starts: Counter[tuple[str, int]] = field(default_factory=Counter)
    wanted_cancelled: set[str] = field(default_factory=set)
    cancelled: list[str] = field(default_factory=list)
    changed: int = 0

    def __post_init__(self) -> None:
        self.notebook = Notebook(self.world)

    def has_objects(self, bucket: str, prefix: str, *, ignoring: Any) -> bool:
        """The bucket holds the results of whatever has ended well."""
        return prefix.strip("/") in self.ended

    def requests(self) -> list[dict[str, Any]]:
        return self.world.requests()

    def ids(self, which: Callable[[dict[str, Any]], bool]) -> list[str]:
        return sorted(r["id"] for r in self.requests() if which(r))

    def changes(self) -> int:
        """How many calls of ours have changed something so far."""
        self._read_journal()
        return self.changed

    def retire(self, *keys: str) -> None:
        """What these declarations stood for is over by the user's wish; declared again, it is a new job."""
        self.look()
        self.retired |= {id for id, job in self.jobs.items() if job[0] in keys}
        self.finished = {job: starts for job, starts in self.finished.items() if job[0] not in keys}

    def look(self) -> None:
        """Remember what has happened."""
        for request in self.requests():
            mark = mark_of(request)
            if mark is not None:
                self.jobs[request["id"]] = mark, int(request["tilingGrid"]["resolution"])
            if request["status"] in ("DONE", "PARTIAL"):
                self.ended.add(request["id"])
            if request["status"] == "DONE":
                self.done.add(request["id"])
        self._read_journal()
        for id in self.done - self.retired:
            if id in self.jobs:
                self.finished.setdefault(self.jobs[id], self.starts[self.jobs[id]])
        if self.team.until == "cancelled":
            for stack in self.team.stacks.values():
                self.wanted_cancelled |= set(stack.ids())

    def _read_journal(self) -> None:
        calls = self.world.controls.journal()
        for call in calls[self.seen :]:
            if call["client"] != "sandbox-client" or call["method"] == "GET":
                continue
            self.changed += call["status"] in (200, 201, 204)
            path = call["path"].split("/")
            if call["status"] != 204:
                continue
            if path[-1] in ("start", "restartpartial") and path[-2] in self.jobs:
                self.starts[self.jobs[path[-2]]] += 1
            if path[-1] in ("cancel", "stop"):
                self.cancelled.append(path[-2])
        self.seen = len(calls)

    def judge(self) -> None:
        """Raise AssertionError where something has happened that must never happen."""
        self.look()
        held = Counter(id for stack in self.team.stacks.values() for id in set(stack.ids()))
        held += Counter(
            id for stack in self.team.stacks.values() for id, n in Counter(stack.ids()).items() if n > 1
        )
        assert all(times == 1 for times in held.values()), f"held twice: {held}"

        allowed = self.wanted_cancelled.union(*(stack.released for stack in self.team.stacks.values()))
        assert set(self.cancelled) <= allowed, f"cancelled though wanted: {set(self.cancelled) - allowed}"

        active = [r for r in self.requests() if runs(r) and mark_of(r)]
        named = " ".join(self.world.warned)
        lost = [r["id"] for r in active if r["id"] not in held and r["id"] not in named]
        assert not lost, f"runs, and nobody knows of it: {lost}"

        of_each = Counter(mark_of(r) for r in active)
        assert all(times == 1 for times in of_each.values()), f"two jobs of one declaration: {of_each}"

        again = {job: n for job, n in self.finished.items() if self.starts[job] > n}
        assert not again, f"finished, and started again: {again}"
        self._no_failure_is_called_finished()

    def _no_failure_is_called_finished(self) -> None:
        for stack in self.team.stacks.values():
            for recorded in stack.resources.values():
                for record in recorded.outputs.get("results") or []:
                    well = {record["id"], record.get("finished_as")} & self.done
                    assert record.get("status") != "DONE" or well, f"called DONE: {record}"
