"""The features of a request's GeoPackage [v2 docs: GeoPackage input]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..delivery import DeliveryError
from ..geopackage import GeoPackageError, Row, read_rows
from ..payloads.process import SUPPORTED_EPSG
from ..pixels import Feature
from ..wire import Json
from .places import Place
from .storage import INPUT, Access, opened

MOST_FEATURES = 700_000


def read_features(access: Access, source: Json) -> list[Feature]:
    """All features of the GeoPackage, with the request's defaults filled in.

    Args:
        access: the way into its bucket.
        source: the request's ``input``.

    Raises:
        DeliveryError: it cannot be reached.
        GeoPackageError: it cannot be read, or breaks a rule: at most 700 000 features; ``identifier``, text,
            unique; ``width`` and ``height``, or ``resolution``, unless there are defaults; a CRS that the
            service knows.
    """
    s3 = source["features"]["s3"]
    key = Place.of(s3["url"]).key
    with opened(access, s3, INPUT, key) as storage:
        content = storage.get(key)
    if content is None:
        raise DeliveryError(f"The GeoPackage {s3['url']} does not exist.")
    rows = read_rows(content)
    if len(rows) > MOST_FEATURES:
        raise GeoPackageError(f"The GeoPackage has {len(rows)} features, more than {MOST_FEATURES}.")
    # Layers number their features each for itself.
    several = len({row.number for row in rows}) < len(rows)
    features = [
        _feature(row, source.get("defaults", {}), number if several else row.number)
        for number, row in enumerate(rows, start=1)
    ]
    names = [feature.identifier for feature in features]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise GeoPackageError(f"The identifier '{twice}' is not unique in the GeoPackage.")
    return features


def _feature(row: Row, defaults: Mapping[str, Any], number: int) -> Feature:
    name = row.values.get("identifier")
    if not isinstance(name, str) or not name:
        raise GeoPackageError(f"Feature {row.number} of the GeoPackage has no identifier.")
    if row.epsg not in SUPPORTED_EPSG:
        raise GeoPackageError(f"Feature {name} is in EPSG:{row.epsg}, which is not supported.")
    size, resolution = _raster(row.values)
    if size is None and resolution is None:
        size, resolution = _raster(defaults)
    if size is None and resolution is None:
        raise GeoPackageError(f"Feature {name} has neither width and height nor resolution.")
    if (size is not None and min(size) < 1) or (resolution is not None and resolution <= 0):
        raise GeoPackageError(f"Width, height and resolution of feature {name} must be greater than 0.")
    return Feature(number, name, row.epsg, row.wkb, size, resolution)


def _raster(values: Mapping[str, Any]) -> tuple[tuple[int, int] | None, float | None]:
    """Size in pixels, which wins, and resolution."""
    width, height, resolution = (values.get(name) for name in ("width", "height", "resolution"))
    size = None if width is None or height is None else (int(width), int(height))
    return size, None if resolution is None else float(resolution)
