"""The helpers that stand beside a CLI built from its Go module."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from tests.engine import stubs
from tests.support.patience import eventually
from tools.engine.finder import HELPERS
from tools.local_sandbox import command_of

LAUNCHERS = Path(__file__).resolve().parents[2] / "tools" / "engine" / "launchers"
# starts a helper as the engine does, with a pipe for its input, says the helper's pid and port, and stays
PARENT = """
import subprocess, sys, time
helper = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
print(helper.pid, int(helper.stdout.readline()), flush=True)
time.sleep(600)
"""


@contextmanager
def started(name: str) -> Iterator[tuple[subprocess.Popen[str], int, int]]:
    """A helper under a parent of its own: the parent, the helper's pid, its port."""
    environ = {**os.environ, "PULUMI_SENTINELHUB_PYTHON": sys.executable}
    command = [sys.executable, "-c", PARENT, str(LAUNCHERS / name), "127.0.0.1:1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as parent:
        assert parent.stdout is not None
        pid, port = map(int, parent.stdout.readline().split())
        try:
            yield parent, pid, port
        finally:
            parent.kill()


@pytest.mark.parametrize("name", HELPERS)
def test_a_helper_ends_when_its_engine_is_killed(name: str) -> None:
    """When the parent dies by kill -9, the helper is gone a moment later."""
    with started(name) as (parent, pid, _):
        assert command_of(pid)
        parent.kill()
        eventually(lambda: not command_of(pid), f"{name} has ended")


@pytest.mark.parametrize("name", HELPERS)
def test_a_helper_ends_quietly_on_sigint(name: str) -> None:
    """SIGINT is how the engine ends its helpers: exit code 0, not a word on standard error."""
    environ = {**os.environ, "PULUMI_SENTINELHUB_PYTHON": sys.executable}
    with subprocess.Popen(
        [LAUNCHERS / name, "127.0.0.1:1"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environ,
    ) as helper:
        assert helper.stdout is not None
        assert int(helper.stdout.readline()) > 0
        helper.send_signal(signal.SIGINT)
        _, errors = helper.communicate(timeout=120)
    assert (helper.returncode, errors) == (0, b"")


@pytest.mark.parametrize(("script", "code"), [("language_host.py", 0), ("run_program.py", 130)])
def test_an_early_sigint_is_no_traceback(tmp_path: Path, script: str, code: int) -> None:
    """Ctrl-C reaches them all, also while they still import what takes long."""
    (tmp_path / "grpc.py").write_text("import time\nprint('importing', flush=True)\ntime.sleep(600)\n")
    with subprocess.Popen(
        [sys.executable, LAUNCHERS / script, "0", "1"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    ) as launcher:
        assert launcher.stdout is not None
        assert launcher.stdout.readline() == b"importing\n"
        launcher.send_signal(signal.SIGINT)
        _, errors = launcher.communicate(timeout=120)
    assert (launcher.returncode, errors) == (code, b"")


def test_the_language_host_answers_what_the_engine_asks() -> None:
    """The calls around a program: plugin, packages, dependencies, about, options."""
    with (
        started("pulumi-language-python") as (_, _, port),
        grpc.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        host = language_pb2_grpc.LanguageRuntimeStub(channel)
        assert host.GetPluginInfo(empty_pb2.Empty()).version
        assert list(host.GetRequiredPackages(language_pb2.GetRequiredPackagesRequest()).packages) == []
        assert host.About(language_pb2.AboutRequest()).executable == sys.executable
        found = host.GetProgramDependencies(language_pb2.GetProgramDependenciesRequest()).dependencies
        assert "pulumi" in {dependency.name for dependency in found}
        assert list(host.RuntimeOptionsPrompts(language_pb2.RuntimeOptionsRequest()).prompts) == []


def test_without_a_writer_no_code_is_written() -> None:
    """Beside no cache that has one, the host says how to get what writes SDKs and programs."""
    with (
        started("pulumi-language-python") as (_, _, port),
        grpc.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        host = language_pb2_grpc.LanguageRuntimeStub(channel)
        said = r"python -m tools\.engine sdk-writer"
        with pytest.raises(grpc.RpcError, match=said):
            host.GeneratePackage(language_pb2.GeneratePackageRequest(schema="{}"))
        with pytest.raises(grpc.RpcError, match=said):
            host.GenerateProgram(language_pb2.GenerateProgramRequest())


class TestFindPython:
    """Which Python the launchers take."""

    def found(self, folder: Path, **environ: str) -> str:
        script = f'. "{LAUNCHERS}/find-python.sh"; echo "$python"'
        done = subprocess.run(
            ["/bin/sh", "-c", script],
            cwd=folder,
            env={"PATH": "/usr/bin:/bin", **environ},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    @pytest.mark.parametrize("option", [".venv", "'.venv'", '".venv"', ".venv   # made by make"])
    def test_the_projects_option_is_read(self, tmp_path: Path, option: str) -> None:
        """`virtualenv` in Pulumi.yaml is relative to it, also for a program in a folder below."""
        python = stubs.executable(tmp_path / ".venv" / "bin" / "python", "")
        (tmp_path / "Pulumi.yaml").write_text(f"runtime:\n  options:\n    virtualenv: {option}\n")
        (tmp_path / "examples" / "one").mkdir(parents=True)
        (tmp_path / "examples" / "one" / "Pulumi.yaml").write_text("runtime: python\n")
        assert self.found(tmp_path / "examples" / "one") == str(python)

    def test_the_named_python_comes_first(self, tmp_path: Path) -> None:
        """PULUMI_SENTINELHUB_PYTHON wins over everything."""
        stubs.executable(tmp_path / ".venv" / "bin" / "python", "")
        (tmp_path / "Pulumi.yaml").write_text("runtime:\n  options:\n    virtualenv: .venv\n")
        assert self.found(tmp_path, PULUMI_SENTINELHUB_PYTHON="/the/one") == "/the/one"

    def test_the_engines_option_comes_before_the_active_environment(self, tmp_path: Path) -> None:
        """What the engine says of the project counts for more than what happens to be active."""
        told = stubs.executable(tmp_path / "told" / "bin" / "python", "")
        active = stubs.executable(tmp_path / "active" / "bin" / "python", "")
        environ = {"VIRTUAL_ENV": str(tmp_path / "active")}
        assert self.found(tmp_path, **environ) == str(active)
        assert self.found(tmp_path, PULUMI_RUNTIME_VIRTUALENV=str(tmp_path / "told"), **environ) == str(told)
