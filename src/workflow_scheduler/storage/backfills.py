"""Backfills and their times. What changes in a pass is compare-and-swap, as for runs."""

from __future__ import annotations

import functools
import logging
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from workflow_scheduler.domain.backfill import (
    TO_RETRY,
    Backfill,
    BackfillFire,
    BackfillState,
    Only,
    Order,
    Source,
    parse_window,
)
from workflow_scheduler.domain.errors import InvalidInput

from . import tables
from .database import Stale
from .present_backfills import UNFINISHED
from .runs import OPEN_RUNS
from .sql import Connection

__all__ = [
    "BACKFILL_COLUMNS",
    "add_backfill",
    "delete_backfills",
    "find_backfill",
    "fires_left",
    "gives_way",
    "has_left",
    "next_fires",
    "one_claim_at_a_time",
    "open_backfills",
    "open_runs_of",
    "readable_backfills",
    "replace_run",
    "retry_fires",
    "set_run",
    "update_backfill",
]

_log = logging.getLogger(__name__)
BACKFILL_COLUMNS = ", ".join(f"backfills.{name}" for name in tables.backfills.columns)
_ADD, _ADD_FIRE = tables.backfills.insert(), tables.backfill_fires.insert()


def _settings(backfill: Backfill) -> dict[str, Any]:
    return {
        "start": backfill.start,
        "end": backfill.end,
        "only": backfill.only.value,
        "order": backfill.order.value,
        "parallel": backfill.parallel,
        "between": str(backfill.between) if backfill.between else None,
        "params": dict(backfill.params),
        "sources": {name: source._asdict() for name, source in backfill.sources.items()},
        "as_of": backfill.as_of.isoformat() if backfill.as_of else None,
    }


def readable_backfills(rows: Iterable[Any]) -> Iterator[tuple[Backfill, Any]]:
    """The backfills of the rows, each with its row. One that somebody edited by hand and cannot be read must not stop the others."""
    for row in rows:
        try:
            yield _backfill_from(row), row
        except (KeyError, TypeError, ValueError, InvalidInput) as error:
            _complain(row.id, repr(error))


@functools.lru_cache(maxsize=256)  # once, and not in every pass
def _complain(backfill_id: str, error: str) -> None:
    _log.error("The backfill %s is left out, because its row cannot be read: %s", backfill_id, error)


def _backfill_from(row: Any) -> Backfill:
    stored = row.settings
    for source in stored["sources"].values():
        ZoneInfo(source["timezone"])
    return Backfill(
        row.id,
        row.workflow_id,
        BackfillState(row.state),
        row.created_at,
        row.created_by,
        stored["start"],
        stored["end"],
        Only(stored["only"]),
        Order(stored["order"]),
        stored["parallel"],
        parse_window(stored["between"]) if stored["between"] else None,
        stored["params"],
        {name: Source(**source) for name, source in stored["sources"].items()},
        row.version,
        datetime.fromisoformat(stored["as_of"]) if stored["as_of"] else None,
        row.reason,
        row.finished_at,
    )


def one_claim_at_a_time(db: Connection) -> None:
    """Until this transaction ends, no other backfill takes times: it would not see those that this one takes."""
    db.one_at_a_time(7_351_407)


def add_backfill(db: Connection, backfill: Backfill, fires: Collection[BackfillFire]) -> None:
    """Store a backfill with its times, in the order in which they are run."""
    db.run(
        _ADD,
        id=backfill.id,
        workflow_id=backfill.workflow_id,
        state=backfill.state.value,
        reason=backfill.reason,
        created_at=backfill.created_at,
        created_by=backfill.created_by,
        settings=_settings(backfill),
        version=backfill.version,
        finished_at=backfill.finished_at,
    )
    db.run_each(
        _ADD_FIRE,
        [
            {
                "backfill_id": backfill.id,
                "schedule_id": fire.schedule_id,
                "nominal_utc": fire.nominal,
                "due_utc": fire.due,
                "position": position,
                "run_id": fire.run_id,
                "retry_of": fire.retry_of,
            }
            for position, fire in enumerate(fires)
        ],
    )


def update_backfill(db: Connection, old: Backfill, new: Backfill) -> None:
    """Stale if its state has changed since it was read."""
    query = """
        UPDATE backfills SET state = :state, reason = :reason, finished_at = :finished_at
        WHERE id = :id AND state = :old"""
    values = {"state": new.state.value, "reason": new.reason, "finished_at": new.finished_at}
    if not db.run(query, id=old.id, old=old.state.value, **values):
        raise Stale


def find_backfill(db: Connection, backfill_id: str, *, lock: bool = False) -> Backfill | None:
    locked = "/*postgresql FOR UPDATE*/" if lock else ""
    row = db.row(f"SELECT {BACKFILL_COLUMNS} FROM backfills WHERE id = :id {locked}", id=backfill_id)
    return next((backfill for backfill, _ in readable_backfills([row])), None) if row is not None else None


_OPEN_BACKFILLS = f"""
    SELECT {BACKFILL_COLUMNS}, (SELECT count(*) FROM runs WHERE runs.backfill_id = backfills.id AND {OPEN_RUNS}) AS open_runs
    FROM backfills WHERE {UNFINISHED} ORDER BY created_at, id /*postgresql FOR UPDATE OF backfills*/"""


def open_backfills(db: Connection) -> list[tuple[Backfill, int]]:
    """Those that have not ended, oldest first, each with the number of its open runs; locked for this transaction."""
    return [(backfill, row.open_runs) for backfill, row in readable_backfills(db.rows(_OPEN_BACKFILLS))]


def open_runs_of(db: Connection, backfill_id: str) -> list[str]:
    """Its runs that have not ended."""
    return db.column(f"SELECT id FROM runs WHERE backfill_id = :id AND {OPEN_RUNS}", id=backfill_id)


_OTHERS_WAIT = """
    SELECT id FROM runs
    WHERE workflow_id = :workflow_id AND finished_at IS NULL AND state = 'queued' AND backfill_id IS NULL"""


def gives_way(db: Connection, workflow_id: str) -> bool:
    """Whether a run of the workflow is queued that belongs to no backfill."""
    return db.row(f"{_OTHERS_WAIT} LIMIT 1", workflow_id=workflow_id) is not None


_FIRE = (
    "backfill_fires.schedule_id, backfill_fires.nominal_utc, backfill_fires.due_utc, run_id, backfill_fires.retry_of"
)


_NEXT_FIRES = f"""
    SELECT {_FIRE} FROM backfill_fires
    WHERE backfill_id = :id AND run_id IS NULL AND schedule_id IN :schedules AND NOT EXISTS ({_OTHERS_WAIT})
    ORDER BY position LIMIT :most"""


def next_fires(db: Connection, backfill: Backfill, schedules: Collection[str], most: int) -> list[BackfillFire]:
    """The next times of these schedules that have no run; none while it gives way."""
    values = {"id": backfill.id, "workflow_id": backfill.workflow_id, "schedules": schedules, "most": most}
    return [BackfillFire(*row) for row in db.rows(_NEXT_FIRES, **values)]


def fires_left(db: Connection, backfill_id: str) -> list[BackfillFire]:
    """Its times that have no run."""
    query = f"SELECT {_FIRE} FROM backfill_fires WHERE backfill_id = :id AND run_id IS NULL ORDER BY position"
    return [BackfillFire(*row) for row in db.rows(query, id=backfill_id)]


def has_left(db: Connection, backfill_id: str) -> bool:
    """Whether one of its times has no run."""
    query = "SELECT position FROM backfill_fires WHERE backfill_id = :id AND run_id IS NULL LIMIT 1"
    return db.row(query, id=backfill_id) is not None


def set_run(db: Connection, backfill_id: str, fires: Collection[tuple[BackfillFire, str]]) -> None:
    """Note the run of each time. Stale if one has a run already."""
    query = """
        UPDATE backfill_fires SET run_id = :run_id
        WHERE backfill_id = :id AND schedule_id = :schedule_id AND nominal_utc = :nominal AND run_id IS NULL"""
    rows = [
        {"id": backfill_id, "schedule_id": fire.schedule_id, "nominal": fire.nominal, "run_id": run_id}
        for fire, run_id in fires
    ]
    if db.run_each(query, rows) != len(rows):
        raise Stale


def replace_run(db: Connection, backfill_id: str, old_id: str, new_id: str) -> None:
    """Have the time of one run lead to another run that retries it."""
    query = """
        UPDATE backfill_fires SET run_id = :new, retry_of = :old WHERE backfill_id = :id AND run_id = :old"""
    db.run(query, id=backfill_id, old=old_id, new=new_id)


_RETRYABLE = f"run_id IN (SELECT id FROM runs WHERE backfill_id = :id AND state IN {tuple(map(str, TO_RETRY))})"


def retry_fires(db: Connection, backfill_id: str) -> int:
    """Have the times whose run did not succeed run again. Returns their number."""
    query = f"UPDATE backfill_fires SET retry_of = run_id, run_id = NULL WHERE backfill_id = :id AND {_RETRYABLE}"
    return db.run(query, id=backfill_id)


def delete_backfills(db: Connection, before: datetime, most: int) -> int:
    """Delete up to `most` backfills that ended before the time and have no open run. Returns their number."""
    query = f"""
        SELECT id FROM backfills WHERE NOT {UNFINISHED} AND finished_at < :before
            AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.backfill_id = backfills.id AND {OPEN_RUNS}) LIMIT :most"""
    gone = db.column(query, before=before, most=most)
    db.run("DELETE FROM backfill_fires WHERE backfill_id IN :gone", gone=gone)
    db.run("DELETE FROM backfills WHERE id IN :gone", gone=gone)
    return len(gone)
