"""Backups, restoring them, and forgetting old history, when a person asks for it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from workflow_scheduler.domain.errors import NotFound, Refused, SchedulerError
from workflow_scheduler.engine.lock import HomeLock
from workflow_scheduler.engine.maintenance import Keep, Maintenance
from workflow_scheduler.processes.identity import alive
from workflow_scheduler.storage import engines as engine_store
from workflow_scheduler.storage.backup import restore_backup, save_backup
from workflow_scheduler.storage.database import BACKUPS, Database

__all__ = ["back_up", "prune", "restore"]


def back_up(database: Database, home: Path, file: Path | None, now: datetime) -> Path:
    """Copy the database to `file`, or into the home's folder of backups. Refused if the file is there already."""
    if file is None:
        (home / BACKUPS).mkdir(mode=0o700, exist_ok=True)
        file = home / BACKUPS / f"{now:%Y-%m-%dT%H-%M-%SZ}.sqlite"
    if file.exists():
        raise Refused(f"{file} is there already; name another file, or delete it first.")
    if not file.parent.is_dir():
        raise NotFound(f"The folder {file.parent} does not exist; make it first.")
    save_backup(database, file)
    return file


def restore(database: Database, home: Path, file: Path, now: datetime) -> Path | None:
    """Put a backup in the place of the database. Returns where the SQLite file that was replaced is kept.

    Refused while anything works on the database; NotFound without the file; InvalidInput if it is no sound backup.
    """
    if not file.is_file():
        raise NotFound(f"There is no file {file}; name one that 'scheduler backup' wrote.")
    lock = HomeLock(home)
    lock.acquire()
    try:
        _refuse_if_in_use(database)
        old = database.path
        aside = (old or home / "jobs.sqlite").with_suffix(f".replaced-{now:%Y-%m-%dT%H-%M-%SZ}")
        replaced = old is not None and old.exists()
        restore_backup(database, file, aside)
        return aside if replaced else None
    finally:
        lock.release()


def _refuse_if_in_use(database: Database) -> None:
    if not database.exists():
        return
    try:
        if not database.holds_schema():
            return
        living = [one for one in database.read(engine_store.engines_not_stopped) if alive(one.identity)]
    except SchedulerError:
        return  # a damaged database is what a backup is for
    if living:
        pids = ", ".join(str(one.identity.get("pid")) for one in living)
        raise Refused(f"Runs are in progress on this database (pid {pids}); stop them first.")


def prune(database: Database, home: Path, keep: Keep, now: datetime, *, dry_run: bool = False) -> int:
    """Forget what `keep` leaves no room for. Returns how many runs; with `dry_run` they are only counted."""
    maintenance = Maintenance(database, home, keep)
    return len(maintenance.doomed(now, 1_000_000_000)) if dry_run else maintenance.prune(now)
