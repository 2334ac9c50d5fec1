"""The lock of a home holds, though somebody deletes or replaces its file."""

from __future__ import annotations

import os
import sys

import pytest

from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.engine.lock import HomeLock, holder

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody delete a file that is open")


@pytest.fixture
def held(tmp_path):
    lock = HomeLock(tmp_path)
    lock.acquire()
    lock.write({"pid": os.getpid(), "engine_id": 7})
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
    assert holder(tmp_path) == {"pid": os.getpid(), "engine_id": 7}
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
