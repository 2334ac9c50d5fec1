"""The connection to the database: opening, transactions and retries."""

from __future__ import annotations

import contextlib
import copy
import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from workflow_scheduler.domain.errors import Unreachable

from . import sqlite_log
from .address import not_usable, read_address
from .deadline import Hanging, within
from .errors import Place, is_passing
from .group_commit import GroupCommit, Stale
from .own_file import OwnFile
from .patience import repeated
from .place_watch import PlaceWatch
from .pool import Pool
from .schema import SCHEMA_HEAD, current_revision, refuse_unknown
from .sql import Connection

__all__ = ["SCHEMA_HEAD", "Connection", "Database", "Stale"]

OPENING_PATIENCE = 8.0
"""Seconds: longer than a busy SQLite is waited for, and short enough for somebody who mistyped DB_URL."""
_T = TypeVar("_T")
_BEGIN = "BEGIN"
# IMMEDIATE takes the writer's place at once: a transaction that reads first can never find it taken later.
_BEGIN_WRITING = "BEGIN IMMEDIATE"
_BEGIN_MIGRATING = "BEGIN; SELECT pg_advisory_xact_lock(7351402)"


class Database:
    """One database. Safe to use from several threads."""

    def __init__(self, url: str, home: Path) -> None:
        """A relative SQLite path in `url` counts from `home`. Nothing is opened yet."""
        self._address = read_address(url, home)
        self.path, self.shown_url = self._address.path, self._address.shown
        self.is_sqlite = self._address.is_sqlite
        self._error = self._address.error
        self._place = Place(self.shown_url, self.path, home)
        self._file = OwnFile(self.path) if self.path is not None else None
        self._pool = Pool(self._connect, self._after_closing)
        self._watch = sqlite_log.ChangeWatch(self._pool)
        self._place_watch = None if self._file is None else PlaceWatch(self._file, self._pool, self._watch.close)
        self._writing = GroupCommit(lambda: self._transaction(_BEGIN_WRITING if self.is_sqlite else _BEGIN))
        self._looks = itertools.count()
        self._before: Callable[[Connection], None] | None = None
        self._after: Callable[[Connection], None] | None = None

    def close(self) -> None:
        self._watch.close()
        self._pool.close_idle()
        if self._file is not None:
            self._file.let_go()

    def lost(self) -> str:
        """A sentence if the open SQLite file is no longer in its place; otherwise empty."""
        return "" if self._file is None else self._file.problem()

    def _connect(self) -> Any:
        if self._file is not None:
            # Before SQLite makes an empty file in the place of one that was moved away.
            self._file.check()
        driver = self._address.connect()
        if self.is_sqlite:
            sqlite_log.prepare(driver)
        return driver

    def connect_alone(self) -> Any:
        """A connection of the driver for the caller, who closes it. The driver's error if that is not possible."""
        return self._connect()

    def _after_closing(self) -> None:
        if self._file is not None:
            self._file.let_go_of_log()

    def exists(self) -> bool:
        """Whether there is a database to open; a PostgreSQL database is assumed to exist."""
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
        if revision is not None:
            refuse_unknown(revision, self.shown_url)
        self._patiently(self._migrate, 60.0, lambda: False)

    def holds_schema(self) -> bool:
        """Whether it is a database of the scheduler, of any version."""
        return self._translated(self._revision) is not None

    def check(self) -> None:
        """Unreachable if an SQLite file is damaged. PostgreSQL checks its files itself."""
        if self.is_sqlite:
            found = self._translated(lambda: self.read(lambda db: db.value("PRAGMA quick_check(1)")))
            if found != "ok":
                raise self._place.damaged(str(found).splitlines()[-1])

    def read_snapshot(self, work: Callable[[Connection], _T]) -> _T:
        """Run `work` on one consistent state, however long it takes, on PostgreSQL too."""
        with self._transaction(_BEGIN if self.is_sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ") as db:
            return work(db)

    def reserve_log(self) -> None:
        """Extend SQLite's write-ahead log now: a commit that extends it takes half as long again."""
        if self.path is not None:
            sqlite_log.reserve(self.path, lambda: self._transaction(_BEGIN_WRITING))

    def tidy(self) -> None:
        """Let SQLite move its write-ahead log into the database and update its statistics."""
        if self.is_sqlite:
            sqlite_log.tidy(self._pool)

    def read(self, work: Callable[[Connection], _T]) -> _T:
        """Run `work` in one consistent reading transaction."""

        def reading() -> _T:
            with self._transaction(_BEGIN) as db:
                return work(db)

        return self._patiently(reading, 30.0, lambda: False)

    def write(
        self,
        work: Callable[[Connection], _T],
        *,
        patience: float = 60.0,
        abandon: Callable[[], bool] = lambda: False,
    ) -> _T:
        """Run `work` in one writing transaction, again from the start while the database is busy or unreachable.

        The transaction may include writes of other threads. Unreachable after `patience` seconds, or at once when
        `abandon()` is true.
        """

        def accompanied(db: Connection) -> _T:
            if self._before is not None:
                self._before(db)
            answer = work(db)
            if self._after is not None:
                self._after(db)
            return answer

        return self._patiently(lambda: self._writing.run(accompanied), patience, abandon)

    def say_alone(self, work: Callable[[Connection], _T]) -> _T:
        """Run one statement that is a transaction of its own, which on PostgreSQL spares two of three ways to the server.
        Unreachable at once without an answer; it may have been carried out."""

        def saying() -> _T:
            driver = self._pool.take()
            try:
                answer = work(Connection(driver, is_sqlite=self.is_sqlite))
            except BaseException:
                self._pool.give_back(driver, usable=False)
                self._pool.close_idle()  # they may be lost with it
                raise
            self._pool.give_back(driver)
            return answer

        return self._patiently(saying, 0.0, lambda: False)

    def apart(self) -> Database:
        """The same database, whose writes share no transaction with those of this one."""
        twin = copy.copy(self)
        twin._writing = GroupCommit(self._writing.transaction)
        return twin

    def accompanied(
        self, before: Callable[[Connection], None] | None, after: Callable[[Connection], None] | None
    ) -> Database:
        """The same database, with these additions to the transaction of each `write`: a check, a record."""
        twin = copy.copy(self)
        twin._before, twin._after = before, after
        return twin

    def change_mark(self) -> object:
        """A mark that changes after others' writes. Costs microseconds on SQLite; on PostgreSQL it changes with every
        call: see `asked_mark`."""
        if not self.is_sqlite:
            return next(self._looks)
        self._look_at_files()
        return self._watch.mark()

    def asked_mark(self) -> object:
        """The same at the cost of a query, so that on PostgreSQL, too, it changes only with a write."""
        if self.is_sqlite:
            return self.change_mark()
        return self.read(lambda db: db.value("SELECT pg_current_snapshot()::text"))

    @contextlib.contextmanager
    def _transaction(self, begin: str) -> Iterator[Connection]:
        self._look_at_files()
        driver = self._begun(begin)
        try:
            if self._file is not None:
                self._file.remember()
                if begin is _BEGIN_WRITING:
                    self._file.remember_log()
            yield Connection(driver, is_sqlite=self.is_sqlite)
            driver.execute("COMMIT")
        except BaseException:
            self._pool.give_back(driver, usable=self._undone(driver))
            raise
        self._pool.give_back(driver)

    def _begun(self, begin: str, *, again: bool = True) -> Any:
        """A connection in a transaction. A connection that the server has dropped since its last use is replaced,
        once."""
        driver = self._pool.take()
        try:
            driver.execute(begin)
        except self._error as error:
            self._pool.give_back(driver, usable=False)
            if self.is_sqlite or not again or not is_passing(error):
                raise
            self._pool.close_idle()  # they are lost with it
            return self._begun(begin, again=False)
        except BaseException:
            self._pool.give_back(driver, usable=False)
            raise
        return driver

    def _undone(self, driver: Any) -> bool:
        """Roll the transaction back. False if the connection is no longer usable."""
        try:
            if not self.is_sqlite or driver.in_transaction:
                driver.execute("ROLLBACK")
        except self._error:
            return False
        return True

    def _look_at_files(self) -> None:
        if self._place_watch is not None:
            self._place_watch.look()

    def _patiently(self, attempt: Callable[[], _T], patience: float, abandon: Callable[[], bool]) -> _T:
        """Unreachable after `patience` seconds, or when it is abandoned; see `repeated`."""
        try:
            return repeated(attempt, patience, abandon, self._error)
        except self._error as error:
            raise self._place.as_unreachable(error) from error

    def _translated(self, work: Callable[[], _T]) -> _T:
        """Open the database, with the driver's errors translated. Unreachable if it does not answer in time,
        InvalidInput for a DB_URL that cannot be used."""

        def patiently() -> _T:
            return self._patiently(work, OPENING_PATIENCE, lambda: False)

        try:
            # A file is there or not; a server may take the connection, and never answer.
            return patiently() if self.is_sqlite else within(OPENING_PATIENCE + 1, patiently)
        except Hanging:
            raise Unreachable(
                f"The database {self.shown_url} accepts connections but does not answer; check its server and DB_URL."
            ) from None
        except (self._error, ValueError, TypeError) as error:
            found = self._place.as_unreachable(error)
            if isinstance(found, Unreachable):
                raise found from error
            raise not_usable(error) from error

    def _revision(self) -> str | None:
        with self._transaction(_BEGIN) as db:
            return current_revision(db)

    def _migrate(self) -> None:
        from .migrate import upgrade  # noqa: PLC0415  Alembic is slow to import and needed once per version

        self._look_at_files()
        driver = self._pool.take()
        usable = False
        try:
            upgrade(driver, _BEGIN_WRITING if self.is_sqlite else _BEGIN_MIGRATING, is_sqlite=self.is_sqlite)
            usable = True
        finally:
            self._pool.give_back(driver, usable=usable)
