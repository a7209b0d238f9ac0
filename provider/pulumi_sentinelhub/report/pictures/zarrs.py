"""A Zarr array (version 2 of the format): its chunks, decoded one by one, of which every n-th pixel is kept.

Metadata and chunks are foreign: only numbers, and codecs that do nothing but decompress, are read.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...batch.answers import mapping
from ...errors import SentinelHubError
from ...s3.reading import ObjectReader, StoredFile
from ...shown import fit
from .canvas import Canvas, pixel_degrees, raster_box

#: Codecs of numcodecs that only decompress; there are others that run what they read.
_CODECS: Final = frozenset({"blosc", "bz2", "gzip", "lz4", "lzma", "zlib", "zstd"})
_KINDS: Final = "iuf"
#: Bytes of metadata, of a stored chunk, and of one when it is decompressed.
_MOST_METADATA: Final = 4 * 2**20
_MOST_CHUNK: Final = 256 * 2**20


@dataclass(frozen=True)
class ZarrArray:
    """An array of (time, y, x), or (y, x).

    Attributes:
        shape, chunks: rows and columns of the array and of a chunk.
        fill: the value of chunks that are not there; None: no value.
    """

    prefix: str
    shape: tuple[int, int]
    chunks: tuple[int, int]
    dtype: np.dtype[Any]
    fill: float | None
    compressor: Mapping[str, Any] | None
    planes: int
    separator: str = "."

    def key(self, row: int, column: int) -> str:
        """The key of a chunk of the first plane."""
        return f"{self.prefix}{f'0{self.separator}' * self.planes}{row}{self.separator}{column}"


class ZarrGroup:
    """A group in a bucket.

    Args:
        reader: reads its objects.
        bucket: its bucket.
        prefix: its key, with a slash at its end.
    """

    def __init__(self, reader: ObjectReader, bucket: str, prefix: str) -> None:
        self._reader, self._bucket, self._prefix = reader, bucket, prefix

    def array(self, name: str) -> ZarrArray:
        """An array by its name. Raises SentinelHubError: there is none, or one that cannot be shown."""
        described = self._json(f"{name}/.zarray")
        return _array(f"{self._prefix}{name}/", described)

    def axis(self, name: str) -> tuple[float, float]:
        """The first coordinate of an axis and the step between two. Raises SentinelHubError."""
        described = dict(self._json(f"{name}/.zarray"))
        shape, chunks = described.get("shape"), described.get("chunks")
        if not isinstance(shape, list) or len(shape) != 1 or not isinstance(chunks, list):
            raise _unfit(self._prefix + name, "is no axis")
        described |= {"shape": [1, *shape], "chunks": [1, *chunks]}
        line = _array(f"{self._prefix}{name}/", described)
        values = self.chunk(line, line.prefix + "0")
        if values.size < 2:
            raise _unfit(self._prefix + name, "has too few coordinates")
        first, second = float(values[0, 0]), float(values[0, 1])
        if not math.isfinite(first) or not math.isfinite(second) or first == second:
            raise _unfit(self._prefix + name, "has coordinates that are none")
        return first, second - first

    def chunk(self, array: ZarrArray, key: str) -> NDArray[Any]:
        """A chunk, decoded. Raises SentinelHubError."""
        stored = self._reader.part(self._bucket, key, 0, _MOST_CHUNK)
        return _decoded(array, stored, key)

    def _json(self, name: str) -> Mapping[str, Any]:
        stored = self._reader.part(self._bucket, self._prefix + name, 0, _MOST_METADATA)
        try:
            return mapping(json.loads(stored))
        except (ValueError, RecursionError):
            raise _unfit(self._prefix + name, "is no JSON") from None


def stored_chunks(array: ZarrArray, files: list[StoredFile]) -> list[tuple[int, int, str]]:
    """Row, column and key of the chunks that are there."""
    keys = {file.key for file in files}
    rows, columns = (math.ceil(size / chunk) for size, chunk in zip(array.shape, array.chunks, strict=True))
    if rows * columns > len(keys) * 1000:  # a foreign header may say anything
        rows = columns = math.isqrt(len(keys) * 1000)
    every = ((row, column) for row in range(rows) for column in range(columns))
    return [(row, column, key) for row, column in every if (key := array.key(row, column)) in keys]


def paint(
    canvas: Canvas, group: ZarrGroup, array: ZarrArray, crs: str, chunks: list[tuple[int, int, str]]
) -> Iterator[None]:
    """Put chunks on the canvas, one a step. Raises SentinelHubError."""
    from rasterio.transform import Affine

    (x, dx), (y, dy) = group.axis("x"), group.axis("y")
    whole = Affine(dx, 0, x - dx / 2, 0, dy, y - dy / 2)
    box = raster_box(array.shape[1], array.shape[0], whole, crs)
    if box is None:
        raise _unfit(array.prefix, "has coordinates that are no place")
    step = max(1, int(pixel_degrees(canvas.frame) * array.shape[0] / (box.north - box.south)))
    for row, column, key in chunks:
        first_row, first_column = row * array.chunks[0], column * array.chunks[1]
        values = group.chunk(array, key)[: array.shape[0] - first_row, : array.shape[1] - first_column]
        few = values[::step, ::step].astype("float32")
        if array.fill is not None:
            few[few == array.fill] = np.nan
        left, upper = x + dx * (first_column - 0.5), y + dy * (first_row - 0.5)
        corner = Affine(dx * step, 0, left, 0, dy * step, upper)
        canvas.put(few[np.newaxis], corner, crs, as_bytes=False)
        yield


def _array(prefix: str, described: Mapping[str, Any]) -> ZarrArray:
    shape, chunks = described.get("shape"), described.get("chunks")
    sizes = [*(shape if isinstance(shape, list) else ()), *(chunks if isinstance(chunks, list) else ())]
    if not 2 <= len(sizes) // 2 <= 3 or not all(type(size) is int and size > 0 for size in sizes):
        raise _unfit(prefix, "has not the shape of a raster")
    assert isinstance(shape, list)
    assert isinstance(chunks, list)
    if len(shape) != len(chunks) or described.get("filters") or described.get("order", "C") != "C":
        raise _unfit(prefix, "is written in a way that is not read here")
    try:
        dtype = np.dtype(str(described.get("dtype")))
    except TypeError:
        raise _unfit(prefix, "has no type of numbers") from None
    compressor = described.get("compressor")
    if dtype.kind not in _KINDS or (compressor is not None and mapping(compressor).get("id") not in _CODECS):
        raise _unfit(prefix, "is of a type, or compressed in a way, that is not read here")
    if math.prod(chunks) * dtype.itemsize > _MOST_CHUNK:
        raise _unfit(prefix, f"has chunks of more than {_MOST_CHUNK // 2**20} MiB")
    fill = described.get("fill_value")
    return ZarrArray(
        prefix=prefix,
        shape=(shape[-2], shape[-1]),
        chunks=(chunks[-2], chunks[-1]),
        dtype=dtype,
        fill=float(fill) if isinstance(fill, (int, float)) and not isinstance(fill, bool) else None,
        compressor=compressor,
        planes=len(shape) - 2,
        separator="/" if described.get("dimension_separator") == "/" else ".",
    )


def _decoded(array: ZarrArray, stored: bytes, key: str) -> NDArray[Any]:
    import numcodecs  # type: ignore[import-untyped]  # numcodecs ships no types

    try:
        plain = numcodecs.get_codec(dict(array.compressor)).decode(stored) if array.compressor else stored
        values: NDArray[Any] = np.frombuffer(plain, dtype=array.dtype).reshape(-1, *array.chunks)[0]
    except (ValueError, RuntimeError, TypeError, OSError, MemoryError) as error:
        raise _unfit(key, f"cannot be decoded: {fit(str(error), 200)}") from None
    return values


def _unfit(where: str, why: str) -> SentinelHubError:
    return SentinelHubError("cannot show the Zarr array", subject=fit(where, 200), why=f"it {why}")
