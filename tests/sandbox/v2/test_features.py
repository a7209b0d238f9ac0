"""Features of GeoPackages and tiles, computed with real pixels."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from sentinelhub_sandbox import Sandbox, SandboxOptions
from tests.support import seed

from ..stand_in import StandIn
from .conftest import BUCKET, MakeTasks, Tasks, open_bucket, rows
from .features import FAR, TRIANGLE, WEST, Feature, geopackage, put, source
from .orders import RESPONSES, S3, zarr

ONE_BAND = """//VERSION=3
function setup() { return {input: ["B04"], output: {bands: 1, sampleType: "UINT16"}} }
function evaluatePixel(sample) { return [sample.B04] }
"""


def gdals_reader() -> Any:
    """It brings pandas along, if that is there: slow to import wherever this file is read."""
    import pyogrio.raw

    return pyogrio


COMPUTED = "computed"  # the fixture's sandbox lives beside others, and AWS has each bucket name once


@pytest.fixture(scope="module")
def computed() -> Any:
    """A finished task over three features, one of them outside of its bounds, and what it wrote."""
    features = [
        Feature("west", WEST, 40, 40),
        Feature("triangle", TRIANGLE, resolution=10.0),
        Feature("far", FAR, 4, 4),
    ]
    options = SandboxOptions(analysis_seconds=0.0, processing_seconds=0.0, account_pu=1e6)
    with Sandbox(options) as sandbox:
        tasks = Tasks(sandbox, None)
        open_bucket(sandbox, COMPUTED)
        put(tasks, geopackage(features), COMPUTED)
        script = seed.geotiff(BUCKET)["processRequest"]["evalscript"]
        changes = {
            **source(tasks, COMPUTED),
            "processRequest__input__bounds": {"bbox": [8.9, 41.9, 9.1, 42.1]},
            "processRequest__evalscript": script,
            RESPONSES: seed.geotiff(BUCKET)["processRequest"]["output"]["responses"],
            f"{S3}url": f"s3://{COMPUTED}/out/<tileName>_<outputId>.<format>",
        }
        view = tasks.run(**changes)
        assert view["status"] == "DONE", view
        yield tasks, view, {key: tasks.read(key, COMPUTED) for key in tasks.objects(COMPUTED)}


def opened(body: bytes) -> Any:
    import rasterio

    return rasterio.MemoryFile(body).open()


def test_only_what_intersects_the_bounds_is_computed(computed: Any) -> None:
    """Bounds are a filter: what they touch is computed whole, what they do not is not there."""
    _, _, files = computed
    assert sorted(key for key in files if key.endswith(".tif")) == [
        "out/triangle_default.tif",
        "out/west_default.tif",
    ]


def test_size_and_place_are_the_features(computed: Any) -> None:
    """By size, pixels may be oblong; by resolution, the raster reaches over the envelope."""
    _, _, files = computed
    with opened(files["out/west_default.tif"]) as west, opened(files["out/triangle_default.tif"]) as slope:
        assert (west.width, west.height, west.crs.to_epsg()) == (40, 40, 32632)
        assert tuple(west.transform)[:6] == (10.0, 0.0, 500000.0, 0.0, -5.0, 4650200.0)
        assert (slope.width, slope.height) == (60, 60)
        assert tuple(slope.bounds) == (501000.0, 4650000.0, 501600.0, 4650600.0)


def test_outside_of_a_feature_there_is_no_data(computed: Any) -> None:
    """Pixels of the triangle's envelope that it does not cover are empty, others are not."""
    _, _, files = computed
    with opened(files["out/triangle_default.tif"]) as image:
        values = image.read()
    assert values[:, :20, 40:].any() == np.False_
    assert values[:, 40:, :10].any()


def test_the_manifest_is_a_geopackage(computed: Any, tmp_path: Path) -> None:
    """GDAL reads it: a layer a CRS, a row a feature and output, with path, size and geometry."""
    _, view, files = computed
    file = tmp_path / "manifest.gpkg"
    file.write_bytes(files[f"out/featureManifest-{view['id']}.gpkg"])
    gdal = gdals_reader()
    assert gdal.list_layers(file)[:, 0].tolist() == ["feature_32632"]
    info = gdal.read_info(file)
    assert (info["crs"], info["fid_column"], info["geometry_name"]) == ("EPSG:32632", "fid", "geometry")
    assert info["fields"].tolist() == ["outputId", "identifier", "path", "width", "height"]
    meta, _, geometries, columns = gdal.raw.read(file)
    names = dict(zip(meta["fields"].tolist(), columns, strict=True))
    by_name = {name: index for index, name in enumerate(names["identifier"].tolist())}
    assert set(by_name) == {"west", "triangle"}
    west = by_name["west"]
    told = names["path"][west], names["outputId"][west]
    assert told == (
        f"s3://{COMPUTED}/out/west_default.tif",
        "default",
    )
    assert (names["width"][west], names["height"][west]) == (40, 40)
    assert shapely.from_wkb(geometries[by_name["triangle"]]) == TRIANGLE


def test_costs_are_those_of_small_files(computed: Any) -> None:
    """Files of up to 10 000 pixels are billed in full, and each task at least 100 PU."""
    tasks, view, _ = computed
    assert view["costPU"] == 100.0
    job = next(job for job in tasks.sandbox.v2.store.jobs() if job.id == view["id"])
    plain = {
        plan.id: pytest.approx(tasks.sandbox.v2.pixels.tile_cost(job.request, plan))
        for plan in job.analysis.plans
    }
    # two are computed at once: whichever ends first
    assert {tile: how.cost for tile, how in job.settled().items()} == plain


@pytest.mark.parametrize(("side", "divisor"), [(100, 1), (101, 3)])
def test_the_discount_is_for_files_bigger_than_10000_pixels(
    still: MakeTasks, side: int, divisor: int
) -> None:
    """100 x 100 pixels cost all, 101 x 101 a third."""

    class Sized(StandIn):
        def outline(self, request: Any, plan: Any) -> Any:
            return replace(super().outline(request, plan), width=side, height=side)

    tasks = still(Sized(tiles=100))
    view = tasks.force(tasks.create(), status="DONE")
    assert view["costPU"] == pytest.approx(max(100.0, 100 * 2.5 / divisor))


def test_cog_of_v2_has_blocks_of_256(computed: Any) -> None:
    """The edition of 2026 has other default blocks than v1; user data lies beside the images."""
    tasks, _, _ = computed
    put(tasks, geopackage([Feature("a", WEST, 600, 300)]), COMPUTED)
    process = seed.geotiff(COMPUTED)["processRequest"]
    userdata = {"identifier": "userdata", "format": {"type": "application/json"}}
    changes = {
        **source(tasks, COMPUTED),
        f"{S3}url": f"s3://{COMPUTED}",
        "processRequest__evalscript": process["evalscript"],
        RESPONSES: [*process["output"]["responses"], userdata],
    }
    view = tasks.run(**changes, output__cogOutput=True)
    assert view["status"] == "DONE", view
    with opened(tasks.read(f"{view['id']}/a/default.tif", COMPUTED)) as image:
        assert image.block_shapes[0] == (256, 256)
        assert image.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    assert f"{view['id']}/a/userdata.json" in tasks.objects(COMPUTED)


def test_no_scene_is_no_file(computed: Any) -> None:
    """Where there is no data, a feature is DONE, costs nothing and has no file."""
    tasks, _, _ = computed
    put(tasks, geopackage([Feature("a", WEST, 4, 4)]), COMPUTED)
    empty = {"timeRange": {"from": "1990-01-01T00:00:00Z", "to": "1990-01-02T00:00:00Z"}}
    view = tasks.run(
        **source(tasks, COMPUTED),
        **{f"{S3}url": f"s3://{COMPUTED}"},
        processRequest__evalscript=seed.geotiff(COMPUTED)["processRequest"]["evalscript"],
        processRequest__input__data=[{"type": "sentinel-2-l2a", "dataFilter": empty}],
    )
    assert (view["status"], view["costPU"]) == ("DONE", 0.0), view
    database = tasks.read(f"{view['id']}/execution-{view['id']}.sqlite", COMPUTED)
    assert rows(database) == [("a", "DONE", "No data", 0)]


def test_a_grid_of_several_zones_has_a_layer_each(computed: Any, tmp_path: Path) -> None:
    """The manifest has a layer a CRS, with tiles of the size of the files, buffers included."""
    tasks, _, _ = computed
    task = tasks.create(
        **{f"{S3}url": f"s3://{COMPUTED}/zones"},
        input__bufferX=5,
        processRequest__input__bounds={"bbox": [5.95, 42.0, 6.05, 42.02]},
        processRequest__evalscript=seed.geotiff(COMPUTED)["processRequest"]["evalscript"],
    )
    tasks.act(task, "analyse")
    tasks.until(task, "ANALYSIS_DONE")
    file = tmp_path / "manifest.gpkg"
    file.write_bytes(tasks.read(f"zones/{task}/featureManifest-{task}.gpkg", COMPUTED))
    gdal = gdals_reader()
    assert gdal.list_layers(file)[:, 0].tolist() == ["feature_32631", "feature_32632"]
    meta, _, geometries, columns = gdal.raw.read(file, layer="feature_32632")
    names = dict(zip(meta["fields"].tolist(), columns, strict=True))
    assert (names["width"][0], names["height"][0]) == (344, 334)
    west, south, east, north = shapely.from_wkb(geometries[0]).bounds
    assert (east - west, north - south) == (344 * 60, 334 * 60)


def test_zarr_settings_reach_the_group() -> None:
    """What the output says of group and arrays is in the files."""
    with Sandbox(SandboxOptions(analysis_seconds=0.0, processing_seconds=0.0, pixels="flat")) as sandbox:
        tasks = Tasks(sandbox, None)
        open_bucket(sandbox, "zarr")
        view = tasks.run(
            **zarr(group={"zarr_format": 2, "customAttributes": {"title": "flat"}}),
            **{f"{S3}url": "s3://zarr/<requestId>"},
            processRequest__input__bounds={"bbox": [9.0, 42.0, 9.01, 42.01]},
            processRequest__evalscript=ONE_BAND,
        )
        assert view["status"] == "DONE", view
        array = json.loads(tasks.read(f"{view['id']}/default/.zarray", "zarr"))
        assert (array["dtype"], array["chunks"]) == ("<u2", [1, 1000, 1000])
        assert json.loads(tasks.read(f"{view['id']}/.zattrs", "zarr"))["title"] == "flat"
