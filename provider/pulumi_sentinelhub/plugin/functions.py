"""The look-ups as functions of the package: token, table, what they ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import grpc
from pulumi.runtime.proto import provider_pb2

from ..engine.forms import camel, outward
from ..errors import InputError
from ..finding import Finding
from ..lifecycle import lookups
from ..lifecycle.context import Context
from ..lifecycle.discretion import Secrets
from ..lifecycle.fields import type_failures
from ..lifecycle.kinds import Kind
from ..lifecycle.outputs import ListOf, Output, Record
from ..lifecycle.tables.lookups import (
    GET_BATCH_REQUEST,
    GET_BATCH_REQUEST_TILES,
    LIST_BATCH_REQUESTS,
    LIST_TILING_GRIDS,
    Lookup,
)
from ..values import is_unknown
from .call import told, unknown
from .kinds import PACKAGE
from .wire import received, secret_paths, sent


@dataclass(frozen=True)
class Function:
    """A look-up of the package.

    Attributes:
        lookup: its table.
        ask: puts the question; the answer has an attribute for each member of the table, or is the value of
            the only one.
    """

    lookup: Lookup
    ask: Callable[[Context, Mapping[str, Any]], Any]

    @property
    def token(self) -> str:
        """Its name in the plugin."""
        return f"{PACKAGE}:index:{camel(self.lookup.name)}"

    def findings(self, arguments: Mapping[str, Any]) -> list[Finding]:
        """What is wrong with the arguments; what is not known yet cannot be asked."""
        names = [argument.name for argument in self.lookup.arguments]
        wrong = [
            Finding(name, f"is no argument of {camel(self.lookup.name)}", _these(names))
            for name in sorted(arguments.keys() - set(names))
        ]
        unknown = [
            Finding(name, "is not known yet", "ask for it as an output, so that it waits")
            for name in names
            if is_unknown(arguments.get(name))
        ]
        return wrong + unknown + type_failures(self.lookup.arguments, arguments)

    def answer(self, ctx: Context, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The answer in the plugin's form. Raises SentinelHubError."""
        found, members = self.ask(ctx, arguments), self.lookup.members
        if len(members) == 1:
            plain = {members[0].name: _plain(members[0].kind, found)}
        else:
            plain = _record(members, found)
        answered: dict[str, Any] = outward(Record(self.lookup.name, members), plain)
        return answered


def _these(names: list[str]) -> str:
    return f"its arguments are {', '.join(names)}" if names else "it has none"


def _plain(kind: Kind, value: Any) -> Any:
    if isinstance(kind, ListOf):
        return [_plain(kind.of, one) for one in value]
    if isinstance(kind, Record) and value is not None:
        return _record(kind.members, value)
    return value.value if isinstance(value, Enum) else value


def _record(members: tuple[Output, ...], found: Any) -> dict[str, Any]:
    return {member.name: _plain(member.kind, getattr(found, member.name)) for member in members}


FUNCTIONS: Final[Mapping[str, Function]] = {
    function.token: function
    for function in (
        Function(GET_BATCH_REQUEST, lambda ctx, given: lookups.batch_request(ctx.batch(), given["id"])),
        Function(LIST_BATCH_REQUESTS, lambda ctx, given: lookups.batch_requests(ctx.batch(), **given)),
        Function(
            GET_BATCH_REQUEST_TILES,
            lambda ctx, given: lookups.batch_request_tiles(ctx.batch(), ctx.files, **given),
        ),
        Function(LIST_TILING_GRIDS, lambda ctx, _: lookups.tiling_grids(ctx.batch())),
    )
}


def invoked(request: Any, context: grpc.ServicerContext, surroundings: Callable[[], Context]) -> Any:
    """The answer to an Invoke.

    Args:
        request: what is asked.
        context: of the call.
        surroundings: gives those of a look-up.
    """
    function = FUNCTIONS.get(request.tok)
    if function is None:
        unknown(context, "function", request.tok, FUNCTIONS)
    arguments = received(request.args)
    secrets = Secrets(arguments, secret_paths(request.args))
    with told(context, hushed=secrets.hush):
        if wrong := function.findings(arguments):
            # not as the answer's failures: Pulumi's host for YAML 1.38.3 shows "no diagnostics" of them
            why = "; ".join(map(str, wrong))
            raise InputError("cannot ask", subject=camel(function.lookup.name), why=why)
        found = function.answer(surroundings(), arguments)
    answer = provider_pb2.InvokeResponse()
    getattr(answer, "return").CopyFrom(sent(found))
    return answer
