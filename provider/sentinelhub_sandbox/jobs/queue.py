"""What the worker is to do for the requests of one generation, and what came of it."""

from __future__ import annotations

import math
import time
from collections import deque
from dataclasses import dataclass
from operator import itemgetter
from typing import Generic, TypeVar

from ..pixels import Plan
from .job import Analysis, Job
from .life import Life
from .phases import Phase
from .runs import Run
from .store import Store

J = TypeVar("J", bound=Job)
LOOK_SECONDS = 0.1


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
        self._found: deque[Work[J]] = deque()
        self._look_again = 0.0
        self.busy = False
        """Whether the last look found a request that is under way, so that work comes due with time."""

    def next_work(self) -> Work[J] | None:
        """What is to be done now, claimed for the caller: analyses first, then the tile that is due first.

        Among hundreds of requests a look at all of them costs more than small work itself: what one look has
        found is handed out for a moment, as far as it is still to be done.
        """
        with self._store.lock:
            if time.monotonic() > self._look_again:
                self._found.clear()
            work = self._next_found()
            if work is None:
                self._found.extend(self._due())
                self._look_again = time.monotonic() + LOOK_SECONDS
                work = self._next_found()
            return work

    def _next_found(self) -> Work[J] | None:
        while self._found:
            work = self._found.popleft()
            if self._store.holds(work.job) and _claim(work):
                return work
        return None

    def _due(self) -> list[Work[J]]:
        """All that is to be done now, what comes first first."""
        now = self._store.now()
        found: list[tuple[float, Work[J]]] = []
        under_way = self._store.under_way()
        self.busy = bool(under_way)
        for job in under_way:
            if job.phase is Phase.ANALYSING and job.analysis is None and not job.analysing:
                found.append((-math.inf, Work("analyse", job)))
            if job.phase is not Phase.PROCESSING:
                continue
            run = job.runs[-1]
            open_tiles = list(run.open_tiles())
            if not run.opened:
                found.append((-math.inf, Work("open", job)))
            elif not open_tiles and not run.closed:
                found.append((-math.inf, Work("close", job)))
            else:
                due = {tile for tile in open_tiles if tile not in run.claimed and run.starts[tile] <= now}
                plans = job.analysis.plans if due and job.analysis is not None else ()
                found += [(run.starts[p.id], Work("tile", job, p)) for p in plans if p.id in due]
        return [work for _, work in sorted(found, key=itemgetter(0))]

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


def _claim(work: Work[J]) -> bool:
    """Take work on, unless it is not to be done any more."""
    job = work.job
    if work.kind == "analyse":
        free = job.phase is Phase.ANALYSING and job.analysis is None and not job.analysing
        job.analysing = job.analysing or free
        return free
    if job.phase is not Phase.PROCESSING:
        return False
    run = job.runs[-1]
    if work.plan is None:
        return not (run.opened if work.kind == "open" else run.closed or any(True for _ in run.open_tiles()))
    tile = work.plan.id
    free = tile in run.starts and not (tile in run.claimed or tile in run.settled or tile in run.dropped)
    if free:
        run.claimed.add(tile)
    return free
