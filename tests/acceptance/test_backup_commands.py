"""The database: what is no database, backups, prune, and who may read it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def test_a_file_that_is_no_database_is_refused(scheduler) -> None:
    (scheduler.home / "jobs.sqlite").write_text("this is not a database, " * 100)
    assert "damaged" in scheduler("workflow", "list", code=5).stderr


def typed_elsewhere(words: str, folder: Path) -> Any:
    """What the command does that a sentence ends with."""
    command = words.strip().partition("with: scheduler ")[2]
    python = subprocess.list2cmdline([sys.executable]) if sys.platform == "win32" else shlex.quote(sys.executable)
    environ = {name: value for name, value in os.environ.items() if name != "SCHEDULER_HOME"}
    line = f"{python} -m workflow_scheduler {command} --yes --json"
    done = subprocess.run(line, shell=True, cwd=folder, env=environ, capture_output=True, text=True, check=True)
    assert not list(folder.iterdir())
    return json.loads(done.stdout)


def test_the_command_that_restores_a_backup_is_told_with_it(scheduler, tmp_path_factory) -> None:
    spaced = type(scheduler)(scheduler.home / "a home")
    spaced.home.mkdir()
    spaced("workflow", "create", "w")
    told = spaced("backup").stdout
    spaced("workflow", "create", "later")
    typed_elsewhere(told, tmp_path_factory.mktemp("elsewhere"))
    assert [workflow["id"] for workflow in spaced.json("workflow", "list")] == ["w"]


def test_a_damaged_database_names_the_backup_and_the_command_that_restores_it(scheduler, tmp_path_factory) -> None:
    scheduler("workflow", "create", "w")
    file = scheduler.json("backup")["file"]
    assert Path(file).parent == scheduler.home / "backups"
    (scheduler.home / "jobs.sqlite").write_text("this is not a database, " * 100)
    named = scheduler("start", code=5).stderr
    assert "damaged" in scheduler("workflow", "list", code=5).stderr
    restored = typed_elsewhere(named, tmp_path_factory.mktemp("elsewhere"))
    assert "this is not" in Path(restored["kept"]).read_text()
    assert [workflow["id"] for workflow in scheduler.json("workflow", "list")] == ["w"]


def test_backup_and_restore_say_what_is_in_the_way(scheduler) -> None:
    scheduler("workflow", "create", "w")
    scheduler("backup", "copy.sqlite")
    assert "already exists" in scheduler("backup", "copy.sqlite", code=4).stderr
    assert "does not exist" in scheduler("backup", "no/such/copy.sqlite", code=3).stderr
    assert "no file" in scheduler("restore", "missing", "--yes", code=3).stderr
    assert "Pass --yes" in scheduler("restore", "copy.sqlite", code=2).stderr
    assert "Nothing was changed" in scheduler("restore", "copy.sqlite", code=1, text="n\n").stderr
    (scheduler.home / "text").write_text("x" * 9999)
    assert "scheduler backup" in scheduler("restore", "text", "--yes", code=2).stderr
    scheduler("start")
    assert "already running" in scheduler("restore", "copy.sqlite", "--yes", code=4).stderr


def test_prune(scheduler) -> None:
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "echo")
    for number in range(3):
        scheduler("run", "w", "--id", f"r{number}")
    assert "0 runs would" in scheduler("prune", "--dry-run").stdout
    assert scheduler.json("prune", "--runs", "1", "--dry-run") == {"runs": 2, "dry_run": True}
    assert len(scheduler.json("runs", "list")) == 3
    assert "2 runs deleted" in scheduler("prune", "--runs", "1").stdout
    assert [run["id"] for run in scheduler.json("runs", "list")] == ["r2"]
    assert [folder.name for folder in (scheduler.home / "attempts").iterdir()] == ["r2"]
    assert "0 runs deleted" in scheduler("prune", "--days", "1").stdout
    assert "--days" in scheduler("prune", "--days", "99999", code=2).stderr
    assert [entry["action"] for entry in scheduler.json("audit")["entries"]][:2] == ["scheduler prune"] * 2


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX rights")
def test_the_database_is_its_owners_alone(scheduler) -> None:
    scheduler("workflow", "create", "w")
    assert (scheduler.home / "jobs.sqlite").stat().st_mode & 0o077 == 0
