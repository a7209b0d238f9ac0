"""Requests that leave a run, or that it leaves: what goes on, what is recognised, what it has to cancel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ...batch.api import BatchRequestInfo, Phase
from ...errors import DeadlineExceeded, Interrupted, NotFound, SentinelHubError, of_all
from ..context import Context
from ..ownership.absence import look
from ..ownership.holders import Holder
from ..ownership.holders import found as found_holder
from ..settle import lost_from_sight
from .counts import counted_if_told
from .goal import Goal
from .member import Member


def taken_out(ctx: Context, member: Member, goal: Goal) -> Member:
    """A member that leaves the run, with what it has cost; it goes on, and that is said."""
    try:
        info = ctx.batch(member.id).get_request(member.id)
    except (Interrupted, DeadlineExceeded):
        raise
    except SentinelHubError as error:
        gone = isinstance(error, NotFound) and member.is_at_rest
        return replace(member, expired=True) if gone else member
    now = member.seen(info, ctx.clock.now())
    if now.is_underway:
        ctx.warn(
            f"batch request {now.id} ({now.status}) is taken out of the run and goes on as it is. The "
            "removal of its BatchRequest cancels it; one given by bare id is cancelled by a run with "
            'until="cancelled"'
        )
    if goal.max_cost is None or not now.was_started:
        return now
    return counted_if_told(ctx, now, info)


def recognise_finished(ctx: Context, removed: Sequence[Member], members: dict[str, Member]) -> None:
    """A finished job whose request the service has removed, and which was made anew, is not run again.

    Not where this update has let it go by the user's wish.
    """
    over = {
        member.fingerprint: member
        for member in removed
        if member.phase is Phase.DONE and member.expired and not ctx.ledger.is_released(member.id)
    }
    for request, member in members.items():
        if member.status is not None or not over:
            continue
        seen = ctx.statuses().read([request], max_age=0.0)[request]
        if not isinstance(seen, BatchRequestInfo):
            continue
        now = member.seen(seen, ctx.clock.now())
        before = over.get(now.fingerprint)
        if before is None or before.declaration not in (None, now.declaration):
            continue
        finished_as = before.finished_as or before.id
        ctx.warn(
            f"batch request {request} computes what {finished_as} has finished, which the service has "
            "removed "
            "since: it is not run again. To run it again, replace the BatchRequest with `pulumi up "
            "--replace`"
        )
        members[request] = replace(before, id=request, finished_as=finished_as, expired=True)


def require_in_sight(ctx: Context, members: Sequence[Member]) -> None:
    """Refuse to end while a job cannot be seen that only this run's state knows to be started.

    Raises:
        NotFound, Several: naming what cannot be seen.
    """
    seen = ctx.statuses().read([member.id for member in members], max_age=0.0)
    lost: dict[str, SentinelHubError] = {}
    for id, found in seen.items():
        if isinstance(found, BatchRequestInfo):
            ctx.ledger.saw(found)
        elif isinstance(found, NotFound) and _is_lost(ctx, id):
            lost[id] = lost_from_sight(id, found)
    if lost:
        raise of_all("cannot end the run:", lost)


def is_only_ours(ctx: Context, request: str, run: str) -> bool:
    """Whether no declaration owns a bare request, and no run of this update drives it.

    That may be of the same declaration: what it has replaced is deleted when the new one has been made.
    """
    ledger = ctx.ledger
    if ledger.is_wanted_by_another(request, run) or ledger.is_driven(request) or ledger.is_held(request):
        return False
    try:
        mark = ctx.batch(request).get_request(request).mark
    except SentinelHubError:
        return True  # what that means is told when it is cancelled
    if mark is not None:
        ctx.warn(
            f"batch request {request} goes on as it is: it was made by a BatchRequest, whose removal "
            "alone "
            "cancels it"
        )
        return False
    held = found_holder(ctx.holder, request, ctx.patience)
    if isinstance(held, Holder):
        ctx.warn(f"batch request {request} goes on as it is: {held} has adopted it")
        return False
    return True


def is_driven_again(ctx: Context, run: str, requests: Sequence[str]) -> bool:
    """Whether this is the deletion that an earlier update owes, which has replaced the run; says so."""
    held = found_holder(ctx.holder, run, ctx.patience)
    again = isinstance(held, Holder) and held.is_owed_too
    if again:
        ctx.warn(f"{', '.join(requests)} goes on as it is: the run that has replaced this one drives it")
    return again


def _is_lost(ctx: Context, id: str) -> bool:
    """Whether a request that was started and not seen to end cannot be seen for longer than reads lag."""

    def find() -> BatchRequestInfo:
        return ctx.batch(id).get_request(id)

    return look(ctx, id, find, at_rest=lambda: ctx.ledger.is_at_rest(id)) is None


def named(members: Iterable[Member]) -> str:
    """Ids and statuses, for a message."""
    return ", ".join(f"{member.id} ({member.status})" for member in members)
