"""The plugin's process: it prints its port, serves the engine, and is gone as soon as it is not needed."""

from __future__ import annotations

import os
import signal
import sys
import threading
from concurrent import futures
from typing import Final

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from ..engine import lifeline
from ..engine.progress import engine_address
from .provider import Provider

WORKERS: Final = 64
"""Operations at once; they mostly sleep."""
LEAVING_SECONDS: Final = 4.0
"""Time for what is under way when the engine cancels; it kills after 5 s."""
_MESSAGE_BYTES: Final = 400 << 20  # as Pulumi's own SDKs have it


def serve(arguments: list[str], *, leaves_when_cancelled: bool = False) -> None:
    """Serve until the engine ends it, or is gone; standard output gets the port and nothing else.

    Args:
        arguments: of the command line; the last one that is no flag is the engine's address.
        leaves_when_cancelled: whether Cancel, which comes at every end, has to do as a signal to leave; what
            is under way then ends first. For hosts that pass on no signal.
    """
    engine = engine_address(["", *[argument for argument in arguments if not argument.startswith("-")][-1:]])
    cancel = threading.Event()
    # Nothing is waited for: what was under way has had Cancel, and the engine waits for nothing any more.
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, lambda *_: os._exit(0))
    options = [
        ("grpc.max_receive_message_length", _MESSAGE_BYTES),
        ("grpc.max_send_message_length", _MESSAGE_BYTES),
    ]
    provider = Provider(engine, cancel)
    server = grpc.server(futures.ThreadPoolExecutor(WORKERS), options=options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    lifeline.watch(engine, cancel)
    if leaves_when_cancelled:
        provider.when_cancelled(lambda: server.stop(LEAVING_SECONDS))
    server.wait_for_termination()
    os._exit(0)  # threads that still wait for something are not waited for
