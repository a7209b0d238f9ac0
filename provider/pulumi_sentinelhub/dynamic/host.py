"""What the host process can do better than it does by itself: more operations at once, and Ctrl-C.

Private parts of ``pulumi.dynamic.__main__`` (SDK 3.216 to 3.272) and of grpc. Every step is probed; where
one does not fit, the plain behaviour stays and a debug line says so.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any

import grpc

from ..engine.prompt import at_once

_log = logging.getLogger(__name__)

WORKERS = 64
"""Operations at once. The host allows 4 for all dynamic resources of a stack; ours mostly sleep."""

_CANCEL = "/pulumirpc.ResourceProvider/Cancel"


def install(cancel: threading.Event) -> tuple[str, ...]:
    """Raise the number of workers and let the engine's Cancel set ``cancel``; return what fitted."""
    try:
        server = find_server()
    except Exception as mismatch:  # noqa: BLE001 - private parts of the SDK may fail in any way
        _log.debug("the host's server cannot be found: %r", mismatch)
        return ()
    steps: dict[str, Callable[[], None]] = {
        "workers": lambda: raise_workers(server),
        "cancel": lambda: watch_cancel(server, cancel),
    }
    return tuple(name for name, step in steps.items() if _fits(name, step))


def names_of(config: object) -> tuple[str, ...]:
    """The keys of the stack config that a provider is given; none where the SDK keeps it elsewhere."""
    held = getattr(config, "_props", None)
    return tuple(name for name in held if isinstance(name, str)) if isinstance(held, dict) else ()


def _fits(name: str, step: Callable[[], None]) -> bool:
    try:
        step()
    except Exception as mismatch:  # noqa: BLE001 - private parts of the SDK may fail in any way
        _log.debug("the host does not fit the step %s: %r", name, mismatch)
        return False
    return True


class Mismatch(Exception):
    """The host is not built as this module expects."""


def find_server() -> Any:
    """The gRPC server: a local variable of the main thread's ``main``."""
    ident = threading.main_thread().ident
    frames = sys._current_frames()  # noqa: SLF001 - the only way to another thread's variables
    frame: FrameType | None = frames.get(ident) if ident is not None else None
    while frame is not None:
        if frame.f_code.co_name == "main" and "DynamicResourceProviderServicer" in frame.f_globals:
            return frame.f_locals["server"]
        frame = frame.f_back
    raise Mismatch("no main function of pulumi.dynamic on the main thread")


def raise_workers(server: Any, workers: int = WORKERS) -> None:
    """Let the pool grow to ``workers`` threads; it starts them only as they are needed."""
    pool = server._state.thread_pool  # noqa: SLF001 - see the module's docstring
    if not isinstance(pool, ThreadPoolExecutor) or not isinstance(pool._max_workers, int):  # noqa: SLF001
        raise Mismatch("the server's pool is of another kind")
    pool._max_workers = max(pool._max_workers, workers)  # noqa: SLF001


def watch_cancel(server: Any, cancel: threading.Event) -> None:
    """Set ``cancel`` when the engine calls Cancel (the first Ctrl-C), then answer as before."""
    for handlers in _method_tables(server):
        if _CANCEL in handlers:
            handlers[_CANCEL] = _also(handlers[_CANCEL], cancel.set)
            return
    raise Mismatch("no handler for Cancel")


def _method_tables(server: Any) -> list[dict[str, Any]]:
    state = server._state  # noqa: SLF001 - see the module's docstring
    # newer generated code registers its methods by name, and those come first
    tables = [getattr(state, "registered_method_handlers", None)]
    tables += [getattr(handler, "_method_handlers", None) for handler in state.generic_handlers]
    return [table for table in tables if isinstance(table, dict)]


def _also(handler: Any, action: Callable[[], None]) -> Any:
    """A handler that does ``action`` before what ``handler`` does."""
    behaviour = handler.unary_unary

    @at_once
    def wrapped(request: Any, context: grpc.ServicerContext) -> Any:
        action()
        return behaviour(request, context)

    return grpc.unary_unary_rpc_method_handler(
        wrapped,
        request_deserializer=handler.request_deserializer,
        response_serializer=handler.response_serializer,
    )
