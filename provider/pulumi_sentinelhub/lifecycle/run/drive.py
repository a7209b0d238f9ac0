"""Driving requests to the goal: look, decide, act, wait; from wherever they are, and as often as it takes.

Safe to repeat and to interrupt: every decision is made from the service's own state, an action whose answer
was
lost is looked for before it is said again, and the service refuses a second start of the same request.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from ...batch.models import BatchRequestInfo
from ...batch.v1.units import batch_factor
from ...errors import (
    AnswerLost,
    BadRequest,
    Conflict,
    DeadlineExceeded,
    Interrupted,
    NotFound,
    SentinelHubError,
)
from ..context import Context
from ..settle import FIRST_PAUSE, LAG_GRACE, cancel_and_settle, poll_schedule
from .goal import Goal, Step, next_step
from .member import Member
from .report import elapsed_text, failure, no_estimate, over_budget, passed_budget, progress_line

DEADLINE: Final = 24 * 3600.0
# A request may stay invisible for a while after it was made [clients wait 0, 10, 20, 100 s].
VISIBLE_WITHIN: Final = 130.0
# So often an action is said again whose answer was lost and which then shows no effect.
LOST_ANSWERS: Final = 5
# Tiles come a hundred a page; counting a continent's tiles must not become the bulk of all calls.
_TILES_PER_PAGE: Final = 100


@dataclass(frozen=True)
class _Asked:
    """An action that reads may not show yet, and whether the service is known to have accepted it."""

    step: Step
    at: float
    accepted: bool


@dataclass
class Drive:
    """One attempt to bring all members to the goal.

    Attributes:
        members: by id, in declared order; always as last seen, so that a failing caller can keep them.
    """

    ctx: Context
    goal: Goal
    members: dict[str, Member]
    _asked: dict[str, _Asked] = field(default_factory=dict)
    _counted: dict[str, tuple[float, str | None]] = field(default_factory=dict)
    _infos: dict[str, BatchRequestInfo] = field(default_factory=dict)
    _lost: dict[str, Member] = field(default_factory=dict)
    _vain: Counter[str] = field(default_factory=Counter)
    _unheard: dict[str, float] = field(default_factory=dict)

    def run(self) -> None:
        """Bring every member to the goal.

        Raises:
            JobFailed: some ended otherwise; the others were brought there all the same.
            BudgetExceeded: before a start, or while processing, when what ran has been cancelled.
            DeadlineExceeded, Interrupted: what runs goes on running.
            ServiceError: the service failed for longer than is tolerated.
        """
        begun = self.ctx.clock.monotonic()
        limit = self.ctx.deadline if self.ctx.deadline is not None else DEADLINE
        pauses = poll_schedule(self.ctx, begun + limit)
        while True:
            try:
                self._look(begun)
                steps = self._decide()
                acted = self._act(steps)
            except Interrupted as interrupted:
                raise self._with_running(interrupted) from interrupted
            if acted:
                steps = self._decide()
            self._count(steps)
            self._watch_budget()
            self.ctx.progress(progress_line(list(self.members.values()), self.ctx.clock.monotonic() - begun))
            waiting = [id for id, step in steps.items() if step not in (Step.HELD, Step.FAILED)]
            if not waiting:
                break
            if pauses.expired:
                raise self._late(waiting, limit)
            if acted or not self._all_processing(waiting):
                pauses.reset()
            if self.ctx.clock.sleep(pauses.next_pause(), self.ctx.cancel):
                raise self._interrupted(waiting)
        if self._lost:
            raise failure(self._lost.values(), self.goal)

    def _look(self, begun: float) -> None:
        ids = [id for id, member in self.members.items() if not member.expired and member.finished_as is None]
        seen = (
            self.ctx.statuses().read(ids, max_age=(self.ctx.poll_interval or FIRST_PAUSE) / 2) if ids else {}
        )
        for id, found in seen.items():
            if isinstance(found, BatchRequestInfo):
                self._infos[id] = found
                self.members[id] = self._with_accepted(self.members[id].seen(found))
            else:
                self._missing(id, found, begun)

    def _with_accepted(self, member: Member) -> Member:
        """A read may be older than an action that the service has accepted."""
        asked = self._asked.get(member.id)
        if asked is None or not asked.accepted or asked.step is Step.RESTART or self._grace_is_over(asked):
            return member
        behind = member.status in ("CREATED", "ANALYSIS_DONE") and member.user_action in (
            None,
            "NONE",
            "ANALYSE",
        )
        return replace(member, user_action=asked.step.name) if behind else member

    def _grace_is_over(self, asked: _Asked) -> bool:
        return self.ctx.clock.monotonic() - asked.at >= LAG_GRACE

    def _missing(self, id: str, error: NotFound, begun: float) -> None:
        member = self.members[id]
        if member.was_started or member.status in ("FAILED", "CANCELED"):
            self.members[id] = replace(member, expired=True)
            self.ctx.warn(
                f"batch request {id} was {member.status} and has been removed by the service; it is kept "
                "as such"
            )
        elif self.ctx.clock.monotonic() - begun >= VISIBLE_WITHIN:
            self._lost[id] = replace(member, status=None, error=str(error))

    def _decide(self) -> dict[str, Step]:
        cleared = self._cleared()
        steps: dict[str, Step] = {}
        for id, member in self.members.items():
            if id in self._lost:
                steps[id] = Step.FAILED
                continue
            steps[id] = self._unless_asked(id, member, next_step(self.goal, member, cleared=cleared))
            if steps[id] is Step.FAILED:
                self._lost[id] = member
        return steps

    def _unless_asked(self, id: str, member: Member, step: Step) -> Step:
        """Do not say again what reads do not show yet."""
        asked = self._asked.get(id)
        if asked is None:
            return step
        if asked.step is Step.RESTART:
            if member.status != "PARTIAL":
                del self._asked[id]
                return step
            return step if self._grace_is_over(asked) else Step.WAIT
        return Step.WAIT if step is asked.step and not self._grace_is_over(asked) else step

    def _cleared(self) -> bool:
        """Whether the estimates are known and within the budget. Raises BudgetExceeded."""
        limit = self.goal.max_cost
        if limit is None:
            return True
        members = [
            m
            for id, m in self.members.items()
            if m.status not in ("FAILED", "CANCELED") and id not in self._lost
        ]
        silent = [
            m
            for m in members
            if m.status == "ANALYSIS_DONE" and m.value_estimate is None and not m.was_started
        ]
        if silent:
            raise no_estimate(silent, limit)
        if any(member.cost_estimate is None and not member.was_started for member in members):
            return False
        total = sum(member.cost_estimate or 0.0 for member in members)
        if total > limit and any(next_step(self.goal, m, cleared=True) is Step.START for m in members):
            raise over_budget(members, limit, total)
        return True

    def _act(self, steps: Mapping[str, Step]) -> bool:
        service = self.ctx.connect()
        calls: dict[Step, Callable[[str], None]] = {
            Step.ANALYSE: service.analyse,
            Step.START: service.start,
            Step.RESTART: service.restart_partial,
        }
        acted = False
        for id, step in steps.items():
            if call := calls.get(step):
                self._say(id, step, call)
                acted = True
        return acted

    def _say(self, id: str, step: Step, call: Callable[[str], None]) -> None:
        now = self.ctx.clock.monotonic()
        try:
            call(id)
        except AnswerLost:
            # Maybe it was heard: the next looks tell, and only a read that stays the same lets it be said
            # again.
            self._vain[id] += 1
            if self._vain[id] > LOST_ANSWERS:
                raise
            self._asked[id] = _Asked(step, now, accepted=False)
        except NotFound:
            # Not visible yet where actions are carried out; the next look decides.
            if now - self._unheard.setdefault(id, now) >= VISIBLE_WITHIN:
                raise
        except (BadRequest, Conflict) as refused:
            self._refused(id, step, refused)
        else:
            self._asked[id] = _Asked(step, now, accepted=True)
            member = self.members[id]
            if step is Step.RESTART:
                self.members[id] = replace(member, restarts=member.restarts + 1)
            else:
                self.members[id] = replace(member, user_action=step.name)

    def _refused(self, id: str, step: Step, refused: BadRequest | Conflict) -> None:
        """An action that is illegal in the current state was overtaken by events.

        Unless a fresh look says otherwise.
        """
        info = self.ctx.connect().get_request(id)
        self.members[id] = self.members[id].seen(info)
        if next_step(self.goal, self.members[id], cleared=True) is not step:
            return
        asked = self._asked.setdefault(id, _Asked(step, self.ctx.clock.monotonic(), accepted=False))
        # A refusal that speaks of the state comes from a newer state than the one that is read; any other is
        # final.
        if not _speaks_of_state(refused) or self.ctx.clock.monotonic() - asked.at >= 2 * LAG_GRACE:
            raise refused

    def _count(self, steps: Mapping[str, Step]) -> None:
        """Count tiles where it is due: seldom for many tiles, and once more at the end."""
        for id in steps:
            member = self.members[id]
            if (
                member.expired
                or not member.was_started
                or member.status not in ("PROCESSING", "DONE", "PARTIAL", "FAILED")
            ):
                continue
            at, status = self._counted.get(id, (float("-inf"), None))
            pages = math.ceil((member.tile_count or 1) / _TILES_PER_PAGE)
            gap = pages * (self.ctx.poll_interval or FIRST_PAUSE)
            now = self.ctx.clock.monotonic()
            if member.status == status and (member.status != "PROCESSING" or now - at < gap):
                continue
            self._counted[id] = (now, member.status)
            self.members[id] = count_tiles(self.ctx, member, self._infos.get(id))
            if id in self._lost:
                self._lost[id] = self.members[id]

    def _watch_budget(self) -> None:
        limit = self.goal.max_cost
        spent = sum(member.cost or 0.0 for member in self.members.values())
        if limit is None or spent <= limit:
            return
        running = [
            id for id, member in self.members.items() if member.status == "PROCESSING" or self._queued(member)
        ]
        if not running:
            return
        for id, info in cancel_and_settle(self.ctx, running).items():
            if info is not None:
                self.members[id] = count_tiles(self.ctx, self.members[id].seen(info), info)
        members = list(self.members.values())
        raise passed_budget(members, limit, sum(member.cost or 0.0 for member in members), running)

    @staticmethod
    def _queued(member: Member) -> bool:
        return member.user_action == "START" and member.status in ("CREATED", "ANALYSING", "ANALYSIS_DONE")

    def _all_processing(self, waiting: Sequence[str]) -> bool:
        return all(self.members[id].status == "PROCESSING" for id in waiting)

    def _running(self, waiting: Sequence[str]) -> str:
        return ", ".join(f"{id} ({self.members[id].status or 'not visible yet'})" for id in waiting)

    def _late(self, waiting: Sequence[str], limit: float) -> DeadlineExceeded:
        return DeadlineExceeded(
            f"not {self.goal.until} within {elapsed_text(limit)}",
            subject=self._running(waiting),
            next_step="They go on running; the next `pulumi up` goes on waiting. "
            "A longer time-out can be given in custom_timeouts",
        )

    def _with_running(self, interrupted: Interrupted) -> Interrupted:
        """Ctrl-C between two pauses: what is known to be unfinished is named then, too."""
        seen = [id for id, member in self.members.items() if member.status is not None]
        ended = (Step.HELD, Step.FAILED)
        waiting = [id for id in seen if next_step(self.goal, self.members[id], cleared=True) not in ended]
        return self._interrupted(waiting) if waiting else interrupted

    def _interrupted(self, waiting: Sequence[str]) -> Interrupted:
        return Interrupted(
            "interrupted; these batch requests go on running:",
            subject=self._running(waiting),
            next_step="The next `pulumi up` continues with them, `pulumi destroy` cancels them",
        )


def _speaks_of_state(refused: BadRequest | Conflict) -> bool:
    """E.g. "Illegal to change userAction from START to START with task status PROCESSING" [observed]."""
    words = (refused.why or refused.what).lower()
    return any(word in words for word in ("useraction", "user action", "status", "state"))


def count_tiles(ctx: Context, member: Member, info: BatchRequestInfo | None) -> Member:
    """``member`` with its tiles counted; as it was where the service does not tell."""
    width, height = (info.tile_width_px, info.tile_height_px) if info else (None, None)
    try:
        return member.counted(ctx.connect().tiles(member.id), batch_factor(width, height))
    except SentinelHubError:
        return member
