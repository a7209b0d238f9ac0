"""Each call of the v2 client, with keys on the wire alone."""

from __future__ import annotations

import json
import logging
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from pulumi_sentinelhub.batch.api import UNSET, BatchService
from pulumi_sentinelhub.batch.clients import BatchClients
from pulumi_sentinelhub.batch.v2.client import BatchClient
from pulumi_sentinelhub.batch.v2.payload import payload_of
from pulumi_sentinelhub.config.deployments import DEPLOYMENTS
from pulumi_sentinelhub.errors import (
    AnswerLost,
    BadAnswer,
    BadRequest,
    InputError,
    NotFound,
    SentinelHubError,
)
from pulumi_sentinelhub.waiting.pace import Paces
from pulumi_sentinelhub.waiting.patience import Patience
from tests.support.clock import HandClock
from tests.support.shown import shown
from tests.support.wire import ID, Answer, refusal_json

from .wire import (
    INPUTS,
    KEY_ID,
    KEY_SECRET,
    KEYS,
    NEWER,
    OLDER,
    PROCESS,
    ROLE,
    Bucket,
    WireV2,
    client,
    database,
    delivered,
    manifest,
    settings,
    task,
)

ONE = f"/process/{ID}"
COLLECTION = {"id": "c1", "name": "n", "s3Bucket": "b", "noData": 0, "additionalData": {"bands": {}}}
NEW = {"name": "n", "s3Bucket": "b"}
Do = Callable[[BatchClient], Any]

CALLS: list[tuple[Do, str, str, Any, Answer]] = [
    (lambda one: one.create_request({"a": 1}), "POST", "/process", {"a": 1}, Answer(201, task())),
    (lambda one: one.get_request(ID), "GET", ONE, None, Answer(200, task())),
    (lambda one: one.analyse(ID), "POST", f"{ONE}/analyse", None, Answer(204)),
    (lambda one: one.start(ID), "POST", f"{ONE}/start", None, Answer(204)),
    (lambda one: one.start(ID), "POST", f"{ONE}/start", None, Answer(200)),
    (lambda one: one.cancel(ID), "POST", f"{ONE}/stop", None, Answer(204)),
    (lambda one: list(one.tiling_grids()), "GET", "/tilinggrids", None, Answer(200, {"data": [{"id": 0}]})),
]
BYOC_CALLS: list[tuple[Do, str, str, Any, Answer]] = [
    (lambda one: one.create_collection("n", "b"), "POST", "", NEW, Answer(201, {"data": COLLECTION})),
    (lambda one: one.get_collection("c1"), "GET", "/c1", None, Answer(200, {"data": COLLECTION})),
    (lambda one: list(one.list_collections("n")), "GET", "", None, Answer(200, {"data": [COLLECTION]})),
    (lambda one: one.delete_collection("c1"), "DELETE", "/c1", None, Answer(204)),
]


def test_the_client_is_a_batch_service() -> None:
    """Mypy checks the protocol; this pins the names at run time."""
    service: BatchService = client(WireV2())
    assert all(hasattr(service, name) for name in vars(BatchService) if not name.startswith("_"))
    assert service.generation.name == "v2"


@pytest.mark.parametrize(("deployment", "paths"), [("aws-eu-central-1", OLDER), ("cdse", NEWER)])
@pytest.mark.parametrize("call", [*CALLS, *BYOC_CALLS])
def test_each_method_is_one_call(
    call: tuple[Do, str, str, Any, Answer], deployment: str, paths: tuple[str, str]
) -> None:
    """Method, path and body are the documented ones, in the deployment's form of URLs."""
    do, method, path, body, answer = call
    root = f"{paths[1]}/collections" if call in BYOC_CALLS else paths[0]
    wire = WireV2().on(method, ".*", answer)
    do(client(wire, deployment=DEPLOYMENTS[deployment]))
    assert wire.calls() == [f"{method} {root}{path}"]
    assert wire.sent[-1].body == body


@pytest.mark.parametrize(("do", "method", "path", "body", "answer"), [*CALLS, *BYOC_CALLS])
def test_another_success_than_the_documented_one_is_none(
    do: Do, method: str, path: str, body: Any, answer: Answer
) -> None:
    """A POST may have been done then, and is sent once; all else cannot be understood."""
    wire = WireV2().on(method, ".*", Answer(206, answer.body))
    with pytest.raises((AnswerLost, BadAnswer)) as caught:
        do(client(wire).bound(Patience.lasting(HandClock(), 60)))
    assert "206" in str(caught.value)
    assert (len(wire.calls()) == 1) == (method == "POST")


def test_an_update_is_a_description_and_is_read_again() -> None:
    """What a PUT answers is the request, not the task."""
    wire = WireV2().on("PUT", OLDER[0] + ONE, Answer(200, {"description": "d"}))
    wire.on("GET", OLDER[0] + ONE, Answer(200, task(request={"description": "echo"})))
    one = client(wire)
    assert one.update_request(ID, description="d").description == "echo"
    assert wire.calls() == [f"PUT {OLDER[0]}{ONE}", f"GET {OLDER[0]}{ONE}"]
    assert wire.sent[1].body == {"description": "d"}
    assert one.update_request(ID, description=UNSET).description == "echo"
    assert wire.calls()[2:] == [f"GET {OLDER[0]}{ONE}"]


@pytest.mark.parametrize(
    "do",
    [
        lambda one: one.delete_request(ID),
        lambda one: one.restart_failed(ID),
        lambda one: one.update_request(ID, collection_id=None),
        lambda one: one.update_request(ID, description="d", collection_id="c"),
    ],
)
def test_what_v2_cannot_do_is_no_call(do: Do) -> None:
    """It says so, with what to do instead, and nothing is sent."""
    wire = WireV2()
    with pytest.raises(InputError, match="API v2 has no such call"):
        do(client(wire))
    assert not wire.sent


def test_a_rename_keeps_what_a_put_would_take_away() -> None:
    """Bucket and ``noData`` are said again; bands stay where they are left out."""
    path = f"{OLDER[1]}/collections/c1"
    wire = WireV2().on("GET", path, Answer(200, {"data": COLLECTION})).on("PUT", path, Answer(204))
    client(wire).rename_collection("c1", "m")
    assert wire.sent[-1].body == {"name": "m", "s3Bucket": "b", "noData": 0}
    wire = (
        WireV2()
        .on("GET", path, Answer(200, {"data": {**COLLECTION, "noData": None}}))
        .on("PUT", path, Answer(204))
    )
    client(wire).rename_collection("c1", "m")
    assert wire.sent[-1].body == {"name": "m", "s3Bucket": "b"}
    wire = WireV2().on("GET", path, Answer(200, {"data": {"id": "c1"}}))
    with pytest.raises(BadAnswer, match="s3Bucket"):
        client(wire).rename_collection("c1", "m")


def test_lists_follow_pages_and_are_filtered_by_collection() -> None:
    """The query is kept with the token; requests of other collections are left out."""
    of_c = {"output": {"collectionId": "c"}}
    pages = [
        Answer(200, {"data": [task("a", request=of_c), task("b")], "links": {"nextToken": "2"}}),
        Answer(200, {"data": [task("d", request=of_c)], "links": {"currentToken": "2"}}),
    ]
    wire = WireV2().on("GET", OLDER[0] + "/process", *pages)
    found = client(wire).list_requests(search="x", sort="created:desc", collection_id="c")
    assert [info.id for info in found] == ["a", "d"]
    queries = [sent.query for sent in wire.sent if sent.path != "/token"]
    base = {"search": ["x"], "sort": ["created:desc"]}
    assert queries == [base, {**base, "viewtoken": ["2"]}]


def test_the_account_is_that_of_the_newest_request() -> None:
    """Where the token does not tell."""
    wire = WireV2().on("GET", ".*", Answer(200, {"data": [task(domainAccountId="acc")]}))
    assert client(wire).account_of_requests() == "acc"
    assert client(WireV2().on("GET", ".*", Answer(200, {"data": []}))).account_of_requests() is None


def test_tiles_need_the_request_and_its_files() -> None:
    """The request says where the files are."""
    files = Bucket()
    root = f"s3://bucket/out/{ID}"
    files.files[f"{root}/featureManifest-{ID}.gpkg"] = manifest({"feature_32632": [("t", 10, 20)]})
    files.files[f"{root}/execution-{ID}.sqlite"] = database(("t", "DONE", None))
    wire = WireV2().on("GET", OLDER[0] + ONE, Answer(200, task(status="DONE", request=delivered(), costPU=1)))
    one = client(wire)
    assert [tile.name for tile in one.tiles(ID, files)] == ["t"]
    info = one.get_request(ID)
    assert one.tile_sizes(info, files) == {(10, 20): 1}
    progress = one.progress(info, files)
    assert progress is not None
    assert progress.cost == 1.0


def payloads() -> list[dict[str, Any]]:
    features = {"features": {"s3": {"url": "s3://in/f.gpkg"}, "defaults": {"resolution": 10}}}
    zarr = {"zarr_output": {"path": "s3://out/z", "group": {"zarr_format": 2}}}
    return [
        payload_of(INPUTS),
        payload_of({"process_request": PROCESS, **features, "output": {"defaultTilePath": "s3://out"}}),
        payload_of({"process_request": PROCESS, "tiling_grid": {"id": 6, "resolution": 100}, **zarr}),
    ]


@pytest.mark.parametrize("payload", payloads())
def test_keys_are_in_each_storage_object_of_the_post(payload: dict[str, Any]) -> None:
    """And nowhere else of it; the payload itself stays without."""
    before = json.dumps(payload)
    wire = WireV2().on("POST", ".*", Answer(201, task(request=payload)))
    client(wire, delivery=KEYS).create_request(payload)
    sent = wire.sent[-1].body
    storages = [sent["output"]["delivery"]["s3"]]
    storages += [sent["input"]["features"]["s3"]] if "features" in sent["input"] else []
    keys = {"accessKey": KEY_ID, "secretAccessKey": KEY_SECRET}
    assert all({name: storage[name] for name in keys} == keys for storage in storages)
    assert json.dumps(sent).count(KEY_SECRET) == len(storages)
    assert json.dumps(payload) == before
    client(wire).create_request(payload)
    assert wire.sent[-1].body == payload


def test_keys_and_a_role_are_refused_together() -> None:
    """Both are named, and nothing is sent."""
    wire = WireV2()
    with pytest.raises(InputError) as caught:
        client(wire, delivery=KEYS).create_request(payload_of({**INPUTS, "role_arn": ROLE}))
    assert "role_arn" in str(caught.value)
    assert "sentinelhub:deliveryAccessKeyId" in str(caught.value)
    assert "stack config" in str(caught.value)
    assert not wire.sent


def test_a_role_goes_without_keys() -> None:
    """It stands in the payload itself."""
    wire = WireV2().on("POST", ".*", Answer(201, task()))
    client(wire).create_request(payload_of({**INPUTS, "role_arn": ROLE}))
    assert wire.sent[-1].body["output"]["delivery"]["s3"] == {"url": "s3://bucket", "iamRoleARN": ROLE}


ECHOED = {
    "output": {
        "delivery": {"s3": {"url": f"s3://b/{KEY_SECRET}", "accessKey": KEY_ID, "secretAccessKey": "***"}}
    }
}
OUTCOMES: list[Answer | Exception] = [
    Answer(201, task(request=ECHOED, description=KEY_SECRET, other=[KEY_ID])),
    Answer(201, {"id": ID, "why": KEY_SECRET}),
    refusal_json(
        400,
        f"InvalidAccessKeyId {KEY_ID} {KEY_SECRET}",
        errors=[{"parameter": "s3", "violation": KEY_SECRET}],
    ),
    Answer(500, {"error": {"message": KEY_SECRET}}),
    Answer(302, None, {"Location": f"https://{KEY_SECRET}.example"}),
    Answer(200, task()),
    ConnectionError("reset"),
]


@pytest.mark.parametrize("outcome", OUTCOMES, ids=repr)
def test_keys_show_nowhere(outcome: Any, all_logs: pytest.LogCaptureFixture) -> None:
    """No result, error, cause, log, repr or pickle holds them, whatever the service answers."""
    wire = WireV2().on("POST", ".*", outcome)
    one = client(wire, delivery=KEYS)
    try:
        made = one.create_request(payload_of(INPUTS))
        text = repr(made) + json.dumps([made.raw, made.spec.inputs])
    except SentinelHubError as error:
        text = shown(error)
    assert KEY_SECRET in str(wire.sent[-1].body)
    for seen in (text, all_logs.text, repr(one), repr(vars(one)), repr(settings(delivery=KEYS)), repr(KEYS)):
        assert KEY_SECRET not in seen
        assert KEY_ID not in seen
    for thing in (one, one.bound(Patience(HandClock())), vars(one), settings(delivery=KEYS), KEYS):
        with pytest.raises(TypeError):
            pickle.dumps(thing)
    assert logging.getLogger().level == logging.DEBUG


def test_the_services_refusal_is_told() -> None:
    """Its words, its code, and which error it is."""
    words = "Illegal to change userAction from START to STOP with task status CREATED"
    wire = WireV2().on("POST", ".*", refusal_json(400, words)).on("GET", ".*", Answer(404))
    with pytest.raises(BadRequest, match=words):
        client(wire).cancel(ID)
    with pytest.raises(NotFound):
        client(wire).get_request(ID)


def test_the_clients_of_a_session_share_token_connections_and_pace() -> None:
    """One of each generation, made once."""
    clients = BatchClients(settings(), HandClock(), Paces())
    first, second = clients.of("v1"), clients.of("v2")
    assert (first.generation.name, second.generation.name) == ("v1", "v2")
    assert clients.of("v2") is second
    parts = [vars(first)["_transport"], vars(second)["_batch"], vars(second)["_byoc"]]
    assert len({id(part.tokens) for part in parts}) == 1
    assert len({id(part.http) for part in parts}) == 1
    assert len({id(part.pace_of("any token")) for part in parts}) == 1
    assert len({id(part.writes) for part in parts}) == 1
