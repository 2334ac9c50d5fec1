"""The scheduler in the background on Windows: it outlives its terminal, and scripts outlive it."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import zoneinfo
from datetime import datetime

import psutil
from patience import PATIENCE

from workflow_scheduler.processes.start_file import read_start

SLOW = (
    "import os, sys, time\nopen('began', 'w').close()\nwhile not os.path.exists('go'): time.sleep(0.05)\nsys.exit(7)\n"
)


def slow_task(scheduler, *options: str) -> None:
    (scheduler.home / "slow.py").write_text(SLOW)
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "slow.py", *options)


def test_start_status_stop(scheduler) -> None:
    pid = scheduler.json("start")["pid"]
    assert psutil.pid_exists(pid)
    assert scheduler.json("status")["running"] is True
    assert "already running" in scheduler("start", code=4).stderr
    scheduler("stop")
    assert scheduler.json("status")["running"] is False
    assert not psutil.pid_exists(pid)


def test_schedules_fire_in_a_home_with_spaces_and_other_alphabets(scheduler, until) -> None:
    scheduler.home /= "Büro Nacht пробел"
    scheduler.home.mkdir()
    scheduler.env["SCHEDULER_HOME"] = str(scheduler.home)
    (scheduler.home / "tick.bat").write_text("@echo %SCHEDULED_TIME% > out.txt\n")
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "tick.bat", "--output-file", "out.txt")
    scheduler("start")
    scheduler("schedule", "add", "w", "--every", "1s", "--id", "s", "--overlap", "allow", "--catchup", "all")
    until(lambda: sum(run["state"] == "succeeded" for run in scheduler.json("runs", "list")) > 2)
    scheduler("schedule", "pause", "s")
    fires = scheduler.json("fires", "list", "--schedule", "s")
    moments = [datetime.fromisoformat(fire["nominal_utc"]) for fire in fires if fire["disposition"] == "queued"]
    assert len(set(moments)) == len(moments)
    assert [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(moments)] == [1.0] * (
        len(moments) - 1
    )


def test_a_killed_scheduler_is_followed_by_one_that_finds_the_real_exit_code(scheduler, until) -> None:
    slow_task(scheduler, "--expected-exit-codes", "7")
    pid = scheduler.json("start")["pid"]
    run = scheduler.json("run", "w", "--detach")
    until((scheduler.home / "began").exists)
    os.kill(pid, signal.SIGTERM)  # TerminateProcess: nothing of it runs any more
    until(lambda: not scheduler.json("status")["running"])
    scheduler("start")
    (scheduler.home / "go").touch()
    until(lambda: scheduler.json("runs", "show", run["id"])["state"] == "succeeded")
    (attempt,) = scheduler.json("runs", "show", run["id"])["tasks"][0]["attempts"]
    assert attempt["exit_code"] == 7


def run_with_a_grandchild(scheduler, until) -> tuple[str, int]:
    """A run in progress, and the pid of a process that left its console and its group, but not its Job Object."""
    (scheduler.home / "grand.py").write_text(
        "import os, time\nopen('new', 'w').write(str(os.getpid()))\nos.rename('new', 'pid')\nwhile True: time.sleep(0.1)\n"
    )
    (scheduler.home / "parent.py").write_text(
        "import subprocess, sys, time\nsubprocess.Popen([sys.executable, 'grand.py'], "
        "creationflags=subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP)\nwhile True: time.sleep(0.1)\n"
    )
    scheduler("workflow", "create", "w")
    options = ["--stop-grace", "0.2s", "--guarantee", "at_most_once"]
    scheduler("task", "add", "w", "--command", "parent.py", *options)
    scheduler("start")
    run = scheduler.json("run", "w", "--detach")
    until((scheduler.home / "pid").exists)
    grandchild = int((scheduler.home / "pid").read_text())
    assert psutil.pid_exists(grandchild)
    return run["id"], grandchild


def test_a_cancelled_task_ends_with_all_its_descendants(scheduler, until) -> None:
    run_id, grandchild = run_with_a_grandchild(scheduler, until)
    scheduler("runs", "cancel", run_id)
    until(lambda: scheduler.json("runs", "show", run_id)["state"] == "cancelled")
    until(lambda: not psutil.pid_exists(grandchild))


def test_a_killed_keeper_takes_its_whole_job_along(scheduler, until) -> None:
    run_id, grandchild = run_with_a_grandchild(scheduler, until)
    keeper = read_start(str(scheduler.home / "attempts" / run_id / "task_1.1"))["keeper"]
    os.kill(keeper["pid"], signal.SIGTERM)
    until(lambda: not psutil.pid_exists(grandchild))
    until(lambda: scheduler.json("runs", "show", run_id)["state"] == "unknown")


def test_two_processes_share_an_sqlite_database(scheduler) -> None:
    scheduler("workflow", "create", "first")
    with contextlib.closing(sqlite3.connect(scheduler.home / "jobs.sqlite", isolation_level=None)) as writer:
        assert writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM workflows")
        # A reader waits for no writer, and sees nothing of what is not committed.
        assert [workflow["id"] for workflow in scheduler.json("workflow", "list")] == ["first"]
        writer.execute("COMMIT")
        assert scheduler.json("workflow", "list") == []


def test_many_writers_and_the_scheduler_share_an_sqlite_database(scheduler) -> None:
    scheduler("start")
    answers = []

    def create(start: int) -> None:
        answers.extend(scheduler("workflow", "create", f"w{number}").returncode for number in range(start, start + 2))

    threads = [threading.Thread(target=create, args=(10 * number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [0] * 6
    assert len(scheduler.json("workflow", "list")) == 6


def test_the_menu(scheduler) -> None:
    (scheduler.home / "backup database.bat").write_text("@echo off\necho CREATE TABLE t; > db_backup.sql\n")
    answers = ["2", "", "3", "", "", '"backup database.bat"', "-", "", "db_backup.sql", "2", "30", ""]
    answers += ["4", "", "cron", "", "1", "0", "5", "9", "", "7", "8"]
    done = scheduler(text="\n".join(answers) + "\n")
    assert "Goodbye." in done.stdout
    assert "At 01:00, Monday through Friday (UTC)" in done.stdout
    assert scheduler.json("runs", "list")[0]["state"] == "succeeded", done.stdout


def test_the_demo(scheduler) -> None:
    assert "Proved: backups/db_backup.zip restores" in scheduler("demo").stdout


def test_time_zones_come_from_tzdata(scheduler) -> None:
    assert zoneinfo.TZPATH == ()
    found = scheduler.json(
        "schedule",
        "preview",
        "--cron",
        "15 2 * * *",
        "--timezone",
        "America/New_York",
        "--from",
        "2026-03-08T00:00:00-05:00",
        "-n",
        "1",
    )
    assert "2026-03-08T07:00:00" in str(found)


def test_a_closed_terminal_leaves_the_scheduler_running(scheduler) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-m", "workflow_scheduler", "start"],
        env=scheduler.env,
        cwd=scheduler.home,
        stdout=subprocess.DEVNULL,
    )
    assert parent.wait(PATIENCE) == 0
    assert scheduler.json("status")["running"] is True


IN_A_JOB = """
import ctypes, subprocess, sys
from ctypes import wintypes
from workflow_scheduler.processes.job_object import Job
job = Job()
job._limit(0x2000 | int(sys.argv[1]))
waits = "import subprocess, sys; sys.stdin.readline(); sys.exit(subprocess.run(sys.argv[1:]).returncode)"
first = subprocess.Popen([sys.executable, "-c", waits, sys.executable, "-m", "workflow_scheduler", "start"], stdin=subprocess.PIPE)
job.add(int(first._handle))
first.communicate(b"go")
sys.exit(first.returncode)
"""
"""A session as those of OpenSSH and WinRM: its job ends with the last handle, here with this process, and everything in it."""


def test_start_leaves_the_job_of_its_session(scheduler) -> None:
    session = subprocess.run(
        [sys.executable, "-c", IN_A_JOB, "2048"], env=scheduler.env, cwd=scheduler.home, check=False
    )
    assert session.returncode == 0
    assert scheduler.json("status")["running"] is True


def test_start_says_what_will_happen_where_it_cannot_leave(scheduler) -> None:
    session = subprocess.run(
        [sys.executable, "-c", IN_A_JOB, "0"],
        env=scheduler.env,
        cwd=scheduler.home,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert session.returncode == 0, session.stderr
    assert "could not leave this session's Windows job" in session.stderr
