"""Looking at requests while they are driven: what is found, what is missing, what cannot be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from ...batch.api import BatchRequestInfo, Phase
from ...errors import AnswerLost, BadAnswer, NotFound, RateLimited, ServiceError, Unreachable
from ..context import Context
from ..ownership.absence import is_believed
from ..settle import lost_from_sight
from .lag import with_accepted
from .pricing import price
from .tracked import Tracked

_PASSING: Final = (Unreachable, RateLimited, BadAnswer, AnswerLost)


def look(ctx: Context, tracked: Mapping[str, Tracked], max_age: float, *, budget: bool) -> None:
    """Look at all that may have changed; one that cannot be read holds up no other.

    Args:
        ctx: the surroundings.
        tracked: by id.
        max_age: seconds; what another operation has read meanwhile will do, where it is no older.
        budget: whether prices are needed.
    """
    ids = [id for id, one in tracked.items() if _is_looked_at(one)]
    if not ids:
        return
    seen = ctx.statuses().read(ids, max_age)
    now = ctx.clock.monotonic()
    there: list[tuple[Tracked, BatchRequestInfo]] = []
    for id, state in seen.items():
        one = tracked[id]
        if isinstance(state, BatchRequestInfo):
            there.append((one, state))
        elif isinstance(state, NotFound):
            _missing(ctx, one, state, now)
        elif not isinstance(state, _PASSING) or one.is_unreadable(state, now):
            one.error = _about(id, state)
    found(ctx, there, now, budget=budget)


def found(
    ctx: Context, there: Sequence[tuple[Tracked, BatchRequestInfo]], now: float, *, budget: bool
) -> None:
    """Note what a look has found, at ``now`` (monotonic seconds); with a ``budget`` prices are needed."""
    for one, info in there:
        _found(ctx, one, info)
    price(ctx, there, budget=budget)
    for one, _ in there:
        one.member = with_accepted(one.member, one.asked, now, ctx.read_lag)


def _found(ctx: Context, one: Tracked, info: BatchRequestInfo) -> None:
    one.found(info)
    ctx.ledger.saw(info)
    today = ctx.clock.now()
    one.member = one.member.seen(info, today)
    if one.resumes is None or one.member.phase is not Phase.HALTED:
        # Only what was halted before this drive began, and for long enough, is set going again.
        one.resumes = one.member.phase is Phase.HALTED and (one.member.resume_at or 0.0) <= today


def _is_looked_at(one: Tracked) -> bool:
    """Whether it may have changed since the last look: what was seen DONE in this drive does so no more."""
    done = one.info is not None and one.member.phase is Phase.DONE and not one.is_out_of_sight
    return not (done or one.is_given_up or one.member.expired or one.member.finished_as is not None)


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
