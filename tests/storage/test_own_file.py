"""An SQLite file that is moved away or replaced while it is open is noticed, and nothing is written into it."""

from __future__ import annotations

import shutil
import sys

import pytest

from workflow_scheduler.domain.errors import Unreachable
from workflow_scheduler.storage import engines as engine_store
from workflow_scheduler.storage.database import Database

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
        assert ("replaced" if how in ("replaced", "folder") else "moved away or deleted") in database.lost()
        for access in (database.read, database.write):
            with pytest.raises(Unreachable, match="Put it back"):
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
    pooled = sqlite._engine.raw_connection()
    with pytest.raises(Unreachable):
        sqlite._engine.raw_connection()
    pooled.close()
    assert not sqlite.path.exists()


def test_one_that_was_closed_may_be_replaced(sqlite, tmp_path) -> None:
    other = Database("sqlite:///other.sqlite", tmp_path)
    other.open()
    other.close()
    sqlite.close()
    (tmp_path / "other.sqlite").rename(sqlite.path)
    assert sqlite.lost() == ""
    assert sqlite.read(engine_store.engines_not_stopped) == []
