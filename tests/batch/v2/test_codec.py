"""What the answers of API v2 mean."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_sentinelhub.batch.api import Action, BatchRequestInfo, Phase
from pulumi_sentinelhub.batch.generations import GENERATIONS
from pulumi_sentinelhub.batch.v2.codec import PHASES, V2_API, account_of, collection_info, request_info
from pulumi_sentinelhub.config.deployments import GENERATIONS as CONFIGURED
from pulumi_sentinelhub.errors import BadAnswer
from tests.support.wild import VALUES
from tests.support.wire import ID

from .wire import KEY_ID, KEY_SECRET, task


def info(**more: Any) -> BatchRequestInfo:
    return request_info(task(**more))


def test_each_generation_can_be_configured() -> None:
    """The config key's values are the generations that are spoken."""
    assert tuple(GENERATIONS) == CONFIGURED
    assert GENERATIONS["v2"] is V2_API


STOPPED = "STOPPED"


@pytest.mark.parametrize(
    ("more", "phase", "pause", "error"),
    [
        ({"status": "CREATED"}, Phase.CREATED, 0, None),
        ({"status": "ANALYSING"}, Phase.ANALYSING, 0, None),
        ({"status": "ANALYSIS_DONE"}, Phase.ANALYSED, 0, None),
        ({"status": "PROCESSING"}, Phase.PROCESSING, 0, None),
        ({"status": "FAILED", "error": "no such band"}, Phase.FAILED, 0, "no such band"),
        ({"status": STOPPED, "stoppedStatusReason": "OUT_OF_PU"}, Phase.HALTED, 3600, "OUT_OF_PU"),
        (
            {"status": STOPPED, "stoppedStatusReason": "UNHEALTHY", "error": "too many"},
            Phase.HALTED,
            0,
            "UNHEALTHY: too many",
        ),
        (
            {"status": STOPPED, "stoppedStatusReason": "USER_ACTION", "userAction": "STOP"},
            Phase.CANCELED,
            0,
            None,
        ),
        (
            {"status": STOPPED, "stoppedStatusReason": "USER_ACTION", "userAction": "START"},
            Phase.ANALYSED,
            0,
            None,
        ),
        ({"status": STOPPED, "stoppedStatusReason": "MOONPHASE"}, Phase.CANCELED, 0, "MOONPHASE"),
        ({"status": STOPPED}, Phase.CANCELED, 0, None),
        ({"status": STOPPED, "stoppedStatusReason": 7}, Phase.CANCELED, 0, None),
        ({"status": "PROCESSING", "stoppedStatusReason": "OUT_OF_PU"}, Phase.PROCESSING, 0, None),
        ({"status": "DONE", "userAction": "START", "costPU": 5}, Phase.ENDED, 0, None),
        ({"status": "DONE", "userAction": "START"}, Phase.ENDED, 0, None),
        ({"status": "DONE", "userAction": "ANALYSE", "costPU": 0}, Phase.DONE, 0, None),
        ({"status": "DONE", "userAction": "ANALYSE"}, Phase.DONE, 0, None),
        ({"status": "DONE", "userAction": "ANALYSE", "costPU": 5}, Phase.ENDED, 0, None),
        ({"status": "PONDERING"}, Phase.UNKNOWN, 0, None),
    ],
)
def test_statuses_are_phases(more: dict[str, Any], phase: Phase, pause: float, error: str | None) -> None:
    """Only what the service itself has stopped, for a reason that is known, can go on unasked."""
    found = info(**more)
    assert (found.phase, found.resume_pause, found.error) == (phase, pause, error)


def test_what_is_set_going_again_is_active() -> None:
    """A stop of the past is no rest: a destroy has to stop it once more."""
    again = info(status=STOPPED, stoppedStatusReason="USER_ACTION", userAction="START")
    assert again.is_active
    assert again.was_started


def test_a_recorded_status_alone_resumes_nothing() -> None:
    """Without the reason, a stop is taken for the user's."""
    assert {word: V2_API.phase(word) for word in PHASES} == dict(PHASES)
    assert V2_API.phase(STOPPED) is Phase.CANCELED
    assert V2_API.phase(None) is Phase.UNKNOWN


@pytest.mark.parametrize(
    ("more", "cost"),
    [
        ({}, None),
        ({"status": "ANALYSIS_DONE"}, None),
        ({"userAction": "START"}, 0.0),
        ({"status": "PROCESSING"}, 0.0),
        ({"status": "PROCESSING", "costPU": 12.5}, 12.5),
        ({"status": "PROCESSING", "costPU": None}, None),
        ({"status": "PROCESSING", "costPU": "12"}, None),
        ({"status": "PROCESSING", "costPU": -1}, None),
    ],
)
def test_cost_is_zero_only_where_it_is_left_out(more: dict[str, Any], cost: float | None) -> None:
    """Missing is 0 once started; what cannot be read is not known, so that no budget goes by it."""
    assert info(**more).cost == cost


@pytest.mark.parametrize(("percentage", "completion"), [(50, 50.0), (99.5, 99.5), (None, 0.0), (250, 100.0)])
def test_completion_is_a_percentage(percentage: Any, completion: float) -> None:
    """Missing is 0, and there is no more than 100."""
    assert info(completionPercentage=percentage).completion == completion
    assert info().completion == 0.0


def test_everything_is_read() -> None:
    """Request and task each have their part; unknown members stay in ``raw``."""
    request = {"description": "d", "output": {"collectionId": "c1"}}
    found = info(
        status="PROCESSING",
        userAction="STOP",
        userActionUpdated="t",
        created="s",
        request=request,
        brandNew=1,
    )
    assert (found.action, found.user_action, found.user_action_updated) == (Action.CANCEL, "STOP", "t")
    assert (found.description, found.collection_id, found.data_type) == ("d", "c1", "byoc-c1")
    assert (found.created, found.raw["brandNew"], found.generation) == ("s", 1, V2_API)
    assert account_of(info(domainAccountId="a", projectId="p")) == "a"
    assert account_of(info(domainAccountId=0, projectId="p")) == "p"


@pytest.mark.parametrize("wrapped", [True, False])
def test_collections_are_byoc(wrapped: bool) -> None:
    """By itself one is wrapped in ``data``, in a list it is bare."""
    raw: dict[str, Any] = {
        "id": "c",
        "name": "n",
        "s3Bucket": "b",
        "additionalData": {"bands": {"a": {}}},
        "created": None,
    }
    found = collection_info({"data": raw} if wrapped else raw)
    assert (found.id, found.data_type, found.s3_bucket, found.tiling_grid_id) == ("c", "byoc-c", "b", None)
    assert (found.bands, found.created) == ({"a": {}}, None)


@pytest.mark.parametrize(
    "factor", [(100, 100, 1.0), (101, 100, 1 / 3), (None, 100, 1 / 3), (334, 334, 1 / 3)]
)
def test_the_discount_is_for_tiles_bigger_than_10000_pixels(
    factor: tuple[int | None, int | None, float],
) -> None:
    """Of exactly so many the full price is due, unlike in v1."""
    width, height, expected = factor
    assert V2_API.batch_factor(width, height) == expected
    assert GENERATIONS["v1"].batch_factor(100, 100) == 1 / 3


KEYS = {
    "accessKey": KEY_ID,
    "secretAccessKey": KEY_SECRET,
    "credentials": KEY_SECRET,
    "SecretAccessKey": KEY_SECRET,
}
MEMBERS = [
    "status",
    "userAction",
    "stoppedStatusReason",
    "costPU",
    "completionPercentage",
    "error",
    "request",
    "created",
]


@settings(max_examples=300, derandomize=True, deadline=None)
@given(
    st.dictionaries(st.sampled_from(MEMBERS), VALUES),
    st.dictionaries(st.sampled_from(["input", "output"]), VALUES),
)
def test_wild_answers_are_read_or_refused(members: dict[str, Any], request: dict[str, Any]) -> None:
    """Values of any kind read as absent, or the answer is a bad one; no key is in what is made of it."""
    body = {
        "id": ID,
        "status": "DONE",
        "request": {**request, "deep": [{"s3": KEYS}]},
        "any": KEYS,
        **members,
    }
    try:
        found = request_info(body)
    except BadAnswer:
        assert not isinstance(members["status"], str) or not members["status"]
        return
    _ = found.spec.fingerprint, found.cost_estimate, found.data_type, found.is_active
    shown = repr(found) + json.dumps([found.raw, found.spec.inputs])
    assert KEY_SECRET not in shown
    assert KEY_ID not in shown
