"""Ingestion of real files, and what batch v2 writes into collections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from rasterio.io import MemoryFile
from rasterio.transform import Affine

from sentinelhub_sandbox.byoc.results import ResultCollections, ResultPath, ResultsError, result_bands
from sentinelhub_sandbox.wire import ApiError

from .cogs import UTM, Byoc, cog, pixels
from .conftest import FakeClock, Json, Make, grant, make_bucket, s3_of

BUCKET = "own-data"
TILE_MINIMUM = "Ensure tiles of image at index {} have width and height between 256 and 2048."
READ_ACTIONS = ["s3:GetBucketLocation", "s3:ListBucket", "s3:GetObject"]


@dataclass
class Files:
    """A BYOC service, its bucket and a clock that the test turns."""

    byoc: Byoc
    s3: Any
    clock: FakeClock

    def put(self, **files: bytes) -> None:
        """Put files into the bucket; two underscores in a name become a slash, the extension is `.tif`."""
        for name, body in files.items():
            self.s3.put_object(Bucket=BUCKET, Key=f"{name.replace('__', '/')}.tif", Body=body)

    def ingested(self, collection: str, path: str, **members: Any) -> Json:
        """A new tile after its ingestion."""
        tile = self.byoc.tile(collection, path, **members)
        self.clock.move(1)
        return self.byoc.get_tile(collection, tile)

    def cause(self, path: str, collection: str | None = None) -> str:
        """Why a new tile fails."""
        tile = self.ingested(collection or self.byoc.collection(BUCKET), path)
        assert tile["status"] == "FAILED", tile
        assert tile.keys() == {"id", "created", "ingestionStart", "path", "status", "additionalData"}
        return str(tile["additionalData"]["failedIngestionCause"])


@pytest.fixture
def files(make: Make, clock: FakeClock) -> Files:
    """Ingestion of a second by the clock, from a bucket that lets the service read it, and no more."""
    client = make(render=True, ingestion_seconds=1.0, metadata_seconds=10.0)
    s3 = s3_of(client.sandbox)
    make_bucket(s3, BUCKET, policy=grant(BUCKET, Action=READ_ACTIONS))
    return Files(Byoc(client), s3, clock)


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


def test_files_of_a_tile_fit_together(files: Files) -> None:
    """One CRS, one extension, an area in common; a folder without files is no tile."""
    files.put(
        a__B1=cog(pixels()),
        a__B2=cog(pixels(), crs="EPSG:3035"),
        b__B1=cog(pixels()),
        c__B1=cog(pixels()),
        c__B2=cog(pixels(), shift=1000),
    )
    files.s3.put_object(Bucket=BUCKET, Key="b/B2.tiff", Body=cog(pixels()))
    assert "must be in the same CRS" in files.cause("a")
    assert "same extension, not .tif, .tiff" in files.cause("b")
    assert "no area in common" in files.cause("c")
    assert "No files were found at path d" in files.cause("d")


def test_all_tiles_need_the_same_files(files: Files) -> None:
    """A later tile without one of them fails, and so does one of another format; more files do not matter."""
    files.put(
        a__B1=cog(pixels()),
        a__B2=cog(pixels()),
        b__B1=cog(pixels()),
        c__B1=cog(pixels()),
        c__B2=cog(pixels(dtype="uint8")),
        d__B1=cog(pixels()),
        d__B2=cog(pixels()),
        d__B3=cog(pixels()),
    )
    collection = files.byoc.collection(BUCKET)
    assert files.ingested(collection, "a")["status"] == "INGESTED"
    assert files.cause("b", collection) == "All tiles need the same files; missing: b/B2.tif."
    assert "Band B2 must have bit depth 16 and sample format UINT, its file has 8" in files.cause(
        "c", collection
    )
    assert files.ingested(collection, "d")["status"] == "INGESTED"
    assert set(files.byoc.get(collection)["additionalData"]["bands"]) == {"B1", "B2"}


def test_a_cover_is_given_back_in_the_crs_of_the_tile(files: Files) -> None:
    """Given in WGS84, shown in UTM; taken away, it is the tile's own rectangle."""
    files.put(a__B1=cog(pixels()), a__B2=cog(pixels(), shift=10))
    ring = [[9.25, 42.3], [9.3, 42.3], [9.3, 42.35], [9.25, 42.35], [9.25, 42.3]]
    collection = files.byoc.collection(BUCKET)
    tile = files.ingested(collection, "a", coverGeometry={"type": "Polygon", "coordinates": [ring]})
    assert tile["coverGeometry"]["crs"] == tile["tileGeometry"]["crs"]
    east, north = tile["coverGeometry"]["coordinates"][0][0]
    assert (520_000 < east < 521_000, 4_683_000 < north < 4_684_000) == (True, True)
    files.byoc.call("PUT", f"/collections/{collection}/tiles/{tile['id']}", {})
    again = files.byoc.get_tile(collection, tile["id"])
    assert again["coverGeometry"] == again["tileGeometry"] == tile["tileGeometry"]


@pytest.mark.parametrize(
    ("policy", "allowed"),
    [
        (grant(BUCKET), True),
        (None, False),
        (grant(BUCKET, Principal={"AWS": "arn:aws:iam::111122223333:root"}), False),
        (grant(BUCKET, Action=["s3:GetBucketLocation", "s3:GetObject"]), False),
        (grant(BUCKET, Action=["s3:GetBucketLocation", "s3:ListBucket"]), False),
        (grant(BUCKET, Resource=[f"arn:aws:s3:::{BUCKET}/*"]), False),
        (grant(BUCKET, Resource=[f"arn:aws:s3:::{BUCKET}"]), False),
    ],
)
def test_the_bucket_has_to_let_the_service_read(
    files: Files,
    policy: str | None,
    allowed: bool,
) -> None:
    """Listing the bucket and getting its objects, for the deployment's principal; else each tile fails."""
    files.put(a__B=cog(pixels()))
    files.s3.delete_bucket_policy(Bucket=BUCKET)
    if policy is not None:
        files.s3.put_bucket_policy(Bucket=BUCKET, Policy=policy)
    if allowed:
        assert files.ingested(files.byoc.collection(BUCKET), "a")["status"] == "INGESTED"
    else:
        assert f"Access denied to bucket {BUCKET}" in files.cause("a")


def test_buckets_that_cannot_be_read(files: Files) -> None:
    """One that is not there, one elsewhere, one of somebody else."""
    make_bucket(s3_of(files.byoc.client.sandbox, "us-west-2"), "far-away", region="us-west-2")
    files.byoc.client.control("POST", "/foreign-bucket", {"bucket": "theirs"})
    for bucket, said in (
        ("nowhere-at-all", "does not exist: nowhere-at-all"),
        ("far-away", "is in region us-west-2, but must be in region eu-central-1"),
        ("theirs", "Access denied to bucket theirs"),
    ):
        assert said in files.cause("a", files.byoc.collection(bucket))


def test_a_mended_tile_is_ingested_again(files: Files) -> None:
    """A failed one, and one whose file has changed since."""
    collection = files.byoc.collection(BUCKET)
    tile = files.ingested(collection, "a")
    assert tile["status"] == "FAILED"
    etags = []
    for first in (1, 2):
        files.put(a__B=cog(pixels(first=first)))
        one = f"/collections/{collection}/tiles/{tile['id']}"
        assert files.byoc.call("POST", f"{one}/reingest").status_code == 204
        files.clock.move(1)
        seen = files.byoc.get_tile(collection, tile["id"])
        assert seen["status"] == "INGESTED"
        etags.append(seen["additionalData"]["filesMetadata"]["B"]["etag"])
    assert len(set(etags)) == 2


def test_copying_tiles(files: Files) -> None:
    """Ingested ones whose path the target lacks; it needs the same bands, or none."""
    files.put(a__B=cog(pixels()), b__B=cog(pixels()), c__B=cog(pixels()), d__other=cog(pixels()))
    source, same, empty, other = (files.byoc.collection(BUCKET) for _ in range(4))
    for path in ("a", "b", "nothing"):
        files.ingested(source, path)
    files.ingested(same, "b")
    files.ingested(other, "d")
    waiting = files.byoc.tile(source, "c")

    def copy(target: str) -> int:
        query = f"/collections/{source}/copyTiles?toCollection={target}"
        return int(files.byoc.call("POST", query).status_code)

    assert copy(same) == copy(empty) == copy(same) == 204
    for target, paths in (
        (same, ["b/(BAND).tif", "a/(BAND).tif"]),
        (empty, ["a/(BAND).tif", "b/(BAND).tif"]),
    ):
        assert [tile["path"] for tile in files.byoc.tiles(target)] == paths
        assert set(files.byoc.get(target)["additionalData"]["bands"]) == {"B"}
        assert not {tile["id"] for tile in files.byoc.tiles(target)} & {
            tile["id"] for tile in files.byoc.tiles(source)
        }
    assert copy(other) == 400
    assert files.byoc.get_tile(source, waiting)["status"] == "WAITING"


def test_readers_without_files_see_no_error_of_theirs(files: Files) -> None:
    """The service's own reading is no call of the user's."""
    files.put(a__B=cog(pixels()))
    files.byoc.client.control("DELETE", "/journal")
    files.ingested(files.byoc.collection(BUCKET), "a")
    assert files.byoc.client.control("GET", "/journal?service=s3").json() == []


# --- results of batch v2 ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Output:
    """An output that an evalscript declares."""

    id: str
    bands: int
    sample_type: str


def test_bands_of_results() -> None:
    """One band is the output itself, several are `result`, `result2` …; clashes and bad names are refused."""
    bands = result_bands([Output("result", 3, "UINT16"), Output("mask", 1, "AUTO")], {"mask": "m"})
    assert {name: (band.source, band.index, *band.format) for name, band in bands.items()} == {
        "result": ("result", 1, 16, "UINT"),
        "result2": ("result", 2, 16, "UINT"),
        "result3": ("result", 3, 16, "UINT"),
        "mask": ("m", 1, 8, "UINT"),
    }
    for wrong, said in (
        ([Output("a", 2, "UINT8"), Output("a2", 1, "UINT8")], "'a2' is made by more than one output"),
        ([Output("default", 1, "UINT8")], "'default' is a reserved word"),
        ([Output("a", 101, "UINT8")], "at most 100 bands"),
    ):
        with pytest.raises(ResultsError, match=said):
            result_bands(wrong)


def test_paths_of_results() -> None:
    """The output path with `(BAND)`; where the output's name is no part of it, the file's own name goes."""
    assert ResultPath.of("x/T1/(BAND).tif") == ResultPath("x/T1/(BAND).tif", None)
    assert ResultPath.of("x/T1/ndvi.tif") == ResultPath("x/T1/(BAND).tif", "ndvi")


def test_results_in_a_collection(files: Files) -> None:
    """Made for a request, checked for another, and a tile a feature, ingested as any other."""
    byoc, results = files.byoc, ResultCollections(files.byoc.client.sandbox.byoc)
    owner = byoc.client.sandbox._clients[byoc.client.ends["client_id"]].caller
    bands = result_bands([Output("ndvi", 1, "UINT16")])
    collection = results.create(owner, "Max NDVI", BUCKET, bands)
    seen = byoc.get(collection)
    assert (seen["name"], seen["isConfigured"]) == ("Max NDVI", True)
    results.check(owner.account, collection, BUCKET, bands)
    for account, bucket, wanted, said in (
        ("another", BUCKET, bands, "does not exist"),
        (owner.account, "elsewhere", bands, "is of bucket own-data"),
        (owner.account, BUCKET, result_bands([Output("ndvi", 1, "UINT8")]), "not compatible"),
    ):
        with pytest.raises(ResultsError, match=said):
            results.check(account, collection, bucket, wanted)
    files.put(out__T1__ndvi=cog(pixels()))
    path = ResultPath.of("out/T1/(BAND).tif")
    tile = results.add(collection, path)
    assert byoc.get_tile(collection, tile)["status"] == "WAITING"
    files.clock.move(1)
    assert byoc.get_tile(collection, tile)["status"] == "INGESTED"
    assert results.add(collection, path) == tile
    assert byoc.get_tile(collection, tile)["status"] == "WAITING"
    byoc.call("DELETE", f"/collections/{collection}")
    with pytest.raises(ApiError, match=collection):
        results.add(collection, path)
