"""Calendars on the command line: applied, shown, observed by schedules, and killed while one is replaced."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from workflow_scheduler.system.crash_points import POINTS, VARIABLE

# 2027-12-24 is a Friday; the years are ahead of any clock of this machine, but within what is computed.
YAML = """
kind: calendar
id: office
holidays: {country: DE, region: BY}
closed: [{from: CLOSED, to: CLOSED, why: Inventory}]
---
id: payroll
tasks: [{id: pay, command: echo}]
schedules:
  - {id: month, cron: "30 6 25 * *", timezone: Europe/Berlin, calendar: office, on_closed: previous}
  - {id: second_last, business_day: {nth: -2, of: month, time: "18:00"}, calendar: office}
  - {id: third, every: 3d, at_time: "02:30", starting: 2026-01-01}
  - {id: twice, times: ["12:30", "06:00"], days: mon-fri}
"""


@pytest.fixture
def office(scheduler):
    def write(closed: str = "2026-01-07") -> None:
        (scheduler.home / "office.yaml").write_text(YAML.replace("CLOSED", closed))

    write()
    done = scheduler("workflow", "apply", "office.yaml")
    assert (
        "Warning: office: DE-BY has holidays of further categories, which are not closed days: catholic" in done.stderr
    )
    scheduler.write = write
    return scheduler


def test_a_calendar_is_applied_listed_shown_and_checked(office) -> None:
    (row,) = office.json("calendar", "list")
    assert (row["id"], row["schedules"]) == ("office", 2)
    year = int(row["last_day"][:4])
    shown = office.json("calendar", "show", "office", "--year", str(year - 1))
    assert {"date": f"{year - 1}-12-25", "open": False, "why": "Christmas Day", "source": "holidays DE-BY"} in shown[
        "days"
    ]
    text = office("calendar", "show", "office", "--year", str(year - 1)).stdout
    assert "Christmas Day  (holidays DE-BY)" in text
    assert text.count(" Mo Tu We Th Fr Sa Su") == 12
    words = office("calendar", "check", "office", f"{year - 1}-12-25").stdout
    assert words == f"{year - 1}-12-25 is closed: Christmas Day (holidays DE-BY).\n"
    assert "not known" in office("calendar", "check", "office", "2099-01-01").stdout
    assert "observed by month, second_last" in office("calendar", "delete", "office", "--yes", code=4).stderr
    assert [applied["result"] for applied in office.json("workflow", "apply", "office.yaml")] == ["unchanged"] * 2


def test_a_preview_says_nominal_due_and_why(office) -> None:
    found = office.json("schedule", "preview", "--schedule", "month", "-n", "12")["fires"]
    moved = [fire for fire in found if fire.get("nominal") and not fire.get("disposition")]
    assert moved
    assert all("moved to" in fire["note"] for fire in moved)
    text = office("schedule", "preview", "--schedule", "month", "-n", "12").stdout
    assert "→" in text
    assert "; moved to " in text
    skipped = office("schedule", "preview", "--schedule", "month", "--on-closed", "skip", "-n", "12").stdout
    assert "skipped: S" in skipped
    assert office.json("schedule", "next", "third", "-n", "2")["fires"]


def test_the_definition_comes_back_as_it_was_written(office) -> None:
    text = office("workflow", "export", "payroll").stdout
    for line in (
        "    times:\n      - 06:00\n      - 12:30\n    days: mon-fri",
        "calendar: office\n    on_closed: previous",
        "    business_day:\n      nth: -2\n      of: month\n      time: 18:00",
        "at_time: 02:30\n    starting: '2026-01-01'",
    ):
        assert line in text
    (office.home / "again.yaml").write_text(text)
    assert [applied["result"] for applied in office.json("workflow", "apply", "again.yaml")] == ["unchanged"]


def test_what_is_refused(office) -> None:
    for words, said in (
        (
            ("schedule", "add", "payroll", "--cron", "@daily", "--calendar", "none"),
            "no calendar 'none'; there are: office",
        ),
        (("schedule", "add", "payroll", "--business-day", "1"), "name the calendar, too"),
        (("schedule", "add", "payroll", "--every", "90m", "--at-time", "02:30"), "at_time needs whole days"),
        (("schedule", "add", "payroll", "--times", "25:00"), "The time of day '25:00' is invalid"),
        (("schedule", "add", "payroll", "--times", "06:00", "12:30"), "Put the expression in quotes"),
        (("schedule", "add", "payroll", "--cron", "@daily", "--at-time", "02:30"), "at_time belongs to every"),
        (("schedule", "pause", "twice", "--until", "2020-01-01"), "in the past; choose a time in the future"),
        (("schedule", "add", "payroll", "--cron", "@daily", "--jitter", "2d"), "jitter"),
        (("calendar", "check", "office", "tomorrow"), "The date 'tomorrow' is invalid"),
    ):
        assert said in office(*words, code=2).stderr, words
    (office.home / "wrong.yaml").write_text(
        "kind: calendar\nid: c\nclosd: []\nclosed: [{from: 2027-02-02, to: 2027-02-01}]\n---\n"
        "id: v\nschedules: [{cron: '@daily', calendar: c, on_closed: sometimes}]\n"
    )
    refused = office("workflow", "apply", "wrong.yaml", code=2).stderr
    assert "wrong.yaml:3:1: 'closd' is not a known name here; did you mean 'closed'?" in refused
    assert "`to` is before `from`" in refused
    assert "wrong.yaml:7:" in refused
    (office.home / "wrong.yaml").write_text("id: v\nschedules: [{cron: '@daily', calendar: c}]\n")
    assert "there is no calendar 'c'; there are: office" in office("workflow", "apply", "wrong.yaml", code=2).stderr


def test_a_file_that_is_refused_leaves_its_calendar_out_too(office) -> None:
    workflow = "id: late\ntasks: [{id: a, command: echo}]\nschedules: [{at: 2020-01-01 00:00, calendar: new}]\n"
    (office.home / "late.yaml").write_text(f"kind: calendar\nid: new\n---\n{workflow}")
    refused = office("workflow", "apply", "late.yaml", code=2)
    assert "in the past" in refused.stderr
    assert [row["id"] for row in office.json("calendar", "list")] == ["office"]


def test_skips_and_pauses(office) -> None:
    first, second, third = (fire["utc"] for fire in office.json("schedule", "next", "twice", "-n", "3")["fires"])
    assert office.json("schedule", "skip", "twice", "--next", "2")["skipped"] == [first, second]
    assert "asked to skip it" in office("schedule", "next", "twice").stdout
    (row,) = [row for row in office.json("schedule", "list") if row["id"] == "twice"]
    assert row["next_utc"] == third
    office("schedule", "skip", "twice", "--next", "0")
    assert office.json("schedule", "show", "twice")["next_utc"] == first
    assert office.json("schedule", "pause", "twice", "--until", "2099-01-04")["next_utc"] == "2099-01-05T06:00:00Z"
    assert office.json("schedule", "resume", "twice")["next_utc"] == first


def test_doctor_says_whether_data_are_missing(office) -> None:
    (found,) = [found for found in office.json("doctor", code=None) if found["about"] == "calendars"]
    assert found["state"] == "ok"


@pytest.mark.skipif(sys.platform == "win32", reason="a process that is killed so is SIGTERM's")
@pytest.mark.parametrize("point", [point for point in POINTS if point.startswith("calendar.")])
def test_killed_while_a_calendar_is_replaced(office, point: str) -> None:
    (due,) = [row["next_utc"] for row in office.json("schedule", "list") if row["id"] == "month"]
    before = (office.json("calendar", "list"), office.json("schedule", "list"))
    office.write(due[:10])
    scheduler = str(Path(sys.executable).parent / "scheduler")
    killed = subprocess.run(
        [scheduler, "--home", str(office.home), "calendar", "apply", str(office.home / "office.yaml")],
        env={**office.env, VARIABLE: point},
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert (office.json("calendar", "list"), office.json("schedule", "list")) == before
    (done,) = office.json("calendar", "apply", "office.yaml")
    assert (done["result"], [day["day"] for day in done["changed_days"]]) == ("changed", [due[:10]])
    (after,) = [row["next_utc"] for row in office.json("schedule", "list") if row["id"] == "month"]
    assert after < due
