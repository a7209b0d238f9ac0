"""One reader of request states for all that wait in the process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from ..errors import BadRequest, DeadlineExceeded, Forbidden, NotFound, ServiceError
from ..waiting.clock import Clock
from ..waiting.patience import Patience
from ..waiting.timely import await_change
from .api import BatchRequestInfo, BatchService

#: Gives the service that a request lives in, within the limits of one operation.
Connect = Callable[[str], BatchService]
#: From this many requests on, one list is asked for instead of each request.
LIST_FROM: Final = 3
#: Requests taken from a list, beside as many as are looked for, before the others are asked for one by one.
LIST_MOST: Final = 500
#: What was asked for within so many seconds is still being waited for: no pause between looks is as long.
WATCHED_SECONDS: Final = 150.0

State = BatchRequestInfo | ServiceError


@dataclass(frozen=True)
class _Seen:
    found: State
    at: float

    @property
    def is_over(self) -> bool:
        return isinstance(self.found, ServiceError) or self.found.is_final


class StatusBoard:
    """Reads the states of batch requests; one thread asks at a time, for itself and for all others that wait.

    A request that cannot be read holds up no other: its error is its state, and who asks decides what that
    means.

    Args:
        clock: time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._asking = False
        self._asked: dict[str, float] = {}
        self._seen: dict[str, _Seen] = {}

    def read(
        self,
        connect: Connect,
        ids: Sequence[str],
        max_age: float,
        patience: Patience,
    ) -> Mapping[str, State]:
        """The state of each request, at most ``max_age`` seconds old; an error is a state, not raised.

        Args:
            connect: gives the reader's own view of the service that a request lives in.
            ids: batch requests.
            max_age: seconds; 0 means as of a call that begins now.
            patience: the reader's.

        Raises:
            Interrupted: cancelled.
            DeadlineExceeded: the reader's deadline has passed.
        """
        since = self._clock.monotonic() - max_age
        while True:
            found = self._await_turn(ids, since, patience)
            if found is not None:
                return found
            self._ask(connect, ids, since)

    def _await_turn(self, ids: Sequence[str], since: float, patience: Patience) -> dict[str, State] | None:
        """The states, or None when it is this thread's turn to ask."""
        with self._changed:
            self._asked.update(dict.fromkeys(ids, self._clock.monotonic()))
            while any(self._is_stale(id, since) for id in ids):
                patience.check("read batch requests", ", ".join(ids))
                if not self._asking:
                    self._asking = True
                    return None
                await_change(self._changed, patience, "read batch requests", ", ".join(ids))
            return {id: self._seen[id].found for id in ids}

    def _is_stale(self, id: str, since: float) -> bool:
        return id not in self._seen or self._seen[id].at < since

    def _ask(self, connect: Connect, ids: Sequence[str], since: float) -> None:
        """Ask for ``ids`` and for what others wait for, as far as it is older than ``since``."""
        try:
            at = self._clock.monotonic()
            with self._changed:
                self._forget(at - WATCHED_SECONDS)
                others = [id for id in self._asked if id not in self._seen or not self._seen[id].is_over]
                wanted = [id for id in dict.fromkeys([*ids, *others]) if self._is_stale(id, since)]
            self._fetch(connect, wanted, at)
        except DeadlineExceeded as late:
            # A list is about no request by itself: say whose state could not be read.
            late.subject = late.subject or ", ".join(ids)
            raise
        finally:
            with self._changed:
                self._asking = False
                self._changed.notify_all()

    def _forget(self, before: float) -> None:
        self._asked = {id: at for id, at in self._asked.items() if at >= before}
        self._seen = {id: seen for id, seen in self._seen.items() if id in self._asked}

    def _fetch(self, connect: Connect, ids: Sequence[str], at: float) -> None:
        """Read them all, by a list where they are many; each is there for others as soon as it is read."""
        found: set[str] = set()
        for service, own in _by_service(connect, ids):
            if len(own) >= LIST_FROM:
                listed = _listed(service, set(own))
                self._put(listed, at)
                found.update(listed)
        # Those that failed last time go last: repeating a call may take long.
        missing = [id for id in ids if id not in found]
        for id in sorted(missing, key=self._failed_last_time):
            self._put({id: _read(connect(id), id)}, at)

    def _failed_last_time(self, id: str) -> bool:
        return id in self._seen and isinstance(self._seen[id].found, ServiceError)

    def _put(self, found: Mapping[str, State], at: float) -> None:
        with self._changed:
            self._seen.update({id: _Seen(state, at) for id, state in found.items()})
            self._changed.notify_all()


@dataclass(frozen=True)
class Reader:
    """The board for one operation.

    Attributes:
        connect: gives the operation's own view of the service that a request lives in.
        patience: the operation's.
    """

    board: StatusBoard
    connect: Connect
    patience: Patience

    def read(self, ids: Sequence[str], max_age: float) -> Mapping[str, State]:
        """See ``StatusBoard.read``."""
        return self.board.read(self.connect, ids, max_age, self.patience)


def _by_service(connect: Connect, ids: Sequence[str]) -> list[tuple[BatchService, list[str]]]:
    """The ids by the generation that they live in."""
    groups: dict[str, tuple[BatchService, list[str]]] = {}
    for id in ids:
        service = connect(id)
        groups.setdefault(service.generation.name, (service, []))[1].append(id)
    return list(groups.values())


def _read(service: BatchService, id: str) -> State:
    try:
        return service.get_request(id)
    except ServiceError as error:
        return error


def _listed(service: BatchService, ids: set[str]) -> dict[str, State]:
    """Those of ``ids`` that are among the newest; what is waited for is seldom old."""
    found: dict[str, State] = {}
    try:
        for info in islice(service.list_requests(sort="created:desc"), LIST_MOST + len(ids)):
            if info.id in ids:
                found[info.id] = info
                if len(found) == len(ids):
                    break
    except (BadRequest, Forbidden, NotFound):
        pass  # an account may not be let list; each request can still be asked for
    except ServiceError as error:
        # The service fails altogether, after having been asked several times.
        error.subject = None
        return {**dict.fromkeys(ids - set(found), error), **found}
    return found
