"""One batch request as the service knows it, and what a reader saw of it at any time.

What clients see is a log of dated changes, so that a lagging status and a stale copy are the same thing: the
log, read up to an earlier moment.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from ..accounts import Caller
from ..pixels import Plan
from ..wire import Json, timestamp
from .phases import Phase
from .runs import Run


@dataclass(frozen=True)
class Analysis:
    """What an analysis found.

    Attributes:
        ready: when it was done, epoch seconds.
        plans: the exact tiles.
        estimate: of their cost, PU.
        bands: what the outputs are in a collection.
        error: why it failed.
        complete: all results are there already, and are to stay.
    """

    ready: float
    plans: tuple[Plan, ...] = ()
    estimate: float = 0.0
    bands: Json = field(default_factory=dict)
    error: str | None = None
    complete: bool = False


@dataclass
class Job:
    """A batch request.

    Attributes:
        request: the normalised payload, as echoed; what the pixel part works from.
        ordinal: how many requests were made before it.
        owner: who made it.
        hidden_until: readers and actions do not find it before then, epoch seconds.
        phase, action: the truth, ahead of what readers see.
    """

    id: str
    request: Json
    created: float
    ordinal: int
    owner: Caller
    hidden_until: float = 0.0
    phase: Phase = Phase.CREATED
    action: str = "NONE"
    analysis_ends: float = 0.0
    analysis: Analysis | None = None
    analysing: bool = False
    runs: list[Run] = field(default_factory=list)
    doom: frozenset[int] | float | None = None
    cost: float | None = None
    deleted: float | None = None
    zarr: Any = None
    _changes: list[tuple[float, int, Json]] = field(default_factory=list)
    _status_at: float = 0.0
    _seen: tuple[tuple[int, int], Json] = ((0, 0), {})  # what readers saw last, by how many changes that was

    @property
    def collection_id(self) -> str | None:
        """The batch collection that it writes into."""
        linked = (self.request.get("output") or {}).get("collectionId")
        return None if linked is None else str(linked)

    def record(self, at: float, **changes: Any) -> None:
        """Let readers see changed members from a moment on; ``None`` takes a member away."""
        if "status" in changes:
            # A later status never becomes visible before an earlier one.
            at = self._status_at = max(at, self._status_at)
        bisect.insort(self._changes, (at, len(self._changes), changes))

    def act(self, now: float, action: str) -> None:
        """Note a user action, which readers see at once."""
        self.action = action
        self.record(now, userAction=action, userActionUpdated=timestamp(now))

    def enter(self, phase: Phase, seen: float, **changes: Any) -> None:
        """Be in a phase now, seen by readers from ``seen`` on."""
        self.phase = phase
        self.record(seen, status=phase.value, **changes)

    def changed(self, now: float) -> float:
        """When the last change up to ``now`` happened, epoch seconds."""
        return max((moment for moment, _, _ in self._changes if moment <= now), default=now)

    def view(self, at: float) -> Json | None:
        """The request as JSON at a moment; ``None`` when it did not exist then."""
        if not self._changes or at < self._changes[0][0] or (self.deleted is not None and at >= self.deleted):
            return None
        known = bisect.bisect_right(self._changes, at, key=itemgetter(0))
        if self._seen[0] != (known, len(self._changes)):
            seen: Json = {}
            for _, _, changes in self._changes[:known]:
                seen |= changes
            view = {key: value for key, value in seen.items() if value is not None}
            self._seen = ((known, len(self._changes)), view)
        return dict(self._seen[1])

    def tile_status(self, tile: int, at: float) -> tuple[str, float | None]:
        """A tile's status and, once it ended, its cost (PU), at a moment."""
        for run in reversed(self.runs):
            if tile in run.starts and (at >= run.begins or run is self.runs[0]):
                settled = run.settled.get(tile)
                cost = settled.cost if settled is not None and at >= settled.at else None
                return run.status(tile, at), cost
        return "PENDING", None

    def count(self, status: str) -> int:
        """How many tiles ended with a status, last run first."""
        plans = self.analysis.plans if self.analysis else ()
        return sum(self.tile_status(plan.id, float("inf"))[0] == status for plan in plans)
