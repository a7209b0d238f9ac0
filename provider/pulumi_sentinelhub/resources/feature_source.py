"""What a program gives as features, as a GeoPackage file and a hash of its content."""

from __future__ import annotations

import atexit
import functools
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from ..lifecycle.feature_file import FeatureFile, file_at
from ..plain_json import Unfit, as_json
from ..shown import fit
from ..values import steps_text
from .areas import epsg_of, epsg_of_member
from .arguments import ArgumentError
from .plain import foreign

T = TypeVar("T")

_INTERFACE: Final = "__geo_interface__"
#: In the hash: another way to write features makes another file.
_FORMAT: Final = "1"
_AREAS: Final = ("Polygon", "MultiPolygon")
_COLUMNS: Final[Mapping[str, str]] = {"width": "int32", "height": "int32", "resolution": "float64"}
_WGS84: Final = 4326


def feature_file(where: str, source: Any) -> FeatureFile:
    """A GeoPackage of a path, of GeoJSON-like features, or of anything with ``__geo_interface__``.

    Raises:
        ArgumentError: it is none of these, or cannot be written.
    """
    interface = _read(where, lambda: _interface(source))
    if isinstance(interface, Path):
        return _of_path(where, interface)
    if not isinstance(interface, Mapping):
        raise ArgumentError(
            f"{where} must be the path of a GeoPackage, GeoJSON-like features, or something that has "
            f"__geo_interface__, but it is of type {fit(type(source).__name__, 100)}"
        )
    try:
        plain = as_json(interface, foreign)
    except Unfit as unfit:
        raise ArgumentError(f"{where}{steps_text(unfit.path)} {unfit.reason}") from None
    features = [_feature(f"{where}.features[{n}]", one) for n, one in enumerate(_features(where, plain))]
    return _written(where, features, _crs(where, source, plain))


def _interface(source: Any) -> Any:
    return Path(source) if isinstance(source, (str, os.PathLike)) else getattr(source, _INTERFACE, source)


def _read(where: str, read: Callable[[], T]) -> T:
    """Something of an object of the program's own, which may fail in any way."""
    try:
        return read()
    except Exception as error:  # noqa: BLE001 - see above
        kind = fit(type(error).__name__, 60)
        raise ArgumentError(f"{where} cannot be read ({kind}); give the path of a GeoPackage") from None


def _of_path(where: str, path: Path) -> FeatureFile:
    try:
        return file_at(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no path"
        raise ArgumentError(f"{where}: {fit(str(path), 200)} cannot be read: {reason}") from None


def _features(where: str, plain: Any) -> list[Any]:
    found = plain.get("features") if plain.get("type") == "FeatureCollection" else None
    if not isinstance(found, list) or not found:
        raise ArgumentError(f"{where} must be a FeatureCollection with at least one feature")
    return found


def _feature(where: str, feature: Any) -> dict[str, Any]:
    """What goes into the file of one feature."""
    known = feature if isinstance(feature, dict) else {}
    geometry, properties = known.get("geometry"), known.get("properties") or {}
    if (
        not isinstance(geometry, dict)
        or geometry.get("type") not in _AREAS
        or not isinstance(properties, dict)
    ):
        raise ArgumentError(f"{where} must be a feature whose geometry is a Polygon or MultiPolygon")
    identifier = properties.get("identifier", known.get("id"))
    if not isinstance(identifier, (str, int)) or not str(identifier).strip():
        raise ArgumentError(f"{where} needs an identifier among its properties: a text, another for each")
    row: dict[str, Any] = {"identifier": str(identifier), "geometry": geometry}
    for name in _COLUMNS:
        value = properties.get(name)
        if value is None or value != value:  # noqa: PLR0124  # NaN, as tables of numbers have for nothing
            continue
        whole = _COLUMNS[name].startswith("int")
        if isinstance(value, bool) or not isinstance(value, (int, float)) or (whole and value != int(value)):
            raise ArgumentError(f"{where}.properties.{name} must be a {'whole ' if whole else ''}number")
        row[name] = int(value) if whole else float(value)
    return row


def _crs(where: str, source: Any, plain: Mapping[str, Any]) -> int:
    """EPSG code: of a geopandas table, of the older GeoJSON member ``crs``, else longitude and latitude."""
    own = None if isinstance(source, Mapping) else _read(where, lambda: getattr(source, "crs", None))
    return epsg_of(where, own) or epsg_of_member(where, plain) or _WGS84


def _written(where: str, features: list[dict[str, Any]], epsg: int) -> FeatureFile:
    canonical = json.dumps([_FORMAT, epsg, features], sort_keys=True, separators=(",", ":"))
    content_hash = hashlib.sha256(canonical.encode()).hexdigest()
    path = _folder() / f"{content_hash}.gpkg"
    if not path.exists():
        _write(where, path, features, epsg)
    return FeatureFile(path, content_hash)


def _write(where: str, path: Path, features: list[dict[str, Any]], epsg: int) -> None:
    try:
        import numpy as np
        import shapely
        import shapely.geometry
        from pyogrio.raw import write
    except ImportError as error:
        raise ArgumentError(
            f"{where}: {fit(str(error.name), 60)} is needed to write a GeoPackage; install it with "
            "`pip install 'pulumi-sentinelhub[features]'`, or give the path of a GeoPackage"
        ) from None
    columns = [name for name in _COLUMNS if any(name in row for row in features)]
    try:
        shapes = [shapely.geometry.shape(row["geometry"]) for row in features]
        areas = [one if one.geom_type == _AREAS[1] else shapely.multipolygons([one]) for one in shapes]
        write(
            str(path),
            geometry=np.array([shapely.to_wkb(area) for area in areas], dtype=object),
            field_data=[
                np.array([row["identifier"] for row in features], dtype=object),
                *(np.array([row.get(name, 0) for row in features], dtype=_COLUMNS[name]) for name in columns),
            ],
            fields=["identifier", *columns],
            field_mask=[None, *(np.array([name not in row for row in features]) for name in columns)],
            geometry_type=_AREAS[1],
            crs=f"EPSG:{epsg}",
            driver="GPKG",
            layer="features",
            FID="id",
            GEOMETRY_NAME="geometry",
        )
    except Exception as error:  # noqa: BLE001 - three libraries' own errors, for what a program gave
        path.unlink(missing_ok=True)
        raise ArgumentError(f"{where} cannot be written as a GeoPackage: {fit(str(error), 300)}") from None


@functools.cache
def _folder() -> Path:
    """A folder of this process, which the engine's uploads end before."""
    folder = tempfile.TemporaryDirectory(prefix="sentinelhub-features-")
    atexit.register(folder.cleanup)
    return Path(folder.name)
