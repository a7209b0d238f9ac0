"""Actions that reads may not show yet, and what they mean for what is read meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...batch.api import Action, BatchRequestInfo, Phase
from .goal import Step
from .member import Member


@dataclass(frozen=True)
class Asked:
    """An action that reads may not show yet.

    Attributes:
        step: the action.
        at: when it was asked for, monotonic seconds.
        accepted: whether the service is known to have accepted it; otherwise its answer was lost.
        refused_in: the status that was read when it was refused; None where it was not.
        before: the time of the latest action that was known then, by the service's clock.
    """

    step: Step
    at: float
    accepted: bool
    before: str | None = None
    refused_in: str | None = None

    def is_due_again(self, status: str | None, now: float, lag: float) -> bool:
        """Whether it may be asked for again: reads had their time, or show another state than it met."""
        overtaken = self.refused_in is not None and status != self.refused_in
        return overtaken or self.is_past(now, lag)

    def is_past(self, now: float, lag: float) -> bool:
        """Whether reads have had the time to show it."""
        return now - self.at >= lag


def with_accepted(member: Member, asked: Asked | None, now: float, lag: float) -> Member:
    """The member, with an accepted action that the read does not show yet."""
    if asked is None or not asked.accepted or asked.step is Step.RESTART or asked.is_past(now, lag):
        return member
    idle = member.phase in (Phase.CREATED, Phase.ANALYSED)
    behind = idle and member.action in (Action.NONE, Action.ANALYSE)
    return replace(member, user_action=asked.step.name) if behind else member


def is_heard(asked: Asked, info: BatchRequestInfo | None) -> bool:
    """Whether the service has accepted an action: its answer told so, or its time of action has moved."""
    moved = info is not None and info.user_action_updated != asked.before
    return asked.accepted or moved


def is_behind_a_restart(member: Member) -> bool:
    """Whether PARTIAL is older than a restart: tiles that are not settled show that it is still processed."""
    unsettled = member.total - member.processed - member.failed
    return member.phase is Phase.PARTIAL and bool(member.tiles) and unsettled > 0
