"""The main job: the documentation's own request over Corsica, from nothing to its end and back to nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pulumi_sentinelhub.batch.mark import unmarked
from tests.e2e.jobs import buckets, changes, creations, keys, look_often, remote, starts
from tests.support import seed
from tests.support.cli import MakeStack, Stack
from tests.support.patience import eventually
from tests.support.sandbox import ACTIVE, Controls

PROGRESS = re.compile(r"BatchRun max-ndvi .* PROCESSING \d+% \(\d+/(\d+) tiles\), (\d+m)?\d+s")


@pytest.mark.pixels
def test_the_whole_job(make_stack: MakeStack, sandbox: Controls, tmp_path: Path) -> None:
    """The example ends DONE with a GeoTIFF a tile, stays as it is, and is taken away without a trace."""
    stack = make_stack(example="geotiff")
    look_often(stack)
    up = stack.up()
    outputs = stack.outputs()
    bucket = outputs["bucket"]
    assert outputs["status"] == "DONE"
    check_calls(sandbox, bucket)
    check_progress(up.output, outputs["tiles"])
    check_results(sandbox, bucket, outputs["tiles"], tmp_path)
    check_stays_as_it_is(stack, sandbox)
    stack.destroy()
    assert not [request for request in remote(sandbox) if request["status"] in ACTIVE]
    assert buckets(sandbox) == []
    assert stack.resources() == {}
    eventually(lambda: stack.processes() == [], "no helper process is left")


def check_calls(sandbox: Controls, bucket: str) -> None:
    """One token, one request with the payload verbatim but for the owner's mark, one start."""
    (creation,) = creations(sandbox)
    assert unmarked(creation["body"]) == seed.geotiff(bucket)
    assert len(starts(sandbox)) == 1
    assert len(sandbox.journal("POST", "/token")) == 1


def check_progress(output: str, tiles: int) -> None:
    """Progress is shown on the run's own row while it goes on, with the number of tiles."""
    lines = [match for match in map(PROGRESS.search, output.splitlines()) if match]
    assert len({line.group() for line in lines}) > 2, output
    assert {int(line[1]) for line in lines} == {tiles}


def check_results(sandbox: Controls, bucket: str, tiles: int, folder: Path) -> None:
    """As many GeoTIFFs as tiles, each of which can be opened and is what the evalscript returns."""
    import rasterio

    (request,) = remote(sandbox)
    files = keys(sandbox, bucket, ".tif")
    assert len(files) == tiles == request["tileCount"]
    shapes = set()
    for key in files:
        path = folder / "tile.tif"
        sandbox.s3().download_file(bucket, key, str(path))
        with rasterio.open(path) as tile:
            shapes.add((tile.crs.to_epsg(), tile.width, tile.height, tile.count, tile.dtypes[0], tile.res))
            assert tile.read().any(), key
    assert shapes == {(32632, 334, 334, 3, "uint8", (60.0, 60.0))}


def check_stays_as_it_is(stack: Stack, sandbox: Controls) -> None:
    """Preview is empty, after a refresh, too; a second up calls for no change."""
    before = changes(sandbox)
    assert before
    stack.preview(expect_no_changes=True)
    assert "unchanged" in stack.up("--refresh", "--expect-no-changes").output
    assert changes(sandbox) == before
