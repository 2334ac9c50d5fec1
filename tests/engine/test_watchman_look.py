"""What the watchman sees from outside: the lock, the heartbeat, the schedules and the database."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest

from workflow_scheduler.domain.policies import Policies
from workflow_scheduler.domain.schedule import PlannerState, Schedule
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.engine.lock import Holder, HomeLock
from workflow_scheduler.operations.home.planned_stop import PlannedStop, plan_stop
from workflow_scheduler.operations.home.watchman import PATIENCE, Trouble, look
from workflow_scheduler.storage import catalog, engines, planner_pause
from workflow_scheduler.storage.database import Database

NOW = datetime(2026, 11, 30, 3, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def engine(database, tmp_path):
    """A scheduler's row and its lock."""
    row = engines.EngineRow(0, "scheduler", "here", {"pid": os.getpid()}, None, NOW, NOW)
    number = database.write(lambda db: engines.register(db, row))
    lock = HomeLock(tmp_path)
    lock.acquire()
    lock.write(Holder(os.getpid(), engine_id=number))
    yield number
    lock.release()


def test_a_heartbeat_may_be_two_minutes_old(database, tmp_path, engine) -> None:
    assert look(tmp_path, database, NOW + PATIENCE).trouble is None
    found = look(tmp_path, database, NOW + PATIENCE + timedelta(seconds=1))
    assert found.trouble is Trouble.NOT_RESPONDING
    assert "no heartbeat since 2026-11-30 03:00:00Z" in found.words


def test_without_the_lock_it_is_not_running(database, tmp_path) -> None:
    assert look(tmp_path, database, NOW).words == "The scheduler is not running."
    row = engines.EngineRow(0, "scheduler", "here", {"pid": 1}, None, NOW, NOW)
    database.write(lambda db: engines.register(db, row))
    found = look(tmp_path, database, NOW)
    assert found.trouble is Trouble.NOT_RUNNING
    assert found.words.endswith("Its last heartbeat was at 2026-11-30 03:00:00Z.")


@pytest.fixture
def due(database):
    """Two schedules that were due at 02:00, and one that cannot be read."""

    def work(db):
        catalog.save_workflow(db, Workflow("w"), NOW)
        specs = {"a": {"cron": "0 2 * * *"}, "b": {"cron": "0 2 * * *"}, "broken": {"cron": "61 2 * * *"}}
        catalog.add_schedules(
            db,
            [
                Schedule(name, "w", spec, "UTC", Policies(), PlannerState(1, NOW, NOW - 60 * MINUTE))
                for name, spec in specs.items()
            ],
        )

    database.write(work)


def test_fires_that_are_overdue_are_not_planned(database, tmp_path, engine, due) -> None:
    found = look(tmp_path, database, NOW)
    assert found.trouble is Trouble.NOT_PLANNING
    assert "a and 1 more overdue" in found.words
    assert look(tmp_path, database, NOW - 60 * MINUTE + PATIENCE).trouble is None


def test_a_paused_planner_plans_nothing_by_intention(database, tmp_path, engine, due) -> None:
    database.write(lambda db: planner_pause.pause(db, NOW, "anna"))
    assert look(tmp_path, database, NOW).trouble is None


def test_nor_does_one_that_waits_for_its_runs_to_stop(database, tmp_path, engine, due) -> None:
    database.write(lambda db: engines.request_stop(db, engine, "wait", NOW))
    assert look(tmp_path, database, NOW).trouble is None


def test_a_planned_stop_counts_while_it_lasts_and_while_nothing_runs(database, tmp_path) -> None:
    plan_stop(tmp_path, PlannedStop(NOW - MINUTE, NOW + MINUTE, "local:anna"))
    assert look(tmp_path, database, NOW + MINUTE).trouble is None
    assert look(tmp_path, database, NOW + 2 * MINUTE).trouble is Trouble.STOPPED_TOO_LONG


def test_a_planned_stop_does_not_excuse_one_that_hangs(database, tmp_path, engine) -> None:
    plan_stop(tmp_path, PlannedStop(NOW, NOW + 60 * MINUTE, "local:anna"))
    assert look(tmp_path, database, NOW + 5 * MINUTE).trouble is Trouble.NOT_RESPONDING


def test_a_database_that_cannot_be_used_is_named(tmp_path) -> None:
    (tmp_path / "jobs.sqlite").write_bytes(b"no database" * 1000)
    found = look(tmp_path, Database("sqlite:///jobs.sqlite", tmp_path), NOW)
    assert found.trouble is Trouble.DATABASE
    assert found.words.startswith("The scheduler is not running, and its database cannot be used: ")
