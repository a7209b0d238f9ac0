"""BatchCollection against the sandbox: without a place for a mark, none is guessed to be ours."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_sentinelhub.lifecycle.collection import BATCH_COLLECTION
from tests.lifecycle.conftest import World
from tests.support.inputs import key

COLLECTIONS = "/api/v1/batch/collections"


@pytest.fixture
def declared() -> dict[str, Any]:
    """A collection as a program declares it."""
    return {
        "name": "fields",
        "bucket_name": "results",
        "deployment": "aws-eu-central-1",
        "declaration": key("a"),
    }


def made(world: World) -> list[str]:
    """Ids of all collections that the service holds."""
    return [one.id for one in world.context().batch().list_collections()]


def test_an_alike_one_is_named_and_not_taken(world: World, declared: dict[str, Any]) -> None:
    """Be it left by a killed update or somebody else's: a new one is made, a warning names the other."""
    other = BATCH_COLLECTION.create(world.context(), declared).id
    remote = BATCH_COLLECTION.create(world.context(), declared)
    assert sorted(made(world)) == sorted([other, remote.id])
    assert any(other in text and "adopt_id" in text for text in world.warned)


def test_a_replacement_that_adopts_the_same_one_keeps_it(world: World, declared: dict[str, Any]) -> None:
    """With --replace the new one is made first: the old one's deletion does not take it."""
    id = BATCH_COLLECTION.create(world.context(), declared).id
    news = {**declared, "adopt_id": id, "on_delete": "delete"}
    first = BATCH_COLLECTION.create(world.context(), news)
    ctx = world.context()
    BATCH_COLLECTION.create(ctx, news)
    BATCH_COLLECTION.delete(ctx, first.id, first.outputs)
    assert made(world) == [id]
    BATCH_COLLECTION.delete(world.context(), first.id, first.outputs)
    assert made(world) == []


def test_a_lost_answer_is_looked_for(world: World, declared: dict[str, Any]) -> None:
    """What came into being by the POST whose answer was lost is ours; no other is, and none is made."""
    other = BATCH_COLLECTION.create(world.context(), declared).id
    world.controls.fault("POST", f"{COLLECTIONS}/?$", "commit-then-reset")
    remote = BATCH_COLLECTION.create(world.context(), {**declared, "declaration": key("b")})
    assert remote.id != other
    assert sorted(made(world)) == sorted([other, remote.id])
