"""GeoTIFF and cloud-optimised GeoTIFF files of evaluated outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasterio.enums import Resampling
from rasterio.io import MemoryFile
from rasterio.shutil import copy as copy_raster
from rasterio.transform import Affine

from .evaluate import Raster
from .types import ProcessingFailure
from .window import Window

TIFF = "image/tiff"

# The API's names that the bindings spell otherwise; without complex numbers magnitude and phase is a mean.
_RESAMPLING = {"cubicspline": "cubic_spline", "average_magphase": "average"}
_COG_BLOCK = 1024


def encoded(raster: Raster, window: Window, output: Mapping[str, Any]) -> bytes:
    """The file that the request's `output` asks for. Raises ProcessingFailure."""
    if output.get("cogOutput"):
        return cog(raster, window, output.get("cogParameters"))
    return geotiff(raster, window)


def geotiff(raster: Raster, window: Window) -> bytes:
    """A plain deflate-compressed GeoTIFF."""
    with MemoryFile() as memory:
        with memory.open(driver="GTiff", compress="deflate", **_profile(raster, window)) as file:
            file.write(raster.values)
        return bytes(memory.read())


def cog(raster: Raster, window: Window, parameters: Mapping[str, Any] | None) -> bytes:
    """A cloud-optimised GeoTIFF after `cogParameters` (None: the API's defaults).

    Overviews are those of `overviewLevels`, or halve the size until both edges are at most `overviewMinSize`
    (default: the smaller block edge). Raises ProcessingFailure for INT8, which the service does not write
    as COG.
    """
    if raster.output.sample_type == "INT8":
        raise ProcessingFailure(
            f"Output {raster.output.id} cannot be written as COG: sampleType INT8 is not supported."
        )
    given = parameters or {}
    block_x, block_y = int(given.get("blockxsize") or _COG_BLOCK), int(given.get("blockysize") or _COG_BLOCK)
    predictor = (3 if raster.values.dtype.kind == "f" else 2) if given.get("usePredictor", True) else 1
    resampling = str(given.get("resamplingAlgorithm") or "average")
    tiling = {"tiled": True, "blockxsize": block_x, "blockysize": block_y}
    with MemoryFile() as staged:
        with staged.open(driver="GTiff", **tiling, **_profile(raster, window)) as file:
            file.write(raster.values)
            levels = _levels(window, given, min(block_x, block_y))
            if levels:
                file.build_overviews(levels, Resampling[_RESAMPLING.get(resampling, resampling)])
        with MemoryFile() as memory:
            copy_raster(staged.name, memory.name, **_layout(block_x, block_y, predictor))
            return bytes(memory.read())


def transform_of(window: Window) -> Affine:
    """From columns and rows to coordinates of the window's CRS."""
    return Affine(window.resolution, 0.0, window.left, 0.0, -window.resolution_y, window.top)


def _layout(block_x: int, block_y: int, predictor: int) -> dict[str, Any]:
    """Creation options; both drivers copy the staged overviews and put every directory before the data."""
    shared = {"compress": "deflate", "predictor": predictor}
    if block_x == block_y:
        named = {1: "NO", 2: "STANDARD", 3: "FLOATING_POINT"}[predictor]
        return {**shared, "driver": "COG", "blocksize": block_x, "predictor": named}
    # The COG driver knows only square blocks.
    tiling = {"tiled": "YES", "blockxsize": block_x, "blockysize": block_y}
    return {**shared, **tiling, "driver": "GTiff", "copy_src_overviews": "YES"}


def _levels(window: Window, given: Mapping[str, Any], block: int) -> list[int]:
    if given.get("overviewLevels"):
        return [int(level) for level in given["overviewLevels"]]
    minimum = int(given.get("overviewMinSize") or block)
    levels, factor = [], 1
    while max(window.width, window.height) / factor > minimum:
        factor *= 2
        levels.append(factor)
    return levels


def _profile(raster: Raster, window: Window) -> dict[str, Any]:
    bands, height, width = raster.values.shape
    if bands == 0:
        raise ProcessingFailure(f"Output {raster.output.id} has no bands.")
    return {
        "width": width,
        "height": height,
        "count": bands,
        "dtype": raster.values.dtype.name,
        "crs": window.crs,
        "transform": transform_of(window),
        "nodata": raster.output.nodata,
    }
