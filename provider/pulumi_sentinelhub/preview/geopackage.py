"""What batch v2 asks of a GeoPackage, looked up in the file itself, which is an SQLite database.

Source: [main page: v2: GeoPackage columns, limits; GeoPackage encoding standard].
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from ..finding import Finding
from ..shown import fit, listed
from .checks.common.features import MOST_PIXELS

MOST_FEATURES: Final = 700_000
_AREAS: Final = frozenset({"POLYGON", "MULTIPOLYGON", "GEOMETRY", "CURVEPOLYGON"})
_TABLES: Final = """
    SELECT c.table_name, upper(g.geometry_type_name), upper(coalesce(s.organization, ''))
    FROM gpkg_contents c
    JOIN gpkg_geometry_columns g ON g.table_name = c.table_name
    LEFT JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id
    WHERE c.data_type = 'features'
"""
_SIZE: Final = ("width", "height")


def check_geopackage(file: Path, *, defaults: bool) -> Iterator[Finding]:
    """What is wrong in a file, told of ``source``.

    Args:
        file: where it is.
        defaults: whether features that have neither size nor resolution get one.
    """
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as database:
            yield from _checked(database, defaults=defaults)
    except sqlite3.Error as error:
        reason = f"cannot be read as a GeoPackage: {fit(str(error), 200)}"
        yield Finding("source", reason, "write it as GPKG, e.g. with GeoDataFrame.to_file(…, driver='GPKG')")


def _checked(database: sqlite3.Connection, *, defaults: bool) -> Iterator[Finding]:
    tables = database.execute(_TABLES).fetchall()
    if not tables:
        yield Finding("source", "holds no layer of features", "write one with polygons")
    number = 0
    for table, geometry, organization in tables:
        layer = f"layer {fit(table, 60)}"
        if geometry not in _AREAS:
            yield Finding("source", f"{layer} holds {fit(geometry, 40)}", "only polygons can be processed")
        if organization != "EPSG":
            yield Finding("source", f"{layer} has no CRS of EPSG's", "give it one, e.g. EPSG:4326")
        yield from _rows(database, layer, _quoted(table), defaults=defaults)
        number += database.execute(f"SELECT count(*) FROM {_quoted(table)}").fetchone()[0]  # noqa: S608 - quoted
    if tables and not number:
        yield Finding("source", "holds no feature", "write at least one")
    if number > MOST_FEATURES:
        reason = f"holds {number:,} features, and a request takes {MOST_FEATURES:,}"
        yield Finding("source", reason, "divide them over several requests")


def _rows(database: sqlite3.Connection, layer: str, table: str, *, defaults: bool) -> Iterator[Finding]:
    columns = {row[1].lower() for row in database.execute(f"PRAGMA table_info({table})")}
    if "identifier" not in columns:
        yield Finding("source", f"{layer} lacks the column identifier", "add one: a text, another for each")
        return
    none = "SELECT count(*) FROM {} WHERE identifier IS NULL OR trim(identifier) = ''"
    if missing := database.execute(none.format(table)).fetchone()[0]:
        yield Finding("source", f"{missing} features of {layer} have no identifier", "give each its own")
    twice = "SELECT identifier FROM {} GROUP BY identifier HAVING count(*) > 1 AND identifier <> '' LIMIT 4"
    if names := [str(row[0]) for row in database.execute(twice.format(table))]:
        yield Finding("source", f"{layer} has {listed(names)} more than once", "give each feature its own")
    sizes = [name for name in _SIZE if name in columns]
    for name in sizes:
        wrong = f"SELECT count(*) FROM {table} WHERE {name} < 1 OR {name} > {MOST_PIXELS}"  # noqa: S608 - quoted
        if count := database.execute(wrong).fetchone()[0]:
            reason = f"{count} features of {layer} have a {name} outside of 1 to {MOST_PIXELS} pixels"
            yield Finding("source", reason, "make them smaller, or divide the features")
    if not defaults:
        no_size = " OR ".join(f"{name} IS NULL" for name in sizes) if len(sizes) == 2 else "1"
        coarse = "resolution IS NULL" if "resolution" in columns else "1"
        lacking = f"SELECT count(*) FROM {table} WHERE ({no_size}) AND ({coarse})"  # noqa: S608 - quoted
        if count := database.execute(lacking).fetchone()[0]:
            reason = f"{count} features of {layer} have neither width and height nor resolution"
            yield Finding("source", reason, "add these columns, or give `defaults`")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
