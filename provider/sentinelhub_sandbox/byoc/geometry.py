"""Geometries of tiles: GeoJSON with a CRS of its own, reprojected and counted."""

from __future__ import annotations

import re
from typing import Any

from ..wire import Json, bad, expect

WGS84 = "EPSG:4326"
MOST_POINTS = 100
METRES_PER_DEGREE = 111_319.49
_EPSG = re.compile(r"EPSG:(?:[\d.]*:)?(\d{4,5})$")


def check_cover(value: Any, path: str) -> Json | None:
    """A payload's ``coverGeometry``, ``None`` when it is left out or null. Raises ApiError (400)."""
    if value is None:
        return None
    import shapely
    import shapely.geometry

    geometry: Json = expect(value, dict, path)
    crs_of(geometry, path)
    if geometry.get("type") not in {"Polygon", "MultiPolygon"}:
        raise bad(f"{path}->type", "Must be a Polygon or a MultiPolygon.")
    try:
        shape = shapely.geometry.shape(geometry)
        points = int(shapely.get_num_coordinates(shape))
        area = float(shape.area)
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, shapely.GEOSException) as error:
        raise bad(path, "Is no valid GeoJSON geometry.") from error
    if points > MOST_POINTS:
        raise bad(path, f"At most {MOST_POINTS} points are allowed, the geometry has {points}.")
    if not area > 0:
        raise bad(path, "Must have an area.")
    return geometry


def crs_of(geometry: Json, path: str = "geometry") -> str:
    """``EPSG:n`` of a geometry, CRS84 (``EPSG:4326``) by default. Raises ApiError (400)."""
    if geometry.get("crs") is None:
        return WGS84
    crs = expect(geometry["crs"], dict, f"{path}->crs")
    properties = expect(crs.get("properties"), dict, f"{path}->crs->properties")
    name = expect(properties.get("name"), str, f"{path}->crs->properties->name")
    if name.upper().endswith("CRS84"):
        return WGS84
    found = _EPSG.search(name)
    if found is None:
        raise bad(f"{path}->crs->properties->name", f"Unsupported crs: {name}")
    return f"EPSG:{found[1]}"


def reprojected(geometry: Json, target: str) -> Json:
    """A geometry in another CRS, vertex by vertex, with that CRS named."""
    import shapely.geometry

    from ..processing.aoi import reproject

    shape = reproject(shapely.geometry.shape(geometry), crs_of(geometry), target)
    return _named(shapely.geometry.mapping(shape), target)


def box(bounds: tuple[float, float, float, float], crs: str) -> Json:
    """The rectangle ``west, south, east, north``."""
    west, south, east, north = (float(value) for value in bounds)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return _named({"type": "Polygon", "coordinates": [ring]}, crs)


def in_wgs84(geometry: Json) -> Json:
    """A geometry in WGS84, long edges cut so that they stay where they are; no CRS is named."""
    import shapely
    import shapely.geometry

    from ..processing.aoi import reproject

    crs, shape = crs_of(geometry), shapely.geometry.shape(geometry)
    if crs != WGS84:
        west, south, east, north = shape.bounds
        shape = reproject(shapely.segmentize(shape, max(east - west, north - south) / 16), crs, WGS84)
    return dict(shapely.geometry.mapping(shape))


def around(geometries: list[Json]) -> Json:
    """The rectangle around geometries in WGS84; no CRS is named."""
    import shapely
    import shapely.geometry

    bounds = shapely.total_bounds([shapely.geometry.shape(geometry) for geometry in geometries])
    return {key: value for key, value in box(tuple(bounds), WGS84).items() if key != "crs"}


def _named(geometry: Any, crs: str) -> Json:
    urn = "OGC::CRS84" if crs == WGS84 else f"EPSG::{crs.removeprefix('EPSG:')}"
    name = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:{urn}"}}
    return {"type": geometry["type"], "crs": name, "coordinates": _lists(geometry["coordinates"])}


def _lists(value: Any) -> Any:
    return [_lists(item) for item in value] if isinstance(value, (list, tuple)) else value
