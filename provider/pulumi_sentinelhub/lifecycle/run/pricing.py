"""What an analysed request will cost, where the service does not say: our own estimate."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ...batch.api import BatchRequestInfo, Phase
from ...errors import DeadlineExceeded, Interrupted, SentinelHubError
from ...preview.estimate import price_of_tiles
from ..context import Context
from .member import Member
from .tracked import Tracked

#: Phases in which a price counts: the first always, the others where a budget is to be kept.
_PRICED: Final = (Phase.ANALYSED, Phase.PROCESSING, Phase.HALTED)


def priced(ctx: Context, one: Tracked, member: Member, info: BatchRequestInfo, *, budget: bool) -> Member:
    """The member with its price by the documented rule, for the tiles that the analysis has found.

    Where that cannot be told yet, a budget takes the analysis for unfinished as long as reads may lag; later
    it finds no estimate, and starts nothing. What runs already counts towards a budget, too. Raises
    Interrupted, DeadlineExceeded.
    """
    priced = _PRICED if budget else _PRICED[:1]
    due = member.phase in priced and member.cost_estimate is None and not member.abilities.estimates
    now = ctx.clock.monotonic()
    if not due or _is_given_up(one, member, now, ctx.read_lag, budget=budget):
        return member
    price = _price(ctx, one, info)
    if price is not None:
        return replace(member, cost_estimate=price[0], tile_count=price[1])
    one.unpriced_since = now if one.unpriced_since is None else one.unpriced_since
    waits = budget and member.phase is Phase.ANALYSED and now - one.unpriced_since < ctx.read_lag
    return replace(member, status=Phase.ANALYSING.value) if waits else member


def _is_given_up(one: Tracked, member: Member, now: float, lag: float, *, budget: bool) -> bool:
    """Whether its price is not looked for again: a manifest that reads had the time to show stays missing."""
    if one.unpriced_since is None:
        return False
    return not budget or (member.phase is not Phase.ANALYSED and now - one.unpriced_since >= lag)


def _price(ctx: Context, one: Tracked, info: BatchRequestInfo) -> tuple[float, int] | None:
    """Processing units after the batch discount, and the number of tiles."""
    try:
        sizes = ctx.batch(info.id).tile_sizes(info, ctx.files)
    except (Interrupted, DeadlineExceeded):
        raise
    except SentinelHubError as error:
        if one.unpriced_since is None:
            ctx.warn(f"what batch request {info.id} will cost cannot be told: {error.why or error.what}")
        return None
    if sizes is None:
        return None
    counted = list(sizes)
    cost = price_of_tiles(info.spec.inputs, counted, info.generation.batch_factor)
    return None if cost is None else (cost, len(counted))
