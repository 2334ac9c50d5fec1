"""Past nights run again with the real command: shown first, asked about, and followed to the end."""

from __future__ import annotations

import json
from typing import Any

import pytest

RANGE = ("--from", "2026-11-01", "--to", "2026-11-03")


@pytest.fixture
def nightly(scheduler):
    """A workflow whose night of the 2nd fails until the file `fixed` exists."""
    scheduler("workflow", "create", "nightly")
    code = (
        "import os, pathlib, sys; day = os.environ['SCHEDULED_TIME'][:10]; print(day, file=open('nights', 'a'));"
        "sys.exit(day == '2026-11-02' and not pathlib.Path('fixed').exists())"
    )
    scheduler("task", "add", "nightly", "--id", "load", *scheduler.python(code))
    scheduler("schedule", "add", "nightly", "--id", "s", "--cron", "0 1 * * *", "--timezone", "Europe/Berlin")
    return scheduler


def backfills(scheduler) -> list[dict[str, Any]]:
    return scheduler.json("backfill", "list")


def ended(scheduler) -> dict[str, Any] | None:
    row = scheduler.json("backfill", "show", "last")
    return row if row["state"] not in ("active", "paused") and not row["running"] else None


def test_from_the_table_to_the_last_night(nightly, until) -> None:
    shown = nightly("backfill", "nightly", *RANGE, "--dry-run").stdout
    assert "2026-11-01 01:00+01:00  none      will run" in shown
    assert shown.endswith("3 will run.\n")
    assert backfills(nightly) == []
    said = nightly("backfill", "nightly", *RANGE, "--yes").stdout
    assert "The scheduler is not running. The backfill starts when the scheduler does" in said
    assert (
        "Backfill  nightly 2026-11-01 to 2026-11-03, active: 0 of 3 done (3 left)" in nightly("status", code=3).stdout
    )
    nightly("start")
    row = until(lambda: ended(nightly))
    assert (row["state"], row["succeeded"], row["failed"]) == ("finished", 2, 1)
    nights = nightly.home / "nights"
    assert nights.read_text().split() == ["2026-11-01", "2026-11-02", "2026-11-03"]
    (nightly.home / "fixed").touch()
    assert "runs again: 1 that did not succeed." in nightly("backfill", "retry", "last").stdout
    row = until(lambda: (found := ended(nightly)) and found["succeeded"] == 3 and found)
    assert nights.read_text().split()[3:] == ["2026-11-02"]
    runs = nightly.json("runs", "list", "--backfill", row["id"])
    assert len(runs) == 4
    assert {run["backfill_id"] for run in runs} == {row["id"]}
    assert f"backfill {row['id']}" in nightly("runs", "show", row["moments"][0]["run_id"]).stdout
    log = (nightly.home / "scheduler.log").read_text()
    assert f"backfill finished: {row['id']}: 2 succeeded, 1 failed" in log
    assert "nothing to run again" in nightly("backfill", "retry", row["id"], code=4).stderr
    actions = {entry["action"] for entry in nightly.json("audit")["entries"]}
    assert {"scheduler backfill create", "scheduler backfill retry"} <= actions


def test_without_a_terminal_nothing_is_made_unless_agreed(nightly) -> None:
    said = nightly("backfill", "nightly", *RANGE, code=2)
    assert said.stderr.count("Error:") == 1
    assert "no terminal). Pass --yes" in said.stderr
    nightly("backfill", "nightly", *RANGE, text="n\n", code=1)
    assert backfills(nightly) == []
    nightly("backfill", "nightly", *RANGE, text="y\n")
    assert len(backfills(nightly)) == 1


def test_many_runs_are_confirmed_by_their_number(nightly) -> None:
    year = ("backfill", "nightly", "--from", "2025-11-01", "--to", "2026-10-31")
    shown = nightly(*year, text="y\n364\n", code=1)
    assert "… 345 more" in shown.stdout
    assert "Type 365" in shown.stderr
    assert backfills(nightly) == []
    nightly(*year, text="y\n365\n")
    assert backfills(nightly)[0]["total"] == 365
    answer = json.loads(nightly(*year, "--dry-run", "--json").stdout)
    assert (len(answer["moments"]), answer["will_run"], answer["left_out"]) == (365, 0, 365)


@pytest.mark.parametrize("columns", ["60", "80", "120"])
def test_tables_fit(nightly, columns: str) -> None:
    nightly.env["COLUMNS"] = columns
    shown = nightly("backfill", "nightly", "--from", "2026-01-01", "--to", "2026-03-31", "--dry-run").stdout
    assert max(map(len, shown.splitlines())) <= int(columns)
    assert "2026-03-31 01:00+02:00" in shown


def test_paused_resumed_and_cancelled(nightly) -> None:
    name = nightly.json("backfill", "nightly", *RANGE, "--yes")["id"]
    assert nightly.json("backfill", "pause", "nightly")["state"] == "paused"
    assert "is paused; resume it first" in nightly("backfill", "retry", name, code=4).stderr
    assert nightly.json("backfill", "resume", "last")["state"] == "active"
    assert "no terminal" in nightly("backfill", "cancel", name, code=2).stderr
    assert nightly.json("backfill", "cancel", name[-8:], "--yes")["state"] == "cancelled"
    shown = nightly("backfill", "show", name).stdout
    assert "0 of 3 done (3 not run)" in shown
    assert f"scheduler backfill retry {name}" in shown
    assert nightly.json("backfill", "retry", name) == {"id": name, "again": 0, "never_run": 3}


def test_a_workflow_that_is_called_like_a_command(nightly) -> None:
    nightly("workflow", "copy", "nightly", "list")
    assert "'list' has no schedule" in nightly("backfill", "create", "list", *RANGE, code=4).stderr
    assert "'list' has no schedule" in nightly("backfill", *RANGE, "--", "list", code=4).stderr


def test_mistakes_are_one_sentence(nightly) -> None:
    for words, code, sentence in (
        (("nightly", *RANGE, "--between", "20:00-20:00"), 2, "never opens"),
        (("nightly", *RANGE, "--schedule", "t"), 3, "has no schedule 't'; there are: s."),
        (("nightly", "--from", "2026-11-01"), 2, "Missing option '--to'"),
        (("weekly", *RANGE), 3, "There is no workflow 'weekly'"),
        (("show", "x"), 3, "There is no backfill 'x'"),
    ):
        said = nightly("backfill", *words, code=code)
        assert sentence in said.stderr
        assert said.stderr.count("\n") == 1
