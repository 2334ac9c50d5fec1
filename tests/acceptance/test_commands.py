"""The commands as scripts use them: shapes, exit codes, and one sentence for every error."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "alembic",
    "apscheduler",
    "argon2",
    "asyncio",
    "cronsim",
    "fastapi",
    "psycopg",
    "pydantic",
    "rich",
    "ruamel.yaml",
}
HEAVY |= {"sqlalchemy", "starlette", "uvicorn"}
POLICIES = "workflow_scheduler.domain.policies"
HEAVY |= {POLICIES}
"""What takes longer to load than what most commands do."""
LOADED = {
    "--help": set(),
    "workflow list": set(),
    "workflow list --json": set(),
    "schedule list --json": {"cronsim", POLICIES},
    "runs list": set(),
    "backfill list": {POLICIES},
    "task list w": {"rich", POLICIES},
    "runs show last": {"rich", POLICIES},
    "schedule list": {"cronsim", POLICIES},
    "status": {"cronsim"},  # whether a schedule that is next can fire at all
    "explain w": {"apscheduler", "cronsim", POLICIES},
    "run w": {"apscheduler", "asyncio", "cronsim", "rich", POLICIES},
}


@pytest.mark.parametrize("line", LOADED)
def test_a_command_loads_what_it_uses(scheduler, line: str) -> None:
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", sys.executable, "--args", "-V")
    scheduler("schedule", "add", "w", "--times", "02:00")
    scheduler("run", "w")
    scheduler.env["PYTHONPROFILEIMPORTTIME"] = "1"
    said = scheduler(*line.split(), code=None).stderr
    imported = {line.split("|")[-1].strip() for line in said.splitlines()}
    assert "click" in imported
    assert imported & HEAVY <= LOADED[line]


@pytest.mark.parametrize("words", [[], ["workflow"], ["task"], ["schedule"], ["runs"], ["fires"], ["backfill"]])
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
    assert scheduler.json("task", "add", "workflow_1", *scheduler.python("print('hi')"))["id"] == "task_1"
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
    scheduler("task", "add", "w", *scheduler.python("import sys; sys.exit(3)"))
    run = scheduler.json("run", "w", code=1)
    assert run["reason"] == "task task_1: exit code 3 (expected 0)"


def test_retry_resumes_where_it_failed(scheduler) -> None:
    mark = scheduler.home / "mark"
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", *scheduler.python("open('count', 'a').write('x')"))
    scheduler("task", "add", "w", *scheduler.python(f"import os, sys; sys.exit(not os.path.exists({str(mark)!r}))"))
    old = scheduler.json("run", "w", code=1)
    mark.touch()
    new = scheduler.json("runs", "retry", "last")
    assert (new["state"], new["retry_of"]) == ("succeeded", old["id"])
    assert (scheduler.home / "count").read_text() == "x"
    scheduler("runs", "retry", new["id"], code=4)
    scheduler("runs", "retry", new["id"], "--all")
    assert (scheduler.home / "count").read_text() == "xx"


def test_schedules(scheduler) -> None:
    scheduler("workflow", "create", "w")
    added = scheduler.json("schedule", "add", "w", "--day-of-week", "mon-fri", "--hour", "1", "--minute", "0")
    assert added["id"] == "schedule_1"
    assert added["spec"] == {"cron": "0 1 * * mon-fri"}
    assert len(added["fires"]) == 5
    for options in (["--interval", "60"], ["--every", "90s"], ["--at", "2099-12-01 09:00:00"], ["--cron", "@daily"]):
        scheduler(
            "schedule", "add", "w", *options, "--timezone", "Europe/Berlin", "--catchup", "none", "--overlap", "skip"
        )
    listed = scheduler.json("schedule", "list")
    assert [schedule["description"] for schedule in listed[1:]] == [
        "Every 1h",
        "Every 1m 30s",
        "Once at 2099-12-01 09:00:00",
        "At 00:00",
    ]
    assert {schedule["timezone"] for schedule in listed[1:]} == {"Europe/Berlin"}
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
        (["--home", "~nobody-here", "workflow", "list"], 3),
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
        ("DB_URL=sqlite://", "names no file"),
        ("DB_URL=sqlite:///no/such/folder/x.sqlite", "does not exist"),
    ],
)
def test_bad_settings_name_the_variable(scheduler, line: str, words: str) -> None:
    (scheduler.home / ".env").write_text(line + "\n")
    done = scheduler("workflow", "list", code=None)
    assert done.returncode in (2, 5)
    assert words in done.stderr
    (scheduler.home / ".env").unlink()


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
    scheduler("task", "add", "w", *scheduler.python(r"print('\x1b[2J\x1b]0;title\x07 [red]y[/]')"))
    scheduler("run", "w")
    for arguments in (["workflow", "show", "w"], ["runs", "logs", "last"], ["log"]):
        said = scheduler(*arguments).stdout
        assert "\x1b" not in said
        assert "\x07" not in said
    assert "[bold]x[/]" in scheduler("workflow", "show", "w").stdout


def test_a_failed_run_tells_why_and_what_to_do(scheduler) -> None:
    scheduler("workflow", "create", "w")
    code = "import sys; print('out'); [print('\\x1b[2Jline', n, file=sys.stderr) for n in range(30)]; sys.exit(3)"
    scheduler("task", "add", "w", *scheduler.python(code))
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
    scheduler("task", "add", "quiet", *scheduler.python("import sys; print('only out'); sys.exit(3)"))
    assert "only out" in scheduler("run", "quiet", code=1).stdout
    scheduler("workflow", "create", "good")
    scheduler("task", "add", "good", *scheduler.python("print('fine')"))
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
    scheduler("task", "add", "w", *scheduler.python(code))
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
    places = [log.index(line) for line in ("stdout | 1 0", "stderr | 2 0", "stdout | 1 1", "stderr | 2 1")]
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


def test_the_options_of_lists_logs_and_schedules(scheduler) -> None:
    scheduler("workflow", "create", "w", "--description", "old")
    code = "import os, sys; print('out', os.environ['ATTEMPT']); print('err', file=sys.stderr); sys.exit(os.environ['ATTEMPT'] == '1')"
    scheduler("task", "add", "w", *scheduler.python(code), "--retry-count", "1")
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
        until(lambda: scheduler("run", "w") and "run succeeded" in seen.read_text())
        process.send_signal(signal.SIGINT)
    assert process.returncode == 130
