"""BatchRequest that is adopted by its id."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_sentinelhub.errors import InputError, NotFound
from pulumi_sentinelhub.finding import Severity
from pulumi_sentinelhub.lifecycle.ownership.holders import Holder
from pulumi_sentinelhub.lifecycle.request import BATCH_REQUEST
from tests.lifecycle.conftest import World
from tests.support.inputs import key
from tests.support.sandbox import PROCESS


def test_adoption_makes_no_second_post(world: World, declared: dict[str, Any]) -> None:
    """An existing request is taken over as it is; what is not declared comes from the service."""
    notebook = (
        world.context()
        .batch()
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
    assert ctx.batch().get_request(remote.id).description == "mine now"
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
    assert (world.made() == [request]) is left


def test_a_replacement_that_adopts_the_same_one_keeps_it(world: World, declared: dict[str, Any]) -> None:
    """Where the new one is made first, as with --replace, the old one's deletion does not take it."""
    request = BATCH_REQUEST.create(world.context(), declared).id
    news = {"adopt_id": request, "on_delete": "cancel", "declaration": key("other")}
    first = BATCH_REQUEST.create(world.context(), news)
    ctx = world.context()
    second = BATCH_REQUEST.create(ctx, news)
    BATCH_REQUEST.delete(ctx, first.id, first.outputs)
    assert world.made() == [request] == [second.id]
    assert "adopted it again" in world.warned[-1]


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


@pytest.mark.parametrize(("stack", "warned"), [("prod", True), ("dev", False)])
def test_an_id_that_a_state_holds(world: World, declared: dict[str, Any], stack: str, warned: bool) -> None:
    """Another stack's is warned of; the own one hands it over in the same update."""
    made = BATCH_REQUEST.create(world.context(), declared)
    held = Holder(f"urn:pulumi:{stack}::maps::sentinelhub:index:BatchRequest::before")
    context = world.context(
        urn="urn:pulumi:dev::maps::sentinelhub:index:BatchRequest::area", holder=lambda _: held
    )
    report = BATCH_REQUEST.check(context, {}, {"adopt_id": made.id, "declaration": key("other")})
    assert report.failures == ()
    told = [str(found) for found in report.findings if found.severity is Severity.WARNING]
    assert [f"`pulumi state delete '{held.urn}'`" in text for text in told] == ([True] if warned else [])


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
