"""BatchRequest against the sandbox: one POST, never two, and nothing left running."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest

from pulumi_sentinelhub.batch.mark import mark_of, unmarked
from pulumi_sentinelhub.errors import AnswerLost, Conflict, Elsewhere, InputError, NotFound
from pulumi_sentinelhub.lifecycle.request import BATCH_REQUEST, MAY_RUN, NEVER_RAN
from tests.lifecycle.conftest import World
from tests.support.inputs import key

PROCESS = "/api/v1/batch/process"


def made(world: World) -> list[str]:
    """Ids of all requests that the service holds."""
    return [info.id for info in world.context().connect().list_requests()]


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
    assert ctx.connect().get_request(remote.id).description == "new"
    before = len(world.controls.journal())
    outputs = BATCH_REQUEST.update(
        ctx, remote.id, outputs, {**declared, "description": "new", "on_delete": "leave"}
    )
    assert outputs["on_delete"] == "leave"
    assert len(world.controls.journal()) == before


def test_a_create_killed_after_the_post_is_taken_up_again(world: World, declared: dict[str, Any]) -> None:
    """The next create finds what the killed one has made, and makes no second one."""
    first = BATCH_REQUEST.create(world.context(), declared)
    second = BATCH_REQUEST.create(world.context(), declared)
    assert second.id == first.id
    assert len(world.calls("POST", PROCESS)) == 1
    assert "took over" in world.warned[0]


def test_alike_declarations_keep_their_own_requests(world: World, declared: dict[str, Any]) -> None:
    """Two alike declarations are two requests, in one process or in two, also when one exists already."""
    ids = [BATCH_REQUEST.create(world.context(), {**declared, "declaration": key(name)}).id for name in "abc"]
    assert len(set(ids)) == 3
    assert world.warned == []


def test_a_different_request_is_not_taken(world: World, declared: dict[str, Any]) -> None:
    """What bears the own mark but asks for something else is not what is declared."""
    other = BATCH_REQUEST.create(world.context(), {**declared, "tiling_grid": {"id": 0, "resolution": 20}})
    assert BATCH_REQUEST.create(world.context(), declared).id != other.id


def test_another_description_is_put_right(world: World, declared: dict[str, Any]) -> None:
    """A request that was left behind before the description was edited is taken, with the new one."""
    other = BATCH_REQUEST.create(world.context(), {**declared, "description": "before"})
    taken = BATCH_REQUEST.create(world.context(), declared)
    assert taken.id == other.id
    assert world.context().connect().get_request(taken.id).description == "a job"


def test_what_a_notebook_has_made_is_not_taken(world: World, declared: dict[str, Any]) -> None:
    """An identical request without a mark belongs to somebody else, however young it is."""
    payload = {
        "processRequest": declared["process_request"],
        "tilingGrid": declared["tiling_grid"],
        "bucketName": "results",
        "description": "a job",
    }
    notebook = world.context().connect().create_request(payload)
    assert BATCH_REQUEST.create(world.context(), declared).id != notebook.id


def test_a_request_that_was_acted_upon_is_not_taken(world: World, declared: dict[str, Any]) -> None:
    """What somebody has analysed was not left behind by an interrupted create."""
    other = BATCH_REQUEST.create(world.context(), declared)
    world.context().connect().analyse(other.id)
    assert BATCH_REQUEST.create(world.context(), declared).id != other.id


def test_an_old_request_is_not_taken(world: World, declared: dict[str, Any]) -> None:
    """What has lain there for more than a day was not left behind a moment ago."""
    other = BATCH_REQUEST.create(world.context(), declared)
    world.clock.seconds += 90_000
    assert BATCH_REQUEST.create(world.context(), declared).id != other.id


def test_a_running_job_of_the_declaration_is_named(world: World, declared: dict[str, Any]) -> None:
    """One that bears the own mark, runs, and stands in no state: no second one is made beside it."""
    lost = BATCH_REQUEST.create(world.context(), declared)
    world.context().connect().start(lost.id)
    world.clock.seconds += 200
    with pytest.raises(Conflict, match=f'adopt_id="{lost.id}"'):
        BATCH_REQUEST.create(world.context(), declared)
    assert made(world) == [lost.id]


def test_what_another_declaration_holds_is_not_taken(world: World, declared: dict[str, Any]) -> None:
    """Renamed by an alias, a request keeps its mark: a new declaration of the old name makes its own."""
    ctx = world.context()
    ctx.ledger.doubt(key("a"), world.clock.monotonic())
    held = BATCH_REQUEST.create(world.context(), {**declared, "declaration": key("a")})
    ctx.ledger.hold(held.id, key("b"))
    assert BATCH_REQUEST.create(ctx, {**declared, "declaration": key("a")}).id != held.id


def test_what_another_declaration_shows_to_hold_meanwhile_is_not_taken(
    world: World, declared: dict[str, Any]
) -> None:
    """Before something is taken, others have a moment to say that it is theirs."""
    left = BATCH_REQUEST.create(world.context(), {**declared, "declaration": key("a")})
    ctx = world.context()
    world.clock.during_sleep.append(lambda: ctx.ledger.hold(left.id, key("b")))
    assert BATCH_REQUEST.create(ctx, {**declared, "declaration": key("a")}).id != left.id


def test_at_another_address_nothing_is_believed(world: World, declared: dict[str, Any]) -> None:
    """A 404 at another address than the recorded one is refused, by delete and refresh, with both named."""
    remote = BATCH_REQUEST.create(world.context(), declared)
    world.context().connect().delete_request(remote.id)
    olds = {**remote.outputs, "service": "https://elsewhere.example"}
    for operation in (BATCH_REQUEST.delete, BATCH_REQUEST.read):
        with pytest.raises(Elsewhere, match=r"elsewhere\.example") as caught:
            operation(world.context(), remote.id, olds)
        assert world.settings.base_url in str(caught.value)


def test_a_lost_answer_is_looked_for(world: World, declared: dict[str, Any]) -> None:
    """A POST that was committed without an answer is found, and not sent a second time."""
    world.controls.fault("POST", f"{PROCESS}$", "commit-then-reset")
    remote = BATCH_REQUEST.create(world.context(), declared)
    assert made(world) == [remote.id]
    assert len(world.calls("POST", PROCESS)) == 1


def test_called_again_at_once_it_makes_no_second_one(world: World, declared: dict[str, Any]) -> None:
    """An onError hook calls Create again after a lost answer: what is not to be seen yet is waited for."""
    world.controls.control("PUT", "options", {"stale_reads_seconds": 60})
    world.controls.fault("POST", f"{PROCESS}$", "commit-then-reset")
    ctx = world.context(cancel=threading.Event())
    world.clock.during_sleep.append(ctx.cancel.set)
    with pytest.raises(AnswerLost):
        BATCH_REQUEST.create(ctx, declared)
    again = replace(ctx, cancel=threading.Event(), connect=world.context().connect)
    remote = BATCH_REQUEST.create(again, declared)
    assert made(world) == [remote.id]
    assert len(world.calls("POST", PROCESS)) == 1


def test_a_lost_answer_without_a_trace_is_one_clear_error(world: World, declared: dict[str, Any]) -> None:
    """When nothing can be seen, nothing is sent again; the next try finds a clean slate."""
    world.controls.fault("POST", f"{PROCESS}$", {"status": 503, "body": {}})
    with pytest.raises(AnswerLost, match="pulumi up"):
        BATCH_REQUEST.create(world.context(), declared)
    assert made(world) == []
    remote = BATCH_REQUEST.create(world.context(), declared)
    assert made(world) == [remote.id]


def test_adoption_makes_no_second_post(world: World, declared: dict[str, Any]) -> None:
    """An existing request is taken over as it is; what is not declared comes from the service."""
    notebook = (
        world.context()
        .connect()
        .create_request(
            {
                "processRequest": declared["process_request"],
                "tilingGrid": declared["tiling_grid"],
                "bucketName": "results",
            }
        )
    )
    news = {
        "adopt_id": notebook.id,
        "description": "mine now",
        "deployment": declared["deployment"],
        "declaration": declared["declaration"],
    }
    ctx = world.context()
    remote = BATCH_REQUEST.create(ctx, news)
    assert remote.id == notebook.id
    assert remote.outputs["tiling_grid"]["resolution"] == 60
    assert ctx.connect().get_request(remote.id).description == "mine now"
    assert len(world.calls("POST", PROCESS)) == 1
    assert not BATCH_REQUEST.diff(ctx, remote.id, remote.outputs, news)


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({}, True),  # as it was adopted, nothing said
        ({"on_delete": "cancel"}, False),
        ({"adopted": None, "on_delete": "cancel"}, True),  # 0.1.0 wrote its default into the state
        ({"adopted": False, "on_delete": "cancel"}, False),
    ],
)
def test_what_was_adopted_is_left_unless_it_is_said_otherwise(
    world: World, declared: dict[str, Any], changes: dict[str, Any], left: bool
) -> None:
    """By the state alone, also by one of 0.1.0."""
    request = BATCH_REQUEST.create(world.context(), declared).id
    remote = BATCH_REQUEST.create(world.context(), {"adopt_id": request, "declaration": key("other")})
    olds = {**remote.outputs, "adopt_id": request, **changes}
    BATCH_REQUEST.delete(world.context(), request, {k: v for k, v in olds.items() if v is not None})
    assert (made(world) == [request]) is left


def test_one_id_has_one_declaration(world: World, declared: dict[str, Any]) -> None:
    """What another declaration of the stack holds is refused at preview, and by the create."""
    ctx = world.context()
    request = BATCH_REQUEST.create(ctx, {**declared, "declaration": key("a")}).id
    news = {"adopt_id": request, "declaration": key("b")}
    (failure,) = BATCH_REQUEST.check(ctx, {}, news).failures
    assert failure.property == "adopt_id"
    assert "two declarations" in failure.reason
    with pytest.raises(InputError, match="two declarations"):
        BATCH_REQUEST.create(ctx, news)


def test_adoption_of_something_else_is_refused(world: World, declared: dict[str, Any]) -> None:
    """A declaration that differs in what cannot be changed names the difference, already at preview."""
    other = BATCH_REQUEST.create(world.context(), declared)
    news = {**declared, "adopt_id": other.id, "tiling_grid": {"id": 0, "resolution": 20}}
    (failure,) = BATCH_REQUEST.check(world.context(), {}, news).failures
    assert failure.property == "tiling_grid"
    assert other.id in failure.reason
    with pytest.raises(InputError, match="tiling_grid"):
        BATCH_REQUEST.create(world.context(), news)


def test_adoption_of_nothing_is_refused(world: World) -> None:
    """An id that the service does not know is said at preview; without the service, preview goes on."""
    news = {"adopt_id": "00000000-0000-4000-8000-000000000000", "declaration": key("a")}
    (failure,) = BATCH_REQUEST.check(world.context(), {}, news).failures
    assert failure.property == "adopt_id"
    with pytest.raises(NotFound):
        BATCH_REQUEST.create(world.context(), news)
    world.controls.fault("GET", "/process/", {"status": 403, "body": {}})
    assert BATCH_REQUEST.check(world.context(), {}, news).failures == ()


@pytest.mark.parametrize(
    ("prepare", "left"),
    [
        ([], []),
        (["analyse"], []),
        (["start"], ["CANCELED"]),
    ],
)
def test_delete_leaves_nothing_active(
    world: World, declared: dict[str, Any], prepare: list[str], left: list[str]
) -> None:
    """An idle request is deleted; an active one is cancelled, and stays only where tiles were processed."""
    ctx = world.context()
    remote = BATCH_REQUEST.create(ctx, declared)
    for action in prepare:
        getattr(ctx.connect(), action)(remote.id)
    if prepare == ["start"]:
        world.clock.seconds += 400  # in the middle of processing
    BATCH_REQUEST.delete(ctx, remote.id, remote.outputs)
    assert [info.status for info in ctx.connect().list_requests()] == left
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
        assert not any(info.is_active for info in ctx.connect().list_requests())


def test_a_job_that_vanishes_while_it_runs_is_not_taken_for_gone(
    world: World, declared: dict[str, Any]
) -> None:
    """Started, not seen to end, and 404 for longer than reads lag: the deletion fails, and names it."""
    remote = BATCH_REQUEST.create(world.context(), declared)
    world.context().connect().start(remote.id)
    world.controls.force(remote.id, expire=True)
    with pytest.raises(NotFound, match="lost from sight"):
        BATCH_REQUEST.delete(world.context(), remote.id, {**remote.outputs, "user_action": "START"})


def test_leaving_makes_no_call(world: World, declared: dict[str, Any]) -> None:
    """``on_delete = "leave"`` touches nothing, and says so."""
    ctx = world.context()
    remote = BATCH_REQUEST.create(ctx, {**declared, "on_delete": "leave"})
    ctx.connect().start(remote.id)
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
    ctx.connect().update_request(remote.id, description="theirs")
    read = BATCH_REQUEST.read(ctx, remote.id, remote.outputs)
    assert read is not None
    assert read.inputs is not None
    assert read.inputs["description"] == "theirs"
    assert BATCH_REQUEST.diff(ctx, remote.id, read.outputs, declared).changed == ("description",)
    BATCH_REQUEST.update(ctx, remote.id, read.outputs, declared)
    assert ctx.connect().get_request(remote.id).description == "a job"


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
