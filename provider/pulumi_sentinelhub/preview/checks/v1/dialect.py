"""Where batch v1 keeps what the shared checks read.

Source: [batch OpenAPI: BatchProcessRequest, BatchProcessOutput, BatchZarrParameters].
"""

from __future__ import annotations

from typing import Final

from ..common.dialect import Dialect

DIALECT: Final = Dialect(
    grid=lambda root: root["tiling_grid"],
    files=lambda root: root["output"],
    file_path=lambda root: root["output"]["defaultTilePath"],
    zarr=lambda root: root["zarr_output"],
    zarr_path=lambda root: root["zarr_output"]["path"],
    grid_name="tiling_grid",
    zarr_name="zarr_output",
    placeholders=("requestId", "tileName", "tileId", "outputId", "format"),
    tile_placeholders=("tileName", "tileId"),
    zarr_placeholders=("requestId",),
    bare_zarr_path=True,  # the documentation's own example has no scheme
    collection="batch collection",
)
