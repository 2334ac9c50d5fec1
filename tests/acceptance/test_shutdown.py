"""The machine shuts down: scripts are asked to end, the record says why, and nothing is lost."""

from __future__ import annotations

import json
import os
import signal
import sys

import pytest

ASKED = """
import os, signal, sys, time
def asked(*_):
    open("asked", "a").write(os.environ["TASK_ID"])
    sys.exit(1)
signal.signal(getattr(signal, "SIGBREAK", signal.SIGTERM), asked)
open("began", "a").write(os.environ["TASK_ID"])
while not os.path.exists("go"):
    time.sleep(0.02)
"""


def apply(scheduler, **options: object) -> None:
    tasks = [
        {"id": name, "command": sys.executable, "args": ["-c", ASKED], "depends_on": [], **options} for name in "ab"
    ]
    (scheduler.home / "w.json").write_text(json.dumps({"id": "w", "tasks": tasks}))
    (scheduler.home / ".env").write_text("MAX_PROCESSES=1\n")
    scheduler("workflow", "apply", "w.json")


def tasks_of(scheduler) -> dict[str, dict]:
    return {task["id"]: task for task in scheduler.json("runs", "show", "r")["tasks"]}


def test_scripts_have_their_grace_and_are_tried_again(scheduler, until) -> None:
    apply(scheduler)
    scheduler("start")
    scheduler("run", "w", "--id", "r", "--detach")
    until((scheduler.home / "began").exists)
    assert "1 run continues after the next start." in scheduler("stop", "--shutdown").stdout
    if sys.platform != "win32":  # under Wine Ctrl-Break reaches no command without a window
        assert (scheduler.home / "asked").read_text() == "a"
    assert (scheduler.home / "began").read_text() == "a", "nothing more was started"
    task = tasks_of(scheduler)["a"]
    assert task["state"] == "waiting"
    assert task["reason"] == "the machine shut down: stopped (exit code 1); retried (at_least_once)"
    assert task["attempts"][0]["state"] == "unknown"
    (scheduler.home / "go").touch()
    scheduler("start")
    until(lambda: scheduler.json("runs", "show", "r")["state"] == "succeeded")
    assert [len(task["attempts"]) for task in tasks_of(scheduler).values()] == [2, 1]


@pytest.mark.skipif(sys.platform == "win32", reason="systemd sends a signal; Windows has its own ways (session_end.py)")
def test_a_signal_while_systemd_ends_the_machine_is_a_shutdown(scheduler, until) -> None:
    apply(scheduler)
    program = scheduler.home / "bin" / "systemctl"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho stopping\n")
    program.chmod(0o755)
    scheduler.env |= {"PATH": f"{program.parent}:{scheduler.env['PATH']}", "INVOCATION_ID": "1"}
    pid = scheduler.json("start")["pid"]
    scheduler("run", "w", "--id", "r", "--detach")
    until((scheduler.home / "began").exists)
    os.kill(pid, signal.SIGTERM)
    until(lambda: not scheduler.json("status")["running"])
    assert tasks_of(scheduler)["a"]["reason"].startswith("the machine shut down: stopped (exit code 1)")


def test_what_may_run_once_only_is_for_a_person(scheduler, until) -> None:
    apply(scheduler, guarantee="at_most_once")
    scheduler("start")
    scheduler("run", "w", "--id", "r", "--detach")
    until((scheduler.home / "began").exists)
    scheduler("stop", "--shutdown")
    task = tasks_of(scheduler)["a"]
    assert task["state"] == "unknown"
    assert task["reason"] == "the machine shut down: stopped (exit code 1); not retried (at_most_once)"


def test_what_another_scheduler_left_running_is_ended_too(scheduler, until) -> None:
    apply(scheduler)
    scheduler("start")
    scheduler("run", "w", "--id", "r", "--detach")
    until((scheduler.home / "began").exists)
    scheduler("stop")
    scheduler("start")
    scheduler("stop", "--shutdown")
    assert tasks_of(scheduler)["a"]["reason"].startswith("the machine shut down: stopped (exit code 1)")


def test_it_is_one_way_to_stop(scheduler) -> None:
    scheduler("start")
    assert "not both" in scheduler("stop", "--shutdown", "--kill", code=2).stderr
    scheduler("stop", "--shutdown")
    assert scheduler.json("status")["running"] is False
