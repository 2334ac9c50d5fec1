"""What is read of workflows, runs and schedules for commands and the web interface, and which errors a database's are."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from workflow_scheduler.domain.errors import Unreachable
from workflow_scheduler.domain.run import Attempt, AttemptState, Run, RunState, TaskRun, TaskRunState
from workflow_scheduler.domain.schedule import Schedule
from workflow_scheduler.domain.task import Task
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.storage import catalog, queries_due, queries_runs, queries_workflows, runs
from workflow_scheduler.storage.errors import Place, is_passing

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_workflows_are_walked_from_behind_one_with_their_last_run_and_next_time(database) -> None:
    def work(db) -> None:
        for name in ("a", "b", "c"):
            catalog.save_workflow(db, Workflow(name, "", (Task("t", "x"),)), NOW)
        for at, state in enumerate((RunState.FAILED, RunState.SUCCEEDED)):
            runs.add_runs(db, [Run(f"b{at}", "b", 1, state, NOW + at * HOUR)])
        catalog.add_schedules(
            db,
            [Schedule(f"s{at}", "b", {"cron": "@daily"}, "UTC").at(NOW, NOW + at * HOUR) for at in (2, 1)],
        )

    database.write(work)
    rows = database.read(lambda db: list(queries_workflows.walk_workflows(db, "a")))
    assert [(row[0], row[1], row[3], row[4]) for row in rows] == [
        ("b", 1, "succeeded", NOW + HOUR),
        ("c", 1, None, None),
    ]


def test_runs_are_listed_newest_first_by_what_is_asked(database) -> None:
    states = (RunState.SUCCEEDED, RunState.FAILED, RunState.FAILED)
    rows = [Run(f"r{at}", f"w{at % 2}", 1, state, NOW + at * HOUR, reason="50%") for at, state in enumerate(states)]
    database.write(lambda db: runs.add_runs(db, rows))

    def listed(**asked: object) -> list[str]:
        return [run.id for run in database.read(lambda db: queries_runs.list_runs(db, **{"limit": None, **asked}))]

    assert listed() == ["r2", "r1", "r0"]
    assert listed(limit=1) == ["r2"]
    assert listed(since=NOW + HOUR) == ["r2", "r1"]
    assert listed(before=(NOW + HOUR, "r1")) == ["r0"]
    assert listed(state=RunState.FAILED) == ["r2", "r1"]
    assert listed(workflow_id="w0") == ["r2", "r0"]
    assert listed(like="W1") == ["r1"]
    assert listed(like="0%") == ["r2", "r1", "r0"]
    assert listed(like="_") == []


def test_schedules_that_are_due_next_and_how_many_will_be(database) -> None:
    times = {"z": NOW, "a": NOW, "b": NOW + HOUR, "paused": None}
    new = [Schedule(name, "w", {"cron": "@daily"}, "Asia/Tokyo").at(NOW, at) for name, at in times.items()]
    database.write(lambda db: catalog.add_schedules(db, new))
    assert database.read(lambda db: queries_due.next_schedules(db, 2)) == [
        ("a", "w", "Asia/Tokyo", NOW),
        ("z", "w", "Asia/Tokyo", NOW),
    ]
    assert database.read(queries_due.schedules_to_come) == 3


def test_the_attempts_of_each_task_and_how_long_runs_took(database) -> None:
    def work(db) -> None:
        runs.add_runs(
            db,
            [
                Run(name, "w", 1, state, NOW + at * HOUR, started_at=NOW, finished_at=NOW + timedelta(seconds=at))
                for at, (name, state) in enumerate(
                    [("r", RunState.SUCCEEDED), ("bad", RunState.FAILED), ("new", RunState.SUCCEEDED)], 1
                )
            ],
        )
        runs.add_task_runs(db, [TaskRun("r", name, at, TaskRunState.SUCCEEDED) for at, name in enumerate("ba")])
        runs.add_attempts(db, [Attempt("r", "a", number, AttemptState.FAILED) for number in (2, 1)])

    database.write(work)
    history = database.read(lambda db: runs.task_history(db, "r"))
    assert [(task.task_id, [attempt.number for attempt in tries]) for task, tries in history] == [
        ("b", []),
        ("a", [1, 2]),
    ]
    assert database.read(lambda db: queries_runs.past_seconds(db, "w")) == [3.0, 1.0]
    assert database.read(lambda db: queries_runs.past_seconds(db, "w", 1)) == [3.0]


@pytest.mark.parametrize(
    ("cause", "code", "passes", "words"),
    [
        ("database is locked", sqlite3.SQLITE_BUSY, True, "does not answer"),
        ("database is locked", sqlite3.SQLITE_BUSY_SNAPSHOT, True, "does not answer"),
        ("disk I/O error", sqlite3.SQLITE_IOERR_WRITE, True, "does not answer"),
        ("database or disk is full", sqlite3.SQLITE_FULL, True, "does not answer"),
        ("database disk image is malformed", sqlite3.SQLITE_CORRUPT, False, "damaged"),
        ("file is not a database", sqlite3.SQLITE_NOTADB, False, "damaged"),
        ("attempt to write a readonly database", sqlite3.SQLITE_READONLY, False, "writable"),
        ("unable to open database file", sqlite3.SQLITE_CANTOPEN, False, "writable"),
        ("no such table: runs", sqlite3.SQLITE_ERROR, False, "does not answer"),
        ("table runs has no column named x", sqlite3.SQLITE_ERROR, False, "does not answer"),
    ],
)
def test_which_errors_pass_and_what_is_said_of_the_others(
    cause: str, code: int, passes: bool, words: str, tmp_path: Path
) -> None:
    error = sqlite3.OperationalError(cause)
    error.sqlite_errorcode = code
    assert is_passing(error) is passes
    said = Place("sqlite:///jobs.sqlite", tmp_path / "jobs.sqlite", tmp_path).as_unreachable(error)
    assert isinstance(said, Unreachable)
    assert words in str(said)


def test_errors_in_what_was_asked_stay_as_they_are(tmp_path: Path) -> None:
    place = Place("sqlite:///jobs.sqlite", tmp_path / "jobs.sqlite", tmp_path)
    wrong = sqlite3.IntegrityError("UNIQUE constraint failed")
    for error in (wrong, ValueError("no port")):
        assert place.as_unreachable(error) is error
    assert not is_passing(wrong)
    assert is_passing(psycopg.errors.AdminShutdown("terminating connection"))
    assert not is_passing(psycopg.errors.UndefinedTable("no such table"))
