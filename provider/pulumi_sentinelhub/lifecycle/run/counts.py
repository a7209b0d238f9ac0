"""Counting tiles and units while requests run: seldom for many tiles, and once more at the end."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ...batch.api import Action, BatchRequestInfo, Phase
from ...errors import DeadlineExceeded, Interrupted, SentinelHubError
from ..context import FIRST_PAUSE, Context
from ..settle import settle
from .budget import Earlier, spent, spent_earlier
from .goal import Goal, Step
from .member import Member
from .report import passed_budget
from .tracked import Tracked

#: Tiles come a hundred a page; counting a continent's tiles must not become the bulk of all calls.
_TILES_PER_PAGE: Final = 100
_COUNTED: Final = (Phase.PROCESSING, Phase.ENDED, Phase.DONE, Phase.PARTIAL, Phase.FAILED, Phase.CANCELED)


@dataclass
class Counts:
    """What is counted during one drive."""

    ctx: Context
    goal: Goal

    def count(self, tracked: Mapping[str, Tracked]) -> None:
        """Count the tiles of those for which it is due."""
        now = self.ctx.clock.monotonic()
        for one in tracked.values():
            if self._is_due(one, now):
                one.counted_at, one.counted_status = now, one.member.status
                self._count_one(one)

    def _is_due(self, one: Tracked, now: float) -> bool:
        member = one.member
        if one.info is None or member.expired or member.phase not in _COUNTED or one.is_out_of_sight:
            return False
        if member.phase is Phase.CANCELED and self.goal.max_cost is None:
            return False
        if not member.abilities.counts_tiles and member.phase is not Phase.ENDED:
            return False
        pages = math.ceil((member.tile_count or 1) / _TILES_PER_PAGE)
        gap = pages * (self.ctx.poll_interval or FIRST_PAUSE)
        restarting = one.asked is not None and one.asked.step is Step.RESTART
        changing = member.phase in (Phase.PROCESSING, Phase.ENDED) or restarting
        return member.status != one.counted_status or (changing and now - one.counted_at >= gap)

    def _count_one(self, one: Tracked) -> None:
        try:
            if one.info is not None:
                one.member = counted(self.ctx, one.member, one.info)
        except (Interrupted, DeadlineExceeded):
            raise
        except SentinelHubError as error:
            if one.member.phase is Phase.ENDED:
                self._untold(one, error)
            elif self.goal.max_cost is not None and not one.counts_unreadable:
                one.counts_unreadable = True
                self.ctx.warn(
                    f"max_cost is not watched for batch request {one.member.id}, since the costs of "
                    f"its tiles cannot be read: {error.why or error.what}"
                )
        else:
            one.counts_unreadable = False

    def _untold(self, one: Tracked, error: SentinelHubError) -> None:
        """It is over, and whether all of it came out cannot be read: never taken for a success by itself."""
        now = self.ctx.clock.monotonic()
        one.untold_since = now if one.untold_since is None else one.untold_since
        if now - one.untold_since < self.ctx.read_lag:
            return
        if not self.goal.accept_partial:
            one.error = _about(one.member.id, error)
            return
        self.ctx.warn(
            f"whether all of batch request {one.member.id} came out cannot be read; it is taken as it is, "
            f"since accept_partial is set: {error.why or error.what}"
        )
        one.member = one.member.judged(all_came_out=True)

    def watch_budget(self, tracked: Mapping[str, Tracked], before: Sequence[Earlier]) -> None:
        """Cancel what runs where more than the budget has been spent. Raises BudgetExceeded."""
        limit = self.goal.max_cost
        members = [one.member for one in tracked.values()]
        earlier = spent_earlier(before, members)
        if limit is None or spent(members, earlier) <= limit:
            return
        running = [member.id for member in members if member.phase is Phase.PROCESSING or _is_queued(member)]
        if not running:
            return
        settled = settle(self.ctx, running)
        for id, info in settled.infos.items():
            if info is not None:
                one = tracked[id]
                one.member = one.member.seen(info, self.ctx.clock.now())
                one.info = info
                self._count_one(one)
        members = [one.member for one in tracked.values()]
        total = spent(members, earlier)
        raise passed_budget(members, limit, total, list(settled.infos), settled.failures)


def _about(id: str, error: SentinelHubError) -> SentinelHubError:
    """The error of a file or a bucket, of which request it is, and what to do."""
    if error.subject == id:
        return error
    where = f" {error.subject}" if error.subject else ""
    return SentinelHubError(
        "cannot tell whether all came out of batch request",
        subject=id,
        why=f"{error.what}{where}: {error.why or 'no reason is given'}",
        next_step=error.next_step
        or "Check that your own S3 credentials lead to its bucket, then run the command again",
    )


def _is_queued(member: Member) -> bool:
    before = (Phase.CREATED, Phase.ANALYSING, Phase.ANALYSED)
    return member.action is Action.START and member.phase in before


def counted(ctx: Context, member: Member, info: BatchRequestInfo) -> Member:
    """``member`` with its tiles counted. Raises SentinelHubError where that cannot be told."""
    return member.counted(ctx.batch(member.id).progress(info, ctx.files))


def counted_if_told(ctx: Context, member: Member, info: BatchRequestInfo) -> Member:
    """As ``counted``; as it was where that cannot be told. Raises Interrupted, DeadlineExceeded."""
    try:
        return counted(ctx, member, info)
    except (Interrupted, DeadlineExceeded):
        raise
    except SentinelHubError:
        return member
