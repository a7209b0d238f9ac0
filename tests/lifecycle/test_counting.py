"""Counting the tiles of continents: in bounded memory, and with a line that goes on meanwhile."""

from __future__ import annotations

import threading
import tracemalloc

import pytest

from pulumi_sentinelhub.batch.api import Phase
from pulumi_sentinelhub.batch.v1.codec import request_info
from pulumi_sentinelhub.errors import Interrupted
from pulumi_sentinelhub.lifecycle.context import Context
from pulumi_sentinelhub.lifecycle.run.counts import Counts
from pulumi_sentinelhub.lifecycle.run.goal import FINISHED, Goal
from pulumi_sentinelhub.lifecycle.run.member import Member
from pulumi_sentinelhub.lifecycle.run.tally import Tally
from pulumi_sentinelhub.lifecycle.run.tracked import Tracked
from pulumi_sentinelhub.waiting.patience import Patience
from tests.support.clock import HandClock
from tests.support.contexts import no_call_is_due, without_service
from tests.support.wire import Answer, Sent, Wire, client, request_json

PAGE = 100


class Continent:
    """A service that lists so many tiles, a hundred a page.

    Attributes:
        cancel: set after so many pages.
    """

    def __init__(self, tiles: int, interrupted_after: int | None = None) -> None:
        self.cancel = threading.Event()
        self.pages = 0
        self._tiles = tiles
        self._interrupted_after = interrupted_after

    def page(self, sent: Sent) -> Answer:
        self.pages += 1
        if self.pages == self._interrupted_after:
            self.cancel.set()
        first = int(sent.query.get("viewtoken", ["0"])[0])
        tiles = [
            {
                "id": n,
                "name": f"tile-{n}",
                "status": "PROCESSED",
                "cost": 3.0,
                "dataStatistics": {"a": "x" * 500},
            }
            for n in range(first, min(first + PAGE, self._tiles))
        ]
        after = first + PAGE
        return Answer(200, {"data": tiles, "links": {"nextToken": str(after)} if after < self._tiles else {}})

    def context(self, said: list[str]) -> Context:
        patience = Patience(HandClock(), self.cancel)
        service = client(Wire().on("GET", "/process/.*/tiles", self.page), HandClock()).bound(patience)
        return without_service(
            patience, no_call_is_due, connect=lambda _: service, progress=said.append, storage=no_call_is_due
        )


def done(id: str, tiles: int) -> Tracked:
    """A request that has just been seen to be done."""
    info = request_info(request_json(id, "DONE", tileCount=tiles))
    return Tracked(Member(id).seen(info), info=info)


def test_a_line_goes_on_while_tiles_are_counted() -> None:
    """Each thousand is told, of all that there are; few are counted silently."""
    said: list[str] = []
    one = done("a", 3250)
    Counts(Continent(3250).context(said), Goal(FINISHED)).count({"a": one})
    assert said == [f"counting tiles, {n},000 of 3,250" for n in (1, 2, 3)]
    assert one.member.tiles == {"PROCESSED": 3250}
    Counts(Continent(900).context(said), Goal(FINISHED)).count({"a": done("a", 900)})
    assert len(said) == 3


def test_what_is_counted_side_by_side_is_one_sum() -> None:
    """The line counts the tiles of all requests together, whichever threads they are counted in."""
    said: list[str] = []
    tally = Tally(20_000, said.append)

    def count() -> None:
        for _ in range(50):
            tally.add(PAGE)

    counting = [threading.Thread(target=count) for _ in range(4)]
    for thread in counting:
        thread.start()
    for thread in counting:
        thread.join()
    assert sorted(said) == sorted(f"counting tiles, {n},000 of 20,000" for n in range(1, 21))


def test_tiles_are_not_kept() -> None:
    """Five times as many tiles take no more memory."""
    peaks = []
    for tiles in (2_000, 10_000):
        one, ctx = done("a", tiles), Continent(tiles).context([])
        tracemalloc.start()
        Counts(ctx, Goal(FINISHED)).count({"a": one})
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert one.member.processed == tiles
    assert peaks[1] < 1.5 * peaks[0] + 500_000


def test_ctrl_c_ends_a_long_count() -> None:
    """Between two pages Ctrl-C is noticed: no further one is asked for."""
    continent = Continent(100_000, interrupted_after=3)
    one = done("a", 100_000)
    with pytest.raises(Interrupted):
        Counts(continent.context([]), Goal(FINISHED)).count({"a": one})
    assert continent.pages == 3
    assert one.member.phase is Phase.DONE
