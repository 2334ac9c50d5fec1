"""`scheduler status` is the operator's page, and looking at a folder makes no home of it."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta

import pytest

from workflow_scheduler.cli.main import cli

DEFINITIONS = f"""
id: load
tasks: [{{id: a, command: {sys.executable!r}, args: [-c, "raise SystemExit(3)"]}}]
schedules:
  - {{id: s1, cron: 0 1 * * *, timezone: Europe/Berlin}}
  - {{id: s2, every: 1h}}
  - {{id: s3, every: 2h}}
  - {{id: s4, every: 3h}}
  - {{id: s5, every: 4h}}
  - {{id: s6, every: 5h}}
  - {{id: resting, every: 1h, enabled: false}}
---
id: retired
enabled: false
tasks: [{{id: a, command: echo}}]
"""


@pytest.fixture
def busy(scheduler):
    (scheduler.home / "all.yaml").write_text(DEFINITIONS)
    scheduler("workflow", "apply", "all.yaml")
    scheduler("run", "load", "--id", "first-run", code=1)
    return scheduler


def test_what_needs_an_operator_is_shown(busy) -> None:
    shape = busy.json("status", code=3)
    assert shape["running"] is False
    assert [(run["id"], run["workflow_id"], run["state"]) for run in shape["failed"]] == [
        ("first-run", "load", "failed")
    ]
    assert shape["paused"] == [{"id": "resting", "workflow_id": "load"}]
    assert shape["disabled"] == ["retired"]
    assert shape["late"] == []
    assert len(shape["next"]) == 5
    assert [row["next_utc"] for row in shape["next"]] == sorted(row["next_utc"] for row in shape["next"])
    assert shape["next"][0]["next_utc"] == shape["next_utc"]
    said = busy("status", code=3).stdout
    assert "The scheduler is not running. Start it with: scheduler start" in said
    for text in ("resting (load)", "Disabled  retired", "first-run", "exit code 3", *(f"s{n} " for n in range(2, 6))):
        assert text in said


def test_what_is_late_and_what_was_skipped(busy) -> None:
    import sqlite3

    long_ago = (datetime.now(UTC) - timedelta(hours=3)).strftime("%Y-%m-%d %H:%M:%S.000000")
    before = (datetime.now(UTC) - timedelta(days=3)).strftime("%Y-%m-%d %H:%M:%S.000000")
    with sqlite3.connect(busy.home / "jobs.sqlite") as database:
        database.execute("UPDATE schedules SET next_due_utc = ? WHERE id = 's2'", (long_ago,))
        row = "INSERT INTO fires (schedule_id, nominal_utc, disposition, reason, count, until_utc) VALUES (?, ?, ?, ?, ?, ?)"
        database.execute(row, ("s3", long_ago, "skipped_overlap", "still busy", 1, None))
        database.execute(row, ("s4", before, "skipped_too_old", "was down", 9, long_ago))
        database.execute(row, ("s5", before, "skipped_overlap", "days ago", 1, None))
        database.execute("UPDATE runs SET queued_at = ? WHERE id = 'first-run'", (before,))
    database.close()
    shape = busy.json("status")
    assert [row["id"] for row in shape["late"]] == ["s2"]
    assert "s2" not in [row["id"] for row in shape["next"]]
    assert {(row["schedule_id"], row["count"], row["reason"]) for row in shape["skipped"]} == {
        ("s3", 1, "still busy"),
        ("s4", 9, "was down"),
    }
    assert [run["id"] for run in shape["failed"]] == ["first-run"]  # queued before, but it failed today
    said = busy("status", code=3).stdout
    assert "when started (due since" in said
    assert "still busy" in said
    assert "was down" in said
    assert "days ago" not in said


def test_the_scheduler_that_runs_says_since_when(busy) -> None:
    busy("start")
    shape = busy.json("status", code=0)
    assert datetime.fromisoformat(shape["started_at"]) <= datetime.now(UTC)
    assert re.search(
        r"The scheduler is running \(pid \d+\), since \w{3} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+00:00\.",
        busy("status").stdout,
    )


@pytest.mark.parametrize("columns", ["60", "80", "120"])
def test_no_line_is_wider_than_the_terminal(busy, columns: str) -> None:
    busy.env["COLUMNS"] = columns
    lines = busy("status", code=3).stdout.splitlines()
    home = [line for line in lines if str(busy.home) in line]
    assert max(len(line) for line in lines if line not in home) <= int(columns)


LISTS = [
    ["workflow", "list"],
    ["schedule", "list"],
    ["runs", "list"],
    ["user", "list"],
    ["token", "list"],
    ["webhook", "list"],
]
LOOKS = [
    *(["workflow", "show", "w"], ["workflow", "export"], ["task", "list", "w"], ["schedule", "show", "s"]),
    *(["schedule", "next", "s"], ["runs", "show", "last"], ["runs", "logs", "last"], ["fires", "list", "w"]),
    *(["planner", "status"], ["audit"], ["backup"], ["prune"], ["run", "w"], ["runs", "retry", "last"]),
    *(["workflow", "delete", "w", "--yes"], ["task", "add", "w", "--command", "echo"], ["planner", "pause"]),
    *(["schedule", "pause", "s"], ["webhook", "add", "w"]),
]
NO_HOME = "There is no home here yet; create one with 'scheduler' (the menu) or 'scheduler workflow create'"


@pytest.mark.parametrize("words", LOOKS, ids=" ".join)
def test_a_folder_that_is_no_home_stays_as_it_is(scheduler, words: list[str]) -> None:
    for more in ([], ["--json"]):
        said = scheduler(*words, *more, code=3).stderr
        assert NO_HOME in said
        assert str(scheduler.home) in said
    assert list(scheduler.home.iterdir()) == []


@pytest.mark.parametrize("words", LISTS, ids=" ".join)
def test_a_list_of_a_folder_that_is_no_home_is_empty_and_says_so(scheduler, words: list[str]) -> None:
    assert NO_HOME in scheduler(*words).stdout
    done = scheduler(*words, "--json")
    assert done.stdout.strip() == "[]"
    assert NO_HOME in done.stderr
    assert list(scheduler.home.iterdir()) == []


def test_the_status_of_a_folder_that_is_no_home(scheduler) -> None:
    said = scheduler("status", code=3).stdout
    assert NO_HOME in said
    assert str(scheduler.home) in said
    shape = scheduler.json("status")
    assert list(scheduler.home.iterdir()) == []
    assert (shape["running"], shape["problem"][: len(NO_HOME)]) == (False, NO_HOME)
    scheduler("workflow", "create", "w")
    assert set(scheduler.json("status")) == set(shape)


def test_nor_do_the_doctor_the_log_and_what_stops(scheduler) -> None:
    assert "There is no home here yet" in scheduler("doctor").stdout
    scheduler("log")
    scheduler("stop", code=4)
    (scheduler.home / "one.yaml").write_text("id: w\ntasks: [{id: a, command: echo}]\n")
    scheduler("workflow", "validate", "one.yaml")
    assert "created" in scheduler("workflow", "apply", "one.yaml", "--dry-run").stdout
    assert [path.name for path in scheduler.home.iterdir()] == ["one.yaml"]


def test_a_home_whose_database_is_gone_gets_no_empty_one_by_looking(scheduler) -> None:
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "echo")
    scheduler("run", "w")
    for path in scheduler.home.glob("jobs.sqlite*"):
        path.unlink()
    assert "was moved or deleted" in scheduler("workflow", "list", code=3).stderr
    assert "was moved or deleted" in " ".join(scheduler("doctor", code=4).stdout.split())
    assert not list(scheduler.home.glob("jobs.sqlite*"))


def test_unknown_settings_are_named_with_what_was_meant(scheduler) -> None:
    (scheduler.home / ".env").write_text(
        "MAX_THREAD=3\nOTHER=1\nPART=jobs\nDB_URL=sqlite:///${PART}.sqlite\nSMTP_PASSWORD=x\nSHOP=y\n"
    )
    scheduler("workflow", "create", "w")
    scheduler("workflow", "edit", "w", "--secret", "S=env:SHOP")
    started = scheduler("start")
    assert "'MAX_THREAD'" in started.stderr
    assert "Did you mean 'MAX_THREADS'?" in started.stderr
    said = [scheduler("status").stdout, scheduler("doctor").stdout, (scheduler.home / "scheduler.log").read_text()]
    for text in (*said, started.stderr):
        shown = " ".join(text.split())
        assert "'MAX_THREAD' in " in shown
        assert "'OTHER' in " in shown
        assert "'PART'" not in shown
        assert "SMTP_PASSWORD" not in shown
        assert "SHOP" not in shown
    assert len(scheduler.json("status")["unknown_settings"]) == 2


def test_the_help_tells_the_exit_code() -> None:
    command = cli.get_command(None, "status")  # type: ignore[arg-type]
    assert command is not None
    assert "3 if it is not" in (command.help or "")
