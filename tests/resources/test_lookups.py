"""Look-ups: plain and as Outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pytest

import pulumi_sentinelhub as sentinelhub
from pulumi_sentinelhub.batch.answers import tiling_grid
from pulumi_sentinelhub.batch.api import BatchRequestInfo, ResultFiles, Tile, TilingGrid
from pulumi_sentinelhub.batch.v1.codec import request_info, tile
from pulumi_sentinelhub.errors import NotFound
from pulumi_sentinelhub.resources import lookups
from tests.support.notes import Notes

Program = Callable[[Callable[[], Any]], Any]

DONE = request_info({"id": "r-1", "status": "DONE", "userAction": "START", "tileCount": 2})
TILES = [tile({"id": i, "name": f"t{i}", "status": "PROCESSED"}) for i in (1, 2)]
GRID = tiling_grid({"id": 0, "name": "20km grid", "properties": {"resolutions": [60.0, 10.0]}})


class FakeService:
    """Answers, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def get_request(self, request_id: str) -> BatchRequestInfo:
        self.asked.append(("get", request_id))
        if request_id != DONE.id:
            raise NotFound("no batch request", subject=request_id, status=404)
        return DONE

    def list_requests(self, *, search: str | None, sort: str | None) -> Iterator[BatchRequestInfo]:
        self.asked.append(("list", search, sort))
        yield DONE

    def tiles(self, request_id: str, files: ResultFiles, *, status: str | None) -> Iterator[Tile]:
        self.asked.append(("tiles", request_id, status))
        yield from TILES

    def tiling_grids(self) -> Iterator[TilingGrid]:
        self.asked.append(("grids",))
        yield GRID


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, notes: Notes) -> FakeService:
    fake = FakeService()
    monkeypatch.setattr(lookups, "_client", lambda settings: fake)
    return fake


def test_each_look_up_answers_in_both_forms(service: FakeService, program: Program) -> None:
    """The plain form answers at once, the other one takes and gives Outputs, with the same result."""
    later = pulumi.Output.from_input
    pairs: list[tuple[Callable[[], Any], Callable[[], pulumi.Output[Any]], Any, tuple[Any, ...]]] = [
        (
            lambda: sentinelhub.get_batch_request("r-1"),
            lambda: sentinelhub.get_batch_request_output(later("r-1")),
            DONE,
            ("get", "r-1"),
        ),
        (
            lambda: sentinelhub.list_batch_requests(search="corsica", sort="created:desc"),
            lambda: sentinelhub.list_batch_requests_output(search=later("corsica"), sort="created:desc"),
            [DONE],
            ("list", "corsica", "created:desc"),
        ),
        (
            lambda: sentinelhub.get_batch_request_tiles("r-1", status="FAILED"),
            lambda: sentinelhub.get_batch_request_tiles_output(later("r-1"), status="FAILED"),
            TILES,
            ("tiles", "r-1", "FAILED"),
        ),
        (sentinelhub.list_tiling_grids, sentinelhub.list_tiling_grids_output, [GRID], ("grids",)),
    ]
    for plain, as_output, answer, question in pairs:
        service.asked.clear()
        assert plain() == answer
        assert program(as_output) == answer
        assert service.asked == [question, question]


def test_a_refusal_is_one_line(service: FakeService, program: Program) -> None:
    """The service's error becomes a RunError, which Pulumi shows without a traceback."""
    with pytest.raises(pulumi.RunError, match=r"no batch request r-2"):
        sentinelhub.get_batch_request("r-2")
    with pytest.raises(pulumi.RunError, match=r"no batch request r-2"):
        program(lambda: sentinelhub.get_batch_request_output("r-2"))


def test_an_output_is_no_id(service: FakeService) -> None:
    """The plain form says which form to use."""
    with pytest.raises(pulumi.RunError, match="an Output goes to get_batch_request_output"):
        sentinelhub.get_batch_request(pulumi.Output.from_input("r-1"))  # type: ignore[arg-type] # wrong on purpose
    assert service.asked == []


def test_look_ups_need_credentials(notes: Notes) -> None:
    """Without any, one line says how to give them."""
    with pytest.raises(pulumi.RunError, match="sentinelhub:clientId"):
        sentinelhub.list_tiling_grids()
