"""Where the features of a manifest are, by the tables that a GeoPackage has for it.

[GeoPackage encoding standard: 1.1.2 spatial reference systems, 2.1.5 geometry columns]
"""

from __future__ import annotations

from dataclasses import dataclass

from ..answers import integer
from .sqlite_rows import RowsFile

_COLUMNS, _SYSTEMS = "gpkg_geometry_columns", "gpkg_spatial_ref_sys"


@dataclass(frozen=True)
class Geometry:
    """Which column of a layer holds its geometries, and in which CRS."""

    column: str
    epsg: int


def geometries_in(file: RowsFile) -> dict[str, Geometry]:
    """The geometries of each layer; without those whose place cannot be told.

    Raises:
        NotReadable: the file is broken.
    """
    wanted = ("table_name", "column_name", "srs_id")
    if _COLUMNS not in file.tables(*wanted):
        return {}
    codes = _codes(file)
    return {
        table: Geometry(column.lower(), epsg)
        for table, column, system in file.rows(_COLUMNS, wanted)
        if isinstance(table, str) and isinstance(column, str) and (epsg := codes.get(system)) is not None
    }


def _codes(file: RowsFile) -> dict[object, int | None]:
    """EPSG's codes of the spatial reference systems of the file."""
    columns = ("srs_id", "organization", "organization_coordsys_id")
    if _SYSTEMS not in file.tables(*columns):
        return {}
    return {
        id: integer(code)
        for id, organization, code in file.rows(_SYSTEMS, columns)
        if isinstance(organization, str) and organization.upper() == "EPSG"
    }
