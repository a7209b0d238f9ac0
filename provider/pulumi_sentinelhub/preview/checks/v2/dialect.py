"""Where the inputs of a request for batch v2 have what the shared checks read: where v1's have it, too.

What differs is what v2 fills in. Source: [addendum on v2: editions of the contract; batch OpenAPI:
BatchV2RasterOutput, BatchV2ZarrOutput].
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
    grid_name="tiling_grid (or features)",
    zarr_name="zarr_output",
    placeholders=("requestId", "tileName", "outputId", "format"),
    tile_placeholders=("tileName",),
    zarr_placeholders=("requestId",),
    bare_zarr_path=False,
    collection="BYOC collection",
    renamed={"tileId": "tileName"},
)
