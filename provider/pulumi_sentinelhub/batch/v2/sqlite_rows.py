"""Rows of SQLite files that others have written.

A file can say more than rows: views and generated columns that compute without end, virtual tables, triggers.
So nothing of it is run: only plain tables with plain columns are read, in one pass each, read-only, with
limits on size and rows. Texts that are no UTF-8 are read with U+FFFD. What is to be in order is sorted by
SQLite, which puts what it cannot hold into a file of its own: memory does not grow with the rows.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
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
#: Tables that are looked at: one a CRS, of which there are 120 UTM zones, with its indexes.
_MOST_TABLES: Final = 1000
#: Tables that are read as one; SQLite itself takes no more.
_MOST_TOGETHER: Final = 500
#: KiB that SQLite holds in memory for a file, and to sort it.
_CACHE: Final = 2048
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

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """These columns of each row of a table, None where there is no such column.

        Raises:
            NotReadable: it is broken, or has too many rows.
        """
        return self._run(self._select(table, columns))

    def sorted_rows(
        self, columns: Sequence[str], tables: Mapping[str, str | None]
    ) -> Iterator[tuple[Any, ...]]:
        """The rows of some tables as one, in the order of the first column.

        Args:
            columns: what is read of each row, None where there is no such column.
            tables: names of tables, each with the column of which the first ``MOST_BLOB`` bytes are wanted.

        Yields:
            The number of its table, the columns, the bytes.

        Raises:
            NotReadable: it is broken, or has too many tables or rows.
        """
        if len(tables) > _MOST_TOGETHER:
            raise NotReadable(f"has more than {_MOST_TOGETHER} layers")
        each = (
            self._select(table, columns, f"{number}", f", {_read_binary(binary) if binary else 'NULL'}")
            for number, (table, binary) in enumerate(tables.items())
        )
        yield from self._run(" UNION ALL ".join(each), " ORDER BY 2")

    def _select(self, table: str, columns: Sequence[str], first: str = "", last: str = "") -> str:
        with _translated():
            there = self._columns(table)
        read = [first] * bool(first) + [_read(name) if name in there else "NULL" for name in columns]
        # names of tables cannot be bound; columns are ours
        return f"SELECT {', '.join(read)}{last} FROM {_quoted(table)} NOT INDEXED"  # noqa: S608

    def _run(self, select: str, order: str = "") -> Iterator[tuple[Any, ...]]:
        # the limit is within, so that what has no end is not sorted
        sql = f"SELECT * FROM ({select} LIMIT {MOST_ROWS + 1}){order}"  # noqa: S608 - as above
        with _translated():
            for number, row in enumerate(self.connection.execute(sql)):
                if number == MOST_ROWS:
                    raise NotReadable(f"has more than {MOST_ROWS} rows")
                yield row

    def _columns(self, table: str) -> set[str]:
        """Names of the plain columns, in lower case; generated ones compute."""
        described = self.connection.execute("SELECT name, hidden FROM pragma_table_xinfo(?)", (table,))
        return {name.lower() for name, hidden in described if isinstance(name, str) and hidden == 0}


@contextlib.contextmanager
def opened(path: Path) -> Iterator[RowsFile]:
    """A file, closed at the end. Raises NotReadable."""
    if path.stat().st_size > MOST_BYTES:
        raise NotReadable(f"is longer than {MOST_BYTES // 2**20} MiB")
    with _translated():
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        connection.text_factory = lambda text: text.decode("utf-8", "replace")
        with _translated():
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA cell_size_check = ON")
            connection.execute("PRAGMA temp_store = FILE")
            connection.execute(f"PRAGMA cache_size = -{_CACHE}")
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
    why = None
    try:
        yield
    except sqlite3.Error as error:
        full = "is full" in str(error)
        why = "cannot be sorted, since the disk is full" if full else "is no SQLite database, or a broken one"
    if why is not None:
        raise NotReadable(why)
