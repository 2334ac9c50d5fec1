"""Events, stored in the same transaction as the change they describe."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["Event"]


@dataclass(frozen=True, slots=True)
class Event:
    """`kind` is the object and its change: `run.succeeded`, `task.waiting`, `schedule.changed`."""

    at: datetime
    kind: str
    workflow_id: str
    run_id: str | None = None
    task_id: str | None = None
    attempt: int | None = None
    schedule_id: str | None = None
    reason: str = ""
