"""The canvas that a request's results are put on: some bands, in longitude and latitude."""

from __future__ import annotations

import io
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..model import Box, Picture
from ..places import Frame

#: Pixels of the longer side.
LONGEST: Final = 1000
_SHORTEST: Final = 16
#: Bands that are shown.
BANDS: Final = 3
_PERCENT: Final = (2.0, 98.0)
#: Colours of one band, from its least to its greatest value: dark blue to yellow, even in lightness.
_RAMP: Final = np.array(
    [(68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37)], dtype="float32"
)

Floats = NDArray[np.float32]


class Canvas:
    """Pixels of one request.

    Args:
        frame: the part of the map.
    """

    def __init__(self, frame: Frame) -> None:
        shape = frame.shape
        width = LONGEST if shape >= 1 else LONGEST * shape
        self.width = max(_SHORTEST, round(width))
        self.height = max(_SHORTEST, round(width / shape))
        self.frame = frame
        self._values: Floats = np.full((BANDS, self.height, self.width), np.nan, dtype="float32")
        self._bands = 0
        self._bytes = True

    @property
    def empty(self) -> bool:
        """Whether nothing has been put on it."""
        return not self._bands or bool(np.isnan(self._values[0]).all())

    def put(self, values: Floats, transform: Any, crs: Any, *, as_bytes: bool) -> None:
        """Put a decimated raster on it.

        Args:
            values: (bands, rows, columns); NaN where there is nothing.
            transform: from its columns and rows to its CRS.
            crs: of the raster.
            as_bytes: its values are colours from 0 to 255.
        """
        window = self._window(values.shape, transform, crs)
        if window is None:
            return
        left, top, width, height = window
        columns, rows = self._sought(window, transform, crs)
        inside = (columns >= 0) & (columns < values.shape[2]) & (rows >= 0) & (rows < values.shape[1])
        bands = min(BANDS, values.shape[0]) if values.shape[0] != 2 else 1
        found = np.full((bands, height, width), np.nan, dtype="float32")
        found[:, inside] = values[:bands, rows[inside], columns[inside]]
        target = self._values[:bands, top : top + height, left : left + width]
        np.copyto(target, found, where=~np.isnan(found))
        self._bands = max(self._bands, bands)
        self._bytes = self._bytes and as_bytes

    def picture(self, about: str) -> Picture:
        """What has been put on it, with a caption that begins with ``about``."""
        from PIL import Image

        known = self._values[: self._bands]
        there = ~np.isnan(known).all(axis=0)
        colours, scale = self._colours(known)
        alpha = np.where(there, 255, 0).astype("uint8")
        image = Image.fromarray(np.dstack([colours, alpha]), "RGBA")
        out = io.BytesIO()
        image.save(out, "WEBP", quality=82, method=4)
        caption = f"{about}; {scale}"
        return Picture(out.getvalue(), self.width, self.height, self.frame.box, caption)

    def _colours(self, known: Floats) -> tuple[NDArray[np.uint8], str]:
        if self._bytes and self._bands == BANDS:
            return np.dstack([np.nan_to_num(band) for band in known]).astype("uint8"), "colours as they are"
        finite = known[np.isfinite(known)]
        low, high = (float(value) for value in np.percentile(finite, _PERCENT)) if finite.size else (0.0, 1.0)
        if high <= low:
            low, high = low - 0.5, low + 0.5
        even = np.nan_to_num(np.clip((known - low) / (high - low), 0, 1))
        scale = f"{low:.4g} is dark, {high:.4g} is bright (2 % to 98 % of all values)"
        if self._bands == BANDS:
            return (np.dstack(list(even)) * 255).astype("uint8"), scale
        stops = np.linspace(0, 1, len(_RAMP))
        ramp = np.dstack([np.interp(even[0], stops, _RAMP[:, index]) for index in range(3)])
        return ramp.astype("uint8"), scale

    def _sought(
        self, window: tuple[int, int, int, int], transform: Any, crs: Any
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Column and row of a raster that lie under each pixel of a window; -1 where that cannot be told.

        By hand, since GDAL's own warper looks for AWS credentials at each call, by way of rasterio.
        """
        from rasterio.warp import transform as moved

        left, top, width, height = window
        box = self.frame.box
        lons = box.west + (np.arange(left, left + width) + 0.5) * (box.east - box.west) / self.width
        lats = box.north - (np.arange(top, top + height) + 0.5) * (box.north - box.south) / self.height
        grid = np.meshgrid(np.where(lons > 180, lons - 360, lons), lats)
        xs, ys = moved("EPSG:4326", crs, grid[0].ravel(), grid[1].ravel())
        back, east, north = ~transform, np.asarray(xs), np.asarray(ys)
        columns = back.a * east + back.b * north + back.c
        rows = back.d * east + back.e * north + back.f
        known = np.isfinite(columns) & np.isfinite(rows) & (abs(columns) < 2**31) & (abs(rows) < 2**31)
        column, row = (
            np.where(known, np.floor(np.where(known, one, 0)), -1).astype("int64").reshape(height, width)
            for one in (columns, rows)
        )
        return column, row

    def _window(self, shape: tuple[int, ...], transform: Any, crs: Any) -> tuple[int, int, int, int] | None:
        """Left, top, width and height of the pixels that the raster may cover."""
        box = raster_box(shape[-1], shape[-2], transform, crs)
        if box is None:
            return None
        whole = self.frame.box
        if self.frame.shifted and box.west < 0:
            box = Box(box.west + 360, box.south, box.east + 360, box.north)
        x = self.width / (whole.east - whole.west)
        y = self.height / (whole.north - whole.south)
        left, right = int((box.west - whole.west) * x) - 1, int((box.east - whole.west) * x) + 2
        top, bottom = int((whole.north - box.north) * y) - 1, int((whole.north - box.south) * y) + 2
        left, top = max(0, left), max(0, top)
        right, bottom = min(self.width, right), min(self.height, bottom)
        return (left, top, right - left, bottom - top) if right > left and bottom > top else None


def raster_box(width: int, height: int, transform: Any, crs: Any) -> Box | None:
    """Where a raster lies, in degrees; None where that cannot be told."""
    from rasterio.errors import RasterioError
    from rasterio.transform import array_bounds
    from rasterio.warp import transform_bounds

    try:
        found = transform_bounds(crs, "EPSG:4326", *array_bounds(height, width, transform))
    except (RasterioError, ValueError):
        return None
    return Box(*found) if all(np.isfinite(found)) else None


def pixel_degrees(frame: Frame) -> float:
    """Degrees of latitude of a pixel of the canvas for a frame."""
    box = frame.box
    height = LONGEST if frame.shape < 1 else LONGEST / frame.shape
    return (box.north - box.south) / height
