"""What programs hold as an area, as the API's ``bounds``.

==============================================  =======================================================
given as ``bounds``, or as ``bounds.geometry``   becomes
==============================================  =======================================================
anything with ``__geo_interface__``: a shape,   its polygons: a Polygon, or one MultiPolygon of all; heights
a table of geopandas                            are left out
an object with such a ``geometry``: BBox and    the same
Geometry of sentinelhub-py
a path that ends with .geojson or .json         the polygons of that file
its ``crs``, or the file's older member         ``bounds.properties.crs``
==============================================  =======================================================

Polygons are put side by side as they are, never joined: what joins them may be another version tomorrow, and
another geometry replaces a finished job.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeVar

from ..plain_json import Unfit, as_json
from ..shown import fit
from ..values import steps_text
from .arguments import ArgumentError, as_output, is_later
from .plain import foreign
from .program_file import file_path, file_text
from .secrecy import converted

T = TypeVar("T")

_INTERFACE: Final = "__geo_interface__"
_WGS84: Final = 4326
#: Also of longitude and latitude, as sentinelhub-py writes it.
_EPSG_URL: Final = "http://www.opengis.net/def/crs/EPSG/0/{}"
_EPSG: Final = re.compile(r"EPSG[:/]{1,2}(?:[\d.]*[:/])?(\d+)$", re.IGNORECASE)
_LARGEST_FILE: Final = 32 << 20
_ELSE: Final = "to use another file, read it in the program"


def with_area(where: str, process_request: Any) -> Any:
    """The process request with whatever stands for its area as plain JSON; all else stays as it is.

    Args:
        where: the argument, for messages.
        process_request: a mapping, an object that holds one as its ``payload``, or what comes later.

    Raises:
        ArgumentError: an area cannot be read; also later, by an Output.
    """
    place = f"{where}.input.bounds"
    return _at(_payload(process_request), ("input", "bounds"), lambda bounds: _bounds(place, bounds))


def epsg_of(where: str, crs: Any) -> int | None:
    """The EPSG code of an object's own CRS; None where it has none. Raises ArgumentError."""
    if crs is None:
        return None
    code = _read(where, lambda: crs.to_epsg() if hasattr(crs, "to_epsg") else getattr(crs, "epsg", crs))
    if isinstance(code, str) and (named := _EPSG.search(code)):
        return int(named[1])
    if isinstance(code, bool) or not isinstance(code, int):
        raise ArgumentError(f"{where} has a CRS without EPSG code; reproject it, e.g. to EPSG:4326")
    return int(code)


def epsg_of_member(where: str, plain: Mapping[str, Any]) -> int | None:
    """The EPSG code of GeoJSON's older member ``crs``; None where there is none. Raises ArgumentError."""
    member = plain.get("crs")
    name = ((member.get("properties") or {}).get("name") or "") if isinstance(member, dict) else ""
    if not name:
        return None
    if str(name).upper().endswith("CRS84"):
        return _WGS84
    found = _EPSG.search(str(name))
    if found is None:
        raise ArgumentError(f"{where}.crs must be one of EPSG's, such as urn:ogc:def:crs:EPSG::32632")
    return int(found[1])


def _payload(given: Any) -> Any:
    """Of a request of sentinelhub-py the payload; its class is not asked for."""
    if is_later(given) or isinstance(given, (Mapping, str)):
        return given
    try:
        payload = getattr(given, "payload", None)
    except Exception:  # noqa: BLE001 - a class of the program's own; what it is then is said by the check
        return given
    return payload if isinstance(payload, Mapping) else given


def _at(value: Any, steps: tuple[str, ...], change: Callable[[Any], Any]) -> Any:
    """``value`` with ``change`` made at a place inside it, if there is one."""
    if is_later(value):
        return converted(as_output(value), lambda known: _at(known, steps, change))
    if not steps:
        return change(value)
    if not isinstance(value, dict) or steps[0] not in value:
        return value
    return {**value, steps[0]: _at(value[steps[0]], steps[1:], change)}


def _bounds(where: str, bounds: Any) -> Any:
    if _is_area(bounds):
        geometry, epsg = _area(where, bounds)
        return {"geometry": geometry, **_properties(epsg)}
    if not isinstance(bounds, dict) or "geometry" not in bounds:
        return bounds
    given = bounds["geometry"]
    if is_later(given):
        return converted(as_output(given), lambda known: _bounds(where, {**bounds, "geometry": known}))
    if not _is_area(given):
        return bounds
    geometry, epsg = _area(f"{where}.geometry", given)
    return {**_properties(epsg), **bounds, "geometry": geometry}


def _properties(epsg: int | None) -> dict[str, Any]:
    if epsg is None:
        return {}
    return {"properties": {"crs": _EPSG_URL.format(epsg)}}


def _is_area(value: Any) -> bool:
    """Whether it is more than JSON: an object of a geometry library, or the path of a file."""
    if isinstance(value, str):
        return value.lower().endswith((".geojson", ".json")) and "\n" not in value
    if isinstance(value, os.PathLike):
        return True
    try:
        return hasattr(value, _INTERFACE) or hasattr(getattr(value, "geometry", None), _INTERFACE)
    except Exception:  # noqa: BLE001 - a class of the program's own may fail in any way
        return False


def _area(where: str, given: Any) -> tuple[dict[str, Any], int | None]:
    """Its polygons, and the EPSG code of its CRS where it tells one."""
    if isinstance(given, (str, os.PathLike)):
        plain = _of_file(where, given)
        epsg = epsg_of_member(where, plain)
    else:
        plain = _interface(where, given)
        epsg = epsg_of(where, _read(where, lambda: getattr(given, "crs", None)))
        epsg = epsg_of_member(where, plain) if epsg is None else epsg
    polygons = list(_polygons(where, plain))
    if not polygons:
        raise ArgumentError(f"{where} holds no polygon; give at least one")
    if len(polygons) == 1:
        return {"type": "Polygon", "coordinates": polygons[0]}, epsg
    return {"type": "MultiPolygon", "coordinates": polygons}, epsg


def _of_file(where: str, given: Any) -> dict[str, Any]:
    path = file_path(where, given)
    text = file_text(where, "the file", path, _LARGEST_FILE, _ELSE)
    try:
        plain = as_json(json.loads(text))
    except (ValueError, RecursionError):  # what was read is not quoted: it may be any file
        plain = None
    if not isinstance(plain, dict):
        raise ArgumentError(f"{where}: the file {fit(str(path), 200)} is no GeoJSON")
    return plain


def _interface(where: str, given: Any) -> dict[str, Any]:
    def found() -> Any:
        own = getattr(given, _INTERFACE, None)
        return getattr(given.geometry, _INTERFACE) if own is None else own

    try:
        plain = as_json(_read(where, found), foreign)
    except Unfit as unfit:
        raise ArgumentError(f"{where}{steps_text(unfit.path)} {unfit.reason}") from None
    if not isinstance(plain, dict):
        raise ArgumentError(f"{where} has a {_INTERFACE} that is no mapping")
    return plain


def _polygons(where: str, plain: Any) -> Iterator[list[Any]]:
    """The coordinates of all polygons inside a geometry, a feature or a collection of either."""
    kind = plain.get("type") if isinstance(plain, dict) else None
    inner = {"Feature": "geometry", "FeatureCollection": "features", "GeometryCollection": "geometries"}
    match kind:
        case "Polygon":
            yield _flat(plain.get("coordinates"))
        case "MultiPolygon":
            coordinates = plain.get("coordinates")
            yield from map(_flat, coordinates if isinstance(coordinates, list) else ())
        case "Feature" | "FeatureCollection" | "GeometryCollection":
            parts = plain.get(inner[kind])
            for part in parts if isinstance(parts, list) else [parts]:
                yield from _polygons(where, part)
        case _:
            shown = fit(repr(kind), 40) if isinstance(kind, str) else "no geometry"
            raise ArgumentError(f"{where} must hold polygons, but holds {shown}; for others take a buffer")


def _flat(rings: Any) -> Any:
    """Without heights, which the service does not take; what is no ring is left for the check."""
    if not isinstance(rings, list):
        return rings
    if rings and all(isinstance(value, (int, float)) for value in rings):
        return rings[:2]
    return [_flat(inner) for inner in rings]


def _read(where: str, read: Callable[[], T]) -> T:
    """Something of an object of the program's own, which may fail in any way."""
    try:
        return read()
    except Exception as error:  # noqa: BLE001 - see above
        kind = fit(type(error).__name__, 60)
        raise ArgumentError(f"{where} cannot be read ({kind}); give GeoJSON") from None
