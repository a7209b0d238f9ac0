"""Repeating a call that may pass: how often, how long between, and which error is left in the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final, TypeVar

from ..errors import DeadlineExceeded, Interrupted, RateLimited, SentinelHubError
from .patience import MORE_TIME, ONCE_MORE, Ended, Patience

T = TypeVar("T")

#: Attempts in all, by the kind of failure; None: as long as there is patience. About half a minute for a
#: service that fails, a few seconds for one that is not there, a minute for S3, which settles slowly.
ATTEMPTS: Final[dict[str, int | None]] = {"failing": 6, "unreached": 4, "store": 7, "limited": None}
#: Seconds that a call without a deadline is repeated for, at most; no wait reaches beyond them either.
LONGEST: Final = 900.0
_FIRST_WAIT, _MOST_WAIT = 1.0, 30.0


class Again(Exception):
    """An attempt failed in a way that may pass, and repeating it is safe.

    Attributes:
        error: what to raise when patience ends.
        kind: a key of ``ATTEMPTS``.
        at_least: seconds that the service asked to wait.
    """

    def __init__(self, error: SentinelHubError, kind: str = "failing", at_least: float = 0.0) -> None:
        super().__init__(str(error))
        self.error = error
        self.kind = kind
        self.at_least = at_least


def keep_trying(patience: Patience, attempt: Callable[[], T], what: str, subject: str | None) -> T:
    """Call ``attempt`` until it raises no ``Again`` any more, or patience ends.

    Args:
        patience: the operation's.
        attempt: one attempt.
        what: what is tried, as an infinitive: ``"read batch request"``.
        subject: its id.

    Raises:
        SentinelHubError: the last ``Again``'s error.
        RateLimited, DeadlineExceeded: the next wait would reach beyond the deadline; where there is none, the
            first of them, or the last error, for ``LONGEST``.
        Interrupted: cancelled while waiting.
    """
    import tenacity

    begun = patience.clock.monotonic()
    failures: Counter[str] = Counter()
    backoff = tenacity.wait_exponential_jitter(initial=_FIRST_WAIT, max=_MOST_WAIT, jitter=_FIRST_WAIT)

    def counted() -> T:
        patience.check(what, subject)
        try:
            return attempt()
        except Again as again:
            failures[again.kind] += 1
            raise

    def enough(state: tenacity.RetryCallState) -> bool:
        kind = _again(state).kind
        most = ATTEMPTS[kind]
        return most is not None and failures[kind] >= most

    def wait(state: tenacity.RetryCallState) -> float:
        # Jitter on top of what the service asks for: else all that were limited come back together.
        asked = _again(state).at_least
        return asked + backoff(state) / 10 if asked else backoff(state)

    def refuse_too_long_a_wait(state: tenacity.RetryCallState) -> None:
        until = begun + LONGEST if patience.deadline is None else patience.deadline
        wait = state.next_action.sleep if state.next_action else 0.0
        if patience.clock.monotonic() + wait >= until:
            raise _late(_again(state), what, subject, dated=patience.deadline is not None)

    def rest(seconds: float) -> None:
        if patience.rest(seconds) is Ended.CANCELLED:
            raise Interrupted(
                f"interrupted while waiting to {what} again", subject=subject, next_step=ONCE_MORE
            )

    retrying = tenacity.Retrying(
        stop=enough,
        wait=wait,
        retry=tenacity.retry_if_exception_type(Again),
        before_sleep=refuse_too_long_a_wait,
        sleep=rest,
        reraise=True,
    )
    try:
        return retrying(counted)
    except Again as again:
        error = again.error
    raise error


def cut_off(ended: Ended, what: str, subject: str | None, why: str) -> SentinelHubError:
    """The error for a call that was under way when patience ended, and can be made again."""
    if ended is Ended.CANCELLED:
        return Interrupted(f"interrupted in the attempt to {what}", subject=subject, next_step=ONCE_MORE)
    return DeadlineExceeded(f"no time is left to {what}", subject=subject, why=why, next_step=MORE_TIME)


def _again(state: object) -> Again:
    outcome = getattr(state, "outcome", None)
    failure = outcome.exception() if outcome is not None else None
    if not isinstance(failure, Again):
        raise TypeError("only Again is retried")
    return failure


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
        next_step=error.next_step or ONCE_MORE,
    )
