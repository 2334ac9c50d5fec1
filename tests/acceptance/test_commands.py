"""The commands as scripts use them: shapes, exit codes, and one sentence for every error."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

YAML = """
id: nightly
tasks:
  - {id: a, command: echo, args: [one]}
  - {id: b, command: echo, args: [two]}
schedules:
  - {id: night, cron: 0 1 * * mon-fri, timezone: America/New_York}
"""


def python(code: str) -> list[str]:
    return ["--command", sys.executable, "--arg", "-c", "--arg", code]


def test_help_imports_neither_sqlalchemy_nor_rich(scheduler) -> None:
    scheduler.env["PYTHONPROFILEIMPORTTIME"] = "1"
    said = scheduler("--help").stderr
    assert "click" in said
    assert not {"sqlalchemy", "rich", "pydantic", "apscheduler"} & {
        line.split("|")[-1].strip() for line in said.splitlines()
    }


@pytest.mark.parametrize("words", [[], ["workflow"], ["task"], ["schedule"], ["runs"], ["fires"]])
def test_every_command_has_help_with_an_example(scheduler, words: list[str]) -> None:
    from workflow_scheduler.cli.main import cli

    command = cli
    for word in words:
        command = command.get_command(None, word)
    for name in command.list_commands(None):
        child = command.get_command(None, name)
        assert "Example: scheduler" in (child.help or ""), name
        options = {option for parameter in child.params for option in parameter.opts}
        assert hasattr(child, "list_commands") or {"--json", "--home"} <= options, name


def test_a_workflow_from_nothing_to_a_run(scheduler) -> None:
    assert scheduler.json("workflow", "create") == {"id": "workflow_1", "version": 1}
    assert scheduler.json("task", "add", "workflow_1", *python("print('hi')"))["id"] == "task_1"
    run = scheduler.json("run", "workflow_1")
    assert {"id", "workflow_id", "state", "reason", "schedule_id", "nominal_utc", "queued_at"} <= set(run)
    assert run["state"] == "succeeded"
    (task,) = run["tasks"]
    (attempt,) = task["attempts"]
    assert (attempt["number"], attempt["state"], attempt["exit_code"]) == (1, "succeeded", 0)
    assert Path(attempt["stdout"]).read_text().strip() == "hi"
    assert scheduler.json("runs", "show", "last") == run
    assert "tasks" not in scheduler.json("runs", "list")[0]
    assert scheduler("runs", "logs", "last").stdout.splitlines()[-1] == "hi"
    (row,) = scheduler.json("workflow", "list")
    assert (row["id"], row["tasks"], row["last_state"], row["next_utc"]) == ("workflow_1", 1, "succeeded", None)


def test_a_failed_run_has_exit_code_1_and_a_reason(scheduler) -> None:
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", *python("import sys; sys.exit(3)"))
    run = scheduler.json("run", "w", code=1)
    assert run["reason"] == "task task_1: exit code 3, and expected was 0"


def test_retry_resumes_where_it_failed(scheduler) -> None:
    mark = scheduler.home / "mark"
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", *python("open('count', 'a').write('x')"))
    scheduler("task", "add", "w", *python(f"import os, sys; sys.exit(not os.path.exists({str(mark)!r}))"))
    old = scheduler.json("run", "w", code=1)
    mark.touch()
    new = scheduler.json("runs", "retry", "last")
    assert (new["state"], new["retry_of"]) == ("succeeded", old["id"])
    assert (scheduler.home / "count").read_text() == "x"
    scheduler("runs", "retry", new["id"], code=4)
    scheduler("runs", "retry", new["id"], "--all")
    assert (scheduler.home / "count").read_text() == "xx"


def test_retries_codes_and_continue_on_failure(scheduler) -> None:
    scheduler("workflow", "create", "w")
    scheduler(
        *("task", "add", "w", *python("import sys; open('tries', 'a').write('x'); sys.exit(2)")),
        *("--retry-count", "2", "--retry-delay", "0.1", "--continue-on-failure"),
    )
    scheduler("task", "add", "w", *python("import sys; sys.exit(7)"), "--expected-exit-codes", "0 7")
    run = scheduler.json("run", "w")
    assert [len(task["attempts"]) for task in run["tasks"]] == [3, 1]
    assert [task["state"] for task in run["tasks"]] == ["failed", "succeeded"]
    assert "task_1" in run["reason"]
    assert (scheduler.home / "tries").read_text() == "xxx"


def test_a_time_limit_is_kept(scheduler) -> None:
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", *python("import time; time.sleep(600)"), "--timeout", "0.3", "--stop-grace", "0.3")
    run = scheduler.json("run", "w", code=1)
    assert run["tasks"][0]["attempts"][0]["state"] == "timed_out"


def test_output_files_are_proved_or_the_reason_is_named(scheduler) -> None:
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", *python("open('out', 'w').write('x')"), "--output-file", "out")
    run = scheduler.json("run", "w")
    (output,) = run["tasks"][0]["attempts"][0]["outputs"]
    assert output["path"].endswith("out")
    assert "read lease" in output["proof"] or "excludes writers" in output["proof"]
    scheduler("task", "edit", "w", "task_1", "--arg", "-c", "--arg", "pass", "--output-timeout", "0.3")
    assert "as it was before the attempt" in scheduler.json("run", "w", code=1)["reason"]
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
    scheduler("task", "add", "w", *python(code), "--env", "BOTH=env", "--env-file", "vars")
    run = scheduler.json("run", "w", "--id", "my_run")
    found = json.loads(Path(run["tasks"][0]["attempts"][0]["stdout"]).read_text())
    assert (found["FROM_FILE"], found["BOTH"], found["RUN_ID"], found["ATTEMPT"]) == ("f", "env", "my_run", "1")
    assert found["WORKFLOW_ID"] == "w"
    assert "DB_URL" not in found


def test_apply_is_idempotent_and_says_what_it_did(scheduler) -> None:
    file = scheduler.home / "n.yaml"
    file.write_text(YAML)
    (dry,) = scheduler.json("workflow", "apply", "n.yaml", "--dry-run")
    assert dry["result"] == "created"
    assert scheduler.json("workflow", "list") == []
    assert scheduler.json("workflow", "apply", "n.yaml")[0]["result"] == "created"
    assert scheduler.json("workflow", "apply", "n.yaml")[0]["result"] == "unchanged"
    file.write_text(YAML.replace("two", "three").replace("0 1 *", "0 2 *"))
    (changed,) = scheduler.json("workflow", "apply", "n.yaml")
    assert changed["result"] == "changed"
    assert {line.strip() for line in changed["diff"] if line.startswith("+")} >= {"+      - three"}
    assert scheduler.json("schedule", "list")[0]["spec"] == {"cron": "0 2 * * mon-fri"}
    file.write_text(YAML.split("schedules", maxsplit=1)[0])
    scheduler("workflow", "apply", "n.yaml")
    assert len(scheduler.json("schedule", "list")) == 1
    file.write_text(YAML.split("schedules", maxsplit=1)[0] + "schedules: []\n")
    scheduler("workflow", "apply", "n.yaml")
    assert scheduler.json("schedule", "list") == []


def test_export_is_applied_to_the_same(scheduler) -> None:
    (scheduler.home / "n.yaml").write_text(YAML)
    scheduler("workflow", "apply", "n.yaml")
    scheduler("workflow", "export", "-o", "again.yaml")
    assert scheduler.json("workflow", "apply", "again.yaml")[0]["result"] == "unchanged"


def test_nothing_is_half_applied(scheduler) -> None:
    (scheduler.home / "n.yaml").write_text(YAML + "---\nid: other\nschedules:\n  - {id: night, every: 5m}\n")
    said = scheduler("workflow", "apply", "n.yaml", code=2).stderr
    assert "n.yaml:11:6" in said
    assert "'night' is defined at" in said
    assert scheduler.json("workflow", "list") == []


def test_validate_names_the_places_of_all_errors(scheduler) -> None:
    (scheduler.home / "bad.yaml").write_text("id: w\ntasks:\n  - comand: x\nschedules:\n  - cron: 61 * * * *\n")
    (scheduler.home / "cron.yaml").write_text("id: w\nschedules:\n  - cron: 61 * * * *\n")
    said = scheduler("workflow", "validate", "bad.yaml", "cron.yaml", code=2).stderr
    assert "bad.yaml:3:5" in said
    said = scheduler("workflow", "validate", "cron.yaml", code=2).stderr
    assert "cron.yaml:3:5" in said
    assert "minute" in said


def test_schedules(scheduler) -> None:
    scheduler("workflow", "create", "w")
    added = scheduler.json("schedule", "add", "w", "--day-of-week", "mon-fri", "--hour", "1", "--minute", "0")
    assert added["id"] == "schedule_1"
    assert added["spec"] == {"cron": "0 1 * * mon-fri"}
    assert len(added["fires"]) == 5
    for words in (["--interval", "60"], ["--every", "90s"], ["--at", "2099-12-01 09:00:00"], ["--cron", "@daily"]):
        scheduler(
            "schedule", "add", "w", *words, "--timezone", "Europe/Berlin", "--catchup", "none", "--overlap", "skip"
        )
    listed = scheduler.json("schedule", "list")
    assert [one["description"] for one in listed[1:]] == [
        "Every 1h",
        "Every 1m 30s",
        "Once at 2099-12-01 09:00:00",
        "At 00:00",
    ]
    assert {one["timezone"] for one in listed[1:]} == {"Europe/Berlin"}
    assert scheduler.json("schedule", "next", "schedule_4")["fires"] == [
        {"utc": "2099-12-01T08:00:00Z", "local": "2099-12-01T09:00:00+01:00"}
    ]
    scheduler("schedule", "pause", "schedule_2")
    assert scheduler.json("schedule", "list")[1]["next_utc"] is None
    scheduler("schedule", "resume", "schedule_2")
    assert scheduler.json("schedule", "edit", "schedule_2", "--every", "2h")["description"] == "Every 2h"
    assert scheduler.json("schedule", "edit", "schedule_2", "--wake")["wake"] is True
    assert "wakes Windows" in scheduler("schedule", "show", "schedule_2").stdout
    assert scheduler.json("schedule", "edit", "schedule_2", "--no-wake")["wake"] is False
    scheduler("schedule", "delete", "schedule_2", "--yes")
    assert scheduler.json("schedule", "add", "w", "--every", "1h")["id"] == "schedule_2"  # it never fired


def test_preview_stores_nothing(scheduler) -> None:
    shown = scheduler.json(
        *("schedule", "preview", "--cron", "15 2 * * *", "--timezone", "America/New_York"),
        *("--from", "2026-03-07T12:00:00Z", "-n", "2"),
    )
    assert [fire["utc"] for fire in shown["fires"]] == ["2026-03-08T07:00:00Z", "2026-03-09T06:15:00Z"]
    assert list(scheduler.home.iterdir()) == []


def test_identifiers_are_not_used_again(scheduler) -> None:
    for _ in range(2):
        scheduler("workflow", "create")
    scheduler("workflow", "delete", "workflow_2", "--yes")
    assert scheduler.json("workflow", "create")["id"] == "workflow_3"
    for _ in range(2):
        scheduler("task", "add", "workflow_1", "--command", "echo")
    scheduler("task", "delete", "workflow_1", "task_1", "--yes")
    scheduler("task", "add", "workflow_1", "--command", "echo")
    assert [task["id"] for task in scheduler.json("task", "list", "workflow_1")] == ["task_2", "task_1"]


def test_apply_says_what_is_probably_not_meant_about_a_task(scheduler) -> None:
    (scheduler.home / "w.yaml").write_text(
        "id: w\ntasks:\n  - {id: a, command: nowhere.sh}\n  - {id: b, command: 'true'}\n"
    )
    first = scheduler("workflow", "apply", "w.yaml", "--dry-run")
    assert "Task a: The command was not found: nowhere.sh" in first.stderr
    assert "Task b" not in first.stderr
    (applied,) = scheduler.json("workflow", "apply", "w.yaml")
    assert applied["warnings"][0].startswith("Task a: ")
    assert "Task a: " in scheduler("workflow", "apply", "w.yaml").stderr, "it is as true when nothing has changed"


def test_rename_copy_move_edit(scheduler) -> None:
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "echo", "--id", "first")
    scheduler("task", "add", "w", "--command", "echo", "--id", "second")
    scheduler("schedule", "add", "w", "--every", "1h")
    scheduler("run", "w")
    scheduler("task", "move", "w", "second", "1")
    scheduler("task", "edit", "w", "second", "--id", "begin", "--timeout", "5m")
    assert [task["id"] for task in scheduler.json("task", "list", "w")] == ["begin", "first"]
    assert scheduler.json("task", "show", "w", "begin")["timeout"] == 300
    scheduler("task", "edit", "w", "begin", "--timeout", "-")
    assert "timeout" not in scheduler.json("task", "show", "w", "begin")
    scheduler("workflow", "rename", "w", "v")
    assert scheduler.json("schedule", "list")[0]["workflow_id"] == "v"
    assert scheduler.json("runs", "list", "--workflow", "v")[0]["workflow_id"] == "v"
    assert scheduler.json("runs", "show", "last")["tasks"][0]["id"] == "first"
    scheduler("workflow", "copy", "v", "c")
    assert [task["id"] for task in scheduler.json("task", "list", "c")] == ["begin", "first"]
    scheduler("workflow", "edit", "v", "--disable", "--max-active-runs", "2", "--label", "x")
    shown = scheduler.json("workflow", "show", "v")
    assert (shown["enabled"], shown["max_active_runs"], shown["labels"]) == (False, 2, ["x"])
    assert scheduler.json("schedule", "list")[0]["enabled"] is False
    for answer, kept in (("yes", True), ("no", False)):
        scheduler("workflow", "edit", "v", "--keep-awake", answer)
        assert scheduler.json("workflow", "show", "v")["keep_awake"] is kept
    scheduler("workflow", "edit", "v", "--keep-awake", "-")
    assert "keep_awake" not in scheduler.json("workflow", "show", "v")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["workflow", "show", "nowhere"], 3),
        (["workflow", "create", "a/b"], 2),
        (["workflow", "create", "con"], 2),
        (["workflow", "create", "w" * 101], 2),
        (["workflow", "create", "\u202eevil"], 2),
        (["workflow", "create", "w"], 4),
        (["workflow", "delete", "w"], 2),
        (["workflow", "apply", "nowhere.yaml"], 3),
        (["workflow", "edit", "w"], 2),
        (["workflow", "edit", "w", "--max-active-runs", "many"], 2),
        (["workflow", "edit", "w", "--keep-awake", "maybe"], 2),
        (["workflow", "frobnicate"], 2),
        (["task", "add", "w", "--command", ""], 2),
        (["task", "add", "w", "--command", "x", "--timeout", "soon"], 2),
        (["task", "add", "w", "--command", "x", "--retry-count", "-1"], 2),
        (["task", "add", "w", "--command", "x", "--expected-exit-codes", "a"], 2),
        (["task", "add", "w", "--command", "x", "--env", "novalue"], 2),
        pytest.param(
            *(["task", "add", "w", "--command", "x", "--arguments", "'open"], 2),
            marks=pytest.mark.skipif(sys.platform == "win32", reason="an apostrophe is no quote there"),
        ),
        (["task", "add", "w", "--command", "x", "--depends-on", "nobody"], 2),
        (["task", "add", "nowhere", "--command", "x"], 3),
        (["task", "show", "w", "nobody"], 3),
        (["task", "move", "w", "task_1", "9"], 3),
        (["schedule", "add", "w"], 2),
        (["schedule", "add", "w", "--cron", "61 * * * *"], 2),
        (["schedule", "add", "w", "--every", "0s"], 2),
        (["schedule", "add", "w", "--interval", "x"], 2),
        (["schedule", "add", "w", "--at", "2020-01-01 00:00:00"], 2),
        (["schedule", "add", "w", "--at", "tomorrow"], 2),
        (["schedule", "add", "w", "--every", "5m", "--cron", "@daily"], 2),
        (["schedule", "add", "w", "--every", "5m", "--timezone", "Mars/Base"], 2),
        (["schedule", "add", "w", "--hour", "25"], 2),
        (["schedule", "show", "nowhere"], 3),
        (["schedule", "preview", "--cron", "@daily", "--from", "then"], 2),
        (["fires", "list", "--schedule", "nowhere"], 3),
        (["run", "nowhere"], 3),
        (["run", "w"], 4),
        (["run", "w", "--detach"], 4),
        (["runs", "show", "nowhere"], 3),
        (["runs", "show", "last"], 3),
        (["runs", "cancel", "nowhere"], 3),
        (["runs", "list", "--since", "x"], 2),
        (["stop"], 4),
        (["--home", "/nowhere/at/all", "workflow", "list"], 3),
        (["workflow", "list", "--nonsense"], 2),
    ],
    ids=str,
)
def test_bad_input_is_one_sentence_with_its_exit_code(scheduler, words: list[str], code: int) -> None:
    scheduler("workflow", "create", "w")
    before = scheduler.json("workflow", "export")
    done = scheduler(*words, code=code)
    assert done.stderr.strip()
    assert "Error: " in done.stderr
    assert scheduler.json("workflow", "export") == before


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("MAX_THREADS=0", "MAX_THREADS is '0'"),
        ("MAX_PROCESSES=many", "MAX_PROCESSES is 'many'"),
        ("TIMEZONE=Mars/Base", "TIMEZONE is 'Mars/Base'"),
        ("DB_URL=nonsense", "DB_URL"),
        ("DB_URL=mysql://h/d", "sqlite or postgresql"),
        ("DB_URL=sqlite://", "must be a file"),
        ("DB_URL=sqlite:///no/such/folder/x.sqlite", "does not exist"),
    ],
)
def test_bad_settings_name_the_variable(scheduler, line: str, words: str) -> None:
    (scheduler.home / ".env").write_text(line + "\n")
    done = scheduler("workflow", "list", code=None)
    assert done.returncode in (2, 5)
    assert words in done.stderr
    (scheduler.home / ".env").unlink()


def test_a_file_that_is_no_database_is_refused(scheduler) -> None:
    (scheduler.home / "jobs.sqlite").write_text("this is not a database, " * 100)
    assert "damaged" in scheduler("workflow", "list", code=5).stderr


def typed_elsewhere(words: str, folder: Path) -> Any:
    """What the command does that a sentence ends with."""
    command = words.strip().partition("with: scheduler ")[2]
    python = subprocess.list2cmdline([sys.executable]) if sys.platform == "win32" else shlex.quote(sys.executable)
    environ = {name: value for name, value in os.environ.items() if name != "SCHEDULER_HOME"}
    line = f"{python} -m workflow_scheduler {command} --yes --json"
    done = subprocess.run(line, shell=True, cwd=folder, env=environ, capture_output=True, text=True, check=True)
    assert not list(folder.iterdir())
    return json.loads(done.stdout)


def test_the_command_that_restores_a_backup_is_told_with_it(scheduler, tmp_path_factory) -> None:
    spaced = type(scheduler)(scheduler.home / "a home")
    spaced.home.mkdir()
    spaced("workflow", "create", "w")
    told = spaced("backup").stdout
    spaced("workflow", "create", "later")
    typed_elsewhere(told, tmp_path_factory.mktemp("elsewhere"))
    assert [one["id"] for one in spaced.json("workflow", "list")] == ["w"]


def test_a_damaged_database_names_the_backup_and_the_command_that_restores_it(scheduler, tmp_path_factory) -> None:
    scheduler("workflow", "create", "w")
    file = scheduler.json("backup")["file"]
    assert Path(file).parent == scheduler.home / "backups"
    (scheduler.home / "jobs.sqlite").write_text("this is not a database, " * 100)
    named = scheduler("start", code=5).stderr
    assert "damaged" in scheduler("workflow", "list", code=5).stderr
    restored = typed_elsewhere(named, tmp_path_factory.mktemp("elsewhere"))
    assert "this is not" in Path(restored["kept"]).read_text()
    assert [one["id"] for one in scheduler.json("workflow", "list")] == ["w"]


def test_backup_and_restore_say_what_is_in_the_way(scheduler) -> None:
    scheduler("workflow", "create", "w")
    scheduler("backup", "copy.sqlite")
    assert "there already" in scheduler("backup", "copy.sqlite", code=4).stderr
    assert "does not exist" in scheduler("backup", "no/such/copy.sqlite", code=3).stderr
    assert "no file" in scheduler("restore", "missing", "--yes", code=3).stderr
    assert "Pass --yes" in scheduler("restore", "copy.sqlite", code=2).stderr
    assert "Nothing was changed" in scheduler("restore", "copy.sqlite", code=1, text="n\n").stderr
    (scheduler.home / "text").write_text("x" * 9999)
    assert "scheduler backup" in scheduler("restore", "text", "--yes", code=2).stderr
    scheduler("start")
    assert "already running" in scheduler("restore", "copy.sqlite", "--yes", code=4).stderr


def test_prune(scheduler) -> None:
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "echo")
    for number in range(3):
        scheduler("run", "w", "--id", f"r{number}")
    assert "0 runs would" in scheduler("prune", "--dry-run").stdout
    assert scheduler.json("prune", "--runs", "1", "--dry-run") == {"runs": 2, "dry_run": True}
    assert len(scheduler.json("runs", "list")) == 3
    assert "2 runs deleted" in scheduler("prune", "--runs", "1").stdout
    assert [one["id"] for one in scheduler.json("runs", "list")] == ["r2"]
    assert [one.name for one in (scheduler.home / "attempts").iterdir()] == ["r2"]
    assert "0 runs deleted" in scheduler("prune", "--days", "1").stdout
    assert "--days" in scheduler("prune", "--days", "99999", code=2).stderr
    assert [one["action"] for one in scheduler.json("audit")["entries"]][:2] == ["scheduler prune"] * 2


def test_a_nearly_full_disk_is_said_before_anything_is_started(scheduler) -> None:
    (scheduler.home / ".env").write_text("MIN_FREE_MB=1000000\n")
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "echo")
    assert "MIN_FREE_MB" in scheduler("run", "w", code=4).stderr
    assert "MIN_FREE_MB" in scheduler("status", code=3).stdout
    assert scheduler.json("runs", "list") == []


def test_lines_are_whole_without_a_terminal(scheduler) -> None:
    name = "a_workflow_with_a_very_long_name_" + "x" * 60
    scheduler("workflow", "create", name)
    assert name in scheduler("workflow", "list").stdout


def test_hostile_output_cannot_steer_the_terminal(scheduler) -> None:
    scheduler("workflow", "create", "w", "--description", "red\x1b[31m [bold]x[/]")
    scheduler("task", "add", "w", *python(r"print('\x1b[2J\x1b]0;title\x07 [red]y[/]')"))
    scheduler("run", "w")
    for words in (["workflow", "show", "w"], ["runs", "logs", "last"], ["log"]):
        said = scheduler(*words).stdout
        assert "\x1b" not in said
        assert "\x07" not in said
    assert "[bold]x[/]" in scheduler("workflow", "show", "w").stdout


def test_a_failed_run_tells_why_and_what_to_do(scheduler) -> None:
    scheduler("workflow", "create", "w")
    code = "import sys; print('out'); [print('\\x1b[2Jline', n, file=sys.stderr) for n in range(30)]; sys.exit(3)"
    scheduler("task", "add", "w", *python(code))
    said = scheduler("run", "w", code=1).stdout
    run = scheduler.json("runs", "show", "last")
    assert scheduler("runs", "show", "last").stdout.strip() in said
    assert said.count("line 29") == 1
    assert [line.strip() for line in said.splitlines() if "line" in line] == [
        f"\\x1b[2Jline {n}" for n in range(20, 30)
    ]
    assert f"scheduler runs logs {run['id']}" in said
    assert f"scheduler runs retry {run['id']}" in said
    scheduler("workflow", "create", "quiet")
    scheduler("task", "add", "quiet", *python("import sys; print('only out'); sys.exit(3)"))
    assert "only out" in scheduler("run", "quiet", code=1).stdout
    scheduler("workflow", "create", "good")
    scheduler("task", "add", "good", *python("print('fine')"))
    said = scheduler("run", "good").stdout
    assert "fine" not in said
    assert "retry" not in said


def test_logs_show_both_streams_in_their_order_and_the_time_of_each_line(scheduler) -> None:
    scheduler("workflow", "create", "w")
    code = """
import os, time
from pathlib import Path
def size():
    folder = Path(os.environ["ATTEMPT_FOLDER"])
    return sum(path.stat().st_size for path in folder.glob("std*.log"))
for n in range(2):
    for stream in (1, 2):
        before = size()
        os.write(stream, b"%d %d\\n" % (stream, n))
        while size() == before: time.sleep(0.001)
""".strip()
    scheduler("task", "add", "w", *python(code))
    scheduler("run", "w")
    shown = scheduler("runs", "logs", "last").stdout.splitlines()
    assert shown[1:] == ["1 0", "2 0", "1 1", "2 1"]
    timed = scheduler("runs", "logs", "last", "--times").stdout.splitlines()[1:]
    assert [line.split(" | ")[1] for line in timed] == shown[1:]
    assert [line.split()[-4] for line in timed] == ["stdout", "stderr", "stdout", "stderr"]
    lines = scheduler.json("runs", "logs", "last", "--times")
    assert [line["text"] for line in lines] == shown[1:]
    assert all(line["at"] for line in lines)
    log = (scheduler.home / "scheduler.log").read_text()
    places = [log.index(words) for words in ("stdout | 1 0", "stderr | 2 0", "stdout | 1 1", "stderr | 2 1")]
    assert places == sorted(places)
    scheduler("runs", "logs", "last", "--stdout", "--stderr", code=2)


def test_completion(scheduler) -> None:
    assert "_SCHEDULER_COMPLETE" in scheduler("completion", "bash").stdout
    assert json.loads(scheduler("workflow", "schema").stdout)["title"] == "Workflow"


def test_the_time_zone_of_the_settings_is_the_default(scheduler) -> None:
    (scheduler.home / ".env").write_text("TIMEZONE=America/New_York\n")
    scheduler("workflow", "create", "w")
    assert scheduler.json("schedule", "add", "w", "--cron", "0 1 * * *")["timezone"] == "America/New_York"


@pytest.mark.skipif(sys.platform == "win32", reason="/dev/full")
def test_a_full_disk_does_not_lose_the_exit_code(tmp_path) -> None:
    from workflow_scheduler.processes.capped import CappedFile

    full = CappedFile(str(tmp_path / "stdout.log"), 1000)
    full._file = os.open("/dev/full", os.O_RDWR)
    full.write(b"x" * 10)
    full.close()
    assert (full.total, full.trouble) == (10, "No space left on device")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX rights")
def test_the_database_is_its_owners_alone(scheduler) -> None:
    scheduler("workflow", "create", "w")
    assert (scheduler.home / "jobs.sqlite").stat().st_mode & 0o077 == 0


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
    assert scheduler.json("run", "w", code=1)["reason"] == "task task_1: exit code 9, and expected was 0-7"


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


def test_the_options_of_lists_logs_and_schedules(scheduler) -> None:
    scheduler("workflow", "create", "w", "--description", "old")
    code = "import os, sys; print('out', os.environ['ATTEMPT']); print('err', file=sys.stderr); sys.exit(os.environ['ATTEMPT'] == '1')"
    scheduler("task", "add", "w", *python(code), "--retry-count", "1")
    scheduler("task", "add", "w", "--command", "echo", "--id", "first", "--position", "1")
    scheduler("run", "w")
    shown = scheduler("runs", "logs", "last", "--task", "task_1", "--attempt", "1", "--stdout").stdout
    assert "out 1" in shown
    assert "err" not in shown
    (part,) = scheduler.json("runs", "logs", "last", "--task", "task_1", "--stderr")
    assert (part["attempt"], part["stream"], part["text"].strip()) == (2, "stderr", "err")
    scheduler("runs", "logs", "last", "--task", "nobody", code=3)
    assert scheduler.json("task", "list", "w")[0]["id"] == "first"
    scheduler("workflow", "edit", "w", "--description", "new")
    assert scheduler.json("workflow", "show", "w")["description"] == "new"
    added = scheduler.json("schedule", "add", "w", "--every", "5m", "--paused", "--catchup-window", "2h")
    assert (added["enabled"], added["catchup_window"]) == (False, 7200)
    edited = scheduler.json(
        "schedule", "edit", added["id"], "--catchup-window", "-", "--overlap", "replace", "--catchup", "all"
    )
    assert (edited["catchup_window"], edited["overlap"], edited["catchup"]) == (None, "replace", "all")
    assert scheduler.json("schedule", "show", added["id"])["spec"] == {"every": "5m"}
    assert scheduler.json("schedule", "list", "--workflow", "nobody") == []
    assert len(scheduler.json("runs", "list", "--since", "1h", "-n", "1")) == 1
    assert scheduler.json("runs", "list", "--schedule", added["id"]) == []
    assert scheduler.json("runs", "list", "--state", "failed") == []
    assert len(scheduler.json("log", "-n", "3")) == 3
    assert scheduler.json("fires", "list", "--schedule", added["id"], "-n", "5") == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_the_log_is_followed(scheduler, until) -> None:
    command = [sys.executable, "-m", "workflow_scheduler", "log", "-f", "-n", "0"]
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "echo")
    seen = scheduler.home / "seen"
    with seen.open("w") as out, subprocess.Popen(command, env=scheduler.env, cwd=scheduler.home, stdout=out) as process:
        scheduler("run", "w")
        until(lambda: "run succeeded" in seen.read_text())
        process.send_signal(signal.SIGINT)
    assert process.returncode == 130
