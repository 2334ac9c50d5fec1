"""What the engine asks in every pass, and people in every command, looks at no more of a million runs than it must."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event

from workflow_scheduler.domain.run import RunState
from workflow_scheduler.storage import catalog, engines, fires, retention, runs, views
from workflow_scheduler.storage.database import Connection, Database

NOW = datetime(2026, 11, 24, tzinfo=UTC)
QUERIES: dict[str, Callable[[Connection], object]] = {
    "the engine's queue": lambda db: runs.queued_runs(db, ["w"], 10, owner=None),
    "the engine's own queue": lambda db: runs.queued_runs(db, [], 10, owner=1),
    "runs in progress of each workflow": runs.running_counts,
    "requests to cancel": lambda db: runs.cancel_requests(db, 1),
    "an engine's runs": lambda db: runs.runs_of_engine(db, 1),
    "an engine's attempts": lambda db: runs.live_attempts(db, 1),
    "a gone engine's work": lambda db: runs.take_over(db, 1, 2),
    "engines with work": engines.engines_with_work,
    "open runs of schedules": lambda db: fires.active_runs(db, ["s", "t"]),
    "due schedules": lambda db: catalog.schedules_due(db, NOW, 10),
    "the next due schedule": catalog.next_due,
    "counts": views.run_counts,
    "the newest runs": lambda db: views.list_runs(db, limit=20),
    "the newest runs of a workflow": lambda db: views.list_runs(db, limit=20, workflow_id="w"),
    "the newest runs that failed": lambda db: views.list_runs(db, limit=20, state=RunState.FAILED),
    "runs to forget": lambda db: retention.older_runs(db, NOW, 200),
}


@pytest.mark.parametrize("name", QUERIES)
def test_no_table_of_history_is_read_as_a_whole(tmp_path: Path, name: str) -> None:
    database = Database("sqlite:///jobs.sqlite", tmp_path)
    database.open()
    asked = []
    event.listen(database._engine, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
    database.write(QUERIES[name])
    statements = [one for one in asked if one[0].split()[0] in ("SELECT", "UPDATE", "DELETE")]
    assert statements
    steps = []
    with database._engine.connect() as connection:
        for statement, values in statements:
            found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            steps += [row[3] for row in found]
    database.close()
    # In the order of an index a query stops at its limit; of a partial index it reads all, and that is what it is for.
    scans = [step for step in steps if step.startswith("SCAN") and " USING " not in step]
    assert {step.split()[1] for step in scans} <= {"CONSTANT", "(subquery-1)", "(subquery-2)", "engines"}, steps
