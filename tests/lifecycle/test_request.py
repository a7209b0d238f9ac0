"""BatchRequest against the sandbox: what each declaration and each change does, and its end."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_sentinelhub.batch.mark import mark_of, unmarked
from pulumi_sentinelhub.errors import Elsewhere, NotFound
from pulumi_sentinelhub.lifecycle.request import BATCH_REQUEST
from pulumi_sentinelhub.lifecycle.tables.request import MAY_RUN, NEVER_RAN
from tests.lifecycle.conftest import World
from tests.support.sandbox import PROCESS


def test_create_is_one_post_and_starts_nothing(world: World, declared: dict[str, Any]) -> None:
    """Creating sends the payload as declared, once, and no action."""
    remote = BATCH_REQUEST.create(world.context(), declared)
    (post,) = world.controls.journal("POST", PROCESS)
    assert unmarked(post["body"])["processRequest"] == declared["process_request"]
    assert mark_of(post["body"]) == declared["declaration"]
    assert post["body"]["description"] == "a job"
    assert remote.outputs["status"] == "CREATED"
    assert remote.outputs["result_path"] == f"s3://results/{remote.id}"


def test_unchanged_declaration_has_no_difference(world: World, declared: dict[str, Any]) -> None:
    """What was created or read compares equal with what is declared."""
    ctx = world.context()
    remote = BATCH_REQUEST.create(ctx, declared)
    assert not BATCH_REQUEST.diff(ctx, remote.id, remote.outputs, declared)
    read = BATCH_REQUEST.read(ctx, remote.id, remote.outputs)
    assert read is not None
    assert not BATCH_REQUEST.diff(ctx, remote.id, read.outputs, declared)


@pytest.mark.parametrize(
    ("change", "replaces"),
    [
        ({"description": "other"}, ()),
        ({"on_delete": "leave"}, ()),
        ({"tiling_grid": {"id": 0, "resolution": 20}}, ("tiling_grid",)),
        ({"bucket_name": "elsewhere"}, ("bucket_name",)),
        ({"process_request": {"evalscript": "x"}}, ("process_request",)),
    ],
)
def test_what_a_change_means(
    world: World, declared: dict[str, Any], change: dict[str, Any], replaces: tuple[str, ...]
) -> None:
    """Only the description and local settings change in place."""
    difference = BATCH_REQUEST.diff(world.context(), "r", declared, {**declared, **change})
    assert difference.changed == tuple(change)
    assert difference.replaces == replaces


def test_collection_link_alone_changes_in_place(world: World, declared: dict[str, Any]) -> None:
    """Another collectionId is a PUT; any other change of the output replaces."""
    output = {"defaultTilePath": "s3://results", "cogOutput": True, "collectionId": "a"}
    old = {**{k: v for k, v in declared.items() if k != "bucket_name"}, "output": output}
    ctx = world.context()
    assert (
        BATCH_REQUEST.diff(ctx, "r", old, {**old, "output": {**output, "collectionId": "b"}}).replaces == ()
    )
    moved = {**output, "collectionId": "b", "defaultTilePath": "s3://other"}
    assert BATCH_REQUEST.diff(ctx, "r", old, {**old, "output": moved}).replaces == ("output",)


def test_description_is_updated_by_one_put(world: World, declared: dict[str, Any]) -> None:
    """A new description is one PUT; a local setting is no call at all."""
    ctx = world.context()
    remote = BATCH_REQUEST.create(ctx, declared)
    outputs = BATCH_REQUEST.update(ctx, remote.id, remote.outputs, {**declared, "description": "new"})
    assert outputs["description"] == "new"
    assert ctx.batch().get_request(remote.id).description == "new"
    before = len(world.controls.journal())
    outputs = BATCH_REQUEST.update(
        ctx, remote.id, outputs, {**declared, "description": "new", "on_delete": "leave"}
    )
    assert outputs["on_delete"] == "leave"
    assert len(world.controls.journal()) == before


@pytest.mark.parametrize(("prepare", "left"), [([], []), (["analyse"], []), (["start"], ["CANCELED"])])
def test_delete_leaves_nothing_active(
    world: World, declared: dict[str, Any], prepare: list[str], left: list[str]
) -> None:
    """An idle request is deleted; an active one is cancelled, and stays only where tiles were processed."""
    ctx = world.context()
    remote = BATCH_REQUEST.create(ctx, declared)
    for action in prepare:
        getattr(ctx.batch(), action)(remote.id)
    if prepare == ["start"]:
        world.clock.seconds += 400  # in the middle of processing
    BATCH_REQUEST.delete(ctx, remote.id, remote.outputs)
    assert [info.status for info in ctx.batch().list_requests()] == left
    BATCH_REQUEST.delete(ctx, remote.id, remote.outputs)


@pytest.mark.parametrize(
    "status", ["CREATED", "ANALYSIS_DONE", "PROCESSING", "DONE", "PARTIAL", "FAILED", "CANCELED"]
)
def test_delete_in_every_status(world: World, declared: dict[str, Any], status: str) -> None:
    """Whatever state it is in, deleting succeeds, twice, and nothing is active afterwards."""
    ctx = world.context()
    remote = BATCH_REQUEST.create(ctx, declared)
    world.controls.force(remote.id, status=status)
    for _ in range(2):
        BATCH_REQUEST.delete(ctx, remote.id, remote.outputs)
        assert not any(info.is_active for info in ctx.batch().list_requests())


def test_a_job_that_vanishes_while_it_runs_is_not_taken_for_gone(
    world: World, declared: dict[str, Any]
) -> None:
    """Started, not seen to end, and 404 for longer than reads lag: the deletion fails, and names it."""
    remote = BATCH_REQUEST.create(world.context(), declared)
    world.context().batch().start(remote.id)
    world.controls.force(remote.id, expire=True)
    with pytest.raises(NotFound, match="lost from sight"):
        BATCH_REQUEST.delete(world.context(), remote.id, {**remote.outputs, "user_action": "START"})


def test_leaving_makes_no_call(world: World, declared: dict[str, Any]) -> None:
    """``on_delete = "leave"`` touches nothing, and says so."""
    ctx = world.context()
    remote = BATCH_REQUEST.create(ctx, {**declared, "on_delete": "leave"})
    ctx.batch().start(remote.id)
    before = len(world.controls.journal())
    BATCH_REQUEST.delete(ctx, remote.id, remote.outputs)
    assert len(world.controls.journal()) == before
    assert "left" in world.warned[-1]


def test_a_stranger_does_not_let_go(world: World, declared: dict[str, Any]) -> None:
    """With another account's credentials even what is to be left is kept in the state."""
    remote = BATCH_REQUEST.create(world.context(), {**declared, "on_delete": "leave"})
    stranger = world.context(account=lambda: "theirs", is_account=lambda _: False)
    with pytest.raises(Elsewhere, match="theirs"):
        BATCH_REQUEST.delete(stranger, remote.id, remote.outputs)


def test_drift_of_the_description_shows(world: World, declared: dict[str, Any]) -> None:
    """A description that somebody changed is read, differs, and is put right by an update."""
    ctx = world.context()
    remote = BATCH_REQUEST.create(ctx, declared)
    ctx.batch().update_request(remote.id, description="theirs")
    read = BATCH_REQUEST.read(ctx, remote.id, remote.outputs)
    assert read is not None
    assert read.inputs is not None
    assert read.inputs["description"] == "theirs"
    assert BATCH_REQUEST.diff(ctx, remote.id, read.outputs, declared).changed == ("description",)
    BATCH_REQUEST.update(ctx, remote.id, read.outputs, declared)
    assert ctx.batch().get_request(remote.id).description == "a job"


@pytest.mark.parametrize(
    ("recorded", "results", "became"),
    [
        ({"status": "DONE"}, False, {"expired": True}),
        ({"status": "FAILED"}, False, {"expired": True}),
        ({"status": "CREATED", "user_action": "START"}, False, {"missing": MAY_RUN}),
        ({"status": "CREATED"}, True, {"expired": True}),
        ({"status": "CREATED"}, False, {"missing": NEVER_RAN}),
        ({"status": "CREATED"}, None, {"missing": NEVER_RAN}),
    ],
)
def test_a_request_that_the_service_removed(
    world: World,
    declared: dict[str, Any],
    recorded: dict[str, Any],
    results: bool | None,
    became: dict[str, Any],
) -> None:
    """No id is forgotten: what ended is expired, what may run is kept, what never ran is planned anew."""
    ctx = world.context()
    remote = BATCH_REQUEST.create(ctx, declared)
    world.controls.force(remote.id, expire=True)
    world.results(results)
    read = BATCH_REQUEST.read(ctx, remote.id, {**remote.outputs, **recorded})
    assert read is not None
    assert read.id == remote.id
    assert {name: read.outputs.get(name) for name in became} == became
    difference = BATCH_REQUEST.diff(ctx, remote.id, read.outputs, declared)
    assert bool(difference.replaces) == (became == {"missing": NEVER_RAN})


def test_another_deployment_is_refused(world: World, declared: dict[str, Any]) -> None:
    """A request cannot follow the configuration to another deployment: nobody could cancel it any more."""
    report = BATCH_REQUEST.check(world.context(), declared, {**declared, "deployment": "cdse"})
    assert "deployment" in [failure.property for failure in report.failures]
