"""Files of tasks in buckets, and buckets that cannot be reached."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sentinelhub_sandbox.v2.places import root

from ..conftest import s3_of
from ..stand_in import Output, StandIn
from .conftest import BUCKET, MakeTasks, Tasks, open_bucket, rows
from .orders import S3, zarr

COG = {"output__cogOutput": True}
TILES = [f"32TNM_{n}_0" for n in range(5)]


def own(task: str) -> list[str]:
    """The names of the service's own files, in the order of S3."""
    return [f"execution-{task}.sqlite", f"featureManifest-{task}.gpkg", f"request-{task}.json"]


# [client evidence, by the vendor] For the id ID.
ROOTS = {
    "s3://b": "s3://b/ID/",
    "s3://b/": "s3://b/ID/",
    "s3://b/out": "s3://b/out/ID/",
    "s3://b/out/": "s3://b/out/ID/",
    "s3://b/out/<tileName>/<outputId>.<format>": "s3://b/out/",
    "s3://b/out/<requestId>/<tileName>.tif": "s3://b/out/ID/",
    "s3://b/out/x_<tileName>/y/<outputId>.<format>": "s3://b/out/",
    "s3://b/<tileName>.tif": "s3://b/",
}


def test_roots() -> None:
    """The documented table of delivery URLs and where the service's own files lie."""
    assert {url: root(url, "ID").url for url in ROOTS} == ROOTS


def test_the_life_of_the_files(delivering: MakeTasks) -> None:
    """The request's copy comes with POST, the manifest with the analysis, the database with processing."""
    pixels = StandIn()
    tasks = delivering(pixels)
    made = tasks.call("POST", "/process", tasks.payload()).json()
    task = made["id"]
    copy = f"{task}/request-{task}.json"
    assert tasks.objects() == [copy]
    assert json.loads(tasks.read(copy)) == made["request"]
    tasks.act(task, "analyse")
    tasks.until(task, "ANALYSIS_DONE")
    assert tasks.objects() == [f"{task}/featureManifest-{task}.gpkg", copy]
    pixels.gate.clear()
    tasks.act(task, "start")
    tasks.until(task, "PROCESSING")
    tasks.wait_for(lambda: f"{task}/execution-{task}.sqlite" in tasks.objects())
    pending = rows(tasks.read(f"{task}/execution-{task}.sqlite"))
    assert pending == [(name, "PENDING", None, 0) for name in TILES]
    pixels.gate.set()
    assert tasks.until(task, "DONE")["completionPercentage"] == 100
    assert rows(tasks.read(f"{task}/execution-{task}.sqlite")) == [(name, "DONE", None, 1) for name in TILES]
    assert tasks.objects() == [
        f"{task}/{name}" for name in sorted([*own(task), *(f"{t}.tif" for t in TILES)])
    ]


def test_how_features_end(delivering: MakeTasks) -> None:
    """FATAL with the reason, DONE without a file where there is no data, DONE; nothing is retried."""
    pixels = StandIn()
    pixels.empty = {101}
    tasks = delivering(pixels)
    task = tasks.create()
    tasks.force(task, status="ANALYSIS_DONE")
    tasks.force(task, fail_tiles=[TILES[0]])
    tasks.act(task, "start")
    view = tasks.until(task, "DONE")
    assert view["costPU"] == 100.0
    assert rows(tasks.read(f"{task}/execution-{task}.sqlite")) == [
        (TILES[0], "FATAL", "Failed to process the feature.", 0),
        (TILES[1], "DONE", "No data", 0),
        *((name, "DONE", None, 1) for name in TILES[2:]),
    ]
    assert [key for key in tasks.objects() if key.endswith(".tif")] == [f"{task}/{t}.tif" for t in TILES[2:]]


def test_an_evalscript_that_fails_on_features(delivering: MakeTasks) -> None:
    """Its words stand in the database; the task is DONE."""
    tasks = delivering()
    view = tasks.run(processRequest__evalscript="//VERSION=3 bad-tile")
    assert view["status"] == "DONE"
    found = rows(tasks.read(f"{view['id']}/execution-{view['id']}.sqlite"))
    assert {row[1:] for row in found} == {("FATAL", "no pixels", 0)}


def test_a_stop_keeps_what_is_written(delivering: MakeTasks) -> None:
    """Files of features that have ended stay; a restart writes the others and none again."""
    pixels = StandIn()
    tasks = delivering(pixels, processing_seconds=60.0)
    task = tasks.create()
    tasks.force(task, status="PROCESSING")
    tasks.wait_for(lambda: f"{task}/execution-{task}.sqlite" in tasks.objects())
    tasks.wait_for(lambda: pixels.rendered)
    tasks.act(task, "stop")
    stopped = tasks.until(task, "STOPPED")
    kept = list(pixels.rendered)
    assert 0 < len(kept) < 5
    assert stopped["completionPercentage"] == 20 * len(kept)
    states = [row[1] for row in rows(tasks.read(f"{task}/execution-{task}.sqlite"))]
    assert states.count("DONE") == len(kept)
    assert states.count("PENDING") == 5 - len(kept)
    tasks.options(restart_minutes=0, processing_seconds=0.1)
    assert tasks.act(task, "start").status_code == 204
    tasks.until(task, "DONE")
    assert sorted(pixels.rendered) == [100, 101, 102, 103, 104]


def seeded(tasks: Tasks, number: int, where: str = "out/") -> None:
    """Files of the first tiles that are there already."""
    for name in TILES[:number]:
        s3_of(tasks.sandbox).put_object(Bucket=BUCKET, Key=f"{where}{name}.tif", Body=b"old")


TEMPLATE = {f"{S3}url": f"s3://{BUCKET}/out/<tileName>.tif"}


@pytest.mark.parametrize(
    ("flags", "number", "status", "new"),
    [
        ({}, 1, "FAILED", 0),
        ({"output__overwrite": True}, 5, "DONE", 5),
        ({"output__skipExisting": True}, 2, "DONE", 3),
        ({"output__overwrite": True, "output__skipExisting": True}, 2, "DONE", 3),
        ({}, 0, "DONE", 5),
    ],
)
def test_files_that_are_there_already(
    delivering: MakeTasks, flags: dict[str, Any], number: int, status: str, new: int
) -> None:
    """They fail the analysis unless they are to be written over or left."""
    tasks = delivering()
    seeded(tasks, number)
    view = tasks.run(**TEMPLATE, **flags)
    assert view["status"] == status, view
    if status == "FAILED":
        assert "already exist" in view["error"]
    bodies = [tasks.read(f"out/{name}.tif") for name in TILES] if status == "DONE" else []
    assert bodies.count(b"II*") == new
    assert f"out/execution-{view['id']}.sqlite" in tasks.objects() or status == "FAILED"


def test_nothing_left_to_do(delivering: MakeTasks) -> None:
    """With skipExisting and every file there, the analysis ends the task as DONE, at no cost."""
    tasks = delivering()
    seeded(tasks, 5)
    task = tasks.create(**TEMPLATE, output__skipExisting=True)
    tasks.act(task, "analyse")
    view = tasks.until(task, "DONE", "ANALYSIS_DONE")
    assert (view["status"], view["costPU"], view["completionPercentage"]) == ("DONE", 0, 100)
    assert tasks.act(task, "start").status_code == 400
    assert f"out/featureManifest-{task}.gpkg" in tasks.objects()
    assert tasks.read(f"out/{TILES[0]}.tif") == b"old"


def test_zarr(delivering: MakeTasks) -> None:
    """The group lies in the folder, the service's files by the rule; a folder with files is refused."""
    pixels = StandIn()
    pixels.outputs = [Output("default", 1, "UINT16")]
    tasks = delivering(pixels)
    inside = tasks.run(**zarr(), **{f"{S3}url": f"s3://{BUCKET}/z/<requestId>"})
    assert inside["status"] == "DONE", inside
    keys = [key.removeprefix(f"z/{inside['id']}/") for key in tasks.objects()]
    assert {".zgroup", ".zmetadata", *own(inside["id"])} <= set(keys)
    assert sum(key.startswith("default/") for key in keys) == 5
    apart = tasks.run(**zarr(), **{f"{S3}url": f"s3://{BUCKET}/plain/"})
    assert apart["status"] == "DONE", apart
    keys = [key for key in tasks.objects() if key.startswith("plain/")]
    assert {"plain/.zgroup", f"plain/{apart['id']}/request-{apart['id']}.json"} <= set(keys)
    again = tasks.run(**zarr(), **{f"{S3}url": f"s3://{BUCKET}/plain/"})
    assert (again["status"], "already exist" in again["error"]) == ("FAILED", True)


REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "unknown keys": ({f"{S3}accessKey": "AKIASOMEBODYELSE0001"}, "credentials"),
    "a wrong secret": ({f"{S3}secretAccessKey": "canary-secret"}, "credentials"),
    "no such bucket": ({f"{S3}url": "s3://nowhere"}, "does not exist"),
    "another region": ({f"{S3}region": "us-west-2"}, "us-west-2"),
    "a bad script": ({"processRequest__evalscript": "throw"}, "Failed to evaluate script!"),
}


@pytest.mark.parametrize(("changes", "words"), REFUSALS.values(), ids=REFUSALS)
def test_what_fails_the_analysis(delivering: MakeTasks, changes: dict[str, Any], words: str) -> None:
    """The task is FAILED and says why, without keys; it cannot be started again."""
    tasks = delivering()
    view = tasks.run(**changes)
    assert (view["status"], words in view["error"]) == ("FAILED", True), view
    assert "canary" not in json.dumps(view)
    assert tasks.act(view["id"], "start").status_code == 400


def test_a_bucket_that_vanishes(delivering: MakeTasks) -> None:
    """Features that cannot be delivered are FATAL; when many in a row are, the task is STOPPED, UNHEALTHY."""
    pixels = StandIn(tiles=30)
    tasks = delivering(pixels, processing_seconds=1.0)
    pixels.gate.clear()
    task = tasks.create()
    tasks.act(task, "start")
    tasks.wait_for(lambda: f"{task}/execution-{task}.sqlite" in tasks.objects())
    s3 = s3_of(tasks.sandbox)
    for key in tasks.objects():
        s3.delete_object(Bucket=BUCKET, Key=key)
    s3.delete_bucket(Bucket=BUCKET)
    pixels.gate.set()
    view = tasks.until(task, "STOPPED", "DONE")
    assert (view["status"], view["stoppedStatusReason"]) == ("STOPPED", "UNHEALTHY")
    assert "does not exist" in view["error"]
    # Nine were refused, the tenth was too much.
    assert view["completionPercentage"] == 100 * 9 // 30
    # Nobody has to wait before going on after that.
    open_bucket(tasks.sandbox)
    assert tasks.act(task, "start").status_code == 204
    tasks.until(task, "DONE")
    ends = [row[1:] for row in rows(tasks.read(f"{task}/execution-{task}.sqlite"))]
    refused = ("FATAL", f"The specified bucket does not exist: {BUCKET}", 0)
    assert (ends.count(refused), ends.count(("DONE", None, 1))) == (9, 21)


def test_cog_of_a_type_that_it_does_not_take(delivering: MakeTasks) -> None:
    """INT8 fails the analysis."""
    pixels = StandIn()
    pixels.outputs = [Output("default", 1, "INT8")]
    assert "INT8" in delivering(pixels).run(**COG)["error"]
