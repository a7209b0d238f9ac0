"""What the service's side shows of our jobs: the judge of the crash tests and of the state machine."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from pulumi_sentinelhub.lifecycle.context import Context
from tests.lifecycle.conftest import World
from tests.lifecycle.engine import Stack
from tests.lifecycle.mortal import Mortal
from tests.support.inputs import EVALSCRIPT, ONE_TILE, declared, process_request
from tests.support.sandbox import runs

Job = tuple[str, int]


def declaration(
    name: str,
    resolution: int = 60,
    description: str = "first",
    bbox: tuple[float, ...] = ONE_TILE,
) -> dict[str, Any]:
    """A job whose name is in its evalscript, so that it is told apart on the service's side."""
    return declared(
        name,
        process_request=process_request(f"{EVALSCRIPT}// {name}", bbox),
        tiling_grid={"id": 0, "resolution": resolution},
        description=description,
    )


def process(world: World, calls: int | None = None, *, committed: bool = True) -> tuple[Context, Mortal]:
    """A new provider process, which dies right after (or before) the given call."""
    alive = world.context()
    fate = Mortal(alive.connect, calls, committed=committed)
    return world.context(connect=fate.of), fate


@dataclass
class Account:
    """All batch requests of the sandbox's account.

    Attributes:
        jobs: which job each request that was ever seen is for.
    """

    world: World
    jobs: dict[str, Job] = field(default_factory=dict)

    def requests(self) -> list[dict[str, Any]]:
        """All requests, as the service itself sees them."""
        requests = self.world.requests()
        for request in requests:
            self.jobs[request["id"]] = job_of(request)
        return requests

    def active(self) -> dict[str, list[str]]:
        """Ids of active requests by the name of their job."""
        found: dict[str, list[str]] = {}
        for request in self.requests():
            if runs(request):
                found.setdefault(job_of(request)[0], []).append(request["id"])
        return found

    def orphans(self, stack: Stack) -> set[str]:
        """Requests that wait for somebody, and are in no state; none of those that could not be deleted."""
        known = {recorded.id for recorded in [*stack.resources.values(), *stack.doomed]}
        if not self.world.abilities.deletes:
            known |= stack.released
        idle = [r for r in self.requests() if r["status"] in ("CREATED", "ANALYSIS_DONE")]
        return {r["id"] for r in idle if r["userAction"] in ("NONE", "ANALYSE")} - known

    def said(self, *actions: str) -> Counter[Job]:
        """Accepted actions of each job."""
        self.requests()
        calls = self.world.controls.journal("POST", "/process/")
        good = [call["path"].split("/") for call in calls if call["status"] == 204]
        return Counter(self.jobs[path[-2]] for path in good if path[-1] in actions)


def job_of(request: dict[str, Any]) -> Job:
    """Name and resolution of the job that a request is for."""
    script = str(request["processRequest"]["evalscript"]).removeprefix(EVALSCRIPT)
    return script.removeprefix("// ")[0], int(request["tilingGrid"]["resolution"])
