"""One request of a run, as the run's state remembers it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ...batch.mark import mark_of
from ...batch.models import (
    FINAL_STATUSES,
    STARTED_STATUSES,
    TILE_DONE_STATUSES,
    TILE_FAILED_STATUSES,
    BatchRequestInfo,
    Tile,
)
from ...batch.v1.payload import fingerprint
from ...batch.v1.units import batch_factor

# No more failed tiles than this are named in the state and in messages.
NAMED_TILES: Final = 20


@dataclass(frozen=True)
class Member:
    """A request of a run.

    Attributes:
        id: the batch request's id.
        status: as last read; None before the first read.
        value_estimate: the service's estimate in processing units, before the batch discount.
        cost_estimate: the same after the batch discount.
        cost: processing units spent so far, after the batch discount.
        tiles: number of tiles by tile status.
        failed_tiles: names of failed tiles, at most `NAMED_TILES`.
        expired: the service has removed the request after it came to rest.
        fingerprint: what it computes; a finished job is recognised by it when its request was made anew.
        finished_as: id of the removed request that has finished this very job already.
        restarts: how often its failed tiles were run again.
        declaration: the key of the declaration that it was made for, by its mark; None where it bears none.
        collection_id: the batch collection that it writes into; one that it makes itself is there after its
            analysis.
    """

    id: str
    status: str | None = None
    user_action: str | None = None
    tile_count: int | None = None
    value_estimate: float | None = None
    cost_estimate: float | None = None
    cost: float | None = None
    tiles: Mapping[str, int] = field(default_factory=dict)
    failed_tiles: tuple[str, ...] = ()
    error: str | None = None
    expired: bool = False
    fingerprint: str | None = None
    finished_as: str | None = None
    restarts: int = 0
    collection_id: str | None = None
    declaration: str | None = None

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Member:
        """From a record of the state; what a later version may have added is left out."""
        known = {name: record[name] for name in cls.__dataclass_fields__ if record.get(name) is not None}
        known["failed_tiles"] = tuple(known.get("failed_tiles", ()))
        return cls(**known)

    def record(self) -> dict[str, Any]:
        """For the state: without what is not known."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        values["tiles"], values["failed_tiles"] = dict(self.tiles), list(self.failed_tiles)
        return {name: value for name, value in values.items() if value is not None}

    @property
    def was_started(self) -> bool:
        """Whether it has ever been seen to be started, or has finished."""
        return self.status in STARTED_STATUSES or self.user_action == "START" or self.finished_as is not None

    @property
    def is_at_rest(self) -> bool:
        """Whether it has been seen to come to rest: it changes no more by itself."""
        return self.status in FINAL_STATUSES or self.finished_as is not None

    @property
    def is_underway(self) -> bool:
        """Whether it was started and has not been seen to come to rest."""
        return self.was_started and not self.is_at_rest

    @property
    def is_over(self) -> bool:
        """Whether it was seen to finish and has been removed since; never to be run again by itself."""
        return self.expired and self.status == "DONE"

    @property
    def processed(self) -> int:
        """Number of tiles that have come out well."""
        return sum(self.tiles.get(status, 0) for status in TILE_DONE_STATUSES)

    @property
    def failed(self) -> int:
        """Number of tiles that failed."""
        return sum(self.tiles.get(status, 0) for status in TILE_FAILED_STATUSES)

    @property
    def total(self) -> int:
        """Number of tiles, from the tiles themselves where they have been counted."""
        return sum(self.tiles.values()) or self.tile_count or 0

    def seen(self, info: BatchRequestInfo) -> Member:
        """After a look at the request."""
        factor = batch_factor(info.tile_width_px, info.tile_height_px)
        estimate = info.value_estimate if info.value_estimate is not None else self.value_estimate
        return replace(
            self,
            status=info.status,
            user_action=info.user_action,
            tile_count=info.tile_count if info.tile_count is not None else self.tile_count,
            value_estimate=estimate,
            cost_estimate=estimate * factor if estimate is not None else None,
            error=info.error,
            expired=False,
            collection_id=info.collection_id,
            fingerprint=self.fingerprint or fingerprint(info.raw),
            declaration=mark_of(info.raw) or self.declaration,
        )

    def counted(self, tiles: Iterable[Tile], factor: float) -> Member:
        """After a count of the tiles; ``factor`` is the batch discount."""
        states: Counter[str] = Counter()
        names: list[str] = []
        cost = 0.0
        for tile in tiles:
            states[tile.status] += 1
            cost += tile.cost or 0.0
            if tile.status in TILE_FAILED_STATUSES and len(names) < NAMED_TILES:
                names.append(tile.name)
        if not states:
            return self
        return replace(self, tiles=dict(states), cost=cost * factor, failed_tiles=tuple(sorted(names)))
