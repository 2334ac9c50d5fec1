"""Events, stored in the same transaction as the change they describe."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

__all__ = ["Event"]


class Event(NamedTuple):
    """`kind` is the object and its change: `run.succeeded`, `task.waiting`, `schedule.changed`. Of a worker, `task_id` is its
    name."""

    at: datetime
    kind: str
    workflow_id: str
    run_id: str | None = None
    task_id: str | None = None
    attempt: int | None = None
    schedule_id: str | None = None
    reason: str = ""
