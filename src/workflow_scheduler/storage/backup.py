"""Copies of the whole database: an SQLite file, whichever database it is taken from or restored to."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from workflow_scheduler.domain.errors import InvalidInput, SchedulerError, Unreachable

from . import deliveries, incidents
from .database import Connection, Database
from .soundness import check_rows, check_whole
from .tables import TABLES

__all__ = ["restore_backup", "save_backup"]

_ROWS = 1000


def save_backup(database: Database, file: Path) -> None:
    """Write a consistent copy of the database to `file` while others may write. The file is complete or does not
    exist."""
    with _beside(file) as part:
        if database.path is not None:
            try:
                _copy_sqlite(database.path, part)
            except sqlite3.Error as error:
                raise SchedulerError(
                    f"{database.path} cannot be copied ({str(error).splitlines()[-1]})",
                    hint="check the home with 'scheduler doctor'",
                ) from None
        else:
            copy = Database(f"sqlite:///{part.as_posix()}", part.parent)
            try:
                copy.open()
                database.read_snapshot(lambda source: copy.write(lambda target: _copy_rows(source, target)))
            finally:
                copy.close()
        part.replace(file)


def restore_backup(database: Database, file: Path, aside: Path, told_before: datetime | None = None) -> None:
    """Replace the whole database by the content of `file`. InvalidInput if that is no sound backup. An SQLite file
    that is replaced is kept as `aside`. What happened before `told_before` is told to no one again."""
    with _beside(database.path or aside) as part:
        try:
            # Beside a backup SQLite would make files of its own, which a read-only medium refuses. If there is a log of
            # writes already, it belongs to the database.
            _copy_sqlite(file, part, "mode=ro" if Path(f"{file}-wal").exists() else "immutable=1")
            copy = Database(f"sqlite:///{part.as_posix()}", part.parent)
            try:
                if not copy.holds_schema():
                    raise InvalidInput(
                        f"{file} is not a valid backup of the scheduler",
                        hint="choose a file that 'scheduler backup' wrote",
                    )
                copy.open()  # a backup of an older version is brought up to date
                check_whole(part)
                check_rows(copy)
                if told_before is not None:
                    copy.write(lambda db: _tell_no_more(db, told_before))
            finally:
                copy.close()
        except (sqlite3.Error, Unreachable) as error:
            cause = str(error).splitlines()[0]
            raise InvalidInput(
                f"{file} is not a valid backup ({cause}), and nothing was replaced",
                hint="choose a file that 'scheduler backup' wrote",
            ) from None
        if database.path is not None:
            database.close()
            _replace_file(database.path, part, aside)
            return
        database.open()
        source = Database(f"sqlite:///{part.as_posix()}", part.parent)
        try:
            source.read(lambda rows: database.write(lambda target: _replace_rows(rows, target)))
        finally:
            source.close()


def _tell_no_more(db: Connection, before: datetime) -> None:
    deliveries.give_up(db, before, "It is from before the backup that was restored, and was probably sent.")
    incidents.skip_events(db, before)


@contextlib.contextmanager
def _beside(file: Path) -> Iterator[Path]:
    """A temporary name in the same folder, for the file until it is complete."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    cannot = "{} cannot be written ({}); choose another place."
    try:
        os.close(os.open(part, os.O_CREAT | os.O_RDWR | os.O_TRUNC, 0o600))
    except OSError as error:
        raise SchedulerError(cannot.format(file, error.strerror)) from None
    try:
        yield part
    except OSError as error:
        raise SchedulerError(cannot.format(file, error.strerror)) from None
    finally:
        for name in ("", "-wal", "-shm"):
            Path(f"{part}{name}").unlink(missing_ok=True)


def _copy_sqlite(source: Path, target: Path, options: str = "mode=ro") -> None:
    reading = sqlite3.connect(f"{source.absolute().as_uri()}?{options}", uri=True)
    with contextlib.closing(reading) as old, contextlib.closing(sqlite3.connect(target)) as new:
        old.backup(new)
        found = new.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(found)
    with target.open("rb+") as file:
        os.fsync(file.fileno())


def _copy_rows(source: Connection, target: Connection) -> None:
    for table in TABLES:
        rows = source.walk(f"SELECT {', '.join(table.columns)} FROM {table.name}", _ROWS)
        while batch := [_readable(row._asdict()) for row in itertools.islice(rows, _ROWS)]:
            target.run_each(table.insert(), batch)


def _readable(values: dict[str, Any]) -> dict[str, Any]:
    # What somebody wrote there by hand that is no JSON stays what no schedule has.
    return {name: [] if value is None and name in ("spec", "policies") else value for name, value in values.items()}


def _replace_rows(source: Connection, target: Connection) -> None:
    """Replace the rows of a PostgreSQL database; its numbers continue after the highest one."""
    for table in TABLES:
        target.run(f"DELETE FROM {table.name}")
    _copy_rows(source, target)
    for table in TABLES:
        if table.serial and (highest := target.value(f"SELECT max({table.key[0]}) FROM {table.name}")) is not None:
            target.row("SELECT setval(:name, :highest)", name=f"{table.name}_{table.key[0]}_seq", highest=highest)


def _replace_file(path: Path, part: Path, aside: Path) -> None:
    # The old file is never missing: a scheduler without a file would start with an empty database.
    for name in ("-wal", ""):
        with contextlib.suppress(FileNotFoundError):
            shutil.copy2(f"{path}{name}", f"{aside}{name}")
    for name in ("-wal", "-shm"):
        Path(f"{path}{name}").unlink(missing_ok=True)
    part.replace(path)
