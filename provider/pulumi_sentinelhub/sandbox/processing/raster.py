"""GeoTIFF and cloud-optimised GeoTIFF files of evaluated outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from rasterio.io import MemoryFile  # type: ignore[import-untyped]  # rasterio ships no types
from rasterio.shutil import copy as copy_raster  # type: ignore[import-untyped]  # as above
from rasterio.transform import from_origin  # type: ignore[import-untyped]  # as above

from .evaluate import Raster
from .types import ProcessingFailure
from .window import Window

TIFF = "image/tiff"

# Resampling of overviews: the API's names and GDAL's.
_RESAMPLING = {"cubicspline": "CUBICSPLINE", "average_magphase": "AVERAGE_MAGPHASE"}
_COG_BLOCK = 1024


def geotiff(raster: Raster, window: Window) -> bytes:
    """A plain deflate-compressed GeoTIFF."""
    with MemoryFile() as memory:
        with memory.open(driver="GTiff", compress="deflate", **_profile(raster, window)) as file:
            file.write(raster.values)
        return bytes(memory.read())


def cog(raster: Raster, window: Window, parameters: Mapping[str, Any] | None) -> bytes:
    """A cloud-optimised GeoTIFF after `cogParameters` (None: the API's defaults).

    Overviews halve the size until both edges are at most `overviewMinSize` (default: the smaller block edge), or are
    those of `overviewLevels`. Raises ProcessingFailure for INT8, which the service does not write as COG.
    """
    if raster.output.sample_type == "INT8":
        raise ProcessingFailure(f"Output {raster.output.id} cannot be written as COG: sampleType INT8 is not supported.")
    given = parameters or {}
    block_x, block_y = int(given.get("blockxsize") or _COG_BLOCK), int(given.get("blockysize") or _COG_BLOCK)
    is_float = raster.values.dtype.kind == "f"
    predictor = (3 if is_float else 2) if given.get("usePredictor", True) else 1
    resampling = str(given.get("resamplingAlgorithm") or "average")
    levels = _levels(window, given, min(block_x, block_y))
    layout = {"compress": "deflate", "predictor": predictor, "blockxsize": block_x, "blockysize": block_y, "tiled": True}
    with MemoryFile() as staged:
        with staged.open(driver="GTiff", **layout, **_profile(raster, window)) as file:
            file.write(raster.values)
            if levels:
                file.build_overviews(levels, _overview_method(resampling))
        with MemoryFile() as memory:
            # Copying sources' overviews puts all directories first and lays the data out as COG readers expect.
            copy_raster(staged.name, memory.name, driver="GTiff", copy_src_overviews=True, **_flags(layout))
            return bytes(memory.read())


def _flags(layout: Mapping[str, Any]) -> dict[str, Any]:
    return {name: ("YES" if value is True else value) for name, value in layout.items()}


def _overview_method(name: str) -> Any:
    from rasterio.enums import Resampling  # type: ignore[import-untyped]  # rasterio ships no types

    known = {"cubicspline": "cubic_spline"}.get(name, name)
    return Resampling[known]


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
        "dtype": np.dtype(raster.values.dtype).newbyteorder("=").name,
        "crs": window.crs,
        "transform": from_origin(window.left, window.top, window.resolution, window.resolution),
        "nodata": raster.output.nodata,
    }
