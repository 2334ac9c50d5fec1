"""Backups (create, list, restore) and pruning, on request."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from workflow_scheduler.domain.errors import InvalidInput, NotFound, Refused, SchedulerError
from workflow_scheduler.domain.identifiers import check_identifier
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.retention import Keep
from workflow_scheduler.engine.lock import HomeLock
from workflow_scheduler.engine.maintenance import Maintenance
from workflow_scheduler.operations.access.recording import put_on_record
from workflow_scheduler.processes.identity import alive
from workflow_scheduler.storage import engines as engine_store
from workflow_scheduler.storage.backup import restore_backup, save_backup
from workflow_scheduler.storage.database import Database
from workflow_scheduler.storage.errors import BACKUPS, command_to_restore
from workflow_scheduler.system.private_folder import make_private_folder

__all__ = [
    "BackupRow",
    "back_up",
    "backup_file",
    "backup_list",
    "backup_name",
    "backup_row",
    "command_to_restore",
    "prune",
    "restore",
]

_UNTOLD = timedelta(hours=1)
"""What a restored backup knows of that is older was told long ago; where a home just moves, nothing is."""
_saving = threading.Lock()
"""Raised for a second backup within the same second, which would write to the same file."""


def back_up(database: Database, home: Path, file: Path | None, now: datetime) -> Path:
    """Copy the database to `file`, or to the home's backup folder. Refused if the file exists."""
    if file is None:
        make_private_folder(str(home / BACKUPS), exist_ok=True)
        file = home / BACKUPS / backup_name(now)
    with _saving:
        if file.exists():
            raise Refused(f"{file} already exists; choose another file, or delete it first.")
        if not file.parent.is_dir():
            raise NotFound(f"The folder {file.parent} does not exist; create it first.")
        save_backup(database, file)
    return file


def backup_name(now: datetime) -> str:
    return f"{now:%Y-%m-%dT%H-%M-%SZ}.sqlite"


@dataclass(frozen=True, slots=True)
class BackupRow:
    name: str
    bytes: int
    made_at: datetime


def backup_list(home: Path) -> list[BackupRow]:
    """The backups in the home's backup folder, newest first."""
    found = sorted(_backups(home), key=lambda backup: (backup[1].st_mtime, backup[0].name), reverse=True)
    return [_row(file, status) for file, status in found]


def backup_row(file: Path) -> BackupRow:
    return _row(file, file.stat())


def _row(file: Path, status: os.stat_result) -> BackupRow:
    return BackupRow(file.name, status.st_size, datetime.fromtimestamp(int(status.st_mtime), UTC))


def backup_file(home: Path, name: str) -> Path:
    """The listed backup of that name. NotFound if there is none."""
    found = next((file for file, _ in _backups(home) if file.name == name), None)
    if found is None:
        raise NotFound(f"There is no backup {name!r} in {home / BACKUPS}; choose one from the list.")
    return found


def _backups(home: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for file in (home / BACKUPS).glob("*.sqlite"):
        # Skip files being written and names that no URL can express; an old daily copy may vanish meanwhile.
        with contextlib.suppress(InvalidInput, FileNotFoundError):
            check_identifier("backup", file.name)
            about = file.lstat()
            if stat.S_ISREG(about.st_mode):
                yield file, about


def restore(database: Database, home: Path, file: Path, now: datetime) -> Path | None:
    """Replace the database with a backup. Returns the path where the replaced SQLite file is kept.

    Refused while the database is in use; NotFound without the file; InvalidInput if it is not a valid backup.
    """
    if not file.is_file():
        raise NotFound(f"There is no file {file}", hint="choose one that 'scheduler backup' wrote")
    size, free = file.stat().st_size, shutil.disk_usage(home).free
    if size > free:
        raise Refused(
            f"{file} has {size / 1e6:,.0f} MB, and {free / 1e6:,.0f} MB are free in {home}; free some space first."
        )
    lock = HomeLock(home)
    lock.acquire()
    try:
        _refuse_if_in_use(database)
        old = database.path
        aside = (old or home / "jobs.sqlite").with_suffix(f".replaced-{now:%Y-%m-%dT%H-%M-%SZ}")
        replaced = old is not None and old.exists()
        restore_backup(database, file, aside, now - _UNTOLD)
        return aside if replaced else None
    finally:
        lock.release()


def _refuse_if_in_use(database: Database) -> None:
    if not database.exists():
        return
    try:
        if not database.holds_schema():
            return
        living = [engine for engine in database.read(engine_store.engines_not_stopped) if alive(engine.identity)]
    except SchedulerError:
        return  # restoring over a damaged database is the purpose of a backup
    if living:
        pids = ", ".join(str(engine.identity.get("pid")) for engine in living)
        raise Refused(f"Runs are in progress on this database (pid {pids}); stop them first.")


def prune(
    database: Database, home: Path, keep: Keep, now: datetime, *, recorded: Database, dry_run: bool = False
) -> int:
    """Delete the runs beyond `keep`. Returns their number; `dry_run` only counts them.

    `recorded`: the same database with auditing, for the single audit entry.
    """
    maintenance = Maintenance(database, home, keep)
    if dry_run:
        return len(maintenance.doomed(now))
    # Written first because pruning takes many transactions: an interrupted one is recorded too.
    put_on_record(recorded)
    return maintenance.prune(now)
