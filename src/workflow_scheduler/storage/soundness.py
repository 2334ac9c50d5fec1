"""Checks that an SQLite file is a complete database of the scheduler: every table, column and key, and no triggers or
views."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from workflow_scheduler.domain.errors import SchedulerError

from . import catalog, queries_workflows
from .accounts import list_tokens, list_users
from .database import Connection, Database
from .tables import TABLES

__all__ = ["check_rows", "check_whole"]


def check_whole(file: Path) -> None:
    """sqlite3.DatabaseError says what is damaged, missing or unexpected. The file must be at the newest version."""
    with contextlib.closing(sqlite3.connect(file)) as found, contextlib.closing(_example()) as wanted:
        damage = found.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if damage != "ok":
            raise sqlite3.DatabaseError(damage)
        if strange := found.execute("SELECT name FROM sqlite_master WHERE type IN ('trigger', 'view')").fetchone():
            raise sqlite3.DatabaseError(f"{strange[0]!r} is not part of the scheduler's database")
        tables = {name for (name,) in found.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for table in TABLES:
            if table.name not in tables:
                raise sqlite3.DatabaseError(f"the table {table.name!r} is missing")
            for kind, present, needed in (
                ("column", _columns(found, table.name), _columns(wanted, table.name)),
                ("index", _indexes(found, table.name), _indexes(wanted, table.name)),
            ):
                if missing := needed - present:
                    name = sorted(missing)[0][0]
                    raise sqlite3.DatabaseError(f"the {kind} {name!r} of {table.name!r} is missing or different")


def check_rows(copy: Database) -> None:
    """Read the rows that people made: nothing is restored that cannot be listed. sqlite3.DatabaseError if a row cannot
    be read."""

    def work(db: Connection) -> None:
        for workflow_id in queries_workflows.workflow_ids(db):
            catalog.find_workflow(db, workflow_id)
        catalog.list_schedules(db)
        list_users(db)
        list_tokens(db)

    try:
        copy.read(work)
    except (ValueError, KeyError, TypeError, AttributeError, SchedulerError) as error:
        raise sqlite3.DatabaseError(f"a row cannot be read: {str(error)[:200]}") from None


def _example() -> sqlite3.Connection:
    """An empty database as this version creates it."""
    from .migrate import upgrade  # noqa: PLC0415  Alembic is slow to import

    driver = sqlite3.connect(":memory:", isolation_level=None)
    upgrade(driver, "BEGIN", is_sqlite=True)
    return driver


def _columns(db: sqlite3.Connection, table: str) -> set[tuple[object, ...]]:
    """Name, whether it is required, and its position in the primary key."""
    return {(name, notnull, key) for _, name, _, notnull, _, key in db.execute(f'PRAGMA table_info("{table}")')}


def _indexes(db: sqlite3.Connection, table: str) -> set[tuple[object, ...]]:
    """The columns of each index, as text, and whether it is unique."""
    found: set[tuple[object, ...]] = set()
    for _, name, unique, _, _ in db.execute(f'PRAGMA index_list("{table}")').fetchall():
        columns = ", ".join(str(column) for _, _, column in db.execute(f'PRAGMA index_info("{name}")'))
        found.add((columns, unique))
    return found
