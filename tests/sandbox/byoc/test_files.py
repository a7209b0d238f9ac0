"""Ingestion of real files: paths, formats and the rules of COG."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rasterio.io import MemoryFile
from rasterio.transform import Affine

from ..cogs import UTM, cog, pixels
from .conftest import BUCKET, Files

TILE_MINIMUM = "Ensure tiles of image at index {} have width and height between 256 and 2048."


def test_a_folder_becomes_a_tile_and_makes_the_bands(files: Files) -> None:
    """Path rewritten, bands named after the files and filled in, geometries, files and resolutions known."""
    files.put(
        a__B04=cog(pixels(), overviews="NONE"),
        a__NDVI=cog(pixels(600, dtype="float32")),
        a__more__X=b"not looked at",
    )
    files.s3.put_object(Bucket=BUCKET, Key="a/readme.txt", Body=b"nor this")
    collection = files.byoc.collection(BUCKET)
    tile = files.ingested(collection, "a")
    assert (tile["status"], tile["path"]) == ("INGESTED", "a/(BAND).tif")
    left, top, size = UTM
    assert tile["tileGeometry"]["coordinates"][0][2] == [left + 600 * size, top]
    assert tile["coverGeometry"]["coordinates"][0][2] == [left + 300 * size, top]
    for name in ("tileGeometry", "coverGeometry"):
        assert tile[name]["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::32632"
    additional = tile["additionalData"]
    assert additional.keys() == {
        "hasAddedPoints",
        "filesMetadata",
        "minMetersPerPixel",
        "maxMetersPerPixel",
    }
    assert (additional["minMetersPerPixel"], additional["maxMetersPerPixel"]) == (60, 240)
    etag = files.s3.head_object(Bucket=BUCKET, Key="a/B04.tif")["ETag"].strip('"')
    metadata = additional["filesMetadata"]
    assert metadata.keys() == {"B04", "NDVI"}
    assert metadata["B04"]["etag"] == etag
    assert 100 < metadata["B04"]["headerSize"] < metadata["NDVI"]["headerSize"] < 2000
    seen = files.byoc.get(collection)
    assert seen["isConfigured"] is True
    assert seen["additionalData"]["bands"] == {
        "B04": {"source": "B04", "bandIndex": 1, "bitDepth": 16, "sampleFormat": "UINT"},
        "NDVI": {"source": "NDVI", "bandIndex": 1, "bitDepth": 32, "sampleFormat": "FLOAT"},
    }
    files.clock.move(10)
    found = files.byoc.get(collection)["additionalData"]
    assert (found["maxMetersPerPixel"], found["hasSensingTimes"]) == (240, "NO")
    west, south = found["extent"]["coordinates"][0][0]
    assert (round(west, 1), round(south, 1)) == (9.2, 42.3)
    assert files.byoc.call("POST", f"/collections/{collection}/tiles", {"path": "a"}).status_code == 409


@pytest.mark.parametrize(
    ("path", "final"),
    [
        ("deep/x_(BAND)_y.tif", "deep/x_(BAND)_y.tif"),
        ("deep/x_(BAND)_y", "deep/x_(BAND)_y.tif"),
        ("", "(BAND).tif"),
    ],
)
def test_forms_of_paths(files: Files, path: str, final: str) -> None:
    """With `(BAND)` and with or without extension, and the bucket's own root."""
    files.put(deep__x_B1_y=cog(pixels()), deep__z_B2_y=cog(pixels()), B1=cog(pixels()))
    collection = files.byoc.collection(BUCKET)
    tile = files.ingested(collection, path)
    assert (tile["status"], tile["path"]) == ("INGESTED", final), tile
    assert list(files.byoc.get(collection)["additionalData"]["bands"]) == ["B1"]


def test_bands_of_a_file_with_several(files: Files) -> None:
    """Named `<file>_1`, `_2` …; a collection that has bands takes those by source and index."""
    files.put(a__rgb=cog(pixels(bands=3, dtype="uint8")))
    collection = files.byoc.collection(BUCKET)
    files.ingested(collection, "a")
    bands = files.byoc.get(collection)["additionalData"]["bands"]
    assert {name: band["bandIndex"] for name, band in bands.items()} == {"rgb_1": 1, "rgb_2": 2, "rgb_3": 3}
    form = {"source": "rgb", "bitDepth": 8, "sampleFormat": "UINT"}
    chosen = {"green": {**form, "bandIndex": 2}}
    other = files.byoc.collection(BUCKET, additionalData={"bands": chosen})
    assert files.ingested(other, "a")["status"] == "INGESTED"
    assert files.byoc.get(other)["additionalData"]["bands"] == chosen
    missing = files.byoc.collection(BUCKET, additionalData={"bands": {"x": {**form, "bandIndex": 4}}})
    assert "band 4 of a file that has 3 bands" in files.cause("a", missing)


def _too_small() -> bytes:
    return cog(pixels(600), blocks=128)


def _overview_too_small() -> bytes:
    return cog(
        pixels(600), driver="GTiff", tiled=True, blockxsize=256, blockysize=256, copy_src_overviews=True
    )


BROKEN: list[tuple[str, Callable[[], bytes], str]] = [
    ("no_tiff", lambda: b"nothing", "Unexpected error occurred while ingesting the tile."),
    ("cut_short", lambda: cog(pixels())[:64], "Unexpected error occurred while ingesting the tile."),
    ("tiles_128", _too_small, TILE_MINIMUM.format(0)),
    ("tiles_4096", lambda: cog(pixels(300), blocks=4096), TILE_MINIMUM.format(0)),
    ("strips", lambda: cog(pixels(300), driver="GTiff", blocksize=None), TILE_MINIMUM.format(0)),
    ("lisbon", lambda: cog(pixels(), crs="EPSG:3763"), "unsupported CRS"),
    ("float64", lambda: cog(pixels(dtype="float64")), "unsupported sample format: float64"),
    ("jpeg", lambda: cog(pixels(bands=3, dtype="uint8"), compress="JPEG"), "JPEG compression"),
    ("header", lambda: cog(pixels(), description="x" * 1_100_000), "larger than 1 MB"),
    ("default", lambda: cog(pixels()), "'default' is a reserved word"),
    ("4B", lambda: cog(pixels()), "'4B' is not a valid JavaScript identifier"),
    ("many", lambda: cog(pixels(256, bands=101, dtype="uint8")), "at most 100 bands"),
]


@pytest.mark.parametrize(("name", "body", "said"), BROKEN, ids=[name for name, _, _ in BROKEN])
def test_files_that_break_a_rule(files: Files, name: str, body: Callable[[], bytes], said: str) -> None:
    """Each fails its tile with its cause, and the collection stays without bands."""
    files.put(**{f"a__{name}": body()})
    collection = files.byoc.collection(BUCKET)
    assert said in files.cause("a", collection)
    assert files.byoc.get(collection)["isConfigured"] is False
    assert files.byoc.tiles(collection, status="FAILED")[0]["path"] == "a"


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:3857", "EPSG:32733", "EPSG:3035"])
def test_supported_crs(files: Files, crs: str) -> None:
    """Each is taken, and geometries are in it."""
    files.put(a__B=cog(pixels(), crs=crs))
    tile = files.ingested(files.byoc.collection(BUCKET), "a")
    assert tile["status"] == "INGESTED", tile
    code = "OGC::CRS84" if crs == "EPSG:4326" else f"EPSG::{crs[5:]}"
    assert tile["tileGeometry"]["crs"]["properties"]["name"] == f"urn:ogc:def:crs:{code}"


def test_tiles_at_the_limits_of_size(files: Files) -> None:
    """Inner tiles of 256 and of 2048 are taken."""
    files.put(a__B=cog(pixels(), blocks=256), b__B=cog(pixels(), blocks=2048))
    collection = files.byoc.collection(BUCKET)
    assert [files.ingested(collection, path)["status"] for path in "ab"] == ["INGESTED"] * 2


def test_the_index_of_an_image_counts_its_overviews(files: Files) -> None:
    """An overview with small tiles is the image at index 1 [observed]."""
    import rasterio
    from rasterio.enums import Resampling

    place = {"crs": "EPSG:32632", "transform": Affine(60, 0, UTM[0], 0, -60, UTM[1])}
    size = {"width": 600, "height": 600, "count": 1}
    tiling = {"tiled": True, "blockxsize": 512, "blockysize": 512}
    with rasterio.Env(GDAL_TIFF_OVR_BLOCKSIZE=128), MemoryFile() as memory:
        with memory.open(driver="GTiff", dtype="uint8", **size, **tiling, **place) as file:
            file.write(pixels(600, dtype="uint8"))
            file.build_overviews([2], Resampling.nearest)
        files.put(a__B=bytes(memory.read()))
    assert files.cause("a") == TILE_MINIMUM.format(1)
