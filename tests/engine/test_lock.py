"""The lock of a home holds, though somebody deletes or replaces its file."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime

import pytest

from workflow_scheduler.domain.errors import Refused, Unreachable
from workflow_scheduler.engine import lock as lock_module
from workflow_scheduler.engine import unlocked
from workflow_scheduler.engine.lock import Holder, HomeLock, holder
from workflow_scheduler.processes.place import own_place
from workflow_scheduler.storage import engines
from workflow_scheduler.storage.engines import EngineRow

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody delete a file that is open")


@pytest.fixture
def held(tmp_path):
    lock = HomeLock(tmp_path)
    lock.acquire()
    lock.write(Holder(os.getpid(), 7))
    yield lock
    lock.release()


@posix_only
@pytest.mark.parametrize("how", ["deleted", "moved", "replaced", "copied"])
def test_a_lock_whose_file_was_taken_away_is_taken_again(held, tmp_path, how) -> None:
    path = tmp_path / "engine.lock"
    if how == "moved":
        path.rename(tmp_path / "old")
    else:
        text = path.read_bytes()
        path.unlink()
        if how != "deleted":
            path.write_bytes(text if how == "copied" else b"")
    assert holder(tmp_path) is None
    assert held.secure()
    assert holder(tmp_path) == Holder(os.getpid(), 7)
    with pytest.raises(Refused, match="already running"):
        HomeLock(tmp_path).acquire()


@posix_only
@pytest.mark.parametrize("what", ["pipe", "link", "folder"])
def test_what_is_no_file_is_not_locked_until_it_is_gone(held, tmp_path, what) -> None:
    path = tmp_path / "engine.lock"
    path.unlink()
    if what == "pipe":
        os.mkfifo(path)
    elif what == "link":
        path.symlink_to(tmp_path / "elsewhere")
    else:
        path.mkdir()
    assert not held.secure()
    path.rmdir() if what == "folder" else path.unlink()
    assert held.secure()
    assert holder(tmp_path) is not None


@posix_only
def test_a_file_that_another_process_locked_meanwhile_is_left_to_it(held, tmp_path) -> None:
    (tmp_path / "engine.lock").unlink()
    second = HomeLock(tmp_path)
    second.acquire()
    assert not held.secure()
    second.release()
    assert held.secure()


def test_a_lock_that_is_in_place_stays(held, tmp_path) -> None:
    before = held._descriptor
    assert held.secure()
    assert held._descriptor == before


def test_a_home_that_cannot_be_written_is_said(tmp_path) -> None:
    with pytest.raises(Unreachable, match="Cannot write in the home"):
        HomeLock(tmp_path / "nowhere").acquire()


@pytest.mark.parametrize(
    ("place", "lives", "role", "pid"),
    [
        ({}, True, "scheduler", 7),
        ({"home_id": "another"}, True, "scheduler", 7),
        ({"boot": "another"}, True, "scheduler", 7),
        ({}, False, "scheduler", 7),
        ({}, True, "here", 7),
        ({}, True, "scheduler", 0),  # this process
    ],
)
def test_a_second_scheduler_without_its_lock_is_one_that_lives_in_this_very_home(
    sqlite, tmp_path, monkeypatch, place, lives, role, pid
) -> None:
    monkeypatch.setattr(unlocked, "alive", lambda identity: lives)
    monkeypatch.setattr(unlocked, "PATIENCE", 0)
    now = datetime(2026, 11, 28, tzinfo=UTC)
    pid = pid or os.getpid()
    identity = {"pid": pid, "place": {**own_place(tmp_path), **place}}
    row = EngineRow(0, role, "host", identity, None, now, now)
    sqlite.write(lambda db: engines.register(db, row))
    found = unlocked.unlocked_scheduler(sqlite, tmp_path)
    if place or not lives or role == "here" or pid == os.getpid():
        assert found is None
        unlocked.refuse_second(sqlite, tmp_path)
    else:
        assert (found.pid, found.engine_id) == (7, 1)
        with pytest.raises(Refused, match="pid 7"):
            unlocked.refuse_second(sqlite, tmp_path)


def test_a_look_at_the_lock_keeps_no_scheduler_from_starting(tmp_path, monkeypatch) -> None:
    """`status` and `start` try the lock to see whether it is held, and hold it meanwhile."""
    path = tmp_path / "engine.lock"
    look = os.open(path, os.O_RDWR | os.O_CREAT)
    assert lock_module._try_lock(look)
    monkeypatch.setattr(lock_module.time, "sleep", lambda _: os.close(look))
    lock = HomeLock(tmp_path)
    lock.acquire()
    lock.release()


def test_what_somebody_else_wrote_into_the_lock_is_not_taken_for_a_scheduler(tmp_path) -> None:
    lock = HomeLock(tmp_path)
    lock.acquire()
    for text in ("", "[1]", "7", "{", '{"name": "x"}', "\0" * 9):
        (tmp_path / "engine.lock").write_text(text)
        assert holder(tmp_path) == Holder(None)
    lock.release()
