from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest
from rasterio.crs import CRS
from rasterio.io import MemoryFile

from sentinelhub_sandbox.processing import (
    ProcessingFailure,
    output_location,
    plan_tiles,
    render_tile,
)

from .requests import option_1, option_2, script, small

FLOAT = script("return [samples.B04]")


def profile(body: bytes) -> Any:
    with MemoryFile(body) as memory, memory.open() as file:
        return (
            file.profile,
            file.tags(ns="IMAGE_STRUCTURE"),
            [file.overviews(n) for n in file.indexes],
            file.read(),
        )


def first_data_and_last_directory(body: bytes) -> tuple[int, int]:
    """Smallest offset of pixel data and greatest offset of a directory of a classic TIFF."""
    order = "<" if body[:2] == b"II" else ">"
    directories: list[int] = []
    data: list[int] = []
    (at,) = struct.unpack_from(order + "I", body, 4)
    while at:
        directories.append(at)
        (count,) = struct.unpack_from(order + "H", body, at)
        for entry in range(count):
            tag, kind, number, value = struct.unpack_from(order + "HHII", body, at + 2 + 12 * entry)
            if tag == 324:  # TileOffsets
                assert kind == 4
                data += [value] if number == 1 else struct.unpack_from(f"{order}{number}I", body, value)
        (at,) = struct.unpack_from(order + "I", body, at + 2 + 12 * count)
    return min(offset for offset in data if offset), max(directories)


def test_a_corsican_geotiff_has_the_tiles_place_and_type() -> None:
    """CRS, corner, pixel size, bands and type are those of plan and setup; compressed with deflate."""
    request = option_1()
    plan = plan_tiles(request)[0]
    (file,) = render_tile(request, "request-id", plan)
    found, _, overviews, values = profile(file.body)
    assert file.key == f"request-id/{plan.name}/default.tif"
    assert file.content_type == "image/tiff"
    assert values.shape == (3, 334, 334)
    assert found["crs"] == CRS.from_epsg(32632)
    assert (found["transform"].c, found["transform"].f) == plan.origin
    assert (found["transform"].a, found["transform"].e) == (60.0, -60.0)
    assert (found["dtype"], found["compress"], found["nodata"]) == ("uint8", "deflate", None)
    assert overviews == [[], [], []]


def test_buffers_widen_the_raster_and_move_its_corner() -> None:
    """With bufferX 5 and bufferY 10: ten and twenty pixels more, the corner five left and ten up."""
    request = small(FLOAT, grid={"id": 2, "resolution": 360.0, "bufferX": 5, "bufferY": 10})
    plan = plan_tiles(request)[0]
    found, _, _, values = profile(render_tile(request, "id", plan)[0].body)
    assert values.shape == (1, 298, 288)
    assert (plan.width_px, plan.height_px) == (278, 278)
    assert (found["transform"].c, found["transform"].f) == (plan.origin[0] - 1800, plan.origin[1] + 3600)


@pytest.mark.parametrize(
    ("sample_type", "dtype"),
    [
        ("INT8", "int8"),
        ("UINT8", "uint8"),
        ("INT16", "int16"),
        ("UINT16", "uint16"),
        ("FLOAT32", "float32"),
        ("AUTO", "uint8"),
    ],
)
def test_sample_types_and_nodata_reach_the_file(sample_type: str, dtype: str) -> None:
    """Each sampleType has its type in the file; nodataValue becomes the nodata tag."""
    output = f"{{bands: 2, sampleType: SampleType.{sample_type}, nodataValue: 7}}"
    request = small(script("return [samples.B04, 1]", output=output))
    found, _, _, values = profile(render_tile(request, "id", plan_tiles(request)[0])[0].body)
    assert (found["dtype"], found["count"], found["nodata"]) == (dtype, 2, 7.0)
    assert values[1].min() == values[1].max() == (255 if sample_type == "AUTO" else 1)


def test_two_outputs_and_user_data_are_three_files() -> None:
    """Each response is one file under its identifier, userdata as JSON."""
    request = small(
        script(
            "outputMetadata.userData = {ok: 1}; return {a: [1], b: [0.5, 1]}",
            output="[{id: 'a', bands: 1, sampleType: 'UINT8'}, {id: 'b', bands: 2}]",
        ),
        responses=["a", "b", "userdata"],
    )
    files = {file.key: file for file in render_tile(request, "id", plan_tiles(request)[0])}
    assert sorted(files) == [f"folder/id/N42E009/{name}" for name in ("a.tif", "b.tif", "userdata.json")]
    assert profile(files["folder/id/N42E009/b.tif"].body)[3].mean(axis=(1, 2)).tolist() == [128, 255]
    assert files["folder/id/N42E009/userdata.json"].body == b'{"ok": 1}'


def test_without_responses_the_default_output_is_written() -> None:
    """No responses, or one without an identifier, mean `default`."""
    for responses in (None, [], [{"format": {"type": "image/tiff"}}]):
        request = small(FLOAT)
        request["processRequest"]["output"] = {"responses": responses}
        (file,) = render_tile(request, "id", plan_tiles(request)[0])
        assert file.key.endswith("/default.tif")


@pytest.mark.parametrize(
    ("path", "key", "prefix"),
    [
        ("s3://b", "R/N42E009/default.tif", "R/"),
        ("s3://b/f/", "f/R/N42E009/default.tif", "f/R/"),
        ("s3://b/f/<tileName>.tif", "f/N42E009.tif", "f/"),
        ("s3://b/<tileId>/<outputId>.<format>", "47710/default.tif", ""),
        ("s3://b/f/<requestId>/x_<tileName>_<outputId>.<format>", "f/R/x_N42E009_default.tif", "f/R/"),
    ],
)
def test_path_templates(path: str, key: str, prefix: str) -> None:
    """Plain paths mean the default template; placeholders are replaced; the prefix holds every key."""
    request = small(FLOAT, output={"defaultTilePath": path})
    (file,) = render_tile(request, "R", plan_tiles(request)[0])
    assert file.key == key
    assert output_location(request, "R") == ("b", prefix)


def test_bucket_name_and_zarr_paths_have_locations() -> None:
    """`bucketName` is the bucket's root; a Zarr path may lack the scheme."""
    assert output_location(option_1(), "R") == ("results", "R/")
    assert output_location(option_2(), "R") == ("results", "R/")
    zarr = {**option_2(), "zarrOutput": {"path": "s3://b/f/g/"}}
    assert output_location(zarr, "R") == ("b", "f/g/")


@pytest.mark.parametrize(
    ("parameters", "block", "overviews"),
    [
        (None, (1024, 1024), []),
        ({"blockxsize": 128, "blockysize": 128}, (128, 128), [2, 4]),
        ({"blockxsize": 128, "blockysize": 64, "overviewMinSize": 200}, (64, 128), [2]),
        ({"blockxsize": 64, "blockysize": 64, "overviewLevels": [2, 4, 8]}, (64, 64), [2, 4, 8]),
    ],
)
def test_cog_files_are_cloud_optimised(
    parameters: dict[str, Any] | None, block: tuple[int, int], overviews: list[int]
) -> None:
    """Tiled, with the asked overviews, and every directory before the first pixel data."""
    output = {"defaultTilePath": "s3://b", "cogOutput": True, "cogParameters": parameters}
    request = small(FLOAT, grid={"id": 2, "resolution": 360.0}, output=output)
    plain = small(FLOAT, grid={"id": 2, "resolution": 360.0})
    plan = plan_tiles(request)[0]
    (file,) = render_tile(request, "id", plan)
    found, structure, levels, values = profile(file.body)
    assert structure["LAYOUT"] == "COG"
    assert structure["PREDICTOR"] == "3"
    assert (found["blockysize"], found["blockxsize"]) == block
    assert levels == [overviews]
    data, directory = first_data_and_last_directory(file.body)
    assert directory < data
    assert np.array_equal(values, profile(render_tile(plain, "id", plan)[0].body)[3])


@pytest.mark.parametrize(
    "algorithm",
    ["nearest", "average", "gauss", "cubic", "cubicspline", "lanczos", "average_magphase", "mode"],
)
def test_overviews_use_the_asked_resampling(algorithm: str) -> None:
    """Every documented algorithm is accepted; nearest keeps values, average means them."""
    parameters = {
        "blockxsize": 128, "blockysize": 128, "resamplingAlgorithm": algorithm, "usePredictor": False,
    }  # fmt: skip
    output = {"defaultTilePath": "s3://b", "cogOutput": True, "cogParameters": parameters}
    request = small(FLOAT, grid={"id": 2, "resolution": 360.0}, output=output)
    (file,) = render_tile(request, "id", plan_tiles(request)[0])
    with MemoryFile(file.body) as memory, memory.open() as full, memory.open(overview_level=0) as half:
        values, smaller = full.read(1), half.read(1)
        assert full.tags(ns="IMAGE_STRUCTURE").get("PREDICTOR") in (None, "1")
    assert smaller.shape == (139, 139)
    if algorithm == "nearest":
        assert np.isin(smaller, values).all()
    if algorithm.startswith("average"):
        assert smaller == pytest.approx(values.reshape(139, 2, 139, 2).mean(axis=(1, 3)), abs=1e-6)


def test_int8_cannot_be_cog() -> None:
    """INT8 is refused for COG, as the API says."""
    request = small(
        script("return [1]", output="{bands: 1, sampleType: 'INT8'}"),
        output={"defaultTilePath": "s3://b", "cogOutput": True},
    )
    with pytest.raises(ProcessingFailure, match="INT8"):
        render_tile(request, "id", plan_tiles(request)[0])
