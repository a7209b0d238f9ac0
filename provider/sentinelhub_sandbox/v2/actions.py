"""What users do to v2 tasks: create, analyse, start, stop, update."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from ..accounts import Caller
from ..jobs.phases import Phase
from ..jobs.refusals import illegal
from ..jobs.store import Store
from ..wire import ApiError, Json, bad, timestamp
from .checks import GRID
from .echo import masked
from .job import OUT_OF_PU, USER_ACTION, JobV2
from .life import LifeV2
from .pixel_request import pixel_request
from .purse import Purse

_ENDED = frozenset({Phase.DONE, Phase.FAILED, Phase.STOPPED})
_STOPPABLE = frozenset({"ANALYSING", "ANALYSIS_DONE", "PROCESSING"})


class ActionsV2:
    """The user actions on v2 tasks.

    Args:
        store: the tasks.
        life: what comes of an action.
        purse: what accounts have left.
        announce: writes the copy of a new task's request.
    """

    def __init__(
        self, store: Store[JobV2], life: LifeV2, purse: Purse, announce: Callable[[JobV2], None]
    ) -> None:
        self._store = store
        self._life = life
        self._purse = purse
        self._announce = announce

    def create(self, owner: Caller, order: Json) -> Json:
        """Make a task from a checked, normalised payload; the answer to POST.

        Raises ApiError: 400 for an area without tiles, 403 for too few PU.
        """
        store = self._store
        self._purse.check(owner.account)
        request = pixel_request(order)
        if order["input"]["type"] == GRID:
            try:
                self._life.pixels.estimate_tile_count(request)
            except Exception as error:  # whatever is wrong with the area is the request's fault
                raise bad("processRequest->input->bounds", str(error)) from error
        with store.lock:
            now = store.now()
            job = JobV2(str(uuid.uuid4()), request, created=now, ordinal=store.made, owner=owner, order=order)
            job.record(
                now,
                id=job.id,
                request=masked(order),
                domainAccountId=owner.account,
                projectId=owner.account,
                created=timestamp(now),
            )
            job.act(now, "NONE")
            job.enter(Phase.CREATED, now)
            store.add(job)
            view = job.view(now)
        self._announce(job)
        assert view is not None
        return view

    def analyse(self, caller: Caller, task_id: str) -> None:
        """ANALYSE. Raises ApiError: 404, 403 for too few PU, 400 unless CREATED and nothing was asked for."""
        with self._store.lock:
            job, now = self._store.find(caller, task_id), self._store.now()
            if job.phase is not Phase.CREATED or job.action != "NONE":
                raise self._illegal(job, "ANALYSE")
            self._purse.check(job.owner.account)
            job.act(now, "ANALYSE")
            self._life.begin_analysis(job, now)

    def start(self, caller: Caller, task_id: str) -> None:
        """START, through the analysis where there was none, or again after a stop.

        Raises ApiError: 404, 403 for too few PU, 400 when it runs or has ended, or was stopped lately.
        """
        with self._store.lock:
            job, now = self._store.find(caller, task_id), self._store.now()
            if job.phase is Phase.STOPPED:
                self._check_restart(job, now)
            elif job.phase in _ENDED | {Phase.PROCESSING} or job.action not in {"NONE", "ANALYSE"}:
                raise self._illegal(job, "START")
            self._purse.check(job.owner.account)
            job.act(now, "START")
            if job.phase is Phase.CREATED:
                self._life.begin_analysis(job, now)
            elif job.phase is Phase.ANALYSIS_DONE:
                self._life.begin_run(job, now)
            elif job.phase is Phase.STOPPED:
                self._life.restart(job, now)

    def _check_restart(self, job: JobV2, now: float) -> None:
        """[v2 docs: stop; Batch Statistical] Status and words of the refusal are not documented."""
        options = self._life.options
        minutes = {
            USER_ACTION: options.restart_minutes,
            OUT_OF_PU: options.restart_minutes_out_of_pu,
        }.get(job.stop_reason or "", 0.0)
        left = job.stopped + 60 * minutes - now
        if self._status(job) != Phase.STOPPED or left > 0:
            refused = self._illegal(job, "START")
            raise ApiError(400, f"{refused.message}: a restart is not allowed for {minutes:g} minutes")

    def stop(self, caller: Caller, task_id: str) -> None:
        """STOP: what is in flight ends, what is written stays.

        Raises ApiError: 404, or 400 unless it is seen to be analysed or processed, or is being stopped.
        """
        with self._store.lock:
            job, now = self._store.find(caller, task_id), self._store.now()
            if self._status(job) not in _STOPPABLE or job.action == "STOP" or job.phase in _ENDED:
                raise self._illegal(job, "STOP")
            job.act(now, "STOP")
            job.stopped = now
            if job.phase is Phase.PROCESSING:
                job.stop_reason = USER_ACTION
                self._life.break_off(job, now)
            elif job.phase is Phase.ANALYSIS_DONE:
                self._life.stop(job, now + self._life.analysis_lag(), USER_ACTION)

    def update(self, caller: Caller, task_id: str, description: str | None) -> Json:
        """PUT: the new request, keys masked.

        Raises ApiError: 404, or 409 when it is processed or waits for it.
        """
        with self._store.lock:
            job, now = self._store.find(caller, task_id), self._store.now()
            waiting = job.action in {"START", "STOP"} and job.phase not in _ENDED
            if job.phase is Phase.PROCESSING or waiting:
                raise ApiError(409, "Batch request is being processed or waiting to be processed.")
            if description is not None:
                job.order = {**job.order, "description": description}
                job.record(now, request=masked(job.order))
            return dict(masked(job.order))

    def _status(self, job: JobV2) -> str:
        """The status that a fresh reader sees, which lags behind the truth."""
        return str((job.view(self._store.now()) or {}).get("status"))

    def _illegal(self, job: JobV2, action: str) -> ApiError:
        return illegal(job.action, action, self._status(job))
