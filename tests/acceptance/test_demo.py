"""The demo, in a home of its own."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys

import pytest
from patience import PATIENCE


def test_the_demo_proves_its_backup(scheduler) -> None:
    said = scheduler("demo", "--home", str(scheduler.home / "shop")).stdout
    assert "At 01:00, Monday through Friday (UTC)" in said
    assert "restores to the same" in said
    assert said.count("attempt 1: exit code 0") == 2
    typed = re.search(r"^See it in your browser: (.+) start; \1 web$", said, re.MULTILINE)
    assert typed is not None
    done = subprocess.run(f"{typed[1]} workflow list", shell=True, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "daily_backup" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="pexpect needs a POSIX terminal")
@pytest.mark.parametrize("answer", ["n", "y"])
def test_the_demo_offers_the_page_to_who_sits_before_it(scheduler, answer: str) -> None:
    import pexpect

    home = scheduler.home / "shop"
    env = {**scheduler.env, "WEB": "1", "PORT": "0", "BROWSER": "true"}
    command = ["-m", "workflow_scheduler", "--home", str(home), "demo"]
    terminal = pexpect.spawn(sys.executable, command, env=env, timeout=PATIENCE, encoding="utf-8", dimensions=(40, 120))
    terminal.expect("See it in your browser.*: ")
    terminal.sendline(answer)
    if answer == "y":
        terminal.expect(r"It runs until: .+ --home \S+ stop")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    assert scheduler.json("--home", str(home), "status")["running"] == (answer == "y")
    scheduler("--home", str(home), "stop", code=None)


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
