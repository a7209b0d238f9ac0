"""A sandbox with real buckets, whose tiles are of one value, for the tests of the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from sentinelhub_sandbox import Sandbox, SandboxOptions
from tests.support.sandbox import Controls, here

from .stacks import BUCKET, Bench


@pytest.fixture(scope="session")
def flat_sandbox() -> Iterator[Sandbox]:
    with Sandbox(SandboxOptions(analysis_seconds=0, processing_seconds=0, pixels="flat")) as sandbox:
        yield sandbox


@pytest.fixture
def bench(flat_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Bench]:
    """Gives a stack of a generation on the sandbox, emptied, with a bucket of somebody else's."""
    process = here(flat_sandbox.endpoints)
    for name, value in process.environment().items():
        monkeypatch.setenv(name, value)
    controls = Controls(process)
    controls.reset()
    controls.make_bucket(BUCKET)
    return lambda generation: Bench(controls, generation)
