"""The real provider process: as it is, and with an SDK whose private parts have moved."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.dynamic_host import Host, running_host

DIFFERENT_HOST = {"HOST_IS_DIFFERENT": "1"}


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with running_host() as running:
        running.check({})  # configures
        yield running


@pytest.fixture(scope="module")
def different_host() -> Iterator[Host]:
    with running_host(DIFFERENT_HOST) as running:
        running.check({})
        yield running
