"""A database for what is only tried: it has the schema, and goes with the process."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from . import tables
from .database import Database
from .sql import Connection, Row

__all__ = ["ScratchDatabase"]

_T = TypeVar("_T")
_SCHEMA = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%'"
_EVENTS = f"INSERT INTO {tables.events.name} "
_KIB = 8_000
"""Of pages in memory; what is more goes to the temporary file."""


class _Connection(Connection):
    """Without events, which are for others."""

    def run_each(self, sql: str, rows: Sequence[Row]) -> int:
        return len(rows) if sql.startswith(_EVENTS) else super().run_each(sql, rows)


class ScratchDatabase(Database):
    """A temporary SQLite file without a name, which the operating system deletes even when the process is killed.

    For one thread. All writes are one transaction that is never committed: no other process reads it, and a write that fails
    ends the trial.
    """

    def __init__(self) -> None:
        super().__init__("sqlite:///scratch", Path())
        self.path = self._file = None
        self._driver: Any = sqlite3.connect("", isolation_level=None, cached_statements=512)
        self._connection = _Connection(self._driver, is_sqlite=True)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{_KIB}"):
            self._driver.execute(f"PRAGMA {pragma}")

    def open_like(self, other: Database) -> None:
        """With the schema of the other database. That of SQLite can be taken over, without loading the migrations."""
        if other.is_sqlite:
            for statement in other.read(lambda db: db.column(_SCHEMA)):
                self._driver.execute(statement)
        else:
            from .migrate import upgrade  # noqa: PLC0415  Alembic is slow to import

            upgrade(self._driver, "BEGIN", is_sqlite=True)
        self._driver.execute("BEGIN")

    def close(self) -> None:
        self._driver.close()

    def read(self, work: Callable[[Connection], _T]) -> _T:
        return work(self._connection)

    def write(
        self,
        work: Callable[[Connection], _T],
        *,
        patience: float = 60.0,
        abandon: Callable[[], bool] = lambda: False,
    ) -> _T:
        return work(self._connection)

    def change_mark(self) -> object:
        return None
