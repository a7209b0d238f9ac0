"""What the worker is to do for the requests of one generation, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from ..pixels import Plan
from .job import Analysis, Job
from .life import Life
from .phases import Phase
from .runs import Run
from .store import Store

J = TypeVar("J", bound=Job)


@dataclass(frozen=True)
class Work(Generic[J]):
    """One thing for the worker: ``kind`` is analyse, open, tile or close."""

    kind: str
    job: J
    plan: Plan | None = None


class Queue(Generic[J]):
    """Hands out work and takes results.

    Args:
        store: the requests.
        life: settles tiles.
    """

    def __init__(self, store: Store[J], life: Life[J]) -> None:
        self._store = store
        self._life = life

    def next_work(self) -> Work[J] | None:
        """What is to be done now, claimed for the caller: analyses first, then the tile that is due first."""
        with self._store.lock:
            now, best = self._store.now(), None
            for job in self._store.jobs():
                if job.phase is Phase.ANALYSING and job.analysis is None and not job.analysing:
                    job.analysing = True
                    return Work("analyse", job)
                if job.phase is not Phase.PROCESSING:
                    continue
                run = job.runs[-1]
                if not run.opened:
                    return Work("open", job)
                tile = next((tile for tile in run.open_tiles() if tile not in run.claimed), None)
                if tile is not None:
                    if run.starts[tile] <= now and (best is None or run.starts[tile] < best[0]):
                        best = (run.starts[tile], job, run, tile)
                elif not run.closed and not any(True for _ in run.open_tiles()):
                    return Work("close", job)
            if best is None:
                return None
            _, job, run, tile = best
            run.claimed.add(tile)
            assert job.analysis is not None
            return Work("tile", job, next(plan for plan in job.analysis.plans if plan.id == tile))

    def analysed(self, job: J, analysis: Analysis) -> None:
        """The worker's analysis is there."""
        with self._store.lock:
            job.analysis = analysis

    def tile_done(self, job: J, plan: Plan, *, good: bool, cost: float | None = None, note: str = "") -> None:
        """The worker has written a tile's files, or could not. ``cost`` in PU, by default the tile's own."""
        with self._store.lock:
            run = self._current(job)
            if run is not None:
                at = max(self._store.now(), run.due(plan.id))
                self._life.settle(job, plan, at, good=good, cost=cost, note=note)

    def run_failed(self, job: J, why: str) -> None:
        """The whole request fails: no further tile runs."""
        with self._store.lock:
            run = self._current(job)
            if run is not None:
                run.failure, run.opened, run.closed = why, True, True
                run.dropped = frozenset(run.open_tiles())

    def mark(self, job: J, *, opened: bool = False, closed: bool = False) -> None:
        """What comes before (``opened``) or after (``closed``) the tiles of the last run is done."""
        with self._store.lock:
            run = self._current(job)
            if run is not None:
                run.opened, run.closed = run.opened or opened, run.closed or closed

    @staticmethod
    def _current(job: J) -> Run | None:
        """The run that the worker is at; ``None`` when the request was forced elsewhere meanwhile."""
        return job.runs[-1] if job.phase is Phase.PROCESSING else None
