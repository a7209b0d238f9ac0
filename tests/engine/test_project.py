"""`make up` and `make down`: what is decided before any pulumi command is run, and the sandbox's process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine import stubs
from tests.support.source import PROVIDER
from tools import local_sandbox, project
from tools.local_sandbox import MODULE, SandboxError, SandboxProcess
from tools.other_stacks import OthersThereError

ENDPOINTS = {
    "base_url": "http://127.0.0.1:9",
    "token_url": "http://127.0.0.1:9/token",
    "s3_endpoint_url": "http://127.0.0.1:9",
    "aws_endpoint_url": "http://127.0.0.1:9",
    "client_id": "id",
    "client_secret": "secret",
    "aws_access_key_id": "key",
    "aws_secret_access_key": "secret key",
    "region": "eu-central-1",
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of its own for tools.project."""
    monkeypatch.setattr(project, "ROOT", tmp_path)
    monkeypatch.setattr(project, "FOLDER", tmp_path / ".sandbox")
    monkeypatch.setattr(project, "STATE", tmp_path / ".sandbox" / "state")
    (tmp_path / ".sandbox").mkdir()
    return tmp_path


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process that is no sandbox, though it could have its number."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        yield process
        process.kill()


@pytest.mark.parametrize(
    ("environ", "stacks", "real"),
    [
        ({}, {}, False),
        ({}, {"sandbox": "sentinelhub:clientId: x"}, False),
        ({}, {"dev": "config:\n  sentinelhub:clientId: x"}, True),
        ({"PULUMI_STACK": "me/corsica/dev"}, {"dev": "sentinelhub:clientId: x"}, True),
        ({"PULUMI_STACK": "other"}, {"dev": "sentinelhub:clientId: x", "other": "config: {}"}, False),
        ({"SH_CLIENT_ID": "x"}, {}, True),
        ({"SH_BASE_URL": "https://example.invalid"}, {}, True),
        ({"SH_CLIENT_ID": "x", project.MARK: "here"}, {"dev": "sentinelhub:clientId: x"}, False),
    ],
)
def test_credentials_mean_the_service_itself(
    root: Path, environ: dict[str, str], stacks: dict[str, str], real: bool
) -> None:
    """Credentials in the environment or the chosen stack, unless they are the sandbox's own."""
    for name, text in stacks.items():
        (root / f"Pulumi.{name}.yaml").write_text(text)
    assert project._is_real(environ) is real


def test_the_environment_can_be_sourced(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What .sandbox/env exports is what pulumi was run with, again when it has been sourced before."""
    sandbox = SandboxProcess(1, ENDPOINTS)
    base = {"PATH": "/engine:" + os.environ["PATH"], "AWS_PROFILE": "mine"}
    environ = project._local_environment(base, sandbox, "sandbox")
    assert "AWS_PROFILE" not in environ
    script = f'. "{root}/.sandbox/env" && env'
    for _ in range(2):
        project._write_env(environ)
        done = subprocess.run(
            ["/bin/sh", "-c", script],
            env={"PATH": os.environ["PATH"], "AWS_PROFILE": "mine"},
            capture_output=True,
            text=True,
            check=True,
        )
        sourced = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
        assert sourced["PATH"].startswith("/engine:")
        assert "AWS_PROFILE" not in sourced
        assert "PULUMI_STACK" not in sourced
        assert {k: sourced[k] for k in sandbox.environment()} == sandbox.environment()
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
    assert (root / ".sandbox" / "env").stat().st_mode & 0o077 == 0


def state(root: Path, name: str, *resources: str) -> None:
    """A state in the local backend, as Pulumi 3 writes it."""
    file = root / ".sandbox" / "state" / ".pulumi" / "stacks" / f"{name}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"version": 3, "checkpoint": {"latest": {"resources": list(resources)}}}))


def test_other_projects_are_not_lost(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where other projects use the sandbox's backend, down refuses and lists them, unless it is forced."""
    (root / "Pulumi.yaml").write_text("name: ours\nruntime: python\n")
    monkeypatch.setattr(project, "_with_tools", dict)
    for name in ("ours/sandbox", "ours/sandbox-v2", "first/dev", "second/prod"):
        state(root, name, "urn:…")
    state(root, "empty/dev")
    with pytest.raises(OthersThereError, match=r": first/dev, second/prod\. Run") as refused:
        project.down()
    assert "FORCE=1" in str(refused.value)
    assert (root / ".sandbox" / "state").exists()
    monkeypatch.setenv("FORCE", "1")
    assert project.down() == 0
    assert not (root / ".sandbox").exists()


def test_a_lock_that_is_held_is_left_alone(root: Path, tmp_path: Path) -> None:
    """Another pulumi at work: the message names its process, and nothing is cancelled."""
    command = stubs.executable(tmp_path / "bin" / "pulumi", "read forever")
    with subprocess.Popen([command], stdin=subprocess.PIPE) as holder:
        try:
            lock = root / ".sandbox/state/.pulumi/locks/organization/project/sandbox/one.json"
            lock.parent.mkdir(parents=True)
            lock.write_text(json.dumps({"pid": holder.pid}))
            with pytest.raises(project.ProjectError, match=str(holder.pid)):
                project._clear_stale_lock({"PATH": ""}, "sandbox")
            assert lock.exists()
        finally:
            holder.kill()


def test_a_stranger_with_the_sandboxs_number_is_not_ended(sleeper: subprocess.Popen[bytes]) -> None:
    """Process ids are used again: only a process that is a sandbox is stopped."""
    stranger = SandboxProcess(sleeper.pid, ENDPOINTS)
    assert not stranger.alive()
    stranger.stop()
    assert sleeper.poll() is None


def test_a_sandbox_is_remembered(tmp_path: Path) -> None:
    """What was saved is loaded; where nothing was, there is none."""
    assert local_sandbox.load(tmp_path) is None
    sandbox = SandboxProcess(12, ENDPOINTS)
    local_sandbox.save(sandbox, tmp_path)
    assert local_sandbox.load(tmp_path) == sandbox
    assert json.loads((tmp_path / "endpoints.json").read_text()) == ENDPOINTS


def test_a_sandbox_that_fails_to_start_says_why(tmp_path: Path) -> None:
    """The end of its log is in the message."""
    python = stubs.executable(tmp_path / "python", "echo no module of that name >&2; exit 3")
    with pytest.raises(SandboxError, match=r"exit code 3(.|\n)*no module of that name"):
        local_sandbox.start(python, tmp_path / "log")


def test_a_sandbox_that_ignores_sigterm_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gently first, then not: nothing is left."""
    monkeypatch.setattr(local_sandbox, "STOP_SECONDS", 0.3)
    script = (
        "import signal, time; signal.signal(15, signal.SIG_IGN); print('{}', flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", script, MODULE], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        SandboxProcess(process.pid, ENDPOINTS).stop()
        assert not local_sandbox.command_of(process.pid)


@pytest.mark.parametrize("state", ['{"deployment": {"resources": []}}', "[]"])
def test_the_report_is_shown(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], state: str
) -> None:
    """Its address at the end of `make up`; where there can be none, why, and that is all."""
    stubs.executable(tmp_path / "bin" / "pulumi", f"echo '{state}'")
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    project._report({**os.environ, "PATH": path, "PYTHONPATH": str(PROVIDER), "PULUMI_STACK": "sandbox"})
    said = capsys.readouterr().err
    page = root / ".sandbox" / "report.html"
    assert page.exists() == (state != "[]")
    assert (page.as_uri() in said) == page.exists()
    assert ("There is no report: error: this is no stack's state" in said) != page.exists()
