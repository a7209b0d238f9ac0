"""A failure of which the engine keeps id and outputs, so that it calls Update the next time."""

from __future__ import annotations

import grpc
from google.protobuf import any_pb2, struct_pb2
from google.protobuf.message import Message

from ..errors import Unfinished

#: gRPC's own name for details of a status.
DETAILS_KEY = "grpc-status-details-bin"


def partial_failure(
    error: Unfinished,
    properties: struct_pb2.Struct,
    *,
    text: str | None = None,
    refresh: bool = False,
    later: bool = False,
) -> bytes:
    """A ``google.rpc.Status`` that tells the engine to keep id and outputs although the operation failed.

    Args:
        error: the failure, with the id.
        properties: the outputs so far, as they go over the wire.
        text: what is shown; the error's own words where absent.
        refresh: whether the engine is to read the resource before it compares it the next time.
        later: whether it may as well keep the state as it was before, and go on with other resources: an
            engine that knows how takes the first detail that it knows [pulumi 3.274: parseError].
    """
    # imported here, so that an SDK which has moved them costs the partial failure alone
    from pulumi.runtime.proto import provider_pb2, status_pb2

    shown = str(error) if text is None else text
    failed = provider_pb2.ErrorResourceInitFailed(id=error.id, properties=properties, reasons=[shown])
    if refresh:
        failed.refresh_before_update = True
    details = [_packed(failed)]
    if later and hasattr(provider_pb2, "ErrorResourceAwaitFailed"):  # SDKs before 3.272 have none
        details.insert(0, _packed(provider_pb2.ErrorResourceAwaitFailed()))
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=shown, details=details)
    serialised: bytes = status.SerializeToString()
    return serialised


def _packed(message: Message) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(message)
    return packed
