"""Copies what a scheduler works on, without its history, into another database."""

from __future__ import annotations

from typing import Any

from workflow_scheduler.domain.quick_dataclass import dataclass

from . import tables
from .present_backfills import UNFINISHED
from .runs import OPEN_RUNS
from .sql import Connection

__all__ = ["copy_definitions", "copy_progress"]

NO_ENGINE = 0
"""The number of no engine: those of the copy begin with 1."""
_SIZE = 500
"""Rows that are in memory at once."""


@dataclass(frozen=True, slots=True)
class _Copying:
    table: tables.Table
    join: str = ""
    where: str = ""
    needed: tuple[str, ...] = ()
    """Columns that a person may have made unreadable by hand; rows without them are left out."""


_DEFINITIONS = (
    _Copying(tables.workflows),
    _Copying(
        tables.workflow_versions,
        "JOIN workflows ON workflows.id = workflow_versions.workflow_id AND workflows.version = workflow_versions.version",
    ),
    _Copying(tables.schedules, needed=("spec", "policies")),
    _Copying(tables.calendars),
    _Copying(tables.calendar_days),
)
_OF_OPEN = f"(SELECT id FROM runs WHERE {OPEN_RUNS})"
_PROGRESS = (
    _Copying(tables.planner),
    _Copying(
        tables.workflow_versions,
        where=f"(workflow_id, version) IN (SELECT workflow_id, version FROM runs WHERE {OPEN_RUNS})",
    ),
    _Copying(
        tables.workflow_versions,
        where=f"(workflow_id, version) IN (SELECT workflow_id, version FROM backfills WHERE {UNFINISHED})",
    ),
    _Copying(tables.backfills, where=UNFINISHED),
    _Copying(tables.backfill_fires, where=f"backfill_id IN (SELECT id FROM backfills WHERE {UNFINISHED})"),
    _Copying(tables.runs, where=OPEN_RUNS),
    _Copying(tables.task_runs, where=f"run_id IN {_OF_OPEN}"),
    _Copying(tables.attempts, where=f"run_id IN {_OF_OPEN}"),
    _Copying(tables.deadlines, where=f"run_id IN {_OF_OPEN} AND look_utc IS NOT NULL"),
)


def copy_definitions(source: Connection, target: Connection) -> None:
    """The newest version of each workflow, the schedules with the state of the planner, and the calendars."""
    for copying in _DEFINITIONS:
        _copy(source, target, copying)


def copy_progress(source: Connection, target: Connection) -> None:
    """The queued and running runs, which belong to no engine of the copy, backfills that have not ended, and a pause of the
    planner."""
    for copying in _PROGRESS:
        _copy(source, target, copying)


def _copy(source: Connection, target: Connection, copying: _Copying) -> None:
    table = copying.table
    names = ", ".join(f"{table.name}.{name}" for name in table.columns)
    where = f"WHERE {copying.where}" if copying.where else ""
    insert = f"{table.insert()} ON CONFLICT DO NOTHING"
    rows: list[Any] = []
    for row in source.walk(f"SELECT {names} FROM {table.name} {copying.join} {where}", _SIZE):
        values = row._asdict()
        if values.get("engine_id") is not None:
            values["engine_id"] = NO_ENGINE
        if all(values[name] is not None for name in copying.needed):
            rows.append(values)
        if len(rows) == _SIZE:
            target.run_each(insert, rows)
            rows.clear()
    target.run_each(insert, rows)
