"""Rows of SQLite files that others have written.

A file can say more than rows: views and generated columns that compute without end, virtual tables, triggers.
So nothing of it is run: only plain tables with plain columns are read, in one pass each, read-only, with
limits on size and rows. Texts that are no UTF-8 are read with U+FFFD.
"""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .. import outlines

#: Bytes of a file: 700,000 features, the most that the service takes, have some hundred bytes each.
MOST_BYTES: Final = 512 * 2**20
#: Rows of a table: features times outputs.
MOST_ROWS: Final = 5_000_000
#: Bytes of a blob that are read.
MOST_BLOB: Final = outlines.MOST_BYTES
#: Tables that are looked at: one a CRS, of which there are 120 UTM zones.
_MOST_TABLES: Final = 1000
#: Characters of a text that are read.
_MOST_TEXT: Final = 2000


class NotReadable(Exception):
    """A file that is not what it should be; the message completes "it …"."""


@dataclass(frozen=True)
class RowsFile:
    """An open SQLite file."""

    connection: sqlite3.Connection

    def tables(self, *needed: str) -> list[str]:
        """The plain tables that have all of these columns. Raises NotReadable."""
        with _translated():
            found = self.connection.execute(
                # SQLite itself writes it like this for tables that are neither views nor virtual.
                "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'create table %' LIMIT ?",
                (_MOST_TABLES,),
            ).fetchall()
            return [name for (name,) in found if isinstance(name, str) and self._columns(name) >= set(needed)]

    def rows(
        self, table: str, needed: Sequence[str], wanted: Sequence[str] = (), binary: Sequence[str] = ()
    ) -> Iterator[tuple[Any, ...]]:
        """The ``needed`` columns of each row, then the ``wanted`` ones, None where there is no such column.

        Of the ``binary`` ones, which come last, it is the first ``MOST_BLOB`` bytes.

        Raises:
            NotReadable: it is broken, or has too many rows.
        """
        with _translated():
            there = self._columns(table)
            columns = [*(_read(name) for name in needed)]
            columns += [_read(name) if name in there else "NULL" for name in wanted]
            columns += [_read_binary(name) if name in there else "NULL" for name in binary]
            # names of tables cannot be bound; columns are ours
            sql = f"SELECT {', '.join(columns)} FROM {_quoted(table)} NOT INDEXED LIMIT {MOST_ROWS + 1}"  # noqa: S608
            for number, row in enumerate(self.connection.execute(sql)):
                if number == MOST_ROWS:
                    raise NotReadable(f"has more than {MOST_ROWS} rows")
                yield row

    def _columns(self, table: str) -> set[str]:
        """Names of the plain columns, in lower case; generated ones compute."""
        described = self.connection.execute("SELECT name, hidden FROM pragma_table_xinfo(?)", (table,))
        return {name.lower() for name, hidden in described if isinstance(name, str) and hidden == 0}


@contextlib.contextmanager
def opened(content: bytes) -> Iterator[RowsFile]:
    """The file of these bytes. Raises NotReadable."""
    if len(content) > MOST_BYTES:
        raise NotReadable(f"is longer than {MOST_BYTES // 2**20} MiB")
    with tempfile.TemporaryDirectory(prefix="sentinelhub-") as folder:
        path = Path(folder, "rows")
        path.write_bytes(content)
        with _translated():
            connection = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            connection.text_factory = lambda text: text.decode("utf-8", "replace")
            with _translated():
                connection.execute("PRAGMA trusted_schema = OFF")
                connection.execute("PRAGMA cell_size_check = ON")
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            yield RowsFile(connection)
        finally:
            connection.close()


def _read(column: str) -> str:
    """A column's text cut short, its numbers, and nothing of what else it holds."""
    name = _quoted(column)
    text, number = f"WHEN 'text' THEN substr({name}, 1, {_MOST_TEXT})", f"WHEN 'blob' THEN NULL ELSE {name}"
    return f"CASE typeof({name}) {text} {number} END"


def _read_binary(column: str) -> str:
    name = _quoted(column)
    return f"CASE typeof({name}) WHEN 'blob' THEN substr({name}, 1, {MOST_BLOB}) END"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error:
        broken = True
    else:
        broken = False
    if broken:
        raise NotReadable("is no SQLite database, or a broken one")
