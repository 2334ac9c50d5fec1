"""Checks what an engine needs of its home: the database file, the lock, space on the disk."""

from __future__ import annotations

import logging
from datetime import datetime

from workflow_scheduler.domain.errors import SchedulerError
from workflow_scheduler.domain.events import Event
from workflow_scheduler.domain.home_events import disk_event
from workflow_scheduler.storage import events as event_store

from .dependencies import Dependencies

__all__ = ["HomeWatch"]

_log = logging.getLogger(__name__)


class HomeWatch:
    """Logs each change once."""

    def __init__(self, parts: Dependencies, min_free: int) -> None:
        self._parts = parts
        self._min_free = min_free
        self._locked = True
        self.database_away = False
        self.short_of_room = False

    def look_at_database(self) -> bool:
        """Whether the database file has just come back."""
        words = self._parts.database.lost()
        was_away, self.database_away = self.database_away, bool(words)
        if self.database_away and not was_away:
            _log.error("%s Until it is back, no run is planned, started or recorded", words)
        elif was_away and not self.database_away:
            _log.info("The database is back; the scheduler continues")
        return was_away and not self.database_away

    def look_at_lock(self) -> None:
        locked = self._parts.secure()
        if self._locked and not locked:
            _log.error("engine.lock was deleted or replaced, and cannot be locked again; retrying every second")
        elif locked and not self._locked:
            _log.info("engine.lock is locked again")
        self._locked = locked

    def look_at_disk(self, now: datetime | None = None) -> bool:
        """Whether there has just become enough space. `now`: of the event when there no longer is; None: record none."""
        was_short, self.short_of_room = self.short_of_room, self._parts.free() < self._min_free
        if self.short_of_room and not was_short:
            megabytes = self._min_free // 1_000_000
            _log.error(
                "The home's disk has less than %d MB free (MIN_FREE_MB): no task is started until there is room",
                megabytes,
            )
            if now is not None:
                self._record(disk_event(now, self._min_free))
        elif was_short and not self.short_of_room:
            _log.info("The home's disk has room again: waiting tasks are started")
        return was_short and not self.short_of_room

    def _record(self, event: Event) -> None:
        try:
            self._parts.database.write(lambda db: event_store.record_events(db, [event]), patience=5)
        except SchedulerError as error:
            _log.warning("That the disk is nearly full could not be recorded: %s", error)
        self._parts.passed()
