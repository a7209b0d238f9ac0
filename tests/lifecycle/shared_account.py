"""A notebook and a stranger beside a team on one account, and who judges what becomes of its jobs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
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
from tests.lifecycle.team import Team
from tests.support.contexts import Clients
from tests.support.sandbox import runs

LAGS = (0, 0, 20, 100)


def _credentials(client_id: str) -> Credentials:
    return Credentials(client_id, "secret", "environment")


def as_stranger(world: World) -> Context:
    """A provider process with another account's credentials."""
    return world.context(credentials=_credentials("stranger"))


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

    def retire(self, stacks: Iterable[str], *names: str) -> None:
        """What these declarations stood for is over by the user's wish; declared again, it is a new job."""
        self.look()
        over = {self.team.job(stack, name) for stack in stacks for name in names}
        self.retired |= {id for id, job in self.jobs.items() if job[0] in over}
        self.finished = {job: starts for job, starts in self.finished.items() if job[0] not in over}

    def look(self) -> None:
        """Remember what has happened."""
        for request in self.requests():
            mark = mark_of(request)
            # what a key stands for may be another job later
            if mark is not None and request["id"] not in self.jobs:
                job = self.team.job_of(mark) or mark
                self.jobs[request["id"]] = job, int(request["tilingGrid"]["resolution"])
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

        of_each = Counter(self.jobs[r["id"]][0] for r in active)
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
