"""What a run will cost, as far as a preview can tell: beside what is spent already, and against its budget.

The rule that counts is that of ``budget``, by the service's own estimates after the analysis. This one says
it before anything is made, and refuses what cannot hold even if our estimate is off by its uncertainty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ...batch.api import BatchRequestInfo
from ...finding import Finding, Severity, of_severity
from ...preview.estimate import Estimate
from ...preview.price import charge_text, pu
from ...shown import listed
from ...values import is_unknown
from ..context import Context
from .budget import Earlier, commitment, leave, spent_earlier
from .goal import FINISHED, STARTED, Goal, holds
from .member import Member
from .outcome import members_of

_LESS: Final = "raise max_cost, or ask for less (area, resolution, dates, bands)"


@dataclass(frozen=True)
class Forecast:
    """What the requests of a run have cost and may cost, in processing units after the batch discount.

    Attributes:
        spent: on those that are at rest, and on earlier attempts of the same declarations.
        running: what those that run may cost.
        starting: estimates of those that will be started, as far as there are any.
        unknown: number of those whose estimate cannot be told yet.
        replaced: finished jobs in whose place new ones are computed.
        made: ids of those that will be started, as far as they are made.
        underway: ids of those that run although the run's state does not know it yet.
    """

    spent: float
    running: float
    starting: tuple[Estimate, ...]
    unknown: int
    replaced: tuple[Member, ...]
    made: tuple[str, ...]
    underway: tuple[str, ...] = ()

    @property
    def new(self) -> float:
        """Sum of the estimates."""
        return sum(one.cost for one in self.starting)

    @property
    def charge(self) -> str:
        """What is charged for it, where that is more."""
        return charge_text([one.cost for one in self.starting])

    @property
    def least(self) -> float:
        """What it costs in all if every estimate is too high by as much as it may be."""
        return self.spent + self.running + sum(one.least for one in self.starting)

    @property
    def most(self) -> float:
        """What it costs in all if every estimate is too low by as much as it may be."""
        return self.spent + self.running + sum(one.most for one in self.starting)


def foresee(ctx: Context, olds: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[Finding]:
    """The price of what the run will start, whether its budget allows that, and what goes on instead.

    Of requests that are made already, the state may not say that they run: where a preview would announce
    their start, and where their run would be refused, one look tells.

    Args:
        ctx: the surroundings; its ledger knows the estimates of the requests that this process has checked.
        olds: the run's old outputs; empty for a new one.
        inputs: its new inputs, of the right kinds.
    """
    if is_unknown(inputs.get("until")) or is_unknown(inputs.get("max_cost")):
        return []
    goal, requests = Goal.of(inputs), inputs.get("requests")
    if goal.until not in (STARTED, FINISHED) or not isinstance(requests, (list, tuple)):
        return []
    known = goal, olds, requests, _declarations(inputs)
    forecast = _forecast(ctx, *known)
    against = _against(forecast, goal.max_cost)
    refused = bool(of_severity(against, Severity.ERROR))
    met = _underway(ctx, forecast.made) if refused or ctx.foretells else []
    if met:
        forecast = _forecast(ctx, *known)
        if refused:
            return [*_notes(forecast, goal.max_cost), _stays_watched(met)]
        against = _against(forecast, goal.max_cost)
    return [*_notes(forecast, goal.max_cost), *_going_on(forecast, met), *against]


def _underway(ctx: Context, made: Sequence[str]) -> list[BatchRequestInfo]:
    """Requests that were started after all, as by an update that was killed before the state said so.

    To refuse their run would leave them unwatched. The process knows of them from now on.
    """
    met = [info for info in ctx.glance(made) if info.was_started] if made else []
    for info in met:
        ctx.ledger.saw(info)
    return met


def _going_on(forecast: Forecast, met: Sequence[BatchRequestInfo]) -> list[Finding]:
    """What is not started, since it is: no price is told of it."""
    states = dict.fromkeys(forecast.underway, "") | {info.id: f" ({info.status})" for info in met}
    if not states:
        return []
    named = listed(f"batch request {id}{state}" for id, state in states.items())
    return [Finding("", f"goes on with what has started already: {named}", severity=Severity.NOTE)]


def _stays_watched(met: Sequence[BatchRequestInfo]) -> Finding:
    states = listed(f"batch request {info.id} ({info.status})" for info in met)
    return Finding(
        "max_cost",
        f"is less than what starts may cost, and it has started already: {states}",
        "the run watches it, cancels it when more has been spent, and starts nothing else that does not fit",
        Severity.WARNING,
    )


def _declarations(inputs: Mapping[str, Any]) -> Mapping[int, str]:
    """By place in the list of requests, the declaration of each that is a BatchRequest of the program."""
    told = inputs.get("declarations")
    known = told.items() if isinstance(told, Mapping) else ()
    return {int(place): key for place, key in known if not is_unknown(key)}


def _forecast(
    ctx: Context,
    goal: Goal,
    olds: Mapping[str, Any],
    requests: Sequence[Any],
    declarations: Mapping[int, str],
) -> Forecast:
    before = {member.id: member for member in members_of(olds)}
    spent = running = 0.0
    starting: list[Estimate] = []
    made: list[str] = []
    underway: list[str] = []
    unknown = 0
    for place, id in enumerate(requests):
        member = None if is_unknown(id) else before.get(str(id))
        if member is not None and (holds(goal, member) or member.is_at_rest or member.is_underway):
            cost = commitment(member) or 0.0
            spent, running = (spent, running + cost) if member.is_underway else (spent + cost, running)
            continue
        if not is_unknown(id) and (ctx.ledger.may_run(str(id)) or ctx.ledger.is_at_rest(str(id))):
            underway += [str(id)] if ctx.ledger.may_run(str(id)) else []
            continue
        declaration = declarations.get(place) or (None if is_unknown(id) else ctx.ledger.holder_of(str(id)))
        estimate = None if declaration is None else ctx.ledger.quoted(declaration)
        if estimate is None:
            unknown += 1
        else:
            starting.append(estimate)
            made += [] if is_unknown(id) else [str(id)]
    stays = {str(id) for id in requests if not is_unknown(id)}
    keys = set(declarations.values())
    gone = [one for one in before.values() if one.id not in stays]
    present = [
        *(one for one in before.values() if one.id in stays),
        *(Member("", declaration=key) for key in keys),
    ]
    spent += spent_earlier(leave(Earlier.of(olds), gone), present)
    replaced = tuple(one for one in gone if one.cost and one.is_at_rest and one.declaration in keys)
    return Forecast(spent, running, tuple(starting), unknown, replaced, tuple(made), tuple(underway))


def _notes(forecast: Forecast, limit: float | None) -> list[Finding]:
    """The price on the run that will start it: of all requests, of a change, of a budget."""
    number = len(forecast.starting)
    if not number:
        return []
    text = f"starts {number} request{'' if number == 1 else 's'} of about {pu(forecast.new)} in all"
    text += forecast.charge
    if forecast.unknown:
        text += f", and {forecast.unknown} whose price is not known yet"
    if forecast.replaced:
        jobs = ", ".join(f"{one.id} ({pu(one.cost or 0.0)})" for one in forecast.replaced[:3])
        more = len(forecast.replaced) - 3
        text += f", in place of what has been computed: {jobs}{f' and {more} more' if more > 0 else ''}"
    if forecast.spent:
        text += f"; {pu(forecast.spent)} are spent already"
    if limit is not None:
        left = max(0.0, limit - forecast.spent - forecast.running)
        text += f"; max_cost = {pu(limit)} leaves {pu(left)} for it"
    return [Finding("", text, severity=Severity.NOTE)]


def _against(forecast: Forecast, limit: float | None) -> list[Finding]:
    if limit is None or forecast.most <= limit or not forecast.starting:
        return []
    charge = f" ({forecast.charge.removeprefix(', ')})" if forecast.charge else ""
    parts = [f"{pu(forecast.new)} estimated for what starts{charge}"]
    if forecast.running:
        parts.append(f"{pu(forecast.running)} for what runs")
    if forecast.spent:
        parts.append(f"{pu(forecast.spent)} spent")
    reason = f"is {pu(limit)}, and {' + '.join(parts)} "
    if forecast.least > limit:
        fix = f"the run would start nothing: {_LESS}"
        return [Finding("max_cost", f"{reason}are more", fix)]
    fix = f"the run starts nothing where the estimate after the analysis is higher: {_LESS}"
    return [Finding("max_cost", f"{reason}may be more", fix, Severity.WARNING)]
