"""The texts of scripts, to say how much of one changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from . import tables
from .sql import Connection

__all__ = ["delete_texts", "record_text", "text_of"]

TEXTS_KEPT = 5
"""Of each task, the newest."""
_TEXT = f"{tables.script_texts.insert()} ON CONFLICT (workflow_id, task_id, hash) DO UPDATE SET at = excluded.at"


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
