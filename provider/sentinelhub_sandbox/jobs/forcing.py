"""Forcing a request, for tests: what both generations have in common (``PUT /_sandbox/requests/{id}``)."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from ..settings import natural
from ..wire import Json, bad
from .job import Job
from .phases import Phase
from .runs import pick_doomed

COMMON = frozenset({"status", "expire", "fail_tiles", "cost", "error", "hidden_seconds"})


def force_common(
    job: Job, wish: Json, now: float, members: AbstractSet[str], phases: AbstractSet[Phase]
) -> Phase | None:
    """Change a request behind everybody's back, apart from its state.

    Args:
        job: the request, up to date; the store's lock is held.
        wish: ``expire`` (true: gone), ``fail_tiles`` (fraction, or a list of tile ids or names: they fail in
            the current or next run), ``cost`` (PU of all tiles together), ``hidden_seconds`` (nobody finds it
            for so long, while it goes on; 0 shows it again), ``error`` (text), ``status``.
        now: epoch seconds.
        members: all members that a wish may have.
        phases: all states that it may name.

    Returns:
        The state that is asked for.

    Raises:
        ApiError: 400 for an unknown member or status.
    """
    if unknown := set(wish) - members:
        raise bad(min(unknown), f"Unknown member; known: {', '.join(sorted(members))}.")
    status = wish.get("status")
    words = [phase.value for phase in Phase if phase in phases]
    if "status" in wish and status not in words:
        raise bad("status", f"Must be one of {', '.join(words)}.")
    if wish.get("expire"):
        job.deleted = now
        return None
    if "hidden_seconds" in wish:
        job.hidden_until = now + natural(wish["hidden_seconds"], "hidden_seconds")
    if "cost" in wish:
        _set_cost(job, float(wish["cost"]))
    if "fail_tiles" in wish:
        _doom(job, wish["fail_tiles"])
    if "error" in wish and status is None:
        job.record(now, error=wish["error"])
    return None if status is None else Phase(status)


def _set_cost(job: Job, cost: float) -> None:
    job.cost = cost
    total = len(job.analysis.plans) if job.analysis else 1
    for run in job.runs:
        for tile, settled in run.settled.items():
            if settled.status == "PROCESSED":
                run.settled[tile] = replace(settled, cost=cost / total)


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
