"""The execution database, which shows how the features of a task fare [v2 docs: execution database]."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from .. import sqlite_file
from .job import JobV2

NO_DATA = "No data"
Row = tuple[int, str, str, str | None, bool]  # id, name, status, error, delivered


def rows_of(job: JobV2) -> list[Row]:
    """One row a feature, as they are: PENDING, DONE (with an error where there is no file) or FATAL."""
    ended = job.settled()
    plans = job.analysis.plans if job.analysis is not None else ()
    rows: list[Row] = []
    for plan in sorted(plans, key=lambda plan: plan.id):
        how = ended.get(plan.id)
        if how is None:
            rows.append((plan.id, plan.name, "PENDING", None, False))
        else:
            good = how.status == "PROCESSED"
            row = (plan.id, plan.name, "DONE" if good else "FATAL", how.note or None, good and not how.note)
            rows.append(row)
    return rows


def database_of(rows: Iterable[Row]) -> bytes:
    """An SQLite file of these rows. Only names of table and columns are documented, not their types."""

    def fill(database: sqlite3.Connection) -> None:
        database.execute(
            "CREATE TABLE features (id INTEGER PRIMARY KEY, name TEXT NOT NULL, status TEXT NOT NULL,"
            " error TEXT, delivered BOOLEAN NOT NULL)"
        )
        database.executemany("INSERT INTO features VALUES (?, ?, ?, ?, ?)", rows)

    return sqlite_file.made(fill)
