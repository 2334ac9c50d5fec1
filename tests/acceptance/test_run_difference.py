"""What a failed run says of the last good one: real scripts, edited between two runs."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import pytest

from workflow_scheduler.domain.message import Message
from workflow_scheduler.operations.notifications.details import Completion
from workflow_scheduler.storage.database import Database

SECRET = "canary-4711-canary"
SCRIPT = "import os, sys\nprint('read', os.path.getsize(sys.argv[1]))\n"


@pytest.fixture
def good(scheduler):
    """A workflow that succeeded twice."""
    home: Path = scheduler.home
    (home / "load.py").write_text(SCRIPT)
    (home / "orders.csv").write_text("x" * 48_000)
    (home / "password").write_text(SECRET)
    (home / "password").chmod(0o600)
    (home / "w.yaml").write_text(
        f"""
id: w
params: {{region: {{type: string, default: north}}}}
secrets: {{PASSWORD: file:password}}
tasks:
  - {{id: load, command: {sys.executable!r}, args: [load.py, orders.csv], env: {{MODE: {SECRET[:8]}}}, secrets: [PASSWORD]}}
"""
    )
    scheduler("workflow", "apply", "w.yaml")
    for _ in range(2):
        scheduler("run", "w")
    return scheduler


def fail(scheduler, *words: str) -> None:
    """Have the next run fail, with nothing changed that is recorded: what it reads decides."""
    scheduler("run", "w", *words, code=1)


def texts(scheduler, *words: str) -> list[str]:
    found = scheduler.json("runs", "diff", "last", *words)
    assert all(0 <= one["share"] <= 1 for one in found["differences"])
    return [one["text"] for one in found["differences"]]


def break_script(home: Path) -> None:
    (home / "load.py").write_text(SCRIPT + "print('no orders')\nsys.exit(3)\n")


def test_an_edited_script_and_an_input_that_shrank(good) -> None:
    break_script(good.home)
    (good.home / "orders.csv").write_text("")
    fail(good)
    script, orders = texts(good)
    assert script.startswith("load.py changed ")
    assert script.endswith(" (2 lines)")
    assert orders == "orders.csv 0 bytes, was 48 KB"
    shown = good("runs", "diff", "last").stdout
    for said in (shown, good("runs", "show", "last").stdout, good(text="10\nlast\n8\n").stdout):
        assert script in said
        assert orders in said
    assert "stdout differs first in line 2:\n  now no orders\n  was (no such line)" in shown


def test_another_value_of_a_parameter_and_a_variable(good) -> None:
    break_script(good.home)
    fail(good)
    definition = good.home / "w.yaml"
    definition.write_text(definition.read_text().replace(f"MODE: {SECRET[:8]}", "MODE: other"))
    good("workflow", "apply", "w.yaml")
    fail(good, "-p", "region=south")
    assert {"region = south, was north", "MODE changed", "version 2 of the workflow, was 1"} <= set(texts(good))


def test_another_secret(good) -> None:
    break_script(good.home)
    (good.home / "password").write_text("another-one")
    fail(good)
    assert "PASSWORD changed" in texts(good)


def test_no_good_run(scheduler) -> None:
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", sys.executable, "--args", "-c 'raise SystemExit(3)'")
    fail(scheduler)
    assert "There is no good run before it." in scheduler("runs", "diff", "last").stdout
    assert "There is no good run before it." in scheduler("runs", "show", "last").stdout


def test_nothing_that_is_recorded_changed(scheduler) -> None:
    scheduler("workflow", "create", "w")
    code = "import pathlib, sys; p = pathlib.Path('n'); n = p.exists(); p.touch(); print('run'); sys.exit(3 * n)"
    scheduler("task", "add", "w", "--command", sys.executable, "--arg", "-c", "--arg", code)
    scheduler("run", "w")
    fail(scheduler)
    assert "Nothing that is recorded changed; last good " in scheduler("runs", "show", "last").stdout
    found = scheduler.json("runs", "diff", "last")
    assert (found["differences"], found["output"]) == ([], None)


def test_with_another_run(good) -> None:
    first = good.json("runs", "list")[-1]["id"]
    break_script(good.home)
    fail(good)
    fail(good)
    last_failed = good.json("runs", "list")[1]["id"]
    assert good.json("runs", "diff", "last", "--with", first)["compared_with"] == first
    assert texts(good, "--with", last_failed) == []
    good("workflow", "create", "v")
    good("task", "add", "v", "--command", sys.executable, "--arg", "--version")
    good("run", "v")
    assert "has no attempt of the task 'load'" in good("runs", "diff", "w", "--with", "v", code=3).stderr
    assert "There is no run 'nothing'" in good("runs", "diff", "w", "--with", "nothing", code=3).stderr
    assert "The run has no task 'b'" in good("runs", "diff", "w", "--task", "b", code=3).stderr


def test_no_secret_is_in_what_is_recorded(good) -> None:
    (good.home / "load.py").write_text(SCRIPT + f"sys.exit({SECRET!r})\n")
    fail(good)
    with sqlite3.connect(good.home / "jobs.sqlite") as database:
        dump = "\n".join(database.iterdump())
        assert "PASSWORD" in str(database.execute("SELECT facts FROM attempts").fetchall())
        assert len(database.execute("SELECT text FROM script_texts").fetchall()) == 1
    database.close()
    assert SECRET not in dump
    assert SECRET not in (good.home / "scheduler.log").read_text()
    for start in good.home.glob("attempts/*/*/start"):
        assert SECRET not in start.read_text()
    assert SECRET not in good("runs", "diff", "last").stdout


def test_a_message_says_it_too(good) -> None:
    from datetime import UTC, datetime

    from workflow_scheduler.domain.alerts import Alert, AlertKind

    break_script(good.home)
    fail(good)
    run_id = good.json("runs", "list")[0]["id"]
    database = Database("sqlite:///jobs.sqlite", good.home)
    database.open()
    now = datetime.now(UTC)
    alert = Alert(AlertKind.FAILED, now, now, "w", "x", run_id)
    message = Message("k", now, (alert,), 1, {}, {})
    (details,) = Completion(database, good.home, "UTC", lambda: "")(message).details
    database.close()
    assert [line.split(" changed")[0] for line in details.differences] == ["load.py"]
