"""One file of a tile: what ingestion finds out about it, and the rules that it has to keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rasterio.errors import RasterioError
from rasterio.io import MemoryFile

from .failure import UNEXPECTED, IngestionError
from .geometry import METRES_PER_DEGREE, WGS84

SMALLEST_TILE, LARGEST_TILE = 256, 2048
LARGEST_HEADER = 1024 * 1024  # bytes
# [BYOC docs: constraints] WGS84, Web Mercator, LAEA, UTM north and south.
SUPPORTED = frozenset({4326, 3857, 3035, *range(32601, 32661), *range(32701, 32761)})
FORMATS = {
    "uint8": (8, "UINT"),
    "int8": (8, "INT"),
    "uint16": (16, "UINT"),
    "int16": (16, "INT"),
    "uint32": (32, "UINT"),
    "int32": (32, "INT"),
    "float32": (32, "FLOAT"),
}


@dataclass(frozen=True)
class Cog:
    """What a file is.

    Attributes:
        formats: bit depth and sample format of each band.
        crs: such as ``EPSG:32632``.
        bounds: west, south, east, north in units of the CRS.
        header_size: bytes before the pixels.
        finest, coarsest: metres a pixel of the image itself and of its last overview.
    """

    formats: tuple[tuple[int, str], ...]
    crs: str
    bounds: tuple[float, float, float, float]
    header_size: int
    finest: float
    coarsest: float


def inspect(content: bytes, key: str) -> Cog:
    """Look at a file. Raises IngestionError where it breaks a rule [BYOC docs: constraints]."""
    try:
        with MemoryFile(content) as memory, memory.open(driver="GTiff") as file:
            factors = file.overviews(1)
            _check_tiles(memory, len(factors))
            return _described(file, factors, content, key)
    except RasterioError as error:
        raise IngestionError(UNEXPECTED) from error


def _check_tiles(memory: MemoryFile, overviews: int) -> None:
    for index in range(overviews + 1):
        level = {"overview_level": index - 1} if index else {}
        with memory.open(driver="GTiff", **level) as image:
            if not all(SMALLEST_TILE <= side <= LARGEST_TILE for side in image.block_shapes[0]):
                raise IngestionError(
                    f"Ensure tiles of image at index {index} have width and height between "
                    f"{SMALLEST_TILE} and {LARGEST_TILE}."
                )


def _described(file: Any, factors: list[int], content: bytes, key: str) -> Cog:
    if file.compression is not None and "JPEG" in str(file.compression.value).upper():
        raise IngestionError(f"File {key} has JPEG compression, which is not supported.")
    unknown = [dtype for dtype in file.dtypes if dtype not in FORMATS]
    if unknown:
        raise IngestionError(f"File {key} has an unsupported sample format: {unknown[0]}.")
    code = file.crs.to_epsg() if file.crs is not None else None
    if code not in SUPPORTED:
        raise IngestionError(f"File {key} has an unsupported CRS: {file.crs}.")
    header = _header_size(file, len(factors), len(content))
    if header > LARGEST_HEADER:
        raise IngestionError(f"The header of file {key} is larger than 1 MB: {header} bytes.")
    crs = f"EPSG:{code}"
    metres = file.res[0] * (METRES_PER_DEGREE if crs == WGS84 else 1.0)
    formats = tuple(FORMATS[dtype] for dtype in file.dtypes)
    return Cog(formats, crs, tuple(file.bounds), header, metres, metres * max([1, *factors]))


def _header_size(file: Any, overviews: int, size: int) -> int:
    """Where the first pixels are; all there is to read, where a directory comes after pixels."""
    levels: list[int | None] = [None, *range(overviews)]
    blocks = [file.get_tag_item("BLOCK_OFFSET_0_0", "TIFF", bidx=1, ovr=level) for level in levels]
    directories = [int(file.get_tag_item("IFD_OFFSET", "TIFF", bidx=1, ovr=level) or 0) for level in levels]
    first = min([int(block) for block in blocks if block is not None], default=size)
    return max(first, *directories)
