"""One request of a run, as the run's state remembers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ...batch.api import Abilities, Action, BatchRequestInfo, Phase, Progress, TileState
from ...batch.generations import FIRST, GENERATIONS


@dataclass(frozen=True)
class Member:
    """A request of a run.

    Attributes:
        id: the batch request's id.
        status: its phase as last read, or the service's word for one that is not known here; None before the
            first read.
        user_action: what a user has last asked for, by the value of an ``Action``.
        generation: the generation of the API that it lives in; None before the first read, and in states of
            0.1.0.
        completion: percent done, where the service tells that instead of tiles.
        nothing_runs: a cancellation was refused, since nothing of it runs or waits to.
        resume_at: when what the service has stopped may be resumed, epoch seconds.
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
    generation: str | None = None
    completion: float | None = None
    resume_at: float | None = None
    nothing_runs: bool = False

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
    def phase(self) -> Phase | None:
        """How far it is; None before the first read."""
        return None if self.status is None else Phase.of(self.status)

    @property
    def action(self) -> Action:
        """What a user has last asked for."""
        return Action.of(self.user_action)

    @property
    def lives_in(self) -> str | None:
        """The generation that it lives in; states of 0.1.0, which name none, are of the first."""
        return self.generation or (None if self.status is None else FIRST.name)

    @property
    def abilities(self) -> Abilities:
        """What the generation that it lives in can do."""
        return GENERATIONS.get(self.generation or "", FIRST).abilities

    @property
    def is_untouched(self) -> bool:
        """Whether nothing has been asked of it, as far as reads show."""
        return self.phase is Phase.CREATED and self.action is Action.NONE

    @property
    def was_started(self) -> bool:
        """Whether it has ever been seen to be started, or has finished."""
        implied = self.phase is not None and self.phase.implies_start
        return implied or self.action is Action.START or self.finished_as is not None

    @property
    def is_at_rest(self) -> bool:
        """Whether it has been seen to come to rest: it changes no more by itself."""
        return (self.phase is not None and self.phase.is_final) or self.finished_as is not None

    @property
    def is_underway(self) -> bool:
        """Whether it was started and has not been seen to come to rest."""
        return self.was_started and not self.is_at_rest

    @property
    def is_over(self) -> bool:
        """Whether it was seen to finish and has been removed since; never to be run again by itself."""
        return self.expired and self.phase is Phase.DONE

    @property
    def processed(self) -> int:
        """Number of tiles that have come out well."""
        return self.tiles.get(TileState.PROCESSED.value, 0)

    @property
    def failed(self) -> int:
        """Number of tiles that failed."""
        return self.tiles.get(TileState.FAILED.value, 0)

    @property
    def total(self) -> int:
        """Number of tiles, from the tiles themselves where they have been counted."""
        return sum(self.tiles.values()) or self.tile_count or 0

    def seen(self, info: BatchRequestInfo, now: float = 0.0) -> Member:
        """After a look at the request; ``now`` in epoch seconds."""
        estimate = info.value_estimate if info.value_estimate is not None else self.value_estimate
        phase = info.phase
        if phase is Phase.ENDED and self.phase in (Phase.DONE, Phase.PARTIAL):
            phase = self.phase  # its files have told
        resume_at = self.resume_at or now + info.resume_pause
        return replace(
            self,
            status=info.status if phase is Phase.UNKNOWN else phase.value,
            user_action=info.action.value,
            tile_count=info.tile_count if info.tile_count is not None else self.tile_count,
            value_estimate=estimate,
            cost_estimate=info.cost_estimate if info.value_estimate is not None else self.cost_estimate,
            cost=info.cost if info.cost is not None else self.cost,
            completion=info.completion,
            error=info.error,
            expired=False,
            collection_id=info.collection_id,
            fingerprint=self.fingerprint or info.spec.fingerprint,
            declaration=info.mark or self.declaration,
            generation=info.generation.name,
            resume_at=resume_at if phase is Phase.HALTED else None,
            nothing_runs=self.nothing_runs and phase is Phase.CREATED and info.action is Action.NONE,
        )

    def counted(self, progress: Progress | None) -> Member:
        """After a count of the tiles."""
        if progress is None:
            return self
        cost = self.cost if progress.cost is None else progress.cost
        now = replace(self, tiles=dict(progress.tiles), cost=cost, failed_tiles=progress.failed)
        return now.judged(all_came_out=not now.failed)

    def judged(self, *, all_came_out: bool) -> Member:
        """Once its files have told whether all of it came out, where the status does not tell."""
        if self.phase is not Phase.ENDED:
            return self
        return replace(self, status=(Phase.DONE if all_came_out else Phase.PARTIAL).value)
