"""The report's model, from states that the lifecycles have written and the service on both generations."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pulumi_sentinelhub.errors import DeadlineExceeded, Interrupted
from pulumi_sentinelhub.report.model import Kind
from tests.support import inputs

from .stacks import Bench, Call

Benches = Callable[[str], Bench]
BOTH = pytest.mark.parametrize("generation", ["v1", "v2"])


@BOTH
def test_a_finished_job(bench: Benches, generation: str) -> None:
    """All tiles with their places, estimate and cost, the picture of the results, request and evalscript."""
    stack = bench(generation)
    stack.run(
        stack.order("four", process_request=inputs.process_request(bbox=inputs.FOUR_TILES)), max_cost=500
    )
    report = stack.report()
    (section,) = report.sections
    assert (report.title, section.name, section.status) == ("maps / dev", "four", "DONE")
    assert section.notes == []
    assert report.counts == {Kind.DONE: len(section.tiles)}
    assert len(section.tiles) >= 4
    west, south, east, north = inputs.FOUR_TILES
    for tile in section.tiles:
        assert all(west - 0.4 < x < east + 0.4 and south - 0.4 < y < north + 0.4 for x, y in tile.ring)
        assert len(tile.ring) == 4
    assert section.estimate
    assert section.cost
    (budget,) = report.budgets
    assert (budget.max_cost, budget.requests) == (500, 1)
    assert section.picture is not None
    assert "output default" in section.picture.caption
    assert "evaluatePixel" in section.evalscript
    assert "evaluatePixel" not in section.payload
    assert '"sentinel-2-l2a"' in section.payload


def test_costs_of_tiles_are_what_is_paid(bench: Benches) -> None:
    """Each tile's cost is after the batch discount, so that they add up to the job's."""
    stack = bench("v1")
    id = stack.order("one")
    stack.run(id)
    (section,) = stack.report(seconds=0).sections
    raw = sum(tile.cost or 0 for tile in stack.context().connect("v1").tiles(id, stack.context().files))
    assert section.cost == pytest.approx(raw / 3)
    assert section.cost == pytest.approx(sum(tile.cost or 0 for tile in section.tiles))


@BOTH
def test_failed_tiles(bench: Benches, generation: str) -> None:
    """They are told from the others; on v2 with the reason, which v1 does not tell."""
    stack = bench(generation)
    stack.controls.control("PUT", "options", {"fail_tiles": 0.5})
    try:
        id = stack.order("four", process_request=inputs.process_request(bbox=inputs.FOUR_TILES))
        stack.run(id, accept_partial=True)
    finally:
        stack.controls.control("PUT", "options", {"fail_tiles": 0.0})
    (section,) = stack.report(seconds=0).sections
    assert section.status == "PARTIAL"
    failed = [tile for tile in section.tiles if tile.kind is Kind.FAILED]
    assert 0 < len(failed) < len(section.tiles)
    assert all(tile.ring for tile in failed)
    assert all(bool(tile.error) == (generation == "v2") for tile in failed)


def test_several_requests(bench: Benches) -> None:
    """One section each, in the state's order, and a budget for all of them."""
    stack = bench("v1")
    ids = [stack.order(name) for name in ("a", "b")]
    stack.run(*ids, max_cost=1000)
    report = stack.report(seconds=0)
    assert [section.name for section in report.sections] == ["a", "b"]
    assert report.cost == pytest.approx(sum(section.cost or 0 for section in report.sections))
    assert report.budgets[0].requests == 2


def test_before_the_analysis(bench: Benches) -> None:
    """A request that was only made has no tiles, our own estimate, and nothing to be shown."""
    stack = bench("v2")
    stack.order("new")
    (section,) = stack.report().sections
    assert section.status == "CREATED"
    assert list(section.tiles) == []
    assert section.estimated_by.startswith("our own")
    assert section.picture is None
    assert any("no results" in note for note in section.notes)


@BOTH
def test_what_has_expired(bench: Benches, generation: str) -> None:
    """What the state has kept is shown, with the picture, and that the service has it no more."""
    stack = bench(generation)
    id = stack.order("gone")
    stack.run(id)
    stack.controls.force(id, expire=True)
    (section,) = stack.report().sections
    assert section.status == "DONE (when last seen)"
    assert any("does not show this request any more" in note for note in section.notes)
    assert section.cost is not None
    assert section.picture is not None


def test_results_that_cannot_be_read(bench: Benches, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without access to the bucket all else is shown, and why there is no picture."""
    stack = bench("v1")
    stack.run(stack.order("closed"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIANOBODYNOBODY0001")
    (section,) = stack.report().sections
    assert section.counts[Kind.DONE] > 0
    assert section.picture is None
    (note,) = section.notes
    assert note.startswith("Its results cannot be read: ")
    assert "AKIANOBODY" not in note


def test_without_credentials(bench: Benches, monkeypatch: pytest.MonkeyPatch) -> None:
    """The state alone is shown, and it is said why."""
    stack = bench("v1")
    stack.run(stack.order("kept"))
    monkeypatch.delenv("SH_CLIENT_ID")
    monkeypatch.delenv("SH_CLIENT_SECRET")
    (section,) = stack.report(seconds=0).sections
    assert section.status == "DONE (when last seen)"
    assert section.cost is not None
    assert "could not be asked" in section.notes[0]


def test_another_account_is_not_taken_for_expiry(bench: Benches) -> None:
    """With the credentials of another account nothing is believed of the request."""
    stack = bench("v1")
    stack.run(stack.order("mine"))
    stack.resources[0]["outputs"]["account_id"] = "somebody-else"
    (section,) = stack.report(seconds=0).sections
    assert "belongs to account somebody-else" in section.notes[0]


def test_nothing_is_written(bench: Benches) -> None:
    """Of the service it is only read, and of the bucket too."""
    stack = bench("v2")
    stack.run(stack.order("read"))
    before = len(stack.controls.journal())
    keys = [one["ETag"] for one in stack.controls.s3().list_objects_v2(Bucket="report-results")["Contents"]]
    stack.report()
    after = stack.controls.journal()[before:]
    assert after
    assert {call["method"] for call in after if not call["path"].endswith("/token")} == {"GET"}
    found = stack.controls.s3().list_objects_v2(Bucket="report-results")["Contents"]
    assert [one["ETag"] for one in found] == keys


def test_ctrl_c_and_the_deadline_end_it(bench: Benches) -> None:
    """Neither is taken for a service that cannot be asked."""
    stack = bench("v1")
    stack.order("slow")
    interrupted = Call()
    interrupted.cancel.set()
    with pytest.raises(Interrupted):
        stack.report(call=interrupted)
    with pytest.raises(DeadlineExceeded):
        stack.report(call=Call(seconds=0))
