"""Payloads of API v2, sent and recognised in echoes; long because its tables show both forms side by side."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_sentinelhub.batch.mark import marked
from pulumi_sentinelhub.batch.v2.codec import V2_API, request_info
from pulumi_sentinelhub.batch.v2.payload import declared_spec, inputs_of, payload_of, spec_of
from pulumi_sentinelhub.errors import InputError
from pulumi_sentinelhub.values import UNKNOWN

from .wire import INPUTS, KEY_ID, KEY_SECRET, PROCESS, ROLE, as_json, task


def of(**inputs: Any) -> dict[str, Any]:
    """The payload of the sample declaration with its place changed."""
    base = {name: INPUTS[name] for name in ("process_request", "tiling_grid")}
    return payload_of({**base, **inputs})


@pytest.mark.parametrize(
    ("inputs", "member", "payload"),
    [
        ({"bucket_name": "b"}, "output", {"type": "raster", "delivery": {"s3": {"url": "s3://b"}}}),
        (
            {"output": {"defaultTilePath": "b/<tileName>.tif", "overwrite": True, "collectionId": None}},
            "output",
            {"type": "raster", "delivery": {"s3": {"url": "s3://b/<tileName>.tif"}}, "overwrite": True},
        ),
        (
            {"output": {"defaultTilePath": "s3://b/x", "region": "WAW3-1"}, "role_arn": ROLE},
            "output",
            {
                "type": "raster",
                "delivery": {"s3": {"url": "s3://b/x", "region": "WAW3-1", "iamRoleARN": ROLE}},
            },
        ),
        (
            {"output": {"defaultTilePath": "s3://b/x", "cogOutput": True}},
            "output",
            {
                "type": "raster",
                "delivery": {"s3": {"url": "s3://b/x"}},
                "cogOutput": True,
                "cogParameters": {"blockxsize": 1024, "blockysize": 1024},
            },
        ),
        (
            {
                "output": {
                    "defaultTilePath": "s3://b/x",
                    "cogOutput": True,
                    "cogParameters": {"blockysize": 512, "resamplingAlgorithm": "mode"},
                }
            },
            "output",
            {
                "type": "raster",
                "delivery": {"s3": {"url": "s3://b/x"}},
                "cogOutput": True,
                "cogParameters": {"blockxsize": 1024, "blockysize": 512, "resamplingAlgorithm": "mode"},
            },
        ),
        (
            {"output": {"defaultTilePath": "s3://b/x", "cogOutput": True, "createCollection": True}},
            "output",
            {
                "type": "raster",
                "delivery": {"s3": {"url": "s3://b/x"}},
                "cogOutput": True,
                "createCollection": True,
            },
        ),
        (
            {
                "zarr_output": {
                    "path": "b/<requestId>",
                    "group": {"zarr_format": 2},
                    "arrayOverrides": {"a": {}},
                }
            },
            "output",
            {
                "type": "zarr",
                "delivery": {"s3": {"url": "s3://b/<requestId>"}},
                "group": {"zarr_format": 2},
                "arrayOverrides": {"a": {}},
            },
        ),
        ({"bucket_name": "b"}, "input", {"type": "tiling-grid", "id": 0, "resolution": 60.0}),
        (
            {
                "bucket_name": "b",
                "tiling_grid": None,
                "features": {
                    "s3": {"url": "b/f.gpkg", "region": "eu-central-1"},
                    "defaults": {"resolution": 10},
                },
                "role_arn": ROLE,
            },
            "input",
            {
                "type": "geopackage",
                "features": {"s3": {"url": "s3://b/f.gpkg", "region": "eu-central-1", "iamRoleARN": ROLE}},
                "defaults": {"resolution": 10},
            },
        ),
    ],
)
def test_declared_words_become_members(inputs: dict[str, Any], member: str, payload: Any) -> None:
    """Each row of the table of words, with what is left out where it is not given."""
    assert of(**inputs)[member] == payload


def test_nothing_null_is_sent() -> None:
    """The service refuses members that are null, at any depth."""
    grid = {"id": 0, "resolution": 10, "bufferX": None}
    process = {**PROCESS, "input": {**PROCESS["input"], "data": [{"type": "x", "dataFilter": None}]}}
    sent = of(process_request=process, tiling_grid=grid, bucket_name="b", description=None, role_arn=None)
    assert "null" not in json.dumps(sent)


@pytest.mark.parametrize(
    ("inputs", "way_out"),
    [
        ({"output": {"defaultTilePath": "s3://b/<tileId>.tif"}}, "<tileName> instead"),
        (
            {
                "output": {
                    "defaultTilePath": "s3://b",
                    "responses": [{"identifier": "a", "tilePath": "s3://b/a"}],
                }
            },
            "<outputId> into",
        ),
        (
            {"features": {"s3": {"url": "s3://b/f", "accessKey": KEY_ID}}, "bucket_name": "b"},
            "deliveryAccessKeyId",
        ),
        ({"output": {"defaultTilePath": "gs://b/x"}}, "S3 bucket"),
    ],
)
def test_what_v2_cannot_say_is_refused_with_the_way_out(inputs: dict[str, Any], way_out: str) -> None:
    """The last guard before a call; what is declared can still be compared."""
    with pytest.raises(InputError, match=way_out) as caught:
        of(**inputs)
    assert KEY_ID not in str(caught.value)
    assert declared_spec({**INPUTS, **inputs}).fingerprint


def echo_of(payload: dict[str, Any], mask: str | None = "*****") -> dict[str, Any]:
    """A task as the service answers it [observed: v2 reference, 2; batch docs: real v2 task]."""
    request: dict[str, Any] = copy.deepcopy(payload)
    bounds = request["processRequest"]["input"]["bounds"]
    bounds["geometry"]["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC::CRS84"}}
    data = request["processRequest"]["input"]["data"][0]
    data["type"] = "S1GRD"
    data["dataFilter"] |= {"mosaickingOrder": "mostRecent", "maxCloudCoverage": 100.0}
    request["processRequest"]["output"]["responses"][0]["logo"] = False
    source, output = request["input"], request["output"]
    if source["type"] == "tiling-grid":
        source.setdefault("bufferX", 0)
        source.setdefault("bufferY", 0)
    if output["type"] == "raster":
        for flag in ("overwrite", "skipExisting", "cogOutput", "createCollection"):
            output.setdefault(flag, False)
        if output["createCollection"]:
            output["collectionId"] = "made-by-the-service"
    if mask is not None:
        for storage in (source.get("features"), output["delivery"]):
            if storage is not None:
                storage["s3"] |= {"accessKey": mask, "secretAccessKey": mask}
    known = {"domainAccountId": "a", "created": "2026-01-01T00:00:00Z", "userAction": "NONE"}
    echo: dict[str, Any] = as_json(task(request={"instanceType": "normal", **request}, **known))
    return echo


KEY_TEXTS = st.text("abcdefgh-", min_size=3, max_size=8)
URLS = st.builds(
    lambda scheme, bucket, path: scheme + bucket + path,
    st.sampled_from(["s3://", ""]),
    KEY_TEXTS,
    st.sampled_from(
        ["", "/", "/out", "/out/", "/<requestId>/<tileName>/<outputId>.<format>", "/x_<tileName>.tif"]
    ),
)
FLAGS = st.booleans() | st.none()
COG = st.fixed_dictionaries(
    {},
    optional={
        "blockxsize": st.sampled_from([256, 512, 1024]),
        "blockysize": st.sampled_from([256, 1024, None]),
        "resamplingAlgorithm": st.sampled_from(["average", "mode"]),
        "usePredictor": st.booleans(),
        "overviewLevels": st.lists(st.integers(2, 8), max_size=3),
    },
)
RASTERS = st.fixed_dictionaries(
    {"defaultTilePath": URLS},
    optional={
        "region": st.sampled_from(["eu-central-1", "WAW3-1"]),
        "overwrite": FLAGS,
        "skipExisting": FLAGS,
        "cogOutput": FLAGS,
        "cogParameters": COG | st.none(),
        "createCollection": FLAGS,
        "collectionId": st.sampled_from([None, "6aa8765a"]),
    },
)
ZARRS = st.fixed_dictionaries(
    {"path": URLS, "group": st.just({"zarr_format": 2})},
    optional={
        "arrayParameters": st.just({"dtype": "<u2", "order": "C", "chunks": [1, 10, 10], "fill_value": 0}),
        "arrayOverrides": st.just({"a": {"dtype": "<f4", "fill_value": "NaN"}}),
    },
)
GRIDS = st.fixed_dictionaries(
    {"id": st.integers(0, 7), "resolution": st.sampled_from([10, 60.0, 1e-4])},
    optional={"bufferX": st.integers(0, 9), "bufferY": st.integers(0, 9)},
)
FEATURES = st.fixed_dictionaries(
    {"s3": st.fixed_dictionaries({"url": URLS}, optional={"region": st.just("eu-central-1")})},
    optional={"defaults": st.sampled_from([{"resolution": 10.0}, {"width": 100, "height": 200}])},
)
PLACES = st.one_of(
    st.fixed_dictionaries({"bucket_name": KEY_TEXTS}),
    st.fixed_dictionaries({"output": RASTERS}),
    st.fixed_dictionaries({"zarr_output": ZARRS}),
)
CUTS = st.one_of(st.fixed_dictionaries({"tiling_grid": GRIDS}), st.fixed_dictionaries({"features": FEATURES}))
MORE = st.fixed_dictionaries({}, optional={"role_arn": st.just(ROLE), "description": KEY_TEXTS})
DECLARED = st.builds(
    lambda place, cut, more: {"process_request": PROCESS, **place, **cut, **more}, PLACES, CUTS, MORE
)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(DECLARED, st.sampled_from(["*****", "<REDACTED>", KEY_SECRET, None]))
def test_any_declaration_is_recognised_in_its_echo(declared: dict[str, Any], mask: str | None) -> None:
    """Whatever defaults and masks the service adds: same spec and fingerprint, no key in what is read."""
    info = request_info(echo_of(marked(payload_of(declared), "ab" * 10), mask))
    spec = V2_API.declared(declared)
    assert info.spec.asks_for_the_same(spec)
    assert info.spec.fingerprint == spec.fingerprint
    assert info.mark == "ab" * 10
    assert info.description == declared.get("description")
    for shown in (json.dumps(info.spec.inputs), repr(info), repr(info.spec), json.dumps(info.raw)):
        assert "ccessKey" not in shown
        assert KEY_SECRET not in shown
    assert "declaration" not in json.dumps([info.raw, info.spec.inputs])


@settings(max_examples=200, derandomize=True, deadline=None)
@given(DECLARED)
def test_inputs_and_payload_are_inverse(declared: dict[str, Any]) -> None:
    """A payload goes back into the words that ask for it, as often as one likes."""
    payload = payload_of(declared)
    again = payload_of(inputs_of(payload))
    assert spec_of(again).asks_for_the_same(spec_of(payload))
    assert payload_of(inputs_of(again)) == again
    assert inputs_of(payload).get("role_arn") == declared.get("role_arn")


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ({"tiling_grid": {"id": 0, "resolution": 60}}, {"tiling_grid": {"id": 0, "resolution": 20}}),
        ({"bucket_name": "b"}, {"bucket_name": "c"}),
        (
            {"output": {"defaultTilePath": "s3://b/x", "cogOutput": True}},
            {
                "output": {
                    "defaultTilePath": "s3://b/x",
                    "cogOutput": True,
                    "cogParameters": {"blockxsize": 256},
                }
            },
        ),
        (
            {"output": {"defaultTilePath": "s3://b/x", "region": "WAW3-1"}},
            {"output": {"defaultTilePath": "s3://b/x", "region": "WAW4-1"}},
        ),
        (
            {"output": {"defaultTilePath": "s3://b/x", "collectionId": "a"}},
            {"output": {"defaultTilePath": "s3://b/x", "collectionId": "b"}},
        ),
        ({"features": {"s3": {"url": "s3://b/a"}}}, {"features": {"s3": {"url": "s3://b/c"}}}),
        ({}, {"features": {"s3": {"url": "s3://b/a"}}}),
        ({"bucket_name": UNKNOWN}, {"bucket_name": UNKNOWN}),
        ({"features": {"s3": {"url": UNKNOWN}}}, {"features": {"s3": {"url": UNKNOWN}}}),
    ],
)
def test_what_computes_something_else_is_something_else(before: dict[str, Any], now: dict[str, Any]) -> None:
    """A change of substance is one, the collection's id among them; what is not known yet equals nothing."""
    place = {} if "bucket_name" in before or "output" in before else {"bucket_name": "b"}
    first, second = ({"process_request": PROCESS, **place, **given} for given in (before, now))
    assert not declared_spec(first).asks_for_the_same(declared_spec(second))


def test_role_and_description_are_not_substance() -> None:
    """By which role the bucket is opened says nothing of what is computed."""
    assert declared_spec({**INPUTS, "role_arn": ROLE, "description": "x"}).asks_for_the_same(
        declared_spec(INPUTS)
    )


def test_a_pasted_payload_loses_its_keys() -> None:
    """Keys in a payload, as the vendor's documentation shows them, never become inputs."""
    keys = {"accessKey": KEY_ID, "secretAccessKey": KEY_SECRET}
    payload = {
        "processRequest": PROCESS,
        "input": {"type": "geopackage", "features": {"s3": {"url": "s3://b/f.gpkg", **keys}}},
        "output": {"type": "raster", "delivery": {"s3": {"url": "s3://b/out", **keys}}},
    }
    inputs = inputs_of(payload)
    assert inputs["features"] == {"s3": {"url": "s3://b/f.gpkg"}}
    assert inputs["output"] == {"defaultTilePath": "s3://b/out"}
    assert KEY_ID not in json.dumps(inputs)


@pytest.mark.parametrize("value", [None, 5, "x", [], [1], {}, {"s3": 1}, {"s3": None}, UNKNOWN])
def test_values_of_the_wrong_type_are_left_to_the_checks(value: Any) -> None:
    """Nothing that is declared, known or not, breaks the comparison or the path of results."""
    for name in (
        "process_request",
        "tiling_grid",
        "features",
        "bucket_name",
        "output",
        "zarr_output",
        "role_arn",
    ):
        declared_spec({**INPUTS, name: value})
        V2_API.result_path({**INPUTS, name: value}, "id")
    for member in ("request", "input", "output", "processRequest"):
        spec_of({"input": {}, "output": {}, member: value})
