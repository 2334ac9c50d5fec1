"""A backup holds one moment of the whole database, and comes back into either kind of database."""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from patience import PATIENCE

from workflow_scheduler.domain.errors import InvalidInput, SchedulerError, Unreachable
from workflow_scheduler.domain.run import Attempt, Run, RunState, TaskRun
from workflow_scheduler.domain.schedule import Disposition, Fire
from workflow_scheduler.domain.task import Task
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.storage import catalog, fires, runs
from workflow_scheduler.storage.backup import restore_backup, save_backup
from workflow_scheduler.storage.database import Database
from workflow_scheduler.storage.engines import EngineRow, register
from workflow_scheduler.storage.tables import TABLES

NOW = datetime(2026, 11, 24, 1, 0, 0, 123456, tzinfo=UTC)


def fill(database: Database, name: str) -> None:
    def work(db) -> None:
        engine_id = register(db, EngineRow(0, "scheduler", "h", {"pid": 1}, None, NOW, NOW))
        catalog.save_workflow(db, Workflow(name, "é", (Task("a", "x", ("1", "2")),)), NOW)
        fires.record_fires(db, [Fire(f"s_{name}", NOW, Disposition.QUEUED, "", f"r_{name}")])
        runs.add_runs(db, [Run(f"r_{name}", name, 1, RunState.RUNNING, NOW, engine_id=engine_id)])
        runs.add_task_runs(db, [TaskRun(f"r_{name}", "a", 0)])
        runs.add_attempts(db, [Attempt(f"r_{name}", "a", 1, engine_id=engine_id, outputs=({"path": "p"},))])

    database.write(work)


def content(database: Database) -> dict[str, list[tuple]]:
    return database.read(
        lambda db: {
            table.name: db.rows(f"SELECT {', '.join(table.columns)} FROM {table.name} ORDER BY {', '.join(table.key)}")
            for table in TABLES
        }
    )


def test_everything_comes_back_as_it_was(database: Database, tmp_path: Path) -> None:
    fill(database, "one")
    before = content(database)
    save_backup(database, tmp_path / "copy.sqlite")
    fill(database, "two")
    assert content(database) != before
    restore_backup(database, tmp_path / "copy.sqlite", tmp_path / "aside")
    assert content(database) == before
    assert (tmp_path / "aside").exists() is database.is_sqlite
    fill(database, "three")  # numbers go on after the highest one
    assert len(content(database)["engines"]) == 2


def test_a_backup_moves_from_one_kind_of_database_to_the_other(database: Database, tmp_path: Path) -> None:
    fill(database, "one")
    save_backup(database, tmp_path / "copy.sqlite")
    other = Database("sqlite:///other.sqlite", tmp_path)
    other.open()
    restore_backup(other, tmp_path / "copy.sqlite", tmp_path / "aside")
    assert content(other) == content(database)
    other.close()


def test_a_backup_is_of_one_moment_while_others_write(database: Database, tmp_path: Path) -> None:
    stop, written = threading.Event(), threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            fill(database, f"w{number}")
            written.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            assert written.wait(PATIENCE)
            written.clear()
            save_backup(database, tmp_path / f"{number}.sqlite")
    finally:
        stop.set()
        writer.join()
    for number in range(5):
        copy = Database(f"sqlite:///{number}.sqlite", tmp_path)
        found = content(copy)
        counts = {len(found[name]) for name in ("workflows", "engines", "fires", "runs", "task_runs", "attempts")}
        assert len(counts) == 1
        assert counts != {0}
        copy.close()


def test_what_is_no_backup_is_refused_and_changes_nothing(database: Database, tmp_path: Path) -> None:
    fill(database, "one")
    before = content(database)
    (tmp_path / "text").write_text("no database, " * 1000)
    with sqlite3.connect(tmp_path / "stranger") as stranger:
        stranger.execute("CREATE TABLE t (x)")
    stranger.close()
    save_backup(database, tmp_path / "broken")
    damaged = bytearray((tmp_path / "broken").read_bytes())
    damaged[4096 * 3 : 4096 * 6] = b"\xff" * 4096 * 3
    (tmp_path / "broken").write_bytes(damaged)
    for name in ("text", "stranger", "broken"):
        with pytest.raises(InvalidInput, match="scheduler backup"):
            restore_backup(database, tmp_path / name, tmp_path / "aside")
    assert content(database) == before
    assert not list(tmp_path.glob("*.part*"))


def test_nothing_is_written_beside_a_backup_that_is_put_back(database: Database, tmp_path: Path) -> None:
    """It may be on a read-only medium."""
    fill(database, "one")
    (tmp_path / "medium").mkdir()
    save_backup(database, tmp_path / "medium" / "copy")
    before = (tmp_path / "medium").stat().st_mtime_ns
    restore_backup(database, tmp_path / "medium" / "copy", tmp_path / "aside")
    assert [file.name for file in (tmp_path / "medium").iterdir()] == ["copy"]
    assert (tmp_path / "medium").stat().st_mtime_ns == before


def test_what_is_in_a_backups_log_of_writes_is_put_back_too(sqlite: Database, tmp_path: Path) -> None:
    fill(sqlite, "one")
    for name in ("", "-wal"):
        (tmp_path / f"copy{name}").write_bytes(Path(f"{sqlite.path}{name}").read_bytes())
    wanted = content(sqlite)
    fill(sqlite, "two")
    restore_backup(sqlite, tmp_path / "copy", tmp_path / "aside")
    assert content(sqlite) == wanted


def test_a_place_that_cannot_be_written_leaves_nothing(database: Database, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(SchedulerError, match="cannot be written"):
        save_backup(database, tmp_path / "folder")
    with pytest.raises(SchedulerError, match="cannot be written"):
        save_backup(database, tmp_path / "missing" / "copy")


def test_damage_is_found_and_the_newest_backup_named(tmp_path: Path) -> None:
    database = Database("sqlite:///jobs.sqlite", tmp_path)
    database.open()
    for number in range(200):
        fill(database, f"w{number}")
    database.check()
    database.close()
    (tmp_path / "backups").mkdir()
    save_backup(database, tmp_path / "backups" / "good.sqlite")
    file = tmp_path / "jobs.sqlite"
    damaged = bytearray(file.read_bytes())
    damaged[4096 * 20 : 4096 * 24] = b"\xff" * 4096 * 4
    file.write_bytes(damaged)
    with pytest.raises(Unreachable, match=r"scheduler --home .* restore .*good\.sqlite"):
        database.check()
    restore_backup(database, tmp_path / "backups" / "good.sqlite", tmp_path / "aside")
    database.check()
    assert len(content(database)["workflows"]) == 200
    database.close()


def test_a_backup_of_a_younger_moment_keeps_its_microseconds(database: Database, tmp_path: Path) -> None:
    database.write(lambda db: fires.record_fires(db, [Fire("s", NOW + timedelta(days=1), Disposition.QUEUED, "")]))
    save_backup(database, tmp_path / "copy")
    restore_backup(database, tmp_path / "copy", tmp_path / "aside")
    (fire,) = database.read(lambda db: fires.list_fires(db, "s", None))
    assert fire.nominal == NOW + timedelta(days=1)


def test_a_copy_of_a_damaged_database_is_refused_in_a_sentence(tmp_path: Path) -> None:
    database = Database("sqlite:///jobs.sqlite", tmp_path)
    database.open()
    fill(database, "w")
    database.close()
    path = tmp_path / "jobs.sqlite"
    data = bytearray(path.read_bytes())
    data[4096:12288] = b"\xff" * 8192
    path.write_bytes(data)
    with pytest.raises(SchedulerError, match=r"cannot be copied.*scheduler doctor"):
        save_backup(Database("sqlite:///jobs.sqlite", tmp_path), tmp_path / "copy.sqlite")
    assert not (tmp_path / "copy.sqlite").exists()
