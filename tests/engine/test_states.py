"""Who holds what, by the states of all stacks: a stand-in for the CLI tells; in tests/e2e the real one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pulumi_sentinelhub.engine.states import States
from pulumi_sentinelhub.errors import SentinelHubError
from pulumi_sentinelhub.lifecycle.ownership.holders import Holder
from pulumi_sentinelhub.waiting.patience import Patience
from tests.support.clock import HandClock

#: Answers from files; what is asked for the first time fails where there is a file that says so.
CLI = f"""#!{sys.executable}
import shutil
import subprocess
import sys
from pathlib import Path
here = Path(__file__).parent
asked = "ls" if sys.argv[2] == "ls" else sys.argv[4].replace("/", " ")
if asked == "ls":
    with (here / "ls.log").open("a") as log:
        log.write(".")
busy = here / (asked + " is being written")
if busy.exists():
    busy.unlink()
    sys.exit("error: EOF")
file = here / (asked + ".json")
if not file.exists():
    sys.exit(f"error: no stack named '{{sys.argv[4]}}' found")
print(file.read_text())
"""
DYNAMIC, PLUGIN = "pulumi-python:dynamic/sentinelhub:BatchRequest", "sentinelhub:index:BatchRequest"


def urn(stack: str, name: str = "area", type_: str = DYNAMIC, project: str = "maps") -> str:
    return f"urn:pulumi:{stack}::{project}::{type_}::{name}"


OWN = urn("dev")


def resource(urn: str, id: str = "job", **more: Any) -> dict[str, Any]:
    return {"urn": urn, "id": id, "type": urn.split("::")[2], **more}


@dataclass
class Backend:
    """What the stand-in answers."""

    folder: Path
    project: str = "me/maps/"

    def has(self, **stacks: list[Mapping[str, Any]] | None) -> None:
        """These stacks of one project, and their resources; None: it goes while they are read."""
        listed = [
            {"name": f"{self.project}{name}", "resourceCount": 1 if resources is None else len(resources)}
            for name, resources in stacks.items()
        ]
        (self.folder / "ls.json").write_text(json.dumps(listed))
        for name, resources in stacks.items():
            if resources:
                state = {"deployment": {"resources": resources}}
                file = f"{self.project}{name}.json".replace("/", " ")
                (self.folder / file).write_text(json.dumps(state))

    def asked(self) -> int:
        """How often all states were read."""
        log = self.folder / "ls.log"
        return len(log.read_text()) if log.exists() else 0

    def writes(self, asked: str) -> None:
        """The next answer to this is a failure, as in the middle of a write."""
        (self.folder / f"{asked} is being written").touch()


@pytest.fixture
def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Backend:
    (tmp_path / "pulumi").write_text(CLI)
    (tmp_path / "pulumi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return Backend(tmp_path)


def holder(id: str = "job", own: str = OWN, states: States | None = None) -> Holder | None:
    return (states or States()).holder(id, own, Patience(HandClock()))


@pytest.mark.parametrize(
    ("there", "held"),
    [
        pytest.param({"old": [resource(urn("old"))]}, Holder(urn("old")), id="another stack"),
        pytest.param({"old": [resource(urn("old"), "other")]}, None, id="another id"),
        pytest.param({"old": [resource(urn("old", type_="aws:s3:Bucket"))]}, None, id="of others"),
        pytest.param({"dev": [resource(urn("dev", "b"))]}, Holder(urn("dev", "b")), id="another name"),
        pytest.param({"dev": [resource(OWN, pendingReplacement=True)]}, None, id="what is replaced"),
        pytest.param({"dev": [resource(OWN, delete=True)]}, None, id="what is still to be deleted"),
        pytest.param({"old": [resource(urn("old"), delete=True)]}, Holder(urn("old")), id="there as well"),
        pytest.param({"dev": [resource(OWN)]}, Holder(OWN), id="an alias has left the name"),
        pytest.param(
            {"dev": [resource(OWN), resource(OWN, delete=True)]},
            Holder(OWN, is_owed_too=True),
            id="taken back before it was deleted",
        ),
        pytest.param(
            {"dev": [resource(OWN), resource(OWN, "other", delete=True)]}, Holder(OWN), id="another is owed"
        ),
        pytest.param(
            {"dev": [resource(urn("dev", type_=PLUGIN))]},
            Holder(urn("dev", type_=PLUGIN), is_twin=True),
            id="by the other front end",
        ),
        pytest.param(
            {"old": [resource(urn("old", type_=PLUGIN))]}, Holder(urn("old", type_=PLUGIN)), id="no twin"
        ),
        pytest.param({"dev": [], "old": []}, None, id="empty stacks, which are not read"),
    ],
)
def test_who_holds_it(backend: Backend, there: dict[str, Any], held: Holder | None) -> None:
    """What is in a state, of whichever stack, unless it makes way for this very create."""
    backend.has(**there)
    assert holder() == held


def test_stacks_of_the_current_project(backend: Backend) -> None:
    """The CLI lists them without their project."""
    backend.project = ""
    backend.has(old=[resource(urn("old"))])
    assert holder() == Holder(urn("old"))
    backend.has(gone=None)
    with pytest.raises(SentinelHubError, match="no stack named 'gone' found"):
        holder()


def test_a_state_that_is_being_written(backend: Backend) -> None:
    """A failure in passing is none."""
    backend.has(old=[resource(urn("old"))])
    backend.writes("ls")
    backend.writes("me maps old")
    assert holder() == Holder(urn("old"))


def test_what_is_deleted_meanwhile(backend: Backend) -> None:
    """The states are read once, but for what the own one may have begun to replace since."""
    states = States()
    backend.has(dev=[resource(OWN)], old=[resource(urn("old"), "other")])
    assert holder(states=states) == Holder(OWN)
    backend.has(dev=[resource(OWN, pendingReplacement=True)])
    assert holder("other", states=states) == Holder(urn("old"))
    assert holder(states=states) is None


def test_what_cannot_be_told(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stack of the own project that cannot be read may hold it; one of another project is let be."""
    backend.has(old=None, dev=[resource(OWN, pendingReplacement=True)])
    with pytest.raises(SentinelHubError, match="no stack named 'me/maps/old' found"):
        holder()
    elsewhere = urn("dev", project="other")
    backend.has(old=None)
    assert holder(own=elsewhere) is None
    with pytest.raises(SentinelHubError, match="does not tell"):
        holder(own="")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SentinelHubError, match="cannot find the Pulumi CLI"):
        holder()


def test_one_reading_serves_all_who_wait(backend: Backend) -> None:
    """Of many replacements at the same moment each needs a new reading, and none needs its own."""
    states, together = States(), threading.Barrier(8)
    backend.has(dev=[resource(OWN)])
    assert holder(states=states) == Holder(OWN)
    before = backend.asked()

    def ask(_: int) -> Holder | None:
        together.wait()
        return holder(states=states)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {Holder(OWN)}
    assert 0 < backend.asked() - before < 8


@pytest.mark.skipif(not Path("/proc/self/exe").exists(), reason="only Linux tells what has started a process")
def test_the_cli_that_has_started_the_process(tmp_path: Path) -> None:
    """It need not be on PATH, and is asked rather than another one that is."""
    cli = shutil.copy("/bin/sh", tmp_path / "pulumi")
    asking = "from pulumi_sentinelhub.engine import pulumi_cli; print(pulumi_cli.find())"
    # the second command keeps the shell from making way for the first
    done = subprocess.run(
        [cli, "-c", f'"{sys.executable}" -c "{asking}"; true'], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(cli)
