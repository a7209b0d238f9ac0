"""Driving requests to the goal: look, decide, act, wait; from wherever they are, and as often as it takes.

Safe to repeat and to interrupt: every decision is made from the service's own state, an action whose answer
was lost is looked for before it is repeated, and the service refuses a second start of the same request. A
request that fails, cannot be read or refuses an action holds up no other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ...batch.api import Phase
from ...errors import DeadlineExceeded, Interrupted, Several, of_all
from ...waiting.patience import Ended
from ..context import Context
from .acts import Acts
from .budget import Earlier, is_cleared, spent_earlier
from .counts import Counts
from .goal import Goal, Step
from .lag import is_behind_a_restart, is_heard
from .looks import look
from .member import Member
from .remaining import Remaining
from .report import elapsed_text, failure, progress_line
from .tracked import Tracked

_DONE_WITH: Final = (Step.HELD, Step.FAILED)
_ON_ITS_WAY: Final = (Phase.ANALYSING, Phase.PROCESSING)


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

    def __post_init__(self) -> None:
        self._remaining = Remaining()
        self._counts = Counts(self.ctx, self.goal)
        self._acts = Acts(self.ctx, self.goal)

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
        pauses = self.ctx.pauses(len(self.tracked))
        pause = pauses.first
        while True:
            before = self._arrived()
            try:
                # What others have read in the second half of the pause is as good.
                steps, acted = self._round(pause / 2)
            except Interrupted as interrupted:
                raise self._with_running(interrupted) from interrupted
            now = self.ctx.clock.monotonic()
            left = self._remaining.after(self.members, now)
            self.ctx.progress(progress_line(self.members, now - self._begun, left))
            waiting = [id for id, step in steps.items() if step not in _DONE_WITH]
            if not waiting:
                break
            if self.ctx.patience.expired:
                raise self._late(waiting)
            if acted or self._arrived() - before:
                pauses.reset()
            pause = pauses.next()
            if self.ctx.patience.rest(pause) is Ended.CANCELLED:
                raise self._interrupted(waiting)
        self._raise_failures()

    def _round(self, max_age: float) -> tuple[dict[str, Step], bool]:
        """Look, count, decide and act once; the steps that are left, and whether anything was done."""
        look(self.ctx, self.tracked, max_age, budget=self.goal.max_cost is not None)
        self._counts.count(self.tracked)
        self._counts.watch_budget(self.tracked, self.earlier)
        steps = self._decide()
        acted = self._acts.perform(self.tracked, steps)
        return (self._decide() if acted else steps), acted

    def _arrived(self) -> set[tuple[str, str | None]]:
        """Where requests have arrived; that one is on its way is no reason to look again soon."""
        members = [member for member in self.members if member.phase not in _ON_ITS_WAY]
        return {(member.id, member.status) for member in members}

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
                steps[id] = self._unless_asked(one, one.next_step(self.goal, cleared=cleared))
                one.ended_otherwise = steps[id] is Step.FAILED
        return steps

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
            return one.next_step(self.goal, cleared=False)
        again = asked.is_due_again(one.member.status, self.ctx.clock.monotonic(), self.ctx.read_lag)
        return Step.WAIT if step is asked.step and not again else step

    def _is_cleared(self) -> bool:
        """Whether the budget allows a start. Raises BudgetExceeded."""
        would_start = [
            one
            for one in self.tracked.values()
            if not (one.is_given_up or one.is_out_of_sight)
            and one.next_step(self.goal, cleared=True) is Step.START
        ]
        # What was given up counts too where it has cost something, or may be running.
        members = [
            one.member
            for one in self.tracked.values()
            if not one.is_given_up or one.member.is_at_rest or one.member.is_underway
        ]
        earlier = spent_earlier(self.earlier, self.members)
        return is_cleared(self.goal.max_cost, members, earlier, starts=bool(would_start))

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

    def _running(self, waiting: Sequence[str]) -> str:
        states = ((id, self.tracked[id].member.status) for id in waiting)
        return ", ".join(f"{id} ({status or 'not visible yet'})" for id, status in states)

    def _late(self, waiting: Sequence[str]) -> DeadlineExceeded:
        given = self.ctx.patience.given
        within = f"within {elapsed_text(given)}" if given is not None else "in time"
        goes_on = "They go on running; the" if self._is_any_seen(waiting) else "The"
        return DeadlineExceeded(
            f"not {self.goal.until} {within}",
            subject=self._running(waiting),
            next_step=f"{goes_on} next `pulumi up` goes on waiting. "
            "A longer time-out can be given in custom_timeouts",
        )

    def _is_any_seen(self, ids: Sequence[str]) -> bool:
        """Whether the service has shown any of them; a wrong id it never shows."""
        return any(self.tracked[id].member.status is not None for id in ids)

    def _with_running(self, interrupted: Interrupted) -> Interrupted:
        """Ctrl-C between two pauses: what is known to be unfinished is named then, too."""
        seen = [id for id, one in self.tracked.items() if one.member.status is not None]
        waiting = [id for id in seen if self.tracked[id].next_step(self.goal, cleared=True) not in _DONE_WITH]
        return self._interrupted(waiting) if waiting else interrupted

    def _interrupted(self, waiting: Sequence[str]) -> Interrupted:
        if not self._is_any_seen(waiting):
            return Interrupted(
                "interrupted; these batch requests were looked for:",
                subject=self._running(waiting),
                next_step="The next `pulumi up` looks for them again",
            )
        return Interrupted(
            "interrupted; these batch requests go on running:",
            subject=self._running(waiting),
            next_step="The next `pulumi up` continues with them, `pulumi destroy` cancels them",
        )
