"""What POST takes and refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sentinelhub_sandbox import Sandbox, SandboxOptions
from tests.support.contract import Contract

from ..changes import ZARR_FORM, filtered, processed
from ..stand_in import StandIn
from .conftest import Tasks
from .orders import ARRAY, FOLDER, MIXED, NOBODY, RESPONSES, ROLE, S3, TWO, WITH_ROLE, geopackage, zarr

Json = dict[str, Any]
TAKEN: dict[str, Json] = {
    "as it is": {},
    "a geometry": {
        "processRequest__input__bounds": {
            "geometry": {"type": "Polygon", "coordinates": [[[9, 42], [9.1, 42], [9.1, 42.1], [9, 42]]]}
        }
    },
    "buffers": {"input__bufferX": 5, "input__bufferY": 0},
    "large": {"instanceType": "large"},
    "no description": {"description": None},
    "a role": WITH_ROLE,
    "a region": {f"{S3}region": "eu-central-1"},
    "a template": {f"{S3}url": f"{FOLDER}/<requestId>/x_<tileName>/<tileName>_<outputId>.<format>"},
    "an extension of its own": {f"{S3}url": f"{FOLDER}/<tileName>.tif"},
    "odd letters": {f"{S3}url": f"{FOLDER}/a (1): b_c-d/<tileName>.tif"},
    "user data beside images": {RESPONSES: MIXED},
    "user data beside COG": {RESPONSES: MIXED, "output__cogOutput": True},
    "COG parameters": {"output__cogOutput": True, "output__cogParameters": {"blockxsize": 256}},
    "a GeoPackage without bounds": {"processRequest__input__bounds": None, **geopackage()},
    "a GeoPackage within bounds": geopackage(defaults={"width": 3500, "height": 1}),
    "a default resolution": geopackage(defaults={"resolution": 0.5}),
    "Zarr": zarr(),
    "Zarr with overrides": zarr(arrayParameters=None, arrayOverrides={"default": ARRAY}),
    "unknown members": {"colour": "blue"},
}


@pytest.fixture(scope="module")
def tasks(contract: Contract | None) -> Iterator[Tasks]:
    """One sandbox for all: a payload that is refused leaves nothing."""
    with Sandbox(SandboxOptions(render=False), StandIn()) as sandbox:
        yield Tasks(sandbox, contract)


@pytest.mark.parametrize("changes", TAKEN.values(), ids=TAKEN)
def test_payloads_that_are_taken(tasks: Tasks, changes: Json) -> None:
    """201 with the whole task, in the shape of the contract."""
    answer = tasks.call("POST", "/process", tasks.payload(**changes))
    assert answer.status_code == 201, answer.text
    assert answer.json()["status"] == "CREATED"


REFUSED: dict[str, tuple[Json, str]] = {
    "no input": ({"input": None}, "input"),
    "no output": ({"output": None}, "output"),
    "no process request": ({"processRequest": None}, "processRequest"),
    "no process output": ({"processRequest__output": None}, "processRequest->output"),
    "no evalscript": ({"processRequest__evalscript": None}, "processRequest->evalscript"),
    "an input of v1": ({"input": {"id": 0, "resolution": 60.0}}, "input->type"),
    "an unknown input": ({"input__type": "geo-package"}, "input->type"),
    "an unknown grid": ({"input__id": 99}, "input->id"),
    "a resolution that the grid lacks": ({"input__resolution": 7.0}, "input->resolution"),
    "a negative buffer": ({"input__bufferX": -1}, "input->bufferX"),
    "a grid without bounds": ({"processRequest__input__bounds": None}, "processRequest->input->bounds"),
    "empty bounds": ({"processRequest__input__bounds": {}}, "processRequest->input->bounds"),
    "another instance": ({"instanceType": "huge"}, "instanceType"),
    "an unknown output": ({"output__type": "cog"}, "output->type"),
    "no delivery": ({"output__delivery": None}, "output->delivery"),
    "no storage": ({"output__delivery": {}}, "output->delivery->s3"),
    "another cloud": ({"output__delivery": {"gs": {"url": "gs://b"}}}, "output->delivery->gs"),
    "no URL": ({f"{S3}url": None}, "output->delivery->s3->url"),
    "no S3 URL": ({f"{S3}url": "https://results"}, "output->delivery->s3->url"),
    "a bad bucket": ({f"{S3}url": "s3://Results"}, "output->delivery->s3->url"),
    "a bad letter": ({f"{S3}url": f"{FOLDER}/ü/<tileName>.tif"}, "output->delivery->s3->url"),
    "v1's tile id": ({f"{S3}url": f"{FOLDER}/<tileId>/<tileName>.tif"}, "output->delivery->s3->url"),
    "no tile name": ({f"{S3}url": f"{FOLDER}/<requestId>/<outputId>.tif"}, "output->delivery->s3->url"),
    "no output id": ({RESPONSES: TWO, f"{S3}url": f"{FOLDER}/<tileName>.tif"}, "output->delivery->s3->url"),
    "no access": (
        {f"{S3}accessKey": None, f"{S3}secretAccessKey": None},
        "output->delivery->s3->iamRoleARN",
    ),
    "two ways of access": ({f"{S3}iamRoleARN": ROLE}, "output->delivery->s3->iamRoleARN"),
    "half a pair of keys": ({f"{S3}secretAccessKey": None}, "output->delivery->s3->secretAccessKey"),
    "an empty key": ({f"{S3}accessKey": ""}, "output->delivery->s3->accessKey"),
    "no role": ({**WITH_ROLE, f"{S3}iamRoleARN": "batch"}, "output->delivery->s3->iamRoleARN"),
    "no flag": ({"output__overwrite": "yes"}, "output->overwrite"),
    "COG parameters without COG": ({"output__cogParameters": {}}, "output->cogParameters"),
    "odd blocks": (
        {"output__cogOutput": True, "output__cogParameters": {"blockxsize": 100}},
        "output->cogParameters->blockxsize",
    ),
    "a collection without COG": ({"output__createCollection": True}, "output->cogOutput"),
    "a collection with user data": (
        {RESPONSES: MIXED, "output__cogOutput": True, "output__createCollection": True},
        "processRequest->output->responses[1]->format",
    ),
    "a collection that is not there": (
        {"output__cogOutput": True, "output__collectionId": NOBODY},
        "output->collectionId",
    ),
    "Zarr arrays as rasters": (ZARR_FORM, "processRequest->output->responses[0]->format"),
    "rasters as Zarr": (
        {**zarr(), RESPONSES: TWO},
        "processRequest->output->responses[0]->format",
    ),
    "Zarr on UTM": ({**zarr(), "input__id": 0, "input__resolution": 60.0}, "input->id"),
    "Zarr of features": ({**zarr(), **geopackage()}, "input->type"),
    "Zarr with names of tiles": (
        {**zarr(), f"{S3}url": f"{FOLDER}/<tileName>"},
        "output->delivery->s3->url",
    ),
    "Zarr without group": (zarr(group=None), "output->group->zarr_format"),
    "Zarr of another version": (zarr(group={"zarr_format": 3}), "output->group->zarr_format"),
    "chunks that do not divide": (
        zarr(arrayParameters={**ARRAY, "chunks": [1, 999, 1000]}),
        "output->arrayParameters->chunks",
    ),
    "an override of nothing": (
        zarr(arrayOverrides={"other": {}}),
        "output->arrayOverrides->other",
    ),
    "a bucket as GeoPackage": (geopackage("s3://results/"), "input->features->s3->url"),
    "both defaults": (
        geopackage(defaults={"width": 1, "height": 1, "resolution": 10}),
        "input->defaults",
    ),
    "half a size": (geopackage(defaults={"width": 1}), "input->defaults"),
    "no defaults in them": (geopackage(defaults={}), "input->defaults"),
    "too wide": (geopackage(defaults={"width": 3501, "height": 1}), "input->defaults->width"),
    "no resolution": (geopackage(defaults={"resolution": 0}), "input->defaults->resolution"),
    "a description that is no text": ({"description": 5}, "description"),
    "no time range": (filtered(timeRange={"from": "x", "to": "y"}), "timeRange"),
    "an unknown interpolation": (processed(upsampling="LINEAR"), "upsampling"),
    "v1's collections": (filtered(f"batch-{NOBODY}"), "type"),
    "BYOC that is not there": (filtered(f"byoc-{NOBODY}"), "type"),
}


@pytest.mark.parametrize(("changes", "parameter"), REFUSED.values(), ids=REFUSED)
def test_payloads_that_are_refused(tasks: Tasks, changes: Json, parameter: str) -> None:
    """400 in the documented envelope, naming the parameter; nothing is made."""
    before = tasks.call("GET", "/process").json()["data"]
    answer = tasks.call("POST", "/process", tasks.payload(**changes))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "COMMON_BAD_PAYLOAD")
    assert parameter in error["errors"]["parameter"]
    assert tasks.call("GET", "/process").json()["data"] == before


NULLS = (
    "description",
    "output__collectionId",
    "output__cogParameters",
    "output__delivery__s3__region",
    "input__bufferX",
    "processRequest__input__bounds__geometry",
    "processRequest__output__responses",
)


@pytest.mark.parametrize("path", NULLS)
def test_null_members_are_refused(tasks: Tasks, path: str) -> None:
    """A member that is null is a 400 that names it, wherever it stands and however optional it is."""
    payload = tasks.payload()
    *way, last = path.split("__")
    target = payload
    for step in way:
        target = target[step]
    target[last] = None
    status, message = tasks.error("POST", "/process", payload)
    assert (status, message) == (400, f"{path.replace('__', '->')} must not be null.")


def test_bodies_that_are_no_payload(tasks: Tasks) -> None:
    """Empty, broken or other bodies are refused as in v1; a form with the script apart is taken."""
    url = f"{tasks.ends['base_url']}/batch/v2/process"
    assert (
        tasks.session.post(url, timeout=60).json()["error"]["message"] == "Request body should be non-empty."
    )
    assert tasks.session.post(url, data=b"{", timeout=60).status_code == 400
    assert tasks.session.post(url, json=[], timeout=60).status_code == 400
    assert (
        tasks.session.post(url, data="x", headers={"Content-Type": "text/plain"}, timeout=60).status_code
        == 415
    )
    payload = json.dumps(tasks.payload(processRequest__evalscript=None))
    form: dict[str, Any] = {
        "request": (None, payload, "application/json"),
        "evalscript": (None, "//VERSION=3 // apart"),
    }
    made = tasks.session.post(url, files=form, timeout=60)
    assert made.status_code == 201, made.text
    assert made.json()["request"]["processRequest"]["evalscript"] == "//VERSION=3 // apart"
    # The form was a secret as a whole.
    assert tasks.control("GET", "/journal").json()[-1]["body"] == "***"
