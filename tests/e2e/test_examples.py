"""Every example from beginning to end: up, an empty preview, refresh, an empty preview, destroy."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import yaml

from pulumi_sentinelhub.batch.mark import unmarked
from tests.e2e.jobs import buckets, creations, just_below, keys, remote, stack_of, starts
from tests.e2e.notebook import Notebook, download, only_bucket
from tests.support import seed
from tests.support.cli import MakeStack, Stack
from tests.support.patience import eventually
from tests.support.sandbox import ACTIVE, PROCESS, ROOT, Controls

REGIONS = 12


@pytest.fixture
def example(make_stack: MakeStack, request: pytest.FixtureRequest) -> Stack:
    """A stack of the example that the test is marked with, with quick looks at its jobs."""
    stack = make_stack(example=request.param)
    file = stack.folder / "Pulumi.yaml"
    project = yaml.safe_load(file.read_text())
    project.setdefault("config", {})["sentinelhub:pollInterval"] = {"value": "0.2"}
    file.write_text(yaml.safe_dump(project))
    return stack


def settles(stack: Stack) -> None:
    """Nothing is to do after an update, nor after a refresh."""
    stack.preview(expect_no_changes=True)
    stack.refresh("--expect-no-changes")


def nothing_is_left(stack: Stack, sandbox: Controls, *, but_buckets: tuple[str, ...] = ()) -> None:
    """No active request, no bucket of ours, no collection, no resource and no process."""
    assert not [one for one in remote(sandbox) if one["status"] in ACTIVE]
    assert buckets(sandbox) == list(but_buckets)
    assert Notebook(sandbox).collections() == []
    assert stack.resources() == {}
    eventually(lambda: not stack.processes(), "the engine's helpers end")


@pytest.mark.pixels
@pytest.mark.parametrize("example", ["zarr"], indirect=True)
def test_zarr(example: Stack, sandbox: Controls, tmp_path: Path) -> None:
    """The documentation's own payload gives one Zarr group that opens, each array as asked for."""
    import zarr

    example.up()
    outputs = example.outputs()
    assert outputs["status"] == "DONE"
    (posted,) = creations(sandbox)
    (bucket,) = buckets(sandbox)
    verbatim = seed.zarr(bucket)
    verbatim["zarrOutput"]["path"] = f"s3://{bucket}/<requestId>"
    assert unmarked(posted["body"]) == verbatim
    settles(example)

    download(sandbox, bucket, tmp_path)
    assert outputs["zarr"] == f"s3://{bucket}/{outputs['requestId']}"
    group = zarr.open_group(tmp_path / outputs["requestId"], mode="r", zarr_format=2)
    arrays = dict(group.arrays())
    assert set(arrays) >= {"maxNDVI", "band04", "band08"}
    for name in ("maxNDVI", "band04", "band08"):
        assert arrays[name].chunks == (1, 1000, 1000)
        assert arrays[name].dtype == np.dtype("<f4" if name == "maxNDVI" else "<u2")
    assert arrays["band04"].fill_value == 0
    assert np.isnan(arrays["maxNDVI"].fill_value)
    coordinates = set(arrays) - {"maxNDVI", "band04", "band08"}
    shape = arrays["maxNDVI"].shape
    assert {arrays[name].shape for name in coordinates} >= {(length,) for length in shape}
    ndvi = arrays["maxNDVI"][:]
    assert np.nanmax(ndvi) > 0.3

    example.destroy()
    nothing_is_left(example, sandbox)


@pytest.mark.pixels
@pytest.mark.parametrize("example", ["collection"], indirect=True)
def test_collection(example: Stack, sandbox: Controls, tmp_path: Path) -> None:
    """Three requests write real COGs into two collections, which destroy unlinks and deletes."""
    import rasterio

    example.up()
    outputs = example.outputs()
    notebook = Notebook(sandbox)
    named = {one["name"]: one for one in notebook.collections()}
    assert outputs["collection"] == f"batch-{named['NDVI of Corsica']['id']}"
    assert outputs["ofCentre"] == f"batch-{named['NDVI of centre']['id']}"
    assert outputs["bands"]["ndvi"]["bitDepth"] == 32
    assert outputs["bands"]["ndvi"]["sampleFormat"] == "FLOAT"
    links = Counter(one["output"]["collectionId"] for one in remote(sandbox))
    assert links == {named["NDVI of Corsica"]["id"]: 2, named["NDVI of centre"]["id"]: 1}
    settles(example)

    files = download(sandbox, only_bucket(sandbox), tmp_path)
    rasters = [file for key, file in files.items() if key.endswith(".tif")]
    assert len(rasters) >= 3
    for file in rasters:
        with rasterio.open(file) as raster:
            assert (raster.count, raster.dtypes[0]) == (1, "float32")
            assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
            assert raster.overviews(1)

    example.destroy()
    assert [one.get("output", {}).get("collectionId") for one in remote(sandbox)] == 3 * [None]
    nothing_is_left(example, sandbox)


@pytest.mark.parametrize("example", ["existing-bucket"], indirect=True)
def test_existing_bucket(example: Stack, sandbox: Controls) -> None:
    """A bucket that someone else has made is used as it is, and stays with the results."""
    sandbox.make_bucket("somebody-elses")
    example.config("bucket", "somebody-elses")
    example.up()
    assert example.outputs()["status"] == "DONE"
    settles(example)
    results = keys(sandbox, "somebody-elses", ".tif")
    assert results
    example.destroy()
    assert keys(sandbox, "somebody-elses", ".tif") == results
    nothing_is_left(example, sandbox, but_buckets=("somebody-elses",))


@pytest.mark.parametrize("example", ["partial-restart"], indirect=True)
def test_partial_restart(example: Stack, sandbox: Controls) -> None:
    """What failed is run again, once, and nothing else is."""
    example.up("--target", "**:OutputBucket::**", "--target", "**:BatchRequest::**")
    (request,) = remote(sandbox)
    sandbox.force(request["id"], fail_tiles=0.5)
    example.up()
    outputs = example.outputs()
    assert (outputs["status"], outputs["restarts"], outputs["failedTiles"]) == ("DONE", 1, [])
    assert len(sandbox.journal("POST", "/restartpartial")) == 1
    assert len(starts(sandbox)) == 1
    tiles = Notebook(sandbox).ask("GET", f"{PROCESS}/{request['id']}/tiles")["data"]
    assert outputs["tilesByStatus"] == {"PROCESSED": len(tiles)}
    written = keys(sandbox, only_bucket(sandbox), ".tif")
    assert len(written) == len(tiles) > 1
    settles(example)
    example.destroy()
    nothing_is_left(example, sandbox)


@pytest.mark.parametrize("example", ["many-regions"], indirect=True)
def test_many_regions(example: Stack, sandbox: Controls) -> None:
    """Over the one budget nothing is made, or nothing is started; a raised one goes on from there."""
    example.config("maxCost", "100000")
    limit = just_below(example.preview().output)
    example.config("maxCost", "0.5")
    refused = example.preview(expect_failure=True).output
    assert "max_cost: is 0.5 PU, and" in refused
    assert creations(sandbox) == []
    example.config("maxCost", str(limit))
    refused = example.up(expect_failure=True).output
    made = [one["id"] for one in remote(sandbox)]
    assert len(made) == len(creations(sandbox)) == REGIONS
    assert starts(sandbox) == []
    assert re.search(r"over max_cost = [\d.,]+ PU, so no request is started", refused)
    for request_id in made:
        assert re.search(rf"{request_id}: [\d.]+ PU", refused)

    example.config("maxCost", "500")
    example.up()
    outputs = example.outputs()
    assert outputs["statuses"] == dict.fromkeys(made, "DONE")
    assert len(creations(sandbox)) == len(starts(sandbox)) == REGIONS
    assert 0 < outputs["cost"] < 500
    settles(example)
    example.destroy()
    nothing_is_left(example, sandbox)


README = (ROOT / "README.md").read_text()


def test_the_readmes_program(make_stack: MakeStack, sandbox: Controls) -> None:
    """The smallest program of README.md runs as it stands there; its results keep their bucket from going."""
    (program,) = [
        text for text in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "BatchJob" in text
    ]
    stack = stack_of(make_stack, program)
    (stack.folder / "max-ndvi.js").write_text((ROOT / "examples/geotiff/max-ndvi.js").read_text())
    stack.up()
    bucket = only_bucket(sandbox)
    outputs = stack.outputs()
    assert outputs["status"] == "DONE"
    assert outputs["results"].startswith(f"s3://{bucket}/")
    stack.preview(expect_no_changes=True)
    assert f"cannot delete bucket {bucket}" in stack.destroy(expect_failure=True).output
    assert keys(sandbox, bucket, ".tif")


def test_the_readme_names_every_example() -> None:
    """Each folder of examples/ is linked, and every link leads to one."""
    linked = set(re.findall(r"\]\(examples/([\w-]+)\)", README))
    assert linked == {project.parent.name for project in (ROOT / "examples").glob("*/Pulumi.yaml")}
