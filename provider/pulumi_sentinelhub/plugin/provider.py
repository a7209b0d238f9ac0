"""The protocol's answers: from what the engine asks to a lifecycle, and back."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from ..engine.forms import camel
from ..engine.progress import EngineLog
from ..engine.prompt import at_once
from ..engine.states import States
from ..errors import ConfigError, ServiceError
from ..finding import Finding
from ..lifecycle.context import Context
from ..lifecycle.contract import CheckReport, Remote
from ..lifecycle.discretion import NONE, Examine, Known, Secrets, discreetly
from ..lifecycle.session import Operation, Session
from . import config, hidden
from .call import PluginCall, PluginLog, told, unknown
from .foreseen import foreseen
from .functions import invoked
from .kinds import KINDS, Kind
from .listing import listed
from .own_inputs import merged
from .properties import changes_nothing_remote, failures_of, is_dynamics, known, secret_names, secrets_in
from .version import VERSION
from .wire import received, secrets_of, sent

_DIFF: Final = provider_pb2.DiffResponse


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """One provider instance: each explicit provider of a program has a process and a session of its own.

    Args:
        engine: the engine's address, ``host:port``; None where it is not known.
        cancel: set on Ctrl-C.
        environ: the environment.
        kinds: the resources by their types.
    """

    def __init__(
        self,
        engine: str | None,
        cancel: threading.Event,
        environ: Mapping[str, str] = os.environ,
        kinds: Mapping[str, Kind] = KINDS,
    ) -> None:
        self._cancel = cancel
        self._environ = environ
        self._kinds = kinds
        self._log = PluginLog(EngineLog(engine))
        self._configured({})
        self._secrets = Known()
        #: What only a preview tells, by urn: no check knows whether it is one.
        self._foretold: dict[str, tuple[Finding, ...]] = {}
        self._leave: Callable[[], object] = lambda: None

    def when_cancelled(self, leave: Callable[[], object]) -> None:
        """Have ``leave`` called after a Cancel."""
        self._leave = leave

    def _configured(self, given: Mapping[str, Any]) -> None:
        self._organization = config.organization(given, self._environ)
        self._session = self._session_of(given)

    def _session_of(self, given: Mapping[str, Any]) -> Session:
        return Session(config.getter(given), self._environ, self._log, names=given, holder=States().holder)

    def _key_of(self, urn: str) -> str:
        return hidden.key_of_declaration(self._session.settings, self._organization, urn)

    # the provider itself

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        """What is understood: secrets, but neither references nor outputs as such."""
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def Attach(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Another engine than the one that started the process, as with PULUMI_DEBUG_PROVIDERS."""
        self._cancel.clear()
        self._log = PluginLog(EngineLog(request.address))
        self._configured({})
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The version."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The schema, from the tables."""
        from .schema import schema_text

        return provider_pb2.GetSchemaResponse(schema=schema_text())

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The configuration as it is given, secrets as such, or what is wrong with it."""
        given = received(request.news)
        wrong = config.failure(given)
        failures = [] if wrong is None else [provider_pb2.CheckFailure(reason=str(wrong))]
        secret = secrets_of(request.news) | config.SECRET
        return provider_pb2.CheckResponse(inputs=sent(given, secret), failures=failures)

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Another configuration never replaces: the lifecycles refuse what belongs to another account."""
        olds = received(request.old_inputs) or received(request.olds)
        changed = config.changed(olds, received(request.news))
        return _DIFF(changes=_DIFF.DIFF_SOME if changed else _DIFF.DIFF_NONE, diffs=changed)

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Take the configuration; nothing is resolved before it is needed."""
        self._configured(received(request.args))
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    @at_once
    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Ctrl-C, and every normal end: all waits end."""
        self._cancel.set()
        self._leave()
        return empty_pb2.Empty()

    # what is there already

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Answer a look-up."""
        return invoked(request, context, lambda: self._unbound("read"))

    def List(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Ids of a kind that can be imported, with names."""
        return listed(request, context, lambda: self._unbound("read"))

    # resources

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Find what can be found before a call is made; also at preview."""
        kind = self._kind(request, context)
        given = received(request.news)
        if wrong := list(hidden.misnamed(kind, given, received(request.olds))):
            # what the program wrote is quoted as it stands there
            failures = [provider_pb2.CheckFailure(reason=str(finding)) for finding in wrong]
            return provider_pb2.CheckResponse(inputs=request.news, failures=failures)
        olds, news = known(kind, request.olds), kind.form.inward(given)
        secrets = secrets_in(kind, request.news)
        self._secrets.note(request.urn, secrets)
        with told(context, hushed=self._hushed(secrets)):
            ctx = self._context(request, "check", secrets, foretells=True)
            report = discreetly(self._examination(kind, request.urn), ctx, olds, news, secrets)
        self._session.tell(request.urn, report.warnings)
        self._foretold[request.urn] = report.foretold
        inputs = sent(kind.form.outward(report.inputs), secret_names(kind, request.news))
        return provider_pb2.CheckResponse(inputs=inputs, failures=failures_of(report.failures))

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Compare; the form in which the dynamic provider writes is a difference that asks for no call."""
        kind = self._kind(request, context)
        olds, news = known(kind, request.olds), known(kind, request.news)
        secrets = secrets_in(kind, request.news)
        with told(context, hushed=self._hushed(secrets)):
            found = kind.lifecycle.diff(self._context(request, "diff", secrets), request.id, olds, news)
        moved = is_dynamics(kind, request.olds) or is_dynamics(kind, request.old_inputs)
        return _DIFF(
            changes=_DIFF.DIFF_SOME if found or moved else _DIFF.DIFF_NONE,
            replaces=[camel(name) for name in found.replaces],
            diffs=[camel(name) for name in found.changed],
            deleteBeforeReplace=found.delete_before_replace,
        )

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Make the remote object; at preview only what is known of it beforehand."""
        kind = self._kind(request, context)
        secret, secrets = secret_names(kind, request.properties), secrets_in(kind, request.properties)
        news = known(kind, request.properties)
        if request.preview:
            self._foretell(request.urn)
            outputs = foreseen(kind.form, news)
            return provider_pb2.CreateResponse(properties=sent(kind.form.outward(outputs), secret))
        with told(context, kind, secret, partial(self._log.info, request.urn), self._hushed(secrets)):
            remote = kind.lifecycle.create(self._context(request, "create", secrets), news)
        return provider_pb2.CreateResponse(
            id=remote.id,
            properties=sent(kind.form.outward(remote.outputs), secret),
            refresh_before_update=kind.refreshes,
        )

    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The remote object as it is now, an empty id when it is gone; without a state this is an import."""
        kind = self._kind(request, context)
        olds, inputs = known(kind, request.properties), known(kind, request.inputs)
        secret = secret_names(kind, request.properties) | secret_names(kind, request.inputs)
        secrets = secrets_in(kind, request.properties)
        with told(context, kind, secret, hushed=self._hushed(secrets)):
            ctx = self._context(request, "read", secrets)
            if olds:
                remote = self._as_now(kind, ctx, request.id, olds)
            else:
                key = self._key_of(request.urn)
                remote = kind.importer(ctx, request.id, hidden.completed(kind, ctx, key, {}, {}))
        if remote is None:
            return provider_pb2.ReadResponse()
        declared = inputs if remote.inputs is None else remote.inputs
        return provider_pb2.ReadResponse(
            id=remote.id,
            properties=sent(kind.form.outward(remote.outputs), secret),
            inputs=sent(kind.form.outward(declared), secret),
            refresh_before_update=kind.refreshes,
        )

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Change the remote object; what has only moved here from the dynamic provider needs no call."""
        kind = self._kind(request, context)
        secret, secrets = secret_names(kind, request.news), secrets_in(kind, request.news)
        olds, news = known(kind, request.olds), known(kind, request.news)
        with told(context, kind, secret, partial(self._log.info, request.urn), self._hushed(secrets)):
            ctx, lifecycle = self._context(request, "update", secrets), kind.lifecycle
            if request.preview:
                self._foretell(request.urn)
                changed = lifecycle.diff(ctx, request.id, olds, news).changed
                outputs = foreseen(kind.form, news, request.id, olds, changes_nothing_remote(kind, changed))
            elif is_dynamics(kind, request.olds) and not lifecycle.diff(ctx, request.id, olds, news):
                outputs = kind.form.carried(olds, news)
            else:
                outputs = lifecycle.update(ctx, request.id, olds, news)
        return provider_pb2.UpdateResponse(
            properties=sent(kind.form.outward(outputs), secret), refresh_before_update=kind.refreshes
        )

    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Remove the remote object; that it is gone already is fine."""
        kind = self._kind(request, context)
        secrets = secrets_in(kind, request.properties)
        with told(context, hushed=self._hushed(secrets)):
            olds = known(kind, request.properties)
            kind.lifecycle.delete(self._context(request, "delete", secrets), request.id, olds)
        return empty_pb2.Empty()

    @staticmethod
    def _as_now(kind: Kind, ctx: Context, id: str, olds: Mapping[str, Any]) -> Remote | None:
        """The remote object as it is now; as it was, with a warning, where the service tells nothing.

        What is read before each update is read with the configuration of the last one [pulumi 3.259:
        deployment executor, refreshBeforeUpdateOnly]: a secret that was changed since must not keep `pulumi
        up` from taking the new one, nor an outage a preview, for which the dynamic provider makes no call at
        all. Whose the object is, is not at stake: that refusal stands.
        """
        try:
            return kind.lifecycle.read(ctx, id, olds)
        except (ConfigError, ServiceError) as error:
            if not kind.refreshes:
                raise
            ctx.warn(f"{id} was not read, its state is kept as it was: {error}")
            return Remote(id, dict(olds))

    def _kind(self, request: Any, context: grpc.ServicerContext) -> Kind:
        token = request.type or request.urn.split("::")[2].rpartition("$")[2]
        kind = self._kinds.get(token)
        return unknown(context, "resource type", token, self._kinds) if kind is None else kind

    def _hushed(self, secrets: Secrets) -> Callable[[str], str]:
        """What makes a text one without a resource's secrets, and without those of others."""
        return lambda text: self._secrets.hush(secrets.hush(text))

    def _examination(self, kind: Kind, urn: str) -> Examine:
        """The check of a resource, with the plugin's own inputs and those that nobody writes."""

        def examine(ctx: Context, olds: Mapping[str, Any], given: Mapping[str, Any]) -> CheckReport:
            news, against = merged(kind, urn, given)
            news = hidden.completed(kind, ctx, self._key_of(urn), olds, news)
            report = kind.lifecycle.check(ctx, olds, news)
            return CheckReport(report.inputs, (*against, *report.findings))

        return examine

    def _context(
        self, request: Any, operation: Operation, secrets: Secrets = NONE, *, foretells: bool | None = None
    ) -> Context:
        seconds = float(getattr(request, "timeout", 0.0))
        previews = bool(getattr(request, "preview", False)) if foretells is None else foretells
        call = PluginCall(request.urn, self._cancel, seconds, previews, self._hushed(secrets))
        return self._session.context(call, operation)

    def _foretell(self, urn: str) -> None:
        """Show what the check has kept for a preview."""
        self._session.tell(urn, self._foretold.pop(urn, ()))

    def _unbound(self, operation: Operation) -> Context:
        """The surroundings of what is no resource's."""
        return self._session.context(PluginCall("", self._cancel), operation)
