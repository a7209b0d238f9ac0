"""The synthetic earth: land and sea, vegetation, clouds and noise as functions of place and day.

Fields are sums of sine waves of longitude and latitude. Each wave is kept as its sine and cosine, so that a
day shifts it by two multiplications instead of a new sine over all pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timezone
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from .datasets import DN_PER_REFLECTANCE
from .scenes import Granule, unit
from .window import Floats, Window

Single = NDArray[np.float32]

Term = tuple[float, float, float, float]

# Waves for each degree of longitude and latitude, phase and weight.
_LAND = (
    (0.41, 0.0, -3.73, 0.60),
    (0.0, 0.29, -12.27, 0.60),
    (0.53, 1.07, 0.4, 0.25),
    (2.1, -1.4, 1.1, 0.12),
    (5.3, 4.7, 2.0, 0.07),
)
_PLANTS = ((1.7, 2.3, 0.3, 0.5), (-4.1, 3.1, 1.7, 0.3), (9.7, 8.3, 0.9, 0.2))
_CLOUDS = ((3.1, 2.2, 0.0, 0.5), (-5.3, 6.1, 1.3, 0.3), (13.7, 11.9, 2.1, 0.2))

_NOISE_BITS = 10
_NOISE_REFLECTANCE = 0.012  # peak to peak
_CLOUD_EDGE = 8.0  # how sharply a cloud begins: opacity for each unit of the cloud field

# Reflectance of bare soil, vegetation, water and cloud. Coarse averages of published spectra.
SPECTRA: dict[str, tuple[float, float, float, float]] = {
    "B01": (0.090, 0.025, 0.060, 0.62),
    "B02": (0.105, 0.035, 0.055, 0.62),
    "B03": (0.135, 0.070, 0.045, 0.61),
    "B04": (0.180, 0.040, 0.030, 0.63),
    "B05": (0.205, 0.105, 0.025, 0.64),
    "B06": (0.220, 0.270, 0.022, 0.65),
    "B07": (0.235, 0.340, 0.020, 0.66),
    "B08": (0.245, 0.370, 0.018, 0.66),
    "B8A": (0.255, 0.385, 0.017, 0.66),
    "B09": (0.230, 0.350, 0.015, 0.45),
    "B10": (0.002, 0.002, 0.002, 0.08),
    "B11": (0.310, 0.190, 0.012, 0.42),
    "B12": (0.270, 0.095, 0.010, 0.35),
}


class _Waves:
    """A sum of waves over the pixels of a strip, each as its sine and cosine."""

    def __init__(self, terms: Sequence[Term], lon: Single, lat: Single) -> None:
        angles = [_angle(term, lon, lat) for term in terms]
        weights = [np.float32(term[3]) for term in terms]
        self._sines = [np.sin(angle) * weight for angle, weight in zip(angles, weights, strict=True)]
        self._cosines = [np.cos(angle) * weight for angle, weight in zip(angles, weights, strict=True)]
        self._product = np.empty_like(lon)

    def shifted(self, day: int) -> Single:
        """The field of a day: every wave with that day's phase."""
        waves = zip(self._sines, self._cosines, _phases(day, len(self._sines)), strict=True)
        sine, cosine, (along, across) = next(waves)
        total: Single = sine * along
        total += np.multiply(cosine, across, out=self._product)
        for sine, cosine, (along, across) in waves:
            total += np.multiply(sine, along, out=self._product)
            total += np.multiply(cosine, across, out=self._product)
        return total


@lru_cache(maxsize=4096)
def _phases(day: int, waves: int) -> tuple[tuple[np.float32, np.float32], ...]:
    """Cosine and sine of each wave's phase on a day."""
    angles = [unit(day, number) * math.tau for number in range(waves)]
    return tuple((np.float32(math.cos(angle)), np.float32(math.sin(angle))) for angle in angles)


def _still(terms: Sequence[Term], lon: Single, lat: Single) -> Single:
    """A sum of waves that no day shifts."""
    total = np.zeros_like(lon)
    for term in terms:
        total += np.sin(_angle(term, lon, lat)) * np.float32(term[3])
    return total


def _angle(term: Term, lon: Single, lat: Single) -> Single:
    a, b, c, _ = term
    angle: Single = np.float32(a * math.tau) * lon + np.float32(b * math.tau) * lat + np.float32(c)
    return angle


class Surface:
    """A strip of rows (first..last-1) of a window; all arrays are flat, one value a pixel.

    What is not asked for is not computed: a request of one's own data needs none of the synthetic earth.
    """

    def __init__(self, window: Window, first: int, last: int) -> None:
        self._window, self._rows = window, (first, last)
        self.longitudes, self.latitudes = window.places(first, last)
        self.granules, self._granule = _granules(self.latitudes, self.longitudes)
        self._longitude, self.latitude = (
            places.astype(np.float32) for places in (self.longitudes, self.latitudes)
        )
        self.size = self.latitude.size
        self._bare: dict[str, Single] = {}  # reflectance of soil and water, by band
        self._located: dict[str, tuple[Floats, Floats]] = {}

    @cached_property
    def height(self) -> Single:
        """Above the sea where it is positive."""
        return _still(_LAND, self._longitude, self.latitude)

    @cached_property
    def land(self) -> Single:
        """Share of land."""
        share: Single = np.clip(self.height * np.float32(40), 0, 1)
        return share

    @cached_property
    def plants(self) -> Single:
        """How green the land is, 0 to 1."""
        field = _still(_PLANTS, self._longitude, self.latitude)
        share: Single = np.clip(np.float32(0.55) + np.float32(0.5) * field, 0, 1)
        return share

    @cached_property
    def _clouds(self) -> _Waves:
        return _Waves(_CLOUDS, self._longitude, self.latitude)

    @cached_property
    def _scatter(self) -> NDArray[np.uint32]:
        return _scattered(self._window.pixel_numbers(*self._rows))

    @cached_property
    def _sea(self) -> Single:
        share: Single = np.float32(1) - self.land
        return share

    @cached_property
    def _green(self) -> Single:
        return self.land * self.plants

    def located(self, crs: str) -> tuple[Floats, Floats]:
        """The centres of the pixels in another CRS, x and y."""
        if crs not in self._located:
            self._located[crs] = self._window.places_in(crs, *self._rows)
        return self._located[crs]

    def by_granule(self, values: Sequence[float]) -> Single | np.float32:
        """One value a member of `granules` as one a pixel, or as a single number where all are the same."""
        each = np.array(values, dtype=np.float32)
        spread: Single | np.float32 = each[0] if len(set(values)) == 1 else each[self._granule]
        return spread

    def noise(self, day: int, salt: int, height: float = 1.0) -> Single:
        """White noise of a `height` from peak to peak around 0, new each day and for each `salt`."""
        bits = self._scatter * _factor(day, salt)
        bits >>= np.uint32(32 - _NOISE_BITS)
        # signed numbers become floats in one instruction
        values: Single = bits.view(np.int32).astype(np.float32)
        values -= np.float32(2.0 ** (_NOISE_BITS - 1))
        values *= np.float32(height * 2.0**-_NOISE_BITS)
        return values

    def opacity(self, day: int, cover: Single | np.float32) -> Single:
        """Opacity of clouds (0..1) where `cover` is the granule's cloud cover in percent."""
        threshold = cover * np.float32(0.02) - np.float32(1)
        field = self._clouds.shifted(day)
        np.subtract(threshold, field, out=field)
        field *= np.float32(_CLOUD_EDGE)
        np.clip(field, 0, 1, out=field)
        return field

    def reflectance_dn(self, band: str, day: int, clouds: Single) -> Single:
        """Digital numbers (integers) of an optical Sentinel-2 band under `clouds` (opacity)."""
        soil, plant, water, cloud = SPECTRA[band]
        bare = self._bare.get(band)
        if bare is None:
            bare = self._bare[band] = self.land * np.float32(soil) + self._sea * np.float32(water)
        value: Single = self._green * np.float32((plant - soil) * season(day))
        value += bare
        noise = self.noise(day, sum(band.encode()), _NOISE_REFLECTANCE)
        value += noise
        lifted = np.subtract(np.float32(cloud), value, out=noise)
        lifted *= clouds
        value += lifted
        np.clip(value, 0, None, out=value)
        value *= np.float32(DN_PER_REFLECTANCE)
        np.rint(value, out=value)
        return value

    def generic(self, day: int, salt: int, low: float, high: float) -> NDArray[np.float64]:
        """A smooth field between `low` and `high` with a little noise, for collections without a model."""
        share = 0.5 + 0.3 * (self.plants - 0.5) + 0.2 * np.tanh(self.height) + 0.1 * (unit(day, salt) - 0.5)
        share = share + 0.05 * self.noise(day, salt)
        return np.asarray(low + (high - low) * np.clip(share.astype(np.float64), 0, 1))


def _granules(latitude: Floats, longitude: Floats) -> tuple[tuple[Granule, ...], NDArray[np.int32]]:
    """The granules of a strip's envelope, and for each pixel the number of its own among them."""
    rows, columns = np.floor(latitude).astype(np.int32), np.floor(longitude).astype(np.int32)
    south, north, west, east = (int(edge) for edge in (rows.min(), rows.max(), columns.min(), columns.max()))
    found = tuple((row, column) for row in range(south, north + 1) for column in range(west, east + 1))
    return found, (rows - south) * (east - west + 1) + (columns - west)


@lru_cache(maxsize=4096)
def _factor(day: int, salt: int) -> np.uint32:
    """The odd number by which the pixels' numbers are spread anew."""
    factor: np.uint32 = np.uint32((int(unit(day, salt) * 2**31) << 1) | 1)
    return factor


@lru_cache(maxsize=4096)
def season(day: int) -> float:
    """Vigour of vegetation (0.55..1) by the day of the year, highest in June."""
    day_of_year = datetime.fromordinal(day).replace(tzinfo=timezone.utc).timetuple().tm_yday
    return 0.775 + 0.225 * math.cos((day_of_year - 165) / 365.25 * math.tau)


def _scattered(numbers: NDArray[np.uint64]) -> NDArray[np.uint32]:
    mixed = numbers * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    return np.asarray((mixed >> np.uint64(32)).astype(np.uint32) | np.uint32(1))
