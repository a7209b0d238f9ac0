"""From ``pulumi.dynamic``'s provider interface to a lifecycle."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from ..engine.forms import Form
from ..errors import SentinelHubError
from ..lifecycle.contract import Lifecycle
from ..lifecycle.discretion import discreetly
from . import host, marked, phase, process
from .call import HostCall, current_call
from .timeouts import split
from .values import from_host

# Modules that two threads begin to import at once may find each other half done.
_loading: Final = threading.Lock()


class LifecycleProvider(ResourceProvider):
    """Leaves everything to a lifecycle. Instances hold no state, so that they pickle by name."""

    # nothing secret is inside: it is a class path
    serialize_as_secret_always = False

    def lifecycle(self) -> Lifecycle:
        """The lifecycle; imported when first needed."""
        raise NotImplementedError

    def form(self) -> Form | None:
        """The resource's table, by which what the plugin has written is read; None where it never could."""
        return None

    def _loaded(self) -> Lifecycle:
        """The lifecycle; the host calls from many threads, of which one at a time imports."""
        with _loading:
            return self.lifecycle()

    def configure(self, req: ConfigureRequest) -> None:
        """Take the stack config."""
        process.configure(req.config.get, host.names_of(req.config))

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Find what can be found before a call is made; also at preview."""
        call, given = _begun(phase.taken_out(news))
        inputs, secrets = marked.taken_out(call.urn, given)
        call = replace(call, secrets=secrets)
        try:
            session = process.session()
            context, olds = session.context(call, "check"), self._read(_olds)
            report = discreetly(self._loaded().check, context, olds, inputs, secrets)
        except SentinelHubError as error:
            call.fail(error)
        session.tell(call.urn, [*report.warnings, *(report.foretold if call.foretells else ())])
        # by itself the engine shows a property with its value, which for a path into one is always `{<nil>}`
        failures = [CheckFailure("", str(finding)) for finding in report.failures]
        return CheckResult(call.stored(report.inputs), failures)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Compare; no call is made. The form in which the plugin writes is a difference by itself."""
        call, news = _begun(_news)
        try:
            context = process.session().context(call, "diff")
            difference = self._loaded().diff(context, _id, self._read(_olds), news)
        except SentinelHubError as error:
            call.fail(error)
        return DiffResult(
            changes=bool(difference.changed or difference.replaces) or self._is_plugins(_olds),
            replaces=list(difference.replaces),
            delete_before_replace=difference.delete_before_replace,
        )

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make the remote object."""
        call, news = _begun(props)
        try:
            remote = self._loaded().create(process.session().context(call, "create"), news)
        except SentinelHubError as error:
            call.fail(error)
        return CreateResult(remote.id, call.stored(remote.outputs))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """The remote object as it is now; an empty id says that it is gone."""
        call, olds = _begun(props)
        try:
            context = process.session().context(call, "read")
            remote = self._loaded().read(context, id_, self._read(olds))
        except SentinelHubError as error:
            call.fail(error)
        if remote is None:
            return ReadResult("", {})
        inputs = None if remote.inputs is None else call.stored(remote.inputs)
        return ReadResult(remote.id, call.stored(remote.outputs), inputs)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Change the remote object; what has only moved here from the plugin needs no call."""
        call, news = _begun(_news)
        olds, form = self._read(_olds), self.form()
        try:
            context, lifecycle = process.session().context(call, "update"), self._loaded()
            moved = form is not None and form.is_plugins(_olds)
            if form is not None and moved and not lifecycle.diff(context, _id, olds, news):
                outputs = form.carried(olds, news)
            else:
                outputs = lifecycle.update(context, _id, olds, news)
        except SentinelHubError as error:
            call.fail(error)
        return UpdateResult(call.stored(outputs))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Remove the remote object; that it is gone already is fine."""
        call, olds = _begun(_props)
        try:
            context = process.session().context(call, "delete")
            self._loaded().delete(context, _id, self._read(olds))
        except SentinelHubError as error:
            call.fail(error)

    def _read(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """What a state holds, whichever front end has written it."""
        plain, form = _plain(properties), self.form()
        return plain if form is None else form.inward(plain)

    def _is_plugins(self, properties: Mapping[str, Any]) -> bool:
        form = self.form()
        return form is not None and form.is_plugins(properties)


def _begun(properties: Mapping[str, Any]) -> tuple[HostCall, dict[str, Any]]:
    """The call that begins, and its properties as a lifecycle sees them."""
    plain, kept = split(from_host(properties))
    call = current_call()
    return replace(call, kept=kept, secrets=marked.secrets_of(call.urn, plain)), plain


def _plain(properties: Mapping[str, Any]) -> dict[str, Any]:
    return split(from_host(properties))[0]
