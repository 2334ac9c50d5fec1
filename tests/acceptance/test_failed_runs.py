"""A failed run tells why, once, and what to do next."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime

import pytest

from workflow_scheduler.operations.rows import plain
from workflow_scheduler.operations.runs.detail_rows import WhyRow
from workflow_scheduler.operations.runs.last_lines import LINES, WIDTH, last_lines
from workflow_scheduler.operations.runs.overview import overview
from workflow_scheduler.operations.runs.show import run_detail
from workflow_scheduler.storage.database import Database
from workflow_scheduler.web.schemas.runs import RunAnswer

FAILS = "import sys; print('out'); [print('\\x1b[2Jline', n, file=sys.stderr) for n in range(30)]; sys.exit(3)"


def add(scheduler, workflow: str, code: str, *words: str) -> None:
    scheduler("task", "add", workflow, "--command", sys.executable, "--arg", "-c", "--arg", code, *words)


@pytest.fixture
def failed(scheduler):
    """A workflow whose first task fails three times, and which two others wait for."""
    scheduler("workflow", "create", "w")
    add(scheduler, "w", FAILS, "--retry-count", "2")
    for _ in range(2):
        add(scheduler, "w", "pass", "--depends-on", "task_1")
    return scheduler


def reasons_of(run) -> set[str]:
    reasons = {run["reason"]}
    for task in run["tasks"]:
        reasons |= {task["reason"], *(attempt["reason"] for attempt in task["attempts"])}
    return reasons - {""}


def test_each_reason_is_said_once_and_the_last_lines_too(failed) -> None:
    done = failed("run", "w", code=1)
    run = failed.json("runs", "show", "w")
    for said in (done.stdout + done.stderr, failed("runs", "show", "w").stdout, failed(text="10\nlast\n8\n").stdout):
        shown = said[said.index(f"Run {run['id']}") :] if "Choose" in said else said
        assert {reason: shown.count(reason) for reason in reasons_of(run) if shown.count(reason) > 1} == {}
        assert run["tasks"][0]["reason"] in shown
        assert run["tasks"][1]["reason"] in shown
        assert shown.count("line 29") == 1
        assert f"scheduler runs logs {run['id']}" in shown
        assert f"scheduler runs retry {run['id']}" in shown
    lines = [f"\\x1b[2Jline {n}" for n in range(20, 30)]
    assert run["tasks"][0]["why"] == {"task": "task_1", "stream": "stderr", "lines": lines, "cut": True}
    assert run["tasks"][1]["why"] is None


def test_the_web_interface_gets_the_same_lines(failed, request) -> None:
    failed("run", "w", code=1)
    why = failed.json("runs", "show", "w")["tasks"][0]["why"]
    database = Database("sqlite:///jobs.sqlite", failed.home)
    request.addfinalizer(database.close)
    detail = RunAnswer.model_validate(
        plain(run_detail(database, failed.home, failed.json("runs", "show", "w")["id"], "UTC"))
    )
    assert [task.why and task.why.model_dump() for task in detail.tasks] == [why, None, None]
    (run,) = overview(database, datetime.now(UTC), failed.home).failed
    assert run.why is not None
    assert plain(run.why) == why


def test_a_cancelled_run_says_why_once(scheduler, until) -> None:
    scheduler("workflow", "create", "w")
    add(scheduler, "w", "import time; time.sleep(600)")
    for _ in range(3):
        add(scheduler, "w", "pass")
    scheduler("start")
    scheduler("run", "w", "--detach")
    until(lambda: scheduler.json("runs", "show", "w")["state"] == "running")
    scheduler("runs", "cancel", "w")
    until(lambda: scheduler.json("runs", "show", "w")["state"] == "cancelled")
    run = scheduler.json("runs", "show", "w")
    assert scheduler("runs", "show", "w").stdout.count(run["reason"]) == 1


def test_the_commands_that_are_shown_are_for_this_home(failed, tmp_path) -> None:
    del failed.env["SCHEDULER_HOME"]
    home = str(failed.home)
    said = failed("--home", home, "run", "w", code=1).stdout
    (line,) = [line for line in said.splitlines() if "runs logs" in line]
    words = line.partition("scheduler ")[2].split()
    assert words[:2] == ["--home", home]
    assert "line 29" in failed(*words).stdout


def test_of_a_run_that_succeeded_although_a_task_failed_the_lines_are_shown(scheduler) -> None:
    scheduler("workflow", "create", "w")
    add(scheduler, "w", FAILS, "--continue-on-failure")
    said = scheduler("run", "w").stdout
    assert "line 29" in said
    assert "runs retry" not in said


@pytest.mark.skipif(sys.platform == "win32", reason="a named pipe")
def test_what_a_script_puts_in_the_place_of_its_output_is_not_waited_for(scheduler) -> None:
    scheduler("workflow", "create", "w")
    code = """
import os, sys
folder = os.environ["ATTEMPT_FOLDER"]
print("only this", flush=True)
path = os.path.join(folder, "stderr.log")
if os.path.exists(path): os.unlink(path)
os.mkfifo(path)
sys.exit(3)
"""
    add(scheduler, "w", code)
    assert "only this" in scheduler("run", "w", code=1).stdout
    assert scheduler.json("runs", "show", "w")["tasks"][0]["why"]["stream"] == "stdout"


def test_lines_are_bounded(tmp_path) -> None:
    assert last_lines(tmp_path, "a") is None
    (tmp_path / "stdout.log").write_text("x" * 50 * WIDTH + "\n")
    why = last_lines(tmp_path, "a")
    assert why is not None
    assert (why.stream, len(why.lines), len(why.lines[0]), why.cut) == ("stdout", 1, WIDTH + 1, True)
    (tmp_path / "stderr.log").write_text("\n".join(map(str, range(LINES))) + "\n\n\n")
    assert last_lines(tmp_path, "a") == WhyRow("a", "stderr", tuple(map(str, range(LINES))), cut=False)
    (tmp_path / "stderr.log").write_bytes(os.urandom(100_000))
    why = last_lines(tmp_path, "a")
    assert why is not None
    assert all(char.isprintable() or char == "\t" for line in why.lines for char in line)


def test_any_unique_part_of_an_id_names_a_run(scheduler) -> None:
    scheduler("workflow", "create", "w")
    add(scheduler, "w", "pass")
    for name in ("alpha-one", "beta-one", "100%", "beta-onerous"):
        scheduler("run", "w", "--id", name) if name != "100%" else None
    assert scheduler.json("runs", "show", "ha-o")["id"] == "alpha-one"
    assert scheduler.json("runs", "show", "alpha")["id"] == "alpha-one"
    assert scheduler.json("runs", "show", "beta-one")["id"] == "beta-one"
    assert scheduler.json("runs", "show", "w")["id"] == "beta-onerous"
    said = scheduler("runs", "show", "one", code=3).stderr
    assert "several run IDs: beta-onerous, beta-one, alpha-one" in said
    for nothing in ("%", "_", "zzz", ""):
        assert "There is no run" in scheduler("runs", "show", nothing, code=3).stderr
    scheduler("workflow", "create", "never")
    assert "has no run yet" in scheduler("runs", "show", "never", code=3).stderr


def test_fires_of_all_schedules_of_a_workflow(scheduler) -> None:
    scheduler("workflow", "create", "w")
    assert "w has no schedule" in scheduler("fires", "list", "w").stdout
    for name in ("first", "second"):
        scheduler("schedule", "add", "w", "--id", name, "--every", "1h", "--paused")
    assert scheduler.json("fires", "list", "w") == []
    assert "No schedule of w has been due yet." in scheduler("fires", "list", "w").stdout
    scheduler("fires", "list", "first", code=3)
    scheduler("fires", "list", code=2)
    scheduler("fires", "list", "w", "--schedule", "first", code=2)
