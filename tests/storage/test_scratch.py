"""The database of a trial: the schema, and a temporary file that nobody has to delete."""

from __future__ import annotations

import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from workflow_scheduler.domain.events import Event
from workflow_scheduler.domain.run import Attempt, AttemptState, Run, RunState, TaskRun
from workflow_scheduler.domain.schedule import PlannerState, Schedule
from workflow_scheduler.domain.task import Task
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.storage import catalog, events, queries_durations, runs
from workflow_scheduler.storage.copying import NO_ENGINE, copy_definitions, copy_progress
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.storage.scratch import ScratchDatabase

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def scratch(database: Database):
    made = ScratchDatabase()
    made.open_like(database)
    yield made
    made.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only /proc says which files without a name are open")
def test_its_file_has_no_name(scratch) -> None:
    scratch.write(lambda db: db.run("CREATE TABLE large (bytes BLOB)"))
    scratch.write(lambda db: db.run("INSERT INTO large VALUES (zeroblob(40000000))"))
    opened = []
    for link in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # that of this list
            opened.append(str(link.readlink()))
    (name,) = (name for name in opened if "etilqs" in name)  # as SQLite calls temporary files
    assert name.endswith(" (deleted)")


def test_events_are_not_kept(scratch) -> None:
    scratch.write(lambda db: events.record_events(db, [Event(NOW, "run.failed", "w", "r")]))
    assert scratch.read(events.newest_event) == 0


def fill(db: Connection) -> None:
    """Two versions of w; a run that ended, one in progress and one that is queued."""
    for command in ("x", "y"):
        catalog.save_workflow(db, Workflow("w", tasks=(Task("a", command),)), NOW)
    catalog.add_schedules(db, [Schedule("s", "w", {"every": "1h"}, "UTC", planner=PlannerState(1, NOW, NOW))])
    for name, state in (("done", RunState.SUCCEEDED), ("here", RunState.RUNNING), ("next", RunState.QUEUED)):
        ended = NOW if state is RunState.SUCCEEDED else None
        runs.add_runs(db, [Run(name, "w", 1, state, NOW, finished_at=ended, engine_id=None if name == "next" else 7)])
    runs.add_task_runs(db, [TaskRun(name, "a", 0) for name in ("done", "here")])
    runs.add_attempts(
        db, [Attempt(name, "a", 1, AttemptState.RUNNING, engine_id=7, started_at=NOW) for name in ("done", "here")]
    )


def test_a_copy_has_what_a_scheduler_works_on_and_no_history(database: Database, scratch) -> None:
    database.write(fill)
    database.read(lambda db: scratch.write(lambda copy: copy_definitions(db, copy)))
    assert scratch.read(lambda db: catalog.find_workflow(db, "w")) == database.read(
        lambda db: catalog.find_workflow(db, "w")
    )
    assert scratch.read(catalog.list_schedules) == database.read(catalog.list_schedules)
    assert scratch.read(lambda db: db.column("SELECT id FROM runs")) == []
    database.read(lambda db: scratch.write(lambda copy: copy_progress(db, copy)))
    assert scratch.read(lambda db: db.column("SELECT id FROM runs ORDER BY id")) == ["here", "next"]
    assert scratch.read(lambda db: db.column("SELECT version FROM workflow_versions ORDER BY 1")) == [1, 2]
    (attempt,) = scratch.read(lambda db: runs.live_attempts(db, NO_ENGINE))
    assert (attempt.key, attempt.started_at) == (("here", "a", 1), NOW)


def test_what_was_made_unreadable_by_hand_is_left_out(sqlite: Database, scratch) -> None:
    sqlite.write(fill)
    sqlite.write(lambda db: db.run("UPDATE schedules SET spec = '{'"))
    sqlite.read(lambda db: scratch.write(lambda copy: copy_definitions(db, copy)))
    assert scratch.read(catalog.list_schedules) == []


def test_the_latest_successes_of_each_task(database: Database) -> None:
    def work(db: Connection) -> None:
        for number in range(6):
            name = f"r{number}"
            runs.add_runs(db, [Run(name, "w", 1, RunState.SUCCEEDED, NOW + timedelta(hours=number))])
            state = AttemptState.FAILED if number == 5 else AttemptState.SUCCEEDED
            end = NOW + timedelta(seconds=number)
            runs.add_attempts(
                db, [Attempt(name, task, 1, state, started_at=NOW, finished_at=end) for task in ("a", "b")]
            )

    database.write(work)

    def seconds(most: int, of: int) -> list[tuple[str, float]]:
        spans = database.read(lambda db: queries_durations.succeeded_spans(db, "w", most, of))
        return sorted((span.task_id, (span.finished_at - span.started_at).total_seconds()) for span in spans)

    assert seconds(2, 100) == [("a", 3), ("a", 4), ("b", 3), ("b", 4)]
    assert seconds(50, 2) == [("a", 4), ("b", 4)]
