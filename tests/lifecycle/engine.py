"""As much of Pulumi's engine as the crash tests need: steps, recorded state, init errors, replacement, kills.

The state is written after every step and survives a kill; nothing else does. What the real engine does is
seen end to end in ``tests/e2e``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pulumi_sentinelhub.errors import SentinelHubError, Unfinished
from pulumi_sentinelhub.lifecycle.context import Context
from pulumi_sentinelhub.lifecycle.contract import Lifecycle
from pulumi_sentinelhub.lifecycle.ownership.adoption import on_delete_of
from pulumi_sentinelhub.lifecycle.request import BATCH_REQUEST
from pulumi_sentinelhub.lifecycle.run.lifecycle import BATCH_RUN
from tests.support.killed import Killed


class Mortal:
    """Batch services of a process that dies after (or before) its n-th call, counted over all their methods.

    Args:
        connect: gives the service of a generation.
        calls: the call at which it dies; None: never.
        committed: whether that call is carried out.
    """

    def __init__(self, connect: Callable[[str], Any], calls: int | None, *, committed: bool) -> None:
        self.after_each: Callable[[], object] = lambda: None
        self._connect = connect
        self._left = calls
        self._committed = committed
        self.calls = 0

    def of(self, generation: str) -> Any:
        """The service of a generation."""
        return _MortalService(self, self._connect(generation))

    def call(self, method: Callable[[], Any]) -> Any:
        """Carry out a call, and die where it is time."""
        self.calls += 1
        fatal = self._left is not None and self.calls >= self._left
        if fatal and not self._committed:
            raise Killed
        result = method()
        self.after_each()
        if fatal:
            raise Killed
        return result


class _MortalService:
    def __init__(self, fate: Mortal, service: Any) -> None:
        self._fate = fate
        self._service = service

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._service, name)
        if not callable(method):
            return method
        return lambda *args, **kwargs: self._fate.call(lambda: method(*args, **kwargs))


@dataclass
class Recorded:
    """One resource in the state."""

    id: str
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

    def kind(self, name: str) -> Lifecycle:
        """The lifecycle of a declaration."""
        return BATCH_RUN if name in self.runs else BATCH_REQUEST


@dataclass
class Stack:
    """The recorded state, and the commands that work on it.

    Attributes:
        resources: by name.
        doomed: replaced resources that are still to be deleted.
        on_error_retries: how often a failed create is called again, as the engine's onError hooks do.
        released: ids of requests whose end this stack has asked for; it may cancel those and no others.
    """

    resources: dict[str, Recorded] = field(default_factory=dict)
    doomed: list[Recorded] = field(default_factory=list)
    on_error_retries: int = 0
    released: set[str] = field(default_factory=set)

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
    ) -> bool:
        """``pulumi up``, of all or of ``targets``; False where a step failed, as the exit code tells.

        ``replaced`` are replaced whether they differ or not, as by ``--replace``.
        """
        self._rename(program)
        for name in replaced or ():
            if name in program.requests and name in self.resources:
                if not self._delete(ctx, self.resources[name]):
                    return False
                del self.resources[name]
        good = True
        for name, declared in program.requests.items():
            if targets is None or name in targets:
                good = self._step(ctx, BATCH_REQUEST, name, declared) and good
        for name, declared in program.runs.items():
            if good and (targets is None or name in targets):
                good = self._step(ctx, BATCH_RUN, name, self._resolved(declared)) and good
        if good and targets is None:
            gone = [name for name in self.resources if name not in {*program.requests, *program.runs}]
            runs_first = sorted(gone, key=lambda name: self.resources[name].kind is BATCH_REQUEST)
            self.doomed += [self.resources.pop(name) for name in reversed(runs_first)]
            good = self._bury(ctx)
        return good

    def _rename(self, program: Program) -> None:
        for new, old in program.aliases.items():
            if old in self.resources and new not in self.resources:
                self.resources[new] = self.resources.pop(old)

    def _resolved(self, declared: Inputs) -> Inputs:
        members = [self.resources[m].id if m in self.resources else m for m in declared["members"]]
        return {**{k: v for k, v in declared.items() if k != "members"}, "requests": members}

    def preview(self, ctx: Context, program: Program) -> list[str]:
        """What a preview shows as changed."""
        changed = [n for n, d in program.requests.items() if self._differs(ctx, BATCH_REQUEST, n, d)]
        changed += [name for name in self.resources if name not in {*program.requests, *program.runs}]
        if not changed:
            changed += [
                name
                for name, declared in program.runs.items()
                if self._differs(ctx, BATCH_RUN, name, self._resolved(declared))
            ]
        return changed

    def refresh(self, ctx: Context) -> None:
        """Read everything; what is gone leaves the state. What cannot be read stays as it is."""
        # runs first: the real engine reads all at once, and a request waits for longer where it is gone
        for name, recorded in sorted(self.resources.items(), key=lambda item: item[1].kind is BATCH_REQUEST):
            try:
                remote = recorded.kind.read(ctx, recorded.id, recorded.outputs)
            except SentinelHubError:
                continue
            if remote is None:
                del self.resources[name]
            else:
                self.resources[name] = replace(recorded, id=remote.id, outputs=remote.outputs)

    def destroy(self, ctx: Context) -> bool:
        """Delete everything, dependents first."""
        for name in sorted(self.resources, key=lambda name: self.resources[name].kind is BATCH_REQUEST):
            if not self._delete(ctx, self.resources[name]):
                return False
            del self.resources[name]
        return self._bury(ctx)

    def ids(self) -> list[str]:
        """Ids of all requests that the state holds, one for each entry."""
        return [r.id for r in [*self.resources.values(), *self.doomed] if r.kind is BATCH_REQUEST]

    def _bury(self, ctx: Context) -> bool:
        while self.doomed:
            if not self._delete(ctx, self.doomed[-1]):
                return False
            self.doomed.pop()
        return True

    def _delete(self, ctx: Context, recorded: Recorded) -> bool:
        if recorded.kind is BATCH_REQUEST and on_delete_of(recorded.outputs, "cancel") == "cancel":
            self.released.add(recorded.id)
        try:
            recorded.kind.delete(ctx, recorded.id, recorded.outputs)
        except SentinelHubError:
            return False
        return True

    def _differs(self, ctx: Context, kind: Lifecycle, name: str, declared: Mapping[str, Any]) -> bool:
        recorded = self.resources.get(name)
        if recorded is None or recorded.init_errors:
            return True
        inputs = kind.check(ctx, recorded.outputs, declared).inputs
        return bool(kind.diff(ctx, recorded.id, recorded.outputs, inputs))

    def _step(self, ctx: Context, kind: Lifecycle, name: str, declared: Mapping[str, Any]) -> bool:
        recorded = self.resources.get(name)
        try:
            report = kind.check(ctx, recorded.outputs if recorded else {}, declared)
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
                lambda: (recorded.id, kind.update(ctx, recorded.id, recorded.outputs, report.inputs)),
            )
        return True

    def _create(self, ctx: Context, kind: Lifecycle, name: str, inputs: Mapping[str, Any]) -> bool:
        def make() -> tuple[str, dict[str, Any]]:
            remote = kind.create(ctx, inputs)
            return remote.id, remote.outputs

        tries = 1 + self.on_error_retries
        return any(self._record(name, kind, make) for _ in range(tries))

    def _record(self, name: str, kind: Lifecycle, operate: Callable[[], tuple[str, dict[str, Any]]]) -> bool:
        try:
            id, outputs = operate()
        except Unfinished as unfinished:
            self.resources[name] = Recorded(unfinished.id, dict(unfinished.outputs), kind, init_errors=True)
            return False
        except SentinelHubError:
            return False
        self.resources[name] = Recorded(id, outputs, kind)
        return True


def _simple(requests: Mapping[str, Inputs], run: Mapping[str, Any]) -> Program:
    return Program(dict(requests), {"run": {**run, "members": list(requests)}})
