"""The examples on version 2 of the batch API: the programs as they are, but for what that version lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pytest

from tests.e2e.jobs import buckets, changes, keys, look_often, remote
from tests.e2e.notebook import Notebook
from tests.e2e.v2 import PROCESS_V2
from tests.support.cli import MakeStack, Stack, copy_example
from tests.support.patience import eventually
from tests.support.sandbox import ACTIVE, Controls

BUCKET = "somebody-elses"
BYOC = "/api/v1/byoc/collections"
#: Those that share a stack: the file of each, and how many requests it makes.
TOGETHER: Final = {"geotiff": 1, "zarr": 1, "existing-bucket": 1, "many-regions": 12, "collection": 3}
#: Runs their programs as they are, each with names and outputs of its own.
MAIN: Final = f"""
import runpy
from pathlib import Path
import pulumi

export, init = pulumi.export, pulumi.Resource.__init__
for example in {list(TOGETHER)}:
    def named(self, type_, name, *more, **rest):
        init(self, type_, f"{{example}}-{{name}}", *more, **rest)

    pulumi.Resource.__init__ = named
    pulumi.export = lambda name, value, example=example: export(f"{{example}}:{{name}}", value)
    runpy.run_path(str(Path(__file__).parent / example / "__main__.py"), run_name="__main__")
pulumi.Resource.__init__ = init
"""


@dataclass(frozen=True)
class Seen:
    """What was there before all was taken away.

    Attributes:
        outputs: of each example.
        jobs: the ids of each one's requests.
        own_bucket: the zarr example's.
        keys: of the objects, by bucket.
        collections: the ids of all BYOC collections, by name.
        tiles: statuses of each collection's tiles, by its id.
        started: ids of the requests that were started, as often as they were.
    """

    outputs: Mapping[str, Mapping[str, Any]]
    jobs: Mapping[str, set[str]]
    own_bucket: str
    keys: Mapping[str, Sequence[str]]
    collections: Mapping[str, str]
    tiles: Mapping[str, set[str]]
    started: Sequence[str]

    def files(self, bucket: str, suffix: str) -> list[str]:
        """The keys in a bucket that end so."""
        return [key for key in self.keys[bucket] if key.endswith(suffix)]


@pytest.fixture(scope="module")
def seen(make_for_all: MakeStack, sandbox_process: Controls) -> Seen:
    """The examples of one stack: nothing is to do after their update, nothing is left in the end."""
    sandbox = sandbox_process
    # a bucket that the keys alone let the service into
    region = {"LocationConstraint": sandbox.endpoints["region"]}
    sandbox.s3().create_bucket(Bucket=BUCKET, CreateBucketConfiguration=region)
    stack = make_for_all(MAIN)
    for example in TOGETHER:
        copy_example(example, stack.folder / example)
    look_often(stack, api="v2")
    stack.config("bucket", BUCKET)
    outputs = up(stack)
    notebook = Notebook(sandbox)
    collections = {one["name"]: str(one["id"]) for one in notebook.ask("GET", BYOC)["data"]}
    there = Seen(
        {name: of_example(outputs, name) for name in TOGETHER},
        {name: jobs_of(stack, name) for name in TOGETHER},
        str(stack.resources()["zarr-results"]["id"]),
        {name: keys(sandbox, name) for name in buckets(sandbox)},
        collections,
        {id: statuses_of_tiles(notebook, id) for id in collections.values()},
        [call.split("/")[-2] for call in changes(sandbox) if PROCESS_V2 in call and call.endswith("/start")],
    )
    assert requests(sandbox) == sum(TOGETHER.values())
    stack.destroy()
    check_nothing_is_left(stack, sandbox)
    return there


def of_example(outputs: Mapping[str, Any], example: str) -> dict[str, Any]:
    """The outputs of one example."""
    found = {name.partition(":"): value for name, value in outputs.items()}
    return {name: value for (whose, _, name), value in found.items() if whose == example}


def jobs_of(stack: Stack, example: str) -> set[str]:
    """The ids of an example's requests; its run may have the name of one."""
    kept = stack.export()["deployment"]["resources"]
    return {str(state["id"]) for state in kept if f":BatchRequest::{example}-" in state["urn"]}


def statuses_of_tiles(notebook: Notebook, collection: str) -> set[str]:
    """Those that the tiles of a BYOC collection have."""
    return {tile["status"] for tile in notebook.ask("GET", f"{BYOC}/{collection}/tiles")["data"]}


def check_nothing_is_left(stack: Stack, sandbox: Controls) -> None:
    """Nothing but v2 was called, and nothing is left to run."""
    assert [call for call in changes(sandbox) if "/batch/" in call and PROCESS_V2 not in call] == []
    assert [one for one in remote(sandbox) if one["status"] in ACTIVE] == []
    assert [name for name in buckets(sandbox) if name != BUCKET] == []
    assert Notebook(sandbox).ask("GET", BYOC)["data"] == []
    assert stack.resources() == {}
    eventually(lambda: not stack.processes(), "the engine's helpers end")


@pytest.fixture
def on_v2(make_stack: MakeStack, sandbox: Controls) -> Iterator[Callable[[str], Stack]]:
    """Makes the stack of an example; in the end nothing but v2 was called, and nothing is left to run."""
    made: list[Stack] = []

    def make(example: str) -> Stack:
        stack = make_stack(example=example)
        look_often(stack, api="v2")
        made.append(stack)
        return stack

    yield make
    (stack,) = made
    stack.destroy()
    check_nothing_is_left(stack, sandbox)


def up(stack: Stack) -> dict[str, Any]:
    """Bring it up, and see that nothing is to be done afterwards; its outputs."""
    stack.up()
    stack.refresh("--expect-no-changes")
    stack.preview(expect_no_changes=True)
    return stack.outputs()


def requests(sandbox: Controls) -> int:
    """How many requests were made; each of them was started once."""
    calls = [call for call in changes(sandbox) if call.startswith(f"POST {PROCESS_V2}")]
    made = calls.count(f"POST {PROCESS_V2}")
    assert len([call for call in calls if call.endswith("/start")]) == made
    return made


@pytest.mark.parametrize("example", TOGETHER)
def test_each_request_is_started_once(seen: Seen, example: str) -> None:
    """An example has as many jobs as requests; in the end it has left nothing, and called v2 alone."""
    jobs = seen.jobs[example]
    assert len(jobs) == TOGETHER[example]
    assert sorted(id for id in seen.started if id in jobs) == sorted(jobs)


def test_geotiff(seen: Seen) -> None:
    """The documentation's own request gives a GeoTIFF a tile, at the path that the outputs tell."""
    outputs = seen.outputs["geotiff"]
    assert outputs["status"] == "DONE"
    written = seen.files(outputs["bucket"], ".tif")
    assert len(written) == outputs["tiles"]
    folder = outputs["resultPath"].removeprefix(f"s3://{outputs['bucket']}/")
    assert [key for key in written if not key.startswith(f"{folder}/")] == []


def test_zarr(seen: Seen) -> None:
    """The documentation's own request gives one Zarr group, where the outputs tell."""
    outputs = seen.outputs["zarr"]
    assert outputs["status"] == "DONE"
    bucket = seen.own_bucket
    assert outputs["zarr"] == f"s3://{bucket}/{outputs['requestId']}"
    arrays = {key.split("/")[1] for key in seen.files(bucket, "/.zarray")}
    assert arrays >= {"maxNDVI", "band04", "band08"}


def test_existing_bucket(seen: Seen) -> None:
    """A bucket that someone else has made is used as it is: the keys alone let the service in."""
    assert seen.outputs["existing-bucket"]["status"] == "DONE"
    assert seen.files(BUCKET, ".tif")


def test_many_regions(seen: Seen) -> None:
    """A dozen requests fit into the budget, each charged at the least, which the estimate is below."""
    outputs = seen.outputs["many-regions"]
    assert set(outputs["statuses"].values()) == {"DONE"}
    assert len(outputs["statuses"]) == 12
    assert outputs["cost"] == 1200
    assert 0 < outputs["costEstimate"] < 12


def test_collection(seen: Seen) -> None:
    """Three requests write into two BYOC collections, which destroy deletes; the requests' records stay."""
    outputs, named = seen.outputs["collection"], seen.collections
    assert outputs["status"] == "DONE"
    assert outputs["collection"] == f"byoc-{named['NDVI of Corsica']}"
    assert outputs["ofCentre"] == f"byoc-{named['NDVI of centre']}"
    assert outputs["bands"]["ndvi"]["bitDepth"] == 32
    assert set(seen.tiles) == set(named.values())
    assert [statuses for statuses in seen.tiles.values() if statuses != {"INGESTED"}] == []


def test_partial_restart(on_v2: Callable[[str], Stack], sandbox: Controls) -> None:
    """Nothing is run again; with accept_partial in its place what failed is left out and named."""
    sandbox.control("PUT", "options", {"fail_tiles": 0.4})
    stack = on_v2("partial-restart")
    refused = stack.preview(expect_failure=True).output
    assert "restart_partial: is 2, and API v2 cannot run failed tiles again" in refused
    program = (stack.folder / "__main__.py").read_text()
    stack.program(program.replace("restart_partial=2", "accept_partial=True"))
    outputs = up(stack)
    assert (outputs["status"], outputs["restarts"]) == ("PARTIAL", 0)
    assert len(outputs["failedTiles"]) == outputs["tilesByStatus"]["FAILED"] > 0
    assert requests(sandbox) == 1


def test_features(on_v2: Callable[[str], Stack], sandbox: Controls) -> None:
    """Areas that stand in the program give a GeoTIFF each, and their file goes with the stack."""
    outputs = up(on_v2("features"))
    assert (outputs["status"], outputs["areas"]) == ("DONE", 2)
    files = {key.rsplit("/", 1)[-1] for key in keys(sandbox, outputs["bucket"], ".tif")}
    assert files == {"asco.tif", "tavignano.tif"}
    assert requests(sandbox) == 1
