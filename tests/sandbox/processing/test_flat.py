"""Flat tiles: the files that the evalscript would have made, but for their values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasterio.io import MemoryFile

from sentinelhub_sandbox.processing import (
    OutputFile,
    ProcessingFailure,
    ZarrJob,
    assumed_tile_cost,
    estimate_value,
    flat_evaluation,
    flat_tile,
    plan_tiles,
    render_tile,
)

from .requests import option_2, script, small

OUTPUTS = (
    '[{id: "default", bands: 3}, {id: "numbers", bands: 1, sampleType: "FLOAT32", nodataValue: -1},'
    ' {id: "small", bands: 2, sampleType: "INT16"}]'
)
BODY = "return {default: [1, 0, 1], numbers: [samples.B04], small: [1, 2]}"
NAMES = ["default", "numbers", "small", "userdata"]
# Over two zones and the equator.
EQUATOR = [11.9, -0.1, 12.1, 0.1]


def described(file: OutputFile) -> dict[str, Any]:
    """Everything about a GeoTIFF but its values."""
    with MemoryFile(file.body) as memory, memory.open() as raster:
        return {
            "key": file.key,
            "type": file.content_type,
            "profile": dict(raster.profile),
            "bounds": raster.bounds,
            "structure": raster.tags(ns="IMAGE_STRUCTURE"),
            "overviews": [raster.overviews(band) for band in raster.indexes],
        }


def values(file: OutputFile) -> Any:
    with MemoryFile(file.body) as memory, memory.open() as raster:
        return raster.read()


@pytest.mark.parametrize(
    "output",
    [
        {"defaultTilePath": "s3://results/<tileName>/<outputId>.<format>"},
        {"defaultTilePath": "s3://results", "cogOutput": True},
        {
            "defaultTilePath": "s3://results",
            "cogOutput": True,
            "cogParameters": {"blockxsize": 64, "blockysize": 128, "overviewLevels": [2, 4]},
        },
    ],
    ids=["GeoTIFF", "COG", "COG with parameters"],
)
def test_flat_files_differ_in_their_values_alone(output: dict[str, Any]) -> None:
    """Place, CRS, size, type, bands, nodata, layout and key of every tile and output are the same."""
    grid = {"id": 0, "resolution": 60, "bufferX": 3, "bufferY": 5}
    request = small(script(BODY, output=OUTPUTS), responses=NAMES, output=output, bbox=EQUATOR, grid=grid)
    if output.get("cogOutput"):  # which has no user data
        request["processRequest"]["output"]["responses"].pop()
    plans = plan_tiles(request)
    assert {plan.crs for plan in plans} == {"EPSG:32632", "EPSG:32633", "EPSG:32732", "EPSG:32733"}
    for plan in plans:
        rasters = [files for files in render_tile(request, "id", plan) if files.key.endswith("tif")]
        flat = flat_tile(request, "id", plan)
        assert [described(file) for file in flat[:3]] == [described(file) for file in rasters]
        assert all((values(file) == 1).all() for file in flat[:3])
        assert [json.loads(file.body) for file in flat[3:]] == ([] if output.get("cogOutput") else [{}])


def test_a_flat_zarr_group(tmp_path: Path) -> None:
    """The group of the documentation's example: every chunk of every array is there and holds ones."""
    request = option_2()
    plans = plan_tiles(request)
    job = ZarrJob(request, "id", plans, flat_evaluation)
    for file in [*job.begin(), *(file for plan in plans for file in job.render(plan)), *job.finish()]:
        path = tmp_path / file.key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.body)
    import zarr

    group = zarr.open_group(str(tmp_path / "id"), mode="r")
    arrays: dict[str, Any] = {name: group[name] for name in ("maxNDVI", "band04", "band08")}
    assert {name: str(array.dtype) for name, array in arrays.items()} == {
        "maxNDVI": "float32",
        "band04": "uint16",
        "band08": "uint16",
    }
    for array in arrays.values():
        held = np.asarray(array[:])
        ones = held == 1
        assert ones.sum() == sum(plan.width_px * plan.height_px for plan in plans)


def test_flat_tiles_cost_what_the_estimate_says() -> None:
    """The costs of all tiles together are the estimate."""
    request = small(script("return [0]", mosaicking="ORBIT"), grid={"id": 0, "resolution": 10})
    plans = plan_tiles(request)
    assert sum(assumed_tile_cost(request, plan) for plan in plans) == pytest.approx(
        estimate_value(request, plans)
    )


def test_what_cog_cannot_hold_is_refused() -> None:
    """INT8 is no COG, flat or not."""
    output = {"defaultTilePath": "s3://results", "cogOutput": True}
    evalscript = script("return [0]", output='{bands: 1, sampleType: "INT8"}')
    request = small(evalscript, output=output)
    with pytest.raises(ProcessingFailure, match="INT8"):
        flat_tile(request, "id", plan_tiles(request)[0])
