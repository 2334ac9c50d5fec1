"""What is old is forgotten, everywhere and in small steps; daily copies are made; a full disk holds back what would fail."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from workflow_scheduler.domain.backfill import Backfill, BackfillFire, BackfillState
from workflow_scheduler.domain.events import Event
from workflow_scheduler.domain.run import Attempt, AttemptState, Run, RunState, TaskRun, TaskRunState
from workflow_scheduler.domain.schedule import Disposition, Fire
from workflow_scheduler.domain.task import Task
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.engine import maintenance, wakeups
from workflow_scheduler.engine.maintenance import BATCH, Keep, Maintenance
from workflow_scheduler.operations.runs.start import request_run
from workflow_scheduler.storage import backfills, bundles, catalog, engines, events, fires, runs
from workflow_scheduler.storage.database import Database
from workflow_scheduler.storage.engines import EngineRow
from workflow_scheduler.storage.tables import TABLES

NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)


def history(database: Database, home: Path, ages: list[float], workflow: str = "w") -> list[str]:
    """A finished run, with all that belongs to it, for each age in days."""
    names = [f"{workflow}-{number}" for number in range(len(ages))]

    def work(db) -> None:
        catalog.save_workflow(db, Workflow(workflow, "", (Task("a", "x"),)), NOW)
        for name, age in zip(names, ages, strict=True):
            at = NOW - timedelta(days=age)
            done = {"started_at": at, "finished_at": at}
            runs.add_runs(
                db, [Run(name, workflow, 1, RunState.SUCCEEDED, at, schedule_id=f"s-{workflow}", nominal=at, **done)]
            )
            runs.add_task_runs(db, [TaskRun(name, "a", 0, TaskRunState.SUCCEEDED, **done)])
            runs.add_attempts(db, [Attempt(name, "a", 1, AttemptState.SUCCEEDED, **done)])
            events.record_events(db, [Event(at, "run.succeeded", workflow, run_id=name)])
            fires.record_fires(db, [Fire(f"s-{workflow}", at, Disposition.QUEUED, "", name)])

    database.write(work)
    for name in names:
        (home / "attempts" / name / "a.1").mkdir(parents=True)
        (home / "attempts" / name / "a.1" / "stdout.log").write_text("x")
    return names


@pytest.mark.parametrize(("days", "kept"), [(0, True), (1, False)])
def test_files_that_no_version_on_record_uses_are_deleted_with_the_history_and_stay_without(
    database, tmp_path, days: int, kept: bool
) -> None:
    """With RETENTION_DAYS=0 nothing is ever deleted."""
    at = NOW - timedelta(days=3650)
    database.write(lambda db: bundles.put_bundle(db, "a" * 64, b"zip", bundles.BundleRow(1, 3), at))
    Maintenance(database, tmp_path, Keep(days, 0, 0)).prune(NOW)
    assert (database.read(lambda db: bundles.find_bundle(db, "a" * 64)) is not None) is kept


def left(database: Database) -> dict[str, int]:
    return database.read(lambda db: {table.name: db.value(f"SELECT count(*) FROM {table.name}") for table in TABLES})


@pytest.mark.parametrize(
    ("keep", "kept"),
    [
        (Keep(30, 0, 0), ["w-2", "w-3", "w-4"]),
        (Keep(0, 2, 0), ["w-3", "w-4"]),
        (Keep(30, 1, 0), ["w-4"]),
        (Keep(0, 0, 0), ["w-0", "w-1", "w-2", "w-3", "w-4"]),
        (Keep(1, 0, 0), ["w-4"]),  # the last one of a workflow stays, however old
    ],
)
def test_old_runs_are_forgotten_with_all_that_belongs_to_them(database, tmp_path, keep: Keep, kept: list[str]) -> None:
    history(database, tmp_path, [50, 40, 20, 10, 5])
    assert Maintenance(database, tmp_path, keep).prune(NOW) == 5 - len(kept)
    assert sorted(folder.name for folder in (tmp_path / "attempts").iterdir()) == kept
    counts = left(database)
    assert {counts[name] for name in ("runs", "task_runs", "attempts", "events", "fires")} == {len(kept)}


def test_ended_backfills_go_with_their_age(database, tmp_path) -> None:
    old, new, active = (
        Backfill(
            name, "w", BackfillState.FINISHED, NOW, "anna", "2026-01-01", "2026-01-01", finished_at=NOW - timedelta(age)
        )
        for name, age in (("old", 40), ("new", 20), ("active", 40))
    )
    active = replace(active, state=BackfillState.ACTIVE, finished_at=None)
    for backfill in (old, new, active):
        database.write(lambda db, backfill=backfill: backfills.add_backfill(db, backfill, [BackfillFire("s", NOW)]))
    Maintenance(database, tmp_path, Keep(30, 0, 0)).prune(NOW)
    assert database.read(lambda db: set(db.column("SELECT id FROM backfills"))) == {"new", "active"}
    assert left(database)["backfill_fires"] == 2


def test_each_workflow_is_looked_at_by_itself(database, tmp_path) -> None:
    history(database, tmp_path, [50, 40], "one")
    history(database, tmp_path, [50, 40, 3, 2], "two")
    Maintenance(database, tmp_path, Keep(30, 1, 0)).prune(NOW)
    assert sorted(folder.name for folder in (tmp_path / "attempts").iterdir()) == ["one-1", "two-3"]


def test_what_is_not_over_stays(database, tmp_path) -> None:
    old = NOW - timedelta(days=90)
    open_runs = [Run("q", "w", 1, RunState.QUEUED, old), Run("r", "w", 1, RunState.RUNNING, old)]
    database.write(lambda db: runs.add_runs(db, open_runs))
    history(database, tmp_path, [1])
    assert Maintenance(database, tmp_path, Keep(30, 1, 0)).prune(NOW) == 0


def test_fires_and_events_without_a_run_go_too(database, tmp_path) -> None:
    def at(days: float) -> datetime:
        return NOW - timedelta(days=days)

    skipped = Disposition.SKIPPED_PAUSED
    rows = [
        Fire("s", at(50), skipped, "", None, at(40), 99),
        Fire("s", at(35), skipped, "", None, at(20), 99),  # reaches into what is kept
        Fire("s", at(10), skipped, ""),
    ]
    database.write(lambda db: fires.record_fires(db, rows))
    noted = [Event(at(days), "schedule.paused", "w") for days in (50, 40, 10)]
    database.write(lambda db: events.record_events(db, noted))
    Maintenance(database, tmp_path, Keep(30, 0, 0)).prune(NOW)
    counts = left(database)
    assert (counts["fires"], counts["events"]) == (2, 1)


def test_engines_that_stopped_long_ago_are_forgotten(database, tmp_path) -> None:
    def engine(stopped: float | None) -> int:
        at = NOW - timedelta(days=60)
        number = database.write(lambda db: engines.register(db, EngineRow(0, "scheduler", "h", {}, None, at, at)))
        if stopped is not None:
            database.write(lambda db: engines.stop_engine(db, number, NOW - timedelta(days=stopped)))
        return number

    kept = [engine(10), engine(None)]
    engine(50)
    busy = engine(50)
    database.write(
        lambda db: runs.add_runs(db, [Run("r", "w", 1, RunState.RUNNING, NOW - timedelta(days=55), engine_id=busy)])
    )
    Maintenance(database, tmp_path, Keep(30, 0, 0)).prune(NOW)
    assert database.read(lambda db: sorted(db.column("SELECT id FROM engines"))) == [*kept, busy]


def test_many_are_forgotten_in_small_transactions_and_an_interruption_is_taken_up(database, tmp_path) -> None:
    history(database, tmp_path, [50.0] * (2 * BATCH) + [1])
    upkeep = Maintenance(database, tmp_path, Keep(30, 0, 0))
    asked = iter([False, True])
    assert upkeep.prune(NOW, lambda: next(asked, True)) == BATCH
    assert upkeep.prune(NOW) == BATCH
    assert left(database)["runs"] == 1


def test_a_folder_that_cannot_be_deleted_keeps_its_run(database, tmp_path, monkeypatch) -> None:
    history(database, tmp_path, [50, 40, 1])
    upkeep = Maintenance(database, tmp_path, Keep(30, 0, 0))
    remove = upkeep._remove_folder
    monkeypatch.setattr(upkeep, "_remove_folder", lambda run_id: run_id != "w-0" and remove(run_id))
    assert upkeep.prune(NOW) == 1
    assert left(database)["runs"] == 2
    monkeypatch.undo()
    assert upkeep.prune(NOW) == 1


def test_where_nothing_can_be_deleted_not_everything_is_tried(database, tmp_path, monkeypatch, caplog) -> None:
    history(database, tmp_path, [50.0] * (2 * BATCH) + [1])
    upkeep = Maintenance(database, tmp_path, Keep(30, 0, 0))
    tried: list[str] = []
    monkeypatch.setattr(maintenance, "MOST_STUCK", 10)
    monkeypatch.setattr(upkeep, "_remove_folder", tried.append)
    assert upkeep.prune(NOW) == 0
    assert len(tried) == BATCH
    assert f"The output of {BATCH} old runs could not be deleted" in caplog.text


def test_those_to_be_forgotten_are_counted_however_many_there_are(sqlite, tmp_path, monkeypatch) -> None:
    connect = sqlite._pool._connect

    def limited() -> sqlite3.Connection:
        connection = connect()
        connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 2 * BATCH)
        return connection

    sqlite._pool.close_idle()
    monkeypatch.setattr(sqlite._pool, "_connect", limited)
    history(sqlite, tmp_path, [50.0 + number for number in range(3 * BATCH)] + [3, 2, 1])
    upkeep = Maintenance(sqlite, tmp_path, Keep(30, 2))
    assert len(upkeep.doomed(NOW)) == 3 * BATCH + 1
    assert upkeep.prune(NOW) == 3 * BATCH + 1
    assert left(sqlite)["runs"] == 2


def test_one_copy_a_day_and_the_newest_stay(tmp_path) -> None:
    database = Database("sqlite:///jobs.sqlite", tmp_path)
    database.open()
    upkeep = Maintenance(database, tmp_path, Keep(0, 0, 2))
    for day in range(4):
        upkeep.run(NOW + timedelta(days=day))
        upkeep.run(NOW + timedelta(days=day, hours=1))
    names = sorted(file.name for file in (tmp_path / "backups").iterdir())
    assert names == ["daily-2026-11-26.sqlite", "daily-2026-11-27.sqlite"]
    database.close()


def test_upkeep_tidies_the_database_and_makes_no_copies_unless_told(sqlite, tmp_path, monkeypatch) -> None:
    tidied: list[bool] = []
    monkeypatch.setattr(sqlite, "tidy", lambda: tidied.append(True))
    Maintenance(sqlite, tmp_path, Keep(30, 0)).run(NOW)
    assert tidied == [True]
    assert not (tmp_path / "backups").exists()
    Maintenance(sqlite, tmp_path, Keep(30, 0)).run(NOW, lambda: True)
    assert tidied == [True], "not while the engine ends"


def test_the_engine_calls_for_upkeep_by_itself(bench, monkeypatch, until) -> None:
    monkeypatch.setattr(wakeups, "UPKEEP", 0.05)
    bench.another()
    bench.engines[-1]._wakeups.keep_going()
    until(lambda: bench.upkeep)
    assert bench.upkeep[0] == bench.now


def test_nothing_is_started_on_a_disk_that_is_nearly_full(bench, caplog) -> None:
    bench.commands.create_workflow("w", bench.now)
    bench.commands.change_workflow(
        "w", lambda workflow: replace(workflow, tasks=(Task("a", "x"), Task("b", "x"))), bench.now
    )
    running = request_run(bench.database, "w", bench.now)
    bench.step()
    assert bench.executor.most == 5
    bench.free = 999
    waiting = request_run(bench.database, "w", bench.now)
    bench.step()
    bench.end((running, "a", 1))
    assert bench.executor.launched == [(running, "a", 1)]
    assert (bench.run(waiting).state, bench.run(running).state) == ("queued", "running")
    assert bench.executor.most == 0
    assert "MIN_FREE_MB" in caplog.text
    bench.free = 1000
    bench.step()
    assert bench.executor.most == 5
    assert set(bench.executor.launched[1:]) == {(running, "b", 1), (waiting, "a", 1)}


def test_a_row_that_names_a_folder_outside_deletes_nothing_there(database: Database, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "precious").mkdir()
    history(database, home, [99])
    database.write(lambda db: db.run("UPDATE runs SET id = :id", id="../../precious"))
    Maintenance(database, home, Keep(30, 0, 0)).prune(NOW)
    assert (tmp_path / "precious").exists()
