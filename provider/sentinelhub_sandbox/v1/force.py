"""Forcing a v1 request into a state, for tests (``PUT /_sandbox/requests/{id}``)."""

from __future__ import annotations

from ..jobs.forcing import COMMON, force_common
from ..jobs.job import Analysis, Job
from ..jobs.phases import V1_PHASES, Phase
from ..jobs.runs import Run, Settled
from ..wire import Json
from .life import TOO_MANY_FAILED, LifeV1

_ANALYSED = {Phase.ANALYSIS_DONE, Phase.PROCESSING, Phase.DONE, Phase.PARTIAL, Phase.FAILED}
MEMBERS = COMMON | {"value_estimate"}


def force(life: LifeV1, job: Job, wish: Json) -> None:
    """Change a request behind everybody's back.

    Args:
        life: what time makes of requests.
        job: the request, up to date; the store's lock is held.
        wish: as for ``force_common`` (``cost`` before the discount), and ``value_estimate`` (PU).

    Raises:
        ApiError: 400 for an unknown member or status.
    """
    now = life.options.clock()
    phase = force_common(job, wish, now, MEMBERS, V1_PHASES)
    if job.deleted is None and phase is not None:
        _enter(life, job, phase, now, wish.get("error"))
    if job.deleted is None and "value_estimate" in wish:
        job.record(now, valueEstimate=float(wish["value_estimate"]))


def _enter(life: LifeV1, job: Job, phase: Phase, now: float, error: str | None) -> None:
    if job.analysis is None and phase in _ANALYSED:
        quick = life.quick_analysis(job)
        job.analysis = Analysis(ready=now, plans=quick.plans, estimate=quick.estimate)
        job.record(now, tileCount=len(quick.plans), valueEstimate=float(quick.estimate))
    if phase is Phase.CREATED:
        job.act(now, "NONE")
        job.analysis, job.runs = None, []
        job.analysing = False
        job.record(now, valueEstimate=None)
    elif phase is Phase.ANALYSING:
        job.act(now, "ANALYSE")
        job.analysis, job.analysing = None, False
        job.analysis_ends = now + life.options.analysis_seconds
    elif phase is Phase.ANALYSIS_DONE:
        job.act(now, "ANALYSE")
    elif phase is Phase.CANCELED:
        job.act(now, "CANCEL")
        if job.runs:
            job.runs[-1].dropped = frozenset(job.runs[-1].open_tiles())
    else:
        job.act(now, "START")
    if phase is Phase.PROCESSING:
        if job.phase is not Phase.PROCESSING:  # else it goes on with the tiles that it has
            life.begin_run(job, now, lag=0.0)
        return
    if phase in {Phase.DONE, Phase.PARTIAL, Phase.FAILED}:
        _settle_all(life, job, phase, now)
        error = error or (None if phase is Phase.DONE else TOO_MANY_FAILED)
    job.enter(phase, now, error=error)


def _settle_all(life: LifeV1, job: Job, phase: Phase, now: float) -> None:
    """Give the tiles the ends that the state implies; no files are written."""
    assert job.analysis is not None
    order = tuple(plan.id for plan in job.analysis.plans)
    failed = {
        Phase.DONE: frozenset[int](),
        Phase.FAILED: frozenset(order),
        Phase.PARTIAL: frozenset(order[:1]),
    }[phase]
    run = Run(begins=now, step=0.0, order=order, doomed=failed, opened=True, closed=True)
    for plan in job.analysis.plans:
        cost = life.pixels.tile_cost(job.request, plan) if job.cost is None else job.cost / len(order)
        good = plan.id not in failed
        run.settled[plan.id] = Settled(now, "PROCESSED" if good else "FAILED", float(cost) if good else 0.0)
    job.runs.append(run)
