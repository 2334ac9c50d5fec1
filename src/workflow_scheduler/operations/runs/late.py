"""What is late, takes too long, is at risk or has not succeeded for too long, now; and the deadlines of a run."""

from __future__ import annotations

from datetime import datetime, timedelta

from workflow_scheduler.domain.deadline import Deadline, DeadlineKind, DeadlineState
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.run import Run
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.storage.queries_deadlines import deadlines_of_run, late_now

__all__ = ["MOST_LATE", "DeadlineRow", "LateRow", "deadline_rows", "late_list", "late_rows"]

MOST_LATE = 200
_SINCE = timedelta(days=7)
"""What was missed longer ago is no longer news."""
_WORST_FIRST = {
    DeadlineKind.FINISH_BY: "late",
    DeadlineKind.NO_SUCCESS_FOR: "no_success",
    DeadlineKind.START_WITHIN: "late",
    DeadlineKind.LONGER_THAN: "long",
}


@dataclass(frozen=True, slots=True)
class LateRow:
    """`condition`: late, no_success, long or at_risk. `kind`: the deadline. `due_utc`: when it was missed."""

    condition: str
    kind: str
    workflow_id: str
    schedule_id: str | None
    run_id: str | None
    task_id: str | None
    nominal_utc: datetime | None
    due_utc: datetime
    timezone: str
    reason: str


@dataclass(frozen=True, slots=True)
class DeadlineRow:
    """A deadline of a run, or of its task. `state`: open, at_risk, met, missed or void, and `reason` why."""

    kind: str
    state: str
    task_id: str | None
    due_utc: datetime
    reason: str


def late_list(database: Database, now: datetime, workflow_id: str | None = None) -> list[LateRow]:
    """Up to `MOST_LATE`, the worst first: late ones, then what has not succeeded, takes too long, and is at risk; of each kind the
    oldest first."""
    return database.read(lambda db: late_rows(db, now, workflow_id))


def late_rows(db: Connection, now: datetime, workflow_id: str | None = None) -> list[LateRow]:
    """See `late_list`."""
    found = late_now(db, now - _SINCE, MOST_LATE)
    chosen = [deadline for deadline in found if workflow_id in (None, deadline.workflow_id)]
    rank = list(_WORST_FIRST).index
    at_risk = DeadlineState.AT_RISK
    ordered = sorted(chosen, key=lambda one: (one.state is at_risk, rank(one.kind), one.due, one.seq))
    return [_late_row(deadline) for deadline in ordered]


def _late_row(deadline: Deadline) -> LateRow:
    return LateRow(
        condition="at_risk" if deadline.state is DeadlineState.AT_RISK else _WORST_FIRST[deadline.kind],
        kind=deadline.kind.value,
        workflow_id=deadline.workflow_id,
        schedule_id=deadline.schedule_id,
        run_id=deadline.run_id,
        task_id=deadline.task_id or None,
        nominal_utc=deadline.nominal,
        due_utc=deadline.due,
        timezone=deadline.timezone,
        reason=deadline.reason,
    )


def deadline_rows(db: Connection, run: Run) -> tuple[DeadlineRow, ...]:
    """The deadlines of a run and its tasks, by time; of what has just begun, not yet when it takes longer than usual."""
    return tuple(
        DeadlineRow(one.kind.value, one.state.value, one.task_id or None, one.due, one.reason)
        for one in deadlines_of_run(db, run)
        if one.kind is not DeadlineKind.LONGER_THAN or one.seconds is not None
    )
