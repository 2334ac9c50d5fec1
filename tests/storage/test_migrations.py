"""An older database is brought up to date, wholly or not at all."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from databases import downgrade

from workflow_scheduler.definitions.documents import load, to_yaml
from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.domain.policies import Overlap, Policies
from workflow_scheduler.domain.schedule import Schedule
from workflow_scheduler.operations.runs.lists import run_list
from workflow_scheduler.operations.schedules.edit import add_schedule, edit_schedule
from workflow_scheduler.operations.schedules.show import fire_list, get_schedule
from workflow_scheduler.operations.workflows.apply import document_of
from workflow_scheduler.operations.workflows.edit import create_workflow
from workflow_scheduler.operations.workflows.show import get_workflow
from workflow_scheduler.storage.database import SCHEMA_HEAD, Database
from workflow_scheduler.system import crash_points

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
OPEN = """
import sys
from pathlib import Path
from workflow_scheduler.storage.database import Database
database = Database(sys.argv[1], Path(sys.argv[2]))
database.open()
"""


@pytest.fixture
def first(database: Database) -> Database:
    """A database of the first version, with a row in it."""

    downgrade(database, "0001")
    values = "('w', 1, '2026-11-24 00:00:00', '2026-11-24 00:00:00')"
    database.write(lambda db: db.run(f"INSERT INTO workflows VALUES {values}"))
    return database


def state(database: Database) -> tuple[str, set[str | None], int]:
    def work(db) -> tuple[str, set[str | None], int]:
        indexes = "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'runs'"
        if not db.is_sqlite:
            indexes = "SELECT indexname FROM pg_indexes WHERE tablename = 'runs'"
        version = db.value("SELECT version_num FROM alembic_version")
        return version, set(db.column(indexes)), db.value("SELECT count(*) FROM workflows")

    return database.read(work)


def test_an_older_database_is_brought_up_to_date(first: Database) -> None:
    assert state(first)[0] == "0001"
    first.open()
    version, indexes, rows = state(first)
    assert (version, rows) == (SCHEMA_HEAD, 1)
    assert "ix_runs_state" in indexes
    assert "ix_runs_open" not in indexes


def test_killed_in_the_middle_it_is_the_old_one(first: Database, tmp_path: Path) -> None:
    before = state(first)
    env = {**os.environ, crash_points.VARIABLE: "storage.before_migrated"}
    done = subprocess.run(
        [sys.executable, "-c", OPEN, first.shown_url, str(tmp_path)], env=env, capture_output=True, check=False
    )
    assert b"Traceback" not in done.stderr
    assert done.returncode != 0
    assert state(first) == before
    first.open()
    assert state(first)[0] == SCHEMA_HEAD


def test_a_newer_database_is_left_alone(first: Database) -> None:
    first.write(lambda db: db.run("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Refused, match="newer version"):
        first.open()
    assert state(first)[0] == "9999"


NIGHTLY = """\
id: nightly
description: Back up the shop
max_active_runs: 2
labels:
  - etl
tasks:
  - id: dump
    command: echo
    args: a b
    env:
      K: v
    expected_exit_codes:
      - 0
      - 3
    retry:
      limit: 2
      delay: 30
      backoff: 2
      max_delay: 300
    output_timeout: 5
    timeout: 600
    stop_grace: 20
    continue_on_failure: true
    guarantee: at_most_once
    depends_on: []
  - id: zip
    command: echo
    args:
      - x
      - y z
    output_files:
      - out/*.txt
    depends_on:
      - dump
schedules:
  - id: every_night
    cron: 0 1 * * mon-fri
    timezone: Europe/Berlin
    catchup: all
    catchup_window: 43200
    overlap: skip
    overlap_scope: schedule
    wake: true
  - id: often
    every: 20m
    timezone: UTC
  - id: stopped
    interval: 60
    timezone: UTC
    overlap: replace
    enabled: false
"""


PLANNED = "SELECT id, generation, cursor_utc, next_due_utc FROM schedules ORDER BY id"


def migrated_home(folder: Path, version: str) -> tuple[Database, list[Schedule], list[tuple[Any, ...]]]:
    """A home of that version, migrated and meaning the same; its schedules, and what was planned before."""
    old = sqlite3.connect(folder / "jobs.sqlite")
    old.executescript((Path(__file__).parent / "homes" / f"{version}.sql").read_text(encoding="utf-8"))
    before = old.execute(PLANNED).fetchall()
    old.close()
    database = Database("sqlite:///jobs.sqlite", folder)
    database.open()
    assert state(database)[0] == SCHEMA_HEAD
    workflow, _, schedules = get_workflow(database, "nightly")
    assert load(to_yaml(document_of(workflow, schedules)), "now") == load(NIGHTLY, "before")
    return database, schedules, before


def planned(database: Database) -> list[tuple[Any, ...]]:
    return database.read(lambda db: db.driver.execute(PLANNED).fetchall())


def test_a_home_of_the_version_before_means_the_same(tmp_path: Path) -> None:
    database, schedules, before = migrated_home(tmp_path, "0007")
    assert [schedule.problem for schedule in schedules] == ["", "", ""]
    assert len(before) == 3
    assert planned(database) == before
    assert [run.state for run in run_list(database)] == ["succeeded"]
    # And back, as it was.
    downgrade(database, "0007")
    rows = "SELECT catchup, catchup_window, overlap, overlap_scope, wake, enabled FROM schedules ORDER BY id"
    assert database.read(lambda db: db.driver.execute(rows).fetchall()) == [
        ("all", 43200.0, "skip", "schedule", 1, 1),
        ("latest", None, "queue", "workflow", 0, 1),
        ("latest", None, "replace", "workflow", 0, 0),
    ]
    database.close()


def test_a_home_without_calendars_goes_on_as_it_was(tmp_path: Path) -> None:
    database, schedules, before = migrated_home(tmp_path, "0008")
    assert [(schedule.problem, schedule.adjusted) for schedule in schedules] == [("", False)] * 3
    assert planned(database) == before
    (fire,) = fire_list(database, "every_night", None)
    assert (fire.disposition, fire.count, fire.due_utc) == ("coalesced", 2, None)
    changed = edit_schedule(database, "often", lambda schedule: schedule.with_policies(jitter=60.0), NOW)
    assert changed.planner.since is not None
    downgrade(database, "0008")
    assert state(database)[0] == "0008"
    database.close()


def test_a_policy_that_cannot_be_read_is_named_and_the_others_hold(sqlite: Database) -> None:
    create_workflow(sqlite, "w", NOW)
    policies = Policies(overlap=Overlap.SKIP, catchup_window=60.0)
    add_schedule(sqlite, "w", {"cron": "@daily"}, NOW, timezone="UTC", schedule_id="s", policies=policies)

    def damage(name: str, value: object) -> str:
        stored = json.dumps({**asdict(policies), name: value})
        sqlite.write(lambda db: db.run("UPDATE schedules SET policies = :p", p=stored))
        found = get_schedule(sqlite, "s")
        assert found.policies.overlap is Overlap.SKIP
        return found.problem

    for name, value in (
        ("catchup", "never"),
        ("catchup_window", "soon"),
        ("wake", "yes"),
        ("wobble", 5),
        ("enabled", None),
    ):
        assert f"no readable {name};" in damage(name, value)
    assert damage("catchup", "all") == ""
    sqlite.write(lambda db: db.run("UPDATE schedules SET policies = '[1'"))
    assert "no readable policies;" in get_schedule(sqlite, "s").problem
