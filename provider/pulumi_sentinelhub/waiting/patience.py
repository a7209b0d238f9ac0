"""How long one operation may take: its clock, its cancellation and one absolute deadline, in one object."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from ..errors import DeadlineExceeded, Interrupted
from .clock import Clock

ONCE_MORE: Final = "Run the command again: it goes on from here"
MORE_TIME: Final = f"{ONCE_MORE}. custom_timeouts can give it more time"


class Ended(Enum):
    """What has ended an operation's patience."""

    CANCELLED = "it was interrupted"
    LATE = "the deadline has passed"


@dataclass(frozen=True)
class Patience:
    """What one operation is allowed; made once, at its beginning, and handed to all that it does.

    The deadline is a moment and not a length, so that no part of an operation can wait for it anew.

    Attributes:
        cancel: set when the user interrupts; nothing is begun after that.
        deadline: on the clock's monotonic scale, seconds; no wait reaches beyond it. None: no limit.
        given: seconds from the operation's beginning to its deadline, for messages; None without a limit.
    """

    clock: Clock
    cancel: threading.Event | None = None
    deadline: float | None = None
    given: float | None = None

    @classmethod
    def lasting(cls, clock: Clock, seconds: float, cancel: threading.Event | None = None) -> Patience:
        """That of an operation which begins now and may take so many seconds."""
        return cls(clock, cancel, clock.monotonic() + seconds, seconds)

    def at_most(self, seconds: float) -> Patience:
        """That of a part which begins now and may take so many seconds, and no longer than the whole."""
        until = self.clock.monotonic() + seconds
        return self if self.deadline is not None and self.deadline <= until else replace(self, deadline=until)

    @property
    def left(self) -> float:
        """Seconds to the deadline, 0 at the least; infinite where there is none."""
        return math.inf if self.deadline is None else max(0.0, self.deadline - self.clock.monotonic())

    @property
    def expired(self) -> bool:
        """Whether the deadline has come."""
        return not self.left

    def ended(self) -> Ended | None:
        """What has ended it; None while it lasts."""
        if self.cancel is not None and self.cancel.is_set():
            return Ended.CANCELLED
        return Ended.LATE if self.expired else None

    def check(self, what: str, subject: str | None) -> None:
        """Go on only while it lasts.

        Args:
            what: what would be begun next, as an infinitive: ``"read batch request"``.
            subject: its id.

        Raises:
            Interrupted, DeadlineExceeded: it must not be begun any more.
        """
        match self.ended():
            case Ended.CANCELLED:
                raise Interrupted(
                    f"interrupted before the attempt to {what}", subject=subject, next_step=ONCE_MORE
                )
            case Ended.LATE:
                raise DeadlineExceeded(
                    f"too late to {what}", subject=subject, why=Ended.LATE.value, next_step=MORE_TIME
                )

    def rest(self, seconds: float) -> Ended | None:
        """Wait, but neither beyond the deadline nor after Ctrl-C; what has ended it then, if anything."""
        if (ended := self.ended()) is not None:
            return ended
        cancelled = self.clock.sleep(min(seconds, self.left), self.cancel)
        return Ended.CANCELLED if cancelled else self.ended()

    def pause(self, seconds: float, what: str, subject: str | None) -> None:
        """Wait before the attempt to ``what``; see ``check`` for the arguments.

        Raises:
            Interrupted, DeadlineExceeded: before, in or right after the pause.
        """
        self.check(what, subject)
        self.rest(seconds)
        self.check(what, subject)
