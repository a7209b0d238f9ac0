"""Files for BYOC collections, and a client of a sandbox that has them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import numpy as np
from numpy.typing import NDArray
from rasterio.io import MemoryFile
from rasterio.shutil import copy as copy_raster
from rasterio.transform import Affine

from .conftest import Client, Json

ORIGIN = {"EPSG:4326": (9.2, 42.4, 0.0008), "EPSG:3035": (4200000.0, 2130000.0, 60.0)}
UTM = (516420.0, 4698000.0, 60.0)  # upper left corner and pixel size: the same place in EPSG:32632


def pixels(size: int = 300, *, bands: int = 1, dtype: str = "uint16", first: float = 1) -> NDArray[Any]:
    """Values of which no two neighbours are the same, from ``first`` on."""
    ramp = np.arange(bands * size * size) % 199 + first
    return ramp.reshape(bands, size, size).astype(dtype)


def cog(
    values: NDArray[Any],
    *,
    crs: str = "EPSG:32632",
    blocks: int = 256,
    shift: int = 0,
    nodata: float | None = None,
    description: str | None = None,
    **layout: Any,
) -> bytes:
    """A COG; ``shift`` moves it so many pixels to the east, ``layout`` are options of the driver."""
    left, top, size = ORIGIN.get(crs, UTM)
    count, height, width = values.shape
    profile: dict[str, Any] = {
        "width": width,
        "height": height,
        "count": count,
        "dtype": values.dtype.name,
        "crs": crs,
        "transform": Affine(size, 0.0, left + shift * size, 0.0, -size, top),
        "nodata": nodata,
    }
    with MemoryFile() as staged, MemoryFile() as memory:
        with staged.open(driver="GTiff", **profile) as file:
            file.write(values)
            if description:
                file.update_tags(TIFFTAG_IMAGEDESCRIPTION=description)
        copy_raster(
            staged.name,
            memory.name,
            **{"driver": "COG", "blocksize": blocks, "compress": "deflate", **layout},
        )
        return bytes(memory.read())


class Byoc:
    """Calls of one BYOC service, each held against the contract."""

    def __init__(self, client: Client, prefix: str = "/api/v1/byoc") -> None:
        self.client = client
        self._root = client.ends["base_url"] + prefix

    def call(self, method: str, where: str, body: Any = None, **query: Any) -> Any:
        # A query may hold a `path`.
        url = f"{self._root}{where}?{urlencode(query)}" if query else self._root + where
        return self.client.call(method, url, body)

    def collection(self, bucket: str = "own-data", **members: Any) -> str:
        answer = self.call("POST", "/collections", {"name": "mine", "s3Bucket": bucket, **members})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["id"])

    def get(self, collection: str) -> Json:
        answer = self.call("GET", f"/collections/{collection}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["data"])

    def put(self, collection: str, **members: Any) -> Any:
        return self.call("PUT", f"/collections/{collection}", {**self.get(collection), **members})

    def tile(self, collection: str, path: str, **members: Any) -> str:
        answer = self.call("POST", f"/collections/{collection}/tiles", {"path": path, **members})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["id"])

    def get_tile(self, collection: str, tile: str) -> Json:
        answer = self.call("GET", f"/collections/{collection}/tiles/{tile}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["data"])

    def tiles(self, collection: str, **query: Any) -> list[Json]:
        answer = self.call("GET", f"/collections/{collection}/tiles", **query)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["data"])
