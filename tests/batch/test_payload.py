"""Payloads: what is sent, and recognising a declaration in the service's echo."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_sentinelhub.batch.v1.payload import inputs_of, payload_of, spec_of


def fingerprint(payload: dict[str, Any]) -> str:
    return spec_of(payload).fingerprint


PAYLOAD: dict[str, Any] = {
    "processRequest": {
        "input": {
            "bounds": {
                "geometry": {"type": "Polygon", "coordinates": [[[8, 41], [9, 41], [9, 42], [8, 41]]]},
                "properties": {"crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"},
            },
            "data": [{"type": "sentinel-1-grd", "dataFilter": {"timeRange": {"from": "a", "to": "b"}}}],
        },
        "output": {"responses": [{"identifier": "default", "format": {"type": "image/tiff"}}]},
        "evalscript": "//VERSION=3",
    },
    "tilingGrid": {"id": 0, "resolution": 60.0},
    "bucketName": "bucket",
    "description": "text",
}


def echoed(payload: dict[str, Any]) -> dict[str, Any]:
    """As the service echoes it [observed echoes]."""
    echo = copy.deepcopy(payload)
    bounds = echo["processRequest"]["input"]["bounds"]
    bounds["geometry"]["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC::CRS84"}}
    data = echo["processRequest"]["input"]["data"][0]
    data["type"] = "S1GRD"
    data["dataFilter"] |= {"mosaickingOrder": "mostRecent", "maxCloudCoverage": 100.0}
    echo["processRequest"]["output"]["responses"][0]["logo"] = False
    echo["tilingGrid"] |= {"bufferX": 0, "bufferY": 0}
    return {**echo, "id": "x", "status": "CREATED", "created": "2026-01-01T00:00:00Z", "tileCount": 3}


def test_inputs_and_payload_are_inverse() -> None:
    """A payload taken verbatim is sent verbatim."""
    assert payload_of(inputs_of(PAYLOAD)) == PAYLOAD


def test_an_echo_is_recognised() -> None:
    """What the service adds by itself does not hide a declaration."""
    assert fingerprint(echoed(PAYLOAD)) == fingerprint(PAYLOAD)


def test_bucket_name_and_its_long_form_are_the_same() -> None:
    """``bucketName`` is documented as equivalent to a ``defaultTilePath``."""
    long_form = {key: value for key, value in PAYLOAD.items() if key != "bucketName"}
    long_form["output"] = {"defaultTilePath": "s3://bucket", "overwrite": False}
    assert spec_of(long_form).asks_for_the_same(spec_of(PAYLOAD))


def at(moment: str) -> str:
    """The fingerprint of a payload whose dates begin at a moment."""
    other = copy.deepcopy(PAYLOAD)
    other["processRequest"]["input"]["data"][0]["dataFilter"]["timeRange"]["from"] = moment
    return fingerprint(other)


@pytest.mark.parametrize("moment", ["2019-04-01T00:00:00.000Z", "2019-04-01T00:00:00+00:00"])
def test_a_moment_in_other_words_is_the_same(moment: str) -> None:
    """Fractions of zero and the other name of UTC compute nothing else; everything else does."""
    assert at(moment) == at("2019-04-01T00:00:00Z")
    for other in ("2019-04-01T00:00:00.001Z", "2019-04-01T00:00:01Z", "2019-04-01T00:00:00+01:00"):
        assert at(other) != at(moment)


LEAVES = [
    ("tilingGrid", "resolution", 20.0),
    ("tilingGrid", "id", 1),
    ("tilingGrid", "bufferX", 5),
    ("processRequest", "evalscript", "//VERSION=3\n"),
    ("processRequest", "output", {"responses": []}),
]


@given(st.sampled_from(LEAVES))
def test_what_computes_something_else_is_something_else(leaf: tuple[str, str, Any]) -> None:
    """Any change of substance changes the fingerprint."""
    other = copy.deepcopy(PAYLOAD)
    other[leaf[0]][leaf[1]] = leaf[2]
    assert fingerprint(other) != fingerprint(PAYLOAD)


def test_description_and_collection_link_are_not_substance() -> None:
    """They can be changed in place, so they do not tell jobs apart."""
    with_link = {k: v for k, v in PAYLOAD.items() if k != "bucketName"}
    with_link["output"] = {"defaultTilePath": "s3://bucket", "collectionId": "c"}
    assert fingerprint({**with_link, "description": "other"}) == fingerprint(PAYLOAD)
