"""Where the features of a manifest are, by the tables that a GeoPackage has for it.

[GeoPackage encoding standard: 1.1.2 spatial reference systems, 2.1.5 geometry columns]
"""

from __future__ import annotations

from ..answers import integer
from ..api import Outline
from ..outlines import of_stored
from .sqlite_rows import RowsFile

_COLUMNS, _SYSTEMS = "gpkg_geometry_columns", "gpkg_spatial_ref_sys"


def outlines_in(file: RowsFile, layer: str) -> dict[str, Outline]:
    """Outlines of the features of a layer, by name; without those whose place cannot be read.

    Raises:
        NotReadable: the file is broken.
    """
    found: dict[str, Outline] = {}
    if _COLUMNS not in file.tables("table_name", "column_name", "srs_id"):
        return found
    for table, column, system in file.rows(_COLUMNS, ("table_name", "column_name", "srs_id")):
        epsg = _code_of(file, system)
        if table != layer or not isinstance(column, str) or epsg is None:
            continue
        for name, blob in file.rows(layer, ("identifier",), (), (column.lower(),)):
            outline = of_stored(blob, epsg) if isinstance(name, str) else None
            if outline is not None:
                found[name] = outline
    return found


def _code_of(file: RowsFile, system: object) -> int | None:
    """EPSG's code of a spatial reference system of the file; None where it has none."""
    if _SYSTEMS not in file.tables("srs_id", "organization", "organization_coordsys_id"):
        return None
    columns = ("srs_id", "organization", "organization_coordsys_id")
    for id, organization, code in file.rows(_SYSTEMS, columns):
        if id == system and isinstance(organization, str) and organization.upper() == "EPSG":
            return integer(code)
    return None
