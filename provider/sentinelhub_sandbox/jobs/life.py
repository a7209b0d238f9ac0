"""What time makes of a request: analyses and runs begin and end.

[batch docs: state machines] States advance when they are looked at, from the injected clock, so a test that
moves the clock needs no waiting. With ``render`` the worker does the analyses and writes the files, and a
state is entered only when both the time has come and the work is done.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from ..options import SandboxOptions
from ..pixels import Pixels, Plan
from ..settings import LiveOptions
from .job import Analysis, Job
from .phases import Phase
from .runs import Run, Settled, pick_doomed

J = TypeVar("J", bound=Job)


class Life(ABC, Generic[J]):
    """The part of the state machine that both generations share.

    Args:
        live: durations, failures, the clock.
        pixels: costs.
    """

    def __init__(self, live: LiveOptions, pixels: Pixels) -> None:
        self._live = live
        self.pixels = pixels

    @property
    def options(self) -> SandboxOptions:
        """The options in force."""
        return self._live.now

    @abstractmethod
    def quick_analysis(self, job: J) -> Analysis:
        """Tiles, estimate and bands from what the evalscript declares; no pixel, no delivery is looked at."""

    @abstractmethod
    def analysed(self, job: J, analysis: Analysis, at: float) -> None:
        """The analysis has ended at a moment; enter what comes after it."""

    @abstractmethod
    def tiles_to_run(self, job: J) -> tuple[int, ...]:
        """Ids of the tiles that the run which begins now is to process, in order."""

    @abstractmethod
    def finished(self, job: J, run: Run, seen: float) -> None:
        """The run has ended; enter what comes after it, seen by readers from a moment on."""

    def analysis_lag(self) -> float:
        """How long a status of the analysis lags behind its cause, seconds."""
        return _lag(self.options.analysis_seconds)

    def processing_lag(self) -> float:
        """How long a status of the processing lags behind its cause, seconds."""
        return _lag(self.options.processing_seconds)

    def begin_analysis(self, job: J, now: float) -> None:
        """Analyse from now on."""
        job.enter(Phase.ANALYSING, now + self.analysis_lag())
        job.analysis_ends = now + self.options.analysis_seconds

    def begin_run(self, job: J, now: float, lag: float | None = None) -> None:
        """Process the tiles that are to be processed; the request is PROCESSING.

        ``lag`` is how long readers do not see it, seconds; by default as long as usual.
        """
        assert job.analysis is not None
        seconds, total = self.options.processing_seconds, len(job.analysis.plans)
        lag = self.processing_lag() if lag is None else lag
        order = self.tiles_to_run(job)
        doomed: frozenset[int] = frozenset()
        if isinstance(job.doom, frozenset):
            doomed, job.doom = job.doom, None
        elif not job.runs:
            fraction = self.options.fail_tiles if job.doom is None else job.doom
            doomed = pick_doomed(order, fraction, f"{self.options.seed}/{job.ordinal}/failures")
        job.runs.append(
            Run(begins=now + lag, step=(seconds - 2 * lag) / max(1, total), order=order, doomed=doomed)
        )
        job.enter(Phase.PROCESSING, now + lag, error=None)

    def advance(self, job: J, now: float) -> None:
        """Bring a request up to a moment."""
        before = None
        while before != job.phase:
            before = job.phase
            if job.phase is Phase.ANALYSING:
                self._advance_analysis(job, now)
            elif job.phase is Phase.PROCESSING:
                self._advance_run(job, now)

    def _advance_analysis(self, job: J, now: float) -> None:
        if job.analysis is None and not self.options.render:
            job.analysis = self.quick_analysis(job)
        if job.analysis is not None:
            at = max(job.analysis_ends, job.analysis.ready)
            if now >= at:
                self.analysed(job, job.analysis, at)

    def _advance_run(self, job: J, now: float) -> None:
        run = job.runs[-1]
        assert job.analysis is not None
        self.watch(job, now)
        if not self.options.render:
            run.opened = run.closed = True
            for plan in job.analysis.plans:
                if plan.id in run.starts and plan.id not in run.dropped and run.due(plan.id) <= now:
                    self.settle(job, plan, run.due(plan.id), good=plan.id not in run.doomed)
        if any(True for _ in run.open_tiles()) or not run.closed:
            return
        end = max([settled.at for settled in run.settled.values()], default=max(run.begins, job.created))
        if run.dropped:
            end = max(end, job.changed(now))
        if now >= end:
            self.finished(job, run, end + self.processing_lag())

    def break_off(self, job: J, now: float) -> None:
        """No tile that is not in flight runs any more; those that are end soon."""
        run = job.runs[-1]
        flying = run.claimed if self.options.render else {t for t in run.order if run.starts[t] <= now}
        run.dropped = frozenset(tile for tile in run.open_tiles() if tile not in flying)
        run.opened = True
        run.hurry(now + self.processing_lag())

    def watch(self, job: J, at: float) -> None:
        """Look, while it is processed, whether something stands against going on."""

    def settle(
        self, job: J, plan: Plan, at: float, *, good: bool, cost: float | None = None, note: str = ""
    ) -> None:
        """A tile of the last run has ended. ``cost`` in PU, by default the tile's own."""
        run = job.runs[-1]
        if plan.id in run.settled:
            return
        if cost is None:
            total = len(job.analysis.plans) if job.analysis else 1
            cost = self.tile_cost(job, plan) if job.cost is None else job.cost / total
        status = "PROCESSED" if good else "FAILED"
        run.settled[plan.id] = Settled(at, status, float(cost) if good else 0.0, note)

    def tile_cost(self, job: J, plan: Plan) -> float:
        """What a tile is said to cost, PU."""
        return self.pixels.tile_cost(job.request, plan)


def _lag(seconds: float) -> float:
    return min(1.0, 0.1 * seconds)
