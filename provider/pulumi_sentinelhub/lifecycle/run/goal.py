"""What a run asks for, and the next step of a request on its way there.

The service's state decides, never a memory of what was done: a step can be repeated at any time, by anyone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from ...batch.api import Action, Phase
from .member import Member

ANALYSED: Final = "analysed"
STARTED: Final = "started"
FINISHED: Final = "finished"
CANCELLED: Final = "cancelled"
UNTIL: Final = (ANALYSED, STARTED, FINISHED, CANCELLED)


class Step(Enum):
    """What to do with a request next."""

    WAIT = "wait"
    ANALYSE = "analyse"
    START = "start"
    RESTART = "restart"
    CANCEL = "cancel"
    HELD = "held"
    FAILED = "failed"


@dataclass(frozen=True)
class Goal:
    """The desired outcome.

    Attributes:
        until: ``analysed``, ``started``, ``finished`` or ``cancelled``.
        max_cost: processing units that all requests together may cost, after the batch discount; None for
            any.
        restart_partial: how often failed tiles are run again.
        accept_partial: whether a result that lacks some tiles will do.
    """

    until: str
    max_cost: float | None = None
    restart_partial: int = 0
    accept_partial: bool = False

    @classmethod
    def of(cls, inputs: Mapping[str, Any]) -> Goal:
        """From the declared inputs, defaults filled in."""
        limit = inputs.get("max_cost")
        return cls(
            until=str(inputs.get("until", STARTED)),
            max_cost=float(limit) if limit is not None else None,
            restart_partial=int(inputs.get("restart_partial") or 0),
            accept_partial=inputs.get("accept_partial") is True,
        )


def next_step(goal: Goal, member: Member, *, cleared: bool, resumes: bool = False) -> Step:
    """The next step of one request.

    Args:
        goal: the desired outcome.
        member: the request as last seen.
        cleared: whether the costs of all requests are known and within the budget, or there is none.
        resumes: whether it may be started again where the service has stopped it.
    """
    if member.finished_as is not None or member.is_over:
        return Step.HELD
    if goal.until == CANCELLED:
        return _of_cancelled(member)
    match member.phase:
        case Phase.FAILED | Phase.CANCELED:
            return Step.FAILED
        case Phase.DONE:
            return Step.HELD
        case Phase.PARTIAL:
            return _of_partial(goal, member)
        case Phase.HALTED:
            return _of_halted(goal, cleared=cleared, resumes=resumes)
        case Phase.PROCESSING | Phase.ENDED:
            return Step.WAIT if goal.until == FINISHED else Step.HELD
        case Phase.CREATED | Phase.ANALYSING | Phase.ANALYSED as phase:
            return _before_processing(goal, phase, member.action, cleared=cleared)
    return Step.WAIT


def _of_cancelled(member: Member) -> Step:
    if member.is_at_rest or member.expired or member.nothing_runs:
        return Step.HELD
    return Step.WAIT if member.action is Action.CANCEL else Step.CANCEL


def _of_partial(goal: Goal, member: Member) -> Step:
    if goal.until != FINISHED:
        return Step.HELD
    restarts = member.abilities.restarts_failed and not member.expired
    if restarts and member.restarts < goal.restart_partial:
        return Step.RESTART
    return Step.HELD if goal.accept_partial else Step.FAILED


def _of_halted(goal: Goal, *, cleared: bool, resumes: bool) -> Step:
    if goal.until == ANALYSED:
        return Step.HELD
    if not resumes:
        return Step.FAILED
    return Step.START if cleared else Step.WAIT


def _before_processing(goal: Goal, phase: Phase, action: Action, *, cleared: bool) -> Step:
    if action is Action.CANCEL:
        return Step.WAIT
    analyse = Step.ANALYSE if phase is Phase.CREATED and action is Action.NONE else Step.WAIT
    if goal.until == ANALYSED:
        return Step.HELD if phase is Phase.ANALYSED else analyse
    if action is Action.START:
        return Step.WAIT if goal.until == FINISHED else Step.HELD
    return Step.START if cleared else analyse


def holds(goal: Goal, member: Member) -> bool:
    """Whether the outcome that the state remembers is the desired one."""
    return next_step(goal, member, cleared=True) is Step.HELD
