"""What stands in for the engine: takes log lines, and reads what would be kept of a failure."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Final

import grpc
from google.protobuf import any_pb2, empty_pb2, struct_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2, status_pb2

#: Seconds that anything may take; only a failing test waits that long.
PATIENCE: Final = 300.0


class FakeEngine(engine_pb2_grpc.EngineServicer):
    """Collects what is logged, and may then refuse it."""

    def __init__(self, *, refuses_lines: bool = False) -> None:
        self.refuses_lines = refuses_lines
        self.lines: list[engine_pb2.LogRequest] = []
        self.logged = threading.Condition()

    def Log(self, request: engine_pb2.LogRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: N802 - gRPC's name
        with self.logged:
            self.lines.append(request)
            self.logged.notify_all()
        if self.refuses_lines:
            context.abort(grpc.StatusCode.UNAVAILABLE, "not now")
        return empty_pb2.Empty()

    def wait_for(self, text: str) -> bool:
        """Until a line with ``text`` has come; False when none came in time."""
        with self.logged:
            return self.logged.wait_for(lambda: any(text in line.message for line in self.lines), PATIENCE)


def struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Properties as the engine sends them."""
    message = struct_pb2.Struct()
    message.update(dict(properties))
    return message


def partial_result(error: Any) -> provider_pb2.ErrorResourceInitFailed | None:
    """What the engine would keep of a failed operation."""
    details = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin")
    return None if details is None else kept(details)


def kept(details: bytes) -> provider_pb2.ErrorResourceInitFailed:
    """The same, of the details of a status as they go over the wire."""
    packed: any_pb2.Any = status_pb2.Status.FromString(details).details[-1]
    failed = provider_pb2.ErrorResourceInitFailed()
    assert packed.Unpack(failed)
    return failed
