"""Counts of the calendar are exact whatever the rhythm, and what a change of the clock does to a fire is marked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from operated import Commands
from web.conftest import NOW

from workflow_scheduler.domain.run import Run, RunState
from workflow_scheduler.domain.schedule import Disposition, Fire
from workflow_scheduler.domain.task import Task
from workflow_scheduler.operations.rows import plain
from workflow_scheduler.operations.runs.overview import overview
from workflow_scheduler.operations.schedules.calendar import calendar
from workflow_scheduler.operations.timestamps import iso
from workflow_scheduler.storage import fires, runs
from workflow_scheduler.triggers.fire_times import build
from workflow_scheduler.triggers.spec import parse_spec

V1 = "/api/v1"
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
SPECS = [
    {"every": "20s"},
    {"every": "1s"},
    {"interval": 7},
    {"cron": "* * * * *"},
    {"cron": "*/7 * * * *"},
    {"cron": "0 */2 * * *"},
    {"cron": "15 2 * * *"},
    {"cron": "0,10,20,30,40,50 9 * * mon"},
    {"cron": "0 0 * * *"},
    {"at": "2027-03-28 02:30:00"},
]


@pytest.fixture
def commands(database) -> Commands:
    made = Commands(database, "UTC")
    made.create_workflow("w", NOW)
    made.add_task("w", Task("a", "x"), NOW)
    return made


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kathmandu"])
@pytest.mark.parametrize("per", ["day", "hour"])
def test_totals_are_what_listing_all_would_come_to(sqlite, per, zone: str) -> None:
    commands = Commands(sqlite, "UTC")
    commands.create_workflow("w", NOW)
    start = datetime(2027, 3, 26, 22, 30, tzinfo=UTC)
    end = start + (6 * DAY if per == "day" else 2 * DAY)
    triggers = []
    for spec in SPECS:
        made = commands.add_schedule("w", spec, NOW, timezone=zone)
        triggers.append(build(made.spec, zone))
    shown = plain(calendar(sqlite, start, end, NOW, per=per, timezone=zone))
    listed = [
        fire
        for trigger in triggers
        for fire in trigger.latest(start - timedelta(seconds=1), end, 10**6)
        if start <= fire < end
    ]
    assert len(listed) > 100_000
    for total in shown["totals"]:
        low, high = (datetime.fromisoformat(total[name]) for name in ("from", "to"))
        assert total["due"] == sum(low <= fire < high for fire in listed), total
    assert sum(total["due"] for total in shown["totals"]) == len(listed)
    assert sum(entry["count"] for entry in shown["coming"]) == len(listed)
    assert (shown["truncated"], shown["complete"]) == (False, True)
    assert len(shown["coming"]) < 1000


def test_totals_alone_are_the_same_totals(commands, database) -> None:
    for spec in SPECS:
        commands.add_schedule("w", spec, NOW)
    whole = plain(calendar(database, NOW - DAY, NOW + DAY, NOW, per="hour"))
    alone = plain(calendar(database, NOW - DAY, NOW + DAY, NOW, per="hour", entries=0))
    assert alone["totals"] == whole["totals"]
    assert (alone["past"], alone["coming"], alone["truncated"]) == ([], [], True)
    few = plain(calendar(database, NOW - DAY, NOW + DAY, NOW, per="hour", entries=3))
    assert (len(few["coming"]), few["truncated"], few["totals"]) == (3, True, whole["totals"])


def test_days_begin_at_midnight_of_the_zone(commands) -> None:
    start = datetime(2027, 3, 26, 23, tzinfo=UTC)
    shown = plain(calendar(commands.database, start, start + 3 * DAY, NOW, timezone="Europe/Berlin"))
    edges = [total["from"] for total in shown["totals"]]
    assert edges == ["2027-03-26T23:00:00Z", "2027-03-27T23:00:00Z", "2027-03-28T22:00:00Z", "2027-03-29T22:00:00Z"]
    first = datetime(2026, 9, 5, 12, tzinfo=UTC)
    santiago = plain(calendar(commands.database, first, first + DAY, NOW, timezone="America/Santiago"))
    assert [total["from"] for total in santiago["totals"]][1] == "2026-09-06T04:00:00Z"  # no midnight on that day


def test_a_frequent_schedule_is_one_entry_a_day_and_the_others_are_there(commands) -> None:
    commands.add_schedule("w", {"every": "20s"}, NOW, schedule_id="often")
    commands.add_schedule("w", {"cron": "0 5,17 * * *"}, NOW, schedule_id="twice")
    shown = plain(calendar(commands.database, NOW, NOW + 3 * DAY, NOW))
    often = [entry for entry in shown["coming"] if entry["schedule_id"] == "often"]
    # From noon; what is due at midnight is the next day's.
    assert [entry["count"] for entry in often] == [2159, 4320, 4320, 2160]
    assert often[0]["utc"] == "2026-11-24T12:00:20Z"
    assert often[0]["until_utc"] == "2026-11-24T23:59:40Z"
    twice = [entry["utc"][8:13] for entry in shown["coming"] if entry["schedule_id"] == "twice"]
    assert twice == ["24T17", "25T05", "25T17", "26T05", "26T17", "27T05"]
    assert shown["totals"][1]["due"] == 4322


def test_what_is_due_as_the_time_begins_counts(commands) -> None:
    commands.add_schedule("w", {"cron": "0 0 * * *"}, NOW, schedule_id="midnight")
    start = datetime(2026, 11, 27, tzinfo=UTC)
    assert [entry["utc"] for entry in plain(calendar(commands.database, start, start + DAY, NOW))["coming"]] == [
        "2026-11-27T00:00:00Z"
    ]


def test_what_ran_often_is_counted_too(commands) -> None:
    """More runs than are listed, some failed, and each fire of a schedule that skips."""
    commands.add_schedule("w", {"every": "20s"}, NOW - 3 * DAY, schedule_id="often")
    commands.add_schedule("w", {"cron": "0 1 * * *"}, NOW - 3 * DAY, schedule_id="night")
    rows = []
    for number in range(7000):
        due = NOW - 2 * DAY + number * timedelta(seconds=20)
        state = RunState.FAILED if number % 1000 == 0 else RunState.SUCCEEDED
        rows.append(Run(f"r{number}", "w", 1, state, due, schedule_id="often", nominal=due))
    night = datetime(2026, 11, 24, 1, tzinfo=UTC)
    rows.append(Run("night", "w", 1, RunState.SUCCEEDED, night, "fine", schedule_id="night", nominal=night))
    skipped = [
        Fire("often", NOW - n * timedelta(seconds=20), Disposition.SKIPPED_OVERLAP, "busy") for n in range(1, 201)
    ]
    many = Fire("night", NOW - 2 * HOUR, Disposition.SKIPPED_PAUSED, "paused", None, NOW - HOUR, 30)

    def work(db) -> None:
        runs.add_runs(db, rows)
        fires.record_fires(db, [*skipped, many])

    commands.database.write(work)
    shown = plain(calendar(commands.database, NOW - 2 * DAY, NOW, NOW))
    assert [total["states"] for total in shown["totals"]] == [
        {"failed": 3, "succeeded": 2157},
        {"failed": 4, "succeeded": 4316},
        {"succeeded": 521, "skipped_overlap": 200, "skipped_paused": 30},
    ]
    assert not shown["truncated"]
    entries = [
        (entry["schedule_id"], entry["state"] or entry["disposition"], entry["count"]) for entry in shown["past"]
    ]
    assert sorted(entries) == sorted(
        [
            *[
                ("often", "failed", 3),
                ("often", "succeeded", 2157),
                ("often", "failed", 4),
                ("often", "succeeded", 4316),
            ],
            *[("often", "succeeded", 520), ("often", "skipped_overlap", 200)],
            *[("night", "succeeded", 1), ("night", "skipped_paused", 30)],
        ]
    )
    assert (
        next(entry["run_id"] for entry in shown["past"] if entry["state"] and entry["schedule_id"] == "night")
        == "night"
    )
    (grouped,) = [row for row in overview(commands.database, NOW).skipped if row.schedule_id == "often"]
    assert (grouped.count, iso(grouped.nominal_utc), iso(grouped.until_utc)) == (
        200,
        "2026-11-24T10:53:20Z",
        "2026-11-24T11:59:40Z",
    )


def test_nights_on_which_the_clock_is_set_are_marked(page) -> None:
    page.commands.create_workflow("w", NOW)
    for name, cron in (("moved", "15 2 * * *"), ("hourly", "0 * * * *"), ("twice", "30 2 * * *")):
        page.commands.add_schedule("w", {"cron": cron}, NOW, schedule_id=name, timezone="Europe/Berlin")
    browser = page.browser("viewer")

    def marks(day: str, per: str = "day") -> dict[str, tuple[str | None, str]]:
        query = {"from": f"{day}T00:00:00Z", "to": f"{day}T04:00:00Z", "per": per, "zone": "Europe/Berlin"}
        answer = browser.get(f"{V1}/calendar", params=query).json()
        return {
            f"{entry['schedule_id']} {entry['utc'][11:16]}": (entry["clock_change"], entry["note"])
            for entry in answer["coming"]
        }

    spring, autumn = marks("2027-03-28"), marks("2027-10-31", "hour")
    assert spring["moved 01:00"] == ("+01:00", "moved: 02:15 does not exist on this day")
    assert spring["hourly 01:00"] == (None, "")
    assert autumn["hourly 00:00"] == ("-01:00", "02:00 occurs twice on this day: the first")
    assert autumn["hourly 01:00"] == ("-01:00", "02:00 occurs twice on this day: the second")
    assert autumn["hourly 02:00"] == (None, "")
    assert autumn["twice 00:30"] == ("-01:00", "02:30 occurs twice on this day: the first")
    due = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    ran = Run("r", "w", 1, RunState.SUCCEEDED, due, schedule_id="twice", nominal=due)
    other = Run("s", "w", 1, RunState.SUCCEEDED, due, schedule_id="moved", nominal=due)  # was another rhythm then
    page.database.write(lambda db: runs.add_runs(db, [ran, other]))
    past = browser.get(f"{V1}/calendar", params={"from": "2026-10-25T00:00:00Z", "to": "2026-10-26T00:00:00Z"}).json()[
        "past"
    ]
    assert {entry["run_id"]: entry["note"] for entry in past} == {
        "r": "02:30 occurs twice on this day: the first",
        "s": "",
    }


@pytest.mark.parametrize(
    "query",
    [
        {"per": "hour", "from": "2026-11-01T00:00:00Z", "to": "2026-11-05T00:00:00Z"},
        {"from": "2026-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z"},
        {"zone": "Mars"},
        {"zone": "../x"},
        {"per": "minute"},
    ],
)
def test_what_cannot_be_shown_is_refused(page, query: dict[str, str]) -> None:
    answer = page.browser("viewer").get(f"{V1}/calendar", params=query)
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_the_sum_of_a_spec_is_that_of_its_trigger() -> None:
    for spec in SPECS:
        trigger = build({"anchor": NOW.isoformat(), **parse_spec(spec, "Europe/Berlin")}, "Europe/Berlin")
        start = datetime(2027, 3, 27, 12, tzinfo=UTC)
        assert trigger.count(start, start + DAY) == len(trigger.latest(start, start + DAY, 10**6))
