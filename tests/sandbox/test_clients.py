"""Other people's clients: the vendor's examples, and sentinelhub-py's v1 client."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from oauthlib.oauth2 import BackendApplicationClient
from requests_oauthlib import OAuth2Session

from sentinelhub_sandbox import Sandbox, SandboxOptions
from tests.support import seed

from .conftest import Make, make_bucket, s3_of

SECONDS = 60.0


@pytest.fixture(scope="module")
def sentinelhub() -> Any:
    """sentinelhub-py: slow to import, which every process of a run would do that reads this file."""
    return pytest.importorskip("sentinelhub", reason="sentinelhub-py is not installed")


@pytest.fixture(autouse=True)
def loopback_is_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Oauthlib refuses plain HTTP unless told."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


def session(sandbox: Sandbox) -> OAuth2Session:
    """The `oauth` of the vendor's examples."""
    ends = sandbox.endpoints
    oauth = OAuth2Session(client=BackendApplicationClient(client_id=ends["client_id"]))
    oauth.fetch_token(
        token_url=ends["token_url"], client_secret=ends["client_secret"], include_client_id=True
    )
    return oauth


def poll(ask: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
    """Ask until the answer is wanted."""
    deadline = time.monotonic() + SECONDS
    while not wanted(value := ask()):
        assert time.monotonic() < deadline, value
        time.sleep(0.02)
    return value


@pytest.mark.parametrize("payload", [seed.geotiff, seed.zarr])
def test_the_workflow_document_from_top_to_bottom(
    writing: Make, payload: Callable[[str], dict[str, Any]]
) -> None:
    """Each operation of the document, in its order, with only host and bucket replaced."""
    sandbox = writing(fail_tiles=0.5, processing_seconds=0.3).sandbox
    make_bucket(s3_of(sandbox), "my-bucket")
    host, oauth = sandbox.endpoints["base_url"], session(sandbox)
    headers = {"Content-Type": "application/json"}
    url = f"{host}/api/v1/batch/process"

    response = oauth.request("POST", url, headers=headers, json=payload("my-bucket"))
    batch_request_id = response.json()["id"]
    cancelled_id = oauth.request("POST", url, headers=headers, json=payload("my-bucket")).json()["id"]
    assert [item["id"] for item in oauth.request("GET", url).json()["data"]] == [
        batch_request_id,
        cancelled_id,
    ]
    one = f"{url}/{batch_request_id}"
    assert oauth.request("GET", one).json()["description"].startswith("Max NDVI over Corsica")
    assert oauth.request("GET", one).json()["status"] == "CREATED"
    assert oauth.request("POST", f"{one}/analyse").status_code == 204
    poll(lambda: oauth.request("GET", one).json()["status"], lambda status: status == "ANALYSIS_DONE")
    assert len(oauth.request("GET", f"{one}/tiles").json()["data"]) == 5
    assert oauth.request("POST", f"{one}/start").status_code == 204
    assert oauth.request("GET", one).json()["userAction"] == "START"
    poll(lambda: oauth.request("GET", one).json()["status"], lambda status: status == "PARTIAL")
    assert oauth.request("POST", f"{one}/restartpartial").status_code == 204
    poll(lambda: oauth.request("GET", one).json()["status"], lambda status: status == "DONE")
    assert oauth.request("POST", f"{url}/{cancelled_id}/cancel").status_code == 204


def test_wrong_credentials_are_told_as_oauthlib_expects(writing: Make) -> None:
    """An InvalidClientError."""
    from oauthlib.oauth2.rfc6749.errors import InvalidClientError

    ends = writing().sandbox.endpoints
    oauth = OAuth2Session(client=BackendApplicationClient(client_id=ends["client_id"]))
    with pytest.raises(InvalidClientError):
        oauth.fetch_token(token_url=ends["token_url"], client_secret="wrong", include_client_id=True)


@pytest.fixture
def batch(writing: Make, sentinelhub: Any) -> Any:
    """sentinelhub-py's batch client, against a sandbox of which some tiles fail."""
    sandbox = writing(fail_tiles=0.4, processing_seconds=0.3).sandbox
    make_bucket(s3_of(sandbox), "results")
    ends = sandbox.endpoints
    config = sentinelhub.SHConfig(use_defaults=True)
    config.sh_client_id, config.sh_client_secret = ends["client_id"], ends["client_secret"]
    config.sh_base_url, config.sh_token_url = ends["base_url"], ends["token_url"]
    sentinelhub.download.sentinelhub_client.SentinelHubDownloadClient._CACHED_SESSIONS.clear()
    return sentinelhub.SentinelHubBatch(config=config)


def test_sentinelhub_py(batch: Any, sentinelhub: Any) -> None:
    """The v1 client: create, iterate, update, analyse, start, tiles, restart, cancel, delete."""
    process = seed.geotiff("results")["processRequest"]
    grid = batch.tiling_grid(0, 60.0, buffer=(5, 5))
    request = batch.create(process, tiling_grid=grid, bucket_name="results", description="first")
    other = batch.create(
        process,
        tiling_grid=grid,
        output=batch.output(default_tile_path="s3://results/other", overwrite=True),
        description="second",
    )
    assert [item.request_id for item in batch.iter_requests(sort="created")] == [
        request.request_id,
        other.request_id,
    ]
    assert batch.get_latest_request().request_id == other.request_id
    assert [item.description for item in batch.iter_requests(search="first")] == ["first"]
    assert request.bbox == sentinelhub.BBox((8.44, 41.31, 9.66, 43.1), sentinelhub.CRS.WGS84)
    assert request.created is not None
    batch.update_request(request, description="renamed")
    request = batch.get_request(request)
    assert (request.description, request.value_estimate) == ("renamed", None)

    with pytest.raises(sentinelhub.exceptions.MissingDataInRequestException):
        list(batch.iter_tiles(request))
    batch.start_analysis(request)
    request = poll(lambda: batch.get_request(request), lambda seen: seen.status.value == "ANALYSIS_DONE")
    assert (request.tile_count, request.value_estimate) == (5, 15.0)
    batch.start_job(request)
    request = poll(lambda: batch.get_request(request), lambda seen: seen.status.value == "PARTIAL")
    with pytest.raises(RuntimeError, match="Too many failed tiles"):
        request.raise_for_status(status="PARTIAL")
    failed = list(batch.iter_tiles(request, status="FAILED"))
    assert len(failed) == 2
    assert batch.get_tile(request, failed[0]["id"]) == failed[0]
    batch.restart_job(request)
    poll(lambda: batch.get_request(request), lambda seen: seen.status.value == "DONE")
    assert len(list(batch.iter_tiles(request, count=2))) == 5

    batch.cancel_job(other)
    poll(lambda: batch.get_request(other), lambda seen: seen.status.value == "CANCELED")
    batch.delete_request(other)
    with pytest.raises(sentinelhub.exceptions.DownloadFailedException):
        batch.get_request(other)


def test_sentinelhub_py_grids_and_collections(batch: Any, sentinelhub: Any) -> None:
    """Its tiling grids and batch collections, with the wrapper that it takes away itself."""
    grids = list(batch.iter_tiling_grids())
    assert [grid["id"] for grid in grids] == [0, 1, 6]
    assert batch.get_tiling_grid(6) == grids[2]
    made = batch.create_collection({"name": "mine", "s3Bucket": "results"})
    collection = sentinelhub.BatchCollection.from_dict(batch.get_collection(made["id"]))
    assert (collection.name, collection.s3_bucket) == ("mine", "results")
    assert collection.created is not None
    collection.name = "renamed"
    batch.update_collection(collection)
    assert [item["name"] for item in batch.iter_collections(search="renamed")] == ["renamed"]
    batch.delete_collection(made["id"])
    assert list(batch.iter_collections()) == []


def test_real_pixels() -> None:
    """A small area, with the real pixel side: a GeoTIFF of the right zone, size and bands in the bucket."""
    rasterio = pytest.importorskip("rasterio", reason="the sandbox's extra is not installed")
    payload = seed.geotiff("results")
    payload["processRequest"]["input"]["bounds"]["bbox"] = [9.0, 42.0, 9.01, 42.01]
    with Sandbox(SandboxOptions(analysis_seconds=0.0, processing_seconds=0.0)) as sandbox:
        s3, oauth = s3_of(sandbox), session(sandbox)
        make_bucket(s3, "results")
        url = f"{sandbox.endpoints['base_url']}/api/v1/batch/process"
        one = f"{url}/{oauth.post(url, json=payload).json()['id']}"
        oauth.post(f"{one}/start")
        view = poll(lambda: oauth.get(one).json(), lambda seen: seen["status"] in {"DONE", "FAILED"})
        assert view["status"] == "DONE", view
        tile = oauth.get(f"{one}/tiles").json()["data"][0]
        body = s3.get_object(Bucket="results", Key=f"{view['id']}/{tile['name']}/default.tif")["Body"].read()
        with rasterio.MemoryFile(body) as memory, memory.open() as image:
            assert (image.width, image.height, image.count) == (334, 334, 3)
            assert image.crs.to_epsg() == 32632
            assert [image.transform.c, image.transform.f] == tile["origin"]["coordinates"]
