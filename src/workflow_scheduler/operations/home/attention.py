"""What needs attention: failed, skipped, paused or late since yesterday, and what comes next."""

from __future__ import annotations

from datetime import datetime, timedelta

from workflow_scheduler.domain.lateness import LATE
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.operations.runs.late import LateRow as MissedRow
from workflow_scheduler.operations.runs.late import late_rows
from workflow_scheduler.operations.runs.rows import RunRow, run_row
from workflow_scheduler.operations.schedules.due import ScheduleDue
from workflow_scheduler.operations.schedules.problems import problem_with
from workflow_scheduler.operations.schedules.skipped import SkippedRow, skipped_row
from workflow_scheduler.storage import queries_due, queries_runs, queries_workflows
from workflow_scheduler.storage.calendar import passed_over_groups
from workflow_scheduler.storage.database import Connection, Database

__all__ = ["MOST", "Attention", "LateRow", "PausedRow", "attention"]

MOST = 50
"""The most entries of each kind."""
_SINCE = timedelta(days=1)
_LONGEST = timedelta(days=7)
"""How long before the last day a stretch of skipped fires that reaches into it may have begun."""
_YEAR = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class PausedRow:
    """A schedule that is paused itself."""

    id: str
    workflow_id: str


@dataclass(frozen=True, slots=True)
class LateRow:
    """A schedule that was due and has not fired."""

    id: str
    workflow_id: str
    timezone: str
    overdue_since: datetime | None


@dataclass(frozen=True, slots=True)
class Attention:
    """Nothing of a kind: all is well."""

    failed: tuple[RunRow, ...] = ()
    skipped: tuple[SkippedRow, ...] = ()
    paused: tuple[PausedRow, ...] = ()
    disabled: tuple[str, ...] = ()
    late: tuple[LateRow, ...] = ()
    deadlines: tuple[MissedRow, ...] = ()
    next: tuple[ScheduleDue, ...] = ()


def attention(database: Database, now: datetime, coming: int) -> Attention:
    """Lists of up to `MOST`, newest first, and the next `coming` fires, one for each schedule."""
    since = now - _SINCE

    def work(db: Connection) -> Attention:
        skipped = [
            group
            for group in passed_over_groups(db, (since - _LONGEST, since, now), MOST)
            if group.stretch or group.last >= since
        ]
        paused = queries_due.paused_schedules(db, MOST)
        disabled = queries_workflows.disabled_workflows(db, MOST)
        following = queries_due.due_next(db, now + _YEAR, coming, since=now - LATE)
        late = queries_due.late_schedules(db, now - LATE, MOST)
        return Attention(
            failed=tuple(run_row(run) for run in queries_runs.ended_badly(db, since, MOST)),
            skipped=tuple(skipped_row(group) for group in skipped),
            paused=tuple(PausedRow(name, workflow) for name, workflow in paused),
            disabled=tuple(disabled),
            deadlines=tuple(late_rows(db, now)[:MOST]),
            late=tuple(LateRow(*schedule[:4]) for schedule in late),
            next=tuple(ScheduleDue(*schedule[:4]) for schedule in following if not problem_with(schedule)),
        )

    return database.read(work)
