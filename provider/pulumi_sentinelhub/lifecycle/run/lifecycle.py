"""BatchRun: the desired outcome of one or many batch requests.

It makes no remote object and can be repeated at will.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from ...batch.api import BatchRequestInfo, Phase
from ...errors import (
    DeadlineExceeded,
    Interrupted,
    NotFound,
    SentinelHubError,
    Unfinished,
    of_all,
)
from ...values import is_unknown
from ..context import Context
from ..contract import CheckReport, Difference, Remote
from ..fields import compare, echo, type_failures, with_defaults
from ..ownership import account
from ..ownership.absence import look
from ..request import moved
from ..settle import lost_from_sight, settle
from ..tables.run import FIELDS, UNREAD
from .budget import Earlier, leave
from .drive import Drive, counted
from .goal import Goal, holds
from .member import Member

# From worst to best: a run is in the state of its least advanced request.
_WORST_FIRST: Final = (
    Phase.FAILED,
    Phase.CANCELED,
    Phase.HALTED,
    Phase.PARTIAL,
    Phase.CREATED,
    Phase.ANALYSING,
    Phase.ANALYSED,
    Phase.PROCESSING,
    Phase.ENDED,
    Phase.DONE,
)


class BatchRunLifecycle:
    """Lifecycle of a run."""

    fields = FIELDS

    def check(self, ctx: Context, olds: Mapping[str, Any], news: Mapping[str, Any]) -> CheckReport:
        """Find what can be found without a call."""
        inputs = with_defaults(FIELDS, news)
        failures = [*type_failures(FIELDS, inputs), *moved(olds, inputs)]
        if isinstance(requests := inputs.get("requests"), list):
            ctx.ledger.want(_key(inputs), [str(id) for id in requests if not is_unknown(id)])
        return CheckReport(inputs, tuple(failures))

    def diff(self, ctx: Context, id: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Difference:
        """By the table; and a remembered outcome that is not the desired one is a difference, too."""
        _remember(ctx, olds)
        account.warn_if_moved(ctx, ", ".join(_ids(olds)), olds)
        difference = compare(FIELDS, olds, news)
        if not is_unknown(news.get("until")) and any(not holds(Goal.of(news), m) for m in _members(olds)):
            return Difference((*difference.changed, "status"))
        return difference

    def create(self, ctx: Context, news: Mapping[str, Any]) -> Remote:
        """Drive every request to the goal."""
        id = _id(news)
        ctx.ledger.want(_key(news), _ids(news))
        members = {request: Member(request) for request in _ids(news)}
        return Remote(id, self._drive(ctx, id, news, members, []))

    def read(self, ctx: Context, id: str, olds: Mapping[str, Any]) -> Remote | None:
        """The outcome as it is now. Raises one error for all requests that could not be read."""
        _remember(ctx, olds)
        _require_own(ctx, "read batch requests", olds)
        members = {member.id: member for member in _members(olds)}
        looked = [request for request, member in members.items() if member.finished_as is None]
        seen = ctx.statuses().read(looked, max_age=0.0) if looked else {}
        for request, found in seen.items():
            members[request] = self._as_found(ctx, members[request], found)
        earlier = Earlier.of(olds)
        return Remote(id, {**outputs_of(olds, members.values(), earlier), **account.origin(ctx)})

    @staticmethod
    def _as_found(ctx: Context, member: Member, found: BatchRequestInfo | SentinelHubError) -> Member:
        """The member after a look; as it was, with a warning, where the look told nothing."""
        if isinstance(found, NotFound):
            at_rest = member.is_at_rest
            info = look(
                ctx,
                member.id,
                lambda: ctx.batch(member.id).get_request(member.id),
                at_rest=lambda: at_rest or ctx.ledger.is_at_rest(member.id),
            )
            if info is None and at_rest:
                return replace(member, expired=True)
            if info is None:
                ctx.warn(str(lost_from_sight(member.id, found) if member.was_started else found))
                return member
            found = info
        if isinstance(found, SentinelHubError):
            ctx.warn(f"the state of batch request {member.id} is kept as it was: {found}")
            return member
        ctx.ledger.saw(found)
        now = member.seen(found, ctx.clock.now())
        changed = now.status != member.status or now.phase is Phase.PROCESSING
        if not (now.was_started and now.phase is not Phase.CANCELED and changed):
            return now
        try:
            return counted(ctx, now, found)
        except (Interrupted, DeadlineExceeded):
            raise
        except SentinelHubError:
            return now

    def update(
        self, ctx: Context, id: str, olds: Mapping[str, Any], news: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Drive what is in; what was taken out goes on. No call where only local settings changed."""
        _remember(ctx, olds)
        ctx.ledger.want(_key(news), _ids(news))
        known = {member.id: member for member in _members(olds)}
        goal = Goal.of(news)
        members = {request: known.get(request, Member(request)) for request in _ids(news)}
        removed = [member for request, member in known.items() if request not in members]
        earlier = Earlier.of(olds)
        if not removed and all(holds(goal, member) for member in members.values()):
            return {**outputs_of(news, members.values(), earlier), **account.recorded(olds)}
        _require_own(ctx, "drive batch requests", {**olds, "requests": _ids(news)})
        if removed:
            removed = [self._taken_out(ctx, member, goal) for member in removed]
            earlier = leave(earlier, removed)
            self._recognise_finished(ctx, removed, members)
        return self._drive(ctx, id, news, members, earlier)

    def delete(self, ctx: Context, id: str, olds: Mapping[str, Any]) -> None:
        """Cancel what nobody but this run has to do with; all else is its BatchRequest's business."""
        _remember(ctx, olds)
        bare = [str(request) for request in olds.get("bare") or []]
        others = [m for m in _members(olds) if m.id not in bare and m.is_underway]
        if others:
            _require_own(ctx, "end the run of batch requests", olds)
            self._require_in_sight(ctx, others)
            ctx.warn(
                f"the run ends, its batch requests go on: {_named(others)}. Only the removal of a "
                "request's own "
                'BatchRequest, or a run with until="cancelled", cancels it'
            )
        if not bare:
            return
        if olds.get("on_delete") == "leave":
            ctx.warn(f'on_delete = "leave": whatever is active of {", ".join(bare)} goes on running')
            return
        _require_own(ctx, "cancel batch requests", olds)
        own = [request for request in bare if self._is_only_ours(ctx, request, olds)]
        settle(ctx, own).raise_failures()

    @staticmethod
    def _require_in_sight(ctx: Context, members: Sequence[Member]) -> None:
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

    @staticmethod
    def _is_only_ours(ctx: Context, request: str, olds: Mapping[str, Any]) -> bool:
        """Whether no declaration owns a bare request, and no other run of this update drives it."""
        if ctx.ledger.is_wanted_by_another(request, _key(olds)) or ctx.ledger.is_held(request):
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
        return mark is None

    def _drive(
        self,
        ctx: Context,
        id: str,
        news: Mapping[str, Any],
        members: dict[str, Member],
        earlier: Sequence[Earlier],
    ) -> dict[str, Any]:
        drive = Drive.of(ctx, Goal.of(news), members, earlier)
        try:
            drive.run()
        except SentinelHubError as error:
            if all(member.status is None for member in drive.members):
                # Not one request could be looked at, so there is nothing to keep.
                raise
            kept = {**outputs_of(news, drive.members, earlier), **account.origin(ctx)}
            raise Unfinished(error, id=id, outputs=kept) from error
        return {**outputs_of(news, drive.members, earlier), **account.origin(ctx)}

    @staticmethod
    def _taken_out(ctx: Context, member: Member, goal: Goal) -> Member:
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
        try:
            return counted(ctx, now, info)
        except (Interrupted, DeadlineExceeded):
            raise
        except SentinelHubError:
            return now

    @staticmethod
    def _recognise_finished(ctx: Context, removed: Sequence[Member], members: dict[str, Member]) -> None:
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


BATCH_RUN: Final = BatchRunLifecycle()


def outputs_of(
    inputs: Mapping[str, Any], members: Iterable[Member], earlier: Sequence[Earlier] = ()
) -> dict[str, Any]:
    """What the program sees of a run."""
    all_of_them = list(members)
    states = [member.status for member in all_of_them if member.status is not None]
    actions = {member.action.value for member in all_of_them}
    tiles: Counter[str] = Counter()
    for member in all_of_them:
        tiles.update(member.tiles)
    outputs: dict[str, Any] = {
        **echo(FIELDS, inputs),
        "status": min(states, key=_badness, default=None),
        "statuses": {member.id: member.status or UNREAD for member in all_of_them},
        "results": [member.record() for member in all_of_them],
        "tiles": sum(member.total for member in all_of_them),
        "tiles_by_status": dict(tiles),
        "failed_tiles": [name for member in all_of_them for name in member.failed_tiles],
        "user_action": actions.pop() if len(actions) == 1 else "MIXED",
        "value_estimate": _total(member.value_estimate for member in all_of_them),
        "cost_estimate": _total(member.cost_estimate for member in all_of_them),
        "cost": _total(member.cost for member in all_of_them),
        "collection_ids": {member.id: member.collection_id for member in all_of_them if member.collection_id},
        "earlier": [one.record() for one in earlier] or None,
    }
    return {key: value for key, value in outputs.items() if value is not None}


def _badness(status: str) -> int:
    phase = Phase.of(status)
    return _WORST_FIRST.index(phase) if phase in _WORST_FIRST else 0


def _total(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(sum(known), 6) if known else None


def _members(outputs: Mapping[str, Any]) -> list[Member]:
    return [Member.of(record) for record in outputs.get("results") or []]


def _remember(ctx: Context, outputs: Mapping[str, Any]) -> None:
    """Tell the process what the run's state knows of its requests, whose own states may know less."""
    for member in _members(outputs):
        if member.generation is not None:
            ctx.ledger.lives_in(member.id, member.generation)
        ctx.ledger.remember(member.id, underway=member.is_underway, at_rest=member.is_at_rest)


def _require_own(ctx: Context, what: str, olds: Mapping[str, Any]) -> None:
    """Refuse to go on as another account, or at another address where not every request is."""
    ids = _ids(olds)

    def find_all() -> None:
        for id in ids:
            ctx.batch(id).get_request(id)

    account.require_own(ctx, what, ", ".join(ids), olds, find_all)


def _is_lost(ctx: Context, id: str) -> bool:
    """Whether a request that was started and not seen to end cannot be seen for longer than reads lag."""

    def find() -> BatchRequestInfo:
        return ctx.batch(id).get_request(id)

    return look(ctx, id, find, at_rest=lambda: ctx.ledger.is_at_rest(id)) is None


def _named(members: Iterable[Member]) -> str:
    return ", ".join(f"{member.id} ({member.status})" for member in members)


def _key(inputs: Mapping[str, Any]) -> str:
    return str(inputs.get("declaration") or ",".join(_ids(inputs)))


def _ids(inputs: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys(str(request) for request in inputs.get("requests") or []))


def _id(inputs: Mapping[str, Any]) -> str:
    return "run-" + hashlib.sha256(_key(inputs).encode()).hexdigest()[:16]
