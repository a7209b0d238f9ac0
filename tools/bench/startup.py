"""How long the processes of the two front ends take to be ready, and what they take of memory for a check."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import grpc
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from pulumi_sentinelhub.dynamic.providers import Request
from pulumi_sentinelhub.engine.forms import REQUEST
from tests.support.engine import FakeEngine, struct
from tests.support.sandbox import ROOT
from tools.bench.jobs import payload
from tools.bench.memory import peak_of

ROUNDS: Final = 3
DEADLINE_SECONDS: Final = 60.0
DYNAMIC: Final = "dynamic host"
PLUGIN: Final = "plugin"
_IMPORTS: Final = {
    "python that imports pulumi.dynamic, s": "import pulumi.dynamic",
    "... and the providers, s": "import pulumi.dynamic, pulumi_sentinelhub.dynamic.providers",
    "... and the resources, s": "import pulumi.dynamic, pulumi_sentinelhub",
}


@dataclass(frozen=True)
class FrontEnd:
    """A process that serves the engine.

    Attributes:
        command: its command line, after the interpreter and before the engine's address.
        config: that asks for no call.
        kind: the type of a request.
        inputs: of one.
    """

    command: Sequence[str]
    config: Mapping[str, Any]
    kind: str
    inputs: Mapping[str, Any]


@dataclass(frozen=True)
class Started:
    """What a start has taken.

    Attributes:
        listens: seconds until the port is told.
        answers: seconds until the first check of a request is answered.
        memory: peak MB by then.
    """

    listens: float
    answers: float
    memory: float


def front_ends() -> dict[str, FrontEnd]:
    """Both, with the same request."""
    launcher = str(ROOT / "tools" / "engine" / "launchers" / "dynamic_provider.py")
    inputs = payload(0)
    pickled = {"__provider": serialize_provider(Request())}
    return {
        DYNAMIC: FrontEnd(
            [launcher],
            {"sentinelhub:skipCredentialsCheck": "true"},
            "pulumi-python:dynamic/sentinelhub:BatchRequest",
            {**REQUEST.inward(inputs), "deployment": "aws-eu-central-1", **pickled},
        ),
        PLUGIN: FrontEnd(
            ["-m", "pulumi_sentinelhub.plugin"],
            {"skipCredentialsCheck": True},
            "sentinelhub:index:BatchRequest",
            inputs,
        ),
    }


def measure_startup(rounds: int = ROUNDS) -> dict[str, float]:
    """Medians, and the plugin's share of the dynamic host's; files are in the system's cache.

    Raises:
        RuntimeError: a process did not answer as it should have.
    """
    both = front_ends()
    starts: dict[str, list[Started]] = {name: [] for name in both}
    with _engine() as address:
        for _ in range(rounds + 1):
            # in turn, so that whatever else the machine does is done to both
            for name, front_end in both.items():
                starts[name].append(_started(front_end, address))
    found: dict[str, float] = {}
    for title, of in (
        ("until it listens, s", lambda one: one.listens),
        ("until a check is answered, s", lambda one: one.answers),
        ("peak MB by then", lambda one: one.memory),
    ):
        medians = {name: statistics.median(map(of, counted[1:])) for name, counted in starts.items()}
        found |= {f"{name}, {title}": median for name, median in medians.items()}
        found[f"{PLUGIN} / {DYNAMIC}, {title.rpartition(',')[0] or title}"] = (
            medians[PLUGIN] / medians[DYNAMIC]
        )
    for name, text in _IMPORTS.items():
        found[name] = statistics.median([_imported(text) for _ in range(rounds + 1)][1:])
    return found


def _environment() -> dict[str, str]:
    """Without credentials: no call can be made."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SH_")}
    return {**kept, "PYTHONPATH": str(ROOT / "provider"), "HOME": os.devnull}


@contextmanager
def _engine() -> Iterator[str]:
    """The address of what stands in for the engine: it takes log lines."""
    server = grpc.server(futures.ThreadPoolExecutor(2))
    engine_pb2_grpc.add_EngineServicer_to_server(FakeEngine(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None)


def _started(front_end: FrontEnd, engine: str) -> Started:
    began = time.monotonic()
    # without a buffer, as launchers start it: the SDK's host leaves its port in there
    command = [sys.executable, "-u", *front_end.command, engine]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=_environment()) as process:
        late = threading.Timer(DEADLINE_SECONDS, process.kill)
        late.start()
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            if not said:
                raise RuntimeError(f"{front_end.kind}: it does not say where it listens")
            port = int(said)
            listens = time.monotonic() - began
            _check(front_end, f"127.0.0.1:{port}")
            return Started(listens, time.monotonic() - began, peak_of(process.pid))
        finally:
            late.cancel()
            process.kill()


def _check(front_end: FrontEnd, address: str) -> None:
    urn = f"urn:pulumi:dev::bench::{front_end.kind}::area"
    with grpc.insecure_channel(address) as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        stub.Configure(provider_pb2.ConfigureRequest(args=struct(front_end.config)), timeout=DEADLINE_SECONDS)
        request = provider_pb2.CheckRequest(urn=urn, news=struct(front_end.inputs))
        answer = stub.Check(request, timeout=DEADLINE_SECONDS)
    if answer.failures or not answer.inputs:
        raise RuntimeError(f"{front_end.kind}: {[failure.reason for failure in answer.failures]}")


def _imported(text: str) -> float:
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", text], env=_environment(), check=True, timeout=DEADLINE_SECONDS)
    return time.monotonic() - began
