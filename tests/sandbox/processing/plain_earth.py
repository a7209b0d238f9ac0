"""The synthetic earth in the plainest way: whole tiles, one formula after the other, nothing kept.

`surface` and `samples` are quick and must give the very same bits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentinelhub_sandbox.processing import TilePlan
from sentinelhub_sandbox.processing.request import grid_settings
from sentinelhub_sandbox.processing.scenes import Layer, catalogue, layers, unit
from sentinelhub_sandbox.processing.surface import SPECTRA, season
from sentinelhub_sandbox.processing.window import Window

Single = NDArray[np.float32]
Places = tuple[Single, Single]  # longitude and latitude, degrees
Waves = tuple[tuple[float, float, float, float], ...]
LAND: Waves = (
    (0.41, 0.0, -3.73, 0.60),
    (0.0, 0.29, -12.27, 0.60),
    (0.53, 1.07, 0.4, 0.25),
    (2.1, -1.4, 1.1, 0.12),
    (5.3, 4.7, 2.0, 0.07),
)
PLANTS: Waves = ((1.7, 2.3, 0.3, 0.5), (-4.1, 3.1, 1.7, 0.3), (9.7, 8.3, 0.9, 0.2))
CLOUDS: Waves = ((3.1, 2.2, 0.0, 0.5), (-5.3, 6.1, 1.3, 0.3), (13.7, 11.9, 2.1, 0.2))


def plain_samples(request: dict[str, Any], plan: TilePlan, band: str, mosaicking: str) -> NDArray[np.float64]:
    """Reflectance of an optical Sentinel-2 band, without the service's buffers: (samples, rows, columns)."""
    window = Window.of(plan, grid_settings(request).resolution)
    source: Mapping[str, Any] = request["processRequest"]["input"]["data"][0]
    found = layers(catalogue(source, window.granules()), mosaicking)
    read = [_layer(window, layer, band) for layer in found]
    return np.array(read).reshape(len(found), window.height, window.width)


def _layer(window: Window, layer: Layer, band: str) -> NDArray[np.float64]:
    longitude, latitude = window.places(0, window.height)
    at = longitude.astype(np.float32), latitude.astype(np.float32)
    rows, columns = np.floor(latitude), np.floor(longitude)
    out = np.zeros(longitude.size)
    for day in sorted({scene.day for scene in layer.scenes}):
        covered, cover = np.zeros(out.size, bool), np.zeros(out.size, np.float32)
        for scene in layer.scenes:
            inside = (rows == scene.granule[0]) & (columns == scene.granule[1]) & (scene.day == day)
            covered |= inside
            cover[inside] = scene.cloud
        clear = _clear(at, day, band) + _noise(window, day, sum(band.encode())) * np.float32(0.012)
        value = clear + _opacity(at, day, cover) * (np.float32(SPECTRA[band][3]) - clear)
        numbers = np.rint(np.maximum(value, 0) * np.float32(10_000))
        out = np.where(covered, numbers.astype(np.float64) / 10_000, out)
    return out


def _waves(at: Places, terms: Waves) -> list[tuple[Single, Single]]:
    """Each wave's sine and cosine, weighted."""
    angles = [
        np.float32(a * math.tau) * at[0] + np.float32(b * math.tau) * at[1] + np.float32(c)
        for a, b, c, _ in terms
    ]
    weights = [np.float32(weight) for *_, weight in terms]
    return [(np.sin(x) * weight, np.cos(x) * weight) for x, weight in zip(angles, weights, strict=True)]


def _still(at: Places, terms: Waves) -> Single:
    return np.asarray(np.sum([sine for sine, _ in _waves(at, terms)], axis=0), dtype=np.float32)


def _opacity(at: Places, day: int, cover: Single) -> Single:
    field = np.zeros_like(cover)
    for number, (sine, cosine) in enumerate(_waves(at, CLOUDS)):
        phase = unit(day, number) * math.tau
        field = field + np.float32(math.cos(phase)) * sine
        field = field + np.float32(math.sin(phase)) * cosine
    threshold = cover * np.float32(0.02) - np.float32(1)
    return np.asarray(np.clip((threshold - field) * np.float32(8), 0, 1), dtype=np.float32)


def _clear(at: Places, day: int, band: str) -> Single:
    """Reflectance without clouds and noise."""
    soil, plant, water, _ = SPECTRA[band]
    land = np.clip(_still(at, LAND) * np.float32(40), 0, 1)
    plants = np.clip(np.float32(0.55) + np.float32(0.5) * _still(at, PLANTS), 0, 1)
    value = land * np.float32(soil) + (np.float32(1) - land) * np.float32(water)
    return np.asarray(value + land * plants * np.float32((plant - soil) * season(day)), dtype=np.float32)


def _noise(window: Window, day: int, salt: int) -> Single:
    mixed = window.pixel_numbers(0, window.height) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    scattered = (mixed >> np.uint64(32)).astype(np.uint32) | np.uint32(1)
    factor = np.uint32((int(unit(day, salt) * 2**31) << 1) | 1)
    bits = (scattered * factor) >> np.uint32(22)
    return np.asarray(bits.astype(np.float32) * np.float32(2.0**-10) - np.float32(0.5), dtype=np.float32)
