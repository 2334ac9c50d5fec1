"""Workflows and schedules, as they are now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from workflow_scheduler.domain.parameters import Parameter
from workflow_scheduler.domain.schedule import Schedule
from workflow_scheduler.domain.workflow import Workflow

from . import tables
from .deadlines import NEXT_DEADLINE, drop_deadlines, drop_success_watches, set_success_watch
from .incidents import drop_incidents, rename_incidents
from .output_sizes import drop_sizes
from .runs import OPEN_RUNS
from .schedule_rows import SCHEDULE_COLUMNS, schedule_from, schedule_values
from .snapshot import (
    PlannedDeadlines,
    deadlines_from,
    params_from,
    planned_deadlines,
    to_snapshot,
)
from .sql import Connection
from .versions import find_version

__all__ = [
    "Newest",
    "add_schedules",
    "delete_schedule",
    "delete_workflow",
    "find_schedule",
    "find_schedules",
    "find_workflow",
    "has_open_runs",
    "list_schedules",
    "newest_of",
    "next_moments",
    "rename_workflow",
    "save_planned",
    "save_schedule",
    "save_workflow",
    "schedule_ids_ever",
    "schedules_after",
    "schedules_due",
    "start_schedules",
    "versions_of",
    "workflow_ids_ever",
]


def find_workflow(db: Connection, workflow_id: str) -> tuple[Workflow, int] | None:
    """The newest version of a workflow and its number."""
    version = db.value("SELECT version FROM workflows WHERE id = :id", id=workflow_id)
    return None if version is None else (find_version(db, workflow_id, version), version)


class Newest(NamedTuple):
    """The newest version of a workflow, and what planning needs of it: parameters and deadlines that it declares."""

    version: int
    params: Mapping[str, Parameter] = {}
    deadlines: PlannedDeadlines | None = None


def versions_of(db: Connection, ids: Collection[str]) -> dict[str, int]:
    """The number of the newest version of each of the workflows."""
    return {workflow_id: newest.version for workflow_id, newest in newest_of(db, ids).items()}


def newest_of(db: Connection, ids: Collection[str]) -> dict[str, Newest]:
    """What planning needs of the newest version of each of the workflows."""
    versions: dict[str, Newest] = {}
    names = list(ids)
    for at in range(0, len(names), 500):
        rows = db.rows(
            "SELECT id, version, params, CAST(deadlines AS TEXT) AS planned FROM workflows WHERE id IN :ids",
            ids=names[at : at + 500],
        )
        versions.update((row.id, _newest(row)) for row in rows)
    return versions


def _newest(row: Any) -> Newest:
    if not row.params and not row.planned:
        return Newest(row.version)
    return Newest(row.version, params_from(row.params or {}), deadlines_from(row.planned) if row.planned else None)


def workflow_ids_ever(db: Connection) -> set[str]:
    """The IDs in use and those whose history is kept: a new workflow must not inherit another one's past."""
    return set(db.column("SELECT DISTINCT workflow_id FROM workflow_versions"))


def schedule_ids_ever(db: Connection) -> set[str]:
    return {*db.column("SELECT id FROM schedules"), *db.column("SELECT DISTINCT schedule_id FROM fires")}


_ADD_VERSION, _ADD_WORKFLOW = tables.workflow_versions.insert(), tables.workflows.insert()


def save_workflow(db: Connection, workflow: Workflow, now: datetime) -> int:
    """Store a new version and return its number, which continues that of a deleted workflow with the same ID."""
    newest = db.value("SELECT max(version) FROM workflow_versions WHERE workflow_id = :id", id=workflow.id)
    version = int(newest or 0) + 1
    snapshot = to_snapshot(workflow)
    db.run(_ADD_VERSION, workflow_id=workflow.id, version=version, definition=snapshot, saved_at=now)
    # Once more by themselves: planning needs nothing else of a definition, and of most not even these.
    params, deadlines = snapshot["params"] or None, planned_deadlines(workflow)
    change = """
        UPDATE workflows SET version = :version, updated_at = :now, params = :params, deadlines = :deadlines
        WHERE id = :id"""
    values = {"id": workflow.id, "version": version, "params": params, "deadlines": deadlines}
    if not db.run(change, now=now, **values):
        db.run(_ADD_WORKFLOW, created_at=now, updated_at=now, **values)
        drop_incidents(db, workflow.id)  # of a deleted one, whose last runs ended afterwards
    set_success_watch(db, workflow.id, None, workflow.deadlines.no_success_for, now)
    return version


def has_open_runs(db: Connection, workflow_id: str) -> bool:
    return db.row(f"SELECT id FROM runs WHERE {OPEN_RUNS} AND workflow_id = :id LIMIT 1", id=workflow_id) is not None


def rename_workflow(db: Connection, old: str, new: str, now: datetime) -> None:
    """Rename a workflow with its versions, schedules, webhooks, backfills and runs; events keep the old name."""
    for table in ("workflow_versions", "schedules", "runs", "hooks", "backfills", "deadlines", "output_sizes"):
        db.run(f"UPDATE {table} SET workflow_id = :new WHERE workflow_id = :old", old=old, new=new)
    rename_incidents(db, old, new)
    db.run("UPDATE workflows SET id = :new, updated_at = :now WHERE id = :old", old=old, new=new, now=now)


_CANCEL_BACKFILLS = """
    UPDATE backfills SET state = 'cancelled', reason = 'its workflow was deleted', finished_at = :now
    WHERE workflow_id = :id AND state IN ('active', 'paused')"""


def delete_workflow(db: Connection, workflow_id: str, now: datetime) -> None:
    """Delete the workflow, its schedules and webhooks, and end its backfills; versions and history are kept for its runs."""
    db.run(_CANCEL_BACKFILLS, id=workflow_id, now=now)
    db.run("DELETE FROM hooks WHERE workflow_id = :id", id=workflow_id)
    drop_deadlines(db, workflow_id)
    drop_incidents(db, workflow_id)
    drop_sizes(db, workflow_id)
    db.run("DELETE FROM schedules WHERE workflow_id = :id", id=workflow_id)
    db.run("DELETE FROM workflows WHERE id = :id", id=workflow_id)


_SCHEDULES = f"SELECT {SCHEDULE_COLUMNS} FROM schedules"
_ADD_SCHEDULE = tables.schedules.insert()
_SAVE_SCHEDULE = f"""
    UPDATE schedules SET {", ".join(f"{name} = :{name}" for name in tables.schedules.columns if name != "id")}
    WHERE id = :id"""


def add_schedules(db: Connection, new: Collection[Schedule]) -> None:
    db.run_each(_ADD_SCHEDULE, [schedule_values(schedule) for schedule in new])


def save_schedule(db: Connection, schedule: Schedule) -> None:
    """Write a changed schedule. The caller read it in this transaction with `find_schedule(lock=True)`."""
    db.run(_SAVE_SCHEDULE, **schedule_values(schedule))


def find_schedule(db: Connection, schedule_id: str, *, lock: bool = False) -> Schedule | None:
    row = db.row(f"{_SCHEDULES} WHERE id = :id {_LOCKED if lock else ''}", id=schedule_id)
    return None if row is None else schedule_from(row)


_LOCKED = "/*postgresql FOR UPDATE*/"


def find_schedules(db: Connection, ids: Collection[str]) -> list[Schedule]:
    """Those of the schedules that still exist."""
    names, schedules = list(ids), []
    for at in range(0, len(names), 500):
        rows = db.rows(f"{_SCHEDULES} WHERE id IN :ids", ids=names[at : at + 500])
        schedules += [schedule_from(row) for row in rows]
    return schedules


def list_schedules(db: Connection, workflow_id: str | None = None, *, lock: bool = False) -> list[Schedule]:
    locked = _LOCKED if lock else ""
    if workflow_id is None:
        rows = db.rows(f"{_SCHEDULES} ORDER BY id {locked}")
    else:
        rows = db.rows(f"{_SCHEDULES} WHERE workflow_id = :workflow_id ORDER BY id {locked}", workflow_id=workflow_id)
    return [schedule_from(row) for row in rows]


def delete_schedule(db: Connection, schedule_id: str) -> None:
    drop_success_watches(db, schedule_id=schedule_id)
    db.run("DELETE FROM schedules WHERE id = :id", id=schedule_id)


_DUE = f"""
    {_SCHEDULES} WHERE next_due_utc <= :now ORDER BY next_due_utc LIMIT :most
    /*postgresql FOR UPDATE SKIP LOCKED*/"""


def schedules_due(db: Connection, now: datetime, most: int) -> list[Schedule]:
    """The schedules that are due, earliest first, locked for this transaction."""
    return [schedule_from(row) for row in db.rows(_DUE, now=now, most=most)]


def schedules_after(db: Connection, schedule_id: str, most: int) -> list[Schedule]:
    """The schedules with a next fire, by ID, after the given one; locked for this transaction."""
    query = f"{_SCHEDULES} WHERE id > :id AND next_due_utc IS NOT NULL ORDER BY id LIMIT :most {_LOCKED}"
    return [schedule_from(row) for row in db.rows(query, id=schedule_id, most=most)]


def start_schedules(db: Connection) -> list[Schedule]:
    """The schedules that fire at a start, by ID, locked for this transaction."""
    query = f"{_SCHEDULES} WHERE CAST(spec AS TEXT) LIKE :start ORDER BY id {_LOCKED}"
    return [schedule_from(row) for row in db.rows(query, start='%"at_start"%')]


_PLANNED = """
    UPDATE schedules SET cursor_utc = :cursor, next_due_utc = :next_due WHERE id = :id AND generation = :generation"""


def save_planned(db: Connection, planned: Collection[Schedule]) -> None:
    """Advance the cursors of the schedules that have not changed since they were read."""
    db.run_each(
        _PLANNED,
        [
            {
                "id": schedule.id,
                "generation": schedule.planner.generation,
                "cursor": schedule.planner.cursor,
                "next_due": schedule.planner.next_due,
            }
            for schedule in planned
        ],
    )


_NEXT = "SELECT next_due_utc FROM schedules WHERE next_due_utc IS NOT NULL %s ORDER BY next_due_utc LIMIT 1"


_MOMENTS = f"""
    SELECT ({_NEXT % ""}) AS schedule_utc,
        ({NEXT_DEADLINE}) AS deadline_utc"""


def next_moments(db: Connection) -> tuple[datetime | None, datetime | None]:
    """The earliest times at which any schedule, and any open deadline, is due."""
    row = db.row(_MOMENTS)
    return (None, None) if row is None else (row[0], row[1])


def next_wake(db: Connection) -> datetime | None:
    """The earliest time at which a schedule with `wake` is due."""
    return db.value(_NEXT % "AND wake")
