"""What deadlines are judged by, and the lists of them. Read only."""

from __future__ import annotations

from datetime import datetime

from workflow_scheduler.domain.deadline import Deadline
from workflow_scheduler.domain.run import Run

from . import tables
from .deadlines import deadline_from
from .runs import LIVE_ATTEMPTS, OPEN_RUNS
from .sql import Connection

__all__ = ["begun_attempts", "deadlines_of_run", "late_now", "missed_of_fires", "retry_done", "runs_since", "work_done"]

_COLUMNS = ", ".join(f"deadlines.{name}" for name in tables.deadlines.columns)


def work_done(db: Connection, run_id: str, task_id: str) -> datetime | None:
    """When the last command of a run, or of its task, had succeeded. An engine that was away learns of it later."""
    of_task = "AND task_id = :task" if task_id else ""
    query = f"SELECT max(finished_at) AS last_at FROM attempts WHERE run_id = :run AND state = 'succeeded' {of_task}"
    return db.value(query, run=run_id, task=task_id)


def runs_since(db: Connection, run_id: str, task_id: str, since: datetime) -> bool:
    """Whether an attempt of the task that had begun by then still runs."""
    query = f"""
        SELECT number FROM attempts
        WHERE run_id = :run AND task_id = :task AND started_at <= :since AND {LIVE_ATTEMPTS} LIMIT 1"""
    return db.row(query, run=run_id, task=task_id, since=since) is not None


def begun_attempts(db: Connection, run_id: str) -> dict[str, datetime | None]:
    """Since when the attempts run that run now, by their tasks."""
    query = f"SELECT task_id, started_at FROM attempts WHERE run_id = :run AND {LIVE_ATTEMPTS}"
    return {row.task_id: row.started_at for row in db.rows(query, run=run_id)}


# Where a state is joined to nothing, SQLite would otherwise look through the successful runs of all workflows.
_RETRIED = """
    SELECT min(finished_at) AS first_at FROM runs
    WHERE workflow_id = :workflow AND schedule_id = :schedule AND nominal_utc = :nominal AND state || '' = 'succeeded'
        AND queued_at >= :nominal"""


def retry_done(db: Connection, deadline: Deadline) -> datetime | None:
    """When a later run for the same time succeeded."""
    values = {"workflow": deadline.workflow_id, "schedule": deadline.schedule_id, "nominal": deadline.nominal}
    return db.value(_RETRIED, **values)


_OF_RUN = f"""
    SELECT {_COLUMNS} FROM deadlines WHERE schedule_id = :schedule AND nominal_utc = :nominal AND run_id = :run
    UNION ALL SELECT {_COLUMNS} FROM deadlines WHERE run_id = :run AND nominal_utc IS NULL
    ORDER BY due_utc, seq"""


def deadlines_of_run(db: Connection, run: Run) -> list[Deadline]:
    """Those of its fire, and those since it began."""
    rows = db.rows(_OF_RUN, schedule=run.schedule_id, nominal=run.nominal, run=run.id)
    return [deadline_from(row) for row in rows]


_OF_FIRES = """
    SELECT schedule_id, nominal_utc, reason FROM deadlines
    WHERE state IN ('missed', 'at_risk') AND due_utc >= :start AND due_utc < :end AND nominal_utc IS NOT NULL
    ORDER BY due_utc LIMIT :most"""


def missed_of_fires(db: Connection, start: datetime, end: datetime, most: int) -> dict[tuple[str, datetime], str]:
    """For fires, by schedule and nominal time, a sentence about the last deadline in that span that they missed."""
    rows = db.rows(_OF_FIRES, start=start, end=end, most=most)
    return {(row.schedule_id, row.nominal_utc): row.reason for row in rows}


_LATE = f"""
    SELECT {_COLUMNS} FROM deadlines LEFT JOIN runs ON runs.id = deadlines.run_id
    WHERE deadlines.state IN ('missed', 'at_risk') AND deadlines.due_utc > :after AND (
        {OPEN_RUNS} AND (
            deadlines.kind <> 'start_within' OR runs.state = 'queued') AND (
            deadlines.kind <> 'longer_than' OR deadlines.task_id = '' OR EXISTS (
                SELECT 1 FROM task_runs WHERE task_runs.run_id = runs.id AND task_runs.task_id = deadlines.task_id
                    AND task_runs.state = 'running'))
        OR deadlines.kind = 'finish_by' AND deadlines.state = 'missed'
            AND deadlines.workflow_id IN (SELECT id FROM workflows)
            AND (runs.id IS NULL OR runs.state IN ('failed', 'unknown')) AND NOT EXISTS (
            SELECT 1 FROM runs AS later WHERE later.workflow_id = deadlines.workflow_id
                AND later.queued_at >= deadlines.nominal_utc AND later.state || '' = 'succeeded'
                AND (later.schedule_id = deadlines.schedule_id OR later.retry_of = deadlines.run_id)))
    ORDER BY deadlines.due_utc, deadlines.seq LIMIT :most"""


_SILENT = f"""
    SELECT {_COLUMNS} FROM deadlines
    WHERE deadlines.kind = 'no_success_for' AND deadlines.state = 'missed' AND NOT EXISTS (
        SELECT 1 FROM runs WHERE runs.workflow_id = deadlines.workflow_id AND runs.state || '' = 'succeeded'
            AND runs.finished_at > deadlines.nominal_utc
            AND (deadlines.schedule_id IS NULL OR runs.schedule_id = deadlines.schedule_id))
    ORDER BY deadlines.due_utc, deadlines.seq LIMIT :most"""


def late_now(db: Connection, after: datetime, most: int) -> list[Deadline]:
    """What is late, takes too long or is at risk, of what was due after that time, and what has not succeeded for too long."""
    rows = [*db.rows(_LATE, after=after, most=most), *db.rows(_SILENT, most=most)]
    return [deadline_from(row) for row in rows]
