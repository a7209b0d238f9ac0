"""The few map projections that counting tiles needs, right to well within a metre.

UTM by Krüger's series, LAEA by Snyder's formulas ("Map Projections: A Working Manual", 1987, page 187).
"""

from __future__ import annotations

import cmath
import math

Point = tuple[float, float]

_A = 6378137.0  # metres; WGS84 and GRS80
_F = 1 / 298.257223563
_E2 = _F * (2 - _F)
_E = math.sqrt(_E2)
_N = _F / (2 - _F)
_SCALE = 0.9996
_FALSE_EASTING = 500000.0
_RADIUS = _A / (1 + _N) * (1 + _N**2 / 4 + _N**4 / 64)
_ALPHA = (
    _N / 2 - 2 / 3 * _N**2 + 5 / 16 * _N**3,
    13 / 48 * _N**2 - 3 / 5 * _N**3,
    61 / 240 * _N**3,
)
_BETA = (
    _N / 2 - 2 / 3 * _N**2 + 37 / 96 * _N**3,
    1 / 48 * _N**2 + 1 / 15 * _N**3,
    17 / 480 * _N**3,
)
_DELTA = (
    2 * _N - 2 / 3 * _N**2 - 2 * _N**3,
    7 / 3 * _N**2 - 8 / 5 * _N**3,
    56 / 15 * _N**3,
)


def central_meridian(zone: int) -> float:
    """Longitude of the middle of a UTM zone, in degrees."""
    return zone * 6.0 - 183.0


def to_utm(lon: float, lat: float, zone: int) -> Point:
    """Easting and northing in metres; south of the equator northings are negative, with no false northing."""
    phi, lam = math.radians(lat), math.radians(lon - central_meridian(zone))
    sine = math.sin(phi)
    t = math.sinh(math.atanh(sine) - _E * math.atanh(_E * sine))
    cosine = math.cos(lam)
    zeta = complex(math.atan2(t, cosine), math.asinh(math.sin(lam) / math.hypot(t, cosine)))
    zeta += _series(zeta, _ALPHA)
    return _FALSE_EASTING + _SCALE * _RADIUS * zeta.imag, _SCALE * _RADIUS * zeta.real


def _series(zeta: complex, factors: tuple[float, float, float]) -> complex:
    """Sum of ``factors[j - 1] * sin(2 * j * zeta)``, by the formulas for multiples of an angle."""
    sine, cosine = cmath.sin(2 * zeta), cmath.cos(2 * zeta)
    first, second, third = factors
    return sine * (first + 2 * second * cosine + third * (4 * cosine * cosine - 1))


def from_utm(easting: float, northing: float, zone: int) -> Point:
    """Longitude and latitude in degrees; the inverse of :func:`to_utm`."""
    zeta = complex(northing / (_SCALE * _RADIUS), (easting - _FALSE_EASTING) / (_SCALE * _RADIUS))
    zeta -= _series(zeta, _BETA)
    xi, eta = zeta.real, zeta.imag
    chi = math.asin(math.sin(xi) / math.cosh(eta))
    phi = chi + sum(delta * math.sin(2 * j * chi) for j, delta in enumerate(_DELTA, 1))
    return central_meridian(zone) + math.degrees(math.atan2(math.sinh(eta), math.cos(xi))), math.degrees(phi)


_LAT0, _LON0 = math.radians(52), 10.0  # EPSG:3035
_X0, _Y0 = 4321000.0, 3210000.0


def _q(sine: float) -> float:
    return (1 - _E2) * (sine / (1 - _E2 * sine**2) + math.atanh(_E * sine) / _E)


_QP = _q(1.0)
_RQ = _A * math.sqrt(_QP / 2)
_BETA0 = math.asin(_q(math.sin(_LAT0)) / _QP)
_D = _A * math.cos(_LAT0) / math.sqrt(1 - _E2 * math.sin(_LAT0) ** 2) / (_RQ * math.cos(_BETA0))


def to_laea(lon: float, lat: float) -> Point:
    """Easting and northing in EPSG:3035, metres."""
    lam = math.radians(lon - _LON0)
    beta = math.asin(max(-1.0, min(1.0, _q(math.sin(math.radians(lat))) / _QP)))
    cosine = math.sin(_BETA0) * math.sin(beta) + math.cos(_BETA0) * math.cos(beta) * math.cos(lam)
    b = _RQ * math.sqrt(2 / max(1e-9, 1 + cosine))
    x = b * _D * math.cos(beta) * math.sin(lam)
    y = b / _D * (math.cos(_BETA0) * math.sin(beta) - math.sin(_BETA0) * math.cos(beta) * math.cos(lam))
    return _X0 + x, _Y0 + y


def from_laea(easting: float, northing: float) -> Point:
    """Longitude and latitude in degrees; the inverse of :func:`to_laea`."""
    x, y = (easting - _X0) / _D, (northing - _Y0) * _D
    rho = math.hypot(x, y)
    if rho == 0:
        return _LON0, math.degrees(_LAT0)
    c = 2 * math.asin(min(1.0, rho / (2 * _RQ)))
    sine = math.cos(c) * math.sin(_BETA0) + y * math.sin(c) * math.cos(_BETA0) / rho
    beta = math.asin(max(-1.0, min(1.0, sine)))
    phi = beta + (_E2 / 3 + 31 / 180 * _E2**2) * math.sin(2 * beta) + 23 / 360 * _E2**2 * math.sin(4 * beta)
    lam = math.atan2(
        x * math.sin(c), rho * math.cos(_BETA0) * math.cos(c) - y * math.sin(_BETA0) * math.sin(c)
    )
    return _LON0 + math.degrees(lam), math.degrees(phi)


def from_mercator(x: float, y: float) -> Point:
    """Longitude and latitude in degrees of a point in EPSG:3857."""
    return math.degrees(x / _A), math.degrees(
        2 * math.atan(math.exp(min(50.0, max(-50.0, y / _A)))) - math.pi / 2
    )
