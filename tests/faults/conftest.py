"""An account for faults."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sentinelhub_sandbox import Sandbox, SandboxOptions
from tests.faults.account import Account
from tests.lifecycle.conftest import HandClock, settings_of


@pytest.fixture(scope="session")
def broken_sandbox() -> Iterator[Account]:
    """A sandbox that keeps states only, its clock turned by hand."""
    clock = HandClock()
    options = SandboxOptions(
        render=False, clock=clock.now, analysis_seconds=20, processing_seconds=40, token_seconds=86_400
    )
    with Sandbox(options) as sandbox:
        yield Account(sandbox, clock, settings_of(sandbox.endpoints))


@pytest.fixture
def account(broken_sandbox: Account) -> Account:
    """The account, empty and sound."""
    broken_sandbox.reset()
    return broken_sandbox
