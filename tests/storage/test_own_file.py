"""An SQLite file that is moved away or replaced while it is open is noticed, and nothing is written into it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from workflow_scheduler.domain.errors import Unreachable
from workflow_scheduler.storage import engines as engine_store
from workflow_scheduler.storage import place_watch, planner_pause
from workflow_scheduler.storage.database import Database

NOW = datetime(2026, 7, 1, tzinfo=UTC)
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody move a file that is open")


@pytest.mark.parametrize("how", ["moved", "deleted", "replaced", "folder"])
def test_nothing_is_read_or_written_until_it_is_back(sqlite, tmp_path, how) -> None:
    assert sqlite.lost() == ""
    copy = tmp_path / "copy"
    shutil.copy(sqlite.path, copy)
    kept = tmp_path / "kept"
    sqlite.path.rename(kept)
    if how == "replaced":
        copy.rename(sqlite.path)
    elif how == "folder":
        sqlite.path.mkdir()
    twin = sqlite.accompanied(None, None)
    for database in (sqlite, twin):
        assert ("replaced" if how in ("replaced", "folder") else "moved or deleted") in database.lost()
        for access in (database.read, database.write):
            with pytest.raises(Unreachable, match="move it back"):
                access(engine_store.engines_not_stopped)
    if how in ("moved", "deleted"):
        assert not sqlite.path.exists()
    elif how == "folder":
        sqlite.path.rmdir()
    kept.rename(sqlite.path)
    assert sqlite.lost() == ""
    assert sqlite.read(engine_store.engines_not_stopped) == []


def test_no_new_connection_makes_an_empty_file_in_its_place(sqlite, tmp_path) -> None:
    sqlite.path.rename(tmp_path / "kept")
    pooled = sqlite._pool.take()
    with pytest.raises(Unreachable):
        sqlite._pool.take()
    sqlite._pool.give_back(pooled)
    assert not sqlite.path.exists()


def test_one_that_was_closed_may_be_replaced(sqlite, tmp_path) -> None:
    other = Database("sqlite:///other.sqlite", tmp_path)
    other.open()
    other.close()
    sqlite.close()
    (tmp_path / "other.sqlite").rename(sqlite.path)
    assert sqlite.lost() == ""
    assert sqlite.read(engine_store.engines_not_stopped) == []


@pytest.fixture
def looking(monkeypatch) -> None:
    """As if half a second had passed before each transaction."""
    monkeypatch.setattr(place_watch, "LOG_LOOKS", 0)


@pytest.mark.usefixtures("looking")
@pytest.mark.parametrize("others", [0, 1])
@pytest.mark.parametrize("names", [("-wal",), ("-shm",), ("-wal", "-shm")])
def test_what_is_only_in_a_log_that_was_taken_away_is_stored(sqlite, tmp_path, caplog, names, others) -> None:
    mark = sqlite.change_mark()
    open_elsewhere = [Database("sqlite:///jobs.sqlite", tmp_path) for _ in range(others)]
    sqlite.write(lambda db: planner_pause.pause(db, NOW, "somebody"))
    for database in open_elsewhere:
        database.write(lambda db: None)
    for name in names:
        Path(f"{sqlite.path}{name}").unlink()
    sqlite.write(lambda db: None)
    assert "-wal was moved or deleted" in caplog.text
    for database in (sqlite, *open_elsewhere, Database("sqlite:///jobs.sqlite", tmp_path)):
        assert database.read(planner_pause.paused)
    for database in (*open_elsewhere, sqlite):
        database.write(lambda db: None)
        database.close()
    assert sqlite.change_mark() != mark


@pytest.mark.usefixtures("looking")
def test_nothing_is_mixed_with_what_another_process_wrote_into_another_log(sqlite, tmp_path) -> None:
    sqlite.write(lambda db: planner_pause.pause(db, NOW, "somebody"))
    for name in ("-wal", "-shm"):
        Path(f"{sqlite.path}{name}").unlink()
    code = (
        "import sqlite3, sys\ndb = sqlite3.connect(sys.argv[1])\n"
        "db.execute('CREATE TABLE other (x)')\ndb.commit()\ninput()"
    )
    with subprocess.Popen([sys.executable, "-c", code, sqlite.path], stdin=subprocess.PIPE) as other:
        deadline = time.monotonic() + 240
        while not Path(f"{sqlite.path}-wal").exists() or not Path(f"{sqlite.path}-wal").stat().st_size:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        for access in (sqlite.read, sqlite.write):
            with pytest.raises(Unreachable, match="scheduler stop"):
                access(planner_pause.paused)
        other.communicate(b"\n")
