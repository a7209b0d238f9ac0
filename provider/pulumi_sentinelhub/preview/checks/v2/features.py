"""Features of a GeoPackage in place of a tiling grid.

Source: [addendum on v2: editions of the contract, v2: input geopackage].
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ....finding import Finding
from ....s3.names import parts_of
from ..common.declared import Declared
from ..common.features import check_defaults
from ..common.node import Node
from ..common.paths import check_url

EXAMPLE: Final = "s3://my-bucket/areas.gpkg"


def check_features(declared: Declared) -> Iterator[Finding]:
    """Where the GeoPackage is, and what its features lack."""
    features = declared.features
    if not features.is_mapping:
        return
    storage = features["s3"]
    url = storage["url"]
    if storage.absent or (storage.is_mapping and url.absent):
        missing = storage if storage.absent else url
        yield missing.error("is missing", f'say where the GeoPackage is: {{"s3": {{"url": "{EXAMPLE}"}}}}')
    elif url.given:
        yield from _url(url)
    region = storage["region"]
    if region.given and not region.text:
        yield region.error(f"is {region.kind}", "give the bucket's region, or leave it out")
    yield from check_defaults(features["defaults"])
    if not declared.zarr.absent:
        yield features.warning(
            "stands beside zarr_output, which is documented with WGS84 and LAEA grids only",
            "give one of these as tiling_grid, or GeoTIFF output",
        )


def _url(url: Node) -> Iterator[Finding]:
    yield from check_url(url, EXAMPLE)
    parts = parts_of(url.text or "")
    if parts is not None and (not parts[1] or parts[1].endswith("/")):
        yield url.error("names no file", f"give the GeoPackage's own URL, e.g. {EXAMPLE}")
