"""Band values of layers as an evalscript sees them: the synthetic scenes in the units of `setup()`.

`read_samples` is the whole tile at once for tests and notebooks; the processor reads strips through `Reader`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from .datasets import (
    ANGLES,
    DATA_MASK,
    DN,
    DN_PER_REFLECTANCE,
    OPTICAL,
    OWN,
    REFLECTANCE,
    Band,
    Dataset,
    dataset_of,
)
from .own_data import OwnReader
from .request import grid_settings
from .scenes import Layer, Scene, catalogue, layers, mix, seed_of
from .surface import Single, Surface, season
from .types import EvalscriptFailure, TilePlan
from .window import Floats, Window

_CLOUD, _THIN_CLOUD, _WATER, _VEGETATION, _SOIL = 9, 8, 6, 4, 5  # Sen2Cor's scene classification
_AEROSOL_DN = 100.0  # AOT = DN / 1000
_SUN_AZIMUTH, _VIEW_AZIMUTH, _VIEW_ZENITH = 155.0, 105.0, 6.0  # degrees


@dataclass(frozen=True)
class BandRequest:
    """A band of `setup().input`, in upper-case units (None: the band's default)."""

    name: str
    units: str | None = None


@dataclass(frozen=True)
class Samples:
    """All samples of a tile: `values[band]` has the shape (samples, rows, columns)."""

    times: tuple[datetime, ...]
    clouds: tuple[float, ...]
    values: dict[str, Floats]


class Reader:
    """Reads the bands of one data source, layer by layer, for one strip of pixels at a time."""

    def __init__(self, dataset: Dataset, bands: Sequence[BandRequest]) -> None:
        self._dataset = dataset
        self._bands = [(band.name, _checked(dataset, band), dataset.band(band.name)) for band in bands]

    def read(self, surface: Surface, layer: Layer, out: Floats) -> None:
        """Fill `out` (bands, pixels) with the layer's values; pixels without data are 0."""
        days = sorted({scene.day for scene in layer.scenes})
        for number, day in enumerate(days):
            scenes = [scene for scene in layer.scenes if scene.day == day]
            self._read_day(surface, day, scenes, out, blank=number == 0)

    def _read_day(
        self, surface: Surface, day: int, scenes: Sequence[Scene], out: Floats, *, blank: bool
    ) -> None:
        """Lay a day's scenes over what `out` holds, or over nothing where it is `blank`."""
        cover_of = {scene.granule: scene.cloud for scene in scenes}
        seen = [granule in cover_of for granule in surface.granules]
        if blank and not all(seen):
            out[:] = 0.0
        if not any(seen):
            return
        covered = None if all(seen) else surface.by_granule(seen) > 0
        if self._dataset.cloudy:
            cover = surface.by_granule([cover_of.get(granule, 0.0) for granule in surface.granules])
            clouds = surface.opacity(day, cover)
        else:
            clouds = np.zeros(surface.size, np.float32)
        for line, (name, units, band) in zip(out, self._bands, strict=True):
            if name == DATA_MASK:
                values: Any = 1.0
            elif self._dataset.sentinel2:
                values = _sentinel2(surface, day, name, units, clouds, out=line if covered is None else None)
            else:
                salt = mix(seed_of(self._dataset.type), seed_of(name))
                values = _generic(band, units, surface.generic(day, salt, band.low, band.high))
            if values is line:
                continue
            if covered is None:
                line[:] = values
            else:
                np.copyto(line, values, where=covered)


def reader_of(source: Mapping[str, Any], bands: Sequence[BandRequest]) -> Reader | OwnReader:
    """What reads the bands of a data source. Raises EvalscriptFailure for bands or units that it lacks."""
    dataset = dataset_of(source)
    if OWN not in source:
        return Reader(dataset, bands)
    for band in bands:
        _checked(dataset, band)
    return OwnReader([band.name for band in bands])


def read_samples(
    request: Mapping[str, Any],
    plan: TilePlan,
    bands: Sequence[str],
    *,
    mosaicking: str = "SIMPLE",
    units: str | None = None,
    source: int = 0,
    buffers: bool = True,
) -> Samples:
    """The samples of a tile as NumPy arrays, in the order in which evaluatePixel gets them.

    `units` applies to every band (None: defaults); `source` is the index in `processRequest.input.data`; with
    `buffers` the arrays have the size of the GeoTIFF, otherwise that of the grid's tile. Raises
    EvalscriptFailure for unknown bands.
    """
    settings = grid_settings(request)
    buffer_x, buffer_y = (settings.buffer_x, settings.buffer_y) if buffers else (0, 0)
    window = Window.of(plan, settings.resolution, buffer_x, buffer_y)
    data = request["processRequest"]["input"]["data"][source]
    found = layers(catalogue(data, window.granules()), mosaicking)
    reader = reader_of(data, [BandRequest(name, units) for name in bands])
    surface = Surface(window, 0, window.height)
    cube = np.zeros((len(found), len(bands), surface.size))
    for number, layer in enumerate(found):
        reader.read(surface, layer, cube[number])
    shape = (len(found), window.height, window.width)
    return Samples(
        times=tuple(layer.time for layer in found),
        clouds=tuple(float(np.mean([scene.cloud for scene in layer.scenes])) for layer in found),
        values={name: cube[:, index].reshape(shape) for index, name in enumerate(bands)},
    )


def _checked(dataset: Dataset, band: BandRequest) -> str:
    known = dataset.band(band.name)
    if band.units is None or band.name == DATA_MASK:
        return known.units[0]
    if band.units not in known.units:
        raise EvalscriptFailure(
            f"Band {band.name} of {dataset.type} is not available in units {band.units}; "
            f"use one of {', '.join(known.units)}."
        )
    return band.units


def _generic(band: Band, units: str, values: Floats) -> Floats:
    """Values of the default unit in the wanted one."""
    if units == "DB":
        return 10 * np.log10(values)
    if units != DN or band.units[0] not in (REFLECTANCE, DN):
        return values
    if band.units[0] == REFLECTANCE:
        return np.rint(values * DN_PER_REFLECTANCE)
    return np.rint(values) if band.high - band.low >= 1 else values


def _sentinel2(
    surface: Surface, day: int, name: str, units: str, clouds: Single, *, out: Floats | None
) -> Any:
    """Values of a band; they may be computed into ``out``, which is returned then."""
    if name in OPTICAL:
        numbers = surface.reflectance_dn(name, day, clouds)
        if units == DN:
            return numbers
        if out is None:
            return numbers / np.float64(DN_PER_REFLECTANCE)
        out[:] = numbers  # NumPy is slower where it converts while it divides
        return np.divide(out, DN_PER_REFLECTANCE, out=out)
    if name in ANGLES:
        sun_zenith = np.abs(surface.latitude.astype(np.float64) - 23.4 * (season(day) - 0.775) / 0.225)
        angles = {
            "sunAzimuthAngles": _SUN_AZIMUTH,
            "sunZenithAngles": np.round(sun_zenith, 3),
            "viewAzimuthMean": _VIEW_AZIMUTH,
            "viewZenithMean": _VIEW_ZENITH,
        }
        return angles[name]
    if name == "AOT":
        return _AEROSOL_DN if units == DN else _AEROSOL_DN / 1000
    if name == "SCL":
        ground = np.where(surface.plants * season(day) > 0.4, _VEGETATION, _SOIL)
        ground = np.where(surface.land < 0.5, _WATER, ground)
        return np.where(clouds > 0.5, _CLOUD, np.where(clouds > 0, _THIN_CLOUD, ground)).astype(np.float64)
    # Cloud mask and probabilities; the synthetic earth has no snow.
    masks = {
        "CLM": np.where(clouds > 0.5, 1.0, 0.0),
        "CLP": np.rint(clouds.astype(np.float64) * 255),
        "CLD": np.rint(clouds.astype(np.float64) * 100),
        "SNW": 0.0,
    }
    return masks[name]
