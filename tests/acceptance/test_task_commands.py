"""What a task's options do, from the command line to its end."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def test_retries_codes_and_continue_on_failure(scheduler) -> None:
    scheduler("workflow", "create", "w")
    scheduler(
        *("task", "add", "w", *scheduler.python("import sys; open('tries', 'a').write('x'); sys.exit(2)")),
        *("--retry-count", "2", "--retry-delay", "0.1", "--continue-on-failure"),
    )
    scheduler("task", "add", "w", *scheduler.python("import sys; sys.exit(7)"), "--expected-exit-codes", "0 7")
    run = scheduler.json("run", "w")
    assert [len(task["attempts"]) for task in run["tasks"]] == [3, 1]
    assert [task["state"] for task in run["tasks"]] == ["failed", "succeeded"]
    assert "task_1" in run["reason"]
    assert (scheduler.home / "tries").read_text() == "xxx"


def test_a_time_limit_is_kept(scheduler) -> None:
    scheduler("workflow", "create", "w")
    scheduler(
        "task", "add", "w", *scheduler.python("import time; time.sleep(600)"), "--timeout", "0.3", "--stop-grace", "0.3"
    )
    run = scheduler.json("run", "w", code=1)
    assert run["tasks"][0]["attempts"][0]["state"] == "timed_out"


def test_output_files_are_proved_or_the_reason_is_named(scheduler) -> None:
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", *scheduler.python("open('out', 'w').write('x')"), "--output-file", "out")
    run = scheduler.json("run", "w")
    (output,) = run["tasks"][0]["attempts"][0]["outputs"]
    assert output["path"].endswith("out")
    assert "read lease" in output["proof"] or "excludes writers" in output["proof"]
    scheduler("task", "edit", "w", "task_1", "--arg", "-c", "--arg", "pass", "--output-timeout", "0.3")
    assert "is unchanged since before the attempt" in scheduler.json("run", "w", code=1)["reason"]
    scheduler("task", "edit", "w", "task_1", "--output-file", "never")
    assert "never does not exist" in scheduler.json("run", "w", code=1)["reason"]


def test_a_graph_runs_side_by_side(scheduler) -> None:
    # Each of the two waits for the other's mark: one after another they could never end.
    meet = (
        "import os, sys, time\nopen(sys.argv[1], 'w')\nend = time.monotonic() + 200\n"
        "while not os.path.exists(sys.argv[2]):\n    assert time.monotonic() < end\n    time.sleep(0.01)"
    )
    tasks = [
        {"id": "join", "command": "echo", "depends_on": ["left", "right"]},
        {"id": "left", "command": sys.executable, "args": ["-c", meet, "l", "r"], "depends_on": []},
        {"id": "right", "command": sys.executable, "args": ["-c", meet, "r", "l"], "depends_on": []},
    ]
    (scheduler.home / "g.json").write_text(json.dumps({"id": "g", "tasks": tasks}))
    scheduler("workflow", "apply", "g.json")
    run = scheduler.json("run", "g")
    assert {task["state"] for task in run["tasks"]} == {"succeeded"}


def test_the_first_dependency_writes_out_the_order_of_the_others(scheduler) -> None:
    scheduler("workflow", "create", "w")
    for _ in range(3):
        scheduler("task", "add", "w", "--command", "echo")
    scheduler("task", "add", "w", "--command", "echo", "--depends-on", "task_1")
    shown = scheduler.json("task", "list", "w")
    assert [task["depends_on"] for task in shown] == [[], ["task_1"], ["task_2"], ["task_1"]]


def test_the_environment_of_a_task(scheduler) -> None:
    (scheduler.home / "vars").write_text("FROM_FILE=f\nBOTH=file\n")
    scheduler.env["DB_URL"] = "sqlite:///other.sqlite"
    scheduler("workflow", "create", "w")
    code = "import json, os; print(json.dumps(dict(os.environ)))"
    scheduler("task", "add", "w", *scheduler.python(code), "--env", "BOTH=env", "--env-file", "vars")
    run = scheduler.json("run", "w", "--id", "my_run")
    found = json.loads(Path(run["tasks"][0]["attempts"][0]["stdout"]).read_text())
    assert (found["FROM_FILE"], found["BOTH"], found["RUN_ID"], found["ATTEMPT"]) == ("f", "env", "my_run", "1")
    assert found["WORKFLOW_ID"] == "w"
    assert "DB_URL" not in found


def test_every_option_of_a_task_is_stored_and_can_be_cleared(scheduler) -> None:
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--id", "before", "--command", "echo")
    options = {
        "--arguments": "a b",
        "--expected-exit-codes": "0,3",
        "--output-file": "out",
        "--output-timeout": "2m",
        "--retry-count": "4",
        "--retry-delay": "5s",
        "--retry-backoff": "2",
        "--retry-max-delay": "1m",
        "--timeout": "1h",
        "--stop-grace": "3s",
        "--depends-on": "before",
        "--working-dir": "sub",
        "--env": "A=b=c",
        "--env-file": "vars",
        "--guarantee": "at_most_once",
    }
    words = [word for pair in options.items() for word in pair]
    scheduler("task", "add", "w", "--id", "t", "--command", "x", "--shell", "--continue-on-failure", *words)
    assert scheduler.json("task", "show", "w", "t") == {
        "id": "t",
        "command": "x",
        "args": "a b",
        "shell": True,
        "working_dir": "sub",
        "env": {"A": "b=c"},
        "env_file": "vars",
        "expected_exit_codes": [0, 3],
        "output_files": ["out"],
        "retry": {"limit": 4, "delay": 5, "backoff": 2, "max_delay": 60},
        "output_timeout": 120,
        "timeout": 3600,
        "stop_grace": 3,
        "continue_on_failure": True,
        "guarantee": "at_most_once",
        "depends_on": ["before"],
    }
    cleared = [
        word
        for option in options
        if option != "--guarantee"
        for word in (option, "-" if option != "--arguments" else "")
    ]
    scheduler("task", "edit", "w", "t", *cleared, "--no-shell", "--stop-on-failure", "--guarantee", "at_least_once")
    assert scheduler.json("task", "show", "w", "t") == {"id": "t", "command": "x"}


def test_a_range_of_exit_codes(scheduler) -> None:
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "echo", "--expected-exit-codes", "0-7")
    assert scheduler.json("task", "show", "w", "task_1")["expected_exit_codes"] == list(range(8))
    assert (
        '"expected_exit_codes": [0, 1, 2, 3, 4, 5, 6, 7]' in scheduler("task", "show", "w", "task_1", "--json").stdout
    )
    for codes in ("00-1", "7-0", "1--2"):
        refused = scheduler("task", "edit", "w", "task_1", "--expected-exit-codes", codes, code=2).stderr
        assert "expected_exit_codes" in refused
    scheduler("task", "edit", "w", "task_1", "--command", "sh", "--arguments", "-c 'exit 9'")
    assert scheduler.json("run", "w", code=1)["reason"] == "task task_1: exit code 9 (expected 0-7)"


def test_a_minimum_size_stays_when_other_fields_or_files_are_typed(scheduler) -> None:
    files = "[{path: db.sql, minimum_size: 10}, {path: old.sql, minimum_size: 20}]"
    (scheduler.home / "w.yaml").write_text(f"id: w\ntasks:\n  - {{id: t, command: x, output_files: {files}}}\n")
    scheduler("workflow", "apply", "w.yaml")
    scheduler("task", "edit", "w", "t", "--output-file", "db.sql", "--output-file", "log")
    kept = {"path": "db.sql", "minimum_size": 10}
    assert scheduler.json("task", "show", "w", "t")["output_files"] == [kept, "log"]
    scheduler(text="15\n\n\n\n\n\n\n\n\n\n60\n\n8\n")
    changed = scheduler.json("task", "show", "w", "t")
    assert (changed["timeout"], changed["output_files"]) == (60, [kept, "log"])


def test_a_shell_line_and_a_working_folder(scheduler) -> None:
    (scheduler.home / "sub").mkdir()
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--shell", "--command", "echo one > f && echo two >> f", "--working-dir", "sub")
    scheduler("run", "w")
    assert (scheduler.home / "sub" / "f").read_text().split() == ["one", "two"]


def test_a_task_that_others_need_is_not_deleted(scheduler) -> None:
    """The list of them agrees with its verb."""
    scheduler("workflow", "create", "w")
    for name, *needs in (("a",), ("b", "a"), ("c", "a")):
        options = [word for need in needs for word in ("--depends-on", need)]
        scheduler("task", "add", "w", "--id", name, "--command", "echo", *options)
    said = scheduler("task", "delete", "w", "a", "--yes", code=4).stderr
    assert said == "Error: b and c depend on 'a'; change that first with 'scheduler task edit'.\n"
    scheduler("task", "delete", "w", "c", "--yes")
    assert "b depends on 'a'" in scheduler("task", "delete", "w", "a", "--yes", code=4).stderr
