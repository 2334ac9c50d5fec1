"""How long a database is asked again, and what the web interface's questions leave out at their edges."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from workflow_scheduler.domain.errors import Unreachable
from workflow_scheduler.domain.run import Run, RunState
from workflow_scheduler.storage import place_watch, planner_pause, queries_runs, queue, runs, sqlite_log
from workflow_scheduler.storage.database import Connection, Stale

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
BUSY, WRONG = sqlite3.OperationalError("database is locked"), sqlite3.OperationalError("no such table: x")
BUSY.sqlite_errorcode, WRONG.sqlite_errorcode = sqlite3.SQLITE_BUSY, sqlite3.SQLITE_ERROR


def failing(*errors: Exception) -> Callable[[Connection], str]:
    """Work that raises these one after another, and then is done."""
    left = list(errors)

    def work(_: Connection) -> str:
        if left:
            raise left.pop(0)
        return "done"

    return work


def test_what_passes_is_tried_again(sqlite) -> None:
    assert sqlite.write(failing(BUSY, Stale(), BUSY)) == "done"


@pytest.mark.parametrize("errors", [(WRONG,), (BUSY,), (Stale(),)])
def test_what_does_not_pass_or_takes_too_long_is_said(sqlite, errors) -> None:
    with pytest.raises(Unreachable):
        sqlite.write(failing(*errors), patience=3600 if WRONG in errors else -1)


def test_who_gives_up_does_not_wait_for_the_rest(sqlite) -> None:
    with pytest.raises(Unreachable):
        sqlite.write(failing(BUSY), patience=3600, abandon=lambda: True)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody move a file that is open")
def test_the_file_s_absence_is_noticed_by_the_mark_too(sqlite, tmp_path) -> None:
    sqlite.change_mark()
    kept = sqlite.path.rename(tmp_path / "kept")
    with pytest.raises(Unreachable, match="move it back"):
        sqlite.change_mark()
    kept.rename(sqlite.path)
    sqlite.change_mark()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody delete a file that is open")
def test_a_lost_log_is_stored_as_soon_as_nobody_reads(sqlite, monkeypatch) -> None:
    monkeypatch.setattr(place_watch, "LOG_LOOKS", 0)
    sqlite.write(lambda db: planner_pause.pause(db, NOW, "somebody"))
    Path(f"{sqlite.path}-wal").unlink()
    store, tries = sqlite_log.store, []

    def busy_once(pool) -> bool:
        tries.append(pool)
        return len(tries) > 1 and store(pool)

    monkeypatch.setattr(sqlite_log, "store", busy_once)
    assert sqlite.read(planner_pause.paused)
    assert len(tries) == 2


def test_a_log_is_not_stored_while_one_connection_is_in_use(sqlite, monkeypatch) -> None:
    monkeypatch.setattr(sqlite_log, "_PATIENCE", 0)
    sqlite.write(lambda db: planner_pause.pause(db, NOW, "somebody"))
    in_use = sqlite._pool.take()
    assert not sqlite_log.store(sqlite._pool)
    sqlite._pool.give_back(in_use)
    assert sqlite_log.store(sqlite._pool)
    assert sqlite._pool.idle == 0, "all of them are closed"


def test_a_log_keeps_its_length_and_is_moved_into_the_database(sqlite) -> None:
    log = Path(f"{sqlite.path}-wal")
    sqlite.write(lambda db: planner_pause.pause(db, NOW, "somebody"))
    sqlite.reserve_log()
    assert log.stat().st_size >= 16_000_000
    assert "room" not in sqlite.read(lambda db: db.column("SELECT name FROM sqlite_master"))
    sqlite.tidy()
    assert log.stat().st_size >= 16_000_000
    stored = sqlite3.connect(f"{sqlite.path.as_uri()}?immutable=1", uri=True)  # which reads no log
    assert stored.execute("SELECT paused_by FROM planner").fetchone() == ("somebody",)
    stored.close()


@pytest.fixture
def three(database):
    """A run queued, and due, before, at and after noon; all of them failed."""
    rows = [
        Run(
            f"r{at}",
            "w",
            1,
            RunState.FAILED,
            NOW + timedelta(hours=at),
            schedule_id="s",
            nominal=NOW + timedelta(hours=at),
            finished_at=NOW + timedelta(hours=at),
        )
        for at in (-1, 0, 1)
    ]
    database.write(lambda db: runs.add_runs(db, rows))
    return database


def test_a_span_has_its_start_and_not_its_end(three) -> None:
    hour = timedelta(hours=1)
    assert three.read(lambda db: queries_runs.state_counts(db, NOW - hour, NOW + hour)) == {"failed": 2}
    assert three.read(lambda db: queries_runs.hour_counts(db, NOW)) == {
        ("2026-11-24 12", "failed"): 1,
        ("2026-11-24 13", "failed"): 1,
    }
    assert [run.id for run in three.read(lambda db: queries_runs.ended_badly(db, NOW, 9))] == ["r1", "r0"]
    assert len(three.read(lambda db: queries_runs.timings(db, NOW, 9))) == 2

    def scheduled(start: datetime, end: datetime, until: datetime) -> list[str]:
        return [run.id for run in three.read(lambda db: queries_runs.scheduled_runs(db, start, end, until, 9))]

    assert scheduled(NOW - hour, NOW + hour, NOW + 2 * hour) == ["r-1", "r0"]
    assert scheduled(NOW, NOW + 2 * hour, NOW + hour) == ["r0"]


@pytest.mark.parametrize("scope", ["schedule", "workflow"])
def test_what_is_only_queued_keeps_no_other_waiting(database, scope) -> None:
    def run(name: str, state: RunState) -> Run:
        return Run(name, "w", 1, state, NOW, schedule_id="s", nominal=NOW, exclusive=True, exclusive_scope=scope)

    def waiting() -> list[str]:
        return [run.id for run in database.read(lambda db: queue.queued_runs(db, [], 9, owner=None))]

    database.write(lambda db: runs.add_runs(db, [run("a", RunState.QUEUED), run("b", RunState.QUEUED)]))
    assert waiting() == ["a", "b"]
    database.write(lambda db: runs.add_runs(db, [run("c", RunState.RUNNING)]))
    assert waiting() == []
