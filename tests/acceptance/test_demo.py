"""The demo, in a home of its own."""

from __future__ import annotations

import sqlite3


def test_the_demo_proves_its_backup(scheduler) -> None:
    said = scheduler("demo", "--home", str(scheduler.home / "shop")).stdout
    assert "At 01:00, Monday through Friday (UTC)" in said
    assert "restores to the same" in said
    assert said.count("attempt 1: exit code 0") == 2


def test_a_backup_that_does_not_restore_is_a_failure(scheduler, monkeypatch) -> None:
    from workflow_scheduler.cli import demo

    home = scheduler.home / "shop"
    scheduler("demo", "--home", str(home))
    assert demo._difference(home) is None
    with sqlite3.connect(home / "shop.sqlite") as database:
        database.execute("UPDATE orders SET cents = cents + 1 WHERE id = 17")
    database.close()
    assert demo._difference(home) == "its rows are not those of shop.sqlite"
    (home / "backups" / "db_backup.zip").write_bytes(b"no zip")
    assert "cannot be restored" in demo._difference(home)
