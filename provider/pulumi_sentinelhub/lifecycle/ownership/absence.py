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

from ...batch.api import BatchRequestInfo
from ...batch.statuses import AS_OF_COMMAND
from ...errors import NotFound, ServiceError
from ...waiting.polling import Pauses
from ..context import Context

T = TypeVar("T")

#: Seconds between two looks at what was at rest when last seen.
SECOND_LOOK: Final = 5.0
# Seconds between further looks at most; they grow, since most lags are short.
_LONGEST_PAUSE: Final = 30.0


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
        Interrupted, DeadlineExceeded: in between.
        ServiceError: whatever else ``find`` raises.
    """
    since = None
    pauses = Pauses(SECOND_LOOK, _LONGEST_PAUSE, growth=2.0, jitter=0.0)
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
        ctx.patience.pause(min(pauses.next(), left), "look again for", subject)


def shared_look(ctx: Context, id: str) -> Callable[[], BatchRequestInfo]:
    """Looks at a batch request: the first may have served others of the command, each further one is new."""
    first = iter((True,))

    def find() -> BatchRequestInfo:
        if not next(first, False):
            return ctx.batch(id).get_request(id)
        state = ctx.statuses().read([id], max_age=AS_OF_COMMAND)[id]
        if isinstance(state, ServiceError):
            raise state
        return state

    return find
