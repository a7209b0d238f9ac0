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
_MESSAGE_BYTES: Final = 400 << 20  # as Pulumi's own SDKs have it


def serve(arguments: list[str]) -> None:
    """Serve until the engine ends it, or is gone; standard output gets the port and nothing else.

    Args:
        arguments: of the command line; the last one that is no flag is the engine's address.
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
    server = grpc.server(futures.ThreadPoolExecutor(WORKERS), options=options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(engine, cancel), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    lifeline.watch(engine, cancel)
    server.wait_for_termination()
