"""One pass over the tiles of a request, and how each of them ended."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ..pixels import Plan


@dataclass(frozen=True)
class Settled:
    """How a tile ended: when (epoch seconds), with which status, at which cost (PU), and why."""

    at: float
    status: str
    cost: float
    note: str = ""


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
