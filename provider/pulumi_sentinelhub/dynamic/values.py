"""From what the host hands over to plain values, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi.output import UNKNOWN as HOST_UNKNOWN
from pulumi.output import Unknown as HostUnknown
from pulumi.runtime import rpc

from ..values import UNKNOWN, is_unknown, normalise

PROVIDER_KEY = "__provider"
"""Where the host keeps the pickled provider among a resource's properties."""


def from_host(properties: Mapping[str, Any]) -> dict[str, Any]:
    """A resource's properties as the lifecycle wants them: plain JSON and the lifecycle's own UNKNOWN.

    Secrets are unwrapped (the engine keeps a property secret by its name), integral floats are integers
    again, and members that are null are gone.
    """
    return {
        name: _plain(value)
        for name, value in properties.items()
        if name != PROVIDER_KEY and value is not None
    }


def _plain(value: Any) -> Any:
    if isinstance(value, HostUnknown) or (isinstance(value, str) and value == rpc.UNKNOWN):
        return UNKNOWN
    if rpc.is_rpc_secret(value):
        inner = rpc.unwrap_rpc_secret(value)
        # the SDK turns an unknown within a secret into None
        return UNKNOWN if inner is None else _plain(inner)
    if isinstance(value, Mapping):
        return {key: _plain(member) for key, member in value.items() if member is not None}
    if isinstance(value, (list, tuple)):
        return [_plain(member) for member in value]
    return normalise(value)


def to_host(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Properties as the host can serialise them; unknown ones become unknown to the engine again."""
    return {name: _serialisable(value) for name, value in properties.items() if value is not None}


def _serialisable(value: Any) -> Any:
    if is_unknown(value):
        return HOST_UNKNOWN
    if isinstance(value, Mapping):
        return {key: _serialisable(member) for key, member in value.items() if member is not None}
    if isinstance(value, (list, tuple)):
        return [_serialisable(member) for member in value]
    return value
