"""`scheduler late`, and what the other commands say about deadlines."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

DEFINITION = """
id: nightly
deadlines: {finish_by: "06:00", longer_than: usual}
tasks: [{id: dump, command: echo, deadlines: {shorter_than: 2s, finish_by: {at: "05:00"}}}]
schedules: [{id: night, cron: "0 2 * * *", deadlines: {start_within: 15m}}]
"""


@pytest.fixture
def nightly(scheduler):
    (scheduler.home / "nightly.yaml").write_text(DEFINITION)
    scheduler("workflow", "apply", "nightly.yaml")
    return scheduler


def missed(home, hours: float) -> None:
    """A deadline of a fire for which no run was started."""
    due = (datetime.now(UTC) - timedelta(hours=hours)).strftime("%Y-%m-%d %H:%M:%S.000000")
    values = (
        f"('finish_by', 'missed', 'nightly', 'night', '{due}', '', '{due}', 'Europe/Berlin', 1, 'It is not there.')"
    )
    names = "kind, state, workflow_id, schedule_id, nominal_utc, task_id, due_utc, timezone, count, reason"
    with sqlite3.connect(home / "jobs.sqlite") as database:
        database.execute(f"INSERT INTO deadlines ({names}) VALUES {values}")
    database.close()


def test_what_is_late_is_listed_and_counted(nightly) -> None:
    assert nightly.json("late") == []
    assert nightly("late").stdout.strip() == "Nothing is late or at risk."
    assert "Deadline" not in nightly("status", code=3).stdout
    missed(nightly.home, 2)
    missed(nightly.home, 3)
    rows = nightly.json("late")
    assert [(row["condition"], row["workflow_id"], row["run_id"]) for row in rows] == [("late", "nightly", None)] * 2
    assert rows[0]["due_utc"] < rows[1]["due_utc"]
    assert nightly.json("late", "other") == []
    assert "It is not there." in nightly("late", "nightly").stdout
    assert "Deadline  2 late; see them with: scheduler late" in nightly("status", code=3).stdout
    assert len(nightly.json("status", code=3)["deadlines"]) == 2
    missed(nightly.home, 24 * 8)
    assert len(nightly.json("late")) == 2


def test_a_run_says_what_became_of_its_deadlines(nightly, until) -> None:
    nightly("start")
    nightly("run", "nightly", "--id", "by-hand")
    (usual,) = until(lambda: nightly.json("runs", "show", "by-hand")["deadlines"])
    assert (usual["kind"], usual["state"], usual["reason"]) == ("longer_than", "void", "learning (0 of 8)")
    assert "learning (0 of 8)" in nightly("runs", "show", "by-hand").stdout
    assert "learning (0 of 8)" in nightly("explain", "nightly", "--run", "by-hand").stdout


def test_options_change_one_deadline_each(nightly) -> None:
    nightly("schedule", "edit", "night", "--finish-by", "07:00")
    nightly("workflow", "edit", "nightly", "--no-success-for", "26h", "--longer-than", "-")
    nightly("task", "edit", "nightly", "dump", "--longer-than", "usual")
    shown = nightly("workflow", "show", "nightly").stdout
    assert "finish by 06:00, no success for 1d 2h" in shown
    assert "start within 15m, finish by 07:00" in nightly("schedule", "show", "night").stdout
    document = nightly("workflow", "export", "nightly").stdout
    for line in (
        "finish_by: 06:00",
        "no_success_for: 93600",
        "shorter_than: 2",
        "longer_than: usual",
        "start_within: 900",
        "finish_by: 07:00",
    ):
        assert line in document.replace("'", ""), line
    assert document.count("longer_than") == 1


@pytest.mark.parametrize(
    ("deadlines", "words"),
    [
        ("{finish_by: 24:00}", "nightly.yaml:3:13: finish_by"),
        ("{finish_by: {at: '06:00', business_day: 1}}", "give both"),
        ("{finish_by: 06:00 +1 nowhere}", "there is no calendar 'nowhere'"),
        ("{finish_by: 06:00 +99 c}", "too far away"),
        ("{start_within: 0}", "start_within 0 would always be missed"),
        ("{longer_than: often}", "longer_than"),
        ("{shorter_than: 2h, longer_than: 1h}", "every duration is unusual"),
        ("{start_in: 5m}", "start_in"),
    ],
)
def test_what_can_never_work_is_refused_with_its_place(scheduler, deadlines: str, words: str) -> None:
    text = f"id: nightly\ntasks: [{{id: a, command: echo}}]\ndeadlines: {deadlines}\n"
    (scheduler.home / "nightly.yaml").write_text(text)
    said = scheduler("workflow", "apply", "nightly.yaml", code=2).stderr
    assert "nightly.yaml:3:" in said
    assert words in said


def test_a_deadline_that_makes_no_sense_there_is_refused(scheduler) -> None:
    text = "id: nightly\ntasks: [{id: a, command: echo, deadlines: {start_within: 5m}}]\n"
    (scheduler.home / "nightly.yaml").write_text(text)
    assert "start_within" in scheduler("workflow", "apply", "nightly.yaml", code=2).stderr
