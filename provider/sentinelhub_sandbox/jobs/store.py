"""All requests of one generation of the API, and what readers see of them."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

from ..accounts import Caller
from ..settings import LiveOptions
from ..wire import Json
from .job import Job
from .life import Life
from .phases import Phase
from .refusals import not_found

J = TypeVar("J", bound=Job)
_UNDER_WAY = frozenset({Phase.ANALYSING, Phase.PROCESSING})


class Store(Generic[J]):
    """Holds requests; brings them up to date whenever it is asked for any.

    Args:
        live: the clock, staleness.
        life: what time makes of a request.
    """

    def __init__(self, live: LiveOptions, life: Life[J]) -> None:
        self._live = live
        self._life = life
        self.lock = threading.RLock()
        self._jobs: dict[str, J] = {}
        self.made = 0

    def now(self) -> float:
        """The sandbox's time, epoch seconds."""
        return self._live.now.clock()

    def read_time(self) -> float:
        """The moment whose state readers see, epoch seconds."""
        return self.now() - self._live.now.stale_reads_seconds

    def reset(self) -> None:
        """Forget all requests."""
        with self.lock:
            self._jobs.clear()

    def add(self, job: J) -> None:
        """A new request."""
        with self.lock:
            self.made += 1
            self._jobs[job.id] = job

    def holds(self, job: J) -> bool:
        """Whether a request still exists."""
        return self._jobs.get(job.id) is job and job.deleted is None

    def present(self) -> list[J]:
        """All requests of all accounts that exist, as they were when they were last brought up to date."""
        with self.lock:
            return [job for job in self._jobs.values() if job.deleted is None]

    def jobs(self) -> list[J]:
        """All requests of all accounts that exist, brought up to date."""
        with self.lock:
            return self._up_to_date(self.present())

    def under_way(self) -> list[J]:
        """Those that are analysed or processed, brought up to date: what time alone makes work of."""
        with self.lock:
            return self._up_to_date([job for job in self.present() if job.phase in _UNDER_WAY])

    def _up_to_date(self, jobs: list[J]) -> list[J]:
        now = self.now()
        for job in jobs:
            self._life.advance(job, now)
        return jobs

    def views(self, caller: Caller) -> list[Json]:
        """All requests of an account as a reader sees them, oldest first."""
        return [view for _, view in self.listed(caller)]

    def listed(self, caller: Caller) -> list[tuple[J, Json]]:
        """All requests of an account, each with what a reader sees of it, oldest first."""
        with self.lock:
            self.jobs()
            at = self.read_time()
            seen = [(job, job.view(at)) for job in self._jobs.values() if self._shown(job, caller)]
            return [(job, view) for job, view in seen if view is not None]

    def view(self, caller: Caller, request_id: str) -> Json:
        """A request as a reader sees it. Raises ApiError (404)."""
        return self.seen(caller, request_id)[1]

    def seen(self, caller: Caller, request_id: str) -> tuple[J, Json]:
        """A request, and what a reader sees of it. Raises ApiError (404)."""
        with self.lock:
            job = self._jobs.get(request_id)
            if job is not None:
                self._life.advance(job, self.now())
                view = job.view(self.read_time()) if self._shown(job, caller) else None
                if view is not None:
                    return job, view
            raise not_found("batch request", request_id)

    def _shown(self, job: J, caller: Caller) -> bool:
        return job.owner.account == caller.account and self.now() >= job.hidden_until

    def find(self, caller: Caller, request_id: str) -> J:
        """The request itself, up to date. Raises ApiError (404), also while readers do not see it."""
        with self.lock:
            job, _ = self.seen(caller, request_id)
            if job.deleted is not None:
                raise not_found("batch request", request_id)
            return job
