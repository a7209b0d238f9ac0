"""Cancelling, and waiting until nothing runs any more.

Cancelling is asynchronous: an analysis completes first, tiles in flight are finished and charged [batch
docs]. Reads may lag behind actions, so a cancel that shows no effect for a while is repeated; that is
harmless. One request that cannot be read or cancelled holds up no other: all that can be cancelled is, before
anything is raised.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ..batch.api import Action, BatchRequestInfo, Phase
from ..batch.statuses import RECENT, State
from ..errors import (
    AnswerLost,
    BadRequest,
    Conflict,
    DeadlineExceeded,
    Interrupted,
    NotFound,
    SentinelHubError,
    ServiceError,
    of_all,
)
from ..waiting.patience import Ended
from .context import Context
from .ownership.absence import is_believed

#: Seconds before the first look after a cancellation, which tiles in flight hold up.
_FIRST_PAUSE: Final = 2.0


@dataclass
class Settled:
    """What became of requests that were to come to rest.

    Attributes:
        infos: the last state of each that is at rest; None for one that is gone.
        failures: why a request could not be brought to rest.
    """

    infos: dict[str, BatchRequestInfo | None] = field(default_factory=dict)
    failures: dict[str, SentinelHubError] = field(default_factory=dict)

    def has(self, id: str) -> bool:
        """Whether the request needs no further look."""
        return id in self.infos or id in self.failures

    def raise_failures(self) -> None:
        """Raise one error for all failures, if there are any."""
        if self.failures:
            raise of_all("cannot cancel every batch request:", self.failures)


@dataclass
class _Waiting:
    """One request on its way to rest; times are monotonic seconds."""

    insist: bool
    cancelled_at: float | None = None
    refused_since: float | None = None
    missing_since: float | None = None


def settle(ctx: Context, ids: Iterable[str], *, insist: Collection[str] = ()) -> Settled:
    """Cancel what is active among ``ids`` and wait until all of it has come to rest.

    Args:
        ctx: the surroundings.
        ids: batch requests.
        insist: ids to cancel even when they read as idle, since something else shows that the read lags
            behind. What the process knows to have been started is insisted on by itself.

    Raises:
        DeadlineExceeded, Interrupted: naming what has not come to rest.
    """
    waiting = {id: _Waiting(insist=id in insist or ctx.ledger.may_run(id)) for id in ids}
    result = Settled()
    started = ctx.clock.monotonic()
    pauses = ctx.pauses(first=_FIRST_PAUSE)
    seen = _first_look(ctx, list(waiting), 0.0 if insist else RECENT)
    while True:
        active = {
            id: state
            for id, state in seen.items()
            if _is_to_cancel(ctx, id, waiting[id], state, result) and isinstance(state, BatchRequestInfo)
        }
        _cancel(ctx, active, waiting, result)
        waiting = {id: one for id, one in waiting.items() if not result.has(id)}
        if not waiting:
            return result
        names = ", ".join(waiting)
        elapsed = ctx.clock.monotonic() - started
        if ctx.patience.expired:
            raise DeadlineExceeded(
                "batch request did not come to rest after its cancellation",
                subject=names,
                why=f"waited {elapsed:.0f} s",
                next_step="Run the command again: it goes on waiting. custom_timeouts can give it more time",
            )
        ctx.progress(f"waiting for {len(waiting)} cancelled request(s) to come to rest, {elapsed:.0f}s")
        pause = pauses.next()
        if ctx.patience.rest(pause) is Ended.CANCELLED:
            raise Interrupted(
                "interrupted while a cancelled batch request comes to rest",
                subject=names,
                next_step="Run the command again: it goes on from here",
            )
        seen = ctx.statuses().read(list(waiting), max_age=pause / 2)


def _first_look(ctx: Context, ids: list[str], max_age: float) -> Mapping[str, State]:
    """What others of this command have just seen will do where the service refuses what is wrong then.

    It refuses the deletion of what is active, and a change of it. What is stopped and can be set going again
    is left as it is, so that nothing would be refused: it is looked at anew.
    """
    seen = dict(ctx.statuses().read(ids, max_age=max_age))
    anew = [id for id, state in seen.items() if isinstance(state, BatchRequestInfo) and _may_resume(state)]
    return {**seen, **ctx.statuses().read(anew, max_age=0.0)} if max_age and anew else seen


def _may_resume(info: BatchRequestInfo) -> bool:
    return info.phase is Phase.CANCELED and info.generation.abilities.resumes


def _is_to_cancel(ctx: Context, id: str, one: _Waiting, state: State, result: Settled) -> bool:
    """Judge a look: whether the request is to be cancelled now; what is settled stands in ``result``."""
    if isinstance(state, NotFound):
        _judge_missing(ctx, id, one, state, result)
        return False
    if isinstance(state, ServiceError):
        result.failures[id] = state
        return False
    one.missing_since = None
    ctx.ledger.saw(state)
    if _is_at_rest(state, one):
        result.infos[id] = state
        return False
    return one.cancelled_at is None or ctx.clock.monotonic() - one.cancelled_at >= ctx.read_lag / 2


def _judge_missing(ctx: Context, id: str, one: _Waiting, missing: NotFound, result: Settled) -> None:
    """A request that cannot be seen is believed gone, or known to be lost from sight, or looked for again."""
    now = ctx.clock.monotonic()
    one.missing_since = now if one.missing_since is None else one.missing_since
    may_run = one.insist or one.cancelled_at is not None
    if not is_believed(ctx, one.missing_since, at_rest=ctx.ledger.is_at_rest(id)):
        return
    if may_run and not ctx.ledger.is_at_rest(id):
        result.failures[id] = lost_from_sight(id, missing)
    else:
        result.infos[id] = None
        if not ctx.ledger.is_at_rest(id):
            ctx.warn(
                f"batch request {id} is not known to the service and was never seen to be started: it counts "
                "as gone. Should it come back, cancel it by its id"
            )


def is_confirmed(ctx: Context, info: BatchRequestInfo) -> bool:
    """Whether an idle request has been started, though reads do not show it yet.

    A change of its description to what it is anyway tells: it is refused while a request is processed or
    waits for it [batch API: PUT, 409]. Raises NotFound.
    """
    try:
        ctx.batch(info.id).touch_request(info)
    except Conflict:
        return True
    return False


def lost_from_sight(id: str, missing: NotFound) -> NotFound:
    """The error for a job that was started, has not been seen to end, and cannot be seen any more."""
    return NotFound(
        "lost from sight: batch request",
        subject=id,
        why="it was started and not seen to end, and the service does not know it now "
        f"({missing.why or '404'})",
        next_step="Run the command again later: it may be running. When you know that it is gone, take it "
        "out of the state with `pulumi state delete --target-dependents` and its urn",
        status=missing.status,
    )


def _is_at_rest(info: BatchRequestInfo, one: _Waiting) -> bool:
    """Whether a request has come to rest, and is known not to go on."""
    was_asked = one.cancelled_at is not None
    # What can be set going again may read as older than that; only a cancel makes sure.
    if info.is_final and (not info.phase.may_go_on or was_asked):
        return True
    return not (info.is_active or info.is_final or was_asked or one.insist)


def _cancel(
    ctx: Context, active: Mapping[str, BatchRequestInfo], waiting: Mapping[str, _Waiting], result: Settled
) -> None:
    """Cancel all of them, side by side. Raises Interrupted, DeadlineExceeded."""
    now = ctx.clock.monotonic()

    def keep(id: str, failure: SentinelHubError | None) -> None:
        one, info = waiting[id], active[id]
        if failure is None:
            one.cancelled_at = now
        elif isinstance(failure, (BadRequest, Conflict)):
            # It came to rest by itself in the meantime, or may not be cancelled in this state: the next look
            # tells, and where it is active still, it is cancelled then.
            one.cancelled_at = now - ctx.read_lag
            one.refused_since = now if one.refused_since is None else one.refused_since
            if info.phase.may_go_on or _was_never_heard(ctx, info, now - one.refused_since):
                result.infos[id] = info
        elif not isinstance(failure, (NotFound, AnswerLost)):  # of which the next look tells
            result.failures[id] = failure

    ctx.together(active, lambda id: ctx.batch(id).cancel(id), keep, "cancel batch request")


def _was_never_heard(ctx: Context, info: BatchRequestInfo, seconds: float) -> bool:
    """Whether a start was never carried out: it neither shows nor can be stopped while reads may lag."""
    return info.phase is Phase.CREATED and info.action is Action.NONE and seconds >= ctx.read_lag
