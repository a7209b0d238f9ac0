"""The area of interest of a request as a shapely geometry, and reprojection of geometries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
import shapely.geometry
from numpy.typing import NDArray
from rasterio.warp import transform

from .request import parse_crs
from .types import ProcessingFailure

WGS84 = "EPSG:4326"


def transform_points(
    source: str, target: str, x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Reproject points given in x, y (longitude, latitude) order; the shape is kept."""
    if source == target:
        return x, y
    xs, ys = transform(source, target, x.ravel(), y.ravel())
    return np.asarray(xs, dtype=np.float64).reshape(x.shape), np.asarray(ys, dtype=np.float64).reshape(
        y.shape
    )


def reproject(geometry: Any, source: str, target: str) -> Any:
    """Reproject a shapely geometry vertex by vertex; densify first where edges are long."""
    if source == target:
        return geometry

    def each(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(transform_points(source, target, points[:, 0], points[:, 1]))

    return shapely.transform(geometry, each)


def area_of_interest(request: Mapping[str, Any]) -> Any:
    """`processRequest.input.bounds` in WGS84; with both bbox and geometry, what they share.

    Raises ProcessingFailure when neither is given or the geometry is no polygon.
    """
    bounds = request["processRequest"]["input"]["bounds"]
    crs = parse_crs((bounds.get("properties") or {}).get("crs"))
    parts = []
    if bounds.get("bbox"):
        x1, y1, x2, y2 = (float(value) for value in bounds["bbox"])
        parts.append(shapely.box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)))
    if bounds.get("geometry"):
        shape = shapely.geometry.shape(bounds["geometry"])
        if shape.geom_type not in ("Polygon", "MultiPolygon"):
            raise ProcessingFailure("bounds.geometry must be a Polygon or MultiPolygon.")
        parts.append(shapely.make_valid(shape))
    if not parts:
        raise ProcessingFailure("bounds must have a bbox or a geometry.")
    area = shapely.intersection_all(parts)
    if crs != WGS84:
        area = shapely.make_valid(reproject(_densified(area), crs, WGS84))
    return area


def _densified(area: Any) -> Any:
    """Edges cut into short pieces, since a straight edge is curved in another CRS."""
    if area.is_empty:
        return area
    x1, y1, x2, y2 = area.bounds
    return shapely.segmentize(area, max(x2 - x1, y2 - y1, 1e-9) / 128)
