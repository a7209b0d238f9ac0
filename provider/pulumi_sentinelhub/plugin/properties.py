"""Properties of a kind as they come in a message, and what is told of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from google.protobuf import struct_pb2
from pulumi.runtime.proto import provider_pb2

from ..engine.forms import camel, in_camel
from ..finding import Finding
from ..lifecycle.discretion import NONE, Secrets
from ..lifecycle.fields import Change
from .kinds import Kind
from .own_inputs import EVALSCRIPT, MADE_OF
from .wire import received, secret_paths, secrets_of

#: What stays secret with what it is made of.
_MADE_OF: Final = {
    "result_path": frozenset({"bucket_name", "output", "zarr_output"}),
    **MADE_OF,
}


def known(kind: Kind, properties: struct_pb2.Struct) -> dict[str, Any]:
    """The properties that the table has, in the lifecycle's form."""
    names = set(kind.form.names.values())
    found = kind.form.inward(received(properties))
    return {name: value for name, value in found.items() if name in names}


def is_dynamics(kind: Kind, properties: struct_pb2.Struct) -> bool:
    """Whether they are in the form in which the dynamic provider writes."""
    return kind.form.is_dynamics(dict(properties.fields))


def changes_nothing_remote(kind: Kind, changed: tuple[str, ...]) -> bool:
    """Whether nothing is called for what changed."""
    local = {field.name for field in kind.form.fields if field.change is Change.LOCAL}
    return local.issuperset(changed)


def secret_names(kind: Kind, properties: struct_pb2.Struct) -> frozenset[str]:
    """The plugin's names of outputs that are secret: of what is, and of what is made of it."""
    names = frozenset(kind.form.inward(dict.fromkeys(secrets_of(properties))))
    made = {name for name, parts in _MADE_OF.items() if names & parts}
    return frozenset(map(camel, names | made))


def secrets_in(kind: Kind, properties: struct_pb2.Struct) -> Secrets:
    """Which of the properties, by the lifecycle's names, are secret."""
    found = secret_paths(properties)
    if not found:
        return NONE
    names = kind.form.names
    paths = [(names.get(str(name), name), *rest) for name, *rest in found]
    if (EVALSCRIPT,) in paths:
        paths.append(("process_request", EVALSCRIPT))
    return Secrets(kind.form.inward(received(properties)), paths)


def failures_of(findings: Iterable[Finding]) -> list[Any]:
    """For the engine, which by itself shows a property with its value: of a path into one `{<nil>}`."""
    return [provider_pb2.CheckFailure(reason=in_camel(str(finding))) for finding in findings]
