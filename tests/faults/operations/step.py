"""One step of the engine, and an operation under test with what is good after a fault in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from pulumi_sentinelhub.batch.api import Abilities
from pulumi_sentinelhub.errors import SentinelHubError, Unfinished
from pulumi_sentinelhub.lifecycle.context import Context
from pulumi_sentinelhub.lifecycle.contract import Lifecycle
from tests.faults.account import Account
from tests.faults.operations.calls import NEEDS

Call = tuple[str, str]


@dataclass(frozen=True)
class Step:
    """One step of the engine on one resource, as far as it has come.

    Attributes:
        verb: create, read, update or delete.
        id, olds: what the state holds.
        news: the inputs.
        done: whether the step has come to its end.
        gone: whether the state holds the resource no more.
    """

    kind: Lifecycle
    verb: str
    news: dict[str, Any] = field(default_factory=dict)
    id: str = ""
    olds: dict[str, Any] = field(default_factory=dict)
    done: bool = False
    gone: bool = False
    error: SentinelHubError | None = None

    def attempt(self, ctx: Context) -> Step:
        """Do it as the engine does: it keeps what an Unfinished holds and forgets any other failed create."""
        try:
            return getattr(self, f"_{self.verb}")(ctx)  # type: ignore[no-any-return] # one of the four below
        except Unfinished as unfinished:
            kept = dict(unfinished.outputs)
            return replace(self, verb="update", id=unfinished.id, olds=kept, error=unfinished)
        except SentinelHubError as error:
            return replace(self, error=error)

    def _create(self, ctx: Context) -> Step:
        remote = self.kind.create(ctx, self.news)
        return replace(self, id=remote.id, olds=remote.outputs, done=True)

    def _read(self, ctx: Context) -> Step:
        remote = self.kind.read(ctx, self.id, self.olds)
        if remote is None:
            return replace(self, done=True, gone=True)
        return replace(self, id=remote.id, olds=remote.outputs, done=True)

    def _update(self, ctx: Context) -> Step:
        return replace(self, olds=self.kind.update(ctx, self.id, self.olds, self.news), done=True)

    def _delete(self, ctx: Context) -> Step:
        self.kind.delete(ctx, self.id, self.olds)
        return replace(self, done=True, gone=True)


def looked_at_again(step: Step) -> Step | None:
    """What the service has hidden for a whole command is made anew if it left the state, else read again."""
    return replace(step, verb="create" if step.gone else "read", done=False, gone=False)


def believed(step: Step) -> Step | None:
    """The service has said for a whole command that there is nothing: that is the end of it."""
    return None


@dataclass(frozen=True)
class Operation:
    """An operation under test, and what is a good outcome of a fault in it.

    Attributes:
        prepare: makes what there is before.
        calls: its kinds of calls.
        holds: asserts what must be there when the step has come to its end.
        committed: kinds of calls that must have an effect at most once, over all attempts.
        makes: the kind of call by which it makes one object, and no second one; None: it makes none.
        after_404s: the next step after a command in which all was a 404; None: none is due.
        quiet: whether the next preview must show no change.
        needs: whether a generation of the API has what it is about.
    """

    name: str
    prepare: Callable[[Account], Step]
    calls: dict[str, Call]
    holds: Callable[[Account, Step], None]
    committed: tuple[Call, ...] = ()
    makes: Call | None = None
    after_404s: Callable[[Step], Step | None] = looked_at_again
    quiet: bool = True
    needs: Callable[[Abilities], bool] = lambda _: True

    def calls_of(self, abilities: Abilities) -> list[str]:
        """The names of its kinds of calls in a generation of the API; none where it does not exist there."""
        if not self.needs(abilities):
            return []
        return [name for name in self.calls if name not in NEEDS or NEEDS[name](abilities)]


def named(**calls: Call) -> dict[str, Call]:
    """Calls by their names in the report."""
    return {name.replace("_", " "): call for name, call in calls.items()}
