"""What preview says about a batch request."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pulumi_sentinelhub.config.deployments import DEPLOYMENTS
from pulumi_sentinelhub.finding import Finding, Severity
from pulumi_sentinelhub.preview.checks.check import check_request
from pulumi_sentinelhub.values import UNKNOWN
from tests.preview.checks.places import BASES, GARBAGE, PLACES, Step, paths, put
from tests.support import requests
from tests.support.bad_inputs import BAD_INPUTS, Bad


def errors(inputs: dict[str, Any]) -> list[Finding]:
    return [finding for finding in check_request(inputs) if finding.severity is Severity.ERROR]


@pytest.mark.parametrize("base", BASES, ids=lambda base: base.__name__)
def test_valid_requests_pass(base: Any) -> None:
    """The workflow document's own payloads, and a collection, are neither refused nor warned about."""
    assert check_request(base(), DEPLOYMENTS["aws-eu-central-1"]) == []


@pytest.mark.parametrize("bad", BAD_INPUTS, ids=lambda bad: bad.name)
def test_bad_inputs_are_refused(bad: Bad) -> None:
    """Each mistake is an error that names its property, and says how to fix it."""
    found = [p for p in errors(bad.inputs()) if p.property == bad.property and bad.words in str(p)]
    assert found, [str(problem) for problem in check_request(bad.inputs())]
    assert all(finding.reason and finding.fix for finding in found)


def test_no_responses_are_none() -> None:
    """An empty list is not called missing."""
    inputs = requests.collection()
    inputs["process_request"]["output"]["responses"] = []
    (finding,) = errors(inputs)
    assert str(finding).startswith("process_request.output.responses: is empty, while the evalscript has 2")


def test_rows_are_many_and_distinct() -> None:
    """The table holds at least 45 different mistakes."""
    assert len({bad.name for bad in BAD_INPUTS}) == len(BAD_INPUTS) >= 45


@pytest.mark.parametrize("bad", BAD_INPUTS, ids=lambda bad: bad.name)
def test_one_mistake_is_not_many_messages(bad: Bad) -> None:
    """A single mistake gives few errors, so that the one that matters is seen."""
    assert len(errors(bad.inputs())) <= 3, [str(problem) for problem in errors(bad.inputs())]


_BBOX = ("process_request", "input", "bounds", "bbox")
_DATA = ("process_request", "input", "data", 0)
_P_BBOX, _P_DATA = "process_request.input.bounds.bbox", "process_request.input.data[0]"
_RESPONSES = ("process_request", "output", "responses")
_ONE_RESPONSE = [{"identifier": "maxNDVI", "format": {"type": "zarr/array"}}]
_AUTO = requests.TWO_FILES.replace(', sampleType: "FLOAT32"', "")
_FIXED_PATH = "s3://my-bucket/<tileName>/<outputId>.tif"
_G, _Z, _C = requests.geotiff, requests.zarr, requests.collection

WARNED = (
    Bad("old name of Sentinel-1", _G, (*_DATA, "type"), "SENTINEL1_IW", "did you mean sentinel-1-grd?"),
    Bad("a mission that is none", _G, (*_DATA, "type"), "sentinel-9", "known are sentinel-2-l1c"),
    Bad("res", _G, ("tiling_grid", "res"), 60, "did you mean resolution?"),
    Bad("cog_output", _C, ("output", "cog_output"), True, "did you mean cogOutput?"),
    Bad("inputt", _G, ("process_request", "inputt"), {}, "did you mean input?"),
    Bad("typ", _G, (*_RESPONSES, 0, "format", "typ"), "image/tiff", "did you mean type?"),
    Bad("formats", _G, (*_RESPONSES, 0, "formats"), {}, "did you mean format?"),
    Bad(
        "upsample",
        _G,
        (*_DATA, "processing"),
        {"upsample": "NEAREST"},
        "did you mean upsampling?",
        named="process_request.input.data[0].processing.upsample",
    ),
    Bad("corners swapped", _G, _BBOX, [9.66, 41.31, 8.44, 43.1], "another order"),
    Bad("outside of Europe", _Z, _BBOX, [-75, -10, -74, -9], "covers Europe only"),
    Bad(
        "degrees in a CRS of metres",
        _G,
        ("process_request", "input", "bounds", "properties", "crs"),
        "http://www.opengis.net/def/crs/EPSG/0/3857",
        "looks like degrees",
        _P_BBOX,
    ),
    Bad("an unknown grid", _G, ("tiling_grid", "id"), 99, "no tiling grid known"),
    Bad("an unknown resolution", _G, ("tiling_grid", "resolution"), 25, "25 m"),
    Bad("an unknown collection", _G, (*_DATA, "type"), "sentinel-2-l3a", "did you mean sentinel-2"),
    Bad(
        "a name misspelt",
        _G,
        (*_DATA, "dataFilter", "max_cloud_coverage"),
        1,
        "did you mean maxCloudCoverage?",
    ),
    Bad(
        "every date there is",
        _G,
        (*_DATA, "dataFilter"),
        {},
        "each date costs",
        f"{_P_DATA}.dataFilter.timeRange",
    ),
    Bad("a path used twice", _C, ("output", "defaultTilePath"), _FIXED_PATH, "the same for every request"),
    Bad("an output not written", _Z, _RESPONSES, _ONE_RESPONSE, "leaves out band04, band08"),
    Bad("a collection of AUTO", _C, ("process_request", "evalscript"), _AUTO, "0..1 is stored as 0..255"),
    Bad("a collection without name", _C, ("description",), None, "named after it"),
)


@pytest.mark.parametrize("unwise", WARNED, ids=lambda unwise: unwise.name)
def test_what_may_work_is_only_warned_about(unwise: Bad) -> None:
    """Lists that the service owns, and choices that are only unwise, do not block."""
    assert errors(unwise.inputs()) == []
    found = check_request(unwise.inputs())
    assert [p for p in found if p.property == unwise.property and unwise.words in str(p)], found


def test_collections_of_another_deployment_are_warned_about() -> None:
    """Batch reads what its own deployment hosts."""
    inputs = requests.geotiff()
    inputs["process_request"]["input"]["data"][0]["type"] = "landsat-ot-l2"
    inputs["process_request"]["evalscript"] = requests.script(inputs='["B04", "B05"]')
    problems = check_request(inputs, DEPLOYMENTS["aws-eu-central-1"])
    assert [p for p in problems if p.severity is Severity.WARNING and "aws-us-west-2" in p.fix]
    assert check_request(inputs, DEPLOYMENTS["aws-us-west-2"]) == []


def test_adopting_asks_for_nothing() -> None:
    """What is not given comes from the request that is taken over."""
    assert check_request({"adopt_id": "9688cd56-6c70-4221-add8-a5821d0256a9"}) == []


def test_numbers_that_came_as_floats() -> None:
    """Through the engine every number is a float; nothing changes by that."""
    inputs = requests.zarr()
    inputs["tiling_grid"]["id"] = 6.0
    inputs["zarr_output"]["group"]["zarr_format"] = 2.0
    inputs["zarr_output"]["arrayParameters"]["chunks"] = [1.0, 500.0, 250.0]
    assert check_request(inputs) == []


@pytest.mark.parametrize(
    ("base", "path"), PLACES, ids=[f"{b.__name__}:{'.'.join(map(str, p))}" for b, p in PLACES]
)
def test_an_unknown_value_is_no_mistake(base: Any, path: tuple[Step, ...]) -> None:
    """Whatever is only known after the update is left out, with all that depends on it."""
    assert errors(put(base(), path, UNKNOWN)) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(base=st.sampled_from(BASES), chosen=st.sets(st.integers(0, 200), min_size=2, max_size=6))
def test_several_unknown_values_are_no_mistake(base: Any, chosen: set[int]) -> None:
    """The same with several at once."""
    inputs = base()
    for index in sorted(chosen, reverse=True):
        places = list(paths(inputs))
        put(inputs, places[index % len(places)], UNKNOWN)
    assert errors(inputs) == []


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(place=st.sampled_from([place for place in PLACES if place[1][-1] != "evalscript"]), garbage=GARBAGE)
@example(place=(requests.geotiff, ("tiling_grid", "resolution")), garbage=1e-300)
@example(place=(requests.geotiff, ("tiling_grid", "id")), garbage=float("nan"))
@example(place=(requests.zarr, ("zarr_output", "arrayParameters", "fill_value")), garbage=10**400)
def test_garbage_is_never_a_crash(place: tuple[Any, tuple[Step, ...]], garbage: Any) -> None:
    """Any JSON at any place gives messages at most, each with property, reason and fix."""
    base, path = place
    for problem in check_request(put(base(), path, garbage)):
        assert problem.property
        assert problem.reason
        assert problem.fix


@settings(max_examples=50, deadline=None)
@given(inputs=st.dictionaries(st.text(max_size=8), GARBAGE, max_size=4))
def test_garbage_as_a_whole_is_never_a_crash(inputs: dict[str, Any]) -> None:
    """Nor do inputs that are nothing like a request."""
    assert check_request(inputs)
