"""The plugin's answers in this process, as the engine of these tests calls them: messages, but no socket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from threading import Event
from typing import Any, Final, NoReturn

from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2

from pulumi_sentinelhub.engine.partial import DETAILS_KEY
from pulumi_sentinelhub.errors import JobFailed, SentinelHubError, Unfinished
from pulumi_sentinelhub.finding import Finding
from pulumi_sentinelhub.lifecycle.context import Context
from pulumi_sentinelhub.lifecycle.contract import CheckReport, Difference, Remote
from pulumi_sentinelhub.lifecycle.fields import Field
from pulumi_sentinelhub.lifecycle.session import Call, Operation, Session
from pulumi_sentinelhub.plugin.hidden import public
from pulumi_sentinelhub.plugin.kinds import REQUEST, RUN, Kind
from pulumi_sentinelhub.plugin.provider import Provider
from tests.lifecycle.engine import DYNAMIC, Front
from tests.lifecycle.sessions import Lines
from tests.support.engine import kept, struct

_CONFIG: Final = {"sentinelhub:clientId": "somebody", "sentinelhub:clientSecret": "secret"}


class Served:
    """The plugin's answers as a lifecycle's. Properties are in the plugin's form, which states hold."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind

    @property
    def fields(self) -> tuple[Field, ...]:
        return self._kind.form.fields

    def check(self, ctx: Context, olds: Mapping[str, Any], news: Mapping[str, Any]) -> CheckReport:
        """``news`` are a program's of the dynamic provider: its hidden inputs are left out."""
        known = public(self._kind)
        written = {name: value for name, value in news.items() if name in known}
        request = provider_pb2.CheckRequest(
            **self._whose(ctx), olds=struct(olds), news=struct(self._kind.form.outward(written))
        )
        answer = self._ask(ctx, "Check", request)
        return CheckReport(_plain(answer.inputs), tuple(Finding("", f.reason) for f in answer.failures))

    def diff(self, ctx: Context, id: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Difference:
        request = provider_pb2.DiffRequest(**self._whose(ctx), id=id, olds=struct(olds), news=struct(news))
        answer = self._ask(ctx, "Diff", request)
        assert (answer.changes == answer.DIFF_SOME) == bool(answer.diffs)
        return Difference(tuple(answer.diffs), tuple(answer.replaces), answer.deleteBeforeReplace)

    def create(self, ctx: Context, news: Mapping[str, Any]) -> Remote:
        request = provider_pb2.CreateRequest(**self._whose(ctx), properties=struct(news))
        answer = self._ask(ctx, "Create", request)
        assert answer.refresh_before_update
        return Remote(answer.id, _plain(answer.properties))

    def read(self, ctx: Context, id: str, olds: Mapping[str, Any]) -> Remote | None:
        request = provider_pb2.ReadRequest(**self._whose(ctx), id=id, properties=struct(olds))
        answer = self._ask(ctx, "Read", request)
        if not answer.id:
            return None
        assert answer.refresh_before_update
        return Remote(answer.id, _plain(answer.properties), _plain(answer.inputs) or None)

    def update(
        self, ctx: Context, id: str, olds: Mapping[str, Any], news: Mapping[str, Any]
    ) -> dict[str, Any]:
        request = provider_pb2.UpdateRequest(**self._whose(ctx), id=id, olds=struct(olds), news=struct(news))
        answer = self._ask(ctx, "Update", request)
        assert answer.refresh_before_update
        return _plain(answer.properties)

    def delete(self, ctx: Context, id: str, olds: Mapping[str, Any]) -> None:
        self._ask(
            ctx, "Delete", provider_pb2.DeleteRequest(**self._whose(ctx), id=id, properties=struct(olds))
        )

    def _whose(self, ctx: Context) -> dict[str, Any]:
        """What each request says of the resource; the engine of these tests gives its name alone."""
        token = self._kind.token
        return {"urn": f"urn:pulumi:dev::corsica::{token}::{ctx.urn}", "name": ctx.urn, "type": token}

    @staticmethod
    def _ask(ctx: Context, method: str, request: Any) -> Any:
        """The answer, or what the engine takes a failure for."""
        call = _Call()
        try:
            return getattr(_InProcess(ctx), method)(request, call)
        except _Aborted as aborted:
            raise call.failure(str(aborted)) from None


class _InProcess(Provider):
    """A plugin whose operations have the surroundings that a test gives."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        super().__init__(None, Event(), {})

    def _session_of(self, given: Mapping[str, Any]) -> Session:
        return _Surroundings(self._ctx)


class _Surroundings(Session):
    def __init__(self, ctx: Context) -> None:
        super().__init__(_CONFIG.get, {}, Lines())
        self._ctx = ctx

    def context(self, call: Call, operation: Operation) -> Context:
        return replace(self._ctx, urn=call.urn)


class _Aborted(Exception):
    """A call has ended with an error."""


class _Call:
    """gRPC's side of a call."""

    def __init__(self) -> None:
        self._metadata: dict[str, bytes] = {}

    def set_trailing_metadata(self, metadata: tuple[tuple[str, bytes], ...]) -> None:
        self._metadata = dict(metadata)

    def abort(self, _code: object, text: str) -> NoReturn:
        raise _Aborted(text)

    def failure(self, text: str) -> SentinelHubError:
        """An Unfinished where the engine keeps id and outputs."""
        error = JobFailed(text)
        if DETAILS_KEY not in self._metadata:
            return error
        partial = kept(self._metadata[DETAILS_KEY])
        assert partial.refresh_before_update
        return Unfinished(error, id=partial.id, outputs=_plain(partial.properties))


def _plain(message: struct_pb2.Struct) -> dict[str, Any]:
    return dict(json_format.MessageToDict(message))


PLUGIN: Final = Front("plugin", Served(REQUEST), Served(RUN), reads_first=True)
FRONTS: Final = (DYNAMIC, PLUGIN)
