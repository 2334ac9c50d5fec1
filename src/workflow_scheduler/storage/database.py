"""The connection to the database: opening, transactions and retries."""

from __future__ import annotations

import contextlib
import copy
import itertools
import logging
import os
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, event, exc, text

from workflow_scheduler.domain.errors import Refused, Unreachable
from workflow_scheduler.system.crash_points import crash_point

from . import sqlite_log
from .address import not_usable, read_address
from .deadline import Hanging, within
from .errors import Place, is_passing
from .own_file import OwnFile
from .prepared import Prepared

__all__ = ["SCHEMA_HEAD", "Connection", "Database", "Stale"]

SCHEMA_HEAD = "0008"
"""The newest migration. Known here too, because importing Alembic costs a command a quarter of a second."""

OPENING_PATIENCE = 8.0
"""Seconds: longer than a busy SQLite is waited for, and short enough for somebody who mistyped DB_URL."""
LOG_LOOKS = 0.5
"""Seconds between two looks whether SQLite's log of writes is still in its place."""
_log = logging.getLogger(__name__)
_T = TypeVar("_T")
_BEGIN = Prepared(text("BEGIN"))
# IMMEDIATE takes the writer's place at once: a transaction that reads first can never find it taken later.
_BEGIN_WRITING = Prepared(text("BEGIN IMMEDIATE"))
_MIGRATION_LOCK = 7_351_402
_REVISION = re.compile(r"000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3}")


class Stale(Exception):
    """Another process was first: the transaction is rolled back and retried."""


class Database:
    """One database. Safe to use from several threads."""

    def __init__(self, url: str, home: Path) -> None:
        """`url` is an SQLAlchemy URL; a relative SQLite path counts from `home`. Nothing is opened yet."""
        address = read_address(url, home)
        self.path, self.shown_url = address.path, address.shown
        self.is_sqlite = self.path is not None
        self._engine = address.connect()
        if self.is_sqlite:
            event.listen(self._engine, "connect", sqlite_log.prepare)
            # Before SQLite makes an empty file in the place of one that was moved away.
            event.listen(self._engine, "do_connect", self._before_connecting)
            event.listen(self._engine, "close", self._after_closing)
        self._place = Place(self.shown_url, self.path, home)
        self._file = OwnFile(self.path) if self.path is not None else None
        self._watch = sqlite_log.ChangeWatch(self._engine)
        self._rescue = threading.Lock()
        self._log_looked_at = 0.0
        self._looks = itertools.count()
        self._before: Callable[[Connection], None] | None = None
        self._after: Callable[[Connection], None] | None = None

    def close(self) -> None:
        self._watch.close()
        self._engine.dispose()
        if self._file is not None:
            self._file.let_go()

    def lost(self) -> str:
        """Whether the SQLite file that is open is no longer in its place, in a sentence; empty if it is."""
        return "" if self._file is None else self._file.problem()

    def _before_connecting(self, *_: Any) -> None:
        if self._file is not None:
            self._file.check()

    def _after_closing(self, *_: Any) -> None:
        if self._file is not None:
            self._file.let_go_of_log()

    def exists(self) -> bool:
        """Whether there is something to open; a PostgreSQL database is taken to be there."""
        return self.path is None or self.path.exists()

    def open(self) -> None:
        """Bring the schema up to date. Refused for a newer one, Unreachable for a damaged or absent database."""
        if self.path is not None and not self.path.parent.is_dir():
            raise Unreachable(f"The folder {self.path.parent} does not exist; create it, or correct DB_URL or --home.")
        if self.path is not None and not self.path.exists():
            # Definitions may name what others must not read.
            with contextlib.suppress(OSError):
                os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        revision = self._translated(self._revision)
        if revision == SCHEMA_HEAD:
            return
        if revision is not None and not _REVISION.fullmatch(revision):
            raise Unreachable(
                f"The database {self.shown_url} has the schema {revision[:20]!a}, which is not the scheduler's; correct DB_URL."
            )
        if revision is not None and revision > SCHEMA_HEAD:
            raise Refused(
                f"The database is from a newer version (schema {revision}; this one knows {SCHEMA_HEAD}); "
                "install the newer Workflow Scheduler."
            )
        self.write(self._migrate)

    def holds_schema(self) -> bool:
        """Whether it is a database of the scheduler at all, of whichever version."""
        return self._translated(self._revision) is not None

    def check(self) -> None:
        """Unreachable if an SQLite file is damaged. PostgreSQL looks after its files itself."""
        if self.is_sqlite:
            found = self._translated(lambda: self.read(lambda db: db.exec_driver_sql("PRAGMA quick_check(1)").scalar()))
            if found != "ok":
                raise self._place.damaged(str(found).splitlines()[-1])

    def read_snapshot(self, work: Callable[[Connection], _T]) -> _T:
        """Run `work` on the state of one moment, however long it takes, on PostgreSQL too."""
        engine = self._engine
        if not self.is_sqlite:
            engine = engine.execution_options(isolation_level="REPEATABLE READ")
        with self._transaction(engine) as connection:
            return work(connection)

    def reserve_log(self) -> None:
        """Give SQLite's log of writes its length now: a commit that makes that file longer takes half as long again."""
        if self.path is not None:
            sqlite_log.reserve(self.path, lambda: self._transaction(writing=True))

    def tidy(self) -> None:
        """Give SQLite the occasion to move its log of writes into the database, and to look at its statistics."""
        if self.is_sqlite:
            sqlite_log.tidy(self._engine)

    def read(self, work: Callable[[Connection], _T]) -> _T:
        """Run `work` in one consistent reading transaction."""

        def reading() -> _T:
            with self._transaction() as connection:
                return work(connection)

        return self._patiently(reading, 30.0, lambda: False)

    def write(
        self,
        work: Callable[[Connection], _T],
        *,
        patience: float = 60.0,
        abandon: Callable[[], bool] = lambda: False,
    ) -> _T:
        """Run `work` in one writing transaction, the whole of it again while the database is busy or away.

        Unreachable after `patience` seconds, or at once when `abandon()` is true.
        """

        def writing() -> _T:
            with self._transaction(writing=True) as connection:
                if self._before is not None:
                    self._before(connection)
                answer = work(connection)
                if self._after is not None:
                    self._after(connection)
                return answer

        return self._patiently(writing, patience, abandon)

    def accompanied(
        self, before: Callable[[Connection], None] | None, after: Callable[[Connection], None] | None
    ) -> Database:
        """The same database, where each `write` does these too, in its own transaction: a check, a record."""
        twin = copy.copy(self)
        twin._before, twin._after = before, after
        return twin

    def change_mark(self) -> object:
        """A mark that is another one after somebody else wrote. Costs microseconds on SQLite.

        On PostgreSQL it is always another one: see `asked_mark`.
        """
        if not self.is_sqlite:
            return next(self._looks)
        self._look_at_files()
        return self._watch.mark()

    def asked_mark(self) -> object:
        """The same at the cost of a query, so that on PostgreSQL too it changes only with a write."""
        if self.is_sqlite:
            return self.change_mark()
        return self.read(lambda db: db.exec_driver_sql("SELECT pg_current_snapshot()::text").scalar())

    @contextlib.contextmanager
    def _transaction(self, engine: Engine | None = None, *, writing: bool = False) -> Iterator[Connection]:
        self._look_at_files()
        with (engine or self._engine).begin() as connection:
            if self._file is not None:
                self._file.remember()
                # By no listener: each statement would look for listeners then.
                (_BEGIN_WRITING if writing else _BEGIN).execute(connection)
                if writing:
                    self._file.remember_log()
            yield connection

    def _look_at_files(self) -> None:
        if self._file is None:
            return
        self._file.check()
        # What is written meanwhile is not lost with the log; each look lets other threads go first.
        if (now := time.monotonic()) - self._log_looked_at >= LOG_LOOKS:
            self._log_looked_at = now
            if self._file.log_is_lost():
                self._rescue_log(self._file)

    def _rescue_log(self, file: OwnFile) -> None:
        """Store what is only in the log that was taken away, and begin another one. Stale while others read."""
        with self._rescue:
            if not file.log_is_lost():  # another thread did it
                return
            self._watch.close()
            if not sqlite_log.store(self._engine):
                raise Stale
            _log.warning("%s-wal was moved or deleted while it was open; its content is stored", self.path)
            file.let_go_of_log()

    def _patiently(self, attempt: Callable[[], _T], patience: float, abandon: Callable[[], bool]) -> _T:
        deadline = time.monotonic() + patience
        pause = 0.01
        while True:
            try:
                return attempt()
            except Stale:
                if time.monotonic() > deadline:
                    raise Unreachable("The database kept changing under this command; try again.") from None
            except exc.DBAPIError as error:
                if not is_passing(error):
                    raise self._place.as_unreachable(error) from error
                if time.monotonic() > deadline or abandon():
                    raise self._place.as_unreachable(error) from error
            # Random, so that two processes that met do not meet again.
            time.sleep(pause * (0.5 + random.random()))  # noqa: S311
            pause = min(pause * 2, 1.0)

    def _translated(self, work: Callable[[], _T]) -> _T:
        def patiently() -> _T:
            return self._patiently(work, OPENING_PATIENCE, lambda: False)

        try:
            # A file is there or not; a server may take the connection, and never answer.
            return patiently() if self.is_sqlite else within(OPENING_PATIENCE + 1, patiently)
        except Hanging:
            raise Unreachable(
                f"The database {self.shown_url} accepts connections but does not answer; check its server and DB_URL."
            ) from None
        except (exc.SQLAlchemyError, ValueError, TypeError) as error:
            found = self._place.as_unreachable(error)
            if isinstance(found, Unreachable):
                raise found from error
            raise not_usable(error) from error

    def _revision(self) -> str | None:
        with self._transaction() as connection:
            return _current_revision(connection)

    def _migrate(self, connection: Connection) -> None:
        from .migrate import upgrade  # noqa: PLC0415  Alembic is slow to import and needed once per version

        if not self.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        if _current_revision(connection) != SCHEMA_HEAD:  # else another process did it meanwhile
            upgrade(connection)
            crash_point("storage.before_migrated")


def _current_revision(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)
