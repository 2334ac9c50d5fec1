"""The copy that a simulation works on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from workflow_scheduler.definitions.documents import Document
from workflow_scheduler.domain.calendar import Calendar
from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.domain.schedule import Schedule
from workflow_scheduler.operations.calendars.edit import calendar_changes
from workflow_scheduler.operations.schedules.reschedule import begun
from workflow_scheduler.operations.workflows.apply import apply_documents
from workflow_scheduler.storage import catalog, queries_workflows
from workflow_scheduler.storage import runs as run_store
from workflow_scheduler.storage.copying import NO_ENGINE, copy_definitions, copy_progress
from workflow_scheduler.storage.database import Connection, Database

__all__ = ["apply_to", "begun_attempts", "copy_home"]

_TICK = timedelta(microseconds=1)
"""So that what is due at the beginning counts."""


def copy_home(home: Database, copy: Database, begin: datetime, *, idle: bool) -> None:
    """Fill the copy from one state of the home, which is only read. `idle`: without what is in progress, and with every
    schedule at `begin`, whenever that is."""

    def fill(db: Connection) -> None:
        copy.write(lambda target: copy_definitions(db, target))
        if not idle:
            copy.write(lambda target: copy_progress(db, target))

    home.read_snapshot(fill)
    copy.write(lambda db: _save(db, _begun(db, begin, idle=idle)))


def _begun(db: Connection, begin: datetime, *, idle: bool) -> Iterator[Schedule]:
    off = set(queries_workflows.disabled_workflows(db, None))
    for schedule in catalog.list_schedules(db):
        if "at_start" in schedule.spec:  # a simulation is no start
            yield schedule.at(begin, None)
        elif idle:
            since = schedule.planner.since
            known = replace(schedule.planner, since=since if since is not None and since <= begin else None)
            enabled = schedule.workflow_id not in off
            yield begun(db, replace(schedule, planner=known), begin - _TICK, enabled, new=False)


def _save(db: Connection, schedules: Iterator[Schedule]) -> None:
    for schedule in schedules:
        catalog.save_schedule(db, schedule)


def apply_to(
    copy: Database,
    documents: Sequence[Document],
    calendars: Sequence[Calendar],
    home: Path,
    timezone: str,
    begin: datetime,
) -> None:
    """Apply definitions to the copy as they would be to the home, without the files that they name: no command runs."""
    without = [replace(document, workflow=replace(document.workflow, files=())) for document in documents]
    names = [calendar.id for calendar in calendars]
    first = calendar_changes(calendars, home, begin) if calendars else None
    apply_documents(copy, timezone, without, begin, calendars=names, first=first)


def begun_attempts(db: Connection) -> dict[AttemptKey, datetime]:
    """When the copied attempts were started; without those that only wait for a process."""
    found = run_store.live_attempts(db, NO_ENGINE)
    return {attempt.key: attempt.started_at for attempt in found if attempt.started_at is not None}
