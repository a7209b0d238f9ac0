"""What an analysed request will cost, where the service does not say: our own estimate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from ...batch.api import BatchRequestInfo, Phase
from ...errors import SentinelHubError
from ...preview.estimate import price_of_tiles
from ..context import Context
from .member import Member
from .tracked import Tracked

#: Phases in which a price counts: the first always, the others where a budget is to be kept.
_PRICED: Final = (Phase.ANALYSED, Phase.PROCESSING, Phase.HALTED)


def price(ctx: Context, there: Iterable[tuple[Tracked, BatchRequestInfo]], *, budget: bool) -> None:
    """Give members their prices by the documented rule, for the tiles that the analysis has found.

    Where one cannot be told yet, a budget takes the analysis for unfinished as long as reads may lag; later
    it finds no estimate, and starts nothing. What runs already counts towards a budget, too. Raises
    Interrupted, DeadlineExceeded.
    """
    now = ctx.clock.monotonic()
    due = {info.id: (one, info) for one, info in there if _is_due(one, now, ctx.read_lag, budget=budget)}

    def keep(id: str, found: tuple[float, int] | SentinelHubError | None) -> None:
        one = due[id][0]
        if isinstance(found, tuple):
            one.member = replace(one.member, cost_estimate=found[0], tile_count=found[1])
        else:
            _unpriced(ctx, one, found, budget=budget)

    ctx.together(due, lambda id: _price(ctx, due[id][1]), keep, "read the tile sizes of batch request")


def _is_due(one: Tracked, now: float, lag: float, *, budget: bool) -> bool:
    priced, member = _PRICED if budget else _PRICED[:1], one.member
    due = member.phase in priced and member.cost_estimate is None and not member.abilities.estimates
    return due and not _is_given_up(one, member, now, lag, budget=budget)


def _unpriced(ctx: Context, one: Tracked, error: SentinelHubError | None, *, budget: bool) -> None:
    """Its price cannot be told by now."""
    member, now = one.member, ctx.clock.monotonic()
    if one.unpriced_since is None:
        if error is not None:
            why = error.why or error.what
            ctx.warn(f"what batch request {member.id} will cost cannot be told: {why}")
        one.unpriced_since = now
    if budget and member.phase is Phase.ANALYSED and now - one.unpriced_since < ctx.read_lag:
        one.member = replace(member, status=Phase.ANALYSING.value)


def _is_given_up(one: Tracked, member: Member, now: float, lag: float, *, budget: bool) -> bool:
    """Whether its price is not looked for again: a manifest that reads had the time to show stays missing."""
    if one.unpriced_since is None:
        return False
    return not budget or (member.phase is not Phase.ANALYSED and now - one.unpriced_since >= lag)


def _price(ctx: Context, info: BatchRequestInfo) -> tuple[float, int] | None:
    """Processing units after the batch discount, and the number of tiles; None where there is no manifest."""
    sizes = ctx.batch(info.id).tile_sizes(info, ctx.files)
    if sizes is None:
        return None
    cost = price_of_tiles(info.spec.inputs, sizes, info.generation.batch_factor)
    return None if cost is None else (cost, sum(sizes.values()))
