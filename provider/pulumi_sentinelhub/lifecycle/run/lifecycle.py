"""BatchRun: the desired outcome of one or many batch requests.

It makes no remote object and can be repeated at will.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from ...batch.api import BatchRequestInfo, Phase
from ...batch.statuses import AS_OF_COMMAND
from ...errors import (
    BudgetExceeded,
    NotFound,
    SentinelHubError,
    Unfinished,
)
from ...finding import Finding, Severity, of_severity
from ...values import is_unknown, same
from .. import home
from ..context import Context
from ..contract import CheckReport, Difference, Remote
from ..fields import compare, type_failures, with_defaults
from ..ownership import account
from ..ownership.absence import look
from ..settle import lost_from_sight, settle
from ..tables.run import FIELDS
from .budget import Earlier, leave
from .counts import counted_if_told
from .drive import Drive
from .forecast import foresee
from .goal import Goal, holds
from .leaving import is_driven_again, is_only_ours, named, recognise_finished, require_in_sight, taken_out
from .member import Member
from .outcome import members_of, outputs_of


class BatchRunLifecycle:
    """Lifecycle of a run."""

    fields = FIELDS

    def check(self, ctx: Context, olds: Mapping[str, Any], news: Mapping[str, Any]) -> CheckReport:
        """Find what can be found without a call."""
        inputs = with_defaults(FIELDS, news)
        failures = [
            *type_failures(FIELDS, inputs),
            *home.moved(olds, inputs),
            *_beyond_the_generation(ctx, olds, inputs),
        ]
        if isinstance(requests := inputs.get("requests"), list):
            ctx.ledger.want(_key(inputs), [str(id) for id in requests if not is_unknown(id)])
        if not olds and not of_severity(failures, Severity.ERROR):
            # Of a run that is there already diff tells: a check is given its old inputs alone.
            failures += foresee(ctx, {}, inputs)
        return CheckReport(inputs, tuple(failures))

    def diff(self, ctx: Context, id: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Difference:
        """By the table; and a remembered outcome that is not the desired one is a difference, too."""
        _remember(ctx, olds)
        account.warn_if_moved(ctx, ", ".join(_ids(olds)), olds)
        _tell(ctx, foresee(ctx, olds, news))
        difference = compare(FIELDS, olds, news)
        if not is_unknown(news.get("until")) and any(not holds(Goal.of(news), m) for m in members_of(olds)):
            return Difference((*difference.changed, "status"))
        return difference

    def create(self, ctx: Context, news: Mapping[str, Any]) -> Remote:
        """Drive every request to the goal."""
        id = _id(news)
        _told_homes(ctx, news)
        ctx.ledger.drive(_key(news), _ids(news))
        members = {request: Member(request) for request in _ids(news)}
        return Remote(id, self._drive(ctx, id, news, members, []))

    def read(self, ctx: Context, id: str, olds: Mapping[str, Any]) -> Remote | None:
        """The outcome as it is now. Raises one error for all requests that could not be read."""
        _remember(ctx, olds)
        _require_own(ctx, "read batch requests", olds)
        members = {member.id: member for member in members_of(olds)}
        looked = [request for request, member in members.items() if member.finished_as is None]
        seen = ctx.statuses().read(looked, max_age=AS_OF_COMMAND) if looked else {}
        members |= ctx.results_of(
            seen, lambda request: self._as_found(ctx, members[request], seen[request]), "read batch request"
        )
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
        return counted_if_told(ctx, now, found)

    def update(
        self, ctx: Context, id: str, olds: Mapping[str, Any], news: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Drive what is in; what was taken out goes on. No call where only local settings changed."""
        _remember(ctx, olds)
        _told_homes(ctx, news)
        ctx.ledger.drive(_key(news), _ids(news))
        known = {member.id: member for member in members_of(olds)}
        goal = Goal.of(news)
        members = {request: known.get(request, Member(request)) for request in _ids(news)}
        removed = [member for request, member in known.items() if request not in members]
        earlier = Earlier.of(olds)
        if not removed and all(holds(goal, member) for member in members.values()):
            return {**outputs_of(news, members.values(), earlier), **account.recorded(olds)}
        _require_own(ctx, "drive batch requests", {**olds, "requests": _ids(news)})
        if removed:
            gone = ctx.results_of(
                [member.id for member in removed],
                lambda request: taken_out(ctx, known[request], goal),
                "read batch request",
            )
            removed = list(gone.values())
            earlier = leave(earlier, removed)
            recognise_finished(ctx, removed, members)
        return self._drive(ctx, id, news, members, earlier)

    def delete(self, ctx: Context, id: str, olds: Mapping[str, Any]) -> None:
        """Cancel what nobody but this run has to do with; all else is its BatchRequest's business."""
        _remember(ctx, olds)
        bare = [str(request) for request in olds.get("bare") or []]
        others = [m for m in members_of(olds) if m.id not in bare and m.is_underway]
        if others:
            _require_own(ctx, "end the run of batch requests", olds)
            require_in_sight(ctx, others)
            ctx.warn(
                f"the run ends, its batch requests go on: {named(others)}. Only the removal of a request's "
                'own BatchRequest, or a run with until="cancelled", cancels it'
            )
        if not bare:
            return
        if olds.get("on_delete") == "leave":
            ctx.warn(f'on_delete = "leave": whatever is active of {", ".join(bare)} goes on running')
            return
        _require_own(ctx, "cancel batch requests", olds)
        key = _key(olds)
        ours = ctx.results_of(bare, lambda request: is_only_ours(ctx, request, key), "read batch request")
        cancelled = [request for request in bare if ours[request]]
        if cancelled and not is_driven_again(ctx, id, cancelled):
            settle(ctx, cancelled).raise_failures()

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


BATCH_RUN: Final = BatchRunLifecycle()


def _beyond_the_generation(ctx: Context, olds: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[Finding]:
    """What new requests cannot be asked for; a run that asked for it before may hold older ones."""
    restarts = inputs.get("restart_partial")
    if ctx.generation.abilities.restarts_failed or not isinstance(restarts, int) or not restarts:
        return []
    reason = f"is {restarts}, and API {ctx.generation.name} cannot run failed tiles again"
    fix = "leave it out; accept_partial=True does without them, a new request with skipExisting computes them"
    asked_before = same(olds.get("restart_partial"), restarts)
    return [Finding("restart_partial", reason, fix, Severity.WARNING if asked_before else Severity.ERROR)]


def _tell(ctx: Context, findings: Sequence[Finding]) -> None:
    """Show what is foreseen. Raises BudgetExceeded where the budget cannot hold."""
    for finding in findings:
        match finding.severity:
            case Severity.ERROR:
                raise BudgetExceeded(f"{finding.property} {finding.reason}", next_step=finding.fix)
            case Severity.WARNING:
                ctx.warn(str(finding))
            case Severity.NOTE if ctx.foretells:
                ctx.note(str(finding))


def _told_homes(ctx: Context, values: Mapping[str, Any]) -> None:
    """Tell the process where the requests live, as their BatchRequests have told the program."""
    told = values.get("generations")
    for id, generation in told.items() if isinstance(told, Mapping) else ():
        if generation in ctx.generations and ctx.ledger.generation_of(str(id)) is None:
            ctx.ledger.lives_in(str(id), generation)


def _remember(ctx: Context, outputs: Mapping[str, Any]) -> None:
    """Tell the process what the run's state knows of its requests, whose own states may know less."""
    _told_homes(ctx, outputs)
    for member in members_of(outputs):
        if member.lives_in is not None:
            ctx.ledger.lives_in(member.id, member.lives_in)
        ctx.ledger.remember(member.id, underway=member.is_underway, at_rest=member.is_at_rest)


def _require_own(ctx: Context, what: str, olds: Mapping[str, Any]) -> None:
    """Refuse to go on as another account, or at another address where not every request is."""
    ids = _ids(olds)

    def find_all() -> None:
        ctx.results_of(ids, lambda id: ctx.batch(id).get_request(id), "read batch request")

    account.require_own(ctx, what, ", ".join(ids), olds, find_all)


def _key(inputs: Mapping[str, Any]) -> str:
    return str(inputs.get("declaration") or ",".join(_ids(inputs)))


def _ids(inputs: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys(str(request) for request in inputs.get("requests") or []))


def _id(inputs: Mapping[str, Any]) -> str:
    return "run-" + hashlib.sha256(_key(inputs).encode()).hexdigest()[:16]
