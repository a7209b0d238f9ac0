"""Features of a GeoPackage as what is to be processed [batch v2 docs: GeoPackage input]."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
import shapely.geometry
from rasterio.features import geometry_mask

from ..pixels import Feature, Outline
from .aoi import WGS84, area_of_interest, reproject
from .evaluate import Evaluation, Raster
from .raster import transform_of
from .types import FeaturePlan, ProcessingFailure
from .window import Window

MOST_PIXELS = 3500  # a side [batch v2 docs]
_SHAPES = ("Polygon", "MultiPolygon")


def plan_features(request: Mapping[str, Any], features: Sequence[Feature]) -> list[FeaturePlan]:
    """The features that share area with the request's bounds, if it has any; each of them whole.

    The raster of a feature is its envelope. [INFER] A resolution that does not divide the envelope is kept:
    the raster reaches a little beyond it, to the right and below.

    Raises ProcessingFailure for a geometry that is no polygon, a raster that is too large, and when no
    feature is left.
    """
    bounded = request["processRequest"]["input"].get("bounds") is not None
    area = area_of_interest(request) if bounded else None
    plans = []
    for feature in features:
        plan = _plan(feature)
        if area is None or shapely.geometry.shape(plan.geometry).intersects(area):
            plans.append(plan)
    if not plans:
        raise ProcessingFailure("No feature of the GeoPackage intersects the area of interest.")
    return plans


def _plan(feature: Feature) -> FeaturePlan:
    outline = shapely.from_wkb(feature.wkb)
    if outline.geom_type not in _SHAPES or outline.is_empty:
        raise ProcessingFailure(f"Feature {feature.identifier} must have a Polygon or MultiPolygon.")
    west, south, east, north = outline.bounds
    if feature.size is not None:
        width, height = feature.size
        pixel = ((east - west) / width, (north - south) / height)
    else:
        step = feature.resolution
        assert step is not None
        width, height = (max(1, int(np.ceil(span / step - 1e-6))) for span in (east - west, north - south))
        pixel = (step, step)
    if max(width, height) > MOST_PIXELS:
        raise ProcessingFailure(
            f"Feature {feature.identifier} has {width} x {height} pixels, more than "
            f"{MOST_PIXELS} x {MOST_PIXELS}."
        )
    crs = f"EPSG:{feature.epsg}"
    geometry = shapely.geometry.mapping(reproject(outline, crs, WGS84))
    plain = {"type": geometry["type"], "coordinates": geometry["coordinates"]}
    return FeaturePlan(
        feature.number, feature.identifier, crs, (west, north), width, height, plain, pixel, outline
    )


def clipped(evaluation: Evaluation, window: Window, plan: FeaturePlan) -> Evaluation:
    """The same with pixels outside of the feature at nodata, or 0.

    [INFER, Process API: bounds.geometry] What is outside of a request's geometry has no data.
    """
    outside = geometry_mask([plan.outline], (window.height, window.width), transform_of(window))
    rasters = {name: _masked(raster, outside) for name, raster in evaluation.rasters.items()}
    return replace(evaluation, rasters=rasters)


def _masked(raster: Raster, outside: Any) -> Raster:
    empty = raster.output.nodata or 0
    return replace(raster, values=np.where(outside, empty, raster.values).astype(raster.values.dtype))


def outline_of(request: Mapping[str, Any], plan: Any) -> Outline:
    """What a plan's files cover, buffers included."""
    window = Window.of_request(request, plan)
    shape = plan.outline if isinstance(plan, FeaturePlan) else shapely.box(*window.bounds)
    wkb = bytes(shapely.to_wkb(shape, byte_order=1))
    return Outline(window.width, window.height, wkb, shape.bounds)
