"""Reading and writing GeoPackages [OGC 12-128r18: GeoPackage Encoding Standard], with SQLite alone."""

from __future__ import annotations

import sqlite3
import struct
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import sqlite_file

POLYGON, MULTIPOLYGON = 3, 6
_APPLICATION_ID = 0x47504B47  # "GPKG"
_VERSION = 10300
_ENVELOPE_BYTES = (0, 32, 48, 48, 64)

_TABLES = """
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
  description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER REFERENCES gpkg_spatial_ref_sys);
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL UNIQUE REFERENCES gpkg_contents, column_name TEXT NOT NULL,
  geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL REFERENCES gpkg_spatial_ref_sys,
  z TINYINT NOT NULL, m TINYINT NOT NULL, PRIMARY KEY (table_name, column_name));
INSERT INTO gpkg_spatial_ref_sys VALUES
  ('Undefined Cartesian SRS', -1, 'NONE', -1, 'undefined', NULL),
  ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', NULL);
"""


class GeoPackageError(Exception):
    """A file is no GeoPackage, or not one that features can be read from; the message says why."""


@dataclass(frozen=True)
class Row:
    """One feature.

    Attributes:
        number: the value of the table's primary key.
        epsg: code of the geometry's CRS.
        wkb: the geometry, as WKB.
        values: the other columns by name; those that the table lacks are missing.
    """

    number: int
    epsg: int
    wkb: bytes
    values: Mapping[str, Any]


def read_rows(content: bytes) -> list[Row]:
    """The features of all layers of a GeoPackage, in the order of their tables and keys.

    The primary key may have any name, and the geometry column too: writers that go by the standard name them
    as they like, and the standard's own tables tell which they are.

    Raises:
        GeoPackageError: it cannot be read, has no layer of features, no integer primary key, or a CRS
            without an EPSG code.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "features.gpkg"
        file.write_bytes(content)
        with closing(sqlite3.connect(file)) as database:
            try:
                layers = database.execute(
                    "SELECT c.table_name, g.column_name, s.organization, s.organization_coordsys_id"
                    " FROM gpkg_contents c JOIN gpkg_geometry_columns g USING (table_name)"
                    " JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id"
                    " WHERE c.data_type = 'features' ORDER BY c.rowid"
                ).fetchall()
                rows = [row for layer in layers for row in _rows_of(database, *layer)]
            except sqlite3.Error as error:
                raise GeoPackageError(f"The file is not a valid GeoPackage: {error}.") from error
    if not layers:
        raise GeoPackageError("The GeoPackage has no layer of features.")
    return rows


def _rows_of(
    database: sqlite3.Connection, table: str, geometry: str, organization: str, code: int
) -> Iterable[Row]:
    if organization.upper() != "EPSG":
        raise GeoPackageError(f"The CRS of layer {table} has no EPSG code.")
    columns = database.execute("SELECT name, type, pk FROM pragma_table_info(?)", (table,)).fetchall()
    key = next((name for name, kind, pk in columns if pk == 1 and kind.upper() == "INTEGER"), None)
    if key is None:
        raise GeoPackageError(f"Layer {table} has no INTEGER primary key.")
    others = [name for name, _, _ in columns if name not in {key, geometry}]
    wanted = ", ".join(_quoted(name) for name in (key, geometry, *others))
    for number, blob, *values in database.execute(
        f"SELECT {wanted} FROM {_quoted(table)} ORDER BY 1"  # noqa: S608  names from the file's own tables
    ):
        yield Row(number, code, _wkb(blob, table, number), dict(zip(others, values, strict=True)))


def _wkb(blob: Any, table: str, number: int) -> bytes:
    """[standard: clause 2.1.3, GeoPackage SQL Geometry Binary Format] The part after the header."""
    if not isinstance(blob, bytes) or blob[:2] != b"GP" or len(blob) < 8:
        raise GeoPackageError(f"Feature {number} of layer {table} has no geometry.")
    indicator = blob[3] >> 1 & 7
    if indicator >= len(_ENVELOPE_BYTES):
        raise GeoPackageError(f"The geometry of feature {number} of layer {table} has a wrong header.")
    return blob[8 + _ENVELOPE_BYTES[indicator] :]


@dataclass(frozen=True)
class Layer:
    """A table of polygons to be written.

    Attributes:
        name: the table's name.
        epsg: code of its CRS.
        wkt: that CRS as WKT.
        columns: SQL type by column name, without primary key (`fid`) and geometry (`geometry`).
        rows: WKB of the geometry, its envelope (min x, min y, max x, max y), and a value a column.
    """

    name: str
    epsg: int
    wkt: str
    columns: Mapping[str, str]
    rows: Sequence[tuple[bytes, tuple[float, float, float, float], Sequence[Any]]]


def write_layers(layers: Iterable[Layer]) -> bytes:
    """A GeoPackage of these layers."""

    def fill(database: sqlite3.Connection) -> None:
        database.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        database.execute(f"PRAGMA user_version = {_VERSION}")
        database.executescript(_TABLES)
        for layer in layers:
            _write(database, layer)

    return sqlite_file.made(fill)


def _write(database: sqlite3.Connection, layer: Layer) -> None:
    code = layer.epsg
    database.execute(
        "INSERT OR IGNORE INTO gpkg_spatial_ref_sys VALUES (?, ?, 'EPSG', ?, ?, NULL)",
        (f"EPSG:{code}", code, code, layer.wkt),
    )
    west, south, east, north = zip(*(envelope for _, envelope, _ in layer.rows), strict=True)
    database.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, min_x, min_y, max_x, max_y, srs_id)"
        " VALUES (?, 'features', ?, ?, ?, ?, ?, ?)",
        (layer.name, layer.name, min(west), min(south), max(east), max(north), code),
    )
    database.execute(
        "INSERT INTO gpkg_geometry_columns VALUES (?, 'geometry', 'GEOMETRY', ?, 0, 0)", (layer.name, code)
    )
    declared = "".join(f", {_quoted(name)} {kind}" for name, kind in layer.columns.items())
    database.execute(
        f"CREATE TABLE {_quoted(layer.name)}"
        f" (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL{declared}, geometry GEOMETRY)"
    )
    names = ", ".join(_quoted(name) for name in (*layer.columns, "geometry"))
    marks = ", ".join("?" * (len(layer.columns) + 1))
    database.executemany(
        f"INSERT INTO {_quoted(layer.name)} ({names}) VALUES ({marks})",  # noqa: S608  names are our own
        ((*values, _blob(code, wkb)) for wkb, _, values in layer.rows),
    )


def _blob(code: int, wkb: bytes) -> bytes:
    little_endian_without_envelope = 1
    return struct.pack("<2sBBi", b"GP", 0, little_endian_without_envelope, code) + wkb


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
