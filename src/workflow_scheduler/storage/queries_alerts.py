"""What messages say about the next steps of a workflow and of a task."""

from __future__ import annotations

from datetime import datetime

from .sql import Connection

__all__ = ["next_due_of", "retry_at"]


def next_due_of(db: Connection, workflow_id: str) -> datetime | None:
    """When a schedule of the workflow is due next; None if none is."""
    query = """
        SELECT min(next_due_utc) AS next_due_utc FROM schedules
        WHERE workflow_id = :id AND enabled AND next_due_utc IS NOT NULL"""
    row = db.row(query, id=workflow_id)
    return None if row is None else row.next_due_utc


def retry_at(db: Connection, run_id: str, task_id: str) -> datetime | None:
    """When the task is tried again; None if it is not."""
    query = "SELECT retry_at FROM task_runs WHERE run_id = :run AND task_id = :task AND state = 'waiting'"
    row = db.row(query, run=run_id, task=task_id)
    return None if row is None else row.retry_at
