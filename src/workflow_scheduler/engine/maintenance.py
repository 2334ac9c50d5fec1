"""The maintenance of a home, apart from the engine's loop: prunes old history, computes the days of calendars and
copies the database once a day."""

from __future__ import annotations

import contextlib
import logging
import shutil
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from pathlib import Path

from workflow_scheduler.domain.errors import InvalidInput, SchedulerError
from workflow_scheduler.domain.retention import Keep
from workflow_scheduler.executors.folders import run_folder
from workflow_scheduler.storage import backfills, deliveries, retention
from workflow_scheduler.storage.backup import save_backup
from workflow_scheduler.storage.bundles import delete_bundles
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.storage.errors import BACKUPS
from workflow_scheduler.system.private_folder import make_private_folder

from .calendar_change import refresh_calendars

__all__ = ["Maintenance"]

BATCH = 200
"""Runs pruned in one transaction, which delays the engine by some milliseconds."""
MOST_STUCK = 1000
"""If the output of this many runs cannot be deleted, the rest is left for the next time."""
DAY = timedelta(days=1)
_AUTO = "daily-"
_log = logging.getLogger(__name__)


class Maintenance:
    """The maintenance of one home. Each part may be interrupted anywhere and continues the next time."""

    def __init__(self, database: Database, home: Path, keep: Keep) -> None:
        self._database = database
        self._home = home
        self._keep = keep

    def run(self, now: datetime, stopped: Callable[[], bool] = lambda: False) -> None:
        """Do all of it. `stopped` is checked between transactions."""
        forgotten = self.prune(now, stopped)
        if forgotten:
            _log.info("Pruned %d runs beyond RETENTION_DAYS and RETENTION_RUNS", forgotten)
        if not stopped():
            refresh_calendars(self._database, self._home, now)
            self._database.tidy()
            self.back_up(now)

    def doomed(self, now: datetime, most: int | None = None, but: Collection[str] = ()) -> set[str]:
        """Up to `most` of the runs beyond the limits; empty only if there are none."""

        def work(db: Connection) -> set[str]:
            found = set(retention.older_runs(db, now - self._keep.days * DAY, most, but) if self._keep.days else ())
            left = None if most is None else most - len(found)
            if self._keep.runs and left != 0:
                found.update(retention.runs_beyond(db, self._keep.runs, left, but))
            return found

        return self._database.read(work)

    def prune(self, now: datetime, stopped: Callable[[], bool] = lambda: False) -> int:
        """Prune old history in small transactions. Returns the number of runs."""
        stuck: set[str] = set()
        forgotten = 0
        while not stopped() and len(stuck) < MOST_STUCK and (ids := self.doomed(now, BATCH, stuck)):
            # Folders first: after an interruption the rows still lead to the rest.
            stuck.update(run_id for run_id in ids if not self._remove_folder(run_id))
            gone = [run_id for run_id in ids if run_id not in stuck]
            forgotten += self._database.write(lambda db, gone=gone: retention.delete_runs(db, gone))  # type: ignore[misc]
        if stuck:
            _log.error("The output of %d old runs could not be deleted, such as %s", len(stuck), min(stuck))
        if self._keep.days:
            self._prune_the_rest(now - self._keep.days * DAY, stopped)
        return forgotten

    def _prune_the_rest(self, before: datetime, stopped: Callable[[], bool]) -> None:
        while not stopped() and self._database.write(lambda db: retention.delete_fires(db, before, BATCH)):
            pass
        seq: int | None = 0
        while not stopped() and seq is not None:
            seq = self._database.write(lambda db, at=seq: retention.delete_events(db, before, at, BATCH))  # type: ignore[misc]
        while not stopped() and self._database.write(lambda db: backfills.delete_backfills(db, before, BATCH)):
            pass
        while not stopped() and self._database.write(lambda db: deliveries.delete_deliveries(db, before, BATCH)):
            pass
        self._database.write(lambda db: retention.delete_engines(db, before))
        self._database.write(lambda db: delete_bundles(db, before))

    def _remove_folder(self, run_id: str) -> bool:
        try:
            folder = run_folder(self._home, run_id)
        except InvalidInput:  # a foreign row: what it names is not ours to delete
            return False
        with contextlib.suppress(OSError):
            shutil.rmtree(folder)
        return not folder.exists()

    def back_up(self, now: datetime) -> None:
        """Copy an SQLite database, if the last daily copy is a day old; only the newest copies are kept."""
        if not self._keep.backups or self._database.path is None:
            return
        folder = self._home / BACKUPS
        make_private_folder(str(folder), exist_ok=True)
        today = folder / f"{_AUTO}{now:%Y-%m-%d}.sqlite"
        if today.exists():
            return
        if shutil.disk_usage(folder).free < 2 * self._database.path.stat().st_size:
            _log.error("The daily copy of the database was skipped: too little space in %s", folder)
            return
        try:
            save_backup(self._database, today)
        except SchedulerError as error:
            _log.error("The daily copy of the database failed: %s", error)
            return
        for old in sorted(folder.glob(f"{_AUTO}*.sqlite"))[: -self._keep.backups]:
            old.unlink()
