"""GeoPackages for tests, written by GDAL as users' tools write them."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from ..conftest import s3_of
from .conftest import BUCKET, Tasks

KEY = "input/features.gpkg"
WEST = shapely.box(500000, 4650000, 500400, 4650200)
TRIANGLE = shapely.Polygon([(501000, 4650000), (501600, 4650000), (501000, 4650600)])
FAR = shapely.box(700000, 5650000, 700100, 5650100)


@dataclass(frozen=True)
class Feature:
    """A feature; what is None is not there."""

    identifier: str | None
    shape: Any
    width: int | None = None
    height: int | None = None
    resolution: float | None = None


def geopackage(features: Sequence[Feature], crs: str = "EPSG:32632", **options: Any) -> bytes:
    """A GeoPackage of one layer. Options are pyogrio's, such as `geometry_type`."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "features.gpkg"
        add_layer(file, "features", features, crs, **options)
        return file.read_bytes()


def add_layer(file: Path, layer: str, features: Sequence[Feature], crs: str, **options: Any) -> None:
    """One more layer of a file; columns without any value are left out."""
    import pyogrio.raw  # geopandas comes with it, and is slow to import

    columns = {
        name: [getattr(feature, name) for feature in features]
        for name in ("identifier", "width", "height", "resolution")
    }
    given = {name: values for name, values in columns.items() if any(value is not None for value in values)}
    kinds: dict[str, Any] = {"identifier": object, "width": np.int32, "height": np.int32, "resolution": float}
    data, masks = [], []
    for name, values in given.items():
        missing = [value is None for value in values]
        filled = [("" if name == "identifier" else 0) if value is None else value for value in values]
        data.append(np.array(filled, dtype=kinds[name]))
        masks.append(np.array(missing))
    pyogrio.raw.write(
        str(file),
        geometry=np.array([shapely.to_wkb(feature.shape) for feature in features], dtype=object),
        field_data=data,
        field_mask=masks,
        fields=list(given),
        layer=layer,
        driver="GPKG",
        crs=crs,
        append=file.exists(),
        **{"geometry_type": "Unknown", **options},
    )


def source(tasks: Tasks, bucket: str = BUCKET, **members: Any) -> dict[str, Any]:
    """Changes that ask for the features of the usual file, everywhere."""
    return {
        "input": {"type": "geopackage", "features": tasks.storage(f"s3://{bucket}/{KEY}"), **members},
        "processRequest__input__bounds": None,
    }


def put(tasks: Tasks, content: bytes, bucket: str = BUCKET) -> None:
    s3_of(tasks.sandbox).put_object(Bucket=bucket, Key=KEY, Body=content)
