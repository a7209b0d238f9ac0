"""Which v1 requests write into a batch collection."""

from __future__ import annotations

from ..jobs.job import Job
from ..jobs.phases import Phase
from ..jobs.store import Store
from ..pixels import Plan

_IDLE = frozenset({Phase.FAILED, Phase.CANCELED})


def processed_tiles(store: Store[Job], collection_id: str) -> list[tuple[Job, Plan]]:
    """The tiles that requests have written into a collection, as far as these are up to date.

    Bringing them up to date would need the tiles again, where a request reads what it writes.
    """
    with store.lock:
        return [
            (job, plan)
            for job in store.present()
            if job.collection_id == collection_id
            for plan in (job.analysis.plans if job.analysis is not None else ())
            if job.tile_status(plan.id, store.now())[0] == "PROCESSED"
        ]


def in_use(store: Store[Job], collection_id: str) -> bool:
    """Whether any request other than FAILED or CANCELED ones is linked to a collection."""
    return any(job.collection_id == collection_id and job.phase not in _IDLE for job in store.jobs())
