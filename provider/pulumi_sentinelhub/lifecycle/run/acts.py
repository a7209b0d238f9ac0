"""Asking the service for what is due; an action whose answer was lost is looked for before it is repeated.

The calls go side by side; what they bring is applied in the drive's own thread, in declared order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ...batch.api import BatchService
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
from ..settle import is_confirmed
from .budget import unwatchable
from .goal import FINISHED, Goal, Step
from .lag import Asked
from .looks import found
from .member import Member
from .tracked import Tracked

#: So often an action is repeated whose answer was lost and which then shows no effect.
LOST_ANSWERS: Final = 5
_CALLS: Final[Mapping[Step, Callable[[BatchService, str], None]]] = {
    Step.ANALYSE: lambda service, id: service.analyse(id),
    Step.START: lambda service, id: service.start(id),
    Step.RESTART: lambda service, id: service.restart_failed(id),
    Step.CANCEL: lambda service, id: service.cancel(id),
}


@dataclass(frozen=True)
class _Answer:
    """What came of one action.

    Attributes:
        at: when it was asked for, monotonic seconds.
        error: why it was not accepted, or not known to be.
    """

    at: float
    error: SentinelHubError | None = None


@dataclass
class Acts:
    """The actions of one drive."""

    ctx: Context
    goal: Goal
    _is_watchable: bool = False

    def perform(self, tracked: Mapping[str, Tracked], steps: Mapping[str, Step]) -> bool:
        """Take the steps that are actions; whether there were any. Raises BudgetExceeded."""
        due = {id: step for id, step in steps.items() if step in _CALLS}
        starting = [tracked[id].member for id, step in due.items() if step is Step.START]
        if starting and not self._can_be_watched(starting):
            due = {id: step for id, step in due.items() if step is not Step.START}
        self.ctx.together(
            due,
            lambda id: self._ask(id, due[id]),
            lambda id, answer: self._apply_or_give_up(tracked[id], due[id], answer),
            "act on batch request",
        )
        return bool(due)

    def _apply_or_give_up(self, one: Tracked, step: Step, answer: _Answer | SentinelHubError) -> None:
        if isinstance(answer, SentinelHubError):
            one.error = answer
            return
        try:
            self._apply(one, step, answer)
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

    def _ask(self, id: str, step: Step) -> _Answer:
        """One action; in any thread, so nothing of the drive is changed here."""
        at = self.ctx.clock.monotonic()
        if step in (Step.START, Step.RESTART):
            self.ctx.ledger.asked(id)
        try:
            _CALLS[step](self.ctx.batch(id), id)
        except (Interrupted, DeadlineExceeded):
            raise
        except SentinelHubError as error:
            return _Answer(at, error)
        return _Answer(at)

    def _apply(self, one: Tracked, step: Step, answer: _Answer) -> None:
        """Note what came of an action. Raises the error with which the request is given up."""
        member, at = one.member, answer.at
        match answer.error:
            case None:
                accepted = True
            case AnswerLost() as lost:
                # Maybe it was heard: the next looks tell; it is repeated only where reads stay the same.
                one.vain += 1
                if one.vain > LOST_ANSWERS:
                    raise lost
                accepted = False
            case NotFound() as missing:
                # Not visible yet where actions are carried out; the next look decides.
                one.unheard_since = at if one.unheard_since is None else one.unheard_since
                if at - one.unheard_since >= self.ctx.read_lag:
                    raise missing
                return
            case BadRequest() | Conflict() as refused:
                self._refused(one, step, refused)
                return
            case error:
                raise error
        one.asked = Asked(step, at, accepted, one.info.user_action_updated if one.info else None)
        if step is Step.RESTART:
            # Counted also where its answer was lost: tiles may be running.
            one.member = replace(member, restarts=member.restarts + 1)
        elif accepted:
            one.member = replace(member, user_action=step.name)

    def _refused(self, one: Tracked, step: Step, refused: BadRequest | Conflict) -> None:
        """An action that is illegal in the current state was overtaken by events, or is refused for good."""
        now = self.ctx.clock.monotonic()
        info = self.ctx.batch(one.member.id).get_request(one.member.id)
        found(self.ctx, [(one, info)], now, budget=self.goal.max_cost is not None)
        if one.next_step(self.goal, cleared=True) is not step:
            return
        idle = one.info if one.member.is_untouched else None
        if step is Step.CANCEL and idle is not None and not is_confirmed(self.ctx, idle):
            one.member = replace(one.member, nothing_runs=True)
            return
        if one.asked is None or one.asked.step is not step:
            one.asked = Asked(step, now, accepted=False, refused_in=one.member.status)
        # A refusal that speaks of the state comes from a newer state than the one that is read; any other is
        # final.
        if not _speaks_of_state(refused) or one.asked.is_past(now, self.ctx.read_lag):
            raise refused


def _speaks_of_state(refused: BadRequest | Conflict) -> bool:
    """E.g. "Illegal to change userAction from START to START with task status PROCESSING" [observed]."""
    words = (refused.why or refused.what).lower()
    return any(word in words for word in ("useraction", "user action", "status", "state"))
