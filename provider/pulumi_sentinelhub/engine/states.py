"""What the states of all stacks of the backend hold, as the CLI that has started this process tells it.

Read where something is about to be taken over, which is rare: a command takes some 0.2 s a stack. A state
can be read while its stack is being updated, and secrets stay encrypted.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..batch.answers import mapping, text
from ..errors import DeadlineExceeded, Interrupted, SentinelHubError
from ..lifecycle.ownership.holders import Holder, stack_of
from ..waiting.patience import Patience
from ..waiting.retries import Again, keep_trying
from ..waiting.timely import turn
from ..waiting.together import together
from . import pulumi_cli

#: Seconds for all states; those of the own project come first.
_SECONDS: Final = 60.0
_AT_ONCE: Final = 4
_NEXT_STEP: Final = "See that `pulumi stack ls` works here, then run the command again"
#: The types of our resources, of both front ends.
_OURS: Final = re.compile(r"(?:pulumi-python:dynamic/sentinelhub|sentinelhub:index):")


@dataclass(frozen=True)
class _Entry:
    """A resource in a state.

    Attributes:
        makes_way: whether it is replaced, and its own create is still to come.
    """

    urn: str
    id: str
    makes_way: bool


@dataclass(frozen=True)
class _Reading:
    """All entries, as the process has read them for the n-th time."""

    entries: Sequence[_Entry]
    number: int

    def holder(self, id: str, urn: str) -> Holder | None:
        """Which resource beside ``urn`` holds ``id``."""
        alike = [one for one in self.entries if one.id == id]
        # A create under a urn that the state has, and not in order to replace it: an alias has left the name.
        making_way = [one for one in alike if one.urn == urn and one.makes_way]
        held = next((one for one in alike if one not in making_way), None)
        if held is None:
            return None
        is_own = held.urn == urn
        is_twin = not is_own and _plain(held.urn) == _plain(urn)
        return Holder(held.urn, is_twin, is_owed_too=is_own and bool(making_way))


class States:
    """The states, read once a process: what was left behind was so before the process began."""

    def __init__(self) -> None:
        self._looking = threading.Lock()
        self._reading: _Reading | None = None
        self._begun = 0

    def holder(self, id: str, urn: str, patience: Patience) -> Holder | None:
        """Which resource beside ``urn`` holds ``id``; None: none.

        Args:
            id: of a remote object.
            urn: of the resource that is being created.
            patience: the operation's.

        Raises:
            SentinelHubError: that cannot be told.
            Interrupted, DeadlineExceeded: in between.
        """
        if not urn:
            raise SentinelHubError("the host does not tell which resource is made")
        begun = self._begun
        with turn(self._looking, patience, "read the states of all stacks", None):
            reading = self._reading or self._read(urn, patience)
            held = reading.holder(id, urn)
            if held is not None and held.urn == urn and reading.number <= begun:
                # It may have been deleted since, in order to be replaced. One reading serves all who wait.
                held = self._read(urn, patience).holder(id, urn)
        return held

    def _read(self, urn: str, patience: Patience) -> _Reading:
        self._begun += 1
        self._reading = _Reading(list(_read(stack_of(urn)[0], patience)), self._begun)
        return self._reading


def _read(project: str, patience: Patience) -> Iterator[_Entry]:
    """All entries of our resources. Raises SentinelHubError where the own project's cannot be read."""
    brief = patience.at_most(_SECONDS)
    listed = _run(["stack", "ls", "--all", "--json"], brief)
    stacks = [
        text(mapping(one).get("name")) for one in _list(listed) if mapping(one).get("resourceCount") != 0
    ]
    names = sorted((name for name in stacks if name), key=lambda name: not _is_of(project, name))
    found: dict[str, Any] = {}
    missing: dict[str, SentinelHubError] = {}

    def keep(name: str, state: Any) -> None:
        (missing if isinstance(state, SentinelHubError) else found)[name] = state

    try:
        together(
            names,
            lambda name: _run(["stack", "export", "--stack", name], brief),
            keep,
            patience=brief,
            at_once=_AT_ONCE,
            what="read the state of stack",
        )
    except (Interrupted, DeadlineExceeded):
        patience.check("read the states of all stacks", None)
    for name in names:
        if _is_of(project, name) and name not in found:
            raise missing.get(name) or SentinelHubError(
                "the states of this project's stacks cannot all be read",
                why=f"it took more than {_SECONDS:.0f} s",
            )
    for state in found.values():
        yield from _entries(state)


def _entries(state: Any) -> Iterator[_Entry]:
    for one in _list(mapping(mapping(state).get("deployment")).get("resources")):
        resource = mapping(one)
        urn, id, kind = (text(resource.get(name)) for name in ("urn", "id", "type"))
        if urn and id and kind and _OURS.match(kind):
            makes_way = bool(resource.get("pendingReplacement") or resource.get("delete"))
            yield _Entry(urn, id, makes_way)


def _run(arguments: Sequence[str], patience: Patience) -> Any:
    """What a command prints; repeated, since a state may be read in the middle of its being written."""
    program = pulumi_cli.require("put it on PATH")

    def once() -> Any:
        try:
            return pulumi_cli.run(program, arguments, patience, seconds=_SECONDS, next_step=_NEXT_STEP)
        except (Interrupted, DeadlineExceeded):
            raise
        except SentinelHubError as error:
            raise Again(error, "unreached") from None

    return keep_trying(patience, once, f"run pulumi {' '.join(arguments[:2])}", None)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_of(project: str, stack: str) -> bool:
    """Whether ``organization/project/stack`` is of the project; the current one's stacks may stand alone."""
    parts = stack.split("/")
    return len(parts) == 1 or parts[-2] == project


def _plain(urn: str) -> str:
    """A urn without what tells the front ends apart."""
    return _OURS.sub("", urn)
