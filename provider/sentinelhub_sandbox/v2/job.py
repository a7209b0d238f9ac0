"""One v2 task as the service knows it [OpenAPI: BatchV2ProcessTask]."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..jobs.job import Job
from ..jobs.phases import Phase
from ..jobs.runs import Settled
from ..wire import Json, timestamp
from .echo import masked

MINIMUM_COST = 100.0  # PU [PU docs: minimal cost of a batch request]
USER_ACTION, OUT_OF_PU, UNHEALTHY = "USER_ACTION", "OUT_OF_PU", "UNHEALTHY"
REASONS = (USER_ACTION, OUT_OF_PU, UNHEALTHY)


@dataclass
class JobV2(Job):
    """A task. ``request`` is what the pixel side works from.

    Attributes:
        order: the normalised request, keys and all; what readers see of it is masked.
        stop_reason: why it is being stopped, or was.
        stopped: when it was stopped, epoch seconds.
    """

    order: Json = field(default_factory=dict)
    stop_reason: str | None = None
    stopped: float = 0.0

    @property
    def collection_id(self) -> str | None:
        """The BYOC collection that it writes into."""
        linked = self.order["output"].get("collectionId")
        return None if linked is None else str(linked)

    def settled(self, at: float = float("inf")) -> dict[int, Settled]:
        """The features that have ended up to a moment, by id: a later run's word counts."""
        ended: dict[int, Settled] = {}
        for run in self.runs:
            ended |= {tile: how for tile, how in run.settled.items() if how.at <= at}
        return ended

    def view(self, at: float) -> Json | None:
        """The task as JSON at a moment; ``None`` when it did not exist then."""
        seen = super().view(at)
        if seen is None:
            return None
        ended = self.settled(at)
        phase = Phase(seen["status"])
        latest = max([self.changed(at), *(how.at for how in ended.values())])
        total = len(self.analysis.plans) if self.analysis is not None else 0
        share = 100 * len(ended) // total if total else 0
        seen["completionPercentage"] = 100 if phase is Phase.DONE else share
        seen["lastUpdated"] = timestamp(latest)
        if phase is Phase.DONE or any(run.begins <= at for run in self.runs):
            seen["costPU"] = self.cost_pu(at, done=phase is Phase.DONE)
        return seen

    def cost_pu(self, at: float, *, done: bool) -> float:
        """PU that the task has cost up to a moment, after the discount.

        One that is DONE and has processed anything costs the minimum at least, unless a cost is forced.
        """
        cost = sum(how.cost for how in self.settled(at).values())
        return max(cost, MINIMUM_COST) if done and cost > 0 and self.cost is None else cost

    def link(self, collection_id: str, at: float) -> None:
        """Write into a BYOC collection, from a moment on."""
        self.order = {**self.order, "output": {**self.order["output"], "collectionId": collection_id}}
        output = {**self.request["output"], "collectionId": collection_id}
        self.request = {**self.request, "output": output}
        self.record(at, request=masked(self.order))

    def forget_results(self) -> None:
        """As if it had never been processed."""
        self.runs = []
        self.analysis = None
        self.analysing = False
        self.stop_reason = None
