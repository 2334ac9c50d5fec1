"""A run as a row of a list."""

from __future__ import annotations

from datetime import datetime

from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.run import Run, RunState

__all__ = ["RunRow", "run_row"]


@dataclass(frozen=True, slots=True)
class RunRow:
    """`nominal_utc`: the time that it is for, if it is for one. `due_utc`: when its fire was due; nominal_utc unless a
    calendar or its jitter moved it."""

    id: str
    workflow_id: str
    version: int
    state: RunState
    reason: str
    schedule_id: str | None
    nominal_utc: datetime | None
    due_utc: datetime | None
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    retry_of: str | None
    backfill_id: str | None
    started_by: str
    cause: str
    cancel_requested: bool


def run_row(run: Run) -> RunRow:
    # By position, in field order: by name, long lists of runs take a tenth longer.
    return RunRow(
        run.id,
        run.workflow_id,
        run.version,
        run.state,
        run.reason,
        run.schedule_id,
        run.nominal,
        run.due or (run.nominal if run.schedule_id else None),
        run.queued_at,
        run.started_at,
        run.finished_at,
        run.retry_of,
        run.backfill_id,
        run.started_by,
        run.cause,
        run.cancel_reason is not None and not run.over,
    )
