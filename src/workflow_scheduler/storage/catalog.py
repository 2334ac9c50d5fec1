"""Workflows with their versions, and schedules."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, NamedTuple

from workflow_scheduler.domain.fields import Kind, declared_fields, from_stored
from workflow_scheduler.domain.parameters import Parameter
from workflow_scheduler.domain.schedule import PlannerState, Policies, Schedule
from workflow_scheduler.domain.workflow import Workflow

from . import tables
from .runs import OPEN_RUNS
from .snapshot import from_snapshot, params_from, to_snapshot
from .sql import Connection

__all__ = [
    "SCHEDULE_COLUMNS",
    "Newest",
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
    "newest_of",
    "newest_with_secrets",
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
    "start_schedules",
    "versions_of",
    "workflow_ids",
    "workflow_ids_ever",
]


def find_workflow(db: Connection, workflow_id: str) -> tuple[Workflow, int] | None:
    """The newest version of a workflow and its number."""
    version = db.value("SELECT version FROM workflows WHERE id = :id", id=workflow_id)
    return None if version is None else (find_version(db, workflow_id, version), version)


def find_versions(db: Connection, keys: Collection[tuple[str, int]]) -> dict[tuple[str, int], Workflow]:
    """The definitions that runs use. They are kept as long as a run needs them."""
    query = "SELECT workflow_id, version, definition FROM workflow_versions WHERE (workflow_id, version) IN :keys"
    rows = db.rows(query, keys=keys) if keys else ()
    # A workflow may have been renamed since.
    return {(row.workflow_id, row.version): from_snapshot({**row.definition, "id": row.workflow_id}) for row in rows}


def find_version(db: Connection, workflow_id: str, version: int) -> Workflow:
    return find_versions(db, [(workflow_id, version)])[workflow_id, version]


class Newest(NamedTuple):
    """The newest version of a workflow, and the parameters that it declares."""

    version: int
    params: Mapping[str, Parameter] = {}


def versions_of(db: Connection, ids: Collection[str]) -> dict[str, int]:
    """The number of the newest version of each of the workflows."""
    return {workflow_id: newest.version for workflow_id, newest in newest_of(db, ids).items()}


def newest_of(db: Connection, ids: Collection[str]) -> dict[str, Newest]:
    """What planning needs of the newest version of each of the workflows."""
    versions: dict[str, Newest] = {}
    names = list(ids)
    for at in range(0, len(names), 500):
        rows = db.rows("SELECT id, version, params FROM workflows WHERE id IN :ids", ids=names[at : at + 500])
        versions.update((row[0], Newest(row[1], params_from(row[2])) if row[2] else Newest(row[1])) for row in rows)
    return versions


def workflow_ids(db: Connection) -> list[str]:
    return db.column("SELECT id FROM workflows ORDER BY id")


def newest_with_secrets(db: Connection) -> list[Workflow]:
    """The newest version of each workflow that names a secret."""
    rows = db.rows(
        "SELECT workflow_id, workflow_versions.version, definition FROM workflow_versions "
        "JOIN workflows ON workflows.id = workflow_id AND workflows.version = workflow_versions.version "
        "WHERE CAST(definition AS TEXT) LIKE :pattern ORDER BY workflow_id",
        pattern='%"secrets": {"%',
    )
    return [from_snapshot({**row.definition, "id": row.workflow_id}) for row in rows]


def newest_workflow_id(db: Connection) -> str | None:
    return db.value("SELECT id FROM workflows ORDER BY created_at DESC, id DESC LIMIT 1")


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
    params = snapshot["params"] or None
    change = "UPDATE workflows SET version = :version, updated_at = :now, params = :params WHERE id = :id"
    if not db.run(change, version=version, now=now, params=params, id=workflow.id):
        db.run(_ADD_WORKFLOW, id=workflow.id, version=version, created_at=now, updated_at=now, params=params)
    return version


def has_open_runs(db: Connection, workflow_id: str) -> bool:
    return db.row(f"SELECT id FROM runs WHERE {OPEN_RUNS} AND workflow_id = :id LIMIT 1", id=workflow_id) is not None


def rename_workflow(db: Connection, old: str, new: str, now: datetime) -> None:
    """Rename a workflow with its versions, schedules, webhooks and runs; events keep the old name."""
    for table in ("workflow_versions", "schedules", "runs", "hooks"):
        db.run(f"UPDATE {table} SET workflow_id = :new WHERE workflow_id = :old", old=old, new=new)
    db.run("UPDATE workflows SET id = :new, updated_at = :now WHERE id = :old", old=old, new=new, now=now)


def delete_workflow(db: Connection, workflow_id: str) -> None:
    """Delete the workflow, its schedules and webhooks; versions and history are kept for its runs."""
    db.run("DELETE FROM hooks WHERE workflow_id = :id", id=workflow_id)
    db.run("DELETE FROM schedules WHERE workflow_id = :id", id=workflow_id)
    db.run("DELETE FROM workflows WHERE id = :id", id=workflow_id)


@functools.lru_cache(maxsize=256)
def _policies(stored: tuple[tuple[str, Any], ...]) -> tuple[Policies, str]:
    """Policies as stored, and the names of unreadable or unknown ones, which get their defaults."""
    values: dict[str, Any] = {}
    wrong = []
    kinds = {field.attribute: field.about.kind for field in declared_fields(Policies)}
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
    Kind.TIME: lambda value: value is None or isinstance(value, str),
    Kind.IDENTIFIER: lambda value: value is None or isinstance(value, str),
    Kind.DURATION: lambda value: value is None or (isinstance(value, float | int) and not isinstance(value, bool)),
}


SCHEDULE_COLUMNS = ", ".join(f"schedules.{name}" for name in tables.schedules.columns)
_SCHEDULES = f"SELECT {SCHEDULE_COLUMNS} FROM schedules"


def schedule_from(row: Any) -> Schedule:
    """The schedule of a row. Unreadable parts, such as after an edit by hand, become its `problem` instead of an
    error."""
    spec, stored = row.spec, row.policies
    try:
        policies, wrong = _policies(tuple(item for item in stored.items() if item[0] != "params"))
        if isinstance(params := stored.get("params", {}), dict):
            policies = replace(policies, params=params) if params else policies
        else:
            wrong = ", ".join([wrong, "params"] if wrong else ["params"])
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
        PlannerState(
            row.generation, row.cursor_utc, row.next_due_utc, row.since_utc, _skips(row.skips) if row.skips else ()
        ),
        f"Its row in the database has no readable {wrong}; any change replaces it with the default." if wrong else "",
    )


def _skips(stored: Any) -> tuple[tuple[datetime, str], ...]:
    try:
        return tuple((datetime.fromisoformat(nominal), str(why)) for nominal, why in stored.items())
    except (AttributeError, TypeError, ValueError):
        return ()


_DEFAULTS = asdict(Policies())


@functools.lru_cache(maxsize=256)
def _stored(policies: Policies) -> dict[str, Any]:
    """What is not at its default: the planner reads it with every fire."""
    return {name: value for name, value in asdict(policies).items() if value != _DEFAULTS[name]}


def _values(schedule: Schedule) -> dict[str, Any]:
    return {
        "id": schedule.id,
        "workflow_id": schedule.workflow_id,
        "spec": dict(schedule.spec),
        "timezone": schedule.timezone,
        "policies": _stored(schedule.policies),
        "enabled": schedule.policies.enabled,
        "wake": schedule.policies.wake,
        "generation": schedule.planner.generation,
        "cursor_utc": schedule.planner.cursor,
        "next_due_utc": schedule.planner.next_due,
        "calendar": schedule.policies.calendar,
        "since_utc": schedule.planner.since,
        "skips": {nominal.isoformat(): why for nominal, why in schedule.planner.skips} or None,
    }


_ADD_SCHEDULE = tables.schedules.insert()
_SAVE_SCHEDULE = f"""
    UPDATE schedules SET {", ".join(f"{name} = :{name}" for name in tables.schedules.columns if name != "id")}
    WHERE id = :id"""


def add_schedules(db: Connection, new: Collection[Schedule]) -> None:
    db.run_each(_ADD_SCHEDULE, [_values(schedule) for schedule in new])


def save_schedule(db: Connection, schedule: Schedule) -> None:
    """Write a changed schedule. The caller read it in this transaction with `find_schedule(lock=True)`."""
    db.run(_SAVE_SCHEDULE, **_values(schedule))


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


def next_due(db: Connection) -> datetime | None:
    """The earliest time at which any schedule is due."""
    return db.value(_NEXT % "")


def next_wake(db: Connection) -> datetime | None:
    """The earliest time at which a schedule with `wake` is due."""
    return db.value(_NEXT % "AND wake")
