"""An account for faults."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.faults.account import Account
from tests.faults.judge import Heard
from tests.support.clock import HandClock
from tests.support.sandbox import running, settings_of


@pytest.fixture(scope="session")
def broken_sandbox() -> Iterator[Account]:
    """A sandbox that keeps states only, its clock turned by hand."""
    clock = HandClock()
    with running(clock, analysis_seconds=20, processing_seconds=40) as sandbox:
        yield Account(sandbox, clock, settings_of(sandbox.endpoints))


@pytest.fixture
def account(request: pytest.FixtureRequest, broken_sandbox: Account) -> Account:
    """The account, empty and sound; new requests are made on v1, or on the generation that is asked for."""
    broken_sandbox.reset(getattr(request, "param", "v1"))
    return broken_sandbox


@pytest.fixture(scope="module")
def heard() -> Iterator[Heard]:
    """All that any logger says."""
    handler, root = Heard(), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(before)
