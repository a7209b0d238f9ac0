"""Quicklooks: what is read of results, and what files that are none do not do."""

from __future__ import annotations

import io
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pulumi_sentinelhub.errors import BucketError, DeadlineExceeded, SentinelHubError
from pulumi_sentinelhub.report.model import Box
from pulumi_sentinelhub.report.pictures.quicklook import Look, Results, quicklook
from pulumi_sentinelhub.report.pictures.remote import BLOCK
from pulumi_sentinelhub.report.pictures.tiffs import chosen
from pulumi_sentinelhub.report.places import Frame
from pulumi_sentinelhub.s3.reading import StoredFile
from pulumi_sentinelhub.waiting.patience import Patience
from tests.support import inputs
from tests.support.clock import HandClock

#: Around the squares that are written.
FRAME = Frame(Box(9.0, 41.0, 10.0, 42.0))


class Store:
    """Objects of a bucket, as the reader gives them; what was read is counted."""

    def __init__(self, **objects: bytes) -> None:
        self.objects = {name.replace("__", "/"): content for name, content in objects.items()}
        self.read = 0
        self.refused: SentinelHubError | None = None
        self.late_after = 10**9

    def within(self, patience: Patience) -> Any:
        return self

    def files(self, bucket: str, prefix: str, most: int) -> list[StoredFile]:
        if self.refused is not None:
            raise self.refused
        return [StoredFile(k, len(v)) for k, v in sorted(self.objects.items()) if k.startswith(prefix)][:most]

    def part(self, bucket: str, key: str, start: int, length: int) -> bytes:
        if self.late_after <= 0:
            raise DeadlineExceeded("too late")
        self.late_after -= 1
        if key not in self.objects:
            raise BucketError("cannot read from bucket", subject=bucket, why="NoSuchKey")
        content = self.objects[key][start : start + length]
        self.read += len(content)
        return content


def tiff(values: Any, west: float = 9.2, north: float = 41.8, size: float = 0.5, **profile: Any) -> bytes:
    """A COG in longitude and latitude, ``size`` degrees wide."""
    from rasterio.io import MemoryFile
    from rasterio.shutil import copy
    from rasterio.transform import from_origin

    bands, height, width = values.shape
    described: dict[str, Any] = {
        "driver": "GTiff",
        "count": bands,
        "height": height,
        "width": width,
        "dtype": values.dtype.name,
        "crs": "EPSG:4326",
        "transform": from_origin(west, north, size / width, size / width),
        **profile,
    }
    with MemoryFile() as plain, MemoryFile() as cog:
        with plain.open(**described) as file:
            file.write(values)
        copy(plain.name, cog.name, driver="COG", blocksize=256, compress="none")
        return bytes(cog.read())


def look(store: Any, **changes: Any) -> Look:
    declared = inputs.declared(**{"bucket_name": "b", **changes})
    return quicklook(Results(declared, "id"), FRAME, store, Patience.lasting(HandClock(), 60))


def colours(found: Look) -> Any:
    from PIL import Image

    assert found.picture is not None
    return np.asarray(Image.open(io.BytesIO(found.picture.webp)).convert("RGBA")).astype(int)


def at(found: Look, lon: float, lat: float) -> list[int]:
    """Colour and opacity of a place."""
    pixels = colours(found)
    height, width, _ = pixels.shape
    return [*map(int, pixels[int((42.0 - lat) * height), int((lon - 9.0) * width)])]


def test_results_lie_where_they_are() -> None:
    """Colours as they are, at their place; nothing where there are no results."""
    red = np.zeros((3, 64, 64), dtype="uint8")
    red[0] = 200
    found = look(Store(id__t1__default=b"", **{"id__t1__default.tif": tiff(red)}))
    assert found.note is None
    r, g, b, opaque = at(found, 9.4, 41.6)
    assert r > 180
    assert max(g, b) < 40
    assert opaque == 255
    assert at(found, 9.1, 41.1)[3] == 0


def test_of_a_cog_an_overview_is_read() -> None:
    """A raster of 4000 pixels is not read to be shown at 500: a small part of its bytes will do."""
    values = np.resize(np.arange(1, 200, dtype="uint8"), (1, 4000, 4000))
    content = tiff(values)
    store = Store(**{"id__t1__default.tif": content})
    found = look(store)
    assert found.picture is not None
    assert found.note is None
    assert store.read < len(content) / 10


def test_one_band_is_stretched() -> None:
    """From dark to bright, and the caption says between which values."""
    ramp = np.tile(np.linspace(0.1, 0.9, 64, dtype="float32"), (1, 64, 1))
    found = look(Store(**{"id__t1__default.tif": tiff(ramp)}))
    assert found.picture is not None
    assert "0.1" in found.picture.caption
    assert sum(at(found, 9.65, 41.5)[:3]) > sum(at(found, 9.25, 41.5)[:3]) + 100


def test_the_first_output_is_shown() -> None:
    """Of several outputs a tile, the one that the request names first."""
    files = [
        StoredFile(f"id/{tile}/{name}", 9)
        for tile in "ab"
        for name in ("mask.tif", "ndvi.tif", "userdata.json")
    ]
    assert [file.key for file in chosen(files, "ndvi")] == ["id/a/ndvi.tif", "id/b/ndvi.tif"]
    assert [file.key for file in chosen(files, None)] == ["id/a/mask.tif", "id/b/mask.tif"]
    flat = [StoredFile("x/a_ndvi.tif", 9), StoredFile("x/a_mask.tif", 9)]
    assert [file.key for file in chosen(flat, "ndvi")] == ["x/a_ndvi.tif"]


@pytest.mark.parametrize(
    "content", [b"", b"no tiff", b"II*\x00" + b"\xff" * 400, tiff(np.ones((1, 64, 64), "uint8"))[:700]]
)
def test_what_is_no_tiff_is_told(content: bytes) -> None:
    """The others are shown all the same."""
    good = tiff(np.full((3, 64, 64), 90, dtype="uint8"))
    found = look(Store(**{"id__t1__default.tif": content, "id__t2__default.tif": good}))
    assert found.picture is not None
    assert found.note is not None
    assert "id/t1/default.tif" in found.note


def test_a_virtual_raster_is_not_followed() -> None:
    """A file that leads GDAL to other files or addresses is no GeoTIFF, whatever its name says."""
    vrt = (
        b'<VRTDataset rasterXSize="9" rasterYSize="9"><VRTRasterBand dataType="Byte" band="1"/></VRTDataset>'
    )
    found = look(Store(**{"id__t1__default.tif": vrt}))
    assert found.picture is None
    assert "cannot read as a GeoTIFF" in (found.note or "")


def test_a_refusal_is_told() -> None:
    """S3's own words."""
    store = Store()
    store.refused = BucketError("cannot list the objects of bucket", subject="b", why="S3 says AccessDenied")
    assert look(store) == Look(None, f"Its results cannot be read: {store.refused}")


def test_when_the_time_is_over_what_was_read_is_shown() -> None:
    """And how much that is."""
    good = tiff(np.full((3, 64, 64), 90, dtype="uint8"))
    assert len(good) < BLOCK
    store = Store(**{f"id__t{n}__default.tif": good for n in range(4)})
    store.late_after = 2
    found = look(store)
    assert found.picture is not None
    assert found.note == "The time for pictures was over after 2 of 4 parts"


ZARR: dict[str, Any] = {
    "zarr_format": 2,
    "shape": [1, 100, 100],
    "chunks": [1, 50, 50],
    "dtype": "<u2",
    "compressor": {"id": "zlib", "level": 1},
    "fill_value": 0,
    "order": "C",
    "filters": None,
}


def zarr(written: Any = ((0, 0), (1, 1)), **changes: Any) -> Store:
    """A group with an array of which only some chunks were written."""
    import zlib

    axes = {"x": 9.2 + (np.arange(100) + 0.5) * 0.005, "y": 41.8 - (np.arange(100) + 0.5) * 0.005}
    store = Store(**{"z__default__.zarray": json.dumps({**ZARR, **changes}).encode()})
    for name, values in axes.items():
        axis = {**ZARR, "shape": [100], "chunks": [100], "dtype": "<f8", "compressor": None}
        store.objects |= {f"z/{name}/.zarray": json.dumps(axis).encode(), f"z/{name}/0": values.tobytes()}
    for row, column in written:
        block = np.arange(2500, dtype="<u2") + 100
        store.objects[f"z/default/0.{row}.{column}"] = zlib.compress(block.tobytes())
    return store


OUTPUT = {
    "bucket_name": None,
    "zarr_output": {"path": "s3://b/z"},
    "tiling_grid": {"id": 3, "resolution": 0.005},
}


def test_a_zarr_array_lies_where_its_axes_say() -> None:
    """The chunks that were written, each at its place, and nothing where there are none."""
    found = look(zarr(), **OUTPUT)
    assert found.note is None
    assert found.picture is not None
    assert "Zarr array default" in found.picture.caption
    assert at(found, 9.3, 41.7)[3] == 255
    assert at(found, 9.6, 41.4)[3] == 255
    assert at(found, 9.6, 41.7)[3] == 0


@pytest.mark.parametrize(
    "change",
    [
        {"compressor": {"id": "pickle"}},
        {"compressor": {"id": "zlib", "level": "x" * 9}, "dtype": "|O"},
        {"dtype": "|O"},
        {"dtype": "nothing"},
        {"filters": [{"id": "pickle"}]},
        {"chunks": [1, 10**6, 10**6]},
        {"shape": [1, "a", 4]},
        {"shape": [100]},
        {"chunks": [1, 30, 30]},
        {"compressor": {"id": "blosc"}},
    ],
)
def test_a_hostile_zarr_array_is_told(change: dict[str, Any]) -> None:
    """Codecs that run what they read, sizes without end, types that are no numbers: an error of one line."""
    found = look(zarr(**change), **OUTPUT)
    assert found.picture is None
    assert found.note is not None
    assert "cannot show the Zarr array" in found.note
    assert "\n" not in found.note


class Runs:
    """What a pickle does when it is read."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> Any:
        return Path.touch, (self.file,)


def test_no_codec_runs_what_it_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chunk that is a program is not run, whatever its metadata call it."""
    # as in releases of numcodecs before it was forbidden there
    monkeypatch.setattr("numcodecs.pickles.ALLOW_UNSAFE_PICKLE_DECODE", True, raising=False)
    store = zarr(compressor={"id": "pickle"})
    store.objects["z/default/0.0.0"] = pickle.dumps(Runs(tmp_path / "hurt"))
    assert look(store, **OUTPUT).picture is None
    assert not (tmp_path / "hurt").exists()
