"""One batch request as the service knows it, and what a reader saw of it at any time.

What clients see is a log of dated changes, so that a lagging status and a stale copy are the same thing: the
log, read up to an earlier moment.
"""

from __future__ import annotations

import bisect
import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from .accounts import Caller
from .pixels import Plan
from .wire import Json, timestamp


class Phase(str, Enum):
    """States of a request [batch docs: state machine]."""

    CREATED = "CREATED"
    ANALYSING = "ANALYSING"
    ANALYSIS_DONE = "ANALYSIS_DONE"
    PROCESSING = "PROCESSING"
    DONE = "DONE"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"
    CANCELED = "CANCELED"


FINAL = frozenset({Phase.DONE, Phase.PARTIAL, Phase.FAILED, Phase.CANCELED})


@dataclass(frozen=True)
class Settled:
    """How a tile ended: when (epoch seconds), with which status, at which cost (PU)."""

    at: float
    status: str
    cost: float


@dataclass
class Run:
    """One pass over tiles: the first processing, or a restart of failed ones.

    Attributes:
        begins: when the first tile starts, epoch seconds.
        step: seconds between the starts of two tiles.
        order: tile ids in the order of their processing.
        doomed: ids of the tiles that fail.
        settled: tiles that ended.
        dropped: tiles that a cancellation or a failure kept from running.
        claimed: tiles that the worker has begun.
        opened, closed: whether what comes before and after the tiles has been done.
        failure: why the whole request fails, if it does.
        hurried: epoch seconds by which the tiles in flight end, after a cancellation.
    """

    begins: float
    step: float
    order: tuple[int, ...]
    doomed: frozenset[int]
    settled: dict[int, Settled] = field(default_factory=dict)
    dropped: frozenset[int] = frozenset()
    claimed: set[int] = field(default_factory=set)
    opened: bool = False
    closed: bool = False
    failure: str | None = None
    hurried: float = float("inf")

    def __post_init__(self) -> None:
        self.starts = {tile: self.begins + rank * self.step for rank, tile in enumerate(self.order)}

    def due(self, tile: int) -> float:
        """When the tile ends at the earliest."""
        return min(self.starts[tile] + self.step, max(self.starts[tile], self.hurried))

    def hurry(self, by: float) -> None:
        """Let the tiles in flight end by a moment, epoch seconds: no further ones come after them."""
        self.hurried = by
        for tile, settled in self.settled.items():
            if settled.at > by:
                self.settled[tile] = replace(settled, at=by)

    def open_tiles(self) -> Iterable[int]:
        """Tiles that are still to be processed, in order."""
        return (tile for tile in self.order if tile not in self.settled and tile not in self.dropped)

    def status(self, tile: int, at: float) -> str:
        """The tile's status at a moment: PENDING, SCHEDULED, QUEUED, PROCESSING, PROCESSED or FAILED."""
        settled = self.settled.get(tile)
        if settled is not None and at >= settled.at:
            return settled.status
        if tile in self.dropped:
            return "PENDING"
        steps_ahead = (self.starts[tile] - at) / self.step if self.step else (self.starts[tile] - at) * 1e9
        for status, least in (("PENDING", 6.0), ("SCHEDULED", 2.0), ("QUEUED", 0.0)):
            if steps_ahead > least:
                return status
        return "PROCESSING"


@dataclass(frozen=True)
class Analysis:
    """What an analysis found: exact tiles, estimate (PU), or why it failed; ``ready`` is epoch seconds."""

    ready: float
    plans: tuple[Plan, ...] = ()
    estimate: float = 0.0
    bands: Json = field(default_factory=dict)
    error: str | None = None


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
        seen: Json = {}
        for moment, _, changes in self._changes:
            if moment > at:
                break
            seen |= changes
        return {key: value for key, value in seen.items() if value is not None}

    def tile_status(self, tile: int, at: float) -> tuple[str, float | None]:
        """A tile's status and, once it ended, its cost (PU), at a moment."""
        for run in reversed(self.runs):
            if tile in run.starts and (at >= run.begins or run is self.runs[0]):
                settled = run.settled.get(tile)
                cost = settled.cost if settled is not None and at >= settled.at else None
                return run.status(tile, at), cost
        return "PENDING", None

    def tiles(self, at: float) -> list[Json] | None:
        """All tiles as JSON; ``None`` as long as there is no analysis."""
        if self.analysis is None or not self.analysis.plans or at < self.analysis.ready:
            return None
        return [self._tile(plan, at) for plan in self.analysis.plans]

    def _tile(self, plan: Plan, at: float) -> Json:
        status, cost = self.tile_status(plan.id, at)
        code = plan.crs.rpartition(":")[2]
        tile: Json = {
            "id": plan.id,
            "requestId": self.id,
            "name": plan.name,
            "geometry": plan.geometry,
            "origin": {
                "type": "Point",
                "coordinates": [float(value) for value in plan.origin],
                "crs": {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{code}"}},
            },
            "status": status,
        }
        if cost is not None:
            tile["cost"] = cost
        return tile

    def count(self, status: str) -> int:
        """How many tiles ended with a status, last run first."""
        plans = self.analysis.plans if self.analysis else ()
        return sum(self.tile_status(plan.id, float("inf"))[0] == status for plan in plans)


def shuffled(plans: Iterable[Plan], seed: str) -> tuple[Plan, ...]:
    """Tiles in the random order in which the service lists them, the same for the same seed."""
    plans = list(plans)
    random.Random(seed).shuffle(plans)
    return tuple(plans)


def pick_doomed(tiles: tuple[int, ...], fraction: float, seed: str) -> frozenset[int]:
    """Which tiles fail: a fraction of them, at least one if any, the same for the same seed."""
    if fraction <= 0 or not tiles:
        return frozenset()
    number = min(len(tiles), max(1, round(len(tiles) * fraction)))
    return frozenset(random.Random(seed).sample(tiles, number))
