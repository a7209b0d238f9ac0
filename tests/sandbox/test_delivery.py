"""Files in buckets, and buckets that refuse them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sentinelhub_sandbox.jobs.worker import TILES_AT_ONCE

from .changes import COG, ON_LAEA, ZARR, raster
from .conftest import Client, Make, grant, make_bucket, s3_of
from .stand_in import Output, StandIn


def keys(s3: Any, bucket: str = "results") -> list[str]:
    """All keys of a bucket."""
    return [item["Key"] for item in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def run(client: Client, **changes: Any) -> dict[str, Any]:
    """Make and start a request; its last state."""
    request_id = client.create(**changes)
    assert client.act(request_id, "start").status_code == 204
    return client.until(request_id, "DONE", "PARTIAL", "FAILED", "CANCELED")


def test_done_means_that_the_files_are_there(writing: Make) -> None:
    """One file a tile, and a copy of the request, under the request's id."""
    client = writing()
    s3 = s3_of(client.sandbox)
    make_bucket(s3, "results")
    view = run(client)
    assert view["status"] == "DONE"
    copy = f"{view['id']}/request-{view['id']}.json"
    assert keys(s3) == sorted([f"{view['id']}/32TNM_{n}_0.tif" for n in range(5)] + [copy])
    assert json.loads(s3.get_object(Bucket="results", Key=copy)["Body"].read())["id"] == view["id"]


def test_slow_pixels_take_their_time(writing: Make) -> None:
    """A request is not DONE before its files are written, however short processing was to be."""
    pixels = StandIn()
    pixels.gate.clear()
    client = writing(pixels, processing_seconds=0.0)
    make_bucket(s3_of(client.sandbox), "results")
    request_id = client.create()
    client.act(request_id, "start")
    client.until(request_id, "PROCESSING")
    assert client.call("GET", f"/process/{request_id}/tiles", status="PROCESSED").json()["data"] == []
    pixels.gate.set()
    assert client.until(request_id, "DONE")["status"] == "DONE"
    assert len(pixels.rendered) == 5


REFUSALS: list[tuple[str, dict[str, Any], str]] = [
    ("no policy", {"policy": None}, "Access denied"),
    ("policy for reading", {"policy": grant("results", Action=["s3:GetObject"])}, "Access denied"),
    ("policy for another", {"policy": grant("results", Principal={"AWS": "123456789012"})}, "Access denied"),
    ("another region", {"region": "us-west-2"}, "us-west-2"),
]


@pytest.mark.parametrize(("bucket", "words"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_buckets_that_refuse(writing: Make, bucket: dict[str, Any], words: str) -> None:
    """The request fails in analysis and says why; nothing is written."""
    client = writing()
    s3 = s3_of(client.sandbox, bucket.get("region"))
    make_bucket(s3, "results", **bucket)
    view = run(client)
    assert view["status"] == "FAILED"
    assert words in view["error"]
    assert keys(s3) == []
    assert client.call("DELETE", f"/process/{view['id']}").status_code == 204


def test_a_bucket_that_is_missing_or_somebody_elses(writing: Make) -> None:
    """Both fail the request; S3 tells the user the difference."""
    client = writing()
    assert "does not exist" in run(client)["error"]
    client.control("POST", "/foreign-bucket", {"bucket": "results"})
    assert "Access denied" in run(client)["error"]
    s3 = s3_of(client.sandbox)
    codes = []
    for call in (
        lambda: make_bucket(s3, "results"),
        lambda: s3.list_objects_v2(Bucket="results"),
        lambda: s3.put_bucket_policy(Bucket="results", Policy=grant("results")),
        lambda: s3.head_bucket(Bucket="results"),
    ):
        with pytest.raises(ClientError) as caught:
            call()
        codes.append(caught.value.response["Error"]["Code"])
    assert codes == ["BucketAlreadyExists", "AccessDenied", "AccessDenied", "403"]


def test_a_policy_withdrawn_while_processing(writing: Make) -> None:
    """The next write is refused by S3 itself, and the request fails; what was written stays."""
    pixels = StandIn()
    pixels.gate.clear()
    client = writing(pixels)
    s3 = s3_of(client.sandbox)
    make_bucket(s3, "results")
    request_id = client.create()
    client.act(request_id, "start")
    client.until(request_id, "PROCESSING")
    s3.delete_bucket_policy(Bucket="results")
    pixels.gate.set()
    view = client.until(request_id, "FAILED")
    assert "Access denied" in view["error"]


def test_existing_files(writing: Make) -> None:
    """They fail the request, unless it may overwrite or skip them."""
    pixels = StandIn()
    client = writing(pixels)
    s3 = s3_of(client.sandbox)
    make_bucket(s3, "results")
    path = "s3://results/fixed/<tileName>.tif"
    assert run(client, **raster(defaultTilePath=path))["status"] == "DONE"
    refused = run(client, **raster(defaultTilePath=path))
    assert refused["status"] == "FAILED"
    assert "already exist" in refused["error"]
    assert len(pixels.rendered) == 5
    assert run(client, **raster(defaultTilePath=path, skipExisting=True))["status"] == "DONE"
    assert len(pixels.rendered) == 5
    assert run(client, **raster(defaultTilePath=path, overwrite=True))["status"] == "DONE"
    assert len(pixels.rendered) == 10


def test_restart_renders_failed_tiles_only(writing: Make) -> None:
    """And finds its own earlier files no obstacle."""
    pixels = StandIn()
    client = writing(pixels, fail_tiles=0.4)
    make_bucket(s3_of(client.sandbox), "results")
    view = run(client)
    assert view["status"] == "PARTIAL"
    first = set(pixels.rendered)
    client.act(view["id"], "restartpartial")
    client.until(view["id"], "DONE")
    assert sorted(pixels.rendered) == [100, 101, 102, 103, 104]
    assert len(first) == 3


def test_evalscripts_that_throw(writing: Make) -> None:
    """In analysis the request fails with the message; on every tile, with too many failed tiles."""
    client = writing()
    make_bucket(s3_of(client.sandbox), "results")
    view = run(client, processRequest__evalscript="throw")
    assert (view["status"], view["error"]) == ("FAILED", "Failed to evaluate script!")
    view = run(client, processRequest__evalscript="bad-tile")
    assert (view["status"], view["error"]) == ("FAILED", "Too many failed tiles")


def test_cancel_stops_the_rest(writing: Make) -> None:
    """Tiles that were not begun are never written."""
    pixels = StandIn(tiles=20)
    pixels.gate.clear()
    client = writing(pixels)
    make_bucket(s3_of(client.sandbox), "results")
    request_id = client.create()
    client.act(request_id, "start")
    client.until(request_id, "PROCESSING")
    client.act(request_id, "cancel")
    pixels.gate.set()
    client.until(request_id, "CANCELED")
    # those at hand, and one that has been taken and waits for its turn
    assert len(pixels.rendered) <= TILES_AT_ONCE + 1


def test_zarr(writing: Make) -> None:
    """Metadata before, chunks with the tiles, consolidated metadata after; a folder with files is refused."""
    pixels = StandIn()
    pixels.outputs = [Output("default", 1, "UINT16")]
    client = writing(pixels)
    s3 = s3_of(client.sandbox)
    make_bucket(s3, "results")
    view = run(client, **ON_LAEA, zarrOutput={**ZARR, "path": "s3://results/fixed"})
    assert view["status"] == "DONE"
    assert {"fixed/.zgroup", "fixed/.zmetadata", "fixed/default/0.100.0"} <= set(keys(s3))
    again = run(client, **ON_LAEA, zarrOutput={**ZARR, "path": "s3://results/fixed"})
    assert "already exist" in again["error"]


def test_collections_made_and_written_into(writing: Make) -> None:
    """A new one is named after the description; others may write into it if their bands are the same."""
    pixels = StandIn()
    client = writing(pixels)
    make_bucket(s3_of(client.sandbox), "results")
    first = run(client, **raster(**COG), description="NDVI")
    collection_id = first["output"]["collectionId"]
    collection = client.call("GET", f"/collections/{collection_id}").json()["data"]
    assert (collection["name"], collection["s3Bucket"]) == ("NDVI", "results")
    assert collection["batchData"] == {"tilingGridId": 0}
    band = {"source": "default", "bandIndex": 1, "bitDepth": 32, "sampleFormat": "FLOAT"}
    assert collection["additionalData"]["bands"] == {"default": band}
    into = raster(**{**COG, "createCollection": False}, collectionId=collection_id)
    assert run(client, **into)["status"] == "DONE"
    pixels.outputs = [Output("default", 1, "UINT8")]
    refused = run(client, **into)
    assert refused["status"] == "FAILED"
    assert "not compatible" in refused["error"]
    pixels.outputs = [Output("default", 3, "FLOAT32")]
    assert "single-band" in run(client, **into)["error"]
    assert client.call("DELETE", f"/collections/{collection_id}").status_code == 409


def test_an_empty_collection_is_initialised_by_its_first_request(writing: Make) -> None:
    """Its grid and bands are those of the request."""
    client = writing()
    make_bucket(s3_of(client.sandbox), "results")
    answer = client.call("POST", "/collections", {"name": "empty", "s3Bucket": "results"})
    collection_id = answer.json()["data"]["id"]
    assert answer.json()["data"]["batchData"] == {}
    run(client, **raster(**{**COG, "createCollection": False}, collectionId=collection_id))
    data = client.call("GET", f"/collections/{collection_id}").json()["data"]
    assert data["batchData"] == {"tilingGridId": 0}


def test_s3_as_users_know_it(make: Make) -> None:
    """Policies, versions, delete markers, unfinished uploads, lifecycle and odd keys; no foreign keys."""
    client = make()
    s3 = s3_of(client.sandbox)
    with pytest.raises(ClientError, match="NoSuchBucket"):
        s3.get_bucket_policy(Bucket="nowhere")
    make_bucket(s3, "results", policy=None)
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket="results")
    with pytest.raises(ClientError, match="MalformedPolicy"):
        s3.put_bucket_policy(Bucket="results", Policy=grant("other"))
    with pytest.raises(ClientError, match="BucketAlreadyOwnedByYou"):
        make_bucket(s3, "results")
    s3.put_bucket_policy(Bucket="results", Policy=grant("results"))
    assert json.loads(s3.get_bucket_policy(Bucket="results")["Policy"]) == json.loads(grant("results"))
    assert s3.get_bucket_location(Bucket="results")["LocationConstraint"] == "eu-central-1"
    s3.put_bucket_versioning(Bucket="results", VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"2"):
        s3.put_object(Bucket="results", Key="ä b/c+d.tif", Body=body)
    s3.delete_object(Bucket="results", Key="ä b/c+d.tif")
    versions = s3.list_object_versions(Bucket="results")
    assert (len(versions["Versions"]), len(versions["DeleteMarkers"])) == (2, 1)
    s3.create_multipart_upload(Bucket="results", Key="unfinished")
    assert len(s3.list_multipart_uploads(Bucket="results")["Uploads"]) == 1
    rule = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 7}}
    s3.put_bucket_lifecycle_configuration(Bucket="results", LifecycleConfiguration={"Rules": [rule]})
    assert s3.get_bucket_lifecycle_configuration(Bucket="results")["Rules"][0]["Expiration"]["Days"] == 7
    with pytest.raises(ClientError, match="BucketNotEmpty"):
        s3.delete_bucket(Bucket="results")
    make_bucket(s3, "brief")
    s3.delete_bucket(Bucket="brief")
    make_bucket(s3, "brief", policy=None)
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket="brief")
    import boto3

    ends = client.ends
    other = boto3.client(
        "s3",
        endpoint_url=ends["s3_endpoint_url"],
        aws_access_key_id="AKIAOTHER",
        aws_secret_access_key="x",
        region_name="eu-central-1",
    )
    with pytest.raises(ClientError, match="InvalidAccessKeyId"):
        other.list_buckets()


def test_faults_of_s3(make: Make) -> None:
    """S3 errors by code, as boto3 understands them; the service's own writes are not hit."""
    client = make()
    s3 = s3_of(client.sandbox)
    client.fault(
        service="s3", method="PUT", path="^/results$", then={"status": 409, "code": "OperationAborted"}
    )
    with pytest.raises(ClientError, match="OperationAborted"):
        make_bucket(s3, "results")
    client.fault(service="s3", path="^/results", times=1, then={"status": 503, "code": "SlowDown"})
    make_bucket(s3, "results")
    faults = [entry.get("fault") for entry in client.control("GET", "/journal?service=s3").json()]
    assert faults == ["answer", "answer", None, None]
    client.fault(service="s3", method="PUT", path="/key$", times=1, then="commit-then-reset")
    s3.put_object(Bucket="results", Key="key", Body=b"1")
    assert keys(s3) == ["key"]
