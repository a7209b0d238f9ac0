"""Features of GeoPackages, as tasks read and compute them."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
import shapely

from sentinelhub_sandbox.geopackage import GeoPackageError, read_rows

from ..stand_in import StandIn
from .conftest import BUCKET, MakeTasks, Tasks, open_bucket, rows
from .features import FAR, TRIANGLE, WEST, Feature, add_layer, geopackage, put, source
from .orders import S3


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
