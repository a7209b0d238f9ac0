"""Libraries of the CLI that are edited before it is built."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.engine import stubs
from tools.engine.late import EDITS, LIBRARIES, put_off

# has the libraries in two folders, and keeps what it is to change of the module
GO = 'case "$1 $2" in "list -m") echo {0}/0; echo {0}/1;; "mod edit") echo "$*" > edited;; esac'


@pytest.fixture
def libraries(tmp_path: Path) -> Path:
    """Two libraries that read as they are known to."""
    for number in range(len(LIBRARIES)):
        for path, edits in EDITS.items():
            file = tmp_path / str(number) / path
            file.parent.mkdir(parents=True)
            file.write_text("package it\n" + "".join(edits))
            file.chmod(0o444)
    return tmp_path


def put(libraries: Path) -> bool:
    (libraries / "module").mkdir()
    go = stubs.executable(libraries / "go", GO.format(libraries))
    return put_off(go, libraries / "module", {"PATH": os.defpath})


def test_the_module_takes_edited_copies(libraries: Path) -> None:
    """Each file's old lines are replaced in the copy, and the module is told of both copies."""
    assert put(libraries)
    told = (libraries / "module" / "edited").read_text().split()[2:]
    assert told == [f"-replace={name}=./late/{number}" for number, name in enumerate(LIBRARIES)]
    for number in range(len(LIBRARIES)):
        for path, edits in EDITS.items():
            text = (libraries / "module" / "late" / str(number) / path).read_text()
            assert text == "package it\n" + "".join(edits.values())


@pytest.mark.parametrize("path", EDITS)
@pytest.mark.parametrize("other", ["package it\n", None], ids=["otherwise", "not there"])
def test_another_library_is_taken_as_it_is(libraries: Path, path: str, other: str | None) -> None:
    """Where one reads otherwise than is known the module stays as it was."""
    file = libraries / "1" / path
    file.unlink()
    if other is not None:
        file.write_text(other)
    assert not put(libraries)
    assert not (libraries / "module" / "edited").exists()


def test_without_go_nothing_changes(tmp_path: Path) -> None:
    """A Go that is not there, or fails, is no error: the build tells it."""
    assert not put_off(tmp_path / "no-go", tmp_path, {})
    assert not put_off(stubs.executable(tmp_path / "go", "exit 1"), tmp_path, {})
