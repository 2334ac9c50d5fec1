"""A command that is forked says what one that is started says, and is alone as that one is."""

from __future__ import annotations

import os
import subprocess
import sys

import forking
import psutil
import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere each command is started")


@pytest.mark.parametrize("line", ["--version", "--help", "nonsense", "status", "run nightly", "workflow create -"])
def test_it_says_what_a_started_one_says(scheduler, line: str) -> None:
    words = line.split()
    started = scheduler.start(words)
    forked = forking.run(words, scheduler.env, scheduler.home, None, 240)
    assert started.stdout or started.stderr
    assert (forked.returncode, forked.stdout, forked.stderr) == (started.returncode, started.stdout, started.stderr)


def test_each_throws_its_own_dice(scheduler) -> None:
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "true")
    runs = [scheduler("run", "w", "--json").stdout for _ in range(3)]
    assert len({run.partition('"id": ')[2][:30].rpartition("-")[2] for run in runs}) == len(runs)


def test_its_input_zone_and_folder_are_its_own(scheduler) -> None:
    scheduler("user", "add", "vera", "--role", "viewer", "--password-stdin", text="correct horse battery\n")
    scheduler.env["TZ"] = "Asia/Tokyo"
    assert forking.can_fork(["status"], scheduler.env, None)
    (scheduler.home / "other").mkdir()
    scheduler("--home", "other", "workflow", "create", "w")
    assert "Asia/Tokyo" in scheduler("--home", "other", "schedule", "add", "w", "--cron", "0 1 * * *").stdout


def test_what_would_not_be_the_same_is_started(scheduler) -> None:
    assert forking.can_fork(["status"], scheduler.env, "a line\n")
    assert not forking.can_fork(["status"], {**scheduler.env, "PYTHONUTF8": "1"}, None)
    assert not forking.can_fork(
        ["status"], {name: scheduler.env[name] for name in scheduler.env if name != "PATH"}, None
    )
    assert not forking.can_fork(["status"], scheduler.env, "x" * 100_000)
    assert not forking.can_fork(["task", "add", "w", "x" * 100_000], scheduler.env, None)


def test_one_that_takes_too_long_is_killed_and_the_next_is_forked(scheduler, until) -> None:
    server = forking.number()
    with pytest.raises(subprocess.TimeoutExpired):
        forking.run(["log", "-f"], scheduler.env, scheduler.home, None, 2)
    until(lambda: not psutil.Process(server).children())
    assert scheduler("--version").stdout
    assert forking.number() == server


def test_a_fork_of_pytest_has_a_server_of_its_own(scheduler) -> None:
    server = forking.number()
    if (child := os.fork()) == 0:
        own = forking.number() != server
        forking.end()
        os._exit(0 if own else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert scheduler("--version").stdout
