"""Notes which machines fall silent, which are back, and what they report too late: each time once, whichever engine finds it."""

from __future__ import annotations

from datetime import datetime

from workflow_scheduler.domain.home_events import worker_back_event, worker_silent_event
from workflow_scheduler.storage.database import Connection
from workflow_scheduler.storage.events import record_events

__all__ = ["watch_workers"]


def watch_workers(db: Connection, now: datetime) -> bool:
    """Record an event for each. Returns whether there are any."""
    if db.is_sqlite:
        return False
    from workflow_scheduler.storage.workers import has_workers, note_silence  # noqa: PLC0415  SQLite has no workers

    if not has_workers(db):
        return False
    from .late_reports import note_late_reports  # noqa: PLC0415  nor have most homes

    silent, back = note_silence(db)
    events = [worker_silent_event(now, one.name, one.silent_at) for one in silent if one.silent_at]
    events += [
        worker_back_event(now, one.name, one.silent_at, one.heartbeat_at)
        for one in back
        if one.silent_at and one.heartbeat_at
    ]
    events += note_late_reports(db, now)
    record_events(db, events)
    return bool(events)
