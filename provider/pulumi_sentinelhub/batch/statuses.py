"""One reader of request states for all that look in the process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ..errors import BadRequest, DeadlineExceeded, Forbidden, InputError, NotFound, ServiceError
from ..waiting.clock import Clock
from ..waiting.patience import Patience
from ..waiting.timely import await_change
from .api import BatchRequestInfo, BatchService
from .roll import PageDue, Roll
from .writes import Moment

#: Gives the service that a request lives in, within the limits of one operation.
Connect = Callable[[str], BatchService]
#: From this many requests on, a list is asked for instead of each request.
LIST_FROM: Final = 3
#: What was asked for within so many seconds is still being waited for: no pause between looks is as long.
WATCHED_SECONDS: Final = 150.0
#: What was asked for within so many seconds is asked for by one command, request by request.
TOGETHER_SECONDS: Final = 10.0
#: Seconds that a reading may be old where the question is what a command has found.
AS_OF_COMMAND: Final = 60.0
#: Seconds that it may be old where something is done upon it that the service itself refuses if it is not so.
RECENT: Final = 10.0
#: Seconds that an error may be old, whatever is asked for: what failed may be read again.
ERROR_SECONDS: Final = 5.0

State = BatchRequestInfo | ServiceError


@dataclass(frozen=True)
class _Seen:
    found: State
    at: float
    moment: Moment
    roll: Roll | None = None

    @property
    def is_over(self) -> bool:
        return isinstance(self.found, ServiceError) or self.found.is_final


@dataclass(frozen=True)
class _Want:
    """What one reader wants: some ids, each with the service that it lives in, as of ``since`` or later."""

    services: Mapping[str, BatchService]
    since: float
    errors_since: float
    patience: Patience


class StatusBoard:
    """Reads the states of batch requests for all threads, so that many looks cost few calls.

    Where several are asked for, at once or one after the other as by the threads of one command, pages of
    the list are read, and serve all. What is not on them is read by itself: a list proves no absence. No
    reading is given to anybody that is older than what this process has last written to the request.

    A request that cannot be read holds up no other: its error is its state, and who asks decides what that
    means.

    Args:
        clock: time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._listing: set[str] = set()
        self._reading: set[str] = set()
        self._asked: dict[str, float] = {}
        self._seen: dict[str, _Seen] = {}
        self._rolls: dict[str, Roll] = {}

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
        now = self._clock.monotonic()
        services = {id: connect(id) for id in ids}
        want = _Want(services, now - max_age, now - min(max_age, ERROR_SECONDS), patience)
        with self._changed:
            self._forget(now)
            self._asked.update(dict.fromkeys(ids, now))
        try:
            while (due := self._due(want)) is not None:
                due()
        except DeadlineExceeded as late:
            # A list is about no request by itself: say whose state could not be read.
            late.subject = late.subject or ", ".join(services)
            raise
        return self._served(services)

    def _forget(self, now: float) -> None:
        """Drop what nobody waits for any more, and what is too old for everybody."""
        self._asked = {id: at for id, at in self._asked.items() if at >= now - WATCHED_SECONDS}
        self._seen = {
            id: seen for id, seen in self._seen.items() if id in self._asked or seen.at >= now - AS_OF_COMMAND
        }

    def _served(self, ids: Collection[str]) -> dict[str, State]:
        with self._changed:
            for id in ids:
                if (roll := self._seen[id].roll) is not None:
                    roll.saved.add(id)
            return {id: self._seen[id].found for id in ids}

    def _due(self, want: _Want) -> Callable[[], None] | None:
        """What this thread has to ask for, once others do not; None when all that it wants is there."""
        with self._changed:
            while stale := [id for id in want.services if not self._is_fresh(id, want)]:
                want.patience.check("read batch requests", ", ".join(want.services))
                for service, own in _by_service(want.services, stale):
                    if (due := self._due_of(service, own, want)) is not None:
                        return due
                await_change(self._changed, want.patience, "read batch requests", ", ".join(want.services))
            return None

    def _is_fresh(self, id: str, want: _Want) -> bool:
        seen = self._seen.get(id)
        if seen is None or seen.moment <= want.services[id].writes.last(id):
            return False
        return seen.at >= (want.errors_since if isinstance(seen.found, ServiceError) else want.since)

    def _due_of(self, service: BatchService, stale: list[str], want: _Want) -> Callable[[], None] | None:
        """A page of the list, or reads one by one; None where others ask for the same."""
        name = service.generation.name
        if name in self._listing:
            return None
        roll = self._rolls.setdefault(name, Roll())
        together = self._wanted_together(stale)
        page = roll.due(stale, want.since, self._waiting()) if len(together) >= LIST_FROM else None
        if page is not None:
            self._listing.add(name)
            return lambda: self._list(service, roll, page, stale)
        free = [id for id in stale if id not in self._reading]
        if not free:
            return None
        self._reading.update(free)
        roll.missed.update(free)
        return lambda: self._read_each(service, free)

    def _waiting(self) -> set[str]:
        """What has been asked for and was never seen."""
        return {id for id in self._asked if id not in self._seen}

    def _wanted_together(self, stale: Collection[str]) -> set[str]:
        """The requests that are asked for: now, a moment ago, or again and again by those who wait."""
        now = self._clock.monotonic()
        others = (
            id
            for id, at in self._asked.items()
            if at >= now - TOGETHER_SECONDS or id not in self._seen or not self._seen[id].is_over
        )
        return {*stale, *others}

    def _list(self, service: BatchService, roll: Roll, page: PageDue, stale: Collection[str]) -> None:
        """Read a page for all, and let those know who wait."""
        found: dict[str, State] = {}
        at, moment = self._clock.monotonic(), service.writes.moment()
        try:
            found = {info.id: info for info in roll.read(service, page, at)}
        except (BadRequest, Forbidden, NotFound):
            pass  # an account may not be let list; each request can still be asked for
        except ServiceError as error:
            # The service fails altogether, after having been asked several times.
            error.subject = None
            found = dict.fromkeys(stale, error)
        except BaseException:
            # This reader's patience has ended, which says nothing of the list.
            with self._changed:
                self._rolls.pop(service.generation.name, None)
            raise
        finally:
            with self._changed:
                self._listing.discard(service.generation.name)
                roll.saved.update(id for id in stale if id in found)
                self._put(found, at, moment, roll)

    def _read_each(self, service: BatchService, ids: Sequence[str]) -> None:
        """Read them one by one; each is there for others as soon as it is read."""
        try:
            # Those that failed last time go last: repeating a call may take long.
            for id in sorted(ids, key=self._failed_last_time):
                at, moment = self._clock.monotonic(), service.writes.moment()
                found = _read(service, id)
                with self._changed:
                    self._reading.discard(id)
                    self._put({id: found}, at, moment)
        finally:
            with self._changed:
                self._reading.difference_update(ids)
                self._changed.notify_all()

    def _failed_last_time(self, id: str) -> bool:
        with self._changed:
            return id in self._seen and isinstance(self._seen[id].found, ServiceError)

    def _put(self, found: Mapping[str, State], at: float, moment: Moment, roll: Roll | None = None) -> None:
        """What was found; a page that was asked for earlier does not hide what was read since."""
        for id, state in found.items():
            if id not in self._seen or self._seen[id].moment <= moment:
                self._seen[id] = _Seen(state, at, moment, roll)
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


def _by_service(
    services: Mapping[str, BatchService], ids: Sequence[str]
) -> list[tuple[BatchService, list[str]]]:
    """The ids by the generation that they live in."""
    groups: dict[str, tuple[BatchService, list[str]]] = {}
    for id in ids:
        service = services[id]
        groups.setdefault(service.generation.name, (service, []))[1].append(id)
    return list(groups.values())


def _read(service: BatchService, id: str) -> State:
    try:
        return service.get_request(id)
    except ServiceError as error:
        return error
    except InputError as wrong:
        return BadRequest(wrong.what, subject=wrong.subject, next_step=wrong.next_step)
