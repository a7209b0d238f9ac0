"""The CLI and its launchers, with a dynamic provider that has nothing to do with Sentinel Hub."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.cli import Stack, write_project
from tests.support.patience import eventually
from tools.engine import Engine

TOY = """
import os
import time
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

class Provider(ResourceProvider):
    serialize_as_secret_always = False
    def create(self, props):
        gate = os.environ.get("TOY_GATE")
        while gate and not os.path.exists(gate):
            time.sleep(0.05)
        return CreateResult("toy-1", props)
    def diff(self, id, olds, news):
        return DiffResult(changes=olds["size"] != news["size"])
    def update(self, id, olds, news):
        return UpdateResult(news)

class Toy(Resource, module="toy", name="Toy"):
    def __init__(self, name, size, opts=None):
        super().__init__(Provider(), name, {"size": size}, opts)
"""
PROGRAM = """
import os
import sys
import pulumi
from toy import Toy

print("in", os.path.basename(os.getcwd()), "as", __name__)
config = pulumi.Config()
pulumi.export("id", Toy("one", config.get_float("size") or 0.0).id)
pulumi.export("secret", config.get_secret("secret"))
"""


@pytest.fixture
def stack(tmp_path: Path, engine: Engine) -> Stack:
    """Its commands start all they need, as users' do."""
    project = write_project(tmp_path / "project", PROGRAM)
    (project / "toy.py").write_text(TOY)
    stack = Stack(tmp_path / "home", project, engine, None)
    stack.environ["PYTHONPATH"] = str(project)
    return stack


@pytest.fixture
def forked(tmp_path: Path, engine: Engine, environ: Mapping[str, str]) -> Stack:
    """For what is said of a program: its launchers are forks."""
    project = write_project(tmp_path / "project", "")
    return Stack(tmp_path / "home", project, engine, None, environ=environ)


def test_every_command_works(stack: Stack, fast: Mapping[str, str]) -> None:
    """up, preview, refresh, update, output, export, config and destroy work as with an installed CLI."""
    stack.config("secret", "hidden", secret=True)
    stack.up()
    assert stack.outputs() == {"id": "toy-1", "secret": "hidden"}
    stack.preview(expect_no_changes=True)
    stack.refresh("--expect-no-changes")
    cold = stack.environ
    stack.environ = {**cold, **fast}
    said = stack.up("--config", "size=0.1").output
    stack.environ = cold
    assert "1 updated" in said
    assert "1 unchanged" in said
    exported = stack.run("stack", "export").output
    assert '"size": 0.1' in exported
    assert "hidden" not in exported
    assert stack.run("config", "get", "size").output.strip() == "0.1"
    stack.destroy()
    assert stack.resources() == {}
    stack.run("stack", "rm", "--yes", stack.name)
    assert stack.processes() == []


def test_the_program_runs_in_its_folder(stack: Stack) -> None:
    """With `main:` the program's own folder is the working folder and the first place for imports."""
    folder = stack.folder / "inner" / "program"
    folder.mkdir(parents=True)
    for name in ("__main__.py", "toy.py"):
        (stack.folder / name).rename(folder / name)
    project = stack.folder / "Pulumi.yaml"
    project.write_text(project.read_text() + "main: inner/program\n")
    del stack.environ["PYTHONPATH"]
    assert "in program as __main__" in stack.preview().output


def test_an_error_shows_the_programs_own_frames(forked: Stack) -> None:
    """A traceback begins in the program, without the frames of the host that runs it."""
    forked.program("def wrong():\n    raise ValueError('boo')\nwrong()\n")
    output = forked.preview(expect_failure=True).output
    assert "ValueError: boo" in output
    assert "__main__.py" in output
    assert "run_program.py" not in output
    assert "an unhandled error occurred" not in output


def test_an_error_in_an_apply_shows_the_programs_own_frames(forked: Stack) -> None:
    """What goes wrong after the program's last line is told like what goes wrong in it."""
    forked.program("import pulumi\npulumi.Output.from_input(1).apply(lambda x: x / 0)\n")
    output = forked.preview(expect_failure=True).output
    assert "ZeroDivisionError" in output
    assert "run_program.py" not in output


def test_a_run_error_is_one_line(forked: Stack) -> None:
    """`pulumi.RunError` is a message to the user: no traceback."""
    forked.program("import pulumi\nraise pulumi.RunError('please set the region')\n")
    output = forked.preview(expect_failure=True).output
    assert "error: please set the region" in output
    assert "Traceback" not in output


def test_an_exit_code_is_reported(forked: Stack) -> None:
    """A program that calls sys.exit with a code fails, and the code is named."""
    forked.program("import sys\nsys.exit(3)\n")
    assert "exit code: 3" in forked.preview(expect_failure=True).output


def test_a_killed_cli_leaves_no_process_and_a_lock_that_can_be_freed(
    stack: Stack, fast: Mapping[str, str]
) -> None:
    """After kill -9 mid-create the helpers end by themselves; cancel and up then go on."""
    stack.environ["TOY_GATE"] = str(stack.home / "gate")
    with stack.start_up() as running:
        running.wait_until(lambda: "Toy one creating" in running.output())
        assert stack.processes()
        running.kill()
        eventually(lambda: not stack.processes(), "the helpers have ended")
    assert "locked" in stack.up(expect_failure=True).output
    stack.cancel()
    del stack.environ["TOY_GATE"]
    stack.environ |= fast
    stack.up()
    assert stack.outputs()["id"] == "toy-1"


def test_ctrl_c_ends_the_update_in_order(stack: Stack) -> None:
    """The first Ctrl-C lets a running create finish, keeps it in the state and leaves no process."""
    gate = stack.home / "gate"
    stack.environ["TOY_GATE"] = str(gate)
    with stack.start_up() as running:
        running.wait_until(lambda: "Toy one creating" in running.output())
        running.interrupt()
        running.wait_until(lambda: "^C received" in running.output())
        gate.touch()
        output, code = running.finish()
    assert code
    assert "update canceled" in output
    assert "Traceback" not in output
    assert stack.resources()["one"]["id"] == "toy-1"
    assert stack.processes() == []
