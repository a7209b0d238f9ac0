"""Properties as the engine sends them, as plain values; and back, with what is secret kept so."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from google.protobuf import struct_pb2
from pulumi.runtime import rpc

from ..values import UNKNOWN, Path, is_unknown

_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_WRAPPED: Final = "1b47061264138c4ac30d75fd1eb44270"
"""What marks an object as the wrapping of something secret. [Pulumi SDK: resource/sig]"""


def received(properties: struct_pb2.Struct) -> dict[str, Any]:
    """Plain JSON with the lifecycles' own UNKNOWN; what is secret is unwrapped.

    Integral numbers are integers again, and members that are null are gone.
    """
    return _members(properties)


def secrets_of(properties: struct_pb2.Struct) -> frozenset[str]:
    """The names of the properties that are secret, or hold something that is."""
    return frozenset(str(path[0]) for path in secret_paths(properties))


def secret_paths(properties: struct_pb2.Struct) -> list[Path]:
    """Where secrets stand in the properties."""
    return [(name, *path) for name, value in properties.fields.items() for path in _paths_of_secrets(value)]


def sent(properties: Mapping[str, Any], secret: Collection[str] = ()) -> struct_pb2.Struct:
    """Properties as the engine takes them.

    Args:
        properties: plain values, UNKNOWN among them.
        secret: names of those that stay secret.
    """
    message = struct_pb2.Struct()
    message.update(
        {
            name: {_SIGNATURE: _WRAPPED, "value": _sendable(value)} if name in secret else _sendable(value)
            for name, value in properties.items()
            if value is not None
        }
    )
    return message


def _plain(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "string_value":
        return UNKNOWN if value.string_value == rpc.UNKNOWN else value.string_value
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_plain(element) for element in value.list_value.values]
    if kind == "struct_value":
        if _is_secret(value.struct_value):
            return _plain(value.struct_value.fields["value"])
        return _members(value.struct_value)
    return None


def _members(properties: struct_pb2.Struct) -> dict[str, Any]:
    plain = {name: _plain(value) for name, value in properties.fields.items()}
    return {name: value for name, value in plain.items() if value is not None}


def _is_secret(value: struct_pb2.Struct) -> bool:
    return _SIGNATURE in value.fields and value.fields[_SIGNATURE].string_value == _WRAPPED


def _paths_of_secrets(value: struct_pb2.Value) -> Iterator[Path]:
    kind = value.WhichOneof("kind")
    if kind == "list_value":
        for place, element in enumerate(value.list_value.values):
            yield from ((place, *path) for path in _paths_of_secrets(element))
    elif kind == "struct_value" and _is_secret(value.struct_value):
        yield ()
    elif kind == "struct_value":
        for name, member in value.struct_value.fields.items():
            yield from ((name, *path) for path in _paths_of_secrets(member))


def _sendable(value: Any) -> Any:
    if is_unknown(value):
        return rpc.UNKNOWN
    if isinstance(value, Mapping):
        return {key: _sendable(member) for key, member in value.items() if member is not None}
    if isinstance(value, (list, tuple)):
        return [_sendable(member) for member in value]
    return value
