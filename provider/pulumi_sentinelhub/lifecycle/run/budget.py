"""Whether the budget of a run allows a start; it fails closed.

What a run may cost is the sum over its requests: what a finished one has cost, what any other is estimated to
cost, and what earlier attempts of the same declarations have cost. What cannot be known starts nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...batch.api import Phase
from ...errors import BudgetExceeded
from ...preview.price import charged, pu
from .member import Member
from .report import no_estimate, over_budget


@dataclass(frozen=True)
class Earlier:
    """What was spent on a request that has left the run.

    Attributes:
        id: the batch request.
        declaration: the key of the declaration that it was made for.
        cost: processing units, after the batch discount.
    """

    id: str
    declaration: str
    cost: float

    @classmethod
    def of(cls, outputs: Mapping[str, Any]) -> list[Earlier]:
        """From the run's outputs."""
        known = [record for record in outputs.get("earlier") or [] if isinstance(record, Mapping)]
        return [cls(str(r["id"]), str(r["declaration"]), float(r["cost"])) for r in known]

    def record(self) -> dict[str, Any]:
        """For the state."""
        return {"id": self.id, "declaration": self.declaration, "cost": self.cost}


def spent_earlier(earlier: Iterable[Earlier], members: Iterable[Member]) -> float:
    """Processing units that earlier attempts of the members' declarations have cost."""
    present = list(members)
    declarations = {member.declaration for member in present} - {None}
    ids = {member.id for member in present}
    return sum(one.cost for one in earlier if one.declaration in declarations and one.id not in ids)


def leave(earlier: Sequence[Earlier], removed: Iterable[Member]) -> list[Earlier]:
    """What was spent earlier, with the members that leave the run."""
    kept = {one.id: one for one in earlier}
    for member in removed:
        if member.declaration and member.cost:
            kept[member.id] = Earlier(member.id, member.declaration, member.cost)
    return list(kept.values())


def commitment(member: Member) -> float | None:
    """Processing units that a request has cost or may cost; None where that is not known.

    What has ended without being run has cost nothing. What runs may cost its estimate, or the least that the
    service bills for a request, and more where more has been spent already.
    """
    estimate = member.cost_estimate
    if estimate is not None and member.abilities.bills_least:
        estimate = charged(estimate)
    if member.is_at_rest and member.phase is not Phase.HALTED:
        if member.cost is not None:
            return member.cost
        never_ran = member.phase in (Phase.FAILED, Phase.CANCELED) and not member.tiles
        return 0.0 if never_ran else estimate
    if estimate is None:
        return None
    return max(estimate, member.cost or 0.0)


def is_cleared(limit: float | None, members: Sequence[Member], earlier: float, *, starts: bool) -> bool:
    """Whether the costs of all requests are known and within the budget.

    Args:
        limit: processing units; None: no budget.
        members: the requests that have not been given up.
        earlier: processing units spent on earlier attempts.
        starts: whether one of them would be started now.

    Raises:
        BudgetExceeded: one would be started, and the budget does not allow it or cannot be kept.
    """
    if limit is None:
        return True
    unknown = [member for member in members if commitment(member) is None]
    silent = [member for member in unknown if member.was_started or member.phase is Phase.ANALYSED]
    if silent and starts:
        raise no_estimate(silent, limit, running(members))
    if unknown:
        return False
    total = earlier + sum(commitment(member) or 0.0 for member in members)
    # Every comparison with NaN is false: what is not surely within the budget is over it.
    if not total <= limit and starts:
        raise over_budget(members, limit, total, earlier, running(members))
    return total <= limit


def spent(members: Iterable[Member], earlier: float) -> float:
    """Processing units spent so far."""
    return earlier + sum(member.cost or 0.0 for member in members)


def running(members: Iterable[Member]) -> list[Member]:
    """Those that run, or are about to."""
    return [member for member in members if member.is_underway]


def unwatchable(members: Sequence[Member], limit: float, why: str) -> BudgetExceeded:
    """The tiles' costs cannot be read, so the budget could not be kept while it runs."""
    return BudgetExceeded(
        f"cannot keep max_cost = {pu(limit)}, so no request is started:",
        subject=", ".join(member.id for member in members),
        why=f"the costs of its tiles cannot be read: {why}",
        next_step="Leave out max_cost to start without a limit, or run the command again later",
    )
