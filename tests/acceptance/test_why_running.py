"""`scheduler runs why-running`, while a scheduler runs a command that hangs, and afterwards."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what /proc tells")
ASK = "import os; print('one'); print('ready?', flush=True); r, w = os.pipe(); os.dup2(r, 0); input()"
DEFINITION = f"""
id: asks
tasks:
  - {{id: ask, command: '{Path(sys.executable).as_posix()}', args: ["-c", "{ASK}"], stop_grace: 0s, LIMITS}}
"""
LIKE = "looks like it waits for an answer on standard input: python"


def make(scheduler, limits: str) -> None:
    (scheduler.home / "asks.yaml").write_text(DEFINITION.replace("LIMITS", limits))
    scheduler("workflow", "apply", "asks.yaml")


def test_a_question_that_nobody_answers(scheduler, until) -> None:
    make(scheduler, "deadlines: {longer_than: 1s}")
    scheduler("start")
    scheduler("run", "asks", "--id", "r", "--detach")
    assert "is not running" not in scheduler("runs", "why-running", "r").stdout

    def asked() -> dict | None:
        looks = scheduler.json("runs", "why-running", "r")["looks"]
        return next((look for look in looks if look["looks_like"] and look["last_line"]), None)

    look = until(asked)
    assert (look["task"], look["attempt"], look["occasion"]) == ("ask", 1, "now")
    assert look["looks_like"].startswith(LIKE)
    assert (look["last_line"], look["lines"], look["good_lines"]) == ("ready?", 2, None)
    assert look["processes"][0]["waits"] == "reads standard input"
    shown = scheduler("runs", "why-running", "r").stdout
    for words in (LIKE, "reads standard input", "Last output", "stdout): ready?", "CPU "):
        assert words in shown
    noted = until(lambda: scheduler.json("runs", "show", "r")["looks"])
    assert noted[0]["occasion"] == "long"
    scheduler("runs", "cancel", "r")
    until(lambda: scheduler.json("runs", "show", "r")["state"] == "cancelled")
    assert "When its deadline passed" in scheduler("runs", "show", "r").stdout
    assert "The run has ended: cancelled." in scheduler("runs", "why-running", "r").stdout


def test_what_a_time_limit_ended(scheduler) -> None:
    make(scheduler, "timeout: 2s")
    scheduler("run", "asks", "--id", "r", code=1)
    (look,) = scheduler.json("runs", "show", "r")["looks"]
    assert look["occasion"] == "timeout"
    assert look["looks_like"].startswith(LIKE)
    shown = scheduler("runs", "show", "r").stdout
    assert "When its time limit ended it" in shown
    assert "ready?" in shown


def test_there_is_no_such_run(scheduler) -> None:
    make(scheduler, "timeout: 2s")
    assert "nothing" in scheduler("runs", "why-running", "nothing", code=3).stderr
