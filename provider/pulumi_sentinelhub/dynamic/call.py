"""The call that the host is serving on this thread: what it knows, and how it is ended with one clean line.

A dynamic provider is given neither the urn nor the custom time-out of the resource, and whatever it raises
is shown with its traceback. Both are at hand a few frames up, in the local variables of the host's own
method. Reading them there leaves the providers of other authors in the same process as they are.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, NoReturn

import grpc
from google.protobuf import struct_pb2

from ..engine.partial import DETAILS_KEY, partial_failure
from ..errors import SentinelHubError, Unfinished
from ..lifecycle.discretion import NONE, Secrets
from . import marked, phase, process, timeouts
from .values import PROVIDER_KEY, to_host

_log = logging.getLogger(__name__)

_METHODS = frozenset({"Check", "Diff", "Create", "Read", "Update", "Delete"})
_HOST_MODULES = frozenset({"__main__", "pulumi.dynamic.__main__"})
_FRAMES_UP = 8  # the host's method is two or three frames above ours


@dataclass(frozen=True)
class HostCall:
    """What the host knows of the call under way; empty where it does not let us see.

    Attributes:
        urn: the resource's urn.
        told: the custom time-out of this operation in seconds; None where none was given.
        provider: the pickled provider, which partial results must repeat.
        servicer_context: the gRPC context of the call.
        kept: the adapter's own properties of the resource, which the state must keep; see ``timeouts``.
        secrets: which of its properties no text may have.
    """

    urn: str = ""
    told: float | None = None
    provider: Any = None
    servicer_context: grpc.ServicerContext | None = None
    kept: Mapping[str, Any] = field(default_factory=dict)
    secrets: Secrets = NONE

    @property
    def cancel(self) -> threading.Event:
        """Set on Ctrl-C, which is for all calls of the process."""
        return process.CANCEL

    @property
    def foretells(self) -> bool:
        """Whether the process serves a preview."""
        return phase.PREVIEW.is_set()

    def hush(self, text: str) -> str:
        """A text without secrets."""
        return marked.KNOWN.hush(self.secrets.hush(text))

    def timeout(self, operation: str) -> float | None:
        """The custom time-out in seconds: the host's word, else what the constructor passed on."""
        return self.told if self.told is not None else timeouts.seconds(self.kept, operation)

    def stored(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """A lifecycle's properties with the adapter's own, as the host can serialise them."""
        return to_host({**properties, **self.kept})

    def fail(self, error: SentinelHubError) -> NoReturn:
        """End the call with the error's own text; where the host does not allow that, raise the error itself.

        An Unfinished keeps its id and outputs in the state: the engine then calls Update the next time.
        """
        text = self.hush(str(error))
        if self.servicer_context is not None:
            try:
                abort = _abort_with(self.servicer_context, text, self._details(error, text))
            except Exception as mismatch:  # noqa: BLE001 - private parts of the SDK may fail in any way
                _log.debug("no clean error on this host: %r", mismatch)
            else:
                abort(grpc.StatusCode.UNKNOWN, "")
        raise error.with_traceback(None) from None

    def _details(self, error: SentinelHubError, text: str) -> bytes | None:
        """The partial result that goes with the error, as gRPC transports it."""
        if not isinstance(error, Unfinished) or self.provider is None:
            return None
        outputs = {**self.stored(error.outputs), PROVIDER_KEY: self.provider}
        return partial_failure(error, _struct(outputs), text=text)


def current_call() -> HostCall:
    """The call that this thread is serving; an empty one where the host is not as expected."""
    try:
        frame = _host_frame()
        return HostCall() if frame is None else _read(frame)
    except Exception as mismatch:  # noqa: BLE001 - private parts of the SDK may fail in any way
        _log.debug("the host's call cannot be read: %r", mismatch)
        return HostCall()


def _host_frame() -> FrameType | None:
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the only way up
    for _ in range(_FRAMES_UP):
        if frame is None:
            break
        if frame.f_code.co_name in _METHODS and frame.f_globals.get("__name__") in _HOST_MODULES:
            return frame
        frame = frame.f_back
    return None


def _read(frame: FrameType) -> HostCall:
    request = frame.f_locals["request"]
    context = frame.f_locals["context"]
    properties = getattr(request, "news", None) or getattr(request, "properties", None) or {}
    timeout = float(getattr(request, "timeout", 0.0))
    return HostCall(
        urn=str(request.urn),
        told=timeout if timeout > 0 else None,
        provider=dict(properties).get(PROVIDER_KEY),
        servicer_context=context,
    )


def _abort_with(
    context: grpc.ServicerContext, text: str, details: bytes | None
) -> Callable[[grpc.StatusCode, str], None]:
    """Make every ``abort`` of this call, ours and the one of the host's error handler, say ``text``."""
    plain_abort = context.abort

    def abort(code: grpc.StatusCode, _: str) -> None:
        if details is not None:
            context.set_trailing_metadata(((DETAILS_KEY, details),))
        plain_abort(code, text)

    context.abort = abort  # type: ignore[method-assign,assignment] # this call's context only
    return abort


def _struct(properties: dict[str, Any]) -> struct_pb2.Struct:
    from pulumi.runtime import rpc

    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(rpc.serialize_properties(properties, {}))
    finally:
        loop.close()
