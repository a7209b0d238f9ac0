"""One reader of request states for all that wait in the process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from ..errors import (
    AnswerLost,
    BadAnswer,
    BadRequest,
    Forbidden,
    Interrupted,
    NotFound,
    RateLimited,
    ServiceError,
    Unreachable,
)
from ..waiting.clock import Clock
from ..waiting.polling import PollSchedule
from .models import BatchRequestInfo
from .service import BatchService

#: From this many requests on, one list is asked for instead of each request.
LIST_FROM = 3
#: Requests taken from a list before those not found are asked for one by one.
LIST_MOST = 500
#: Failures in a row that are waited out; each of them has been repeated by the client already.
TOLERATED = 5
#: Seconds of failing after which the next failure is the last; one call alone may be repeated for as long.
TOLERATED_SECONDS = 600.0
#: What was asked for within so many seconds is still being waited for: no pause between looks is as long.
WATCHED_SECONDS = 150.0
_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 60.0
#: Seconds between two looks at a request that a 404 says is gone.
_SECOND_LOOK = 5.0
#: Seconds between two looks at ``cancel`` while another thread asks.
_SLICE = 0.2

#: Ids that a failure names.
_NAMED = 5
_PASSING = (Unreachable, RateLimited, BadAnswer, AnswerLost)


@dataclass(frozen=True)
class _Seen:
    found: BatchRequestInfo | NotFound
    at: float

    @property
    def is_over(self) -> bool:
        return isinstance(self.found, NotFound) or self.found.is_final


class StatusBoard:
    """Reads the states of batch requests; one thread asks at a time, for itself and for all others that wait.

    Args:
        connect: gives the batch service; what that is bound to (cancel, deadline) holds for all readers.
        clock: time and sleeping.
        cancel: ends the waits of readers.
    """

    def __init__(
        self, connect: Callable[[], BatchService], clock: Clock, cancel: threading.Event | None = None
    ) -> None:
        self._connect = connect
        self._clock = clock
        self._cancel = cancel
        self._changed = threading.Condition()
        self._asking = False
        self._asked: dict[str, float] = {}
        self._seen: dict[str, _Seen] = {}
        self._failures = 0
        self._pauses = PollSchedule(clock, first=_FIRST_PAUSE, most=_LONGEST_PAUSE)

    def read(self, ids: Sequence[str], max_age: float) -> Mapping[str, BatchRequestInfo | NotFound]:
        """The state of each request, at most ``max_age`` seconds old; NotFound is a state, not raised.

        Args:
            ids: batch requests.
            max_age: seconds; 0 means as of a call that begins now.

        Raises:
            ServiceError: the service refused, or failed several times in a row.
            Interrupted: cancelled.
        """
        since = self._clock.monotonic() - max_age
        while True:
            found = self._await_turn(ids, since)
            if found is not None:
                return found
            self._ask(ids, since)

    def _await_turn(self, ids: Sequence[str], since: float) -> dict[str, BatchRequestInfo | NotFound] | None:
        """The states, or None when it is this thread's turn to ask."""
        with self._changed:
            self._asked.update(dict.fromkeys(ids, self._clock.monotonic()))
            while any(self._is_stale(id, since) for id in ids):
                if self._cancel is not None and self._cancel.is_set():
                    raise Interrupted("interrupted while reading batch requests", subject=", ".join(ids))
                if not self._asking:
                    self._asking = True
                    return None
                self._changed.wait(_SLICE)
            return {id: self._seen[id].found for id in ids}

    def _is_stale(self, id: str, since: float) -> bool:
        return id not in self._seen or self._seen[id].at < since

    def _ask(self, ids: Sequence[str], since: float) -> None:
        """Ask for ``ids`` and for what others wait for, as far as it is older than ``since``."""
        try:
            at = self._clock.monotonic()
            with self._changed:
                self._forget(at - WATCHED_SECONDS)
                others = [id for id in self._asked if id not in self._seen or not self._seen[id].is_over]
                wanted = [id for id in dict.fromkeys([*ids, *others]) if self._is_stale(id, since)]
            found, at = self._tolerantly(wanted)
            with self._changed:
                self._seen.update({id: _Seen(state, at) for id, state in found.items()})
        finally:
            with self._changed:
                self._asking = False
                self._changed.notify_all()

    def _forget(self, before: float) -> None:
        self._asked = {id: at for id, at in self._asked.items() if at >= before}
        self._seen = {id: seen for id, seen in self._seen.items() if id in self._asked}

    def _tolerantly(self, ids: Sequence[str]) -> tuple[dict[str, BatchRequestInfo | NotFound], float]:
        """The states, and the time of which they are."""
        begun = self._clock.monotonic()
        while True:
            at = self._clock.monotonic()
            try:
                found = self._fetch(ids)
            except _PASSING as failure:
                self._failures += 1
                if self._failures > TOLERATED or self._clock.monotonic() - begun >= TOLERATED_SECONDS:
                    raise _about(ids, failure)  # noqa: B904 - the failure itself
            except ServiceError as failure:
                raise _about(ids, failure)  # noqa: B904 - the failure itself
            else:
                self._failures = 0
                self._pauses.reset()
                return found, at
            if self._clock.sleep(self._pauses.next_pause(), self._cancel):
                raise Interrupted("interrupted while the service fails", subject=", ".join(ids))

    def _fetch(self, ids: Sequence[str]) -> dict[str, BatchRequestInfo | NotFound]:
        service = self._connect()
        found: dict[str, BatchRequestInfo | NotFound] = {}
        if len(ids) >= LIST_FROM:
            found.update(_listed(service, set(ids)))
        for id in ids:
            if id not in found:
                found[id] = _read(service, id)
        return found | self._second_look(service, [id for id in ids if isinstance(found[id], NotFound)])

    def _second_look(
        self, service: BatchService, missing: Sequence[str]
    ) -> dict[str, BatchRequestInfo | NotFound]:
        """One 404 is not believed: a running job that were taken for gone would be lost."""
        known = [id for id in missing if id in self._seen and isinstance(self._seen[id].found, NotFound)]
        news = [id for id in missing if id not in known]
        if news and self._clock.sleep(_SECOND_LOOK, self._cancel):
            raise Interrupted("interrupted while looking a second time for", subject=", ".join(news))
        return {id: _read(service, id) for id in news}


def _about(ids: Sequence[str], failure: ServiceError) -> ServiceError:
    """The failure of a list, which is about no request by itself, says whose state could not be read."""
    if failure.subject is None:
        more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
        failure.subject = ", ".join(ids[:_NAMED]) + more
    return failure


def _read(service: BatchService, id: str) -> BatchRequestInfo | NotFound:
    try:
        return service.get_request(id)
    except NotFound as missing:
        return missing


def _listed(service: BatchService, ids: set[str]) -> dict[str, BatchRequestInfo]:
    """Those of ``ids`` that are among the newest; what is waited for is seldom old."""
    found: dict[str, BatchRequestInfo] = {}
    try:
        for info in islice(service.list_requests(sort="created:desc"), LIST_MOST):
            if info.id in ids:
                found[info.id] = info
                if len(found) == len(ids):
                    break
    except (BadRequest, Forbidden, NotFound):
        pass  # an account may not be let list; each request can still be asked for
    return found
