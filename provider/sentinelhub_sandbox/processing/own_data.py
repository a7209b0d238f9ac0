"""Data of the user's own collections: requests that read them, and the samples of their files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
import shapely.geometry
from numpy.typing import NDArray
from rasterio.io import MemoryFile
from rasterio.transform import Affine

from ..pixels import OwnData, OwnFile, OwnTile
from .datasets import DATA_MASK, OWN
from .scenes import Layer, OwnScene
from .surface import Surface
from .types import ProcessingFailure
from .window import Floats


def with_own_data(request: Mapping[str, Any], find: Callable[[str], OwnData | None]) -> dict[str, Any]:
    """The request with the data of the user's own collections beside their types.

    Raises ProcessingFailure when a collection is not there any more.
    """
    process = request["processRequest"]
    data = [_resolved(source, find) for source in process["input"]["data"]]
    return {**request, "processRequest": {**process, "input": {**process["input"], "data": data}}}


def _resolved(source: Mapping[str, Any], find: Callable[[str], OwnData | None]) -> dict[str, Any]:
    kind = str(source["type"])
    if not kind.startswith(("batch-", "byoc-")):
        return dict(source)
    own = find(kind)
    if own is None:
        raise ProcessingFailure(f"Collection {kind} does not exist.")
    return {**source, OWN: own}


@dataclass(frozen=True)
class _Image:
    """A file's band: its values, where they are valid, its CRS and its transform."""

    values: NDArray[Any]
    valid: NDArray[np.bool_]
    crs: str
    transform: Affine


class OwnReader:
    """Reads the bands of an own collection, the nearest pixel for each, layer by layer."""

    def __init__(self, bands: Sequence[str]) -> None:
        self._bands = tuple(bands)
        self._images: dict[OwnFile, _Image | None] = {}

    def read(self, surface: Surface, layer: Layer, out: Floats) -> None:
        """Fill `out` (bands, pixels) with the layer's values; pixels without data are 0."""
        out[:] = 0.0
        for scene in reversed(layer.scenes):
            assert isinstance(scene, OwnScene)
            cover = None if scene.tile.cover is None else shapely.geometry.shape(scene.tile.cover)
            for line, band in zip(out, self._bands, strict=True):
                # All bands of a tile are there or none: any of them tells where there is data.
                name = next(iter(scene.tile.files), band) if band == DATA_MASK else band
                image = self._image(scene.tile, name)
                if image is None:
                    continue
                _paint(surface, image, line, cover, mask=band == DATA_MASK)

    def _image(self, tile: OwnTile, band: str) -> _Image | None:
        file = tile.files.get(band)
        if file is None:
            return None
        if file not in self._images:
            content = file.read()
            self._images[file] = None if content is None else _decoded(content, file)
        return self._images[file]


def _paint(surface: Surface, image: _Image, line: Floats, cover: Any, *, mask: bool) -> None:
    """Fill `line` where the image has data."""
    x, y = surface.located(image.crs)
    inverse = ~image.transform
    columns = inverse.a * x + inverse.b * y + inverse.c
    rows = inverse.d * x + inverse.e * y + inverse.f
    height, width = image.values.shape
    inside = np.flatnonzero((columns >= 0) & (columns < width) & (rows >= 0) & (rows < height))
    if cover is not None:
        inside = inside[shapely.contains_xy(cover, surface.longitudes[inside], surface.latitudes[inside])]
    pixels = rows[inside].astype(np.int64), columns[inside].astype(np.int64)
    valid = image.valid[pixels]
    line[inside[valid]] = 1.0 if mask else image.values[pixels][valid]


def _decoded(content: bytes, file: OwnFile) -> _Image:
    with MemoryFile(content) as memory, memory.open() as image:
        values = image.read(file.band)
        valid = image.read_masks(file.band) > 0
        if file.no_data is not None:
            valid &= ~np.isclose(values, file.no_data, rtol=0, atol=0, equal_nan=True)
        return _Image(values, valid, str(image.crs), image.transform)
