"""A quick sandbox for the parts of `make bench`, and what its commands are given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.sandbox import Controls, own_process
from tools.bench.case import Case
from tools.bench.jobs import BUCKET
from tools.bench.measured import Command
from tools.bench.memory import Memory
from tools.bench.stacks import MeasuredStack

Given = Callable[[Mapping[str, str]], None]


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Controls]:
    quick = ("--analysis-seconds", "0.1", "--processing-seconds", "0.2", "--pixels", "flat")
    with own_process(tmp_path_factory.mktemp("sandbox"), *quick) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(process: Controls) -> Controls:
    """Quick, with nothing but the bucket."""
    process.reset()
    process.make_bucket(BUCKET)
    return process


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch, keys: Mapping[str, str]) -> Given:
    """Gives the engine variables beside a case's own; a passphrase is none of the bench's business."""
    usual = Case.engine_environment

    def give(environ: Mapping[str, str]) -> None:
        monkeypatch.setattr(Case, "engine_environment", lambda case: {**usual(case), **keys, **environ})

    return give


@pytest.fixture
def unattached(tmp_path: Path, fast: Mapping[str, str]) -> Mapping[str, str]:
    """Imports are done, but beside no socket: a command starts its language hosts itself."""
    python = tmp_path / "python"
    python.symlink_to(fast["PULUMI_SENTINELHUB_PYTHON"])
    return {**fast, "PULUMI_SENTINELHUB_PYTHON": str(python)}


@dataclass(frozen=True)
class UpdateApart:
    """A measured stack's update apart from its other commands.

    Attributes:
        others: variables that the others have, and need not be the update's.
        memory: peaks of the update's own processes.
    """

    others: Mapping[str, str]
    memory: dict[str, float] = field(default_factory=dict)


@pytest.fixture
def update_apart(unattached: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> UpdateApart:
    """The others start with their imports done, whatever the update does."""
    usual, apart = MeasuredStack.measure, UpdateApart(unattached)

    def measure(stack: MeasuredStack, command: str) -> Command:
        if command != "up":
            stack.stack.environ.update(apart.others)
            return usual(stack, command)
        memory = Memory()
        with memory.watched():
            found = usual(stack, command)
        apart.memory.update(memory.peaks)
        return found

    monkeypatch.setattr(MeasuredStack, "measure", measure)
    return apart
