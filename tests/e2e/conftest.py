"""Fixtures that drive the real CLI: the engine and one sandbox a test process, a fresh stack a test."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.e2e.areas import BUCKET
from tests.support.cli import MakeStack, Stack, copy_example, write_project
from tests.support.sandbox import FLAT, Controls, own_process
from tools.engine import Engine, ensure_engine

# short stages, so that a whole job takes a second
SANDBOX_OPTIONS = (
    *("--analysis-seconds", "0.1", "--processing-seconds", "0.3"),
    *("--account", "stranger:secret:theirs"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here is end to end."""
    here = Path(__file__).parent
    inside = {path for path in {item.path for item in items} if here in path.parents}
    for item in items:
        if item.path in inside:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The Pulumi CLI, which is built if there is none."""
    return ensure_engine(os.environ, print)


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Controls]:
    """One sandbox for all tests of this process that look at no pixel: its files are of one value each."""
    with own_process(tmp_path_factory.mktemp("sandbox"), *SANDBOX_OPTIONS, *FLAT) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def pixels_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Controls]:
    """Another one, which computes the files' pixels."""
    with own_process(tmp_path_factory.mktemp("sandbox"), *SANDBOX_OPTIONS) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(request: pytest.FixtureRequest) -> Controls:
    """The sandbox, empty; for tests with the mark ``pixels`` the one that computes them."""
    looks = request.node.get_closest_marker("pixels") is not None
    process: Controls = request.getfixturevalue("pixels_process" if looks else "sandbox_process")
    process.reset()
    return process


@pytest.fixture
def environ(fast: Mapping[str, str], keys: Mapping[str, str]) -> Mapping[str, str]:
    """What commands find beside the usual variables."""
    return {**fast, **keys}


def stacks_in(folder: Path, engine: Engine, sandbox: Controls, environ: Mapping[str, str]) -> MakeStack:
    """Makes stacks in a folder that know the sandbox's endpoints and credentials from the environment."""
    count = 0

    def make(program: str | None = None, *, example: str | None = None, name: str = "test") -> Stack:
        nonlocal count
        count += 1
        home, project = folder / f"home-{count}", folder / f"project-{count}"
        if example is not None:
            copy_example(example, project)
        else:
            write_project(project, program or "")
        return Stack(home, project, engine, sandbox, name, environ=environ)

    return make


@pytest.fixture
def make_stack(tmp_path: Path, engine: Engine, sandbox: Controls, environ: Mapping[str, str]) -> MakeStack:
    """Makes stacks that know the sandbox's endpoints and credentials from the environment."""
    return stacks_in(tmp_path, engine, sandbox, environ)


@pytest.fixture(scope="module")
def make_for_all(
    tmp_path_factory: pytest.TempPathFactory,
    engine: Engine,
    sandbox_process: Controls,
    fast: Mapping[str, str],
    keys: Mapping[str, str],
) -> MakeStack:
    """The same for a file whose tests look at what was made once, in a sandbox that is empty before."""
    sandbox_process.reset()
    return stacks_in(tmp_path_factory.mktemp("all"), engine, sandbox_process, {**fast, **keys})


@pytest.fixture
def slow(sandbox: Controls) -> Iterator[Controls]:
    """Jobs take their time; a bucket of somebody else's is there for all results."""
    sandbox.make_bucket(BUCKET)
    sandbox.control("PUT", "options", {"processing_seconds": 300})
    yield sandbox
    sandbox.control("PUT", "options", {"processing_seconds": 1})


@pytest.fixture
def quick(sandbox: Controls) -> Controls:
    """Jobs take a second; a bucket of somebody else's is there for all results."""
    sandbox.make_bucket(BUCKET)
    return sandbox
