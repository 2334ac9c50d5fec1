"""Killed with a hundred scripts running, told to end by a service manager, keepers killed, strangers with a known pid, and
a copy of everything as a power cut would leave it: FAULTS 2 to 8."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

import databases
import psutil
import pytest
import soak
from patience import PATIENCE

from workflow_scheduler.processes.identity import alive, identity_of
from workflow_scheduler.processes.start_file import read_start

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its workflows are for sh")
SCRIPTS = 100


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_hundred_running_scripts_are_adopted(kind: str, scheduler, request, until) -> None:
    settings = f"MAX_PROCESSES={SCRIPTS}\nMAX_THREADS={SCRIPTS}\n"
    if kind == "postgresql":
        url = databases.fresh(request.getfixturevalue("postgres"))
        settings += f"DB_URL={url}\n"
    (scheduler.home / ".env").write_text(settings)
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
    until(lambda: started().total() == SCRIPTS)
    os.kill(scheduler.json("status")["pid"], signal.SIGKILL)
    until(lambda: not scheduler.json("status")["running"])
    scheduler("start")
    (scheduler.home / "go").touch()
    until(lambda: scheduler.json("runs", "show", "r")["state"] != "running")
    run = scheduler.json("runs", "show", "r")
    assert run["state"] == "succeeded"
    assert {task["id"]: [attempt["exit_code"] for attempt in task["attempts"]] for task in run["tasks"]} == {
        f"t{n}": [n] for n in range(SCRIPTS)
    }
    assert set(started().values()) == {1}


WAITS = "echo $$ >> began; while [ ! -e go ]; do sleep 0.05; done; exit 7"


def begin(scheduler, until, *, guarantee: str = "at_least_once") -> dict:
    """A scheduler, and a script that waits for a file `go`; returns the facts of its `start` file."""
    retry = f"retry_count: 3, guarantee: {guarantee}"
    task = f"{{id: a, command: sh, args: [-c, '{WAITS}'], expected_exit_codes: [7], {retry}}}"
    (scheduler.home / "w.yaml").write_text(f"id: w\ntasks: [{task}]\n")
    scheduler("workflow", "apply", "w.yaml")
    scheduler("start")
    scheduler("run", "w", "--id", "r", "--detach")
    (start,) = until(lambda: [*scheduler.home.glob("attempts/r/a.1/start")])
    return until(lambda: (facts := read_start(str(start.parent))) and "child" in facts and facts)


def test_a_service_manager_that_ends_the_scheduler_leaves_its_scripts(scheduler, until) -> None:
    (scheduler.home / "w.yaml").write_text(f"id: w\ntasks: [{{id: a, command: sh, args: [-c, '{WAITS}']}}]\n")
    scheduler("workflow", "apply", "w.yaml")
    command = [sys.executable, "-m", "workflow_scheduler", "serve"]
    serving = subprocess.Popen(command, env=scheduler.env, stdout=subprocess.DEVNULL)
    until(lambda: scheduler.json("status")["running"])
    scheduler("run", "w", "--id", "r", "--detach")
    began = scheduler.home / "began"
    script = int(until(lambda: began.exists() and began.read_text()))
    serving.send_signal(signal.SIGTERM)
    assert serving.wait(PATIENCE) == 0
    assert "scheduler stopped" in (scheduler.home / "scheduler.log").read_text().splitlines()[-1]
    assert psutil.pid_exists(script)
    scheduler("start")
    (scheduler.home / "go").touch()
    until(lambda: scheduler.json("runs", "show", "r")["state"] == "failed")
    (attempt,) = scheduler.json("runs", "show", "r")["tasks"][0]["attempts"]
    assert attempt["exit_code"] == 7
    assert began.read_text().split() == [str(script)]


@pytest.mark.parametrize("engine_too", [False, True])
def test_a_killed_keeper_obeys_the_guarantee(scheduler, until, engine_too: bool) -> None:
    facts = begin(scheduler, until, guarantee="at_most_once")
    if engine_too:
        os.kill(scheduler.json("status")["pid"], signal.SIGKILL)
        until(lambda: not scheduler.json("status")["running"])
    os.kill(facts["keeper"]["pid"], signal.SIGKILL)
    if engine_too:
        scheduler("start")
    until(lambda: scheduler.json("runs", "show", "r")["state"] != "running")
    (scheduler.home / "go").touch()
    run = scheduler.json("runs", "show", "r")
    assert run["state"] == run["tasks"][0]["state"] == "unknown"
    (attempt,) = run["tasks"][0]["attempts"]
    assert attempt["state"] == "unknown"
    for reason in (run["reason"], attempt["reason"]):
        assert "its result is unknown: its keeper process was killed" in reason
    assert not alive(facts["child"])
    assert (scheduler.home / "began").read_text().split() == [str(facts["child"]["pid"])]


def test_a_killed_keeper_is_tried_again_where_that_is_allowed(scheduler, until) -> None:
    facts = begin(scheduler, until)
    os.kill(facts["keeper"]["pid"], signal.SIGKILL)
    until(lambda: len((scheduler.home / "began").read_text().split()) == 2)
    (scheduler.home / "go").touch()
    until(lambda: scheduler.json("runs", "show", "r")["state"] == "succeeded")
    attempts = scheduler.json("runs", "show", "r")["tasks"][0]["attempts"]
    assert [attempt["state"] for attempt in attempts] == ["unknown", "succeeded"]


@pytest.mark.parametrize("before", ["another start", "another boot"])
def test_a_stranger_with_a_known_pid_is_neither_adopted_nor_signalled(scheduler, until, before: str) -> None:
    """As after a reboot, or long after: the pids of the record are those of others by now."""
    facts = begin(scheduler, until, guarantee="at_most_once")
    os.kill(scheduler.json("status")["pid"], signal.SIGKILL)
    for name in ("keeper", "child"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(facts[name]["pid"], signal.SIGKILL)
        until(lambda name=name: not alive(facts[name]))
    # A stranger of each kind: one whose pid is on record, in a session of its own, as a service would be.
    strangers = [subprocess.Popen(["sleep", "600"], start_new_session=True) for _ in range(3)]
    try:
        start = scheduler.home / "attempts/r/a.1/start"
        for name, stranger in zip(("keeper", "child"), strangers, strict=False):
            pids = identity_of(stranger.pid) or {}
            changed = {"started": pids["started"] - 1} if before == "another start" else {"boot": "another"}
            with start.open("a") as file:
                file.write(json.dumps({name: {**pids, **changed}}) + "\n")
        changed = {**(identity_of(strangers[2].pid) or {}), **changed}
        with contextlib.closing(sqlite3.connect(scheduler.home / "jobs.sqlite")) as database, database:
            database.execute("UPDATE engines SET identity = ?", [json.dumps(changed)])
        scheduler("start")
        # At once, and not when the lease of an engine that seems to live is over.
        until(lambda: scheduler.json("runs", "show", "r")["state"] == "unknown")
        assert [stranger.poll() for stranger in strangers] == [None, None, None]
    finally:
        for stranger in strangers:
            stranger.kill()
            stranger.wait()


@pytest.mark.parametrize("end", ["as it was", "torn"])
def test_a_copy_taken_mid_write_goes_on_without_a_loss(tmp_path: Path, until, end: str) -> None:
    folder = tmp_path / "first"
    folder.mkdir()
    home = soak.Home(folder, None)
    for n in range(3):
        (folder / f"w{n}.yaml").write_text(soak.definition(Path(), n, 1, length=f"0.{n}"))
    home.command("workflow", "apply", *(str(folder / f"w{n}.yaml") for n in range(3)))
    home.serve()
    until(lambda: len(home.command("fires", "list", "--schedule", "s2")) >= 4)
    acknowledged = {n: home.command("fires", "list", "--schedule", f"s{n}") for n in range(3)}
    # All files of one instant, as a disk would have them: who writes stands still meanwhile.
    assert home.process is not None
    home.process.send_signal(signal.SIGSTOP)
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("engine.lock", "*-shm"))
    # The number of frames that are committed, `mxFrame` of https://sqlite.org/walformat.html#the_wal_index_header
    committed = int.from_bytes((folder / "jobs.sqlite-shm").read_bytes()[16:20], sys.byteorder)
    home.process.send_signal(signal.SIGCONT)
    home.kill()
    if end == "torn":
        # A frame of the log of writes that a power cut let half through: behind the last commit, for that is synced.
        with (copy / "jobs.sqlite-wal").open("rb+") as log:
            frame = log.read(32 + 24 + 4096)[32:3000]
            log.seek(32 + committed * (24 + 4096))
            log.write(frame)
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
