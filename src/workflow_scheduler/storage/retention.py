"""Pruning: finds old history and deletes it in small transactions of the caller."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from . import scripts
from .engines import boot_of, engines_not_stopped, engines_with_work, scheduler_starts
from .sql import Connection

__all__ = ["delete_engines", "delete_events", "delete_fires", "delete_runs", "older_runs", "runs_beyond"]

_ENDED = "runs.state NOT IN ('queued', 'running')"
_READ = "NOT EXISTS (SELECT 1 FROM events WHERE events.run_id = runs.id AND events.seq > :told)"
"""Every event of the run was read for messages."""
_ALL = 2**62
_OF_RUNS = (
    "attempts",
    "task_runs",
    "events",
    "sightings",
    "failures",
    "assignments",
    "worker_reports",
    "worker_output",
)
_NOT_THE_LAST = """EXISTS (
    SELECT 1 FROM runs AS newer WHERE newer.workflow_id = runs.workflow_id
        AND (newer.queued_at > runs.queued_at OR (newer.queued_at = runs.queued_at AND newer.id > runs.id)))"""


def older_runs(db: Connection, before: datetime, most: int | None, but: Collection[str] = ()) -> list[str]:
    """Up to `most` runs, or all, that ended before the time, oldest first, without the last run of each workflow."""
    query = f"""
        SELECT id FROM runs
        WHERE {_ENDED} AND queued_at < :before AND finished_at < :before AND {_NOT_THE_LAST} AND {_READ} AND id NOT IN :but
        ORDER BY queued_at LIMIT :most"""
    return db.column(query, before=before, but=but, most=db.limit(most), told=_told(db))


def runs_beyond(db: Connection, kept: int, most: int | None, but: Collection[str] = ()) -> list[str]:
    """Up to `most` runs, or all, that have ended and have at least `kept` newer ones of their workflow."""
    edge_of = "SELECT queued_at FROM runs WHERE workflow_id = :id ORDER BY queued_at DESC LIMIT 1 OFFSET :kept"
    query = f"""
        SELECT id FROM runs WHERE {_ENDED} AND workflow_id = :id AND queued_at < :edge AND {_READ} AND id NOT IN :but
        LIMIT :most"""
    beyond: list[str] = []
    told = _told(db)
    for workflow_id in db.column("SELECT DISTINCT workflow_id FROM workflow_versions"):
        edge = db.value(edge_of, id=workflow_id, kept=kept - 1)
        left = None if most is None else most - len(beyond)
        if edge is not None and left != 0:
            beyond += db.column(query, id=workflow_id, edge=edge, but=but, most=db.limit(left), told=told)
    return beyond


def _told(db: Connection) -> int:
    """The number of the last event that was read for messages. Without any channel that is of no matter."""
    cursor = db.value("SELECT seq FROM alert_cursor WHERE id = 1")
    return _ALL if cursor is None else int(cursor)


def delete_runs(db: Connection, ids: Collection[str]) -> int:
    """Delete the ended runs with all their records. Returns their number."""
    chosen = f"SELECT id, workflow_id, schedule_id, nominal_utc, backfill_id FROM runs WHERE {_ENDED} AND id IN :ids /*postgresql FOR UPDATE*/"
    rows = db.rows(chosen, ids=ids)
    gone = [row.id for row in rows]
    for table in _OF_RUNS:
        db.run(f"DELETE FROM {table} WHERE run_id IN :gone", gone=gone)
    db.run("DELETE FROM deadlines WHERE run_id IN :gone AND nominal_utc IS NULL", gone=gone)
    # The fire of the same time as a backfill's run has a disposition of its own, which stays.
    planned = [row for row in rows if row.nominal_utc is not None and row.backfill_id is None]
    _delete_fires(db, [(row.schedule_id, row.nominal_utc) for row in planned])
    db.run("DELETE FROM runs WHERE id IN :gone", gone=gone)
    scripts.delete_texts(db, {row.workflow_id for row in rows})
    return len(gone)


def delete_fires(db: Connection, before: datetime, most: int) -> int:
    """Delete up to `most` old fires without a run. Returns their number."""
    query = """
        SELECT schedule_id, nominal_utc FROM fires
        WHERE run_id IS NULL AND nominal_utc < :before AND (until_utc IS NULL OR until_utc < :before) LIMIT :most"""
    keys = [(row[0], row[1]) for row in db.rows(query, before=before, most=most)]
    _delete_fires(db, keys)
    return len(keys)


def _delete_fires(db: Connection, keys: Collection[tuple[str, datetime]]) -> None:
    if keys:
        for table in ("fires", "deadlines"):
            db.run(f"DELETE FROM {table} WHERE (schedule_id, nominal_utc) IN :keys", keys=keys)


def delete_events(db: Connection, before: datetime, after_seq: int, most: int) -> int | None:
    """Delete the old events without a run among the next `most`. Returns the number to continue from; None at the end."""
    rows = db.rows(
        "SELECT seq, at, run_id FROM events WHERE seq > :seq ORDER BY seq LIMIT :most", seq=after_seq, most=most
    )
    told = _told(db)
    if gone := [row.seq for row in rows if row.run_id is None and row.at < before and row.seq <= told]:
        db.run("DELETE FROM events WHERE seq IN :gone", gone=gone)
    return rows[-1].seq if len(rows) == most and rows[-1].at < before else None


def delete_engines(db: Connection, before: datetime) -> None:
    """Delete the engines that stopped before the time and own nothing.

    The first of a boot that lasts stays: its start is the due time of the fires of that boot.
    """
    firsts: dict[str, int] = {}
    for start in scheduler_starts(db):
        firsts.setdefault(start.boot, start.engine_id)
    lasting = {boot_of(engine.identity) for engine in engines_not_stopped(db)} - {""}
    kept = {*engines_with_work(db), *(firsts[boot] for boot in lasting & firsts.keys())}
    stopped = db.column("SELECT id FROM engines WHERE stopped_at < :before", before=before)
    if gone := [number for number in stopped if number not in kept]:
        db.run("DELETE FROM engines WHERE id IN :gone", gone=gone)
