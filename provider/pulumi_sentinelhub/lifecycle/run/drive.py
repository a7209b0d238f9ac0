"""Driving requests to the goal: look, decide, act, wait; from wherever they are, and as often as it takes.

Safe to repeat and to interrupt: every decision is made from the service's own state, an action whose answer
was lost is looked for before it is repeated, and the service refuses a second start of the same request. A
request that fails, cannot be read or refuses an action holds up no other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from ...batch.api import Action, BatchRequestInfo, BatchService, Phase
from ...errors import (
    AnswerLost,
    BadAnswer,
    BadRequest,
    Conflict,
    DeadlineExceeded,
    Interrupted,
    NotFound,
    RateLimited,
    SentinelHubError,
    ServiceError,
    Several,
    Unreachable,
    of_all,
)
from ...waiting.patience import Ended
from ..context import FIRST_PAUSE, Context
from ..ownership.absence import is_believed
from ..settle import lost_from_sight, settle
from .budget import Earlier, is_cleared, spent, spent_earlier, unwatchable
from .goal import FINISHED, Goal, Step, next_step
from .lag import Asked, is_behind_a_restart, is_heard, with_accepted
from .member import Member
from .report import elapsed_text, failure, passed_budget, progress_line
from .tracked import Tracked

# So often an action is repeated whose answer was lost and which then shows no effect.
LOST_ANSWERS: Final = 5
# Tiles come a hundred a page; counting a continent's tiles must not become the bulk of all calls.
_TILES_PER_PAGE: Final = 100
_PASSING: Final = (Unreachable, RateLimited, BadAnswer, AnswerLost)
_COUNTED: Final = (Phase.PROCESSING, Phase.ENDED, Phase.DONE, Phase.PARTIAL, Phase.FAILED, Phase.CANCELED)
_CALLS: Final[Mapping[Step, Callable[[BatchService, str], None]]] = {
    Step.ANALYSE: lambda service, id: service.analyse(id),
    Step.START: lambda service, id: service.start(id),
    Step.RESTART: lambda service, id: service.restart_failed(id),
    Step.CANCEL: lambda service, id: service.cancel(id),
}
_DONE_WITH: Final = (Step.HELD, Step.FAILED)


@dataclass
class Drive:
    """One attempt to bring all members to the goal.

    Attributes:
        tracked: by id, in declared order.
        earlier: what was spent on earlier attempts.
    """

    ctx: Context
    goal: Goal
    tracked: dict[str, Tracked]
    earlier: Sequence[Earlier] = ()
    _begun: float = 0.0
    _is_watchable: bool = field(default=False)

    @classmethod
    def of(
        cls, ctx: Context, goal: Goal, members: Mapping[str, Member], earlier: Sequence[Earlier] = ()
    ) -> Drive:
        """A drive of members by id."""
        return cls(ctx, goal, {id: Tracked(member) for id, member in members.items()}, earlier)

    @property
    def members(self) -> list[Member]:
        """All members as last seen, so that a failing caller can keep them."""
        return [one.member for one in self.tracked.values()]

    def run(self) -> None:
        """Bring every member to the goal.

        Raises:
            JobFailed, Several: some ended otherwise; the others were brought there all the same.
            BudgetExceeded: before a start, or while processing, when what ran has been cancelled.
            DeadlineExceeded, Interrupted: what runs goes on running.
            ServiceError: the service failed for longer than is tolerated.
        """
        self._begun = self.ctx.clock.monotonic()
        pauses = self.ctx.pauses()
        while True:
            try:
                steps, acted = self._round()
            except Interrupted as interrupted:
                raise self._with_running(interrupted) from interrupted
            elapsed = self.ctx.clock.monotonic() - self._begun
            self.ctx.progress(progress_line(self.members, elapsed))
            waiting = [id for id, step in steps.items() if step not in _DONE_WITH]
            if not waiting:
                break
            if self.ctx.patience.expired:
                raise self._late(waiting)
            if acted or not self._all_processing(waiting):
                pauses.reset()
            if self.ctx.patience.rest(pauses.next()) is Ended.CANCELLED:
                raise self._interrupted(waiting)
        self._raise_failures()

    def _round(self) -> tuple[dict[str, Step], bool]:
        """Look, count, decide and act once; the steps that are left, and whether anything was done."""
        self._look()
        self._count()
        self._watch_budget()
        steps = self._decide()
        acted = self._act(steps)
        return (self._decide() if acted else steps), acted

    # looking

    def _look(self) -> None:
        ids = [id for id, one in self.tracked.items() if self._is_looked_at(one)]
        if not ids:
            return
        seen = self.ctx.statuses().read(ids, max_age=(self.ctx.poll_interval or FIRST_PAUSE) / 2)
        now = self.ctx.clock.monotonic()
        for id, found in seen.items():
            one = self.tracked[id]
            if isinstance(found, BatchRequestInfo):
                self._found(one, found, now)
            elif isinstance(found, NotFound):
                self._missing(one, found, now)
            elif not isinstance(found, _PASSING) or one.is_unreadable(found, now):
                one.error = _about(id, found)

    def _found(self, one: Tracked, info: BatchRequestInfo, now: float) -> None:
        one.found(info)
        self.ctx.ledger.saw(info)
        today = self.ctx.clock.now()
        seen = one.member.seen(info, today)
        if one.resumes is None or seen.phase is not Phase.HALTED:
            # Only what was halted before this drive began, and for long enough, is set going again.
            one.resumes = seen.phase is Phase.HALTED and (seen.resume_at or 0.0) <= today
        one.member = with_accepted(seen, one.asked, now, self.ctx.read_lag)

    @staticmethod
    def _is_looked_at(one: Tracked) -> bool:
        return not (one.is_given_up or one.member.expired or one.member.finished_as is not None)

    def _missing(self, one: Tracked, error: NotFound, now: float) -> None:
        """A 404: believed when it has lasted long enough, and then no success but of what was seen to end."""
        member = one.member
        one.missing_since = now if one.missing_since is None else one.missing_since
        at_rest = member.is_at_rest or self.ctx.ledger.is_at_rest(member.id)
        if not is_believed(self.ctx, one.missing_since, at_rest=at_rest):
            return
        one.missing_since = None
        if member.is_at_rest:
            one.member = replace(member, expired=True)
            self.ctx.warn(
                f"batch request {member.id} was {member.status} and has been removed by the service; it is "
                "kept "
                "as such"
            )
        elif member.was_started or self.ctx.ledger.may_run(member.id):
            one.error = lost_from_sight(member.id, error)
        else:
            one.member = replace(member, status=None)
            one.ended_otherwise = True

    # deciding

    def _decide(self) -> dict[str, Step]:
        cleared = self._is_cleared()
        steps: dict[str, Step] = {}
        for id, one in self.tracked.items():
            if one.is_given_up:
                steps[id] = Step.FAILED
            elif one.is_out_of_sight:
                steps[id] = Step.WAIT
            else:
                steps[id] = self._unless_asked(one, self._next(one, cleared=cleared))
                one.ended_otherwise = steps[id] is Step.FAILED
        return steps

    def _next(self, one: Tracked, *, cleared: bool) -> Step:
        return next_step(self.goal, one.member, cleared=cleared, resumes=one.resumes is True)

    def _unless_asked(self, one: Tracked, step: Step) -> Step:
        """Do not repeat what reads do not show yet."""
        asked = one.asked
        if asked is None:
            return step
        past = asked.is_past(self.ctx.clock.monotonic(), self.ctx.read_lag)
        if asked.step is Step.RESTART:
            if one.member.phase is not Phase.PARTIAL:
                one.asked = None
                return step
            # Reads may lag for longer than is known of: tiles that are not settled tell more than the status.
            if not past or is_behind_a_restart(one.member):
                return Step.WAIT
            if is_heard(asked, one.info):
                return step
            # Its answer was lost, and it was never heard: it does not count.
            one.asked = None
            one.member = replace(one.member, restarts=max(0, one.member.restarts - 1))
            return self._next(one, cleared=False)
        return Step.WAIT if step is asked.step and not past else step

    def _is_cleared(self) -> bool:
        """Whether the budget allows a start. Raises BudgetExceeded."""
        would_start = [
            one
            for one in self.tracked.values()
            if not (one.is_given_up or one.is_out_of_sight) and self._next(one, cleared=True) is Step.START
        ]
        # What was given up counts too where it has cost something, or may be running.
        members = [
            one.member
            for one in self.tracked.values()
            if not one.is_given_up or one.member.is_at_rest or one.member.is_underway
        ]
        earlier = spent_earlier(self.earlier, self.members)
        return is_cleared(self.goal.max_cost, members, earlier, starts=bool(would_start))

    # acting

    def _act(self, steps: Mapping[str, Step]) -> bool:
        due = {id: step for id, step in steps.items() if step in _CALLS}
        starting = [self.tracked[id].member for id, step in due.items() if step is Step.START]
        if starting and not self._can_be_watched(starting):
            due = {id: step for id, step in due.items() if step is not Step.START}
        for id, step in due.items():
            self._ask_or_give_up(self.tracked[id], step)
        return bool(due)

    def _ask_or_give_up(self, one: Tracked, step: Step) -> None:
        try:
            self._ask(one, step)
        except (Interrupted, DeadlineExceeded):
            raise
        except SentinelHubError as error:
            one.error = error

    def _can_be_watched(self, starting: Sequence[Member]) -> bool:
        """Whether the tiles' costs can be read; tried once, before the first start under a budget.

        Raises:
            BudgetExceeded: they cannot.
        """
        if self.goal.max_cost is None or self.goal.until != FINISHED or self._is_watchable:
            return True
        counted = next((member for member in starting if member.abilities.counts_tiles), None)
        if counted is None:
            return True
        try:
            next(iter(self.ctx.batch(counted.id).tiles(counted.id, self.ctx.files)), None)
        except NotFound:
            return False  # not visible yet where tiles are read
        except (Interrupted, DeadlineExceeded):
            raise
        except SentinelHubError as error:
            raise unwatchable(starting, self.goal.max_cost, error.why or error.what) from error
        self._is_watchable = True
        return True

    def _ask(self, one: Tracked, step: Step) -> None:
        now = self.ctx.clock.monotonic()
        member = one.member
        if step in (Step.START, Step.RESTART):
            self.ctx.ledger.asked(member.id)
        try:
            _CALLS[step](self.ctx.batch(member.id), member.id)
        except AnswerLost:
            # Maybe it was heard: the next looks tell; only a read that stays the same lets it be repeated.
            one.vain += 1
            if one.vain > LOST_ANSWERS:
                raise
            accepted = False
        except NotFound:
            # Not visible yet where actions are carried out; the next look decides.
            one.unheard_since = now if one.unheard_since is None else one.unheard_since
            if now - one.unheard_since >= self.ctx.read_lag:
                raise
            return
        except (BadRequest, Conflict) as refused:
            self._refused(one, step, refused)
            return
        else:
            accepted = True
        one.asked = Asked(step, now, accepted, one.info.user_action_updated if one.info else None)
        if step is Step.RESTART:
            # Counted also where its answer was lost: tiles may be running.
            one.member = replace(member, restarts=member.restarts + 1)
        elif accepted:
            one.member = replace(member, user_action=step.name)

    def _refused(self, one: Tracked, step: Step, refused: BadRequest | Conflict) -> None:
        """An action that is illegal in the current state was overtaken by events, or is refused for good."""
        now = self.ctx.clock.monotonic()
        self._found(one, self.ctx.batch(one.member.id).get_request(one.member.id), now)
        if self._next(one, cleared=True) is not step:
            return
        if one.asked is None or one.asked.step is not step:
            one.asked = Asked(step, now, accepted=False)
        # A refusal that speaks of the state comes from a newer state than the one that is read; any other is
        # final.
        if not _speaks_of_state(refused) or one.asked.is_past(now, self.ctx.read_lag):
            raise refused

    # counting and watching

    def _count(self) -> None:
        """Count tiles where it is due: seldom for many tiles, and once more at the end."""
        for one in self.tracked.values():
            member = one.member
            if one.info is None or member.expired or member.phase not in _COUNTED or one.is_out_of_sight:
                continue
            if member.phase is Phase.CANCELED and self.goal.max_cost is None:
                continue
            if not member.abilities.counts_tiles and member.phase is not Phase.ENDED:
                continue
            pages = math.ceil((member.tile_count or 1) / _TILES_PER_PAGE)
            gap = pages * (self.ctx.poll_interval or FIRST_PAUSE)
            now = self.ctx.clock.monotonic()
            restarting = one.asked is not None and one.asked.step is Step.RESTART
            changing = member.phase in (Phase.PROCESSING, Phase.ENDED) or restarting
            if member.status == one.counted_status and (not changing or now - one.counted_at < gap):
                continue
            one.counted_at, one.counted_status = now, member.status
            self._count_one(one)

    def _count_one(self, one: Tracked) -> None:
        try:
            if one.info is not None:
                one.member = counted(self.ctx, one.member, one.info)
        except (Interrupted, DeadlineExceeded):
            raise
        except SentinelHubError as error:
            if self.goal.max_cost is not None and not one.counts_unreadable:
                one.counts_unreadable = True
                self.ctx.warn(
                    f"max_cost is not watched for batch request {one.member.id}, since the costs of its "
                    "tiles "
                    f"cannot be read: {error.why or error.what}"
                )
        else:
            one.counts_unreadable = False

    def _watch_budget(self) -> None:
        limit = self.goal.max_cost
        earlier = spent_earlier(self.earlier, self.members)
        if limit is None or spent(self.members, earlier) <= limit:
            return
        running = [
            id
            for id, one in self.tracked.items()
            if one.member.phase is Phase.PROCESSING or _is_queued(one.member)
        ]
        if not running:
            return
        settled = settle(self.ctx, running)
        for id, info in settled.infos.items():
            if info is not None:
                one = self.tracked[id]
                one.member = one.member.seen(info)
                one.info = info
                self._count_one(one)
        total = spent(self.members, earlier)
        raise passed_budget(self.members, limit, total, list(settled.infos), settled.failures)

    # ending

    def _raise_failures(self) -> None:
        given_up = [one for one in self.tracked.values() if one.is_given_up]
        ended = [one.member for one in given_up if one.error is None]
        errors = {one.member.id: one.error for one in given_up if one.error is not None}
        if ended and not errors:
            raise failure(ended, self.goal)
        if ended:
            errors = {**errors, **{member.id: failure([member], self.goal) for member in ended}}
            raise Several("batch requests did not come out as asked for:", errors)
        if errors:
            raise of_all("batch requests could not be driven:", errors)

    def _all_processing(self, waiting: Sequence[str]) -> bool:
        return all(self.tracked[id].member.phase is Phase.PROCESSING for id in waiting)

    def _running(self, waiting: Sequence[str]) -> str:
        states = ((id, self.tracked[id].member.status) for id in waiting)
        return ", ".join(f"{id} ({status or 'not visible yet'})" for id, status in states)

    def _late(self, waiting: Sequence[str]) -> DeadlineExceeded:
        given = self.ctx.patience.given
        within = f"within {elapsed_text(given)}" if given is not None else "in time"
        return DeadlineExceeded(
            f"not {self.goal.until} {within}",
            subject=self._running(waiting),
            next_step="They go on running; the next `pulumi up` goes on waiting. "
            "A longer time-out can be given in custom_timeouts",
        )

    def _with_running(self, interrupted: Interrupted) -> Interrupted:
        """Ctrl-C between two pauses: what is known to be unfinished is named then, too."""
        seen = [id for id, one in self.tracked.items() if one.member.status is not None]
        waiting = [
            id for id in seen if next_step(self.goal, self.tracked[id].member, cleared=True) not in _DONE_WITH
        ]
        return self._interrupted(waiting) if waiting else interrupted

    def _interrupted(self, waiting: Sequence[str]) -> Interrupted:
        return Interrupted(
            "interrupted; these batch requests go on running:",
            subject=self._running(waiting),
            next_step="The next `pulumi up` continues with them, `pulumi destroy` cancels them",
        )


def _is_queued(member: Member) -> bool:
    before = (Phase.CREATED, Phase.ANALYSING, Phase.ANALYSED)
    return member.action is Action.START and member.phase in before


def _about(id: str, error: ServiceError) -> ServiceError:
    """An error of a list, which is about no request by itself, says whose state could not be read."""
    if error.subject is None:
        error.subject = id
    return error


def _speaks_of_state(refused: BadRequest | Conflict) -> bool:
    """E.g. "Illegal to change userAction from START to START with task status PROCESSING" [observed]."""
    words = (refused.why or refused.what).lower()
    return any(word in words for word in ("useraction", "user action", "status", "state"))


def counted(ctx: Context, member: Member, info: BatchRequestInfo) -> Member:
    """``member`` with its tiles counted. Raises SentinelHubError where the service does not tell."""
    return member.counted(ctx.batch(member.id).progress(info, ctx.files))
