"""A worker on Windows: it brings the files of a workflow to .bat and .py, and loses nothing when it is killed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from patience import PATIENCE
from workers.working import Scheduler

from workflow_scheduler.domain.run import AttemptKey

ONE, TWO = (AttemptKey("r", name, 1) for name in ("a", "b"))
SLOW = """
import os, sys, time
open("began", "a").write("x")
while not os.path.exists("go"): time.sleep(0.05)
sys.exit(7)
"""
TREE = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open("pids", "w").write(" ".join(map(str, (os.getpid(), child.pid))))
os.replace("pids", "tree")
time.sleep(600)
"""


def test_scripts_find_the_files_of_their_workflow(scheduling: Scheduler, tmp_path: Path) -> None:
    files = tmp_path / "definitions"
    (files / "sql" / "deep").mkdir(parents=True)
    (files / "sql" / "deep" / "x.sql").write_bytes(b"select 1\n")
    (files / "load.py").write_text("print(open(r'sql\\deep\\x.sql').read()); open('out.txt', 'w').close()")
    (files / "pack.bat").write_bytes(b"@type sql\\deep\\x.sql\r\n@echo %FILES_DIR%\r\n@exit /b 3\r\n")
    digest = scheduling.store(files, "load.py", "pack.bat", "sql/")
    home = scheduling.worker("x")
    home.start()
    for key, command in ((ONE, "load.py"), (TWO, "pack.bat")):
        scheduling.give("x", key, "", command=command, bundle=digest)
    assert scheduling.outcome(ONE)["state"] == "succeeded"
    assert scheduling.outcome(ONE)["facts"]["script"]["path"] == "load.py"
    assert scheduling.outcome(TWO)["exit_code"] == 3
    assert scheduling.output(ONE).split() == [b"select", b"1"]
    assert scheduling.output(TWO).decode().split() == ["select", "1", str(home.folder(TWO) / "files")]
    assert (home.folder(ONE) / "files" / "out.txt").exists()


@pytest.mark.parametrize(("options", "state"), [({}, "cancelled"), ({"timeout": 8.0}, "timed_out")])
def test_a_command_ends_with_all_that_it_started(
    scheduling: Scheduler, until: Callable[..., Any], options: dict[str, float], state: str
) -> None:
    home = scheduling.worker("x")
    home.start()
    scheduling.give("x", ONE, TREE, stop_grace=1.0, **options)
    until((home.path / "tree").exists)
    if not options:
        scheduling.stop("x", ONE)
    assert scheduling.outcome(ONE)["state"] == state
    pids = [int(pid) for pid in (home.path / "tree").read_text().split()]
    until(lambda: not any(map(psutil.pid_exists, pids)))


def test_a_killed_worker_is_followed_by_one_that_finds_the_real_exit_code(
    scheduling: Scheduler, until: Callable[..., Any]
) -> None:
    home = scheduling.worker("x")
    home.start()
    scheduling.give("x", ONE, SLOW)
    until((home.path / "began").exists)
    home.kill()
    home.start()
    (home.path / "go").touch()
    assert scheduling.outcome(ONE)["exit_code"] == 7
    assert (home.path / "began").read_text() == "x"


def test_a_worker_that_joined_is_stopped_and_commands_go_on(scheduler, scheduling: Scheduler, until) -> None:
    """With the commands that a person types."""
    (scheduler.home / ".env").write_text(f"DB_URL={scheduling.url}\n")
    invited = scheduler.json("worker", "invite", "--name", "erp", "--address", "127.0.0.1")
    home = scheduling.home("erp", "erp-home")
    home.path.joinpath("worker.json").unlink()
    other = type(scheduler)(home.path)
    other("worker", "join", invited["token"])
    home.start()
    scheduling.give("erp", ONE, SLOW)
    until((home.path / "began").exists)
    assert json.loads(other("worker", "stop", "--json").stdout)
    assert home.process.wait(PATIENCE) == 0
    home.start()
    (home.path / "go").touch()
    assert scheduling.outcome(ONE)["exit_code"] == 7
    assert {row["name"] for row in scheduler.json("workers", "list")} == {"erp"}
    other("worker", "stop")
