"""The prepared Python that end-to-end tests start: a script notices no difference."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from tests.support.patience import eventually
from tests.support.prepared import ATTACH, attached_host, prepared_python
from tests.support.sandbox import ROOT

NAME = "run_program.py"
"""One of the launchers' scripts: no other is run by forks."""
SHOWS = """
import json, os, sys
print(json.dumps([sys.argv, os.getcwd(), sys.path[:2], dict(os.environ), __name__, sys.stdin.read()]))
print("on the other", file=sys.stderr)
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "provider")}
    with prepared_python(tmp_path_factory.mktemp("python"), environ) as command:
        yield command


def script(folder: Path, text: str) -> Path:
    file = folder / NAME
    file.write_text(text)
    return file


def test_a_script_finds_what_it_was_started_with(python: Path, tmp_path: Path) -> None:
    """Arguments, folder, import path, environment and the standard streams are as in a Python of its own."""
    arguments = ["-u", str(script(tmp_path, SHOWS)), "one", "two three"]
    environ = {"PATH": os.defpath, "PYTHONPATH": "/first", "ONLY": "this"}

    def started(command: str) -> tuple[object, str]:
        done = subprocess.run(
            [command, *arguments],
            env=environ,
            cwd=tmp_path,
            input="said",
            capture_output=True,
            text=True,
            check=True,
        )
        argv, folder, places, found, name, said = json.loads(done.stdout)
        found = {key: found[key] for key in environ}
        return [argv, folder, places, found, name, said, done.returncode], done.stderr

    assert started(str(python)) == started(sys.executable)


@pytest.mark.parametrize(
    ("text", "code"),
    [("", 0), ("import sys; sys.exit(7)", 7), ("import os; os._exit(8)", 8), ("1 / 0", 1)],
)
def test_it_ends_as_the_script_ends(python: Path, tmp_path: Path, text: str, code: int) -> None:
    """The exit code is the script's, by whichever way it ends."""
    done = subprocess.run([python, "-u", script(tmp_path, text)], capture_output=True, text=True, check=False)
    assert (done.returncode, "ZeroDivisionError" in done.stderr) == (code, code == 1)


ENDS = """
import atexit, threading, time

def late():
    time.sleep(0.1)
    print("a thread's words")

atexit.register(print, "at the end")
threading.Thread(target=late).start()
print("the script's words", end=" ")
"""


@pytest.mark.parametrize("last", ["", "raise SystemExit('why')", "raise KeyboardInterrupt", "1 / 0"])
def test_nothing_is_left_undone(python: Path, tmp_path: Path, last: str) -> None:
    """Threads end, exit handlers run, output is written and the end is told, as by a Python of its own."""
    command = ["-u", str(script(tmp_path, ENDS + last))]
    ended, alone = (
        subprocess.run([start, *command], capture_output=True, text=True, check=False)
        for start in (str(python), sys.executable)
    )
    assert (ended.returncode, ended.stdout) == (alone.returncode, alone.stdout)
    assert ended.stderr.splitlines()[-1:] == alone.stderr.splitlines()[-1:]


KEEPS = """
import gc, os
mine = [os.open(os.devnull, os.O_RDONLY) for _ in range(64)]
gc.unfreeze()
gc.collect()
for number in mine:
    os.fstat(number)
"""


def test_a_scripts_files_are_its_own(python: Path, tmp_path: Path) -> None:
    """What the server had open is closed before the script opens anything, not by a later collection."""
    waits = script(tmp_path, "input()")
    others = [subprocess.Popen([python, "-u", waits], stdin=subprocess.PIPE) for _ in range(3)]
    try:
        keeps = tmp_path / "other"
        keeps.mkdir()
        done = subprocess.run(
            [python, "-u", script(keeps, KEEPS)], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
    finally:
        for other in others:
            other.communicate(b"\n")


def test_the_plugin_is_a_fork_too(python: Path, tmp_path: Path) -> None:
    """Started as a module it says what it says in a Python of its own."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "provider")}
    command = ["-m", "pulumi_sentinelhub.plugin", "schema"]
    said, alone = (
        subprocess.run([start, *command], cwd=tmp_path, env=environ, capture_output=True, check=True).stdout
        for start in (str(python), sys.executable)
    )
    assert said == alone


def test_pipes_are_passed_on(python: Path, tmp_path: Path) -> None:
    """A descriptor keeps its number, and is closed when the script has ended."""
    ours, theirs = os.pipe()
    text = f"import os; os.write({theirs}, b'through')"
    subprocess.run([python, "-u", script(tmp_path, text)], pass_fds=[theirs], check=True)
    os.close(theirs)
    with os.fdopen(ours, "rb") as pipe:
        assert pipe.read() == b"through"


def test_a_signal_reaches_the_script(python: Path, tmp_path: Path) -> None:
    """SIGINT is a KeyboardInterrupt in the script, as if it had come there at once."""
    text = """
import time
try:
    print("waits")
    time.sleep(60)
except KeyboardInterrupt:
    raise SystemExit(9)
"""
    process = subprocess.Popen([python, "-u", script(tmp_path, text)], stdout=subprocess.PIPE)
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 9


def test_killed_together(python: Path, tmp_path: Path) -> None:
    """What the engine kills outright is gone in the fork, too."""
    text = "import os, time\nprint(os.getpid())\ntime.sleep(60)"
    process = subprocess.Popen([python, "-u", script(tmp_path, text)], stdout=subprocess.PIPE)
    with process:
        assert process.stdout is not None
        fork = int(process.stdout.readline())
        assert fork != process.pid
        process.kill()
        eventually(lambda: not _runs(fork), "the fork has ended")


def test_no_fork_outlives_the_server(tmp_path: Path) -> None:
    """Whoever started it, and whether or not that has ended."""
    with prepared_python(tmp_path, {**os.environ, "PYTHONPATH": str(ROOT / "provider")}) as command:
        text = "import os, time\nprint(os.getpid())\ntime.sleep(600)"
        process = subprocess.Popen([command, "-u", script(tmp_path, text)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        fork = int(process.stdout.readline())
    with process:
        eventually(lambda: not _runs(fork), "the fork has ended", 30)
        assert process.wait(60) == 1


def test_other_scripts_have_a_python_of_their_own(python: Path) -> None:
    """What is none of the launchers' scripts is no fork: it starts with nothing imported."""
    check = "import sys; sys.exit('pulumi' in sys.modules)"
    subprocess.run([python, "-I", "-S", "-c", check], check=True)


TELLS = """
import os, sys, time
from pulumi.runtime.proto import language_pb2
requests, answers = map(int, sys.argv[1:3])
request = language_pb2.RunRequest.FromString(os.read(requests, int.from_bytes(os.read(requests, 8), "big")))
try:
    print("runs", os.environ["ONLY"], os.getcwd())
    time.sleep(60)
except KeyboardInterrupt:
    os.write(answers, b"-" + language_pb2.RunResponse(error=request.args[0]).SerializeToString())
"""


OWN = (("grpc.use_local_subchannel_pool", 1),)
"""Has a channel connect by itself, as another process would."""


def test_a_command_attaches_to_one_host(python: Path, tmp_path: Path) -> None:
    """Each of a command's two engines has its own program: the other's address and Cancel do not reach it."""
    launchers = shutil.copytree(ROOT / "tools/engine/launchers", tmp_path / "launchers")
    (launchers / NAME).write_text(TELLS)
    environ = {"PATH": str(launchers), "PULUMI_SENTINELHUB_PYTHON": str(python), "ONLY": "this"}
    output = tmp_path / "output"
    with output.open("wb") as out, attached_host(environ, tmp_path, out.fileno()) as attached:
        address = "127.0.0.1:" + attached[ATTACH].removeprefix("python:")
        with grpc.insecure_channel(address) as one, grpc.insecure_channel(address, OWN) as other:
            runs, asks = map(language_pb2_grpc.LanguageRuntimeStub, (one, other))
            for engine, name in ((runs, "the first"), (asks, "the second")):
                engine.Handshake(language_pb2.LanguageHandshakeRequest(engine_address=name))
            running = runs.Run.future(language_pb2.RunRequest())
            eventually(lambda: output.read_text() == f"runs this {tmp_path}\n", "the program runs")
            asks.Cancel(empty_pb2.Empty())
            with pytest.raises(grpc.FutureTimeoutError):
                running.result(0.5)
            runs.Cancel(empty_pb2.Empty())
            assert running.result(60).error == "the first"


ENDLESS = """
import os, sys, time
from pathlib import Path
from pulumi.runtime.proto import language_pb2
requests, answers = map(int, sys.argv[1:3])
os.read(requests, 8)
print(os.environ["ONLY"], os.getcwd(), os.getpid(), flush=True)
while not Path("go").exists():
    time.sleep(0.02)
os.write(answers, b"-" + language_pb2.RunResponse(error="went").SerializeToString())
"""


def test_commands_share_a_process_of_hosts(python: Path, tmp_path: Path) -> None:
    """Each has its environment, folder and output, and its own program, which ends with it."""
    launchers = shutil.copytree(ROOT / "tools/engine/launchers", tmp_path / "launchers")
    (launchers / NAME).write_text(ENDLESS)
    environ = {"PATH": str(launchers), "PULUMI_SENTINELHUB_PYTHON": str(python)}
    folders = {name: tmp_path / name for name in ("one", "other")}
    forks: dict[str, int] = {}
    running: dict[str, Any] = {}
    with ExitStack() as one, ExitStack() as other:
        for (name, folder), until in zip(folders.items(), (one, other), strict=True):
            folder.mkdir()
            out = until.enter_context((folder / "output").open("wb"))
            host = attached_host({**environ, "ONLY": name}, folder, out.fileno())
            address = "127.0.0.1:" + until.enter_context(host)[ATTACH].removeprefix("python:")
            stub = language_pb2_grpc.LanguageRuntimeStub(until.enter_context(grpc.insecure_channel(address)))
            stub.Handshake(language_pb2.LanguageHandshakeRequest(engine_address=name))
            running[name] = stub.Run.future(language_pb2.RunRequest())
            eventually((folder / "output").read_text, "the program runs")
            told, where, fork = (folder / "output").read_text().split()
            assert (told, where) == (name, str(folder))
            forks[name] = int(fork)
        one.close()
        eventually(lambda: not _runs(forks["one"]), "its program has ended")
        (folders["other"] / "go").touch()
        assert running["other"].result(60).error == "went"


def test_a_command_without_a_prepared_python_does_not_attach(tmp_path: Path) -> None:
    """It finds its environment as it was."""
    environ = {"PATH": str(ROOT / "tools/engine/launchers"), "PULUMI_SENTINELHUB_PYTHON": sys.executable}
    with attached_host(environ, tmp_path, 2) as found:
        assert found is environ


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
