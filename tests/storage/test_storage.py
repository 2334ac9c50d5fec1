"""Storage keeps its promises on both databases."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from alembic.script import ScriptDirectory
from databases import by_sqlalchemy
from patience import PATIENCE
from sqlalchemy import inspect

from workflow_scheduler.domain.events import Event
from workflow_scheduler.domain.output_file import OutputFile
from workflow_scheduler.domain.parameters import Parameter, ParameterType
from workflow_scheduler.domain.policies import Policies
from workflow_scheduler.domain.run import Attempt, AttemptState, Run, RunState, TaskRun, TaskRunState
from workflow_scheduler.domain.schedule import Disposition, Fire, Schedule
from workflow_scheduler.domain.task import Retry, Task
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.storage import (
    catalog,
    engines,
    events,
    fires,
    migrate,
    queries_runs,
    queries_workflows,
    queue,
    runs,
    versions,
)
from workflow_scheduler.storage.database import SCHEMA_HEAD, Database, Stale
from workflow_scheduler.storage.tables import TABLES

NOW = datetime(2026, 11, 23, 1, 0, 0, 123456, tzinfo=UTC)
WORKFLOW = Workflow(
    "w",
    "what for",
    (
        Task("a", "x", ("1", "é"), env={"A": "b"}, output_files=(OutputFile("o", 3),), retry=Retry(2, 1.5)),
        Task("b", "y"),
    ),
    labels=("l",),
)


def run(name: str, **changes: object) -> Run:
    return replace(Run(name, "w", 1, RunState.QUEUED, NOW), **changes)


def test_the_migrations_make_the_tables(database: Database) -> None:
    """Those of the module, with their columns and keys, and no others."""

    with by_sqlalchemy(database) as connection:
        found = inspect(connection)
        made = {
            name: (
                {column["name"] for column in found.get_columns(name)},
                tuple(found.get_pk_constraint(name)["constrained_columns"]),
            )
            for name in found.get_table_names()
        }
    made.pop("alembic_version")
    assert made == {table.name: (set(table.columns), table.key) for table in TABLES}
    assert ScriptDirectory.from_config(migrate.configuration()).get_current_head() == SCHEMA_HEAD


def test_opening_twice_changes_nothing(database: Database) -> None:
    database.write(lambda db: catalog.save_workflow(db, WORKFLOW, NOW))
    database.open()
    assert database.read(queries_workflows.workflow_ids) == ["w"]


def test_a_workflow_comes_back_as_it_was(database: Database) -> None:
    database.write(lambda db: catalog.save_workflow(db, WORKFLOW, NOW))
    assert database.read(lambda db: catalog.find_workflow(db, "w")) == (WORKFLOW, 1)


def test_parameters_come_back_as_they_were(database: Database) -> None:
    params = {
        "region": Parameter(ParameterType.CHOICE, options=("n", "s"), default="n"),
        "files": Parameter(ParameterType.LIST, default=("a",)),
    }
    values = {"region": "s é", "files": ["a b", "c\n"], "limit": 7, "x": 1.5, "full": False}
    given = Policies(params={"region": "s", "files": ["x"]})

    def work(db) -> None:
        catalog.save_workflow(db, replace(WORKFLOW, params=params, env={"A": "b"}, working_dir="x"), NOW)
        catalog.add_schedules(
            db,
            [
                Schedule("s", "w", {"cron": "0 1 * * *"}, "UTC", given).at(NOW, None),
                Schedule("t", "w", {"cron": "0 1 * * *"}, "UTC").at(NOW, None),
            ],
        )
        runs.add_runs(db, [run("r", params=values, timezone="Asia/Tokyo"), run("q")])
        runs.update_runs(db, [(run("r", params=values), run("r", params=values, state=RunState.RUNNING))])

    database.write(work)
    assert database.read(lambda db: catalog.find_workflow(db, "w"))[0].params == params
    assert database.read(lambda db: catalog.newest_of(db, ["w"])) == {"w": catalog.Newest(1, params)}
    assert [schedule.policies for schedule in database.read(catalog.list_schedules)] == [given, Policies()]
    stored = database.read(lambda db: db.column("SELECT policies FROM schedules ORDER BY id"))
    assert ["params" in policies for policies in stored] == [True, False]
    found = database.read(lambda db: runs.load_runs(db, ["q", "r"]))
    assert [(one.params, one.timezone) for one in found.values()] in (
        [(None, None), (values, "Asia/Tokyo")],
        [(values, "Asia/Tokyo"), (None, None)],
    )
    database.write(lambda db: catalog.save_workflow(db, WORKFLOW, NOW))
    assert database.read(lambda db: catalog.newest_of(db, ["w"])) == {"w": catalog.Newest(2)}


def test_versions_go_on_after_a_deletion(database: Database) -> None:
    def work(db):
        catalog.save_workflow(db, WORKFLOW, NOW)
        catalog.save_workflow(db, replace(WORKFLOW, description="new"), NOW)
        catalog.delete_workflow(db, "w", NOW)
        assert catalog.find_workflow(db, "w") is None
        assert catalog.workflow_ids_ever(db) == {"w"}
        assert versions.find_version(db, "w", 1) == WORKFLOW
        return catalog.save_workflow(db, WORKFLOW, NOW)

    assert database.write(work) == 3


def schedule(name: str, due: datetime) -> Schedule:
    return Schedule(name, "w", {"cron": "@daily"}, "UTC").at(due - timedelta(days=1), due)


def test_due_schedules_come_earliest_first(database: Database) -> None:
    def work(db):
        for number, minutes in enumerate((5, -5, -9)):
            catalog.add_schedules(db, [schedule(f"s{number}", NOW + timedelta(minutes=minutes))])

    database.write(work)
    assert [schedule.id for schedule in database.write(lambda db: catalog.schedules_due(db, NOW, 10))] == ["s2", "s1"]
    assert database.read(catalog.next_moments) == (NOW - timedelta(minutes=9), None)


def test_schedules_are_gone_through_from_behind_the_last_one(database: Database) -> None:
    dormant = schedule("s2", NOW).at(NOW, None)
    database.write(lambda db: catalog.add_schedules(db, [schedule("s3", NOW), schedule("s1", NOW), dormant]))
    behind = {
        after: [
            schedule.id for schedule in database.write(lambda db, after=after: catalog.schedules_after(db, after, 10))
        ]
        for after in ("", "s1", "s3")
    }
    assert behind == {"": ["s1", "s3"], "s1": ["s3"], "s3": []}


def test_a_planner_that_read_the_schedule_before_it_was_edited_writes_nothing_over_it(database: Database) -> None:
    old = schedule("s", NOW)
    edited = replace(old, spec={"cron": "@hourly"}, planner=replace(old.planner, generation=2))
    moved = old.at(NOW, NOW + timedelta(days=1))
    database.write(lambda db: catalog.add_schedules(db, [old, replace(old, id="other")]))
    database.write(lambda db: catalog.save_schedule(db, edited))
    database.write(lambda db: catalog.save_planned(db, [moved, replace(moved, id="other")]))
    found = {schedule.id: schedule for schedule in database.read(lambda db: catalog.list_schedules(db, "w"))}
    assert found == {"s": edited, "other": replace(moved, id="other")}


def test_a_fire_keeps_its_first_disposition(database: Database) -> None:
    first = Fire("s", NOW, Disposition.QUEUED, "", "r1")
    database.write(lambda db: fires.record_fires(db, [first]))
    database.write(
        lambda db: fires.record_fires(
            db, [replace(first, run_id="r2"), Fire("s", NOW + timedelta(1), Disposition.COALESCED)]
        )
    )
    assert [fire.run_id for fire in database.read(lambda db: fires.list_fires(db, "s", None))] == ["r1", None]


def test_moments_keep_their_microseconds_and_their_zone(database: Database) -> None:
    database.write(lambda db: runs.add_runs(db, [run("r", nominal=NOW)]))
    found = database.read(lambda db: runs.find_run(db, "r"))
    assert found == run("r", nominal=NOW)


def test_an_update_of_what_changed_meanwhile_is_refused(database: Database) -> None:
    old = run("r")
    database.write(lambda db: runs.add_runs(db, [old]))
    database.write(lambda db: runs.update_runs(db, [(old, replace(old, state=RunState.RUNNING))]))

    def again(db):
        with pytest.raises(Stale):  # `write` itself would make the transaction again
            runs.update_runs(db, [(old, replace(old, state=RunState.CANCELLED))])

    database.write(again)
    assert database.read(lambda db: runs.find_run(db, "r")).state is RunState.RUNNING


def test_an_attempt_that_another_engine_took_over_cannot_be_written(database: Database) -> None:
    mine = Attempt("r", "a", 1, AttemptState.RUNNING, engine_id=1)

    def work(db):
        runs.add_runs(db, [run("r", state=RunState.RUNNING, engine_id=1), run("q", engine_id=1)])
        runs.add_attempts(db, [mine])
        runs.take_over(db, 1, 2)
        with pytest.raises(Stale):
            runs.update_attempts(db, [(mine, replace(mine, state=AttemptState.SUCCEEDED))])
        return runs.live_attempts(db, 2), runs.find_run(db, "r"), runs.find_run(db, "q")

    live, taken, queued = database.write(work)
    assert live == [replace(mine, engine_id=2)]
    assert taken.engine_id == 2
    assert queued.engine_id is None


def test_queued_runs_leave_out_what_may_not_start(database: Database) -> None:
    def work(db):
        runs.add_runs(
            db,
            [
                run("busy", state=RunState.RUNNING, schedule_id="s"),
                run("waits", schedule_id="s", exclusive=True),
                run("side", schedule_id="s"),
                run("full", workflow_id="other"),
                run("kept", engine_id=7),
                run("later", queued_at=NOW + timedelta(seconds=1)),
            ],
        )
        return queue.queued_runs(db, ["other"], 10, owner=None), queue.queued_runs(db, [], 10, owner=7)

    anybody, mine = database.write(work)
    assert [run.id for run in anybody] == ["side", "later"]
    assert [run.id for run in mine] == ["kept"]


def test_a_row_that_is_there_already_is_an_error_of_the_same_kind_on_both(database: Database) -> None:
    database.write(lambda db: runs.add_runs(db, [run("r")]))
    for rows in ([run("r")], [run("q"), run("r")]):
        with pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError)):
            database.write(lambda db, rows=rows: runs.add_runs(db, rows))
    assert database.read(lambda db: runs.find_run(db, "q")) is None


def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    def work(db):
        runs.add_runs(db, [run("r")])
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011  our own
        database.write(work)
    assert database.read(lambda db: runs.find_run(db, "r")) is None


def test_history_and_lists(database: Database) -> None:
    attempt = Attempt(
        "r2", "a", 1, AttemptState.FAILED, "exit code 1", 1, 1, 99, NOW, NOW, ({"path": "o", "proof": ""},)
    )

    def work(db):
        catalog.save_workflow(db, WORKFLOW, NOW)
        took = {"started_at": NOW, "finished_at": NOW + timedelta(seconds=4)}
        runs.add_runs(
            db, [run("r1", state=RunState.SUCCEEDED, **took), run("r2", queued_at=NOW + timedelta(seconds=9))]
        )
        runs.add_task_runs(db, [TaskRun("r2", "b", 1), TaskRun("r2", "a", 0, TaskRunState.FAILED, "exit code 1", 1)])
        runs.add_attempts(db, [attempt])
        events.record_events(db, [Event(NOW, "run.queued", "w", "r2")])

    database.write(work)
    history = database.read(lambda db: runs.task_history(db, "r2"))
    assert [(task.task_id, tries) for task, tries in history] == [("a", [attempt]), ("b", [])]
    assert [run.id for run in database.read(lambda db: queries_runs.list_runs(db, limit=1))] == ["r2"]
    assert [
        run.id for run in database.read(lambda db: queries_runs.list_runs(db, limit=9, state=RunState.SUCCEEDED))
    ] == ["r1"]
    assert database.read(lambda db: queries_runs.past_seconds(db, "w")) == [4.0]
    assert database.read(lambda db: next(queries_workflows.walk_workflows(db))).last_state == "queued"
    assert [
        event.kind for _, event in database.read(lambda db: events.events_after(db, 0, 100)) if event.run_id == "r2"
    ] == ["run.queued"]


def test_a_success_without_its_moments_says_nothing_of_how_long_runs_take(database: Database) -> None:
    database.write(lambda db: runs.add_runs(db, [run("r", state=RunState.SUCCEEDED)]))
    assert database.read(lambda db: queries_runs.past_seconds(db, "w")) == []


def test_engine_numbers_grow_and_a_stopped_engine_cannot_beat(database: Database) -> None:
    row = engines.EngineRow(0, "scheduler", "h", {"pid": 1}, 5, NOW, NOW)
    first, second = (database.write(lambda db: engines.register(db, row)) for _ in range(2))
    assert second > first
    assert database.write(lambda db: engines.beat(db, first, NOW))
    database.write(lambda db: engines.stop_engine(db, first, NOW))
    assert not database.write(lambda db: engines.beat(db, first, NOW))
    assert [engine.id for engine in database.read(engines.engines_not_stopped)] == [second]


def log_length(database: Database) -> int:
    return Path(f"{database.path}-wal").stat().st_size


def test_the_log_of_writes_gets_its_length_once_and_holds_nothing_more(sqlite: Database) -> None:
    sqlite.write(lambda db: catalog.save_workflow(db, WORKFLOW, NOW))
    sqlite.reserve_log()
    assert sqlite.read(queries_workflows.workflow_ids) == ["w"]
    assert 16_480_000 < (length := log_length(sqlite)) < 20_000_000
    assert "room" not in sqlite.read(lambda db: db.column("SELECT name FROM sqlite_master"))
    sqlite.write(lambda db: catalog.save_workflow(db, WORKFLOW, NOW))
    sqlite.reserve_log()
    sqlite.tidy()
    assert log_length(sqlite) == length
    sqlite.check()


def test_a_log_of_writes_that_became_long_is_shortened(sqlite: Database) -> None:
    big = replace(WORKFLOW, description="x" * 30_000_000)
    sqlite.write(lambda db: catalog.save_workflow(db, big, NOW))
    assert log_length(sqlite) > 30_000_000
    sqlite.tidy()
    sqlite.write(lambda db: catalog.save_workflow(db, WORKFLOW, NOW))
    assert log_length(sqlite) == 20_000_000


def test_nothing_is_reserved_where_there_is_little_room(sqlite: Database, monkeypatch) -> None:
    before = log_length(sqlite)
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=100_000_000))
    sqlite.reserve_log()
    assert log_length(sqlite) == before


def test_a_busy_database_is_waited_for(database: Database) -> None:
    held, release = threading.Event(), threading.Event()

    def hold(db):
        runs.add_runs(db, [run("r")])
        held.set()
        assert release.wait(PATIENCE)

    thread = threading.Thread(target=lambda: database.write(hold))
    thread.start()
    assert held.wait(PATIENCE)
    threading.Timer(0.3, release.set).start()
    # On PostgreSQL the rows of the other transaction are not even in the way.
    database.write(lambda db: runs.add_runs(db, [run("q")]))
    thread.join()
    assert {run.id for run in database.read(lambda db: queries_runs.list_runs(db, limit=None))} == {"r", "q"}
