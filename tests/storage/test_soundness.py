"""Safety requirement 21: what is restored is checked whole before anything is replaced."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from storage.test_backup import NOW, content, fill

from workflow_scheduler.domain.errors import InvalidInput, NotFound, Refused, SchedulerError
from workflow_scheduler.operations.home.maintenance import restore
from workflow_scheduler.storage.backup import restore_backup, save_backup
from workflow_scheduler.storage.database import SCHEMA_HEAD, Database
from workflow_scheduler.storage.tables import TABLES


@pytest.fixture
def sound(database: Database, tmp_path: Path) -> Path:
    """A backup that could be restored."""
    fill(database, "one")
    save_backup(database, tmp_path / "sound.sqlite")
    return tmp_path / "sound.sqlite"


def refused(database: Database, file: Path, words: str) -> None:
    before = content(database)
    with pytest.raises(InvalidInput, match="not a valid backup") as caught:
        restore_backup(database, file, file.with_name("aside"))
    assert words in str(caught.value)
    assert "scheduler backup" in str(caught.value)
    assert content(database) == before
    assert not list(file.parent.glob(".*part*"))
    assert not file.with_name("aside").exists()


def changed(file: Path, *statements: str) -> Path:
    db = sqlite3.connect(file)
    for statement in statements:
        db.executescript(statement)
    db.commit()
    db.close()
    return file


def test_a_schema_number_alone_is_no_backup(database: Database, tmp_path: Path) -> None:
    fill(database, "kept")
    for number in ("0001", SCHEMA_HEAD):
        script = f"CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version VALUES ('{number}')"
        refused(database, changed(tmp_path / f"empty{number}", script), "")


@pytest.mark.parametrize("table", [table.name for table in TABLES])
def test_every_table_and_column_must_be_there(sqlite: Database, tmp_path: Path, table: str) -> None:
    fill(sqlite, "one")
    save_backup(sqlite, tmp_path / "sound")
    whole = (tmp_path / "sound").read_bytes()
    file = tmp_path / "changed"
    file.write_bytes(whole)
    refused(sqlite, changed(file, f"PRAGMA foreign_keys=OFF; DROP TABLE {table}"), f"the table '{table}' is missing")
    for column in next(known for known in TABLES if known.name == table).columns:
        file.write_bytes(whole)
        refused(sqlite, changed(file, f"ALTER TABLE {table} RENAME COLUMN {column} TO renamed"), column)
    file.write_bytes(whole)
    refused(
        sqlite, changed(file, f"ALTER TABLE {table} RENAME TO gone; CREATE VIEW {table} AS SELECT * FROM gone"), table
    )


CHANGES = {
    "a trigger": ("CREATE TRIGGER t AFTER INSERT ON runs BEGIN DELETE FROM audit; END", "'t'"),
    "a view": ("CREATE VIEW v AS SELECT * FROM users", "'v'"),
    "an index": ("DROP INDEX ix_fires_run", ""),
    "a unique key": (
        "CREATE TABLE copy AS SELECT * FROM fires; DROP TABLE fires; ALTER TABLE copy RENAME TO fires",
        "fires",
    ),
    "a definition": ("UPDATE workflow_versions SET definition = '{\"tasks\": 1}'", "cannot be read"),
    "a text for a definition": ("UPDATE workflow_versions SET definition = 'no JSON'", "cannot be read"),
    "a role": (
        "INSERT INTO users (name, role, password, created_at) VALUES ('eve', 'god', 'x', '2026-01-01 00:00:00.000000')",
        "cannot be read",
    ),
    "the schema": ("UPDATE alembic_version SET version_num = 'abc'", "abc"),
    "the schema of nobody": ("UPDATE alembic_version SET version_num = '0000'", "0000"),
    "no schema": ("DELETE FROM alembic_version", ""),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_strange_in_it_is_refused(database: Database, sound: Path, change: str) -> None:
    statement, words = CHANGES[change]
    if change == "an index":
        db = sqlite3.connect(sound)
        (name,) = db.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchone()
        db.close()
        statement = f"DROP INDEX {name}"
    refused(database, changed(sound, statement), words)


def test_a_backup_of_a_newer_version_says_so(database: Database, sound: Path) -> None:
    before = content(database)
    with pytest.raises(Refused, match="newer version"):
        restore_backup(
            database, changed(sound, "UPDATE alembic_version SET version_num = '9999'"), sound.with_name("aside")
        )
    assert content(database) == before


def test_tables_that_others_added_are_no_harm(database: Database, sound: Path) -> None:
    restore_backup(database, changed(sound, "CREATE TABLE mine (x); ANALYZE"), sound.with_name("aside"))


def directory(path: Path) -> None:
    path.mkdir()


def pipe(path: Path) -> None:
    os.mkfifo(path)


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def zeros(path: Path) -> None:
    path.write_bytes(bytes(100_000))


def empty(path: Path) -> None:
    path.touch()


def damaged(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0" + os.urandom(50_000))


def gigantic(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2 * shutil.disk_usage(path.parent).total)


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such files")
@pytest.mark.parametrize("make", [directory, pipe, endless, zeros, empty, damaged, gigantic])
def test_no_kind_of_file_is_waited_for_or_put_in_the_place_of_the_database(
    sqlite: Database, tmp_path: Path, make: Callable[[Path], None]
) -> None:
    fill(sqlite, "one")
    before = content(sqlite)
    file = tmp_path / "file"
    make(file)
    with pytest.raises((NotFound, InvalidInput, Refused)) as caught:
        restore(sqlite, tmp_path, file, NOW)
    assert isinstance(caught.value, SchedulerError)
    assert content(sqlite) == before


def test_a_database_of_a_strange_schema_is_said_in_a_sentence(tmp_path: Path) -> None:
    script = "CREATE TABLE alembic_version (version_num); INSERT INTO alembic_version VALUES (5)"
    changed(tmp_path / "jobs.sqlite", script)
    with pytest.raises(SchedulerError, match="'5', which is not the scheduler's"):
        Database("sqlite:///jobs.sqlite", tmp_path).open()
