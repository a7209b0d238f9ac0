"""Forcing a v2 task into a state, for tests (``PUT /_sandbox/requests/{id}``)."""

from __future__ import annotations

from ..jobs.forcing import COMMON, force_common
from ..jobs.job import Analysis
from ..jobs.phases import V2_PHASES, Phase
from ..wire import Json, bad
from .job import REASONS, USER_ACTION, JobV2
from .life import LifeV2

MEMBERS = COMMON | {"reason"}
_ACTIONS = {
    Phase.CREATED: "NONE",
    Phase.ANALYSING: "ANALYSE",
    Phase.ANALYSIS_DONE: "ANALYSE",
    Phase.PROCESSING: "START",
    Phase.DONE: "START",
    Phase.FAILED: "ANALYSE",
}


def force(life: LifeV2, job: JobV2, wish: Json) -> None:
    """Change a task behind everybody's back.

    Args:
        life: what time makes of tasks.
        job: the task, up to date; the store's lock is held.
        wish: as for ``force_common`` (``cost`` as billed, that is ``costPU``), and with the status STOPPED a
            ``reason``: USER_ACTION (without one), OUT_OF_PU or UNHEALTHY.

    Raises:
        ApiError: 400 for an unknown member, status or reason.
    """
    reason = wish.get("reason", USER_ACTION)
    if reason not in REASONS or ("reason" in wish and wish.get("status") != Phase.STOPPED.value):
        raise bad("reason", f"Must be one of {', '.join(REASONS)}, with the status STOPPED.")
    now = life.options.clock()
    phase = force_common(job, wish, now, MEMBERS, V2_PHASES)
    if job.deleted is not None or phase is None:
        return
    _analyse(life, job, phase, now)
    if phase is Phase.STOPPED:
        _stop(life, job, reason, wish.get("error"))
    else:
        _enter(life, job, phase, wish.get("error"))


def _analyse(life: LifeV2, job: JobV2, phase: Phase, now: float) -> None:
    """What a state implies about the analysis: none yet, or one that has gone well."""
    if phase in {Phase.CREATED, Phase.ANALYSING}:
        job.forget_results()
        job.analysis_ends = now + life.options.analysis_seconds
    elif job.analysis is None:
        quick = life.quick_analysis(job)
        job.analysis = Analysis(ready=now, plans=quick.plans, bands=quick.bands)


def _stop(life: LifeV2, job: JobV2, reason: str, error: str | None) -> None:
    job.stopped = life.options.clock()
    _act(job, "STOP" if reason == USER_ACTION else "START", job.stopped)
    if job.runs:
        job.runs[-1].dropped = frozenset(job.runs[-1].open_tiles())
    life.stop(job, job.stopped, reason, error)


def _enter(life: LifeV2, job: JobV2, phase: Phase, error: str | None) -> None:
    now = life.options.clock()
    _act(job, _ACTIONS[phase], now)
    job.stop_reason = None
    job.record(now, stoppedStatusReason=None)
    if phase is Phase.PROCESSING:
        if job.phase is not Phase.PROCESSING:  # else it goes on with the features that it has
            life.begin_run(job, now, lag=0.0)
        return
    if phase is Phase.DONE:
        _finish(life, job, now)
    if phase is Phase.FAILED:
        error = error or "The analysis has failed."
    job.enter(phase, now, error=error)


def _act(job: JobV2, action: str, now: float) -> None:
    if job.action != action:
        job.act(now, action)


def _finish(life: LifeV2, job: JobV2, now: float) -> None:
    """Let all features that have not ended end well; no files are written."""
    assert job.analysis is not None
    if job.phase is not Phase.PROCESSING:
        life.begin_run(job, now, lag=0.0)
    run = job.runs[-1]
    run.opened = run.closed = True
    run.dropped = frozenset()
    for plan in job.analysis.plans:
        if plan.id in run.starts:
            life.settle(job, plan, now, good=plan.id not in run.doomed)
    job.stop_reason = None
