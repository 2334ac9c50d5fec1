"""The overview: running, failed and upcoming runs."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from workflow_scheduler.domain.lateness import LATE
from workflow_scheduler.domain.run import AttemptKey, Run
from workflow_scheduler.operations.condition import Holder, condition_of
from workflow_scheduler.operations.rows import widened
from workflow_scheduler.operations.schedules.problems import problem_with
from workflow_scheduler.operations.schedules.skipped import skipped_row
from workflow_scheduler.storage import health, queries_due, queries_runs
from workflow_scheduler.storage.calendar import passed_over_groups
from workflow_scheduler.storage.database import Connection, Database

from .last_lines import EXPLAINED, failed_attempt, why_of
from .late import late_rows
from .lists import estimate
from .overview_rows import (
    EngineState,
    FailedRow,
    Figures,
    HourRow,
    NextRow,
    Overview,
    RunningRow,
    ZonedSkippedRow,
)
from .pages import zoned_runs

__all__ = ["engine_state", "figures", "overview"]

MOST = 50
COMING = 10
HOURS = 24
MOST_TIMED = 5000
QUANTILES = (0.5, 0.95, 0.99)


def engine_state(database: Database, found: Holder | None, now: datetime, lack_of_room: str) -> EngineState:
    """Whether the scheduler is running and responding. `found`: its own description; None if none is running."""
    condition = condition_of(database, found, now)
    problem = condition.problem()
    return EngineState(
        running=condition.running,
        working=not (problem or lack_of_room),
        pid=condition.pid,
        started_at=found.started_at if found else None,
        heartbeat_at=condition.heartbeat,
        silent_since=condition.silent_since,
        ending=condition.ending,
        problem=problem or lack_of_room,
    )


def overview(database: Database, now: datetime, home: Path | None = None) -> Overview:
    """Runs in progress, failures and skipped fires since yesterday, the next fires, and the last day by hours.

    With `home`, the newest failed runs have `why`: the last lines of their first failed task.
    """
    since = now - timedelta(days=1)
    keys: dict[str, AttemptKey | None] = {}

    def work(db: Connection) -> Overview:
        running = queries_runs.running_runs(db, MOST)
        counts = queries_runs.run_counts(db)
        skipped = passed_over_groups(db, (since, now), MOST)
        zones = queries_due.timezones(db, {group.schedule_id for group in skipped})
        failed = queries_runs.ended_badly(db, since, MOST)
        keys.update({run.id: failed_attempt(db, run.id) for run in failed[:EXPLAINED]})
        return Overview(
            now_utc=now,
            counts={state: counts.get(state, 0) for state in ("queued", "running")},
            running=_progress(db, running, queries_runs.task_counts(db, [run.id for run in running]), now),
            failed=tuple(widened(row, FailedRow, why=None) for row in zoned_runs(db, failed)),
            skipped=tuple(
                widened(skipped_row(group), ZonedSkippedRow, timezone=zones.get(group.schedule_id)) for group in skipped
            ),
            late=tuple(late_rows(db, now)[:MOST]),
            next=tuple(
                NextRow(
                    schedule_id=schedule.id,
                    workflow_id=schedule.workflow_id,
                    utc=schedule.next_due,
                    timezone=schedule.timezone,
                )
                for schedule in queries_due.due_next(db, now + timedelta(days=366), COMING)
                if not problem_with(schedule)
            ),
            hours=_hours(db, now),
        )

    rows = database.read(work)
    if home is None:
        return rows
    # Files are read after the transaction, so that a slow disk does not block the checkpoint of the database's log.
    return replace(rows, failed=tuple(replace(run, why=why_of(home, keys.get(run.id))) for run in rows.failed))


def figures(database: Database, now: datetime) -> Figures:
    """Counts for monitoring many schedulers."""

    def work(db: Connection) -> Figures:
        beat = health.last_heartbeat(db, "scheduler")
        counts = queries_runs.run_counts(db)
        timings = queries_runs.timings(db, now - timedelta(hours=1), MOST_TIMED)
        return Figures(
            open={state: counts.get(state, 0) for state in ("queued", "running")},
            last_day=queries_runs.state_counts(db, now - timedelta(days=1), now + timedelta(days=1)),
            late=Counter(row.condition for row in late_rows(db, now)),
            overdue=len(health.overdue(db, now - LATE)),
            heartbeat_age=None if beat is None else (now - beat).total_seconds(),
            run_seconds=_quantiles([(end - start).total_seconds() for _, start, end in timings if start and end]),
            start_latency=_quantiles([(start - due).total_seconds() for due, start, _ in timings if due and start]),
        )

    return database.read(work)


def _quantiles(values: list[float]) -> dict[str, float]:
    """Quantiles in seconds of run durations and start delays."""
    ordered = sorted(values)
    return {
        str(quantile): ordered[min(len(ordered) - 1, int(len(ordered) * quantile))] for quantile in QUANTILES if ordered
    }


def _progress(
    db: Connection, running: list[Run], counts: dict[str, tuple[int, int]], now: datetime
) -> tuple[RunningRow, ...]:
    estimates = {name: estimate(db, name) for name in {run.workflow_id for run in running}}
    rows = []
    for run, row in zip(running, zoned_runs(db, running), strict=True):
        done, total = counts.get(run.id, (0, 0))
        seconds = estimates[run.workflow_id]
        end = run.started_at + timedelta(seconds=seconds) if seconds is not None and run.started_at else None
        rows.append(
            widened(
                row,
                RunningRow,
                tasks_done=done,
                tasks_total=total,
                estimate_seconds=seconds,
                expected_end_utc=end,
                late=end is not None and end < now,
            )
        )
    return tuple(rows)


def _hours(db: Connection, now: datetime) -> tuple[HourRow, ...]:
    first = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    states: dict[str, dict[str, int]] = {}
    for (hour, state), count in queries_runs.hour_counts(db, first).items():
        states.setdefault(hour, {})[state] = count
    starts = [first + timedelta(hours=number) for number in range(HOURS)]
    return tuple(HourRow(start, states.get(f"{start:%Y-%m-%d %H}", {})) for start in starts)
