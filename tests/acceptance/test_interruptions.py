"""Whoever drives or asked for something goes away; a scheduler that stands still is called that, and can be ended."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys

import pytest
from patience import PATIENCE

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and sh of POSIX")
SLOW = "touch began-$RUN_ID; while [ ! -e go ]; do sleep 0.05; done"


def slow_workflow(scheduler, **more: object) -> None:
    document = {"id": "w", "tasks": [{"id": "a", "command": "sh", "args": ["-c", SLOW], "stop_grace": 1}], **more}
    (scheduler.home / "w.yaml").write_text(json.dumps(document))
    scheduler("workflow", "apply", "w.yaml")


def background(scheduler, *words: str) -> subprocess.Popen[bytes]:
    """A command that goes on; what it says is in the home's file `said`."""
    with (scheduler.home / "said").open("wb") as said:
        command = [sys.executable, "-m", "workflow_scheduler", *words]
        return subprocess.Popen(command, env=scheduler.env, cwd=scheduler.home, stdout=said, stderr=said)


def said(scheduler) -> str:
    return (scheduler.home / "said").read_text()


def begin(scheduler, until) -> subprocess.Popen[bytes]:
    process = background(scheduler, "run", "w", "--id", "r")
    until((scheduler.home / "began-r").exists)
    return process


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        (signal.SIGINT, 130, "stopped by Ctrl-C"),
        (signal.SIGTERM, 143, "stopped by signal 15"),
        (signal.SIGHUP, 129, "stopped by signal 1"),
    ],
)
def test_a_signal_cancels_a_run_that_is_made_here(scheduler, until, number: int, code: int, words: str) -> None:
    slow_workflow(scheduler)
    process = begin(scheduler, until)
    process.send_signal(number)
    assert process.wait(PATIENCE) == code
    run = scheduler.json("runs", "show", "r")
    assert run["state"] == "cancelled"
    assert run["reason"].startswith(words)
    assert "r cancelled" in said(scheduler)


def test_a_run_goes_on_when_its_terminal_goes_away(scheduler, until) -> None:
    slow_workflow(scheduler)
    command = [sys.executable, "-m", "workflow_scheduler", "run", "w", "--id", "r"]
    terminal = [sys.executable, "-c", "import pty, sys; pty.spawn(sys.argv[1:])", *command]
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "start_new_session": True}
    with subprocess.Popen(terminal, env=scheduler.env, cwd=scheduler.home, **options) as process:
        until((scheduler.home / "began-r").exists)
        process.kill()  # the kernel hangs up
    until(lambda: "was closed; the run continues" in (scheduler.home / "scheduler.log").read_text())
    (scheduler.home / "go").touch()
    until(lambda: scheduler.json("runs", "show", "r")["state"] == "succeeded")


def test_the_next_run_picks_up_what_a_killed_one_left(scheduler, until) -> None:
    slow_workflow(scheduler, max_active_runs=1)
    process = begin(scheduler, until)
    process.kill()
    process.wait()
    (scheduler.home / "go").touch()
    scheduler("run", "w", "--id", "next")
    assert [scheduler.json("runs", "show", name)["state"] for name in ("r", "next")] == ["succeeded", "succeeded"]
    assert len(scheduler.json("runs", "show", "r")["tasks"][0]["attempts"]) == 1


def test_a_run_that_waits_says_for_what(scheduler, until) -> None:
    slow_workflow(scheduler, max_active_runs=1)
    first = begin(scheduler, until)
    second = background(scheduler, "run", "w", "--id", "second")
    until(lambda: said(scheduler) == "Waiting: max_active_runs of w is 1. In progress: r.\n")
    (scheduler.home / "go").touch()
    assert first.wait(PATIENCE) == second.wait(PATIENCE) == 0


def test_a_run_that_nobody_drives_is_cancelled(scheduler, until) -> None:
    slow_workflow(scheduler)
    process = begin(scheduler, until)
    process.kill()
    process.wait()
    assert scheduler("runs", "cancel", "r").stdout == "Cancelled r.\n"
    assert scheduler.json("runs", "show", "r")["state"] == "cancelled"


def test_a_request_to_stop_that_is_given_up_is_withdrawn(scheduler, until) -> None:
    slow_workflow(scheduler)
    scheduler("start")
    scheduler("run", "w", "--id", "r", "--detach")
    until((scheduler.home / "began-r").exists)
    stopping = background(scheduler, "stop", "--wait")
    until(lambda: said(scheduler) == "Waiting for r (w: a); expected end unknown.\n")
    problem = scheduler.json("status")["problem"]
    assert problem.startswith("The scheduler starts no new runs and stops once 1 run has finished, as asked at ")
    queued = scheduler.json("run", "w", "--id", "next", "--detach")
    assert queued["waits_for"] == problem
    stopping.send_signal(signal.SIGINT)
    assert stopping.wait(PATIENCE) == 130
    assert "The stop is cancelled: the scheduler continues" in said(scheduler)
    assert scheduler.json("status")["problem"] == ""
    until((scheduler.home / "began-next").exists)
    log = (scheduler.home / "scheduler.log").read_text()
    assert "no new run is started" in log
    assert "The stop was cancelled" in log


def test_start_takes_back_that_it_is_to_stop(scheduler, until) -> None:
    slow_workflow(scheduler)
    pid = scheduler.json("start")["pid"]
    scheduler("run", "w", "--id", "r", "--detach")
    until((scheduler.home / "began-r").exists)
    stopping = background(scheduler, "stop", "--wait")
    until(lambda: scheduler.json("status")["ending"] == "wait")
    stopping.kill()  # it cannot take anything back
    stopping.wait()
    assert scheduler.json("start")["pid"] == pid
    assert scheduler.json("status")["ending"] is None
    scheduler("run", "w", "--id", "next", "--detach")
    until((scheduler.home / "began-next").exists)


def silence(scheduler) -> int:
    """Have the scheduler stand still, since an hour as its record says; returns its pid."""
    pid = scheduler.json("status")["pid"]
    os.kill(pid, signal.SIGSTOP)
    with sqlite3.connect(scheduler.home / "jobs.sqlite") as database:
        database.execute("UPDATE engines SET heartbeat_at = '2026-01-01 02:14:00.000000'")
    database.close()
    return pid


def test_a_scheduler_that_stands_still_is_called_that_and_ended(scheduler, until) -> None:
    slow_workflow(scheduler)
    scheduler("start")
    scheduler("run", "w", "--id", "r", "--detach")
    until((scheduler.home / "began-r").exists)
    pid = silence(scheduler)
    words = f"The scheduler (pid {pid}) is not responding: no heartbeat since 2026-01-01 02:14:00Z."
    assert scheduler.json("status")["problem"] == words
    assert words in " ".join(scheduler("status").stdout.split())
    assert words in " ".join(scheduler("doctor", code=None).stdout.split())
    assert words in scheduler("start", code=4).stderr
    assert words in scheduler("stop", "--wait", code=5).stderr
    stopped = scheduler.json("stop")
    assert (stopped["pid"], stopped["killed"], stopped["runs_running"]) == (pid, True, 1)
    scheduler("start")
    (scheduler.home / "go").touch()
    until(lambda: scheduler.json("runs", "show", "r")["state"] == "succeeded")


def test_one_that_stands_still_is_killed_with_its_runs(scheduler, until) -> None:
    slow_workflow(scheduler)
    scheduler("start")
    scheduler("run", "w", "--id", "r", "--detach")
    until((scheduler.home / "began-r").exists)
    silence(scheduler)
    assert scheduler.json("stop", "--kill")["killed"] is True
    run = scheduler.json("runs", "show", "r")
    assert (run["state"], run["reason"].partition(":")[0]) == ("cancelled", "the scheduler was stopped with --kill")


def test_who_started_a_run_stays_on_record(scheduler) -> None:
    slow_workflow(scheduler)
    (scheduler.home / "go").touch()
    scheduler("run", "w", "--id", "r")
    run = scheduler.json("runs", "show", "r")
    assert run["started_by"].startswith("local")
    assert run["cause"] == f"started by {run['started_by']}"
    scheduler("runs", "retry", "r", "--all", "--id", "again")
    assert scheduler.json("runs", "show", "again")["cause"].startswith("retry of r from the start, started by local")
