"""How long one call is tried: attempts, waits, cancellation and deadline, all on the operation's clock."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from ..errors import DeadlineExceeded, Interrupted, RateLimited, ServiceError
from .clock import Clock

T = TypeVar("T")

#: Attempts in all, by the kind of failure; None: as long as there is patience. About half a minute for a
#: service that fails, a few seconds for one that is not there.
ATTEMPTS: dict[str, int | None] = {"failing": 6, "unreached": 4, "limited": None}
#: Seconds that a call without a deadline is repeated for, at most.
_LONGEST = 900.0
_FIRST_WAIT, _MOST_WAIT = 1.0, 30.0
_ONCE_MORE = "Run the command again: it goes on from here"


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

    def check(self, what: str, subject: str | None) -> None:
        """Raise Interrupted or DeadlineExceeded where no call must be begun any more."""
        if self.cancel is not None and self.cancel.is_set():
            raise Interrupted(
                f"interrupted before it was tried to {what}", subject=subject, next_step=_ONCE_MORE
            )
        if self.deadline is not None and self.clock.monotonic() >= self.deadline:
            raise DeadlineExceeded(
                f"too late to {what}",
                subject=subject,
                why="the deadline has passed",
                next_step=f"{_ONCE_MORE}. custom_timeouts can give it more time",
            )

    def keep_trying(self, attempt: Callable[[], T], what: str, subject: str | None) -> T:
        """Call ``attempt`` until it raises no ``Again`` any more, or patience ends.

        Raises:
            ServiceError: the last ``Again``'s error.
            RateLimited, DeadlineExceeded: the next wait would reach beyond the deadline.
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
            spent = self.deadline is None and self.clock.monotonic() - begun >= _LONGEST
            return spent or (most is not None and failures[kind] >= most)

        def pause(state: tenacity.RetryCallState) -> float:
            # Jitter on top of what the service asks for: else all that were limited come back together.
            asked = _again(state).at_least
            return asked + backoff(state) / 10 if asked else backoff(state)

        def in_time(state: tenacity.RetryCallState) -> None:
            wait = state.next_action.sleep if state.next_action else 0.0
            if self.deadline is not None and self.clock.monotonic() + wait >= self.deadline:
                raise _late(_again(state).error, what, subject, wait)

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


def _late(error: ServiceError, what: str, subject: str | None, wait: float) -> Exception:
    if isinstance(error, RateLimited):
        return RateLimited(
            error.what,
            subject=subject,
            why=f"{error.why}; the {wait:.1f} s to wait reach beyond the deadline",
            next_step=error.next_step,
            status=error.status,
            code=error.code,
        )
    return DeadlineExceeded(
        f"no time is left to try again to {what}",
        subject=subject,
        why=error.why or error.what,
        next_step=error.next_step or _ONCE_MORE,
    )
