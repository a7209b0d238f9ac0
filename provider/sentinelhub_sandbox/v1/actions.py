"""What users do to v1 requests: create, analyse, start, cancel, restart, update, delete."""

from __future__ import annotations

import uuid

from ..accounts import Caller
from ..jobs.job import Job
from ..jobs.phases import Phase
from ..jobs.refusals import illegal
from ..jobs.store import Store
from ..wire import ApiError, Json, bad, timestamp
from .collections import Collections
from .life import LifeV1
from .output_checks import check_file_count

ONLY_PARTIAL = "Only requests with status PARTIAL can be restarted."
FINAL = frozenset({Phase.DONE, Phase.PARTIAL, Phase.FAILED, Phase.CANCELED})


class Actions:
    """The user actions on v1 requests.

    Args:
        store: the requests.
        life: what comes of an action.
        collections: which requests may be linked to.
    """

    def __init__(self, store: Store[Job], life: LifeV1, collections: Collections) -> None:
        self._store = store
        self._life = life
        self._pixels = life.pixels
        self._collections = collections

    def create(self, owner: Caller, request: Json) -> Json:
        """Make a request from a checked, normalised payload; the answer to POST.

        Raises ApiError (400) for an area without tiles, or with too many.
        """
        store = self._store
        with store.lock:
            now = store.now()
            tiles = self._estimated_tiles(request)
            check_file_count(request, tiles)
            job = Job(str(uuid.uuid4()), request, created=now, ordinal=store.made, owner=owner)
            grid = request["tilingGrid"]
            properties = next(g["properties"] for g in self._pixels.grids() if g["id"] == grid["id"])
            job.record(
                now,
                id=job.id,
                userId=owner.user,
                accountId=owner.account,
                created=timestamp(now),
                **request,
                tileCount=tiles,
                tileWidthPx=round(properties["tileWidth"] / grid["resolution"]),
                tileHeightPx=round(properties["tileHeight"] / grid["resolution"]),
            )
            job.act(now, "NONE")
            job.enter(Phase.CREATED, now)
            store.add(job)
            view = job.view(now)
            assert view is not None
            return view

    def _estimated_tiles(self, request: Json) -> int:
        try:
            return self._pixels.estimate_tile_count(request)
        except Exception as error:  # whatever is wrong with the area is the request's fault
            raise bad("processRequest->input->bounds", str(error)) from error

    def analyse(self, caller: Caller, request_id: str) -> None:
        """ANALYSE. Raises ApiError: 404, or 400 unless it is CREATED and nothing was asked for."""
        with self._store.lock:
            job, now = self._store.find(caller, request_id), self._store.now()
            if job.phase is not Phase.CREATED or job.action != "NONE":
                raise self._illegal(job, "ANALYSE")
            job.act(now, "ANALYSE")
            self._life.begin_analysis(job, now)

    def start(self, caller: Caller, request_id: str) -> None:
        """START, through the analysis where there was none. Raises ApiError: 404, or 400 if run before."""
        with self._store.lock:
            job, now = self._store.find(caller, request_id), self._store.now()
            startable = {Phase.CREATED, Phase.ANALYSING, Phase.ANALYSIS_DONE}
            if job.phase not in startable or job.action not in {"NONE", "ANALYSE"}:
                raise self._illegal(job, "START")
            job.act(now, "START")
            if job.phase is Phase.CREATED:
                self._life.begin_analysis(job, now)
            elif job.phase is Phase.ANALYSIS_DONE:
                self._life.begin_run(job, now)

    def cancel(self, caller: Caller, request_id: str) -> None:
        """CANCEL, at any time; without effect on what has ended. Raises ApiError (404)."""
        with self._store.lock:
            job, now = self._store.find(caller, request_id), self._store.now()
            if job.phase in FINAL or job.action == "CANCEL":
                return
            job.act(now, "CANCEL")
            if job.phase is Phase.PROCESSING:
                self._life.break_off(job, now)
            elif job.phase in {Phase.CREATED, Phase.ANALYSIS_DONE}:
                job.enter(Phase.CANCELED, now + self._life.analysis_lag())

    def restart_partial(self, caller: Caller, request_id: str) -> None:
        """Process the FAILED tiles again; they succeed. Raises ApiError: 404, or 400 unless it is PARTIAL."""
        with self._store.lock:
            job, now = self._store.find(caller, request_id), self._store.now()
            if job.phase is not Phase.PARTIAL:
                raise ApiError(400, ONLY_PARTIAL)
            job.act(now, "START")  # the contract knows no action of its own for a restart
            self._life.begin_run(job, now)

    def update(self, caller: Caller, request_id: str, changes: Json) -> Json:
        """PUT: the new view. Raises ApiError: 404, 409 if processed or waiting for it, 400 for a bad link."""
        with self._store.lock:
            job, now = self._store.find(caller, request_id), self._store.now()
            waiting = job.action in {"START", "CANCEL"} and job.phase not in FINAL
            if job.phase is Phase.PROCESSING or waiting:
                raise ApiError(409, "Batch request is being processed or waiting to be processed.")
            updated = dict(job.request)
            if "description" in changes:
                updated["description"] = changes["description"]
            if "output" in changes:
                updated["output"] = self._relinked(job, changes["output"].get("collectionId"))
            job.request = {key: value for key, value in updated.items() if value is not None}
            job.record(now, **{key: updated.get(key) for key in ("description", "output")})
            view = job.view(now)
            assert view is not None
            return view

    def _relinked(self, job: Job, collection_id: str | None) -> Json | None:
        """The request's `output` with another collection, or none. Raises ApiError (400)."""
        output = dict(job.request.get("output") or {})
        output.pop("collectionId", None)
        if collection_id is not None:
            if not output.get("cogOutput"):
                raise bad("output->collectionId", "Only requests with COG output can be linked.")
            bands = job.analysis.bands if job.analysis is not None else {}
            self._collections.link(job.owner.account, collection_id, job.request, bands)
            output["collectionId"] = collection_id
        return output or None

    def delete(self, caller: Caller, request_id: str) -> None:
        """DELETE. Raises ApiError: 404, or 409 when it is active, confirmed or has processed tiles."""
        with self._store.lock:
            job = self._store.find(caller, request_id)
            pending = job.phase is Phase.CREATED and job.action != "NONE"
            if job.phase in {Phase.ANALYSING, Phase.PROCESSING} or pending:
                raise ApiError(409, "Batch request must be canceled before it can be deleted.")
            if job.count("PROCESSED"):
                raise ApiError(409, "Batch request with processed tiles cannot be deleted.")
            job.deleted = self._store.now()

    def _illegal(self, job: Job, action: str) -> ApiError:
        seen = job.view(self._store.now()) or {}
        return illegal(job.action, action, seen.get("status"))
