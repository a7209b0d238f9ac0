"""The client against the sandbox: one request from its creation to its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pulumi_sentinelhub.batch.api import BatchRequestInfo
from pulumi_sentinelhub.batch.statuses import Reader, StatusBoard
from pulumi_sentinelhub.batch.v1.client import BatchClient
from pulumi_sentinelhub.errors import BadRequest, CredentialsRefused, NotFound
from pulumi_sentinelhub.waiting.clock import SystemClock
from pulumi_sentinelhub.waiting.patience import Patience
from tests.support.inputs import payload
from tests.support.sandbox import Controls, here, running, settings_of
from tests.support.wire import NO_FILES, within


@pytest.fixture(scope="module")
def endpoints() -> Iterator[dict[str, Any]]:
    with running(analysis_seconds=0.1, processing_seconds=0.3, stale_reads_seconds=0.0) as sandbox:
        yield sandbox.endpoints


def connect(endpoints: dict[str, Any], secret: str | None = None) -> BatchClient:
    there = {**endpoints, "client_secret": secret or endpoints["client_secret"]}
    return within(BatchClient(settings_of(there)), 600)


@pytest.fixture
def bucket(endpoints: dict[str, Any]) -> str:
    Controls(here(endpoints)).make_bucket("client-smoke")
    return "client-smoke"


def wait(board: Reader, id: str, *statuses: str) -> BatchRequestInfo:
    clock = SystemClock()
    until = clock.monotonic() + 120
    while True:
        found = board.read([id], 0)[id]
        if isinstance(found, BatchRequestInfo) and found.status in statuses:
            return found
        assert clock.monotonic() < until, f"{id} is not {statuses}, but {found}"
        clock.sleep(0.05)


def test_a_request_from_its_creation_to_its_end(endpoints: dict[str, Any], bucket: str) -> None:
    """Create, read, list, update, analyse, tiles, cancel and delete, as the real service has them."""
    client = connect(endpoints)
    board = Reader(StatusBoard(SystemClock()), lambda _: client, Patience(SystemClock()))
    made = client.create_request(payload(bucket, description="client smoke"))
    assert made.status == "CREATED"
    assert made.id in {info.id for info in client.list_requests(search="smoke", sort="created:desc")}
    assert client.update_request(made.id, description="renamed").description == "renamed"
    with pytest.raises(BadRequest):
        client.restart_failed(made.id)
    client.analyse(made.id)
    analysed = wait(board, made.id, "ANALYSIS_DONE")
    tiles = list(client.tiles(made.id, NO_FILES))
    assert analysed.tile_count == len(tiles) > 0
    assert analysed.value_estimate
    client.cancel(made.id)
    wait(board, made.id, "CANCELED")
    client.delete_request(made.id)
    with pytest.raises(NotFound):
        client.get_request(made.id)
    with pytest.raises(NotFound):
        client.delete_request(made.id)


def test_grids_and_collections(endpoints: dict[str, Any]) -> None:
    """Grids are listed and read; a collection is made, renamed, found and deleted."""
    client = connect(endpoints)
    grids = {grid.id: grid for grid in client.tiling_grids()}
    assert grids[0].tile_width == 20040.0
    assert next(grid for grid in client.tiling_grids() if grid.id == 6).resolutions == (40.0, 50.0, 100.0)
    made = client.create_collection("smoke", "client-smoke")
    client.rename_collection(made.id, "smoked")
    assert client.get_collection(made.id).name == "smoked"
    assert made.id in {one.id for one in client.list_collections()}
    client.delete_collection(made.id)
    with pytest.raises(NotFound):
        client.get_collection(made.id)


def test_wrong_credentials_are_refused(endpoints: dict[str, Any]) -> None:
    """A wrong secret is told as such."""
    with pytest.raises(CredentialsRefused, match="environment"):
        next(connect(endpoints, secret="wrong").list_requests(), None)
