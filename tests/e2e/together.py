"""One stack in which something else becomes of each test's jobs: what its commands have said and left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.e2e.areas import BUCKET
from tests.e2e.jobs import changes, creations, remote
from tests.support.cli import Stack
from tests.support.inputs import ONE_TILE
from tests.support.sandbox import Controls, runs


def request(name: str, more: str = "") -> str:
    """A declaration in a program: a request of one tile, described by what its name begins with."""
    described = f', description="{name.partition("_")[0]}"'
    return f'{name} = request("{name}", "{BUCKET}", {ONE_TILE}{described}{more})'


@dataclass(frozen=True)
class Moment:
    """What is there after a command.

    Attributes:
        said: by the command.
        states: of the resources, by their names.
        requests: of the service, by their ids.
        made: whose the requests are that were made so far, a test's name for each of them.
        calls: that changed something, so far.
    """

    said: str
    states: Mapping[str, Mapping[str, Any]]
    requests: Mapping[str, Mapping[str, Any]]
    made: tuple[str, ...]
    calls: tuple[str, ...]

    def id(self, name: str) -> str:
        """Of the declaration of this name."""
        return str(self.states[name]["id"])

    def ids(self, test: str) -> dict[str, str]:
        """The ids of a test's requests, by the rest of their names."""
        return {
            name.removeprefix(f"{test}_"): str(state["id"])
            for name, state in self.states.items()
            if name.startswith(f"{test}_") and state["type"].endswith(":BatchRequest")
        }

    def described(self, test: str) -> set[str]:
        """Ids of the requests that the service has of a test."""
        return {id for id, one in self.requests.items() if _test(one) == test}

    def active(self, test: str) -> set[str]:
        """Those of them that run, or are about to."""
        return {id for id in self.described(test) if runs(self.requests[id])}

    def told(self, ids: Iterable[str]) -> list[str]:
        """What some requests were told, e.g. ``start``, in the order of the calls."""
        wanted = set(ids)
        paths = [call.partition(" ")[2].split("/") for call in self.calls]
        return [path[-1] for path in paths if path[-2] in wanted]


def moment(said: str, stack: Stack, sandbox: Controls) -> Moment:
    """What is there now."""
    return Moment(
        said,
        stack.resources(),
        {one["id"]: one for one in remote(sandbox)},
        tuple(_test(call["body"]) for call in creations(sandbox)),
        tuple(changes(sandbox)),
    )


def _test(payload: Mapping[str, Any]) -> str:
    """Whose a request is: the first word of its description."""
    return str(payload.get("description") or "").partition(" ")[0]
