"""The plugin's process: how it starts, and that it is gone when it is no longer needed."""

from __future__ import annotations

import contextlib
import json
import os
import pkgutil
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2_grpc

from tests.support.engine import PATIENCE, FakeEngine

ROOT = Path(__file__).resolve().parents[2]
BY_LAUNCHER = ("-m", "pulumi_sentinelhub.plugin")
#: As Pulumi's host for Python starts a folder with PulumiPlugin.yaml.
BY_FOLDER = (str(ROOT / "plugin"), str(ROOT / "plugin"))


@contextlib.contextmanager
def started(*command: str) -> Iterator[tuple[subprocess.Popen[bytes], grpc.Channel, grpc.Server]]:
    """A plugin process that has printed its port, and the server that stands in for the engine."""
    engine = grpc.server(futures.ThreadPoolExecutor(4))
    engine_pb2_grpc.add_EngineServicer_to_server(FakeEngine(), engine)
    port = engine.add_insecure_port("127.0.0.1:0")
    engine.start()
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "provider")}
    process = subprocess.Popen(
        [sys.executable, *command, f"127.0.0.1:{port}"], stdout=subprocess.PIPE, env=environ
    )
    try:
        assert process.stdout is not None
        with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel:
            yield process, channel, engine
            assert process.stdout.read() == b"", "standard output holds the port alone"
    finally:
        process.kill()
        process.wait(PATIENCE)
        assert process.stdout is not None
        process.stdout.close()
        engine.stop(None)


@pytest.mark.parametrize("command", [BY_LAUNCHER, BY_FOLDER], ids=["launcher", "folder"])
def test_it_serves_and_ends_with_the_engine(command: tuple[str, ...]) -> None:
    """The port is all that it prints; when nobody listens at the engine's address any more, it goes."""
    with started(*command) as (process, channel, engine):
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        assert stub.GetPluginInfo(empty_pb2.Empty(), timeout=PATIENCE).version
        engine.stop(None)
        assert process.wait(PATIENCE) == 0


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_at_once(ending: signal.Signals) -> None:
    """The engine sends one at every end, and waits."""
    with started(*BY_LAUNCHER) as (process, channel, _):
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        stub.Cancel(empty_pb2.Empty(), timeout=PATIENCE)
        assert stub.GetPluginInfo(empty_pb2.Empty(), timeout=PATIENCE).version
        process.send_signal(ending)
        assert process.wait(PATIENCE) == 0


def test_an_early_sigint_is_no_traceback(tmp_path: Path) -> None:
    """Ctrl-C reaches it also while it still imports what takes long."""
    (tmp_path / "grpc.py").write_text("import time\nprint('importing', flush=True)\ntime.sleep(600)\n")
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT / "provider")])}
    with subprocess.Popen(
        [sys.executable, *BY_LAUNCHER, "127.0.0.1:1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environ,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"importing\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (0, b"")


def test_a_host_that_passes_on_no_signal_is_left_by_cancel() -> None:
    """Started from the folder it goes after Cancel by itself, else each command would take 5 s longer."""
    with started(*BY_FOLDER) as (process, channel, _):
        provider_pb2_grpc.ResourceProviderStub(channel).Cancel(empty_pb2.Empty(), timeout=PATIENCE)
        assert process.wait(PATIENCE) == 0


def command(*arguments: str, home: Path) -> str:
    """What the command prints."""
    environ = {"PATH": os.defpath, "PYTHONPATH": str(ROOT / "provider"), "HOME": str(home)}
    done = subprocess.run(
        [sys.executable, *BY_LAUNCHER, *arguments], env=environ, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_the_commands(tmp_path: Path) -> None:
    """The console script is the module; it installs itself in the user's folder, and prints its schema."""
    script = re.search(
        r'^pulumi-resource-sentinelhub = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE
    )
    assert script
    assert callable(pkgutil.resolve_name(script[1]))
    assert json.loads(command("schema", home=tmp_path))["name"] == "sentinelhub"
    launcher = Path(command("install", home=tmp_path).strip())
    assert launcher.parent.parent == tmp_path / ".pulumi" / "plugins"
    assert os.access(launcher, os.X_OK)
