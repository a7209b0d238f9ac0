"""One request while a run is driven: what was seen of it, asked of it, and what went wrong."""

from __future__ import annotations

from dataclasses import dataclass

from ...batch.api import BatchRequestInfo
from ...errors import SentinelHubError
from .goal import Goal, Step, next_step
from .lag import Asked
from .member import Member


@dataclass
class Tracked:
    """One member of a drive. Times are monotonic seconds.

    Attributes:
        member: as last seen.
        info: the service's last word; None before the first look.
        asked: the latest action that reads may not show yet.
        vain: how often an action's answer was lost.
        unheard_since: since when actions are answered with 404.
        missing_since: since when reads are answered with 404.
        unread_since: since when it cannot be read for another reason; ``unread`` counts the looks.
        runs_since: since when it is processed, as far as this drive can tell.
        counted_at: when its tiles were counted, or it was started with none of them done.
        counted_status: the status in which they were; once it is another one, they are to be counted again.
        resumes: whether it was halted before, and may be started again; None before the first look.
        untold_since: since when it is over and its files do not tell whether all of it came out.
        unpriced_since: since when it is analysed and its price cannot be told.
        error: why it was given up; None while it is driven.
        ended_otherwise: it came to an end that was not asked for.
    """

    member: Member
    info: BatchRequestInfo | None = None
    asked: Asked | None = None
    vain: int = 0
    unheard_since: float | None = None
    missing_since: float | None = None
    unread_since: float | None = None
    unread: int = 0
    runs_since: float | None = None
    counted_at: float = float("-inf")
    counted_status: str | None = None
    counts_unreadable: bool = False
    resumes: bool | None = None
    untold_since: float | None = None
    unpriced_since: float | None = None
    error: SentinelHubError | None = None
    ended_otherwise: bool = False

    @property
    def is_given_up(self) -> bool:
        """Whether it is driven no further."""
        return self.error is not None or self.ended_otherwise

    @property
    def is_out_of_sight(self) -> bool:
        """Whether the last look did not find it, so that nothing is decided on what was seen before."""
        return self.missing_since is not None or self.unread_since is not None

    def next_step(self, goal: Goal, *, cleared: bool) -> Step:
        """Its next step on the way to the goal; see ``goal.next_step``."""
        return next_step(goal, self.member, cleared=cleared, resumes=self.resumes is True)

    def is_unreadable(self, error: SentinelHubError, now: float) -> bool:
        """Note that a look failed; whether that has gone on for too long."""
        self.unread_since = now if self.unread_since is None else self.unread_since
        self.unread += 1
        return self.unread > TOLERATED or now - self.unread_since >= TOLERATED_SECONDS

    def ran(self, now: float) -> None:
        """Note that it is processed; what this drive has started had no tile done then."""
        self.counted_status = self.member.status
        if self.runs_since is None:
            started = self.asked is not None and self.asked.step is Step.START
            self.runs_since = self.asked.at if self.asked is not None and started else now
            if started:
                self.counted_at = max(self.counted_at, self.runs_since)

    def found(self, info: BatchRequestInfo) -> None:
        """Note that a look found it."""
        self.info = info
        self.missing_since = self.unread_since = None
        self.unread = 0


#: Failed looks in a row that are waited out; each of them has been repeated by the client already.
TOLERATED = 5
#: Seconds of failing after which the next failure is the last; one call alone may be repeated for as long.
TOLERATED_SECONDS = 600.0
