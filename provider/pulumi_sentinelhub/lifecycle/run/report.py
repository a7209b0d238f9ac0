"""What a run says: one line while it waits, one message when it fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Final

from ...batch.api import Phase
from ...errors import BudgetExceeded, JobFailed, SentinelHubError
from ...preview.price import charge_text, pu
from .goal import Goal
from .member import Member
from .remaining import remaining_text

#: Shows what is there of a job that has lost some tiles: stack outputs of a failed update are not set.
_LISTING: Final = "`sentinelhub-report --text` lists what is there and what failed"
_REMAKE: Final = "make it anew with `pulumi up --replace` and the urn of its BatchRequest"

_LET_IN: Final = (
    "See that the bucket exists and lets Sentinel Hub write (`pulumi up --refresh` puts an OutputBucket and "
    "its policy back)"
)


def elapsed_text(seconds: float) -> str:
    """``1m05s``, ``2h03m``."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"


def progress_line(members: Sequence[Member], elapsed: float, left: float | None = None) -> str:
    """``PROCESSING 42% (29/68 tiles), 1m05s, about 2 min left, 12.3 PU so far``."""
    states = Counter(member.status or "UNREAD" for member in members)
    if len(members) == 1:
        line = next(iter(states))
    else:
        known = [phase.value for phase in Phase]
        order = [*known, *sorted(set(states) - set(known))]
        line = f"{len(members)} requests: " + ", ".join(f"{states[s]} {s}" for s in order if states[s])
    total = sum(member.total for member in members)
    if total and any(member.was_started and member.tiles for member in members):
        done = sum(member.processed for member in members)
        line += f" {100 * done // total}% ({done}/{total} tiles)"
    elif shares := [member.completion for member in members if member.completion is not None]:
        line += f" {sum(shares) / len(shares):.0f}%"
    line += f", {elapsed_text(elapsed)}"
    if left is not None:
        line += f", {remaining_text(left)}"
    if spent := sum(member.cost or 0.0 for member in members):
        line += f", {pu(spent)} so far"
    return line


def counting_line(counted: int, expected: int) -> str:
    """``counting tiles, 40,000 of 100,000``."""
    return f"counting tiles, {counted:,}" + (f" of {expected:,}" if expected >= counted else "")


def failure(members: Iterable[Member], goal: Goal) -> JobFailed:
    """One error for all requests that did not come out as asked for."""
    lost = list(members)
    reasons = [f"{member.id} {_reason(member)}" for member in lost]
    ways = dict.fromkeys(_way_out(member, goal) for member in lost)
    what = "batch request" if len(lost) == 1 else f"{len(lost)} batch requests did not come out:"
    return JobFailed(what, subject="; ".join(reasons), next_step=". ".join(ways))


def _reason(member: Member) -> str:
    match member.phase:
        case Phase.FAILED:
            return f"failed: {member.error or 'the service gives no reason'}"
        case Phase.CANCELED:
            return (
                'was cancelled (by somebody else, a run until "cancelled" or an interrupted update, or when '
                "its cost passed max_cost)"
            )
        case Phase.HALTED:
            return f"was stopped by the service: {member.error or 'it gives no reason'}"
        case Phase.PARTIAL:
            return f"ended PARTIAL: {member.error or 'some tiles failed'}{_tiles(member)}"
        case None:
            return "is not known to the service (any more), and was not seen to finish"
    return f"is {member.status}"


def _tiles(member: Member) -> str:
    if not member.failed:
        return ""
    names = ", ".join(member.failed_tiles)
    more = member.failed - len(member.failed_tiles)
    return (
        f" ({member.failed} of {member.total} tiles failed: {names}{f' and {more} more' if more > 0 else ''})"
    )


def _way_out(member: Member, goal: Goal) -> str:
    match member.phase:
        case Phase.PARTIAL if member.abilities.restarts_failed:
            again = goal.restart_partial + 1
            return (
                f"Set restart_partial={again} to run them again, or accept_partial=True to do without them; "
                f"{_LISTING}"
            )
        case Phase.PARTIAL:
            return (
                f"Set accept_partial=True to do without them, or {_REMAKE}; with skipExisting in its output "
                f"only what is missing is computed; {_LISTING}"
            )
        case Phase.FAILED:
            if "bucket" in (member.error or "").lower():
                return f"{_LET_IN}; then {_REMAKE}"
            return f"Correct the BatchRequest, which replaces it, or {_REMAKE}"
        case Phase.HALTED:
            return f"Remove the cause; the next `pulumi up` resumes it, not before {_clock(member.resume_at)}"
        case Phase.CANCELED if not member.abilities.resumes:
            return f"The service cannot start it again: {_REMAKE}, or take it out of the run"
        case Phase.CANCELED:
            return f"It is not started again by itself: {_REMAKE}, or take it out of the run"
    return f"Run `pulumi refresh`: what never ran is made anew by the next `pulumi up`; else {_REMAKE}"


def _clock(moment: float | None) -> str:
    """``2026-11-26 14:05 UTC``."""
    return datetime.fromtimestamp(moment or 0.0, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


def over_budget(
    members: Sequence[Member], limit: float, total: float, earlier: float, running: Sequence[Member]
) -> BudgetExceeded:
    """The estimates are over the budget; nothing more is started."""
    listed = "; ".join(_price(member) for member in members)
    if earlier:
        listed += f"; earlier attempts: {pu(earlier)}"
    return BudgetExceeded(
        f"the estimate of {pu(total)} is over max_cost = {pu(limit)}, so no {_more(running)}request is "
        f"started{_going_on(running)}",
        why=f"estimates after the batch discount, and costs of what has ended: {listed}",
        next_step="Raise max_cost, or ask for less (area, resolution, dates, bands)",
    )


def no_estimate(members: Sequence[Member], limit: float, running: Sequence[Member]) -> BudgetExceeded:
    """The service gave no estimate, so the budget cannot be kept."""
    return BudgetExceeded(
        f"cannot keep max_cost = {pu(limit)}, so no {_more(running)}request is started{_going_on(running)}:",
        subject=", ".join(member.id for member in members),
        why="analysed or started, but the service gives no estimate",
        next_step="Leave out max_cost to start without a limit",
    )


def passed_budget(
    members: Sequence[Member],
    limit: float,
    spent: float,
    cancelled: Sequence[str],
    failures: Mapping[str, SentinelHubError],
) -> BudgetExceeded:
    """The cost so far has passed the budget; what ran has been cancelled, as far as that was possible."""
    listed = "; ".join(f"{member.id}: {pu(member.cost)}" for member in members if member.cost)
    why = f"cost so far: {listed}; cancelled: {', '.join(cancelled) or 'nothing was running any more'}"
    for id, error in failures.items():
        why += f"; NOT cancelled: {id} ({error.why or error.what})"
    return BudgetExceeded(
        f"{pu(spent)} have been spent, more than max_cost = {pu(limit)}",
        why=why,
        next_step=f"What is written stays. To compute the rest raise max_cost and {_REMAKE}",
    )


def _price(member: Member) -> str:
    if member.is_at_rest and member.cost is not None:
        return f"{member.id}: {pu(member.cost)} spent"
    estimate = member.cost_estimate or 0.0
    charge = charge_text([estimate]) if member.abilities.bills_least else ""
    return f"{member.id}: {pu(estimate)}{charge}"


def _more(running: Sequence[Member]) -> str:
    return "further " if running else ""


def _going_on(running: Sequence[Member]) -> str:
    if not running:
        return ""
    return f" ({', '.join(f'{member.id} is {member.status}' for member in running)} and goes on)"
