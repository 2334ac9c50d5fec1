"""What was true when attempts began, and the texts of their scripts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from workflow_scheduler.domain.run import Attempt, AttemptKey, Run

from . import tables
from .runs import RUN_COLUMNS, attempt_from, run_from
from .sql import Connection

__all__ = ["delete_texts", "facts_of", "last_successes", "record_facts", "record_text", "text_of"]

TEXTS_KEPT = 5
"""Of each task, the newest."""
RUNS_SEARCHED = 1000
"""Among how many of a workflow's runs a success is looked for."""
_RECORD = f"{tables.attempt_facts.insert()} ON CONFLICT DO NOTHING"
_TEXT = f"{tables.script_texts.insert()} ON CONFLICT (workflow_id, task_id, hash) DO UPDATE SET at = excluded.at"
_ATTEMPT_COLUMNS = ", ".join(f"attempts.{name}" for name in tables.attempts.columns)


def record_facts(db: Connection, new: Collection[tuple[AttemptKey, Mapping[str, Any]]]) -> None:
    if new:
        db.run_each(_RECORD, [{**key._asdict(), "facts": dict(facts)} for key, facts in new])


def record_text(db: Connection, workflow_id: str, task_id: str, digest: str, text: str, now: datetime) -> None:
    """Keep the text of a task's script, and of its older ones the newest."""
    values = {"workflow_id": workflow_id, "task_id": task_id}
    db.run(_TEXT, **values, hash=digest, at=now, text=text)
    others = """
        SELECT hash FROM script_texts WHERE workflow_id = :workflow_id AND task_id = :task_id AND hash <> :hash
        ORDER BY at DESC"""
    if old := db.column(others, **values, hash=digest)[TEXTS_KEPT - 1 :]:
        gone = "DELETE FROM script_texts WHERE workflow_id = :workflow_id AND task_id = :task_id AND hash IN :old"
        db.run(gone, **values, old=old)


def delete_texts(db: Connection, workflow_ids: Iterable[str]) -> None:
    """Delete the texts of those of the workflows that have no run left."""
    db.run(
        """
        DELETE FROM script_texts WHERE workflow_id IN :ids
            AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.workflow_id = script_texts.workflow_id)""",
        ids=sorted(workflow_ids),
    )


def text_of(db: Connection, workflow_id: str, task_id: str, digest: str) -> str | None:
    query = "SELECT text FROM script_texts WHERE workflow_id = :workflow_id AND task_id = :task_id AND hash = :hash"
    found = db.value(query, workflow_id=workflow_id, task_id=task_id, hash=digest)
    return None if found is None else str(found)


def facts_of(db: Connection, keys: Collection[AttemptKey]) -> dict[AttemptKey, Mapping[str, Any]]:
    """Of those of the attempts that have any."""
    if not keys:
        return {}
    columns = ", ".join(tables.attempt_facts.columns)
    rows = db.rows(f"SELECT {columns} FROM attempt_facts WHERE (run_id, task_id, number) IN :keys", keys=keys)
    return {AttemptKey(row.run_id, row.task_id, row.number): row.facts for row in rows if isinstance(row.facts, dict)}


def last_successes(db: Connection, run: Run, task_id: str, most: int) -> list[tuple[Run, Attempt]]:
    """The newest attempts of the workflow's task that succeeded in runs before this one, the newest first."""
    query = f"""
        SELECT {_ATTEMPT_COLUMNS} FROM (
            SELECT id, queued_at FROM runs WHERE workflow_id = :workflow_id AND queued_at <= :before AND id <> :id
            ORDER BY queued_at DESC LIMIT :searched) AS newest
        JOIN attempts ON attempts.run_id = newest.id AND attempts.task_id = :task_id AND attempts.state = 'succeeded'
        ORDER BY newest.queued_at DESC, attempts.run_id DESC, attempts.number DESC LIMIT :most"""
    named = {"workflow_id": run.workflow_id, "before": run.queued_at, "id": run.id, "task_id": task_id}
    attempts = [attempt_from(row) for row in db.rows(query, **named, searched=RUNS_SEARCHED, most=most)]
    if not attempts:
        return []
    rows = db.rows(f"SELECT {RUN_COLUMNS} FROM runs WHERE id IN :ids", ids={attempt.run_id for attempt in attempts})
    runs = {row.id: run_from(row) for row in rows}
    return [(runs[attempt.run_id], attempt) for attempt in attempts]
