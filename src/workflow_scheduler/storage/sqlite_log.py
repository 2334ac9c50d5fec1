"""SQLite's log of writes (WAL): how long it gets, when it is moved into the database, and what is done if it is taken away."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, exc
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

__all__ = ["ChangeWatch", "prepare", "reserve", "store", "tidy"]

_PAGES = 4000
"""Of the log when it is moved into the database, which holds up a commit. SQLite's own number is 1000."""
_BYTES = 20_000_000
"""The length that the file keeps: room for those pages and for the commit that is one too many."""

_PATIENCE = 2.0
"""Seconds that the connections of this process are given to finish what they do."""


def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """What each connection is told first."""
    raw: Any = connection
    raw.isolation_level = None  # the driver begins no transactions
    logged = (f"wal_autocheckpoint={_PAGES}", f"journal_size_limit={_BYTES}")
    for pragma in ("journal_mode=WAL", "synchronous=FULL", *logged, "busy_timeout=5000", "foreign_keys=ON"):
        raw.execute(f"PRAGMA {pragma}")


def reserve(path: Path, writing: Callable[[], contextlib.AbstractContextManager[Connection]]) -> None:
    """Give the log its length now.

    A transaction that is undone leaves the file as long as it made it, and nothing else. Where there is little room,
    the file grows with what is written.
    """
    log = Path(f"{path}-wal")
    missing = log.exists() and log.stat().st_size < _PAGES * 4096
    if not missing or shutil.disk_usage(log.parent).free < 10 * _BYTES:
        return
    with contextlib.suppress(exc.DBAPIError), writing() as connection:
        connection.exec_driver_sql("CREATE TABLE room (bytes BLOB)")
        connection.exec_driver_sql("INSERT INTO room VALUES (zeroblob(?))", (_BYTES,))
        connection.rollback()


def tidy(engine: Engine) -> None:
    with engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        raw.execute("PRAGMA optimize")
        raw.execute("PRAGMA wal_checkpoint(RESTART)")


def store(engine: Engine) -> bool:
    """Move what the open log holds into the database, and close every connection of this process: they share what SQLite
    knows of the log. False while one is in use, or somebody else reads."""
    deadline = time.monotonic() + _PATIENCE
    while engine.pool.checkedout() > 0:  # type: ignore[attr-defined]
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    with engine.connect() as connection:
        try:
            stored = not connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
        except exc.DBAPIError:  # another process stored it, and has begun another log already
            stored = True
    if stored:
        engine.dispose()
    return stored


class ChangeWatch:
    """Knows at the cost of microseconds whether another connection wrote."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._connections = itertools.count()
        self._connection: Any = None
        self._number = 0

    def mark(self) -> object:
        """Another one after somebody else wrote."""
        with self._lock:
            if self._connection is None:
                self._connection, self._number = self._engine.raw_connection(), next(self._connections)
            cursor = self._connection.cursor()
            try:  # each connection counts from the beginning
                return self._number, cursor.execute("PRAGMA data_version").fetchone()[0]
            finally:
                cursor.close()

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None
