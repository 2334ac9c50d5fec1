"""The scheduler as a process: started, killed, started again, and nothing is lost."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from patience import PATIENCE

from workflow_scheduler.engine.lock import holder
from workflow_scheduler.processes.identity import identity_of

KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # on Windows either is TerminateProcess
SLOW = (
    "import os, sys, time\nopen('began', 'a').write('x')\nwhile not os.path.exists('go'): time.sleep(0.02)\nsys.exit(7)"
)


def add_task(scheduler, code: str, *options: str) -> None:
    scheduler("workflow", "create", "w", code=None)
    scheduler("task", "add", "w", "--command", sys.executable, "--arg", "-c", "--arg", code, *options)


def pid_of(scheduler) -> int:
    return scheduler.json("status")["pid"]


def test_start_and_stop_say_when_there_is_nothing_to_do(scheduler) -> None:
    assert scheduler.json("status")["running"] is False
    started = scheduler.json("start")
    assert started["running"] is True
    held = f"already running in {scheduler.home} (pid {started['pid']})"
    assert held in scheduler("start", code=4).stderr
    status = scheduler.json("status")
    assert (status["pid"], status["home"]) == (started["pid"], str(scheduler.home))
    assert held in scheduler("serve", code=4).stderr
    scheduler("stop")
    assert identity_of(started["pid"]) is None
    assert "not running" in scheduler("stop", code=4).stderr


@pytest.mark.parametrize("known", [False, True])
def test_of_three_starts_at_once_one_starts_it_and_two_say_that_it_runs(scheduler, known: bool) -> None:
    """Also where the database is made at the same time."""
    if known:
        scheduler("workflow", "create", "w")
    with ThreadPoolExecutor() as pool:
        done = [future.result() for future in [pool.submit(scheduler, "start", code=None) for _ in range(3)]]
    assert sorted(process.returncode for process in done) == [0, 4, 4], [process.stderr for process in done]
    pid = pid_of(scheduler)
    for process in done:
        assert (
            (f"is running (pid {pid})" in process.stdout)
            if process.returncode == 0
            else ("already running in" in process.stderr)
        )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody delete a file that is open")
@pytest.mark.parametrize("stands_still", [False, True])
def test_a_deleted_lock_lets_no_second_scheduler_in(scheduler, until, stands_still) -> None:
    pid = scheduler.json("start")["pid"]
    if stands_still:
        os.kill(pid, signal.SIGSTOP)
    lock = scheduler.home / "engine.lock"
    lock.unlink()
    assert scheduler.json("status")["pid"] == pid
    for arguments in (["serve"], ["start"]):
        assert f"(pid {pid})" in scheduler(*arguments, code=4).stderr
    assert scheduler.json("status")["pid"] == pid
    if not stands_still:
        until(lambda: f'"pid": {pid}' in lock.read_text() and holder(scheduler.home) is not None)
        assert "engine.lock was deleted or replaced" in (scheduler.home / "scheduler.log").read_text()
        assert scheduler.json("stop")["pid"] == pid
        scheduler("start")
    else:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody move a file that is open")
def test_a_scheduler_whose_database_is_moved_away_waits_for_it_and_says_so(scheduler, until) -> None:
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "echo")
    scheduler("schedule", "add", "w", "--every", "1s")
    pid = scheduler.json("start")["pid"]
    until(lambda: scheduler.json("runs", "list"))
    log, away = scheduler.home / "scheduler.log", scheduler.home / "away"
    away.mkdir()

    def move(source, target) -> None:
        for file in source.glob("jobs.sqlite*"):
            file.rename(target / file.name)

    move(scheduler.home, away)
    until(lambda: "was moved or deleted while it was open" in log.read_text())
    for arguments in (["status"], ["run", "w"], ["start"], ["runs", "list"]):
        assert f"(pid {pid}) has another database open" in scheduler(*arguments, code=5).stderr
    assert "has another database open" in scheduler("doctor", code=4).stdout
    assert not list(scheduler.home.glob("jobs.sqlite*"))
    before = len(log.read_text().splitlines())
    move(away, scheduler.home)
    until(lambda: "The database is back" in log.read_text())
    until(lambda: "run succeeded" in "".join(log.read_text().splitlines()[before:]))
    assert scheduler.json("status")["problem"] == ""
    move(scheduler.home, away)
    until(lambda: log.read_text().count("Until it is back, no run is planned") == 2)
    assert scheduler.json("stop")["pid"] == pid
    assert not list(scheduler.home.glob("jobs.sqlite*"))
    move(away, scheduler.home)
    assert scheduler.json("start")["pid"] != pid


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody delete a file that is open")
@pytest.mark.parametrize("names", [("-wal",), ("-shm",), ("-wal", "-shm")])
def test_a_log_of_writes_that_is_deleted_loses_nothing(scheduler, until, names) -> None:
    scheduler.asks_here = False  # within a process SQLite shares what it knows of files that are gone
    add_task(scheduler, "")
    scheduler("schedule", "add", "w", "--every", "1s", "--id", "tick", "--catchup", "all", "--overlap", "allow")
    scheduler("start")
    log = scheduler.home / "scheduler.log"
    for time in (1, 2):
        until(lambda: scheduler.json("runs", "list"))
        runs = {run["id"] for run in scheduler.json("runs", "list", "-n", "0")}
        for name in names:
            (scheduler.home / f"jobs.sqlite{name}").unlink()
        until(lambda time=time: log.read_text().count("jobs.sqlite-wal was moved or deleted") == time)
        until(lambda runs=runs: {run["id"] for run in scheduler.json("runs", "list", "-n", "0")} > runs)
    scheduler("stop")
    assert runs < {run["id"] for run in scheduler.json("runs", "list", "-n", "0")}
    assert "is sound" in scheduler("doctor", code=None).stdout
    fires = [
        datetime.fromisoformat(fire["nominal_utc"])
        for fire in scheduler.json("fires", "list", "--schedule", "tick", "-n", "1000")
    ]
    assert sorted(fires) == [min(fires) + timedelta(seconds=n) for n in range(len(fires))]


def test_every_fire_is_accounted_for_and_a_killed_scheduler_loses_nothing(scheduler, until) -> None:
    add_task(scheduler, SLOW, "--expected-exit-codes", "7")
    scheduler("workflow", "create", "quick")
    scheduler("task", "add", "quick", "--command", "echo", "--arguments", "tick")
    scheduler("start")
    scheduler("schedule", "add", "quick", "--every", "1s", "--id", "tick", "--overlap", "allow", "--catchup", "all")
    scheduler("run", "w", "--id", "slow", "--detach")
    until((scheduler.home / "began").exists)
    for _ in range(2):
        until(lambda: len(scheduler.json("fires", "list", "--schedule", "tick")) > 2)
        os.kill(pid_of(scheduler), KILL)
        until(lambda: not scheduler.json("status")["running"])
        before = len(scheduler.json("fires", "list", "--schedule", "tick"))
        scheduler("start")
        until(lambda before=before: len(scheduler.json("fires", "list", "--schedule", "tick")) > before + 2)
    (scheduler.home / "go").touch()
    until(lambda: scheduler.json("runs", "show", "slow")["state"] == "succeeded")
    (attempt,) = scheduler.json("runs", "show", "slow")["tasks"][0]["attempts"]
    assert attempt["exit_code"] == 7
    assert (scheduler.home / "began").read_text() == "x"
    scheduler("schedule", "pause", "tick")
    until(lambda: not scheduler.json("runs", "list", "-n", "0", "--state", "running"))
    fires = [
        fire for fire in scheduler.json("fires", "list", "--schedule", "tick") if fire["disposition"] != "pending"
    ]  # what was due since it is paused has no disposition yet
    moments = [datetime.fromisoformat(fire["nominal_utc"]) for fire in fires]
    assert moments == [moments[0] + timedelta(seconds=n) for n in range(len(moments))]
    assert {fire["disposition"] for fire in fires} == {"queued"}
    runs = scheduler.json("runs", "list", "-n", "0", "--schedule", "tick")
    assert sorted(run["id"] for run in runs) == sorted(fire["run_id"] for fire in fires)
    assert {run["state"] for run in runs} == {"succeeded"}


def test_scripts_outlive_stop_and_their_real_exit_code_is_found(scheduler, until) -> None:
    add_task(scheduler, SLOW)
    scheduler("start")
    scheduler("run", "w", "--id", "slow", "--detach")
    until((scheduler.home / "began").exists)
    assert scheduler.json("stop")["runs_running"] == 1
    (scheduler.home / "go").touch()
    scheduler("start")
    until(lambda: scheduler.json("runs", "show", "slow")["state"] == "failed")
    assert scheduler.json("runs", "show", "slow")["tasks"][0]["attempts"][0]["exit_code"] == 7


def test_an_adopted_script_can_be_cancelled(scheduler, until) -> None:
    add_task(scheduler, SLOW)
    scheduler("start")
    scheduler("run", "w", "--id", "slow", "--detach")
    until((scheduler.home / "began").exists)
    scheduler("restart")
    scheduler("runs", "cancel", "slow")
    until(lambda: scheduler.json("runs", "show", "slow")["state"] == "cancelled")


def test_one_that_start_did_not_start_is_not_restarted_as_another(scheduler, until) -> None:
    served = subprocess.Popen([sys.executable, "-m", "workflow_scheduler", "serve"], env=scheduler.env)
    try:
        until(lambda: scheduler.json("status")["running"])
        said = scheduler("restart", code=4).stderr
        assert "with the service manager" in said
        assert served.poll() is None
    finally:
        scheduler("stop")
        assert served.wait(PATIENCE) == 0


def test_stop_wait_and_stop_kill(scheduler, until) -> None:
    add_task(scheduler, SLOW, "--expected-exit-codes", "7")
    scheduler("start")
    scheduler("run", "w", "--id", "first", "--detach")
    until((scheduler.home / "began").exists)
    (scheduler.home / "go").touch()
    scheduler("stop", "--wait")
    assert scheduler.json("runs", "show", "first")["state"] == "succeeded"
    (scheduler.home / "go").unlink()
    scheduler("start")
    scheduler("run", "w", "--id", "second", "--detach")
    until(lambda: (scheduler.home / "began").read_text() == "xx")
    scheduler("stop", "--kill")
    assert scheduler.json("runs", "show", "second")["state"] == "cancelled"


def test_a_run_is_in_the_log_by_its_identifiers(scheduler, until) -> None:
    scheduler("start")
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "echo")
    run = scheduler.json("run", "w")
    assert run["state"] == "succeeded"
    line = f"run={run['id']} task=task_1 attempt=1 attempt succeeded: exit code 0 exit_code=0"
    until(lambda: line in (scheduler.home / "scheduler.log").read_text())  # written after the end is settled


@pytest.mark.timeout(900)
def test_a_thousand_schedules_in_the_same_second_make_a_thousand_runs(scheduler, until) -> None:
    due = datetime.now(UTC) + timedelta(seconds=30)  # a busy machine takes long to apply them
    lines = ["id: many", "tasks: [{command: echo}]", "schedules:"]
    lines += [f"  - {{id: s{n}, at: '{due:%Y-%m-%d %H:%M:%S}', overlap_scope: schedule}}" for n in range(1000)]
    (scheduler.home / "many.yaml").write_text("\n".join(lines))
    scheduler("workflow", "apply", "many.yaml")
    scheduler("start")

    def over() -> bool:
        return len(scheduler.json("runs", "list", "-n", "0", "--state", "succeeded")) == 1000

    until(over)
    runs = scheduler.json("runs", "list", "-n", "0")
    assert len({run["schedule_id"] for run in runs}) == len(runs) == 1000


def test_a_locked_database_is_waited_for(scheduler) -> None:
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "echo")
    scheduler("start")
    blocker = sqlite3.connect(scheduler.home / "jobs.sqlite", isolation_level=None, check_same_thread=False)
    blocker.execute("BEGIN EXCLUSIVE")
    # Longer than SQLite itself waits.
    release = threading.Timer(7, lambda: blocker.execute("ROLLBACK"))
    release.start()
    assert scheduler.json("run", "w")["state"] == "succeeded"
    release.join()
    blocker.close()


def test_a_home_that_cannot_be_written_is_a_clear_error(scheduler) -> None:
    (scheduler.home / "scheduler.log").mkdir()
    assert "scheduler.log" in scheduler("start", code=5).stderr


@pytest.mark.skipif(sys.platform == "win32", reason="its workflow is for sleep")
@pytest.mark.parametrize("asked", ["timeout", "cancel"])
def test_scripts_that_end_as_they_are_ended_have_one_end(scheduler, until, asked: str) -> None:
    (scheduler.home / ".env").write_text("MAX_PROCESSES=20\n")
    limit = "timeout: 1, " if asked == "timeout" else ""
    # Close to the time limit, or to the cancelling, whose moment is less certain; and one that surely is still there.
    lengths = [0.9 + 0.01 * n if asked == "timeout" else 0.3 + 0.01 * n**2 for n in range(19)] + [9.0]
    tasks = [
        f"  - {{id: t{n}, command: sleep, args: ['{length:.2f}'], {limit}depends_on: []}}"
        for n, length in enumerate(lengths)
    ]
    (scheduler.home / "w.yaml").write_text("id: w\ntasks:\n" + "\n".join(tasks))
    scheduler("workflow", "apply", "w.yaml")
    scheduler("start")
    scheduler("run", "w", "--id", "r", "--detach")
    if asked == "cancel":
        scheduler("runs", "cancel", "r")
    until(lambda: scheduler.json("runs", "show", "r")["state"] not in ("queued", "running"))
    run = scheduler.json("runs", "show", "r")
    assert run["state"] == ("failed" if asked == "timeout" else "cancelled")
    (attempts,) = zip(*(task["attempts"] for task in run["tasks"]), strict=True)
    ends = {"succeeded", "timed_out" if asked == "timeout" else "cancelled"}
    assert {attempt["state"] for attempt in attempts} <= ends
    with contextlib.closing(sqlite3.connect(scheduler.home / "jobs.sqlite")) as database:
        told = database.execute(
            "SELECT task_id FROM events WHERE kind LIKE 'attempt.%' AND kind IN (?, ?)",
            [f"attempt.{end}" for end in sorted(ends)],
        )
        assert sorted(task for (task,) in told) == sorted(f"t{n}" for n in range(20))
    assert scheduler.json("status")["runs_running"] == 0
