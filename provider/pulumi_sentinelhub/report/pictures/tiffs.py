"""GeoTIFFs and COGs: a decimated read of each, which of a COG takes an overview alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from ...errors import SentinelHubError
from ...s3.reading import ObjectReader, StoredFile
from ...shown import fit
from .canvas import BANDS, Canvas, Floats, pixel_degrees, raster_box
from .remote import Remote

_SUFFIXES: Final = (".tif", ".tiff")
#: Pixels of a decimated read, along each side, at most: foreign headers may say anything.
_MOST_PIXELS: Final = 4096


def chosen(files: Sequence[StoredFile], output: str | None) -> list[StoredFile]:
    """The files of one output: the named one where it has any, else the first by name."""
    tiffs = [file for file in files if file.key.lower().endswith(_SUFFIXES)]
    by_name: dict[str, list[StoredFile]] = {}
    for file in tiffs:
        by_name.setdefault(file.key.rpartition("/")[2].rpartition(".")[0], []).append(file)
    if output is not None:
        if output in by_name:
            return by_name[output]
        named = [file for file in tiffs if output in file.key.rpartition("/")[2]]
        if named:
            return named
    # files that are named after their tiles have one output
    several = [name for name, found in by_name.items() if len(found) > 1]
    return by_name[min(several)] if several else tiffs


def paint(canvas: Canvas, reader: ObjectReader, bucket: str, file: StoredFile) -> int:
    """Put one file on the canvas; how many bytes were read for it.

    Raises:
        SentinelHubError: it cannot be read, or is no GeoTIFF.
    """
    import rasterio
    from rasterio.errors import RasterioError

    remote = Remote(reader, bucket, file.key, file.size)
    try:
        with rasterio.open("results.tif", driver="GTiff", opener=remote.open) as source:
            _paint(canvas, source)
    except (RasterioError, ValueError, MemoryError) as error:
        raise remote.failure or _broken(file, str(error)) from None
    if remote.failure is not None:
        raise remote.failure
    return remote.fetched


def _paint(canvas: Canvas, source: Any) -> None:
    if source.crs is None:
        return
    box = raster_box(source.width, source.height, source.transform, source.crs)
    if box is None:
        return
    fine = max(1e-9, (box.north - box.south) / source.height)
    step = max(1.0, pixel_degrees(canvas.frame) / fine)
    width = min(_MOST_PIXELS, max(1, round(source.width / step)))
    height = min(_MOST_PIXELS, max(1, round(source.height / step)))
    bands = list(range(1, min(source.count, BANDS) + 1))
    values: Floats = source.read(bands, out_shape=(len(bands), height, width)).astype("float32")
    mask = source.dataset_mask(out_shape=(height, width)) > 0
    if source.nodata is None:
        mask &= (values != 0).any(axis=0)  # outside of the area of interest all bands are 0
    values[:, ~mask] = np.nan
    canvas.put(
        values,
        _scaled(source.transform, source.width / width, source.height / height),
        source.crs,
        as_bytes=source.dtypes[0] == "uint8",
    )


def _scaled(transform: Any, x: float, y: float) -> Any:
    """The transform of a raster of which so many columns and rows have been made one."""
    a, b, c, d, e, f = tuple(transform)[:6]
    return type(transform)(a * x, b * y, c, d * x, e * y, f)


def _broken(file: StoredFile, why: str) -> SentinelHubError:
    return SentinelHubError("cannot read as a GeoTIFF", subject=fit(file.key, 200), why=fit(why, 200))
