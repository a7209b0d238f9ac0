"""BatchRun: the desired outcome of one or many batch requests.

It makes no remote object and can be repeated at will.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from ...batch.models import BatchRequestInfo
from ...errors import NotFound, SentinelHubError, Unfinished
from ...values import is_unknown
from ..context import Context
from ..contract import CheckFailure, CheckReport, Difference, Remote
from ..fields import Change, Field, compare, echo, type_failures, with_defaults
from ..kinds import FLAG, Ids, Numbers, Positive, Text, Whole, Word
from ..presence import look_twice
from ..request import ON_DELETE, moved
from ..settle import cancel_and_settle
from .drive import Drive, count_tiles
from .goal import UNTIL, Goal, holds
from .member import Member

_MOST_RESTARTS: Final = 100  # each one is paid for
FIELDS: Final = (
    Field("requests", Change.IN_PLACE, Ids("batch requests"), "The batch requests, or their ids."),
    Field(
        "until", Change.IN_PLACE, Word(UNTIL), "How far: analysed, started or finished.", default="started"
    ),
    Field(
        "max_cost",
        Change.LOCAL,
        Positive("number of processing units"),
        "Processing units that all requests together may cost, after the batch discount; they are "
        "analysed first, and "
        "cancelled when the cost so far passes it.",
    ),
    Field(
        "restart_partial",
        Change.LOCAL,
        Whole("number", 0, _MOST_RESTARTS),
        "How often failed tiles of a PARTIAL request are run again.",
        default=0,
    ),
    Field(
        "accept_partial",
        Change.LOCAL,
        FLAG,
        "Whether a result that lacks failed tiles will do.",
        default=False,
    ),
    Field(
        "on_delete",
        Change.LOCAL,
        Word(ON_DELETE),
        "What destroy, and removal from the run, does with what is still active: cancel or leave.",
        default="cancel",
    ),
    Field("deployment", Change.IN_PLACE, Text(), "The Sentinel Hub deployment; from the configuration."),
    Field(
        "timeouts",
        Change.HIDDEN,
        Numbers("numbers of seconds"),
        "custom_timeouts in seconds, for hosts that do not pass them on.",
    ),
    Field("declaration", Change.HIDDEN, Text(), "A stable key of the declaration."),
)
OUTPUTS: Final[Mapping[str, str]] = {
    "status": "The one status that all requests share, else that of the one which is furthest from done.",
    "statuses": "Status by request id.",
    "results": "A record a request: id, status, user_action, tiles, failed_tiles, value_estimate, "
    "cost_estimate, cost, …",
    "tiles": "Number of tiles of all requests.",
    "tiles_by_status": "Number of tiles by tile status, over all requests.",
    "failed_tiles": "Names of failed tiles, at most 20 a request.",
    "user_action": "The latest action that all requests share, else MIXED.",
    "value_estimate": "Sum of the service's estimates in processing units, before the batch discount.",
    "cost_estimate": "The same after the batch discount.",
    "cost": "Processing units spent, after the batch discount.",
    "collection_ids": "Batch collection by request id; one that a request makes itself is there after its "
    "analysis.",
}
# From worst to best: a run is in the state of its least advanced request.
_WORST_FIRST: Final = (
    "FAILED",
    "CANCELED",
    "PARTIAL",
    "CREATED",
    "ANALYSING",
    "ANALYSIS_DONE",
    "PROCESSING",
    "DONE",
)


class BatchRunLifecycle:
    """Lifecycle of a run."""

    fields = FIELDS

    def check(self, ctx: Context, olds: Mapping[str, Any], news: Mapping[str, Any]) -> CheckReport:
        """Find what can be found without a call."""
        inputs = with_defaults(FIELDS, news)
        return CheckReport(inputs, (*_failures(inputs), *moved(olds, inputs)))

    def diff(self, ctx: Context, id: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Difference:
        """By the table; and a remembered outcome that is not the desired one is a difference, too."""
        difference = compare(FIELDS, olds, news)
        if not is_unknown(news.get("until")) and any(not holds(Goal.of(news), m) for m in _members(olds)):
            return Difference((*difference.changed, "status"))
        return difference

    def create(self, ctx: Context, news: Mapping[str, Any]) -> Remote:
        """Drive every request to the goal."""
        id = _id(news)
        members = {request: Member(request) for request in _ids(news)}
        return Remote(id, self._drive(ctx, id, news, members))

    def read(self, ctx: Context, id: str, olds: Mapping[str, Any]) -> Remote | None:
        """The outcome as it is now."""
        members = {member.id: member for member in _members(olds)}
        looked = [request for request, member in members.items() if member.finished_as is None]
        seen = ctx.statuses().read(looked, max_age=0.0) if looked else {}
        for request, found in seen.items():
            member = members[request]
            if isinstance(found, NotFound):
                members[request] = replace(member, expired=True)
                continue
            now = member.seen(found)
            if (
                now.was_started
                and now.status != "CANCELED"
                and (now.status != member.status or now.status == "PROCESSING")
            ):
                now = count_tiles(ctx, now, found)
            members[request] = now
        return Remote(id, outputs_of(olds, members.values()))

    def update(
        self, ctx: Context, id: str, olds: Mapping[str, Any], news: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Cancel what was taken out, drive what is in; no call where only local settings changed."""
        known = {member.id: member for member in _members(olds)}
        wanted = _ids(news)
        goal = Goal.of(news)
        members = {request: known.get(request, Member(request)) for request in wanted}
        removed = [member for request, member in known.items() if request not in members]
        if not removed and all(holds(goal, member) for member in members.values()):
            return outputs_of(news, members.values())
        try:
            if removed:
                self._take_out(ctx, removed, members, news)
        except SentinelHubError as error:
            raise Unfinished(error, id=id, outputs=outputs_of(olds, known.values())) from error
        return self._drive(ctx, id, news, members)

    def delete(self, ctx: Context, id: str, olds: Mapping[str, Any]) -> None:
        """Cancel what is still active."""
        ids = [member.id for member in _members(olds)] or _ids(olds)
        if olds.get("on_delete") == "leave":
            ctx.warn(f'on_delete = "leave": whatever is active of {", ".join(ids)} goes on running')
            return
        cancel_and_settle(ctx, ids, insist=[member.id for member in _members(olds) if member.is_underway])

    def _drive(
        self, ctx: Context, id: str, news: Mapping[str, Any], members: dict[str, Member]
    ) -> dict[str, Any]:
        drive = Drive(ctx, Goal.of(news), members)
        try:
            drive.run()
        except SentinelHubError as error:
            if all(member.status is None for member in drive.members.values()):
                # Not one request could be looked at, so there is nothing to keep.
                raise
            raise Unfinished(error, id=id, outputs=outputs_of(news, drive.members.values())) from error
        return outputs_of(news, drive.members.values())

    def _take_out(
        self, ctx: Context, removed: Sequence[Member], members: dict[str, Member], news: Mapping[str, Any]
    ) -> None:
        """Cancel removed requests; recognise a finished job whose request was removed and made anew."""
        if news.get("on_delete") == "leave":
            ctx.warn(
                f"taken out of the run and left as they are: {', '.join(member.id for member in removed)}"
            )
        over = [member for member in removed if _finished(member)]
        gone = {member.fingerprint: member for member in over if _is_gone(ctx, member)}
        rest = [member for member in removed if member not in over]
        if news.get("on_delete") != "leave":
            settled = cancel_and_settle(
                ctx, [member.id for member in rest], insist=[m.id for m in rest if m.is_underway]
            )
            # What was started and is not known any more has come to its end unseen.
            gone |= {
                m.fingerprint: replace(m, expired=True) for m in rest if m.was_started and not settled[m.id]
            }
        for request, member in members.items():
            if member.status is not None or not gone:
                continue
            seen = ctx.statuses().read([request], max_age=0.0)[request]
            if not isinstance(seen, BatchRequestInfo):
                continue
            now = member.seen(seen)
            if before := gone.get(now.fingerprint):
                finished_as = before.finished_as or before.id
                ctx.warn(
                    f"batch request {request} computes what {finished_as} has finished, which the service "
                    "has removed "
                    "since: it is not run again. To run it again, replace the BatchRun as well"
                )
                members[request] = replace(before, id=request, finished_as=finished_as, expired=True)


BATCH_RUN: Final = BatchRunLifecycle()


def outputs_of(inputs: Mapping[str, Any], members: Iterable[Member]) -> dict[str, Any]:
    """What the program sees of a run."""
    all_of_them = list(members)
    states = [member.status for member in all_of_them if member.status is not None]
    actions = {member.user_action or "NONE" for member in all_of_them}
    tiles: Counter[str] = Counter()
    for member in all_of_them:
        tiles.update(member.tiles)
    outputs: dict[str, Any] = {
        **echo(FIELDS, inputs),
        "status": min(states, key=_badness, default=None),
        "statuses": {member.id: member.status or "UNREAD" for member in all_of_them},
        "results": [member.record() for member in all_of_them],
        "tiles": sum(member.total for member in all_of_them),
        "tiles_by_status": dict(tiles),
        "failed_tiles": [name for member in all_of_them for name in member.failed_tiles],
        "user_action": actions.pop() if len(actions) == 1 else "MIXED",
        "value_estimate": _total(member.value_estimate for member in all_of_them),
        "cost_estimate": _total(member.cost_estimate for member in all_of_them),
        "cost": _total(member.cost for member in all_of_them),
        "collection_ids": {member.id: member.collection_id for member in all_of_them if member.collection_id},
    }
    return {key: value for key, value in outputs.items() if value is not None}


def _badness(status: str) -> int:
    return _WORST_FIRST.index(status) if status in _WORST_FIRST else 0


def _total(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(sum(known), 6) if known else None


def _members(outputs: Mapping[str, Any]) -> list[Member]:
    return [Member.of(record) for record in outputs.get("results") or []]


def _finished(member: Member) -> bool:
    return member.status in ("DONE", "PARTIAL") or member.finished_as is not None


def _is_gone(ctx: Context, member: Member) -> bool:
    if member.expired:
        return True
    return look_twice(ctx, member.id, lambda: ctx.connect().get_request(member.id)) is None


def _ids(inputs: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys(str(request) for request in inputs.get("requests") or []))


def _id(inputs: Mapping[str, Any]) -> str:
    key = str(inputs.get("declaration") or ",".join(_ids(inputs)))
    return "run-" + hashlib.sha256(key.encode()).hexdigest()[:16]


def _failures(inputs: Mapping[str, Any]) -> list[CheckFailure]:
    failures = type_failures(FIELDS, inputs)
    if inputs.get("requests") is None:
        failures.append(CheckFailure("requests", "names no batch request; give at least one"))
    return failures
