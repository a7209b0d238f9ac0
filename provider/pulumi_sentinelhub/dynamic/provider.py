"""From ``pulumi.dynamic``'s provider interface to a lifecycle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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

from ..errors import SentinelHubError
from ..lifecycle.contract import Lifecycle
from . import process
from .call import HostCall, current_call
from .values import from_host, to_host


class LifecycleProvider(ResourceProvider):
    """Leaves everything to a lifecycle. Instances hold no state, so that they pickle by name."""

    # nothing secret is inside: it is a class path
    serialize_as_secret_always = False

    def lifecycle(self) -> Lifecycle:
        """The lifecycle; imported when first needed."""
        raise NotImplementedError

    def configure(self, req: ConfigureRequest) -> None:
        """Take the stack config."""
        process.configure(req.config.get)

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Find what can be found before a call is made; also at preview."""
        call = current_call()
        try:
            here = process.current()
            report = self.lifecycle().check(here.context(call), from_host(_olds), from_host(news))
        except SentinelHubError as error:
            call.fail(error)
        for finding in report.warnings:
            here.log.warning(call.urn, str(finding))
        for finding in report.notes:
            here.log.note(call.urn, str(finding))
        # by itself the engine shows a property with its value, which for a path into one is always `{<nil>}`
        failures = [CheckFailure("", str(finding)) for finding in report.failures]
        return CheckResult(to_host(report.inputs), failures)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Compare; no call is made."""
        call = current_call()
        try:
            context = process.current().context(call)
            difference = self.lifecycle().diff(context, _id, from_host(_olds), from_host(_news))
        except SentinelHubError as error:
            call.fail(error)
        return DiffResult(
            changes=bool(difference.changed or difference.replaces),
            replaces=list(difference.replaces),
            delete_before_replace=difference.delete_before_replace,
        )

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make the remote object."""
        call = current_call()
        news = from_host(props)
        try:
            context = process.current().context(call, _deadline("create", call, news))
            remote = self.lifecycle().create(context, news)
        except SentinelHubError as error:
            call.fail(error)
        return CreateResult(remote.id, to_host(remote.outputs))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """The remote object as it is now; an empty id says that it is gone."""
        call = current_call()
        olds = from_host(props)
        try:
            context = process.current().context(call, _deadline("read", call, olds))
            remote = self.lifecycle().read(context, id_, olds)
        except SentinelHubError as error:
            call.fail(error)
        if remote is None:
            return ReadResult("", {})
        inputs = None if remote.inputs is None else to_host(remote.inputs)
        return ReadResult(remote.id, to_host(remote.outputs), inputs)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Change the remote object."""
        call = current_call()
        news = from_host(_news)
        try:
            context = process.current().context(call, _deadline("update", call, news))
            outputs = self.lifecycle().update(context, _id, from_host(_olds), news)
        except SentinelHubError as error:
            call.fail(error)
        return UpdateResult(to_host(outputs))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Remove the remote object; that it is gone already is fine."""
        call = current_call()
        olds = from_host(_props)
        try:
            context = process.current().context(call, _deadline("delete", call, olds))
            self.lifecycle().delete(context, _id, olds)
        except SentinelHubError as error:
            call.fail(error)


def _deadline(operation: str, call: HostCall, properties: Mapping[str, Any]) -> float:
    """Seconds for the operation: the host's word, else what the constructor passed on, else the default."""
    if call.timeout is not None:
        return call.timeout
    hidden = properties.get("timeouts")
    given = hidden.get(operation) if isinstance(hidden, Mapping) else None
    return float(given) if given else process.DEADLINES[operation]
