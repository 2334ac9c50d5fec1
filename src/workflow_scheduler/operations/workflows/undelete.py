"""Restores a deleted workflow and its schedules from the document that its deletion returned."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from workflow_scheduler.definitions.documents import Document
from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.domain.schedule import ScheduleDefinition
from workflow_scheduler.operations.schedules.reschedule import JUST_NOW
from workflow_scheduler.storage import catalog
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.triggers.fire_times import build
from workflow_scheduler.triggers.spec import parse_spec

from .apply import Applied, apply_documents

__all__ = ["restore_workflow", "unless_there"]


def unless_there(workflow_id: str, db: Connection) -> None:
    """Refused if the workflow exists: it was not deleted, or was created again."""
    if catalog.find_workflow(db, workflow_id) is not None:
        raise Refused(f"The workflow {workflow_id!r} exists, so it cannot be restored; edit that one.")


def restore_workflow(database: Database, timezone: str, document: Document, now: datetime) -> tuple[Applied, list[str]]:
    """Its history is kept and its version numbers continue. Also returns the schedules whose only date has passed."""
    schedules = document.schedules or ()
    passed = [schedule.id for schedule in schedules if _passed(schedule, timezone, now)]
    kept = tuple(schedule for schedule in schedules if schedule.id not in passed)
    (done,) = apply_documents(database, timezone, [replace(document, schedules=kept)], now)
    return done, passed


def _passed(one: ScheduleDefinition, timezone: str, now: datetime) -> bool:
    if "at" not in one.spec:
        return False
    zone = one.timezone or timezone
    return build(parse_spec(dict(one.spec), zone), zone).next_after(now - JUST_NOW) is None
