"""Cancelling, and waiting until nothing runs any more.

Cancelling is asynchronous: an analysis completes first, tiles in flight are finished and charged [batch
docs].
Reads may lag behind actions, so a cancel that shows no effect for a while is said again; that is harmless.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from ..batch.models import BatchRequestInfo
from ..errors import AnswerLost, BadRequest, Conflict, DeadlineExceeded, Interrupted, NotFound
from ..waiting.polling import PollSchedule
from .context import Context
from .presence import look_twice

# Seconds after which a read that does not show an action yet is believed [clients wait 0, 10, 20, 100 s].
LAG_GRACE: Final = 60.0
# Seconds between looks: the first pause, and the longest it grows to where nothing new is expected soon.
FIRST_PAUSE: Final = 5.0
LONGEST_PAUSE: Final = 60.0
DELETE_DEADLINE: Final = 3600.0


def cancel_and_settle(
    ctx: Context, ids: Iterable[str], *, insist: Collection[str] = ()
) -> dict[str, BatchRequestInfo | None]:
    """Cancel what is active among ``ids`` and wait until all of it has come to rest.

    Args:
        ctx: the surroundings.
        ids: batch requests.
        insist: ids to cancel even when they read as idle, since something else shows that the read lags
            behind.

    Returns:
        the last state of each request; None for one that the service does not know (any more).

    Raises:
        DeadlineExceeded, Interrupted: naming what has not come to rest.
        ServiceError: the service refused.
    """
    waiting = dict.fromkeys(ids, float("-inf"))
    settled: dict[str, BatchRequestInfo | None] = {}
    started = ctx.clock.monotonic()
    limit = ctx.deadline if ctx.deadline is not None else DELETE_DEADLINE
    pauses = poll_schedule(ctx, started + limit)
    while True:
        for request_id, before in list(waiting.items()):
            info, at_rest, asked = _settle_once(ctx, request_id, before, request_id in insist)
            waiting[request_id] = asked
            if at_rest:
                settled[request_id] = info
                del waiting[request_id]
        if not waiting:
            return settled
        names = ", ".join(waiting)
        elapsed = ctx.clock.monotonic() - started
        if pauses.expired:
            raise DeadlineExceeded(
                "batch request did not come to rest after its cancellation",
                subject=names,
                why=f"waited {limit:.0f} s",
                next_step="Run the command again: it goes on waiting. custom_timeouts can give it more time",
            )
        ctx.progress(f"waiting for {len(waiting)} cancelled request(s) to come to rest, {elapsed:.0f}s")
        if ctx.clock.sleep(pauses.next_pause(), ctx.cancel):
            raise Interrupted(
                "interrupted while a cancelled batch request comes to rest",
                subject=names,
                next_step="Run the command again: it goes on from here",
            )


def poll_schedule(ctx: Context, deadline: float) -> PollSchedule:
    """Pauses between looks until ``deadline`` (monotonic seconds), by the configured interval if any."""
    if ctx.poll_interval is not None:
        return PollSchedule(ctx.clock, first=ctx.poll_interval, most=ctx.poll_interval, deadline=deadline)
    return PollSchedule(ctx.clock, first=FIRST_PAUSE, most=LONGEST_PAUSE, deadline=deadline)


def _settle_once(
    ctx: Context, request_id: str, asked: float, insist: bool
) -> tuple[BatchRequestInfo | None, bool, float]:
    """Look at one request, cancel it where it is active.

    Its state, whether it is at rest, when it was cancelled.
    """
    service = ctx.connect()
    info = look_twice(ctx, request_id, lambda: service.get_request(request_id))
    if info is None:
        return None, True, asked
    was_asked = asked != float("-inf")
    # A read of PARTIAL may be older than a restart of the failed tiles; only a cancel makes sure.
    if info.is_final and (info.status != "PARTIAL" or was_asked):
        return info, True, asked
    if not (info.is_active or info.is_final or was_asked or insist):
        return info, True, asked
    now = ctx.clock.monotonic()
    if now - asked < LAG_GRACE:
        return info, False, asked
    try:
        service.cancel(request_id)
    except (NotFound, AnswerLost):
        # The next look tells.
        return info, False, asked
    except (BadRequest, Conflict):
        # It came to rest by itself in the meantime, or may not be cancelled in this state: the next look
        # tells, and where it is active still, it is cancelled then.
        return info, info.status == "PARTIAL", now - LAG_GRACE
    return info, False, now
