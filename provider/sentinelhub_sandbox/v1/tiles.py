"""The tiles of a v1 request as readers see them [OpenAPI: BatchTile]."""

from __future__ import annotations

from ..accounts import Caller
from ..jobs.job import Job
from ..jobs.store import Store
from ..pixels import Plan
from ..wire import Json


def tiles(store: Store[Job], caller: Caller, request_id: str) -> list[Json] | None:
    """A request's tiles as a reader sees them; ``None`` before analysis. Raises ApiError (404)."""
    with store.lock:
        job, _ = store.seen(caller, request_id)
        at = store.read_time()
        if job.analysis is None or not job.analysis.plans or at < job.analysis.ready:
            return None
        return [_tile(job, plan, at) for plan in job.analysis.plans]


def _tile(job: Job, plan: Plan, at: float) -> Json:
    status, cost = job.tile_status(plan.id, at)
    code = plan.crs.rpartition(":")[2]
    tile: Json = {
        "id": plan.id,
        "requestId": job.id,
        "name": plan.name,
        "geometry": plan.geometry,
        "origin": {
            "type": "Point",
            "coordinates": [float(value) for value in plan.origin],
            "crs": {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{code}"}},
        },
        "status": status,
    }
    if cost is not None:
        tile["cost"] = cost
    return tile
