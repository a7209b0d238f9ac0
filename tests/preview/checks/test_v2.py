"""The room of batch v2, over the same inputs as v1's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pulumi_sentinelhub.config.deployments import DEPLOYMENTS
from pulumi_sentinelhub.finding import Finding, Severity
from pulumi_sentinelhub.preview.checks.check import check_request
from pulumi_sentinelhub.preview.checks.rooms import ROOMS
from pulumi_sentinelhub.values import UNKNOWN
from tests.preview.checks.places import GARBAGE, Step, paths, put
from tests.support import requests
from tests.support.bad_inputs import BAD_INPUTS, Bad
from tests.support.bad_inputs.v2 import BAD_V2, KEYS, ROLE, URL, features

AWS, CDSE = DEPLOYMENTS["aws-eu-central-1"], DEPLOYMENTS["cdse"]
BASES = (requests.geotiff, requests.zarr, requests.collection, features)
PLACES = [(base, path) for base in BASES for path in paths(base())]


def found(inputs: Mapping[str, Any], generation: str = "v2") -> list[Finding]:
    return check_request(inputs, AWS, generation)


def errors(inputs: Mapping[str, Any], generation: str = "v2") -> list[Finding]:
    return [finding for finding in found(inputs, generation) if finding.severity is Severity.ERROR]


@pytest.mark.parametrize("base", BASES, ids=lambda base: base.__name__)
def test_valid_requests_pass(base: Callable[[], dict[str, Any]]) -> None:
    """The workflow document's own payloads, a collection, and features without an area."""
    assert found(base()) == []


@pytest.mark.parametrize("bad", BAD_V2, ids=lambda bad: bad.name)
def test_bad_inputs_are_refused(bad: Bad) -> None:
    """Each mistake is an error that names its property and how to fix it, among few others."""
    told = errors(bad.inputs())
    assert [one for one in told if one.property == bad.property and bad.words in str(one)], found(
        bad.inputs()
    )
    assert len(told) <= 3, list(map(str, told))


@pytest.mark.parametrize("generation", ROOMS)
@pytest.mark.parametrize("bad", [b for b in BAD_V2 if b.value in KEYS or b.name == "the API's delivery"])
def test_keys_are_refused_and_never_shown(bad: Bad, generation: str) -> None:
    """In either generation, and also where another check would have shown what it found there."""
    inputs = bad.inputs()
    inputs["role_arn"] = KEYS[0]
    told = errors(inputs, generation)
    assert {one.property.rpartition(".")[2] for one in told} >= {bad.property.rpartition(".")[2]}
    assert not [key for key in KEYS if key in " ".join(map(str, found(inputs, generation)))]


def test_no_other_check_looks_at_keys() -> None:
    """One that tells what it has found in its place is not asked where there are keys."""
    inputs = requests.zarr()
    inputs["process_request"]["output"]["responses"] = UNKNOWN
    inputs["zarr_output"]["arrayOverrides"] = {"accessKey": KEYS[0]}
    [told] = errors(inputs)
    assert told.property == "zarr_output.arrayOverrides.accessKey"
    assert KEYS[0] not in str(told)


def test_a_key_in_place_of_a_role_is_not_shown() -> None:
    """Nor is what else may be a credential."""
    [told] = errors({**features(), "role_arn": KEYS[0]})
    assert told.property == "role_arn"
    assert KEYS[0] not in str(told)


@pytest.mark.parametrize("bad", BAD_INPUTS, ids=lambda bad: bad.name)
def test_mistakes_of_v1_are_mistakes(bad: Bad) -> None:
    """What both generations have in common is checked in both, under the same property."""
    assert bad.property in {finding.property for finding in errors(bad.inputs())}


def test_a_program_runs_on_both() -> None:
    """Role and access are v2's business alone, and change nothing in v1."""
    inputs = {**requests.geotiff(), "role_arn": ROLE}
    assert check_request(inputs, CDSE, "v1") == found(inputs, "v1") == found(inputs) == []
    assert found({**inputs, "role_arn": "no role at all"}, "v1") == []


def test_features_need_v2() -> None:
    """In v1 they are refused, with the way out, and nothing else is asked for in their place."""
    inputs = features()
    inputs["process_request"]["input"]["bounds"] = requests.geotiff()["process_request"]["input"]["bounds"]
    [told] = errors(inputs, "v1")
    assert told.property == "features"
    assert "pulumi config set sentinelhub:apiVersion v2" in told.fix


def test_deployments_without_roles() -> None:
    """A role is refused where only keys are known, with the keys to set."""
    [told] = check_request({**requests.geotiff(), "role_arn": ROLE}, CDSE, "v2")
    assert told.property == "role_arn"
    assert "sentinelhub:deliveryAccessKeyId" in told.fix
    unknown = check_request({**requests.geotiff(), "role_arn": UNKNOWN}, CDSE, "v2")
    assert [finding.property for finding in unknown] == ["role_arn"]


WARNED: Mapping[str, tuple[Any, tuple[Step, ...], Any, str, str]] = {
    "a collection that may be v1's": (
        requests.collection,
        ("output",),
        {
            "defaultTilePath": "s3://my-bucket/<requestId>/<tileName>/<outputId>.tif",
            "cogOutput": True,
            "collectionId": "0c5e53ba-2ef8-4a5b-8b1b-ad5b0d4e5f4e",
        },
        "output.collectionId",
        "a batch collection of v1 is not valid here",
    ),
    "half a size": (
        features,
        ("features", "defaults"),
        {"width": 100},
        "features.defaults.height",
        "beside width",
    ),
    "a name misspelt": (
        features,
        ("features", "s3"),
        {"url": URL, "regin": "eu-central-1"},
        "features.s3.regin",
        "did you mean region?",
    ),
    "Zarr of features": (
        lambda: {**requests.zarr(), "tiling_grid": None},
        ("features",),
        {"s3": {"url": URL}},
        "features",
        "WGS84 and LAEA grids only",
    ),
}


@pytest.mark.parametrize(("base", "path", "value", "property", "words"), WARNED.values(), ids=WARNED.keys())
def test_what_may_work_is_only_warned_about(
    base: Any, path: tuple[Step, ...], value: Any, property: str, words: str
) -> None:
    """What cannot be known here does not block."""
    inputs = put(base(), path, value)
    assert errors(inputs) == []
    assert [one for one in found(inputs) if one.property == property and words in str(one)], found(inputs)


@pytest.mark.parametrize(
    ("base", "path"), PLACES, ids=[f"{b.__name__}:{'.'.join(map(str, p))}" for b, p in PLACES]
)
def test_an_unknown_value_is_no_mistake(base: Any, path: tuple[Step, ...]) -> None:
    """Whatever is only known after the update is left out, with all that depends on it."""
    assert errors(put(base(), path, UNKNOWN)) == []


@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    place=st.sampled_from([p for p in PLACES if p[1][0] in {"features", "role_arn", "output"}]),
    garbage=GARBAGE,
)
def test_garbage_is_never_a_crash(place: tuple[Any, tuple[Step, ...]], garbage: Any) -> None:
    """Any JSON at any place gives messages at most, each with property, reason and fix."""
    base, path = place
    for problem in found(put(base(), path, garbage)):
        assert problem.property
        assert problem.reason
        assert problem.fix


def test_v2_counts_tiles_of_more_than_10_000_pixels() -> None:
    """The rule of v2's room; v1's takes the very number in."""
    factor = ROOMS["v2"].batch_factor
    assert factor(100, 101) == pytest.approx(1 / 3)
    assert factor(100, 100) == 1
