"""What a run asks for, and the next step of a request on its way there.

The service's state decides, never a memory of what was done: a step can be repeated at any time, by anyone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from .member import Member

CANCELLED: Final = "cancelled"


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
            until=str(inputs.get("until", "started")),
            max_cost=float(limit) if limit is not None else None,
            restart_partial=int(inputs.get("restart_partial") or 0),
            accept_partial=inputs.get("accept_partial") is True,
        )


def next_step(goal: Goal, member: Member, *, cleared: bool) -> Step:
    """The next step of one request.

    Args:
        goal: the desired outcome.
        member: the request as last seen.
        cleared: whether the costs of all requests are known and within the budget, or there is none.
    """
    if member.finished_as is not None or member.is_over:
        return Step.HELD
    if goal.until == CANCELLED:
        return _of_cancelled(member)
    match member.status:
        case "FAILED" | "CANCELED":
            return Step.FAILED
        case "DONE":
            return Step.HELD
        case "PARTIAL":
            return _of_partial(goal, member)
        case "PROCESSING":
            return Step.WAIT if goal.until == "finished" else Step.HELD
        case "CREATED" | "ANALYSING" | "ANALYSIS_DONE" as status:
            return _before_processing(goal, status, member.user_action, cleared=cleared)
    return Step.WAIT


def _of_cancelled(member: Member) -> Step:
    if member.is_at_rest or member.expired:
        return Step.HELD
    return Step.WAIT if member.user_action == "CANCEL" else Step.CANCEL


def _of_partial(goal: Goal, member: Member) -> Step:
    if goal.until != "finished":
        return Step.HELD
    if member.restarts < goal.restart_partial and not member.expired:
        return Step.RESTART
    return Step.HELD if goal.accept_partial else Step.FAILED


def _before_processing(goal: Goal, status: str, action: str | None, *, cleared: bool) -> Step:
    if action == "CANCEL":
        return Step.WAIT
    if goal.until == "analysed":
        if status == "ANALYSIS_DONE":
            return Step.HELD
        return Step.ANALYSE if status == "CREATED" and action in (None, "NONE") else Step.WAIT
    if action == "START":
        return Step.WAIT if goal.until == "finished" else Step.HELD
    if cleared:
        return Step.START
    return Step.ANALYSE if status == "CREATED" and action in (None, "NONE") else Step.WAIT


def holds(goal: Goal, member: Member) -> bool:
    """Whether the outcome that the state remembers is the desired one."""
    return next_step(goal, member, cleared=True) is Step.HELD
