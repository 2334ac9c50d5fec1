"""Killed with a hundred scripts running, and a copy of everything as a power cut would leave it: FAULTS 4 and 6."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import sys
from collections import Counter
from pathlib import Path

import pytest
import soak

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its workflows are for sh")
SCRIPTS = 100


def test_a_hundred_running_scripts_are_adopted(scheduler, until) -> None:
    (scheduler.home / ".env").write_text(f"MAX_PROCESSES={SCRIPTS}\nMAX_THREADS={SCRIPTS}\n")
    code = 'echo "$TASK_ID" >> began; while [ ! -e go ]; do sleep 0.2; done; exit "$1"'
    tasks = "".join(
        f"  - {{id: t{n}, command: sh, args: [-c, '{code}', sh, '{n}'], expected_exit_codes: [{n}], depends_on: []}}\n"
        for n in range(SCRIPTS)
    )
    (scheduler.home / "w.yaml").write_text(f"id: w\ntasks:\n{tasks}")
    scheduler("workflow", "apply", "w.yaml")
    began = scheduler.home / "began"

    def started() -> Counter[str]:
        return Counter(began.read_text().split()) if began.exists() else Counter()

    scheduler("start")
    scheduler("run", "w", "--id", "r", "--detach")
    until(lambda: started().total() == SCRIPTS, 60)
    os.kill(scheduler.json("status")["pid"], signal.SIGKILL)
    until(lambda: not scheduler.json("status")["running"])
    scheduler("start")
    (scheduler.home / "go").touch()
    until(lambda: scheduler.json("runs", "show", "r")["state"] != "running", 60)
    run = scheduler.json("runs", "show", "r")
    assert run["state"] == "succeeded"
    assert {task["id"]: [one["exit_code"] for one in task["attempts"]] for task in run["tasks"]} == {
        f"t{n}": [n] for n in range(SCRIPTS)
    }
    assert set(started().values()) == {1}


def test_a_copy_taken_mid_write_goes_on_without_a_loss(tmp_path: Path, until) -> None:
    folder = tmp_path / "first"
    folder.mkdir()
    home = soak.Home(folder, None)
    for n in range(3):
        (folder / f"w{n}.yaml").write_text(soak.DEFINITION.format(n=n, seconds=1))
    home.command("workflow", "apply", *(str(folder / f"w{n}.yaml") for n in range(3)))
    home.serve()
    until(lambda: len(home.command("fires", "list", "--schedule", "s2")) >= 4)
    acknowledged = {n: home.command("fires", "list", "--schedule", f"s{n}") for n in range(3)}
    # All files of one instant, as a disk would have them: who writes stands still meanwhile.
    assert home.process is not None
    home.process.send_signal(signal.SIGSTOP)
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("engine.lock", "*-shm"))
    home.process.send_signal(signal.SIGCONT)
    home.kill()
    with sqlite3.connect(copy / "jobs.sqlite") as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    after = soak.Home(copy, None)
    for n, fires in acknowledged.items():
        kept = {fire["nominal_utc"] for fire in after.command("fires", "list", "--schedule", f"s{n}")}
        assert {fire["nominal_utc"] for fire in fires} <= kept
    after.serve()
    until(lambda: len(after.command("fires", "list", "--schedule", "s2")) >= len(acknowledged[2]) + 3)
    soak.drain(after, [f"s{n}" for n in range(3)])
    found = soak.count(after, {f"s{n}": 1 for n in range(3)})
    assert (found["lost"], found["duplicate"], found["started_twice"]) == (0, 0, 0)
