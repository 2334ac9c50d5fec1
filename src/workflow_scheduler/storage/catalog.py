"""Workflows with their versions, and schedules: what is defined."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, tuple_, update

from workflow_scheduler.domain.fields import Kind, declared_fields, from_stored
from workflow_scheduler.domain.schedule import PlannerState, Policies, Schedule
from workflow_scheduler.domain.workflow import Workflow

from .account_tables import hooks
from .prepared import Prepared
from .snapshot import from_snapshot, to_snapshot
from .tables import OPEN_RUNS, fires, runs, schedules, workflow_versions, workflows

__all__ = [
    "add_schedules",
    "delete_schedule",
    "delete_workflow",
    "find_schedule",
    "find_schedules",
    "find_version",
    "find_versions",
    "find_workflow",
    "has_open_runs",
    "list_schedules",
    "newest_workflow_id",
    "next_due",
    "rename_workflow",
    "save_planned",
    "save_schedule",
    "save_workflow",
    "schedule_from",
    "schedule_ids_ever",
    "schedules_after",
    "schedules_due",
    "versions_of",
    "workflow_ids",
    "workflow_ids_ever",
]


def find_workflow(db: Connection, workflow_id: str) -> tuple[Workflow, int] | None:
    """The newest version of a workflow and its number."""
    version = db.execute(select(workflows.c.version).where(workflows.c.id == workflow_id)).scalar()
    return None if version is None else (find_version(db, workflow_id, version), version)


_VERSIONS = select(workflow_versions.c.workflow_id, workflow_versions.c.version, workflow_versions.c.definition).where(
    tuple_(workflow_versions.c.workflow_id, workflow_versions.c.version).in_(bindparam("keys", expanding=True))
)


def find_versions(db: Connection, keys: Collection[tuple[str, int]]) -> dict[tuple[str, int], Workflow]:
    """The definitions that runs took. They are there as long as a run needs them."""
    found = db.execute(_VERSIONS, {"keys": list(keys)}) if keys else ()
    # A workflow may have been renamed since.
    return {(row.workflow_id, row.version): from_snapshot({**row.definition, "id": row.workflow_id}) for row in found}


def find_version(db: Connection, workflow_id: str, version: int) -> Workflow:
    return find_versions(db, [(workflow_id, version)])[workflow_id, version]


_NEWEST = select(workflows.c.id, workflows.c.version).where(workflows.c.id.in_(bindparam("ids", expanding=True)))


def versions_of(db: Connection, ids: Collection[str]) -> dict[str, int]:
    """The newest version of each of the workflows."""
    found: dict[str, int] = {}
    names = list(ids)
    for at in range(0, len(names), 500):
        found.update((row[0], row[1]) for row in db.execute(_NEWEST, {"ids": names[at : at + 500]}))
    return found


def workflow_ids(db: Connection) -> list[str]:
    return list(db.execute(select(workflows.c.id).order_by(workflows.c.id)).scalars())


def newest_workflow_id(db: Connection) -> str | None:
    query = select(workflows.c.id).order_by(workflows.c.created_at.desc(), workflows.c.id.desc()).limit(1)
    return db.execute(query).scalar()


def workflow_ids_ever(db: Connection) -> set[str]:
    """Those in use and those whose history is kept: a new workflow must not inherit another's past."""
    return set(db.execute(select(workflow_versions.c.workflow_id).distinct()).scalars())


def schedule_ids_ever(db: Connection) -> set[str]:
    known = set(db.execute(select(schedules.c.id)).scalars())
    return known | set(db.execute(select(fires.c.schedule_id).distinct()).scalars())


def save_workflow(db: Connection, workflow: Workflow, now: datetime) -> int:
    """Store a new version and return its number. Numbers go on where a deleted workflow of that name ended."""
    newest = select(func.max(workflow_versions.c.version)).where(workflow_versions.c.workflow_id == workflow.id)
    version = (db.execute(newest).scalar() or 0) + 1
    definition = to_snapshot(workflow)
    db.execute(
        insert(workflow_versions).values(workflow_id=workflow.id, version=version, definition=definition, saved_at=now)
    )
    changed = db.execute(update(workflows).where(workflows.c.id == workflow.id).values(version=version, updated_at=now))
    if not changed.rowcount:
        db.execute(insert(workflows).values(id=workflow.id, version=version, created_at=now, updated_at=now))
    return version


def has_open_runs(db: Connection, workflow_id: str) -> bool:
    query = select(runs.c.id).where(OPEN_RUNS, runs.c.workflow_id == workflow_id).limit(1)
    return db.execute(query).first() is not None


def rename_workflow(db: Connection, old: str, new: str, now: datetime) -> None:
    """Rename a workflow with its versions, schedules, webhooks and runs; events keep the name of their time."""
    for table in (workflow_versions, schedules, runs, hooks):
        db.execute(update(table).where(table.c.workflow_id == old).values(workflow_id=new))
    db.execute(update(workflows).where(workflows.c.id == old).values(id=new, updated_at=now))


def delete_workflow(db: Connection, workflow_id: str) -> None:
    """Delete the workflow, its schedules and webhooks; versions and history stay for its runs."""
    db.execute(delete(hooks).where(hooks.c.workflow_id == workflow_id))
    db.execute(delete(schedules).where(schedules.c.workflow_id == workflow_id))
    db.execute(delete(workflows).where(workflows.c.id == workflow_id))


@functools.lru_cache(maxsize=256)
def _policies(stored: tuple[tuple[str, Any], ...]) -> tuple[Policies, str]:
    """Policies as stored, and the names of what cannot be read or is not known: the defaults stand for that."""
    values: dict[str, Any] = {}
    wrong = []
    kinds = {field.name: field.about.kind for field in declared_fields(Policies)}
    for name, value in stored:
        try:
            if not _READABLE.get(kinds[name], lambda _: True)(value):
                raise ValueError(name)
            values |= from_stored(Policies, {name: value})
        except (KeyError, ValueError):
            wrong.append(name)
    return Policies(**values), ", ".join(wrong)


_READABLE: dict[Kind, Callable[[Any], bool]] = {
    Kind.FLAG: lambda value: isinstance(value, bool),
    Kind.DURATION: lambda value: value is None or (isinstance(value, float | int) and not isinstance(value, bool)),
}


def schedule_from(row: Row[Any]) -> Schedule:
    """The schedule of a row. What somebody wrote there by hand that cannot be read is its `problem`, and no error."""
    spec, stored = row.spec, row.policies
    try:
        policies, wrong = _policies(tuple(stored.items()))
    except (AttributeError, TypeError):  # no object, or one with lists in it
        policies, wrong = Policies(), "policies"
    if not isinstance(spec, dict):
        spec, wrong = {}, ", ".join(["spec", wrong] if wrong else ["spec"])
    return Schedule(
        row.id,
        row.workflow_id,
        spec,
        row.timezone,
        policies,
        PlannerState(row.generation, row.cursor_utc, row.next_due_utc),
        f"Its row in the database has no readable {wrong}; any change replaces it with the default." if wrong else "",
    )


def _values(schedule: Schedule) -> dict[str, Any]:
    return {
        "workflow_id": schedule.workflow_id,
        "spec": dict(schedule.spec),
        "timezone": schedule.timezone,
        "policies": asdict(schedule.policies),
        "enabled": schedule.policies.enabled,
        "wake": schedule.policies.wake,
        "generation": schedule.planner.generation,
        "cursor_utc": schedule.planner.cursor,
        "next_due_utc": schedule.planner.next_due,
    }


def add_schedules(db: Connection, new: Collection[Schedule]) -> None:
    if new:
        db.execute(insert(schedules), [{"id": one.id, **_values(one)} for one in new])


def save_schedule(db: Connection, schedule: Schedule) -> None:
    """Write a changed schedule. The caller read it in this transaction with `find_schedule(lock=True)`."""
    db.execute(update(schedules).where(schedules.c.id == schedule.id).values(**_values(schedule)))


def find_schedule(db: Connection, schedule_id: str, *, lock: bool = False) -> Schedule | None:
    query = select(schedules).where(schedules.c.id == schedule_id)
    row = db.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else schedule_from(row)


def find_schedules(db: Connection, ids: Collection[str]) -> list[Schedule]:
    """Those of them that are still there."""
    names, found = list(ids), []
    for at in range(0, len(names), 500):
        query = select(schedules).where(schedules.c.id.in_(names[at : at + 500]))
        found += [schedule_from(row) for row in db.execute(query)]
    return found


def list_schedules(db: Connection, workflow_id: str | None = None, *, lock: bool = False) -> list[Schedule]:
    query = select(schedules).order_by(schedules.c.id)
    if workflow_id is not None:
        query = query.where(schedules.c.workflow_id == workflow_id)
    return [schedule_from(row) for row in db.execute(query.with_for_update() if lock else query)]


def delete_schedule(db: Connection, schedule_id: str) -> None:
    db.execute(delete(schedules).where(schedules.c.id == schedule_id))


_DUE = (
    select(schedules)
    .where(schedules.c.next_due_utc <= bindparam("now"))
    .order_by(schedules.c.next_due_utc)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)


def schedules_due(db: Connection, now: datetime, most: int) -> list[Schedule]:
    """The schedules that are due, earliest first, locked for this transaction."""
    return [schedule_from(row) for row in db.execute(_DUE, {"now": now, "most": most})]


def schedules_after(db: Connection, schedule_id: str, most: int) -> list[Schedule]:
    """The schedules that will be due, by identifier, from behind one; locked for this transaction."""
    query = select(schedules).where(schedules.c.id > schedule_id, schedules.c.next_due_utc.is_not(None))
    return [schedule_from(row) for row in db.execute(query.order_by(schedules.c.id).limit(most).with_for_update())]


_PLANNED = Prepared(
    update(schedules)
    .where(schedules.c.id == bindparam("the_id"), schedules.c.generation == bindparam("the_generation"))
    .values(cursor_utc=bindparam("cursor"), next_due_utc=bindparam("next_due"))
)


def save_planned(db: Connection, planned: Collection[Schedule]) -> None:
    """Move the cursors on, where the schedule is still the one that was read."""
    if planned:
        rows = [
            {
                "the_id": one.id,
                "the_generation": one.planner.generation,
                "cursor": one.planner.cursor,
                "next_due": one.planner.next_due,
            }
            for one in planned
        ]
        _PLANNED.execute(db, rows)


_NEXT = (
    select(schedules.c.next_due_utc)
    .where(schedules.c.next_due_utc.is_not(None))
    .order_by(schedules.c.next_due_utc)
    .limit(1)
)


def next_due(db: Connection) -> datetime | None:
    """The earliest moment at which any schedule is due."""
    return db.execute(_NEXT).scalar()


def next_wake(db: Connection) -> datetime | None:
    """The earliest moment at which a schedule is due that wakes the machine."""
    return db.execute(_NEXT.where(schedules.c.wake)).scalar()
