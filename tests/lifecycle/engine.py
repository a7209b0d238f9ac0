"""As much of Pulumi's engine as the crash tests need; long because it is one state with its commands.

Steps, recorded state, init errors, replacement, kills.

The state is written after every step and survives a kill; nothing else does. What the real engine does is
seen end to end in ``tests/e2e``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pulumi_sentinelhub.engine import forms
from pulumi_sentinelhub.errors import SentinelHubError, Unfinished
from pulumi_sentinelhub.lifecycle.context import Context
from pulumi_sentinelhub.lifecycle.contract import Lifecycle
from pulumi_sentinelhub.lifecycle.ownership.adoption import on_delete_of
from pulumi_sentinelhub.lifecycle.ownership.holders import Holder
from pulumi_sentinelhub.lifecycle.request import BATCH_REQUEST
from pulumi_sentinelhub.lifecycle.run.lifecycle import BATCH_RUN


@dataclass(frozen=True)
class Front:
    """A front end: how the engine reaches the lifecycles, and in which form states are.

    Attributes:
        name: of it.
        request: the lifecycle of requests.
        run: of runs.
        reads_first: whether each command begins with a look at what is there.
    """

    name: str
    request: Lifecycle
    run: Lifecycle
    reads_first: bool = False


#: What it does beside its lifecycles is shown in ``tests/dynamic``.
DYNAMIC: Final = Front("dynamic", BATCH_REQUEST, BATCH_RUN)


@dataclass
class Recorded:
    """One resource in the state."""

    name: str
    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    kind: Lifecycle
    init_errors: bool = False


Inputs = dict[str, Any]


@dataclass
class Program:
    """What a program declares.

    Attributes:
        requests: inputs by name.
        runs: inputs by name, with ``members``: names of requests, or ids where they are no names.
        aliases: names that were other names before.
    """

    requests: dict[str, Inputs] = field(default_factory=dict)
    runs: dict[str, Inputs] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)


@dataclass
class Stack:
    """The recorded state, and the commands that work on it.

    Attributes:
        resources: by name.
        doomed: replaced resources that are still to be deleted.
        on_error_retries: how often a failed create is called again, as the engine's onError hooks do.
        released: ids of requests whose end this stack has asked for; it may cancel those and no others.
        refused: why what was to be deleted was not.
        front: the front end of its program.
        others: what the other stacks of the backend hold.
    """

    resources: dict[str, Recorded] = field(default_factory=dict)
    doomed: list[Recorded] = field(default_factory=list)
    on_error_retries: int = 0
    released: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    front: Front = DYNAMIC
    others: Callable[[], Collection[Recorded]] = tuple

    def up(self, ctx: Context, requests: Mapping[str, Inputs], run: Mapping[str, Any]) -> bool:
        """Make it so: requests, and one run of all of them."""
        return self.apply(ctx, _simple(requests, run))

    def changes(self, ctx: Context, requests: Mapping[str, Inputs], run: Mapping[str, Any]) -> list[str]:
        """What a preview of such a program shows as changed."""
        return self.preview(ctx, _simple(requests, run))

    def apply(
        self,
        ctx: Context,
        program: Program,
        targets: Collection[str] | None = None,
        replaced: Collection[str] | None = None,
        *,
        makes_first: bool = False,
    ) -> bool:
        """``pulumi up``, of all or of ``targets``; False where a step failed, as the exit code tells.

        ``replaced`` are replaced whether they differ or not, as by ``--replace``; with ``makes_first`` the
        old one goes in the end, as where neither program nor provider says otherwise.
        """
        if not self._begin(ctx):
            return False
        self._rename(program)
        for name in replaced or ():
            if name in program.requests and name in self.resources:
                if makes_first:
                    if not self._replace(ctx, name, program.requests[name]):
                        return False
                    continue
                if not self._delete(ctx, self.resources[name]):
                    return False
                del self.resources[name]
        good = True
        for name, declared in program.requests.items():
            if targets is None or name in targets:
                good = self._step(ctx, self.front.request, name, declared) and good
        for name, declared in program.runs.items():
            if good and (targets is None or name in targets):
                good = self._step(ctx, self.front.run, name, self._resolved(declared)) and good
        if good and targets is None:
            gone = [name for name in self.resources if name not in {*program.requests, *program.runs}]
            runs_first = sorted(gone, key=lambda name: self.is_request(self.resources[name]))
            self.doomed += [self.resources.pop(name) for name in reversed(runs_first)]
            good = self._bury(ctx)
        return good

    def _replace(self, ctx: Context, name: str, declared: Mapping[str, Any]) -> bool:
        recorded, kind, ctx = self.resources[name], self.front.request, self._at(ctx, name)
        try:
            report = kind.check(ctx, recorded.inputs, declared)
            kind.diff(ctx, recorded.id, recorded.outputs, report.inputs)
        except SentinelHubError:
            return False
        if report.failures or not self._create(ctx, kind, name, report.inputs):
            return False
        self.doomed.append(recorded)
        return True

    def _rename(self, program: Program) -> None:
        for new, old in program.aliases.items():
            if old in self.resources and new not in self.resources:
                self.resources[new] = replace(self.resources.pop(old), name=new)

    def _resolved(self, declared: Inputs) -> Inputs:
        members = [self.resources[m].id if m in self.resources else m for m in declared["members"]]
        return {**{k: v for k, v in declared.items() if k != "members"}, "requests": members}

    def preview(self, ctx: Context, program: Program) -> list[str]:
        """What a preview shows as changed."""
        if not self._begin(ctx):
            return list(self.resources)
        changed = [n for n, d in program.requests.items() if self._differs(ctx, self.front.request, n, d)]
        changed += [name for name in self.resources if name not in {*program.requests, *program.runs}]
        if not changed:
            changed += [
                name
                for name, declared in program.runs.items()
                if self._differs(ctx, self.front.run, name, self._resolved(declared))
            ]
        return changed

    def refresh(self, ctx: Context) -> bool:
        """Read everything; what is gone leaves the state. What cannot be read stays as it is."""
        good = True
        # runs first: the real engine reads all at once, and a request waits for longer where it is gone
        for name, recorded in sorted(self.resources.items(), key=lambda item: self.is_request(item[1])):
            try:
                remote = recorded.kind.read(self._at(ctx, name), recorded.id, recorded.outputs)
            except SentinelHubError:
                good = False
                continue
            if remote is None:
                del self.resources[name]
            else:
                inputs = recorded.inputs if remote.inputs is None else remote.inputs
                self.resources[name] = replace(recorded, id=remote.id, inputs=inputs, outputs=remote.outputs)
        return good

    def _begin(self, ctx: Context) -> bool:
        """What a command does first; False where it ends there."""
        return self.refresh(ctx) if self.front.reads_first else True

    def destroy(self, ctx: Context) -> bool:
        """Delete everything, dependents first."""
        if not self._begin(ctx):
            return False
        for name in sorted(self.resources, key=lambda name: self.is_request(self.resources[name])):
            if not self._delete(ctx, self.resources[name]):
                return False
            del self.resources[name]
        return self._bury(ctx)

    def copy(self) -> Stack:
        """As much as survives a kill."""
        front = self.front
        return deepcopy(self, {id(known): known for known in (front, front.request, front.run)})

    def forget(self, name: str) -> None:
        """``pulumi state delete``."""
        del self.resources[name]

    def ids(self) -> list[str]:
        """Ids of all requests that the state holds, one for each entry."""
        return [r.id for r in self.held() if self.is_request(r)]

    def is_request(self, recorded: Recorded) -> bool:
        """Whether it is a request's state."""
        return recorded.kind is self.front.request

    def held(self) -> list[Recorded]:
        """What the state holds, also what is still to be deleted."""
        return [*self.resources.values(), *self.doomed]

    def _at(self, ctx: Context, name: str) -> Context:
        """The surroundings of a call for one resource, of which these tests know the name alone."""

        def holder(id: str) -> Holder | None:
            own = self.resources.get(name)
            # what is replaced makes way for this very create
            doomed = [one for one in self.doomed if one.name != name]
            if own is not None and own.id == id:
                return Holder(name, is_owed_too=len(doomed) < len(self.doomed))
            held = [*self.resources.values(), *doomed, *self.others()]
            found = next((one for one in held if one.id == id), None)
            return None if found is None else Holder(f"another {found.name}")

        return replace(ctx, urn=name, holder=holder)

    def _bury(self, ctx: Context) -> bool:
        while self.doomed:
            if not self._delete(ctx, self.doomed[-1]):
                return False
            self.doomed.pop()
        return True

    def _delete(self, ctx: Context, recorded: Recorded) -> bool:
        outputs = forms.REQUEST.inward(recorded.outputs)
        if self.is_request(recorded) and on_delete_of(outputs, "cancel") == "cancel":
            self.released.add(recorded.id)
        try:
            recorded.kind.delete(self._at(ctx, recorded.name), recorded.id, recorded.outputs)
        except SentinelHubError as error:
            self.refused.append(str(error))
            return False
        return True

    def _differs(self, ctx: Context, kind: Lifecycle, name: str, declared: Mapping[str, Any]) -> bool:
        recorded = self.resources.get(name)
        if recorded is None or recorded.init_errors:
            return True
        ctx = self._at(ctx, name)
        inputs = kind.check(ctx, recorded.inputs, declared).inputs
        return bool(kind.diff(ctx, recorded.id, recorded.outputs, inputs))

    def _step(self, ctx: Context, kind: Lifecycle, name: str, declared: Mapping[str, Any]) -> bool:
        recorded, ctx = self.resources.get(name), self._at(ctx, name)
        try:
            report = kind.check(ctx, recorded.inputs if recorded else {}, declared)
            if report.failures:
                return False
            if recorded is None:
                return self._create(ctx, kind, name, report.inputs)
            difference = kind.diff(ctx, recorded.id, recorded.outputs, report.inputs)
        except SentinelHubError:
            return False
        if difference.replaces and difference.delete_before_replace:
            if not self._delete(ctx, recorded):
                return False
            del self.resources[name]
            return self._create(ctx, kind, name, report.inputs)
        if difference.replaces:
            if not self._create(ctx, kind, name, report.inputs):
                return False
            self.doomed.append(recorded)
            return True
        if difference or recorded.init_errors:
            return self._record(
                name,
                kind,
                report.inputs,
                lambda: (recorded.id, kind.update(ctx, recorded.id, recorded.outputs, report.inputs)),
            )
        return True

    def _create(self, ctx: Context, kind: Lifecycle, name: str, inputs: Mapping[str, Any]) -> bool:
        def make() -> tuple[str, dict[str, Any]]:
            remote = kind.create(ctx, inputs)
            return remote.id, remote.outputs

        tries = 1 + self.on_error_retries
        return any(self._record(name, kind, inputs, make) for _ in range(tries))

    def _record(
        self,
        name: str,
        kind: Lifecycle,
        inputs: Mapping[str, Any],
        operate: Callable[[], tuple[str, dict[str, Any]]],
    ) -> bool:
        news = dict(inputs)
        try:
            id, outputs = operate()
        except Unfinished as failed:
            self.resources[name] = Recorded(name, failed.id, news, dict(failed.outputs), kind, True)
            return False
        except SentinelHubError:
            return False
        self.resources[name] = Recorded(name, id, news, outputs, kind)
        return True


def _simple(requests: Mapping[str, Inputs], run: Mapping[str, Any]) -> Program:
    return Program(dict(requests), {"run": {**run, "members": list(requests)}})
