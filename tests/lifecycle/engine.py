"""As much of Pulumi's engine as the crash tests need: steps, recorded state, init errors, replacement, kills.

The state is written after every step and survives a kill; nothing else does. What the real engine does is
seen end to end in ``tests/e2e``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_sentinelhub.errors import SentinelHubError, Unfinished
from pulumi_sentinelhub.lifecycle.context import Context
from pulumi_sentinelhub.lifecycle.contract import Lifecycle
from pulumi_sentinelhub.lifecycle.request import BATCH_REQUEST
from pulumi_sentinelhub.lifecycle.run.lifecycle import BATCH_RUN


class Killed(BaseException):
    """The process dies; no handler of the provider sees it."""


class Mortal:
    """A batch service that dies after (or before) its n-th call, counted over all its methods."""

    def __init__(self, service: Any, calls: int | None, *, committed: bool) -> None:
        self.after_each: Callable[[], object] = lambda: None
        self._service = service
        self._left = calls
        self._committed = committed
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._service, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            self.calls += 1
            fatal = self._left is not None and self.calls >= self._left
            if fatal and not self._committed:
                raise Killed
            result = method(*args, **kwargs)
            self.after_each()
            if fatal:
                raise Killed
            return result

        return call


@dataclass
class Recorded:
    """One resource in the state."""

    id: str
    outputs: dict[str, Any]
    init_errors: bool = False


@dataclass
class Stack:
    """The recorded state, and the commands that work on it.

    Attributes:
        resources: by name; requests by their own, the run as ``run``.
        doomed: replaced resources that are still to be deleted.
    """

    resources: dict[str, Recorded] = field(default_factory=dict)
    doomed: list[Recorded] = field(default_factory=list)

    def up(self, ctx: Context, requests: Mapping[str, dict[str, Any]], run: Mapping[str, Any]) -> bool:
        """Make it so; False where a step failed, as the real command's exit code tells."""
        good = True
        for name, declared in requests.items():
            good = self._step(ctx, BATCH_REQUEST, name, declared) and good
        if good:
            ids = [self.resources[name].id for name in requests]
            good = self._step(ctx, BATCH_RUN, "run", {**run, "requests": ids})
        if good:
            for name in set(self.resources) - set(requests) - {"run"}:
                self.doomed.append(self.resources.pop(name))
            good = self._bury(ctx)
        return good

    def changes(
        self, ctx: Context, requests: Mapping[str, dict[str, Any]], run: Mapping[str, Any]
    ) -> list[str]:
        """What a preview shows as changed."""
        changed = [
            name for name, declared in requests.items() if self._differs(ctx, BATCH_REQUEST, name, declared)
        ]
        changed += [name for name in self.resources if name not in requests and name != "run"]
        if not changed:
            ids = [self.resources[name].id for name in requests]
            changed += ["run"] if self._differs(ctx, BATCH_RUN, "run", {**run, "requests": ids}) else []
        return changed

    def refresh(self, ctx: Context) -> None:
        """Read everything; what is gone leaves the state."""
        for name, recorded in list(self.resources.items()):
            remote = _kind(name).read(ctx, recorded.id, recorded.outputs)
            if remote is None:
                del self.resources[name]
            else:
                self.resources[name] = Recorded(remote.id, remote.outputs, recorded.init_errors)

    def destroy(self, ctx: Context) -> bool:
        """Delete everything, dependents first."""
        try:
            if run := self.resources.get("run"):
                BATCH_RUN.delete(ctx, run.id, run.outputs)
                del self.resources["run"]
            for name, recorded in list(self.resources.items()):
                BATCH_REQUEST.delete(ctx, recorded.id, recorded.outputs)
                del self.resources[name]
        except SentinelHubError:
            return False
        return self._bury(ctx)

    def _bury(self, ctx: Context) -> bool:
        try:
            while self.doomed:
                BATCH_REQUEST.delete(ctx, self.doomed[-1].id, self.doomed[-1].outputs)
                self.doomed.pop()
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
        report = kind.check(ctx, recorded.outputs if recorded else {}, declared)
        assert not report.failures, report.failures
        if recorded is None:
            return self._create(ctx, kind, name, report.inputs)
        difference = kind.diff(ctx, recorded.id, recorded.outputs, report.inputs)
        if difference.delete_before_replace:
            try:
                kind.delete(ctx, recorded.id, recorded.outputs)
            except SentinelHubError:
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
                lambda: Recorded(recorded.id, kind.update(ctx, recorded.id, recorded.outputs, report.inputs)),
            )
        return True

    def _create(self, ctx: Context, kind: Lifecycle, name: str, inputs: Mapping[str, Any]) -> bool:
        def make() -> Recorded:
            remote = kind.create(ctx, inputs)
            return Recorded(remote.id, remote.outputs)

        return self._record(name, make)

    def _record(self, name: str, operate: Callable[[], Recorded]) -> bool:
        try:
            self.resources[name] = operate()
        except Unfinished as unfinished:
            self.resources[name] = Recorded(unfinished.id, dict(unfinished.outputs), init_errors=True)
            return False
        except SentinelHubError:
            return False
        return True


def _kind(name: str) -> Lifecycle:
    return BATCH_RUN if name == "run" else BATCH_REQUEST
