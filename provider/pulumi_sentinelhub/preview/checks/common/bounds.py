"""The area of interest.

Source: [batch OpenAPI: ProcessRequestInputBounds, Geometry].
"""

from __future__ import annotations

from collections.abc import Iterator

from ....finding import Finding
from ....values import number_text as shown
from ...projections import Point
from .area import Ring, extent
from .crs import CRS84, epsg_code, likely_url
from .declared import Declared
from .node import Node, joined

_DEGREES = 4326


def check_bounds(declared: Declared) -> Iterator[Finding]:
    """Bounding box, geometry and CRS, and whether the tiling grid covers them."""
    bounds = declared.bounds
    if not bounds.is_mapping:
        return
    bbox, geometry, crs = bounds["bbox"], bounds["geometry"], bounds["properties"]["crs"]
    if bbox.absent and geometry.absent:
        yield bounds.error("names no area", "give a bbox [min x, min y, max x, max y] or a geometry")
    yield from _crs(crs)
    code = _DEGREES if crs.absent else epsg_code(crs.text) if crs.text else None
    points: list[Point] = []
    if bbox.given:
        yield from _bbox(bbox)
        points += _bbox_corners(bbox)
    if geometry.given:
        yield from _geometry(declared, geometry)
        points += [point for rings in declared.polygons for ring in rings for point in ring.points]
    if points:
        yield from _extent(declared, bbox if bbox.given else geometry, extent(points), code)


def _crs(crs: Node) -> Iterator[Finding]:
    if not crs.given or (crs.text and epsg_code(crs.text) is not None):
        return
    meant = likely_url(crs.text) if crs.text else likely_url(str(crs.integer)) if crs.integer else None
    yield crs.error(
        f"is {crs.kind}, which the service does not know",
        f"use {meant}"
        if meant
        else f"use {CRS84} for longitude and latitude, or another URL of its CRS list",
    )


def _bbox(bbox: Node) -> Iterator[Finding]:
    order = "[min x, min y, max x, max y]"
    if not bbox.is_list:
        yield bbox.error(f"is {bbox.kind}", f"a bounding box is a list of 4 numbers: {order}")
        return
    elements = bbox.elements()
    if len(elements) != 4:
        count = f"{len(elements)} number" + ("" if len(elements) == 1 else "s")
        yield bbox.error(f"has {count}", f"a bounding box needs 4: {order}")
        return
    for element in elements:
        if element.number is None and not element.unknown:
            yield element.error(f"is {element.kind}", "give a finite number")
    x1, y1, x2, y2 = (element.number for element in elements)
    if (x1 is not None and x1 == x2) or (y1 is not None and y1 == y2):
        yield bbox.error("has no area", f"two opposite corners must differ in x and in y: {order}")
    elif (x1 is not None and x2 is not None and x1 > x2) or (y1 is not None and y2 is not None and y1 > y2):
        yield bbox.warning(
            "has its corners in another order than the usual one",
            f"write {order}; an area across the 180th meridian has to be given as two requests",
        )


def _bbox_corners(bbox: Node) -> list[Point]:
    numbers = [element.number for element in bbox.elements()]
    if len(numbers) != 4:
        return []
    x1, y1, x2, y2 = numbers
    return [(x, y) for x, y in ((x1, y1), (x2, y2)) if x is not None and y is not None]


def _geometry(declared: Declared, geometry: Node) -> Iterator[Finding]:
    if not geometry.is_mapping:
        yield geometry.error(f"is {geometry.kind}", "give a GeoJSON Polygon or MultiPolygon")
        return
    kind, coordinates = geometry["type"], geometry["coordinates"]
    if kind.unknown or coordinates.unknown:
        return
    if kind.text not in {"Polygon", "MultiPolygon"}:
        fix = "give a Polygon or a MultiPolygon"
        if kind.text in {"Feature", "FeatureCollection", "GeometryCollection"}:
            fix += f": the geometry inside the {kind.text}"
        yield kind.error(f"is {kind.kind}", fix)
        return
    polygons = [coordinates] if kind.text == "Polygon" else coordinates.elements()
    if not polygons:
        yield coordinates.error(f"is {coordinates.kind} without polygons", "give at least one polygon")
    for polygon, rings in zip(polygons, declared.polygons, strict=True):
        if not polygon.unknown and not rings:
            yield polygon.error("holds no ring", "a polygon is a list of rings, each a list of [x, y]")
        for ring in rings:
            yield from _ring(ring)


def _ring(ring: Ring) -> Iterator[Finding]:
    """At most one message a ring: rings can have thousands of positions."""
    wrong, points = ring.wrong, ring.points
    if wrong is not None:
        numbers = [element.number for element in wrong.elements()]
        if wrong.partly_unknown:
            return
        if ring.node is wrong:
            yield wrong.error(f"is {wrong.kind}", "a ring is a list of at least 4 positions [x, y]")
        elif len(numbers) > 2 and None not in numbers:
            yield wrong.error(f"has {len(numbers)} numbers", "give [x, y] alone; heights are not accepted")
        else:
            yield wrong.error("is no position", "give two numbers: [x, y]")
    elif len(points) < 4:
        yield ring.node.error(
            f"has {len(points)} positions", "a ring needs at least 4, the last equal to the first"
        )
    elif points[0] != points[-1]:
        yield ring.node.error("is not closed", "repeat its first position as its last")


def _extent(
    declared: Declared, place: Node, box: tuple[float, float, float, float], code: int | None
) -> Iterator[Finding]:
    x_min, x_max, y_min, y_max = box
    if code == _DEGREES:
        if x_min < -180 or x_max > 180 or y_min < -90 or y_max > 90:
            if max(abs(x_min), abs(x_max), abs(y_min), abs(y_max)) > 360:
                fix = "these look like metres: name their CRS in bounds.properties.crs"
            else:
                fix = "longitudes are within ±180, latitudes within ±90, in this order"
            yield place.error(
                f"reaches from {shown(x_min)}, {shown(y_min)} to {shown(x_max)}, {shown(y_max)} degrees", fix
            )
            return
        yield from _coverage(declared, place, box)
    elif code is not None and max(abs(x_min), abs(x_max), abs(y_min), abs(y_max)) <= 180:
        yield place.warning(
            f"looks like degrees, while its CRS EPSG:{code} counts in metres",
            f"give metres, or set bounds.properties.crs to {CRS84}",
        )


def _coverage(
    declared: Declared, place: Node, extent: tuple[float, float, float, float]
) -> Iterator[Finding]:
    grid = declared.grid
    if grid is None:
        return
    x_min, x_max, y_min, y_max = extent
    west, east, south, north = grid.coverage
    covers = f"the {grid.name} covers " + (
        "Europe only" if grid.crs == "3035" else f"latitudes {shown(south)} to {shown(north)}"
    )
    others = joined(["3 (world)"] if grid.crs != "3035" else ["0 (UTM, 20 km)", "3 (WGS84)"])
    if x_max < west or x_min > east or y_max < south or y_min > north:
        if grid.crs == "3035":  # its edge is only documented in words
            yield place.warning(
                f"seems to lie outside the tiling grid: {covers}", f"try tiling grid {others}"
            )
        else:
            yield place.error(f"lies outside the tiling grid: {covers}", f"use tiling grid {others}")
    elif x_min < west or x_max > east or y_min < south or y_max > north:
        yield place.warning(f"reaches beyond the tiling grid: {covers}", "expect no results outside of it")
