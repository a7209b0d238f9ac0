"""What is read from the service's JSON, and what each status means."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_sentinelhub.batch.answers import tiling_grid
from pulumi_sentinelhub.batch.api import (
    BatchRequestInfo,
    Phase,
)
from pulumi_sentinelhub.batch.v1.codec import PHASES, collection_info, request_info, tile
from pulumi_sentinelhub.errors import BadAnswer
from tests.support.wire import request_json


def info(**more: Any) -> BatchRequestInfo:
    return request_info(request_json(**more))


def test_the_table_of_statuses_is_the_documented_one() -> None:
    """Active, final and started statuses are those of the state machine."""
    phases = {word: request_info(request_json(status=word)).phase for word in PHASES}
    assert [word for word, phase in phases.items() if phase.is_active] == ["ANALYSING", "PROCESSING"]
    assert {word for word, phase in phases.items() if phase.is_final} == {
        "DONE",
        "PARTIAL",
        "FAILED",
        "CANCELED",
    }
    assert {word for word, phase in phases.items() if phase.implies_start} == {
        "PROCESSING",
        "DONE",
        "PARTIAL",
    }
    assert Phase.UNKNOWN not in phases.values()


@pytest.mark.parametrize(
    ("status", "action", "active"),
    [
        ("CREATED", "NONE", False),
        ("CREATED", "ANALYSE", True),
        ("CREATED", "START", True),
        ("ANALYSIS_DONE", "ANALYSE", False),
        ("ANALYSIS_DONE", "START", True),
        ("ANALYSING", "ANALYSE", True),
        ("PROCESSING", "START", True),
        ("DONE", "START", False),
        ("CANCELED", "CANCEL", False),
        ("RETHINKING", "START", True),
    ],
)
def test_active_is_what_works_or_will(status: str, action: str, active: bool) -> None:
    """A queued action counts as active, and so does a status that is not known here."""
    assert info(status=status, userAction=action).is_active is active


def test_everything_is_read_and_kept() -> None:
    """Known fields are typed, unknown ones stay in ``raw``."""
    found = info(
        valueEstimate=12, userAction="START", output={"collectionId": "c1"}, brandNew={"a": 1}, error="why"
    )
    assert (found.value_estimate, found.tile_count, found.collection_id, found.error) == (
        12.0,
        4,
        "c1",
        "why",
    )
    assert found.was_started
    assert found.raw["brandNew"] == {"a": 1}


def test_values_of_an_unexpected_type_are_left_out() -> None:
    """A wrong type in an optional field reads as absent."""
    found = info(valueEstimate="12", tileCount=True, output=[], description=5, error=None)
    assert (found.value_estimate, found.tile_count, found.collection_id, found.description, found.error) == (
        None,
    ) * 5


@pytest.mark.parametrize(
    "body", [None, [], "x", {}, {"id": "a"}, {"status": "DONE"}, {"id": 3, "status": "DONE"}]
)
def test_a_request_needs_id_and_status(body: object) -> None:
    """Without them an answer is a bad one."""
    with pytest.raises(BadAnswer):
        request_info(body)


def test_grids_are_read_with_javas_numbers() -> None:
    """Resolutions are a sorted set, whatever order and notation they come in."""
    properties = {"tileWidth": 1.0, "tileHeight": 1, "resolutions": [0.001, 1.0e-4, 0.001], "unit": "DEGREE"}
    grid = tiling_grid({"id": 3, "name": "g", "properties": properties})
    assert (grid.resolutions, grid.tile_width, grid.unit) == ((0.0001, 0.001), 1.0, "DEGREE")
    with pytest.raises(BadAnswer):
        tiling_grid({"name": "g"})


def test_tiles_are_read() -> None:
    """A tile without a name goes by its id; without an id it is a bad answer."""
    assert tile({"id": 5, "status": "PROCESSED", "cost": 1.5}).name == "5"
    with pytest.raises(BadAnswer):
        tile({"name": "31UDS_7_2"})


@pytest.mark.parametrize("wrap", [False, True])
def test_collections_are_read_bare_and_wrapped(wrap: bool) -> None:
    """The specification shows them bare, the vendor's client unwraps ``data``: both are read."""
    body = {
        "id": "c1",
        "name": "n",
        "s3Bucket": "b",
        "batchData": {"tilingGridId": 6},
        "additionalData": {"bands": {"a": {}}},
    }
    found = collection_info({"data": body} if wrap else body)
    assert (found.id, found.name, found.s3_bucket, found.tiling_grid_id, dict(found.bands)) == (
        "c1",
        "n",
        "b",
        6,
        {"a": {}},
    )
