"""What API v2 tells by files in the bucket alone: whether all features came out, and what they will cost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pulumi_sentinelhub.errors import BucketError, BudgetExceeded, JobFailed, Unfinished
from pulumi_sentinelhub.lifecycle.request import BATCH_REQUEST
from pulumi_sentinelhub.lifecycle.run.lifecycle import BATCH_RUN
from sentinelhub_sandbox.v2.job import JobV2
from tests.lifecycle.conftest import World
from tests.lifecycle.runs import actions, request_of, run_of
from tests.support.inputs import FOUR_TILES, process_request

LATE, NEVER = 60, 10_000
SKIPPING = {
    "defaultTilePath": "s3://results/<requestId>/<tileName>/<outputId>.<format>",
    "skipExisting": True,
}


@pytest.fixture
def world(world_v2: World) -> World:
    return world_v2


def job_of(world: World, request: str) -> JobV2:
    return next(job for job in world.sandbox.v2.store.jobs() if job.id == request)


def hide(world: World, name: str, seconds: float) -> None:
    """A file is not there for so long after the first look for it."""
    world.files.hidden = {name}
    read = world.files.read_object
    shown: list[float] = []

    def late(bucket: str, key: str) -> bytes | None:
        if name in key:
            shown.append(world.clock.now())
            if world.clock.now() - shown[0] >= seconds:
                world.files.hidden = set()
        return read(bucket, key)

    world.files.read_object = late  # type: ignore[method-assign]


# whether all came out


def test_failed_features_are_named(world: World, declared: dict[str, Any]) -> None:
    """DONE with failed features is PARTIAL: named with reasons, accepted without a call, never restarted."""
    request = request_of(world, declared)
    world.force(request, fail_tiles=0.3)
    news = run_of(request, until="finished")
    with pytest.raises(Unfinished, match="accept_partial=True") as caught:
        BATCH_RUN.create(world.context(), news)
    assert isinstance(caught.value.cause, JobFailed)
    outputs = dict(caught.value.outputs)
    assert outputs["status"] == "PARTIAL"
    assert outputs["failed_tiles"]
    assert all("(Failed to process the feature.)" in name for name in outputs["failed_tiles"])
    assert all(name in str(caught.value) for name in outputs["failed_tiles"])
    assert "restart_partial" not in str(caught.value)
    before = len(world.controls.journal())
    accepted = BATCH_RUN.update(world.context(), caught.value.id, outputs, {**news, "accept_partial": True})
    assert accepted["status"] == "PARTIAL"
    assert len(world.controls.journal()) == before
    read = BATCH_RUN.read(world.context(), caught.value.id, outputs)
    assert read is not None
    assert read.outputs["status"] == "PARTIAL"


def test_a_refresh_reads_the_outcome(world: World, declared: dict[str, Any]) -> None:
    """A job that ended since is read with its outcome, so that the next preview is empty or names it."""
    for failed, status in ((0.0, "DONE"), (0.5, "PARTIAL")):
        request = request_of(world, declared, status)
        world.force(request, fail_tiles=failed)
        started = BATCH_RUN.create(world.context(), run_of(request, until="started"))
        world.clock.seconds += 2000
        read = BATCH_RUN.read(world.context(), started.id, started.outputs)
        assert read is not None
        assert read.outputs["status"] == status
        changed = BATCH_RUN.diff(world.context(), "run", read.outputs, run_of(request, until="finished"))
        assert ("status" in changed.changed) == (status == "PARTIAL")


def test_a_late_database_is_waited_for(world: World, declared: dict[str, Any]) -> None:
    """As long as reads may lag, what is over and cannot be told yet is looked for again."""
    request = request_of(world, declared)
    hide(world, "execution", LATE)
    remote = BATCH_RUN.create(world.context(), run_of(request, until="finished"))
    assert remote.outputs["status"] == "DONE"
    assert remote.outputs["tiles_by_status"] == {"PROCESSED": remote.outputs["tiles"]}


def unreadable(bucket: str, key: str) -> bytes | None:
    raise BucketError("cannot read from bucket", subject=bucket, why="AccessDenied")


@pytest.mark.parametrize("how", ["missing", "refused", "broken"])
def test_without_a_database_it_is_no_success(world: World, declared: dict[str, Any], how: str) -> None:
    """Missing, refused or broken for longer than that: an error with what was looked for, and no success."""
    request = request_of(world, declared)
    readable = world.files.read_object
    if how == "missing":
        world.files.hidden = {"execution"}
    else:
        broken = unreadable if how == "refused" else (lambda _, __: b"<Error/>")
        world.files.read_object = broken  # type: ignore[method-assign]
    news = run_of(request, until="finished")
    with pytest.raises(Unfinished) as caught:
        BATCH_RUN.create(world.context(), news)
    assert request in str(caught.value)
    told = {"missing": f"execution-{request}.sqlite", "refused": "AccessDenied", "broken": ".sqlite"}[how]
    assert told in str(caught.value)
    assert "run the command again" in str(caught.value).lower()
    outputs = dict(caught.value.outputs)
    assert outputs["status"] == "ENDED"
    assert BATCH_RUN.diff(world.context(), "run", outputs, news)
    read = BATCH_RUN.read(world.context(), caught.value.id, outputs)
    assert read is not None
    assert read.outputs["status"] == "ENDED"
    with pytest.raises(Unfinished):
        BATCH_RUN.update(world.context(), caught.value.id, read.outputs, news)
    world.files.hidden = set()
    world.files.read_object = readable  # type: ignore[method-assign]
    done = BATCH_RUN.update(world.context(), caught.value.id, read.outputs, news)
    assert done["status"] == "DONE"
    assert actions(world) == ["start"]


def test_accept_partial_takes_it_as_it_is(world: World, declared: dict[str, Any]) -> None:
    """Who does without some takes an outcome that nobody can tell, with a warning."""
    request = request_of(world, declared)
    world.files.hidden = {"execution"}
    news = run_of(request, until="finished", accept_partial=True)
    remote = BATCH_RUN.create(world.context(), news)
    assert request in world.warned[-1]
    assert "accept_partial" in world.warned[-1]
    assert not BATCH_RUN.diff(world.context(), remote.id, remote.outputs, news)


# all there before


def skipping(world: World) -> str:
    """A request all of whose results are there, as its analysis will find."""
    inputs = {"process_request": process_request(bbox=FOUR_TILES), "tiling_grid": {"id": 0, "resolution": 60}}
    request = request_of(world, {**inputs, "output": SKIPPING, "deployment": "aws-eu-central-1"})
    job = job_of(world, request)
    found = world.sandbox.v2.life.quick_analysis(job)
    job.analysis = replace(found, complete=True, ready=world.clock.now())
    return request


@pytest.mark.parametrize("stale", [0, 20])
@pytest.mark.parametrize(
    "inputs",
    [{"until": "analysed"}, {"until": "finished"}, {"until": "finished", "max_cost": 200.0}],
    ids=["analysed", "finished", "within a budget"],
)
def test_the_analysis_may_end_it(world: World, inputs: dict[str, Any], stale: float) -> None:
    """With nothing to compute the analysis itself ends it as DONE: a success that has cost nothing."""
    request = skipping(world)
    world.option(stale_reads_seconds=stale)
    world.results(True)
    remote = BATCH_RUN.create(world.context(), run_of(request, **inputs))
    assert remote.outputs["status"] == "DONE"
    assert remote.outputs.get("cost", 0.0) == 0.0
    assert [one["status"] for one in world.requests()] == ["DONE"]
    assert len(actions(world)) == 1
    world.clock.seconds += 100
    read = BATCH_RUN.read(world.context(), remote.id, remote.outputs)
    assert read is not None
    assert not BATCH_RUN.diff(world.context(), remote.id, read.outputs, run_of(request, **inputs))


def test_a_start_of_which_nothing_is_left_is_no_success(world: World) -> None:
    """Without a database and without results it may have failed altogether."""
    request = skipping(world)
    world.results(False)
    with pytest.raises(Unfinished, match="cannot be told"):
        BATCH_RUN.create(world.context(), run_of(request, until="finished"))


# what it will cost


def test_a_price_over_the_budget_starts_nothing(world: World, declared: dict[str, Any]) -> None:
    """The manifest's features at the documented price, the least for each: over it nothing is started."""
    requests = [request_of(world, declared, f"job {n}") for n in range(2)]
    with pytest.raises(Unfinished, match="the estimate of 200 PU is over max_cost = 150 PU") as caught:
        BATCH_RUN.create(world.context(), run_of(*requests, until="finished", max_cost=150.0))
    assert isinstance(caught.value.cause, BudgetExceeded)
    assert actions(world) == ["analyse"] * 2
    estimate = caught.value.outputs["cost_estimate"]
    assert 0 < estimate < 100
    assert f"{requests[0]}: {estimate / 2:.3g} PU, charged as 100 PU, the least;" in str(caught.value)
    news = run_of(*requests, until="finished", max_cost=200.0)
    done = BATCH_RUN.update(world.context(), caught.value.id, dict(caught.value.outputs), news)
    assert (done["status"], done["cost"], done["cost_estimate"]) == ("DONE", 200.0, estimate)
    assert actions(world) == ["analyse"] * 2 + ["start"] * 2


def test_a_late_manifest_is_waited_for(world: World, declared: dict[str, Any]) -> None:
    """As long as reads may lag, an analysis without a manifest counts as unfinished under a budget."""
    request = request_of(world, declared)
    hide(world, "featureManifest", LATE)
    remote = BATCH_RUN.create(world.context(), run_of(request, until="finished", max_cost=1e6))
    assert remote.outputs["status"] == "DONE"
    assert actions(world) == ["analyse", "start"]


def test_without_a_manifest_nothing_is_started(world: World, declared: dict[str, Any]) -> None:
    """A budget that cannot be kept starts nothing and says so; without one it is started all the same."""
    request = request_of(world, declared)
    world.files.hidden = {"featureManifest"}
    with pytest.raises(Unfinished, match="no estimate") as caught:
        BATCH_RUN.create(world.context(), run_of(request, until="finished", max_cost=1e6))
    assert isinstance(caught.value.cause, BudgetExceeded)
    assert request in str(caught.value)
    assert actions(world) == ["analyse"]
    news = run_of(request, until="finished")
    done = BATCH_RUN.update(world.context(), caught.value.id, dict(caught.value.outputs), news)
    assert done["status"] == "DONE"
    assert actions(world) == ["analyse", "start"]


@pytest.mark.parametrize("seconds", [0, 100])
def test_what_a_killed_update_has_started_counts(
    world: World, declared: dict[str, Any], seconds: float
) -> None:
    """One of two was started before the state was written: its price is read all the same, both finish."""
    first, second = request_of(world, declared, "first"), request_of(world, declared, "second")
    BATCH_RUN.create(world.context(), run_of(first, second, until="analysed"))
    world.context().batch().start(first)
    world.clock.seconds += seconds
    remote = BATCH_RUN.create(world.context(), run_of(first, second, until="finished", max_cost=1e6))
    assert remote.outputs["status"] == "DONE"
    assert actions(world) == ["analyse"] * 2 + ["start"] * 2


def test_the_bill_is_watched(world: World, declared: dict[str, Any]) -> None:
    """What is billed while it runs stops it when it passes the budget, and nothing resumes it."""
    request = request_of(world, declared)
    news = run_of(request, until="finished", max_cost=5000.0)
    BATCH_RUN.create(world.context(), run_of(request, until="analysed"))
    world.force(request, cost=1e6)
    with pytest.raises(Unfinished, match="max_cost") as caught:
        BATCH_RUN.create(world.context(), news)
    assert isinstance(caught.value.cause, BudgetExceeded)
    assert caught.value.outputs["cost"] > 5000.0
    assert [one["status"] for one in world.requests()] == ["CANCELED"]
    assert actions(world) == ["analyse", "start", "stop"]
    with pytest.raises(Unfinished):
        BATCH_RUN.update(
            world.context(), caught.value.id, dict(caught.value.outputs), {**news, "max_cost": 1e9}
        )
    assert actions(world) == ["analyse", "start", "stop"]


# what is no result


@pytest.mark.parametrize("until", ["analysed", "finished"])
def test_the_services_own_files_are_no_results(world: World, declared: dict[str, Any], until: str) -> None:
    """What was analysed alone and is gone has left a manifest and no results: it is made anew."""
    made = BATCH_REQUEST.create(world.context(), declared)
    BATCH_RUN.create(world.context(), run_of(made.id, until=until))
    world.results(until == "finished")
    world.force(made.id, expire=True)
    read = BATCH_REQUEST.read(world.context(), made.id, made.outputs)
    assert read is not None
    if until == "finished":
        assert read.outputs["expired"] is True
        return
    assert read.outputs["missing"] == "never ran"
    assert BATCH_REQUEST.diff(world.context(), made.id, read.outputs, declared).replaces
