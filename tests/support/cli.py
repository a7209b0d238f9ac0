"""The real Pulumi CLI on a project of its own: nothing is shared with the person who runs the tests."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import yaml

from tests.support import vault
from tests.support.backend import Backend, has_secrets
from tests.support.prepared import attached_host
from tests.support.running import DEADLINE_SECONDS, Running
from tests.support.sandbox import ROOT, Controls
from tools.engine import Engine

PASSPHRASE = "end-to-end"
_PROC = Path("/proc")
_WITH_PROGRAM = ("up", "preview", "refresh", "destroy")
_PASSED_ON = ("LANG", "TMPDIR", "AWS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass(frozen=True)
class Result:
    """How a command ended.

    Attributes:
        output: standard output and error, as a terminal would have shown them.
        seconds: wall time.
    """

    command: tuple[str, ...]
    code: int
    output: str
    seconds: float


class Stack:
    """One project and one stack on a backend of its own.

    Attributes:
        folder: the project; its program may be rewritten between commands.
        environ: the whole environment of every command; may be changed.

    Args:
        environ: variables beside the usual ones.
    """

    def __init__(
        self,
        home: Path,
        project: Path,
        engine: Engine,
        sandbox: Controls | None,
        name: str = "test",
        *,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = project
        self.name = name
        self.home = home
        self.environ = {**_environment(home, engine, sandbox, name), **(environ or {})}
        vaulted = vault.ADDRESS in self.environ
        self._backend = Backend(home / "state", name, "vault" if vaulted else "passphrase")
        if not self._backend.copy_initial(project):
            self.run("stack", "init", name, *(["--secrets-provider", vault.PROVIDER] if vaulted else []))
            self._backend.keep_initial(project)

    def run(
        self, *arguments: str, expect_failure: bool | None = False, deadline: float = DEADLINE_SECONDS
    ) -> Result:
        """Run ``pulumi`` to its end.

        Args:
            *arguments: of the command.
            expect_failure: None where either way will do.
            deadline: seconds; past them the whole process group is killed and the test fails.
        """
        started = time.monotonic()
        with self.start(*arguments, attach=arguments[0] in _WITH_PROGRAM) as running:
            output, code = running.finish(deadline)
        result = Result(("pulumi", *arguments), code, output, time.monotonic() - started)
        if expect_failure is not None and bool(code) != expect_failure:
            wanted = "fail" if expect_failure else "succeed"
            raise AssertionError(f"{' '.join(result.command)} was to {wanted}, ended with {code}:\n{output}")
        return result

    @contextmanager
    def start(self, *arguments: str, attach: bool = False) -> Iterator[Running]:
        """Run ``pulumi`` in the background, in a process group of its own, which ends with the block.

        Args:
            *arguments: of the command.
            attach: it finds a language host that runs; not for what may be killed before its end.
        """
        log = self.home / f"output-{time.monotonic_ns()}.txt"
        with ExitStack() as until_its_end:
            with log.open("wb") as out:
                host = attached_host(self.environ, self.folder, out.fileno())
                process = subprocess.Popen(
                    ["pulumi", *arguments],
                    cwd=self.folder,
                    env=until_its_end.enter_context(host) if attach else self.environ,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            try:
                yield Running(process, log)
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()

    def start_up(self, *arguments: str) -> Any:
        """``pulumi up`` in the background: ``with stack.start_up() as running: …``."""
        return self.start("up", "--yes", "--skip-preview", *arguments)

    def up(self, *arguments: str, expect_failure: bool | None = False) -> Result:
        """``pulumi up``, without the preview that it would begin with."""
        return self.run("up", "--yes", "--skip-preview", *arguments, expect_failure=expect_failure)

    def preview_and_up(self) -> Result:
        """``pulumi up`` as users call it, which begins with a preview and goes on if that says no error."""
        return self.run("up", "--yes")

    def preview(
        self, *arguments: str, expect_no_changes: bool = False, expect_failure: bool | None = False
    ) -> Result:
        """``pulumi preview --diff``; with ``expect_no_changes``, any change fails the test."""
        extra = ("--expect-no-changes",) if expect_no_changes else ()
        return self.run("preview", "--diff", *extra, *arguments, expect_failure=expect_failure)

    def refresh(self, *arguments: str, expect_failure: bool | None = False) -> Result:
        """``pulumi refresh``."""
        return self.run("refresh", "--yes", "--skip-preview", *arguments, expect_failure=expect_failure)

    def destroy(self, *arguments: str, expect_failure: bool | None = False) -> Result:
        """``pulumi destroy``."""
        return self.run("destroy", "--yes", "--skip-preview", *arguments, expect_failure=expect_failure)

    def cancel(self) -> Result:
        """``pulumi cancel``: frees the lock that a killed CLI has left."""
        return self.run("cancel", "--yes")

    def unlock(self) -> None:
        """What ``pulumi cancel`` does, without a command."""
        self._backend.unlock()

    def config(self, key: str, value: str, *, secret: bool = False) -> None:
        """``pulumi config set``; a plain value is written into the stack's file, as that does."""
        if secret:
            self.run("config", "set", "--secret", key, value)
        else:
            self._backend.set_config(self.folder, key, value)

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, secrets shown."""
        kept = self._backend.export()["deployment"].get("resources", [])
        stack = next((r for r in kept if r["type"] == "pulumi:pulumi:Stack"), None)
        if stack is not None and not has_secrets(stack):
            return dict(stack.get("outputs", {}))
        return dict(self._json("stack", "output", "--json", "--show-secrets"))

    def export(self, *, show_secrets: bool = True) -> dict[str, Any]:
        """The deployment, as ``pulumi stack export`` gives it; without a command where no secret is shown."""
        kept = self._backend.export()
        if not show_secrets or not has_secrets(kept):
            return kept
        return dict(self._json("stack", "export", "--show-secrets"))

    def put(self, export: Mapping[str, Any]) -> None:
        """``pulumi stack import`` of an export without secrets; no command is needed for it."""
        self._backend.put(export["deployment"])

    def resources(self) -> dict[str, dict[str, Any]]:
        """The state of each resource by its name, secrets shown; providers and the stack itself left out."""
        found = _own(self._backend.export())
        if has_secrets(found):
            found = _own(self.export())
        return {state["urn"].rpartition("::")[2]: state for state in found}

    def program(self, text: str) -> None:
        """Replace the program."""
        (self.folder / "__main__.py").write_text(text)

    def processes(self) -> list[str]:
        """Command lines of the engine's helpers that run for this stack."""
        if not _PROC.is_dir():  # then every helper counts
            done = subprocess.run(["ps", "-ww", "-eo", "args="], capture_output=True, text=True, check=True)
            return [line for line in done.stdout.splitlines() if _is_helper(line)]
        all_ = {entry: _told(entry, "cmdline") for entry in _PROC.iterdir() if entry.name.isdigit()}
        own = {entry: line for entry, line in all_.items() if _is_helper(line)}
        return [line for entry, line in own.items() if str(self.home) in _told(entry, "environ")]

    def _json(self, *arguments: str) -> Any:
        done = subprocess.run(
            ["pulumi", *arguments],
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            check=True,
            timeout=DEADLINE_SECONDS,
        )
        return json.loads(done.stdout)


class MakeStack(Protocol):
    """Makes a stack from a program's text or from the name of an example."""

    def __call__(
        self, program: str | None = None, *, example: str | None = None, name: str = "test"
    ) -> Stack: ...


def write_project(folder: Path, program: str, name: str = "inline") -> Path:
    """A project with this program."""
    folder.mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n")
    (folder / "__main__.py").write_text(program)
    return folder


def copy_example(example: str, folder: Path) -> Path:
    """A copy of ``examples/<example>``, without the stacks and the virtual environment of who works on it."""
    source = ROOT / "examples" / example
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("Pulumi.*.yaml", "__pycache__", ".venv"))
    project = yaml.safe_load((folder / "Pulumi.yaml").read_text())
    if project["runtime"] not in ("yaml", "nodejs"):
        project["runtime"] = "python"
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(project))
    return folder


def _environment(home: Path, engine: Engine, sandbox: Controls | None, name: str) -> dict[str, str]:
    state = home / "state"
    state.mkdir(parents=True)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    passed_on: Mapping[str, str] = {key: os.environ[key] for key in _PASSED_ON if key in os.environ}
    return {
        **passed_on,
        "PATH": engine.path(path),
        "HOME": str(home),
        "PULUMI_HOME": str(home / "pulumi"),
        "PULUMI_BACKEND_URL": state.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_STACK": name,
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PULUMI_SENTINELHUB_PYTHON": sys.executable,
        "PULUMI_PYTHON_CMD": sys.executable,
        "PYTHONPATH": str(ROOT / "provider"),
        "PYTHONWARNINGS": "ignore",
        "NO_COLOR": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
        **(sandbox.process.environment() if sandbox else {}),
    }


def _own(kept: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A deployment's resources, without providers and the stack itself."""
    found = kept["deployment"].get("resources", [])
    return [state for state in found if not state["type"].startswith("pulumi:")]


def _told(process: Path, what: str) -> str:
    """What Linux tells of a process; nothing of one that has just ended, or is somebody else's."""
    try:
        return (process / what).read_bytes().decode(errors="replace").replace("\0", " ")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ""


def _is_helper(line: str) -> bool:
    hosts = ("language_host.py", "run_program.py", "dynamic_provider.py")
    names: Sequence[str] = (*hosts, "pulumi.dynamic", "pulumi_sentinelhub.plugin")
    return any(name in line for name in names)
