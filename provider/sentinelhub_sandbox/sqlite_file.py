"""SQLite files that are made in one go, and live on as bytes."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path


def made(fill: Callable[[sqlite3.Connection], None]) -> bytes:
    """The file that ``fill`` puts tables and rows into.

    Nobody needs it after a crash, so that nothing waits for the disk, and no journal is written.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "made.sqlite"
        with closing(sqlite3.connect(file)) as database:
            database.execute("PRAGMA synchronous = OFF")
            database.execute("PRAGMA journal_mode = OFF")
            fill(database)
            database.commit()
        return file.read_bytes()
