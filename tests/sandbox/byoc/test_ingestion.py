"""Ingestion of tiles: files that fit together, access to buckets, repetition and copies."""

from __future__ import annotations

import pytest

from ..cogs import cog, pixels
from ..conftest import grant, make_bucket, s3_of
from .conftest import BUCKET, Files


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
