from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sentinelhub_sandbox.processing import (
    OutputFile,
    ProcessingFailure,
    ZarrJob,
    plan_tiles,
    read_samples,
    validate_evalscript,
)

from .requests import NDVI_AND_BANDS, option_2, script, small


def zarr_request(evalscript: str = "", **parameters: Any) -> dict[str, Any]:
    """Four degree tiles of 125 x 125 pixels of which one is left out: the area is a triangle."""
    triangle = {"type": "Polygon", "coordinates": [[[8.2, 41.2], [9.8, 41.2], [9.8, 42.7], [8.2, 41.2]]]}
    request = small(evalscript or NDVI_AND_BANDS, responses=["maxNDVI", "band04", "band08"])
    request["processRequest"]["input"]["bounds"] = {"geometry": triangle}
    del request["output"]
    array = {"dtype": "<u2", "order": "C", "chunks": [1, 125, 125], "fill_value": 0}
    request["zarrOutput"] = {
        "path": "s3://results/z/<requestId>",
        "group": {"zarr_format": 2},
        "arrayParameters": array,
        "arrayOverrides": {"maxNDVI": {"dtype": "<f4", "fill_value": "NaN"}},
        **parameters,
    }
    return request


def write(files: list[OutputFile], folder: Path) -> None:
    for file in files:
        path = folder / file.key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.body)


def run(request: dict[str, Any], folder: Path) -> Any:
    """The finished group, as zarr reads it."""
    plans = plan_tiles(request)
    job = ZarrJob(request, "id", plans)
    write(job.begin(), folder)
    for plan in reversed(plans):
        write(job.render(plan), folder)
    write(job.finish(), folder)
    import zarr

    return zarr.open_group(str(folder / "z" / "id"), mode="r")


def test_the_group_is_read_by_zarr(tmp_path: Path) -> None:
    """One array an output with its dtype, chunks, fill value and the values of each tile in its place."""
    request = zarr_request()
    group = run(request, tmp_path)
    assert group.metadata.zarr_format == 2
    assert sorted(name for name, _ in group.arrays()) == ["band04", "band08", "maxNDVI", "time", "x", "y"]
    ndvi = group["maxNDVI"]
    assert (ndvi.shape, ndvi.chunks, ndvi.dtype) == ((1, 250, 250), (1, 125, 125), np.dtype("<f4"))
    assert np.isnan(ndvi.fill_value)
    assert (group["band04"].dtype, group["band04"].fill_value) == (np.dtype("<u2"), 0)
    assert ndvi.attrs["_ARRAY_DIMENSIONS"] == ["time", "y", "x"]
    for plan in plan_tiles(request):
        samples = read_samples(request, plan, ["B04", "B08"], mosaicking="ORBIT", buffers=False).values
        value = (samples["B08"] - samples["B04"]) / (samples["B08"] + samples["B04"])
        row, column = round((43 - plan.origin[1]) / 0.008), round((plan.origin[0] - 8) / 0.008)
        part = ndvi[0, row : row + 125, column : column + 125]
        assert np.array_equal(part, np.maximum(value.max(axis=0), 0).astype(np.float32))


def test_tiles_outside_the_area_have_no_chunks(tmp_path: Path) -> None:
    """The north-western tile is not planned: its chunk is absent and reads as the fill value."""
    group = run(zarr_request(), tmp_path)
    assert not (tmp_path / "z/id/maxNDVI/0.0.0").exists()
    assert (tmp_path / "z/id/maxNDVI/0.0.1").exists()
    assert np.isnan(group["maxNDVI"][0, :125, :125]).all()


def test_chunks_of_only_fill_value_are_left_out(tmp_path: Path) -> None:
    """Zeros where the fill value is 0, and NaN where it is NaN, write no objects."""
    evalscript = script(
        "return {maxNDVI: [NaN], band04: [0], band08: [5]}",
        output="[{id: 'maxNDVI', bands: 1, sampleType: 'FLOAT32'},"
        " {id: 'band04', bands: 1, sampleType: 'UINT16'}, {id: 'band08', bands: 1, sampleType: 'UINT16'}]",
    )
    group = run(zarr_request(evalscript), tmp_path)
    written = {
        name: len(list((tmp_path / "z/id" / name).glob("0.*"))) for name in ("maxNDVI", "band04", "band08")
    }
    assert written == {"maxNDVI": 0, "band04": 0, "band08": 3}
    assert group["band08"][0, 200, 200] == 5


def test_coordinates_are_the_centres_of_pixels(tmp_path: Path) -> None:
    """From the top left, y falls; from the bottom left it rises and rows are turned over."""
    top = run(zarr_request(), tmp_path / "top")
    bottom = run(
        zarr_request(group={"zarr_format": 2, "coordinates": {"origin": "bottomLeft"}}), tmp_path / "bottom"
    )
    assert top["y"][:2] == pytest.approx([42.996, 42.988])
    assert bottom["y"][:2] == pytest.approx([41.004, 41.012])
    assert top["x"][:2] == pytest.approx([8.004, 8.012])
    assert top["time"][:].tolist() == [1559347200]
    assert np.array_equal(top["band04"][0], bottom["band04"][0][::-1])
    assert np.array_equal(top["maxNDVI"][0], bottom["maxNDVI"][0][::-1], equal_nan=True)


def test_smaller_chunks_and_other_compressors(tmp_path: Path) -> None:
    """Chunks divide tiles; blosc with other settings, zlib and no compression are read back alike."""
    plain = run(zarr_request(), tmp_path / "plain")["band08"][:]
    for number, compressor in enumerate([{"id": "zlib", "level": 1}, {"id": "blosc", "cname": "zstd"}, None]):
        array = {"dtype": ">u2", "chunks": [1, 25, 125], "fill_value": 0, "compressor": compressor}
        found = run(zarr_request(arrayParameters=array), tmp_path / str(number))["band08"]
        assert found.chunks == (1, 25, 125)
        assert np.array_equal(found[:], plain)


def test_metadata_carries_defaults_and_custom_attributes(tmp_path: Path) -> None:
    """Group and arrays take customAttributes over their defaults, in the files and in .zmetadata."""
    overrides = {
        "maxNDVI": {"dtype": "<f8", "fill_value": "NaN", "customAttributes": {"long_name": "greenness"}},
    }
    group = run(
        zarr_request(
            group={"zarr_format": 2, "customAttributes": {"copyright": "us", "date_modified": "then"}},
            arrayOverrides=overrides,
        ),
        tmp_path,
    )
    assert group.attrs["copyright"] == "us"
    assert group.attrs["date_modified"] == "then"
    assert group.attrs["crs"] == "EPSG:4326"
    assert group["maxNDVI"].attrs["long_name"] == "greenness"
    assert group["maxNDVI"].dtype == np.dtype("<f8")
    metadata = json.loads((tmp_path / "z/id/.zmetadata").read_text())["metadata"]
    for key, value in metadata.items():
        assert json.loads((tmp_path / "z/id" / key).read_text()) == value
    assert json.loads((tmp_path / "z/id/band04/.zarray").read_text())["compressor"] == {
        "id": "blosc", "cname": "lz4", "clevel": 5, "shuffle": 1, "blocksize": 0,
    }  # fmt: skip


def test_the_published_request_has_the_published_layout() -> None:
    """Option 2: LAEA tiles of 1000 x 1000 pixels, 100 m apart, one chunk a tile."""
    request = option_2()
    plans = plan_tiles(request)
    validate_evalscript(request, plans)
    files = {file.key: file.body for file in ZarrJob(request, "id", plans).begin()}
    array = json.loads(files["id/maxNDVI/.zarray"])
    assert (array["chunks"], array["dtype"], array["fill_value"]) == ([1, 1000, 1000], "<f4", "NaN")
    assert array["shape"] == [1, 3000, 2000]
    assert json.loads(files["id/band04/.zarray"])["dtype"] == "<u2"
    assert json.loads(files["id/.zattrs"])["crs"] == "EPSG:3035"


def test_what_zarr_cannot_hold_is_refused() -> None:
    """UTM grids, chunks that do not divide a tile, missing parameters and several bands."""
    utm = zarr_request()
    utm["processRequest"]["input"]["bounds"] = {"bbox": [11.9, 42.0, 12.1, 42.1]}
    utm["tilingGrid"] = {"id": 0, "resolution": 60.0}
    with pytest.raises(ProcessingFailure, match="one CRS"):
        ZarrJob(utm, "id", plan_tiles(utm))
    for parameters, message in (
        ({"arrayParameters": {"dtype": "<u2", "chunks": [1, 100, 125], "fill_value": 0}}, "do not divide"),
        ({"arrayParameters": {"dtype": "<u2", "chunks": [2, 125, 125], "fill_value": 0}}, "do not divide"),
        ({"arrayParameters": {"dtype": "<u2", "chunks": [1, 125, 125]}}, "lacks fill_value"),
        ({"arrayParameters": None}, "lacks"),
    ):
        request = zarr_request(**parameters)
        with pytest.raises(ProcessingFailure, match=message):
            ZarrJob(request, "id", plan_tiles(request))
    bands = "[{id: 'maxNDVI', bands: 2}, {id: 'band04', bands: 1}, {id: 'band08', bands: 1}]"
    request = zarr_request(script("return {maxNDVI: [1, 2], band04: [1], band08: [1]}", output=bands))
    plans = plan_tiles(request)
    with pytest.raises(ProcessingFailure, match="exactly one band"):
        ZarrJob(request, "id", plans).render(plans[0])
