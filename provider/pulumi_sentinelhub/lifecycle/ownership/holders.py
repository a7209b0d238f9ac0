"""Who else holds what bears a declaration's mark: a fact that stands in the states of the backend's stacks.

The mark holds the stack's and the resource's name, and both may be given anew: after ``pulumi stack rename``
or ``pulumi state move``, or where an alias has left a name, another declaration has the key that a remote
object was made with. So before a create takes anything over, the states are asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...errors import SentinelHubError
from ...waiting.patience import Patience


@dataclass(frozen=True)
class Holder:
    """A resource in some state.

    Attributes:
        urn: of it.
        is_twin: whether it is the same declaration, as the other front end has recorded it.
        is_owed_too: whether it is the very resource that was asked for, and its state still owes the deletion
            of an older one, which has the same id: replaced by an update that failed, and taken back.
    """

    urn: str
    is_twin: bool = False
    is_owed_too: bool = False

    @property
    def stack(self) -> tuple[str, str]:
        """Project and stack."""
        return stack_of(self.urn)

    def __str__(self) -> str:
        parts = self.urn.split("::")
        if len(parts) < 4:
            return self.urn
        kind = parts[2].rpartition("$")[2].rpartition(":")[2]
        project, stack = self.stack
        return f"{kind} {parts[-1]} of stack {stack}, project {project}"


def stack_of(urn: str) -> tuple[str, str]:
    """Project and stack of a resource; empty texts where its urn is none."""
    head, _, rest = urn.partition("::")
    return rest.partition("::")[0], head.rpartition(":")[2]


#: Gives who else holds an id; None: nobody. Raises SentinelHubError where that cannot be told.
FindHolder = Callable[[str], "Holder | None"]


def nobody(_: str) -> Holder | None:
    """There are no other states."""
    return None


def found(find: FindHolder, id: str, patience: Patience) -> Holder | SentinelHubError | None:
    """Who else holds an id, or why that cannot be told. Raises Interrupted, DeadlineExceeded."""
    try:
        return find(id)
    except SentinelHubError as error:
        patience.check("see who holds", id)
        return error


def is_itself(held: Holder | SentinelHubError | None, urn: str) -> bool:
    """Whether the state holds it under this very urn, as where ``--replace`` makes the new one first."""
    return isinstance(held, Holder) and held.urn == urn


def has_taken_back(find: FindHolder, id: str, patience: Patience) -> bool:
    """Whether a deletion that the state owes would take an id from the very resource that has it again.

    Raises:
        SentinelHubError: that cannot be told.
        Interrupted, DeadlineExceeded: in between.
    """
    held = found(find, id, patience)
    if isinstance(held, SentinelHubError):
        raise held
    return held is not None and held.is_owed_too


def objection(held: Holder | SentinelHubError | None) -> str | None:
    """Why what has one place only must not be taken over, by what is ``found``; None: nobody holds it."""
    if isinstance(held, Holder):
        return f"{held} holds it, which was made under this one's name"
    return None if held is None else f"whether another stack holds it cannot be told: {held}"


def elsewhere(find: FindHolder, id: str, urn: str, patience: Patience) -> Holder | None:
    """Which resource of another stack holds an id; within one's own stack it is handed over in an update.

    Raises:
        Interrupted, DeadlineExceeded: in between.
    """
    held = found(find, id, patience)
    return held if isinstance(held, Holder) and held.stack != stack_of(urn) else None


def forgetting(holder: Holder) -> str:
    """How the other one is made to forget it."""
    return f"have that one forgotten with `pulumi state delete '{holder.urn}'`, which touches nothing remote"
