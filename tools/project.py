"""``make up`` and ``make down``: the root project, on the sandbox or on the service itself.

Credentials in the environment (SH_CLIENT_ID, SH_BASE_URL) or in a stack's config (sentinelhub:clientId) mean
the service itself: then Pulumi's backend, its login and the stack (PULUMI_STACK, or the selected one) are the
user's own business, and only ``pulumi up`` or ``pulumi destroy`` is run. Otherwise everything is local and
lives in ``.sandbox/``.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tools import local_sandbox
from tools.engine import EngineError, ensure_engine
from tools.local_sandbox import SandboxError, SandboxProcess
from tools.other_stacks import OthersThereError, refuse_to_lose_others

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".sandbox"
STATE = FOLDER / "state"
STACKS = {"v1": "sandbox", "v2": "sandbox-v2"}
"""The stack on the sandbox by generation of the batch API, chosen by API in the environment."""
MARK = "SENTINELHUB_SANDBOX"
"""Set by ``.sandbox/env``: says that the endpoints in the environment are the sandbox's."""


REPORT = "pulumi_sentinelhub.report.command"
"""Makes the page that is shown at the end."""

OTHER_CREDENTIALS = ("AWS_PROFILE", "AWS_SESSION_TOKEN")
"""Would stand against the sandbox's own AWS keys."""


class ProjectError(Exception):
    """What was asked for cannot be done; the message says why and what to do."""


def say(line: str) -> None:
    """A message for the user."""
    print(line, file=sys.stderr, flush=True)


def up() -> int:
    """Bring the project up; returns the exit code of ``pulumi up``."""
    environ = _with_tools(os.environ)
    if _is_real(environ):
        return _pulumi(_own_stack(environ), "up", "--yes")
    stack = _chosen_stack(environ)
    sandbox = _sandbox(environ)
    environ = _local_environment(environ, sandbox, stack)
    _write_env(environ)
    _quietly(environ, "stack", "select", "--create", stack)
    _clear_stale_lock(environ, stack)
    code = _pulumi(environ, "up", "--yes")
    _report(environ)
    say("\nGo on with:  source .sandbox/env   then plain pulumi commands;  make down  removes everything.")
    return code


def down() -> int:
    """Destroy what the project has made; returns the exit code of ``pulumi destroy``."""
    environ = _with_tools(os.environ)
    if _is_real(environ):
        return _pulumi(_own_stack(environ), "destroy", "--yes")
    refuse_to_lose_others(ROOT, STATE, STACKS.values(), environ)
    sandbox = local_sandbox.load(FOLDER)
    if sandbox is None:
        say("Nothing to take down.")
    elif sandbox.alive():
        for stack in STACKS.values():
            environ = _local_environment(environ, sandbox, stack)
            if not _stack_exists(environ, stack):
                continue
            _clear_stale_lock(environ, stack)
            code = _pulumi(environ, "destroy", "--yes")
            if code:
                say("The sandbox goes on running, so that this can be looked into and tried again.")
                return code
            _quietly(environ, "stack", "rm", "--yes", "--preserve-config", stack)
        sandbox.stop()
        say("The sandbox is stopped.")
    else:
        say("The sandbox has ended before, and all that was in it; removing what is left of the stack.")
        sandbox.stop()
    shutil.rmtree(FOLDER, ignore_errors=True)
    return 0


def _chosen_stack(environ: Mapping[str, str]) -> str:
    """The stack on the sandbox that ``make up API=…`` asks for. Raises ProjectError."""
    generation = environ.get("API") or next(iter(STACKS))
    if generation not in STACKS:
        raise ProjectError(f"API={generation} is none of {', '.join(STACKS)}")
    return STACKS[generation]


def _with_tools(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment with the CLI and this project's Python in front of PATH."""
    changed = {**environ, "PULUMI_SKIP_UPDATE_CHECK": "1", "PULUMI_SENTINELHUB_PYTHON": sys.executable}
    path = os.pathsep.join([str(Path(sys.executable).parent), environ.get("PATH", os.defpath)])
    changed["PATH"] = ensure_engine(environ, say).path(path)
    return changed


def _is_real(environ: Mapping[str, str]) -> bool:
    if environ.get(MARK):
        return False
    if environ.get("SH_CLIENT_ID") or environ.get("SH_BASE_URL"):
        return True
    chosen = environ.get("PULUMI_STACK", "*").rpartition("/")[2]
    return any(
        "sentinelhub:clientId:" in path.read_text()
        for path in ROOT.glob(f"Pulumi.{chosen}.yaml")
        if path.name not in [f"Pulumi.{stack}.yaml" for stack in STACKS.values()]
    )


def _own_stack(environ: dict[str, str]) -> dict[str, str]:
    done = subprocess.run(
        ["pulumi", "stack", "--show-name", "--non-interactive"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ProjectError(
            f"Sentinel Hub credentials are configured, but no stack is selected: {done.stderr.strip()}\n"
            "Choose a backend and a stack first: pulumi login (or --local), pulumi stack init dev"
        )
    say(f"Using the stack {done.stdout.strip()} and the Sentinel Hub credentials that are configured.")
    return environ


def _sandbox(environ: Mapping[str, str]) -> SandboxProcess:
    """The sandbox that runs, or a new one."""
    known = local_sandbox.load(FOLDER)
    if known is not None:
        if known.alive():
            say(f"Using the sandbox that runs at {known.endpoints['base_url']}.")
            return known
        known.stop()
        say("The sandbox has ended, and with it all that it held; starting a new one.")
    if STATE.exists():
        refuse_to_lose_others(ROOT, STATE, STACKS.values(), environ)
        say("The old stack describes things that are gone; it is removed.")
        shutil.rmtree(STATE)
    say("Starting the sandbox.")
    sandbox = local_sandbox.start(Path(sys.executable), FOLDER)
    local_sandbox.save(sandbox, FOLDER)
    say(f"The sandbox runs at {sandbox.endpoints['base_url']} (process {sandbox.pid}).")
    return sandbox


def _local_environment(environ: Mapping[str, str], sandbox: SandboxProcess, stack: str) -> dict[str, str]:
    STATE.mkdir(parents=True, exist_ok=True)
    return {
        **{name: value for name, value in environ.items() if name not in OTHER_CREDENTIALS},
        **sandbox.environment(),
        MARK: str(FOLDER),
        "PULUMI_BACKEND_URL": STATE.as_uri(),
        "PULUMI_HOME": str(FOLDER / "pulumi"),
        "PULUMI_CONFIG_PASSPHRASE": "sandbox",
        "PULUMI_STACK": stack,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _write_env(environ: Mapping[str, str]) -> None:
    """For ``source .sandbox/env``."""
    given = os.environ.get("PATH", "")
    ours = environ["PATH"].removesuffix(given)
    lines = [f'export PATH={shlex.quote(ours)}"$PATH"', f"unset {' '.join(OTHER_CREDENTIALS)}"]
    names = sorted(
        name for name, value in environ.items() if os.environ.get(name) != value and name != "PATH"
    )
    if MARK in os.environ:  # sourced already: what is the same is still ours
        names = sorted({*names, *_names_in_env()})
    # The stack is selected in this project; a project of the user's own has others.
    names = [name for name in names if name != "PULUMI_STACK"]
    lines += [f"export {name}={shlex.quote(environ[name])}" for name in names if name in environ]
    target = FOLDER / "env"
    target.touch(mode=0o600)
    target.write_text("\n".join(lines) + "\n")


def _names_in_env() -> set[str]:
    try:
        lines = (FOLDER / "env").read_text().splitlines()
    except OSError:
        return set()
    exports = (line.removeprefix("export ") for line in lines if line.startswith("export "))
    return {line.partition("=")[0] for line in exports} - {"PATH"}


def _clear_stale_lock(environ: Mapping[str, str], stack: str) -> None:
    """A killed CLI leaves its lock: free it, unless the process that holds it is there.

    Raises:
        ProjectError: another ``pulumi`` is at work on this stack.
    """
    locks = list((STATE / ".pulumi" / "locks").rglob("*.json"))
    for lock in locks:
        try:
            pid = int(json.loads(lock.read_text())["pid"])
        except (OSError, ValueError, KeyError):
            continue
        if "pulumi" in local_sandbox.command_of(pid):
            raise ProjectError(
                f"another pulumi (process {pid}) is at work on this stack; wait for it, or end it."
            )
    if locks:
        say("A pulumi command was killed here; freeing its lock. What it had begun is continued.")
        _quietly(environ, "cancel", "--yes", stack)
        # what was being created has no id in the state; it is created again: the provider finds what is there
        _quietly(environ, "refresh", "--yes", "--skip-preview", "--clear-pending-creates")


def _stack_exists(environ: Mapping[str, str], stack: str) -> bool:
    done = subprocess.run(
        ["pulumi", "stack", "select", stack], cwd=ROOT, env=environ, capture_output=True, check=False
    )
    return done.returncode == 0


def _report(environ: Mapping[str, str]) -> None:
    """Write the report of the stack, also where its update has failed; without it nothing else is lost."""
    page = FOLDER / "report.html"
    command = [sys.executable, "-m", REPORT, "--out", str(page), "--stack", environ["PULUMI_STACK"]]
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    finally:
        signal.signal(signal.SIGINT, before)
    if done.returncode:
        say(f"\nThere is no report: {done.stderr.strip()}")
    else:
        say(f"\nThe results, a map of the tiles and the bill:  {page.as_uri()}")


def _quietly(environ: Mapping[str, str], *arguments: str) -> None:
    command = ["pulumi", *arguments, "--non-interactive"]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ProjectError(f"pulumi {' '.join(arguments)} failed: {(done.stderr or done.stdout).strip()}")


def _pulumi(environ: Mapping[str, str], *arguments: str) -> int:
    """Run it on this terminal. Ctrl-C is the CLI's own to deal with: it ends the update in order."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return subprocess.run(["pulumi", *arguments], cwd=ROOT, env=environ, check=False).returncode
    finally:
        signal.signal(signal.SIGINT, before)


def main() -> int:
    """``up`` or ``down``."""
    try:
        return {"up": up, "down": down}[sys.argv[1]]()
    except (EngineError, OthersThereError, ProjectError, SandboxError) as error:
        say(f"error: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
