"""Counting tiles and units while requests run: seldom, for each page is a call; and once more at the end."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ...batch.api import Action, BatchRequestInfo, Phase, unheard
from ...errors import DeadlineExceeded, Interrupted, SentinelHubError
from ..context import FIRST_PAUSE, Context
from ..settle import settle
from .budget import Earlier, spent, spent_earlier
from .goal import Goal, Step
from .member import Member
from .report import passed_budget
from .tally import Tally
from .tracked import Tracked

#: Tiles come a hundred a page; counting a continent's tiles must not become the bulk of all calls.
_TILES_PER_PAGE: Final = 100
_COUNTED: Final = (Phase.PROCESSING, Phase.ENDED, Phase.DONE, Phase.PARTIAL, Phase.FAILED, Phase.CANCELED)
#: Seconds that a tile may well take: before that nothing is expected to have changed.
_TILE_SECONDS: Final = 20.0
#: Seconds a page of all that is processed, so that counts stay a fifth of the calls that the service allows.
_PAGE_SECONDS: Final = 0.5
#: What has run for long changes slowly: it is counted again when this share of its time has passed.
_SHARE: Final = 0.1


@dataclass
class Counts:
    """What is counted during one drive."""

    ctx: Context
    goal: Goal

    def count(self, tracked: Mapping[str, Tracked]) -> None:
        """Count the tiles of those for which it is due."""
        now = self.ctx.clock.monotonic()
        running = [one for one in tracked.values() if one.member.phase is Phase.PROCESSING]
        for one in running:
            one.ran(now)
        least = _PAGE_SECONDS * sum(_pages(one.member) for one in running)
        due = [one for one in tracked.values() if self._is_due(one, now, least)]
        for one in due:
            one.counted_at, one.counted_status = now, one.member.status
        self._count(due)

    def _is_due(self, one: Tracked, now: float, least: float) -> bool:
        member = one.member
        if one.info is None or member.expired or member.phase not in _COUNTED or one.is_out_of_sight:
            return False
        if member.phase is Phase.CANCELED and self.goal.max_cost is None:
            return False
        if not member.abilities.counts_tiles and member.phase is not Phase.ENDED:
            return False
        if member.phase is not Phase.PROCESSING and member.status != one.counted_status:
            return True
        return now >= one.counted_at + self._gap(one, now, least)

    def _gap(self, one: Tracked, now: float, least: float) -> float:
        """Seconds from one count to the next, or from the start; ``least`` for what is processed."""
        member, configured = one.member, self.ctx.poll_interval
        if member.phase is Phase.ENDED:
            return _pages(member) * (configured or FIRST_PAUSE)
        usual = _TILE_SECONDS if configured is None else _pages(member) * configured
        gap = max(usual, least, _SHARE * (now - (one.runs_since or now)))
        if member.phase is Phase.PROCESSING:
            return gap
        # Tiles tell whether a status is older than a restart; they are asked while reads may lag.
        restarting = one.asked is not None and one.asked.step is Step.RESTART
        return min(gap, self.ctx.read_lag / 2) if restarting else math.inf

    def _count(self, due: Sequence[Tracked]) -> None:
        """Count tiles, side by side."""
        tally = Tally(sum(one.member.tile_count or 0 for one in due), self.ctx.progress)
        infos = {one.member.id: one.info for one in due if one.info is not None}
        ones = {one.member.id: one for one in due}

        def keep(id: str, member: Member | SentinelHubError) -> None:
            self._keep(ones[id], member)

        self.ctx.together(
            infos,
            lambda id: counted(self.ctx, ones[id].member, infos[id], tally.add),
            keep,
            "count the tiles of batch request",
        )

    def _keep(self, one: Tracked, found: Member | SentinelHubError) -> None:
        if isinstance(found, Member):
            one.member, one.counts_unreadable = found, False
        elif one.member.phase is Phase.ENDED:
            self._untold(one, found)
        elif self.goal.max_cost is not None and not one.counts_unreadable:
            one.counts_unreadable = True
            self.ctx.warn(
                f"max_cost is not watched for batch request {one.member.id}, since the costs of "
                f"its tiles cannot be read: {found.why or found.what}"
            )

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
        ended = {id: info for id, info in settled.infos.items() if info is not None}
        for id, info in ended.items():
            one = tracked[id]
            one.member, one.info = one.member.seen(info, self.ctx.clock.now()), info
        self._count([tracked[id] for id in ended])
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


def _pages(member: Member) -> int:
    return math.ceil((member.tile_count or 1) / _TILES_PER_PAGE)


def counted(
    ctx: Context, member: Member, info: BatchRequestInfo, told: Callable[[int], object] = unheard
) -> Member:
    """``member`` with its tiles counted. Raises SentinelHubError where that cannot be told."""
    return member.counted(ctx.batch(member.id).progress(info, ctx.files, told))


def counted_if_told(ctx: Context, member: Member, info: BatchRequestInfo) -> Member:
    """As ``counted``; as it was where that cannot be told. Raises Interrupted, DeadlineExceeded."""
    try:
        return counted(ctx, member, info)
    except (Interrupted, DeadlineExceeded):
        raise
    except SentinelHubError:
        return member
