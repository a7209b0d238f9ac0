"""How long one call is tried: attempts, waits, cancellation and deadline, all on the operation's clock."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from ..errors import DeadlineExceeded, Interrupted, RateLimited, SentinelHubError, ServiceError
from .clock import Clock

T = TypeVar("T")

#: Attempts in all, by the kind of failure; None: as long as there is patience. About half a minute for a
#: service that fails, a few seconds for one that is not there.
ATTEMPTS: dict[str, int | None] = {"failing": 6, "unreached": 4, "limited": None}
#: Seconds that a call without a deadline is repeated for, at most; no wait reaches beyond them either.
LONGEST = 900.0
_FIRST_WAIT, _MOST_WAIT = 1.0, 30.0
_ONCE_MORE = "Run the command again: it goes on from here"
_MORE_TIME = f"{_ONCE_MORE}. custom_timeouts can give it more time"


class Ended(Enum):
    """What has ended an operation's patience."""

    CANCELLED = "it was interrupted"
    LATE = "the deadline has passed"


class Again(Exception):
    """An attempt failed in a way that may pass, and repeating it is safe.

    Attributes:
        error: what to raise when patience ends.
        kind: a key of ``ATTEMPTS``.
        at_least: seconds that the service asked to wait.
    """

    def __init__(self, error: ServiceError, kind: str = "failing", at_least: float = 0.0) -> None:
        super().__init__(str(error))
        self.error = error
        self.kind = kind
        self.at_least = at_least


@dataclass(frozen=True)
class Patience:
    """What one operation allows its calls.

    Attributes:
        cancel: set when the user interrupts; no attempt is begun after that.
        deadline: on the clock's monotonic scale; no wait reaches beyond it.
    """

    clock: Clock
    cancel: threading.Event | None = None
    deadline: float | None = None

    def ended(self) -> Ended | None:
        """What has ended it; None while it lasts."""
        if self.cancel is not None and self.cancel.is_set():
            return Ended.CANCELLED
        if self.deadline is not None and self.clock.monotonic() >= self.deadline:
            return Ended.LATE
        return None

    def check(self, what: str, subject: str | None) -> None:
        """Raise Interrupted or DeadlineExceeded where no call must be begun any more."""
        match self.ended():
            case Ended.CANCELLED:
                raise Interrupted(
                    f"interrupted before it was tried to {what}", subject=subject, next_step=_ONCE_MORE
                )
            case Ended.LATE:
                raise DeadlineExceeded(
                    f"too late to {what}", subject=subject, why=Ended.LATE.value, next_step=_MORE_TIME
                )

    def keep_trying(self, attempt: Callable[[], T], what: str, subject: str | None) -> T:
        """Call ``attempt`` until it raises no ``Again`` any more, or patience ends.

        Raises:
            ServiceError: the last ``Again``'s error.
            RateLimited, DeadlineExceeded: the next wait would reach beyond the deadline; where there is none,
                the first of them, or the last error, for ``LONGEST``.
            Interrupted: cancelled while waiting.
        """
        import tenacity

        begun = self.clock.monotonic()
        failures: Counter[str] = Counter()
        backoff = tenacity.wait_exponential_jitter(initial=_FIRST_WAIT, max=_MOST_WAIT, jitter=_FIRST_WAIT)

        def counted() -> T:
            self.check(what, subject)
            try:
                return attempt()
            except Again as again:
                failures[again.kind] += 1
                raise

        def enough(state: tenacity.RetryCallState) -> bool:
            kind = _again(state).kind
            most = ATTEMPTS[kind]
            return most is not None and failures[kind] >= most

        def pause(state: tenacity.RetryCallState) -> float:
            # Jitter on top of what the service asks for: else all that were limited come back together.
            asked = _again(state).at_least
            return asked + backoff(state) / 10 if asked else backoff(state)

        def in_time(state: tenacity.RetryCallState) -> None:
            until = begun + LONGEST if self.deadline is None else self.deadline
            wait = state.next_action.sleep if state.next_action else 0.0
            if self.clock.monotonic() + wait >= until:
                raise _late(_again(state), what, subject, dated=self.deadline is not None)

        def sleep(seconds: float) -> None:
            if self.clock.sleep(seconds, self.cancel):
                raise Interrupted(
                    f"interrupted while waiting to {what} again", subject=subject, next_step=_ONCE_MORE
                )

        retrying = tenacity.Retrying(
            stop=enough,
            wait=pause,
            retry=tenacity.retry_if_exception_type(Again),
            before_sleep=in_time,
            sleep=sleep,
            reraise=True,
        )
        try:
            return retrying(counted)
        except Again as again:
            error = again.error
        raise error


def _again(state: object) -> Again:
    outcome = getattr(state, "outcome", None)
    failure = outcome.exception() if outcome is not None else None
    if not isinstance(failure, Again):
        raise TypeError("only Again is retried")
    return failure


def cut_off(ended: Ended, what: str, subject: str | None, why: str) -> SentinelHubError:
    """The error for a call that was under way when patience ended, and can be made again."""
    if ended is Ended.CANCELLED:
        return Interrupted(f"interrupted while it was tried to {what}", subject=subject, next_step=_ONCE_MORE)
    return DeadlineExceeded(f"no time is left to {what}", subject=subject, why=why, next_step=_MORE_TIME)


def _late(again: Again, what: str, subject: str | None, *, dated: bool) -> Exception:
    """The error where the next wait would be too long, ``dated``: for a deadline."""
    error = again.error
    if isinstance(error, RateLimited):
        wait = f"the service asks to wait {again.at_least:,.0f} s" if again.at_least >= 1 else "the next wait"
        limit = "the deadline" if dated else f"the {LONGEST:.0f} s that are waited at most"
        return RateLimited(
            error.what,
            subject=subject,
            why=f"{error.why}; {wait}, which is beyond {limit}",
            next_step=error.next_step,
            status=error.status,
            code=error.code,
        )
    if not dated:
        return error
    return DeadlineExceeded(
        f"no time is left to try again to {what}",
        subject=subject,
        why=error.why or error.what,
        next_step=error.next_step or _ONCE_MORE,
    )
