"""How far events were read for messages, and what lasts until something ends it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from workflow_scheduler.domain.alerts import AlertKind, Incident
from workflow_scheduler.domain.events import Event

from . import tables
from .sql import Connection

__all__ = [
    "acknowledge",
    "alert_cursor",
    "backfills_of",
    "drop_alert_cursor",
    "drop_incidents",
    "events_told_of",
    "find_incidents",
    "incidents_of",
    "labels_and_rules",
    "rename_incidents",
    "save_incidents",
    "set_alert_cursor",
    "skip_events",
    "successes_of",
    "written_rules",
]

_EVENT = tables.events.columns[1:]
_INCIDENT = ", ".join(tables.incidents.columns)
_SAVE = f"""{tables.incidents.insert()} ON CONFLICT (subject, kind) DO UPDATE SET
    run_id = excluded.run_id, last_at = excluded.last_at, count = excluded.count, reason = excluded.reason,
    repeated_at = excluded.repeated_at"""


def alert_cursor(db: Connection, *, lock: bool = False) -> int | None:
    """The number of the last event that was read; None without any channel. `lock`: until the transaction ends."""
    query = "SELECT seq FROM alert_cursor WHERE id = 1"
    return db.value(f"{query} /*postgresql FOR UPDATE*/" if lock else query)


def set_alert_cursor(db: Connection, seq: int) -> None:
    db.run(f"{tables.alert_cursor.insert()} ON CONFLICT (id) DO UPDATE SET seq = excluded.seq", id=1, seq=seq)


def skip_events(db: Connection, before: datetime) -> None:
    """Go on reading after the events of before that time."""
    query = """
        UPDATE alert_cursor SET seq = (SELECT max(seq) FROM events WHERE at < :before)
        WHERE id = 1 AND seq < (SELECT max(seq) FROM events WHERE at < :before)"""
    db.run(query, before=before)


def drop_alert_cursor(db: Connection) -> None:
    """No one is told any more: what lasts is not of interest either."""
    db.run("DELETE FROM alert_cursor WHERE id = 1")
    db.run("DELETE FROM incidents")


def events_told_of(db: Connection, seq: int, kinds: Collection[str], most: int) -> list[tuple[int, Event]]:
    """The next events of these kinds after that number, oldest first, each with its number."""
    query = f"""
        SELECT seq, {", ".join(_EVENT)} FROM events WHERE seq > :seq AND kind IN :kinds ORDER BY seq LIMIT :most"""
    return [(row[0], Event(*row[1:])) for row in db.rows(query, seq=seq, kinds=sorted(kinds), most=most)]


def backfills_of(db: Connection, run_ids: Collection[str]) -> dict[str, str]:
    """The backfill of each of the runs that belongs to one."""
    query = "SELECT id, backfill_id FROM runs WHERE id IN :ids AND backfill_id IS NOT NULL"
    return {row.id: row.backfill_id for row in db.rows(query, ids=run_ids)} if run_ids else {}


def successes_of(db: Connection, run_ids: Collection[str]) -> dict[str, int]:
    """The number of the event by which each of the runs succeeded."""
    query = "SELECT run_id, max(seq) AS seq FROM events WHERE run_id IN :ids AND kind = 'run.succeeded' GROUP BY run_id"
    return {row.run_id: row.seq for row in db.rows(query, ids=run_ids)} if run_ids else {}


def labels_and_rules(db: Connection, workflow_ids: Collection[str]) -> dict[str, tuple[list[str], list[str]]]:
    """The labels of the workflows, and the rules of their own as written."""
    if not workflow_ids:
        return {}
    query = """
        SELECT versions.workflow_id, versions.definition FROM workflow_versions AS versions
        JOIN workflows ON workflows.id = versions.workflow_id AND workflows.version = versions.version
        WHERE workflows.id IN :ids"""
    rows = db.rows(query, ids=workflow_ids)
    return {row.workflow_id: (row.definition.get("labels") or [], row.definition.get("notify") or []) for row in rows}


def written_rules(db: Connection) -> dict[str, list[str]]:
    """The rules of the workflows that have some of their own, as written."""
    query = """
        SELECT versions.workflow_id, versions.definition FROM workflow_versions AS versions
        JOIN workflows ON workflows.id = versions.workflow_id AND workflows.version = versions.version
        WHERE CAST(versions.definition AS TEXT) LIKE :pattern ORDER BY versions.workflow_id"""
    rows = db.rows(query, pattern='%"notify": ["%')
    return {row.workflow_id: row.definition.get("notify") or [] for row in rows}


def find_incidents(db: Connection, subjects: Collection[str] | None = None) -> dict[tuple[str, AlertKind], Incident]:
    """What lasts, of these subjects or of all, by subject and kind."""
    if subjects is None:
        rows = db.rows(f"SELECT {_INCIDENT} FROM incidents ORDER BY opened_at")
    else:
        rows = db.rows(f"SELECT {_INCIDENT} FROM incidents WHERE subject IN :subjects", subjects=subjects)
    found = map(_incident, rows)
    return {(incident.subject, incident.kind): incident for incident in found}


def incidents_of(db: Connection, workflow_id: str) -> list[Incident]:
    query = f"SELECT {_INCIDENT} FROM incidents WHERE workflow_id = :id ORDER BY opened_at"
    return [_incident(row) for row in db.rows(query, id=workflow_id)]


def _incident(row: Any) -> Incident:
    return Incident(**{**row._asdict(), "kind": AlertKind(row.kind)})


def save_incidents(
    db: Connection,
    before: Mapping[tuple[str, AlertKind], Incident],
    after: Mapping[tuple[str, AlertKind], Incident],
) -> None:
    """Write what is new or has changed, and delete what has ended. Acknowledgements are left as they are."""
    changed = [incident for key, incident in after.items() if before.get(key) is not incident]
    db.run_each(_SAVE, [{**asdict(incident), "kind": incident.kind.value} for incident in changed])
    over = [(subject, kind.value) for subject, kind in before.keys() - after.keys()]
    if over:
        db.run("DELETE FROM incidents WHERE (subject, kind) IN :over", over=over)


def rename_incidents(db: Connection, old: str, new: str) -> None:
    """With their workflow, and so do those of its backfills: what lasts is ended by its next success under the new name."""
    query = """
        UPDATE incidents SET workflow_id = :new, subject = CAST(:start AS TEXT) || substr(subject, :rest)
        WHERE workflow_id = :old"""
    db.run(query, old=old, new=new, start=new, rest=len(old) + 1)


def drop_incidents(db: Connection, workflow_id: str) -> None:
    """Of a workflow that is deleted: no success will end them."""
    db.run("DELETE FROM incidents WHERE workflow_id = :id", id=workflow_id)


def acknowledge(db: Connection, keys: Iterable[tuple[str, AlertKind]], at: datetime, by: str, note: str) -> None:
    query = """
        UPDATE incidents SET acked_at = :at, acked_by = :by, note = :note WHERE subject = :subject AND kind = :kind"""
    db.run_each(query, [{"at": at, "by": by, "note": note, "subject": key[0], "kind": key[1].value} for key in keys])
