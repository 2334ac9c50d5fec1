"""SQLite's write-ahead log: its length, when it is moved into the database, and its recovery after it was deleted."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .pool import Pool
from .sql import Connection

__all__ = ["ChangeWatch", "prepare", "reserve", "store", "tidy"]

_PAGES = 4000
"""Of the log when it is moved into the database, which holds up a commit. SQLite's own number is 1000."""
_BYTES = 20_000_000
"""The length that the file keeps: room for those pages and for the commit that is one too many."""

_PATIENCE = 2.0
"""Seconds that the connections of this process are given to finish what they do."""


def prepare(driver: Any) -> None:
    """Set up a new connection."""
    logged = (f"wal_autocheckpoint={_PAGES}", f"journal_size_limit={_BYTES}")
    for pragma in ("journal_mode=WAL", "synchronous=FULL", *logged, "busy_timeout=5000", "foreign_keys=ON"):
        driver.execute(f"PRAGMA {pragma}")


def reserve(path: Path, writing: Callable[[], contextlib.AbstractContextManager[Connection]]) -> None:
    """Extend the log now, with a transaction that is rolled back and changes nothing else. If there is little room,
    the file grows with the writes instead."""
    log = Path(f"{path}-wal")
    missing = log.exists() and log.stat().st_size < _PAGES * 4096
    if not missing or shutil.disk_usage(log.parent).free < 10 * _BYTES:
        return
    with contextlib.suppress(sqlite3.Error, _Undo), writing() as db:
        db.run("CREATE TABLE room (bytes BLOB)")
        db.run("INSERT INTO room VALUES (zeroblob(:bytes))", bytes=_BYTES)
        raise _Undo


class _Undo(Exception):
    """Rolls a transaction back."""


def tidy(pool: Pool) -> None:
    with _borrowed(pool) as driver:
        driver.execute("PRAGMA optimize").fetchall()
        driver.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()


def store(pool: Pool) -> bool:
    """Move the content of the open log into the database, and close every connection of this process, because they
    share SQLite's state of the log. False while one is in use, or another process reads."""
    deadline = time.monotonic() + _PATIENCE
    while pool.in_use:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    with _borrowed(pool) as driver:
        try:
            stored = not driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.Error:  # another process stored it, and has begun another log already
            stored = True
    if stored:
        pool.close_idle()
    return stored


@contextlib.contextmanager
def _borrowed(pool: Pool) -> Iterator[Any]:
    driver = pool.take()
    try:
        yield driver
    finally:
        pool.give_back(driver)


class ChangeWatch:
    """Knows within microseconds whether another connection wrote."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._lock = threading.Lock()
        self._connections = itertools.count()
        self._connection: Any = None
        self._number = 0

    def mark(self) -> object:
        """A mark that changes after others' writes."""
        with self._lock:
            if self._connection is None:
                self._connection, self._number = self._pool.take(), next(self._connections)
            # Each connection counts from the beginning.
            return self._number, self._connection.execute("PRAGMA data_version").fetchone()[0]

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._pool.give_back(self._connection)
            self._connection = None
