"""`scheduler simulate`: what it shows, what it refuses, and that the home stays as it is."""

from __future__ import annotations

import hashlib
from pathlib import Path

import databases
import pytest

from workflow_scheduler.storage import tables
from workflow_scheduler.storage.database import Database

YAML = """
id: import
tasks:
  - {id: fetch, command: "true"}
  - {id: check, command: "true"}
schedules:
  - {id: import-s, cron: 0 2 * * *, timezone: Europe/Berlin}
---
id: load
tasks: [{id: crunch, command: "true"}]
schedules:
  - {id: load-s, cron: 10 2 * * *, timezone: Europe/Berlin}
---
id: report
tasks: [{id: render, command: "true"}]
schedules:
  - {id: report-s, cron: 30 * * * *, timezone: Europe/Berlin, overlap: skip}
"""
NIGHT = ("--from", "2026-10-24 22:00", "--for", "8h")


@pytest.fixture
def home(scheduler):
    (scheduler.home / ".env").write_text("TIMEZONE=Europe/Berlin\n")
    (scheduler.home / "all.yaml").write_text(YAML)
    scheduler("workflow", "apply", "all.yaml")
    return scheduler


def files(home: Path) -> dict[str, tuple[int, str, int]]:
    """Of each file its length, content and time of change."""
    return {
        str(file.relative_to(home)): (
            file.stat().st_size,
            hashlib.sha256(file.read_bytes()).hexdigest(),
            file.stat().st_mtime_ns,
        )
        for file in home.rglob("*")
        if file.is_file()
    }


def rows(url: str, home: Path, *without: str) -> dict[str, list[str]]:
    database = Database(url, home)
    found = {
        table.name: database.read(lambda db, table=table: sorted(map(repr, db.rows(f"SELECT * FROM {table.name}"))))
        for table in tables.TABLES
        if table.name not in without
    }
    database.close()
    return found


def test_a_night_with_a_clock_change_and_a_conflict(home) -> None:
    home.env["COLUMNS"] = "80"
    done = home(
        "simulate", *NIGHT, "--slots", "1", "--assume", "fetch=44m", "--assume", "check=failed", "--assume", "render=1m"
    )
    lines = done.stdout.splitlines()
    assert lines[0] == (
        "10 runs of 3 workflows; 2 late (longest 35m, load waits for import); 1 failed; "
        "at most 1 run at once (MAX_THREADS 1)."
    )
    assert lines[1] == (
        "From Sat 2026-10-24 22:00 to Sun 2026-10-25 05:00 (Europe/Berlin), which starts with nothing in progress."
    )
    assert "No history, 1m assumed: 2 tasks (import.check, load.crunch)." in lines
    assert any(line.startswith("load 02:10") and "░░░" in line and "█" in line for line in lines)
    assert any(line.startswith("import 02:00") and "✗✗✗" in line for line in lines)
    assert max(map(len, lines[3 : lines.index("Late")])) <= 80
    assert "import  Sun 2026-10-25 02:00  02:00 occurs twice on this day: the first" in done.stdout


def test_the_answer_for_programs(home) -> None:
    found = home.json("simulate", *NIGHT, "load", "--assume", "fetch=45m", "--slots", "1", "--limit", "5")
    assert (found["idle"], found["max_runs"], found["timezone"]) == (True, 1, "Europe/Berlin")
    (run,) = found["runs"]
    assert (run["workflow_id"], run["due_utc"]) == ("load", "2026-10-25T00:10:00Z")
    assert run["waits_for"].startswith("MAX_THREADS is 1. In progress: ")
    assert [task["id"] for task in run["tasks"]] == ["crunch"]
    assert found["counts"]["most_at_once"] == 1


def test_changed_definitions_are_tried_on_the_copy(home) -> None:
    text = YAML.replace("10 2 * * *", "30 4 * * *") + "---\nid: extra\nschedules: [{id: e, every: 1h}]\n"
    (home.home / "new.yaml").write_text(text)
    found = home.json("simulate", *NIGHT, "load", "extra", "--with", "new.yaml")
    assert {run["due_utc"] for run in found["runs"] if run["workflow_id"] == "load"} == {"2026-10-25T03:30:00Z"}
    assert sum(run["workflow_id"] == "extra" for run in found["runs"]) == 7
    assert [row["id"] for row in home.json("workflow", "list")] == ["import", "load", "report"]


def test_a_month_is_a_table_by_day(home) -> None:
    shown = home("simulate", "--from", "2026-10-01", "--for", "30d").stdout
    assert "2026-10-25 Sun    27" in shown
    assert "DAY" in shown


def test_without_unicode_it_is_drawn_in_ascii(home) -> None:
    home.env["PYTHONIOENCODING"] = "ascii"
    shown = home("simulate", *NIGHT, "--assume", "fetch=1h").stdout
    assert "# running" in shown
    assert shown.isascii()


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["--from", "tomorrow"], 2, "The time 'tomorrow' is invalid"),
        (["--for", "0"], 2, "at most 366 days"),
        (["--for", "400d"], 2, "longer than a year"),
        (["--assume", "fetch"], 2, "'fetch' is not TASK=VALUE"),
        (["--assume", "fetsch=1h"], 2, "did you mean 'fetch'?"),
        (["--assume", "import=1h"], 2, "'import' is a workflow with 2 tasks"),
        (["--with", "missing.yaml"], 3, "missing.yaml"),
        (["--slots", "0"], 2, "--slots"),
        (["nothing"], 3, "There is no workflow 'nothing'"),
    ],
)
def test_what_cannot_be_simulated_is_one_sentence(home, words: list[str], code: int, sentence: str) -> None:
    assert sentence in home("simulate", *words, code=code).stderr


def test_definitions_with_mistakes_are_refused_as_apply_does(home) -> None:
    (home.home / "bad.yaml").write_text("id: x\ntasks: [{id: a}]\n")
    simulated = home("simulate", "--with", "bad.yaml", code=2).stderr
    assert simulated == home("workflow", "apply", "bad.yaml", code=2).stderr


def test_without_a_home_it_says_so(scheduler) -> None:
    assert "Looked in" in scheduler("simulate", code=3).stderr
    assert list(scheduler.home.iterdir()) == []


def test_no_file_of_the_home_changes(home) -> None:
    home("run", "import")
    before = files(home.home)
    home("simulate", "--for", "3d", "--assume", "fetch=1h", "--with", "all.yaml")
    assert files(home.home) == before


def test_no_row_changes_on_postgresql(home, postgres: str) -> None:
    url = databases.fresh(postgres)
    (home.home / ".env").write_text(f"DB_URL={url}\nTIMEZONE=Europe/Berlin\n")
    home("workflow", "apply", "all.yaml")
    home("run", "import")
    before = rows(url, home.home), files(home.home)
    assert home.json("simulate", "--for", "3d", "--assume", "fetch=1h")["counts"]["runs"] > 70
    assert (rows(url, home.home), files(home.home)) == before


def test_a_running_scheduler_does_not_notice(home) -> None:
    for name in ("import", "load", "report"):  # so that it writes nothing itself, whatever time it is now
        home("schedule", "pause", f"{name}-s")
    home("start")
    before = rows("sqlite:///jobs.sqlite", home.home, "engines")
    found = home.json("simulate", "import", "load", "--for", "2d", "--with", "all.yaml")
    assert found["counts"]["runs"] == 4
    assert rows("sqlite:///jobs.sqlite", home.home, "engines") == before
