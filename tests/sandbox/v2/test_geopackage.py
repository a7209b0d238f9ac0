"""Features of GeoPackages, as tasks read and compute them."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyogrio.raw
import pytest
import rasterio
import shapely

from sentinelhub_sandbox import Sandbox, SandboxOptions
from sentinelhub_sandbox.geopackage import GeoPackageError, read_rows
from tests.support import seed

from ..conftest import s3_of
from ..stand_in import StandIn
from .conftest import BUCKET, MakeTasks, Tasks, open_bucket, rows
from .features import Feature, add_layer, geopackage
from .test_payloads import RESPONSES, S3, zarr

KEY = "input/features.gpkg"
WEST = shapely.box(500000, 4650000, 500400, 4650200)
TRIANGLE = shapely.Polygon([(501000, 4650000), (501600, 4650000), (501000, 4650600)])
FAR = shapely.box(700000, 5650000, 700100, 5650100)


def source(tasks: Tasks, bucket: str = BUCKET, **members: Any) -> dict[str, Any]:
    """Changes that ask for the features of the usual file, everywhere."""
    return {
        "input": {"type": "geopackage", "features": tasks.storage(f"s3://{bucket}/{KEY}"), **members},
        "processRequest__input__bounds": None,
    }


def put(tasks: Tasks, content: bytes, bucket: str = BUCKET) -> None:
    s3_of(tasks.sandbox).put_object(Bucket=bucket, Key=KEY, Body=content)


@pytest.fixture
def tasks(delivering: MakeTasks) -> Tasks:
    return delivering()


def test_each_feature_is_a_file(tasks: Tasks) -> None:
    """Named by its identifier, in the manifest with its CRS, and in the execution database."""
    put(tasks, geopackage([Feature("a", WEST, 40, 20), Feature("b", TRIANGLE, resolution=10.0)]))
    view = tasks.run(**source(tasks), **{f"{S3}url": f"s3://{BUCKET}/out/<tileName>/<outputId>.<format>"})
    assert view["status"] == "DONE", view
    database = tasks.read(f"out/execution-{view['id']}.sqlite")
    assert rows(database) == [("a", "DONE", None, 1), ("b", "DONE", None, 1)]


FAULTS: dict[str, tuple[list[Feature], dict[str, Any], str]] = {
    "no identifiers": ([Feature(None, WEST, 1, 1)], {}, "no identifier"),
    "one without identifier": ([Feature("a", WEST, 1, 1), Feature(None, WEST, 1, 1)], {}, "no identifier"),
    "one twice": ([Feature("a", WEST, 1, 1), Feature("a", FAR, 1, 1)], {}, "'a' is not unique"),
    "no size": ([Feature("a", WEST)], {}, "neither width and height nor resolution"),
    "half a size": ([Feature("a", WEST, 4)], {}, "neither width and height nor resolution"),
    "a size of zero": ([Feature("a", WEST, 0, 4)], {}, "greater than 0"),
    "a CRS that is not supported": ([Feature("a", WEST, 4, 4)], {"crs": "EPSG:32188"}, "EPSG:32188"),
}


@pytest.mark.parametrize(("features", "options", "words"), FAULTS.values(), ids=FAULTS)
def test_faulty_packages(tasks: Tasks, features: list[Feature], options: dict[str, Any], words: str) -> None:
    """They fail the analysis, which says what is wrong."""
    put(tasks, geopackage(features, **options))
    view = tasks.run(**source(tasks))
    assert (view["status"], words in view["error"]) == ("FAILED", True), view


def test_files_that_are_no_package(tasks: Tasks) -> None:
    """Missing, no SQLite, SQLite without layers, and keys that do not open it."""
    missing = tasks.run(**source(tasks))
    assert (missing["status"], "does not exist" in missing["error"]) == ("FAILED", True)
    put(tasks, b"no package at all")
    assert "not a valid GeoPackage" in tasks.run(**source(tasks))["error"]
    put(tasks, b"")
    assert "not a valid GeoPackage" in tasks.run(**source(tasks))["error"]
    put(tasks, geopackage([Feature("a", WEST, 1, 1)]))
    assert tasks.run(**source(tasks))["status"] == "DONE"
    foreign = source(tasks)
    foreign["input"]["features"]["s3"]["accessKey"] = "AKIASOMEBODYELSE0001"
    assert "credentials" in tasks.run(**foreign)["error"]


def test_defaults_are_for_features_that_lack_the_value(still: MakeTasks) -> None:
    """Width and height win over a resolution; defaults fill what is missing, and nothing else."""
    seen: list[Any] = []

    class Noting(StandIn):
        def plan_features(self, request: Any, features: Any) -> Any:
            seen.append({one.identifier: (one.size, one.resolution) for one in features})
            return super().plan_features(request, features)

    tasks = still(Noting())
    open_bucket(tasks.sandbox)
    put(
        tasks,
        geopackage([Feature("a", WEST, 40, 20, 5.0), Feature("b", WEST, resolution=7.0), Feature("c", WEST)]),
    )
    task = tasks.create(**source(tasks, defaults={"width": 3, "height": 2}))
    tasks.force(task, status="ANALYSIS_DONE")
    assert seen == [{"a": ((40, 20), 5.0), "b": (None, 7.0), "c": ((3, 2), None)}]


def test_reading_what_gdal_wrote(tmp_path: Path) -> None:
    """Several layers, each in its CRS; columns by their names; geometries as they were."""
    file = tmp_path / "two.gpkg"
    point = shapely.box(9, 42, 9.1, 42.1)
    add_layer(file, "one", [Feature("a", WEST, 40, 20), Feature("b", TRIANGLE, 1, 1)], "EPSG:32632")
    add_layer(file, "two", [Feature("c", point, resolution=0.01)], "EPSG:4326", geometry_type="Polygon")
    found = read_rows(file.read_bytes())
    assert [(row.epsg, row.values["identifier"]) for row in found] == [
        (32632, "a"),
        (32632, "b"),
        (4326, "c"),
    ]
    assert found[0].values["width"] == 40
    assert found[2].values["resolution"] == 0.01
    assert [shapely.from_wkb(row.wkb) for row in found] == [WEST, TRIANGLE, point]


def test_tables_that_break_the_standard(tmp_path: Path) -> None:
    """A layer without integer key, or of a CRS without EPSG code, is refused; a missing geometry too."""
    breaks = {
        "no INTEGER primary key": "CREATE TABLE t AS SELECT * FROM features; DROP TABLE features;"
        "ALTER TABLE t RENAME TO features",
        "no EPSG code": "UPDATE gpkg_spatial_ref_sys SET organization = 'NONE'",
        "no geometry": "UPDATE features SET geom = x'4750'",
        "no layer of features": "UPDATE gpkg_contents SET data_type = 'tiles'",
    }
    for number, (words, statements) in enumerate(breaks.items()):
        file = tmp_path / f"{number}.gpkg"
        file.write_bytes(geopackage([Feature("a", WEST, 1, 1)], layer_options={"SPATIAL_INDEX": "NO"}))
        connection = sqlite3.connect(file)
        connection.executescript(statements)
        connection.close()
        with pytest.raises(GeoPackageError, match=words):
            read_rows(file.read_bytes())


# --- with real pixels ------------------------------------------------------------------------------------


ONE_BAND = """//VERSION=3
function setup() { return {input: ["B04"], output: {bands: 1, sampleType: "UINT16"}} }
function evaluatePixel(sample) { return [sample.B04] }
"""
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
    assert pyogrio.list_layers(file)[:, 0].tolist() == ["feature_32632"]
    info = pyogrio.read_info(file)
    assert (info["crs"], info["fid_column"], info["geometry_name"]) == ("EPSG:32632", "fid", "geometry")
    assert info["fields"].tolist() == ["outputId", "identifier", "path", "width", "height"]
    meta, _, geometries, columns = pyogrio.raw.read(file)
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
    plain = [tasks.sandbox.v2.pixels.tile_cost(job.request, plan) for plan in job.analysis.plans]
    assert [how.cost for how in job.settled().values()] == [pytest.approx(cost) for cost in plain]


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
    assert pyogrio.list_layers(file)[:, 0].tolist() == ["feature_32631", "feature_32632"]
    meta, _, geometries, columns = pyogrio.raw.read(file, layer="feature_32632")
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
