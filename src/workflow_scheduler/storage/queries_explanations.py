"""What explains a due time or a run: fires, schedulers, later runs and changes around a time. Read only."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.run import Run
from workflow_scheduler.domain.schedule import Fire

from . import tables
from .fires import fire_from
from .runs import RUN_COLUMNS, run_from
from .sql import Connection

__all__ = [
    "Change",
    "Spell",
    "changes_between",
    "fire_at",
    "fire_due_at",
    "last_saved",
    "later_runs",
    "next_scheduler",
    "runs_with",
    "schedulers_before",
]

_FIRES = f"SELECT {', '.join(tables.fires.columns)} FROM fires"


@dataclass(frozen=True, slots=True)
class Spell:
    """One scheduler, from its start to its end."""

    id: int
    started_at: datetime
    heartbeat_at: datetime
    stopped_at: datetime | None
    stop_request: str | None


class Change(NamedTuple):
    """An entry of the audit log."""

    at: datetime
    actor: str
    action: str
    detail: str


_SPELLS = "SELECT id, started_at, heartbeat_at, stopped_at, stop_request FROM engines WHERE role = 'scheduler'"


def fire_at(db: Connection, schedule_id: str, nominal: datetime) -> Fire | None:
    """The fire or the series of fires that the nominal time belongs to."""
    query = f"{_FIRES} WHERE schedule_id = :id AND nominal_utc <= :nominal ORDER BY nominal_utc DESC LIMIT 1"
    row = db.row(query, id=schedule_id, nominal=nominal)
    fire = None if row is None else fire_from(row)
    return fire if fire is not None and nominal <= (fire.until or fire.nominal) else None


def fire_due_at(db: Connection, schedule_id: str, due: datetime, start: datetime, end: datetime) -> Fire | None:
    """The fire with a nominal time from `start` to `end` that was moved to that time."""
    query = f"{_FIRES} WHERE schedule_id = :id AND nominal_utc BETWEEN :start AND :end AND due_utc = :due LIMIT 1"
    row = db.row(query, id=schedule_id, start=start, end=end, due=due)
    return None if row is None else fire_from(row)


def runs_with(db: Connection, ids: Collection[str]) -> dict[str, Run]:
    """Those of the runs that are still stored."""
    query = f"SELECT {RUN_COLUMNS} FROM runs WHERE id IN :ids"
    return {row.id: run_from(row) for row in db.rows(query, ids=ids)} if ids else {}


def later_runs(db: Connection, workflow_id: str, since: datetime, most: int) -> list[Run]:
    """The first runs of a workflow that were queued since then."""
    query = f"""
        SELECT {RUN_COLUMNS} FROM runs WHERE workflow_id = :workflow_id AND queued_at >= :since
        ORDER BY queued_at LIMIT :most"""
    return [run_from(row) for row in db.rows(query, workflow_id=workflow_id, since=since, most=most)]


def schedulers_before(db: Connection, at: datetime, most: int) -> list[Spell]:
    """The last schedulers that had started by then, newest first."""
    rows = db.rows(f"{_SPELLS} AND started_at <= :at ORDER BY id DESC LIMIT :most", at=at, most=most)
    return [Spell(*row) for row in rows]


def next_scheduler(db: Connection, at: datetime) -> Spell | None:
    """The first scheduler that started after that."""
    row = db.row(f"{_SPELLS} AND started_at > :at ORDER BY id LIMIT 1", at=at)
    return None if row is None else Spell(*row)


def changes_between(db: Connection, start: datetime, end: datetime, most: int) -> list[Change]:
    """The newest entries of the audit log in that time, newest first."""
    query = """
        SELECT at, actor, action, detail FROM audit WHERE at >= :start AND at <= :end
        ORDER BY at DESC, seq DESC LIMIT :most"""
    return [Change(*row) for row in db.rows(query, start=start, end=end, most=most)]


def last_saved(db: Connection, workflow_id: str) -> datetime | None:
    """When the newest version of a workflow was saved, which may have been deleted since; None if there was none."""
    return db.value(
        "SELECT saved_at FROM workflow_versions WHERE workflow_id = :id ORDER BY version DESC LIMIT 1", id=workflow_id
    )
