"""Forcing a request into a state, for tests (``PUT /_sandbox/requests/{id}``)."""

from __future__ import annotations

from typing import Any

from ..jobs.job import Analysis, Job
from ..jobs.phases import Phase
from ..jobs.runs import Run, Settled, pick_doomed
from ..settings import natural
from ..wire import Json, bad
from .life import TOO_MANY_FAILED, LifeV1

_ANALYSED = {Phase.ANALYSIS_DONE, Phase.PROCESSING, Phase.DONE, Phase.PARTIAL, Phase.FAILED}
MEMBERS = {"status", "expire", "fail_tiles", "cost", "error", "value_estimate", "hidden_seconds"}


def force(life: LifeV1, job: Job, wish: Json) -> None:
    """Change a request behind everybody's back.

    Args:
        life: what time makes of requests.
        job: the request, up to date; the store's lock is held.
        wish: ``status`` (any state), ``expire`` (true: gone), ``fail_tiles`` (fraction, or a list of tile
            ids or names: they fail in the current or next run), ``cost`` (PU of all tiles together, before
            the discount), ``value_estimate`` (PU), ``error`` (text), ``hidden_seconds`` (nobody finds it for
            so long, while it goes on; 0 shows it again).

    Raises:
        ApiError: 400 for an unknown member or status.
    """
    unknown = set(wish) - MEMBERS
    if unknown:
        raise bad(min(unknown), f"Unknown member; known: {', '.join(sorted(MEMBERS))}.")
    now = life.options.clock()
    if wish.get("expire"):
        job.deleted = now
        return
    if "hidden_seconds" in wish:
        job.hidden_until = now + natural(wish["hidden_seconds"], "hidden_seconds")
    if "cost" in wish:
        _set_cost(job, float(wish["cost"]))
    if "fail_tiles" in wish:
        _doom(job, wish["fail_tiles"])
    if "status" in wish:
        if wish["status"] not in Phase.__members__:
            raise bad("status", f"Must be one of {', '.join(Phase.__members__)}.")
        _enter(life, job, Phase(wish["status"]), now, wish.get("error"))
    elif "error" in wish:
        job.record(now, error=wish["error"])
    if "value_estimate" in wish:
        job.record(now, valueEstimate=float(wish["value_estimate"]))


def _set_cost(job: Job, cost: float) -> None:
    job.cost = cost
    total = len(job.analysis.plans) if job.analysis else 1
    for run in job.runs:
        for tile, settled in run.settled.items():
            if settled.status == "PROCESSED":
                run.settled[tile] = Settled(settled.at, settled.status, cost / total)


def _doom(job: Job, wish: Any) -> None:
    plans = job.analysis.plans if job.analysis else ()
    running = job.runs[-1] if job.phase is Phase.PROCESSING else None
    if isinstance(wish, list):
        named = {str(item) for item in wish}
        doomed = frozenset(plan.id for plan in plans if {str(plan.id), plan.name} & named)
    elif running is not None:
        doomed = pick_doomed(running.order, float(wish), job.id)
    else:
        job.doom = float(wish)
        return
    if running is not None:
        running.doomed = doomed
    else:
        job.doom = doomed


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
