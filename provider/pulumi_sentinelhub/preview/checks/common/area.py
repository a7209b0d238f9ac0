"""The positions of a declared geometry, read once and quickly: it may have a hundred thousand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from ...projections import Point
from .node import Node

_FINITE: Final = 1.7976931348623157e308


@dataclass(frozen=True)
class Ring:
    """A ring of a polygon.

    Attributes:
        node: where it is declared.
        points: its positions, up to the first that cannot be read.
        wrong: that position; None when all can be read.
    """

    node: Node
    points: list[Point]
    wrong: Node | None


def polygons_of(geometry: Node) -> list[list[Ring]]:
    """The rings of a Polygon or a MultiPolygon, polygon by polygon; what is no list has none."""
    coordinates = geometry["coordinates"]
    polygons = coordinates.elements() if geometry["type"].text == "MultiPolygon" else [coordinates]
    return [[_ring(ring) for ring in polygon.elements()] for polygon in polygons]


def extent(points: list[Point]) -> tuple[float, float, float, float]:
    """Least and greatest x, least and greatest y of at least one point."""
    xs, ys = zip(*points, strict=True)
    return min(xs), max(xs), min(ys), max(ys)


def _ring(node: Node) -> Ring:
    if not node.is_list:
        return Ring(node, [], node)
    points: list[Point] = []
    for index, position in enumerate(node.value):
        point = _point(position)
        if point is None:
            return Ring(node, points, Node(index, position, node))
        points.append(point)
    return Ring(node, points, None)


def _point(position: Any) -> Point | None:
    """A position as two floats; None when it is not two finite numbers."""
    if not isinstance(position, (list, tuple)) or len(position) != 2:
        return None
    x, y = position
    if type(x) is float and type(y) is float and -_FINITE <= x <= _FINITE and -_FINITE <= y <= _FINITE:
        return x, y
    east, north = Node("", x).number, Node("", y).number
    return None if east is None or north is None else (east, north)
