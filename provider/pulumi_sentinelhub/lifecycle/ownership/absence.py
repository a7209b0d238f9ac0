"""When a 404 is believed: one rule for runs, requests, collections and whatever else looks.

Reads lag behind writes and are answered by other machines than those that carry out [clients wait 0, 10, 20,
100 s]. To take what is there for gone would lose it: a running job would go on unseen. So what was final when
last seen is looked at twice; anything else is not believed gone before it has been missing for as long as
reads are known to lag. What may be running even then is a failure to report, never a success, and never a
reason to forget its id.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from ...errors import Interrupted, NotFound
from ..context import Context

T = TypeVar("T")

#: Seconds between two looks at what was at rest when last seen.
SECOND_LOOK: Final = 5.0
# Seconds between further looks; they grow, since most lags are short.
_PAUSES: Final = (5.0, 10.0, 20.0, 30.0)


def patience(ctx: Context, *, at_rest: bool) -> float:
    """Seconds that something has to be missing before it is believed gone."""
    second = min(SECOND_LOOK, ctx.poll_interval or SECOND_LOOK, ctx.read_lag)
    return second if at_rest else ctx.read_lag


def is_believed(ctx: Context, since: float, *, at_rest: bool) -> bool:
    """Whether what has been missing since ``since`` (monotonic seconds) is gone."""
    return ctx.clock.monotonic() - since >= patience(ctx, at_rest=at_rest)


def look(ctx: Context, subject: str, find: Callable[[], T], *, at_rest: Callable[[], bool]) -> T | None:
    """What ``find`` finds; None once it has been missing for long enough.

    Args:
        ctx: the surroundings.
        subject: the id, for progress and errors.
        find: one look; raises NotFound.
        at_rest: whether it was final when last seen, asked after each look: meanwhile others may tell.

    Raises:
        Interrupted: cancelled in between.
        ServiceError: whatever else ``find`` raises.
    """
    since = None
    pauses = iter(_PAUSES)
    pause = _PAUSES[0]
    while True:
        try:
            return find()
        except NotFound:
            pass
        now = ctx.clock.monotonic()
        since = now if since is None else since
        left = patience(ctx, at_rest=at_rest()) - (now - since)
        if left <= 0:
            return None
        ctx.progress(f"{subject} cannot be seen; looking again for {left:.0f}s before that is believed")
        pause = next(pauses, pause)
        if ctx.clock.sleep(min(pause, left), ctx.cancel):
            raise Interrupted(
                "interrupted while looking again for",
                subject=subject,
                next_step="Run the command again: it goes on from here",
            )
