"""What the engine asks in every pass, and people in every command, looks at no more of a million runs than it must."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from workflow_scheduler.domain.backfill import Backfill, BackfillState
from workflow_scheduler.domain.deadline import Deadline, DeadlineKind
from workflow_scheduler.domain.policies import OverlapScope, Policies
from workflow_scheduler.domain.run import AttemptKey, Run, RunState
from workflow_scheduler.domain.schedule import Schedule
from workflow_scheduler.storage import (
    accounts,
    audit,
    backfills,
    calendar,
    catalog,
    deadlines,
    engines,
    events,
    failures,
    fires,
    output_sizes,
    present_backfills,
    queries_backfills,
    queries_deadlines,
    queries_due,
    queries_durations,
    queries_explanations,
    queries_reports,
    queries_runs,
    queries_schedules,
    queue,
    retention,
    runs,
    scripts,
    sightings,
)
from workflow_scheduler.storage.copying import copy_progress
from workflow_scheduler.storage.database import Connection, Database

NOW = datetime(2026, 11, 24, tzinfo=UTC)
EDGES = [NOW, NOW + timedelta(days=1), NOW + timedelta(days=2)]
MANY = [Schedule(f"s{n}", "w", {}, "UTC", Policies(overlap_scope=OverlapScope.SCHEDULE)) for n in range(500)]
RUN = Run("r", "w", 1, RunState.RUNNING, NOW, schedule_id="s", nominal=NOW)
DEADLINE = Deadline(DeadlineKind.FINISH_BY, "w", NOW, schedule_id="s", nominal=NOW)
OF_WORKFLOWS = [Schedule("s", f"w{number}", {}, "UTC") for number in range(500)]
BACKFILL = Backfill("b", "w", BackfillState.ACTIVE, NOW, "anna", "2026-11-01", "2026-11-02")
QUERIES: dict[str, Callable[[Connection], object]] = {
    "the engine's queue": lambda db: queue.queued_runs(db, ["w"], 10, owner=None),
    "the engine's own queue": lambda db: queue.queued_runs(db, [], 10, owner=1),
    "the queue of backfills": lambda db: queue.queued_backfill_runs(db, ["w"]),
    "whether there are backfills": present_backfills.any_present,
    "backfills that have not ended": backfills.open_backfills,
    "a backfill's open runs": lambda db: backfills.open_runs_of(db, "b"),
    "whether a backfill gives way": lambda db: backfills.gives_way(db, "w"),
    "the next times of a backfill": lambda db: backfills.next_fires(db, BACKFILL, ["s"], 5),
    "whether a backfill has times left": lambda db: backfills.has_left(db, "b"),
    "runs of a backfill": lambda db: queries_runs.list_runs(db, limit=20, backfill_id="b"),
    "runs at past times": lambda db: queries_backfills.runs_at(db, "w", ["s"], NOW, NOW, NOW),
    "runs in progress of each workflow": queue.running_counts,
    "requests to cancel": lambda db: queue.cancel_requests(db, 1),
    "the same failures": lambda db: failures.failures_like(db, "f", NOW, 10),
    "failures of a workflow": lambda db: failures.failures_of_workflow(db, "w", NOW, 10),
    "whether retries helped": lambda db: failures.passed_on_retry(db, [AttemptKey("r", "a", 1)]),
    "notes about failures": lambda db: failures.newest_notes(db, ["f"]),
    "long runs of a night": lambda db: queries_durations.long_runs(db, NOW, NOW, 60, 10),
    "schedules with a calendar": lambda db: queries_schedules.schedules_with_calendar(db, 10),
    "usual sizes of an output file": lambda db: output_sizes.sizes_before(db, "w", "a", "f", 1),
    "unusual output files": lambda db: queries_reports.unusual_outputs(db, NOW, NOW, 50),
    "looks at a run": lambda db: sightings.sightings_of(db, "r"),
    "the last success of a task": lambda db: sightings.last_success(db, "w", "a", NOW),
    "an engine's runs": lambda db: runs.runs_of_engine(db, 1),
    "an engine's attempts": lambda db: runs.live_attempts(db, 1),
    "a gone engine's work": lambda db: runs.take_over(db, 1, 2),
    "engines with work": engines.engines_with_work,
    "open runs of schedules": lambda db: fires.active_runs(db, MANY),
    "open runs of workflows": lambda db: fires.active_runs(db, OF_WORKFLOWS),
    "runs of workflows that give way": lambda db: fires.open_runs(db, OF_WORKFLOWS),
    "runs that give way": lambda db: fires.open_runs(db, MANY),
    "due schedules": lambda db: catalog.schedules_due(db, NOW, 10),
    "the next due schedule and deadline": catalog.next_moments,
    "counts": queries_runs.run_counts,
    "the newest runs": lambda db: queries_runs.list_runs(db, limit=20),
    "the newest runs of a workflow": lambda db: queries_runs.list_runs(db, limit=20, workflow_id="w"),
    "the newest runs that failed": lambda db: queries_runs.list_runs(db, limit=20, state=RunState.FAILED),
    "a further page of runs": lambda db: queries_runs.list_runs(db, limit=20, before=(NOW, "r")),
    "a further page of a workflow's runs": lambda db: queries_runs.list_runs(
        db, limit=20, workflow_id="w", before=(NOW, "r")
    ),
    "a workflow's last runs": lambda db: queries_runs.last_runs(db, "w", 20),
    "runs in progress": lambda db: queries_runs.running_runs(db, 50),
    "what ended badly": lambda db: queries_runs.ended_badly(db, NOW, 50),
    "an hour's runs": lambda db: queries_runs.state_counts(db, NOW, NOW),
    "how long a workflow's runs took": lambda db: queries_runs.past_seconds(db, "w"),
    "the hours of a day": lambda db: queries_runs.hour_counts(db, NOW),
    "fires without a run": lambda db: calendar.passed_over_groups(db, EDGES, 50),
    "how many fires got no run": lambda db: calendar.passed_over_totals(db, EDGES),
    "how many runs were due": lambda db: calendar.run_totals(db, EDGES, NOW),
    "runs of frequent schedules": lambda db: calendar.run_groups(db, EDGES, NOW, 7, 50),
    "runs that were due": lambda db: queries_runs.scheduled_runs(db, NOW, NOW, NOW, 50),
    "zones of the runs of a page": lambda db: queries_due.timezones(db, ["s", "t"]),
    "the next schedules": lambda db: queries_schedules.coming(db, NOW, 10),
    "the next fires": lambda db: queries_due.due_next(db, NOW, 10),
    "the next fires of a time": lambda db: queries_due.due_next(db, NOW, 10, since=NOW),
    "late schedules": lambda db: queries_due.late_schedules(db, NOW, 10),
    "new events": lambda db: events.events_after(db, 5, 100),
    "the newest event": events.newest_event,
    "the last of the record": lambda db: audit.list_audit(db, 20, 7),
    "a session": lambda db: accounts.find_session(db, "k", NOW),
    "a token": lambda db: accounts.find_token(db, "k", NOW),
    "how long tasks took": lambda db: queries_durations.succeeded_spans(db, "w", 50, 200),
    "deadlines to judge": lambda db: deadlines.due_deadlines(db, NOW, 100),
    "the next deadline": deadlines.next_deadline,
    "deadlines of a run": lambda db: queries_deadlines.deadlines_of_run(db, RUN),
    "which fires are late": lambda db: queries_deadlines.missed_of_fires(db, NOW, NOW, 50),
    "what is late": lambda db: queries_deadlines.late_now(db, NOW, 50),
    "a retry's success": lambda db: queries_deadlines.retry_done(db, DEADLINE),
    "the last success": lambda db: deadlines.last_success(db, "w", None),
    "successes of a workflow": lambda db: queries_durations.succeeded_runs(db, "w", 200),
    "a watch for a success": lambda db: deadlines.set_success_watch(db, "w", None, None, NOW),
    "what is in progress": lambda db: copy_progress(db, db),
    "the fire at a time": lambda db: queries_explanations.fire_at(db, "s", NOW),
    "the fire that was moved to a time": lambda db: queries_explanations.fire_due_at(db, "s", NOW, NOW, NOW),
    "the runs of fires": lambda db: queries_explanations.runs_with(db, ["r", "q"]),
    "the retries of a run": lambda db: queries_explanations.later_runs(db, "w", NOW, 500),
    "changes around a time": lambda db: queries_explanations.changes_between(db, NOW, NOW, 500),
    "schedulers at a time": lambda db: queries_explanations.schedulers_before(db, NOW, 5),
    "the next scheduler": lambda db: queries_explanations.next_scheduler(db, NOW),
    "what a deleted workflow left": lambda db: queries_explanations.last_saved(db, "w"),
    "the newest fires of a schedule": lambda db: fires.list_fires(db, "s", 50),
    "what became of due times": lambda db: queries_reports.first_runs(db, NOW, NOW),
    "what a retry made good": lambda db: queries_reports.made_good(db, ["r"], NOW),
    "what succeeded after a retry": lambda db: queries_reports.retried_tasks(db, NOW, NOW, 50),
    "how often in a week": lambda db: queries_reports.times_retried(db, ["w"], NOW, NOW),
    "the last successes of a task": lambda db: runs.last_successes(db, RUN, "a", 20),
    "the texts of a task's script": lambda db: scripts.record_text(db, "w", "a", "h", "text", NOW),
    "runs to forget": lambda db: retention.older_runs(db, NOW, 200),
}


BOUNDED = {
    "CONSTANT",
    "older",
    "(subquery-1)",
    "(subquery-2)",
    "(subquery-4)",
    "newest",
    "spans",
    "placed",
    "engines",
    "planner",
}
"""What may be read as a whole."""


def steps_of(folder: Path, question: Callable[[Connection], object]) -> list[str]:
    """How SQLite goes about what is asked, step by step."""
    database = Database("sqlite:///jobs.sqlite", folder)
    database.open()
    asked: list[tuple[str, dict[str, Any]]] = []

    class Watched(Connection):
        def _said(self, sql: str, values: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
            asked.append(super()._said(sql, values))
            return asked[-1]

    database.write(lambda db: question(Watched(db.driver, is_sqlite=True)))
    statements = [(sql, values) for sql, values in asked if sql.split()[0] in ("SELECT", "UPDATE", "DELETE")]
    assert statements
    explained = [
        database.read(
            lambda db, sql=sql, values=values: db.driver.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
        )
        for sql, values in statements
    ]
    database.close()
    return [row[3] for rows in explained for row in rows]


@pytest.mark.parametrize("name", QUERIES)
def test_no_table_of_history_is_read_as_a_whole(tmp_path: Path, name: str) -> None:
    steps = steps_of(tmp_path, QUERIES[name])
    # In the order of an index a query stops at its limit; of a partial index it reads all, and that is what it is for.
    scans = [step for step in steps if step.startswith("SCAN") and " USING " not in step]
    assert {step.split()[1] for step in scans} <= BOUNDED, steps


@pytest.mark.parametrize("name", ["the engine's queue", "the engine's own queue"])
def test_many_that_wait_are_not_sorted(tmp_path: Path, name: str) -> None:
    steps = steps_of(tmp_path, QUERIES[name])
    assert not [step for step in steps if "TEMP B-TREE" in step], steps


@pytest.mark.parametrize(
    ("name", "table", "nouns"),
    [
        ("the engine's queue", "other", ("schedule", "workflow")),
        ("open runs of schedules", "runs", ("schedule",)),
        ("runs that give way", "runs", ("schedule",)),
        ("open runs of workflows", "runs", ("workflow",)),
        ("runs of workflows that give way", "runs", ("workflow",)),
    ],
)
def test_only_open_runs_of_one_schedule_or_workflow_are_looked_at(
    tmp_path: Path, name: str, table: str, nouns: tuple[str, ...]
) -> None:
    steps = [step for step in steps_of(tmp_path, QUERIES[name]) if step.startswith(f"SEARCH {table} ")]
    assert steps == [f"SEARCH {table} USING INDEX ix_runs_open_{noun} ({noun}_id=?)" for noun in nouns]


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("a workflow's last runs", "ix_runs_workflow (workflow_id=?)"),
        ("how long a workflow's runs took", "ix_runs_workflow (workflow_id=?)"),
        ("the last success", "ix_runs_workflow (workflow_id=?)"),
        ("successes of a workflow", "ix_runs_workflow (workflow_id=?)"),
        ("a retry's success", "ix_runs_workflow (workflow_id=? AND queued_at>?)"),
        ("an hour's runs", "ix_runs_queued_at (queued_at>? AND queued_at<?)"),
        ("the hours of a day", "ix_runs_queued_at (queued_at>?)"),
    ],
)
def test_a_part_of_the_runs_is_found_without_the_others(tmp_path: Path, name: str, index: str) -> None:
    steps = [step for step in steps_of(tmp_path, QUERIES[name]) if " runs " in step]
    assert steps == [f"SEARCH runs USING INDEX {index}"]
