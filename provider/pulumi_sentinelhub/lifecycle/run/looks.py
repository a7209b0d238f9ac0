"""Looking at requests while they are driven: what is found, what is missing, what cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ...batch.api import BatchRequestInfo, Phase
from ...errors import AnswerLost, BadAnswer, NotFound, RateLimited, ServiceError, Unreachable
from ..context import FIRST_PAUSE, Context
from ..ownership.absence import is_believed
from ..settle import lost_from_sight
from .lag import with_accepted
from .pricing import priced
from .tracked import Tracked

_PASSING: Final = (Unreachable, RateLimited, BadAnswer, AnswerLost)


def look(ctx: Context, tracked: Mapping[str, Tracked], *, budget: bool) -> None:
    """Look at all that may have changed; one that cannot be read holds up no other."""
    ids = [id for id, one in tracked.items() if _is_looked_at(one)]
    if not ids:
        return
    seen = ctx.statuses().read(ids, max_age=(ctx.poll_interval or FIRST_PAUSE) / 2)
    now = ctx.clock.monotonic()
    for id, state in seen.items():
        one = tracked[id]
        if isinstance(state, BatchRequestInfo):
            found(ctx, one, state, now, budget=budget)
        elif isinstance(state, NotFound):
            _missing(ctx, one, state, now)
        elif not isinstance(state, _PASSING) or one.is_unreadable(state, now):
            one.error = _about(id, state)


def found(ctx: Context, one: Tracked, info: BatchRequestInfo, now: float, *, budget: bool) -> None:
    """Note what a look has found, at ``now`` (monotonic seconds); with a ``budget`` its price is needed."""
    one.found(info)
    ctx.ledger.saw(info)
    today = ctx.clock.now()
    seen = one.member.seen(info, today)
    if one.resumes is None or seen.phase is not Phase.HALTED:
        # Only what was halted before this drive began, and for long enough, is set going again.
        one.resumes = seen.phase is Phase.HALTED and (seen.resume_at or 0.0) <= today
    seen = priced(ctx, one, seen, info, budget=budget)
    one.member = with_accepted(seen, one.asked, now, ctx.read_lag)


def _is_looked_at(one: Tracked) -> bool:
    return not (one.is_given_up or one.member.expired or one.member.finished_as is not None)


def _missing(ctx: Context, one: Tracked, error: NotFound, now: float) -> None:
    """A 404: believed when it has lasted long enough, and then no success but of what was seen to end."""
    member = one.member
    one.missing_since = now if one.missing_since is None else one.missing_since
    at_rest = member.is_at_rest or ctx.ledger.is_at_rest(member.id)
    if not is_believed(ctx, one.missing_since, at_rest=at_rest):
        return
    one.missing_since = None
    if member.is_at_rest:
        one.member = replace(member, expired=True)
        ctx.warn(
            f"batch request {member.id} was {member.status} and has been removed by the service; "
            "it is kept as such"
        )
    elif member.was_started or ctx.ledger.may_run(member.id):
        one.error = lost_from_sight(member.id, error)
    else:
        one.member = replace(member, status=None)
        one.ended_otherwise = True


def _about(id: str, error: ServiceError) -> ServiceError:
    """An error of a list, which is about no request by itself, says whose state could not be read."""
    if error.subject is None:
        error.subject = id
    return error
