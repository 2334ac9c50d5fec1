"""From nominal to due: calendars, bounds, skips, pauses and jitter, against tables and against brute force.

SCHEDULER_BRUTE_FORCE=all takes every zone with every expression."""

from __future__ import annotations

import os
import random
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest

from workflow_scheduler.domain.calendar import CalendarDay, Days
from workflow_scheduler.domain.policies import Collide, OnClosed, Policies
from workflow_scheduler.domain.schedule import Disposition, DueFire, PlannerState, Schedule
from workflow_scheduler.triggers.due_times import MOST_FIRES, DueTimes, jitter_of
from workflow_scheduler.triggers.fire_times import build
from workflow_scheduler.triggers.wall_clock import instant_of

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
DAY = timedelta(days=1)


def days(first: str, last: str, closed: str = "", why: str = "closed") -> Days:
    """The days from one to another; closed are weekends and these."""
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    rows = []
    for at in range((end - begin).days + 1):
        day = begin + at * DAY
        named = str(day) in closed.split()
        weekend = day.weekday() >= 5
        rows.append(CalendarDay(day, not (named or weekend), why if named else "a weekend day" if weekend else "", ""))
    return Days("c", rows)


YEAR = days("2026-11-01", "2027-12-31", "2026-12-24 2026-12-25")


def due_times(spec: dict[str, Any], zone: str = "UTC", known: Days | None = YEAR, **asked: Any) -> DueTimes:
    skips = asked.pop("skips", ())
    policies = Policies(calendar="c" if known is not None else None, **asked)
    schedule = Schedule("s", "w", spec, zone, policies, PlannerState(skips=skips))
    return DueTimes(schedule, build(spec, zone, known), known)


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def walls(fires: list[DueFire], zone: str = "UTC") -> list[tuple[str, str]]:
    """Nominal and due, as the clocks of the zone show them."""
    there = ZoneInfo(zone)
    return [
        (f"{fire.nominal.astimezone(there):%m-%d %H:%M}", f"{fire.due.astimezone(there):%m-%d %H:%M}") for fire in fires
    ]


# ISDA 2006 definitions, section 4.12: following, modified following and preceding, on a calendar with weekends only.
# 31 January and 28 February 2027 are Sundays, 30 May is a Sunday after a closed Friday and Saturday.
MODIFIED_FOLLOWING = [
    # nominal, following, modified following, preceding
    ("2026-12-12", "2026-12-14", "2026-12-14", "2026-12-11"),
    ("2027-01-02", "2027-01-04", "2027-01-04", "2027-01-01"),
    ("2027-01-30", "2027-02-01", "2027-01-29", "2027-01-29"),
    ("2027-01-31", "2027-02-01", "2027-01-29", "2027-01-29"),
    ("2027-02-28", "2027-03-01", "2027-02-26", "2027-02-26"),
    ("2027-05-01", "2027-05-03", "2027-05-03", "2027-04-30"),
    ("2027-07-31", "2027-08-02", "2027-07-30", "2027-07-30"),
    ("2027-08-29", "2027-08-30", "2027-08-30", "2027-08-27"),
    ("2027-10-31", "2027-11-01", "2027-10-29", "2027-10-29"),
    ("2027-06-15", "2027-06-15", "2027-06-15", "2027-06-15"),
]


@pytest.mark.parametrize(("nominal", "following", "modified", "preceding"), MODIFIED_FOLLOWING)
def test_the_modified_following_rule(nominal: str, following: str, modified: str, preceding: str) -> None:
    day = date.fromisoformat(nominal)
    spec = {"cron": f"0 9 {day.day} {day.month} *"}
    for rule, target in (
        (OnClosed.NEXT, following),
        (OnClosed.NEXT_IN_MONTH, modified),
        (OnClosed.PREVIOUS, preceding),
    ):
        trigger = due_times(spec, on_closed=rule)
        due = at(f"{target}T09:00")
        before = min(due, at(f"{nominal}T09:00")) - DAY
        assert trigger.next_after(before) == due
        (fire,) = trigger.fires(due - DAY, due)
        assert (fire.nominal, fire.due, fire.runs) == (at(f"{nominal}T09:00"), due, True)


def test_the_reason_names_each_closed_day() -> None:
    trigger = due_times({"cron": "30 6 25 12 *"}, BERLIN, on_closed=OnClosed.PREVIOUS)
    (fire,) = trigger.coming(at("2026-12-01T00:00"), 1)
    assert fire.why == "Fri 25 Dec is closed; Thu 24 Dec is closed; moved to Wed 23 Dec"
    assert walls([fire], BERLIN) == [("12-25 06:30", "12-23 06:30")]


def test_a_closed_day_is_skipped_or_runs_anyway() -> None:
    after = at("2026-12-24T12:00")
    skip = due_times({"cron": "0 6 * * *"}, on_closed=OnClosed.SKIP)
    (fire, *_) = skip.coming(after, 1)
    assert (fire.disposition, fire.why) == (Disposition.SKIPPED_CALENDAR, "Fri 25 Dec is closed")
    assert skip.next_after(after) == at("2026-12-28T06:00")
    run = due_times({"cron": "0 6 * * *"}, on_closed=OnClosed.RUN)
    assert run.next_after(after) == at("2026-12-25T06:00")


def test_a_moved_fire_is_coalesced_into_one_that_is_there() -> None:
    trigger = due_times({"cron": "0 6 * * *"}, on_closed=OnClosed.NEXT)
    found = trigger.fires(at("2026-12-23T12:00"), at("2026-12-28T12:00"))
    assert [(fire.nominal.day, fire.disposition) for fire in found] == [
        *((day, Disposition.COALESCED) for day in (24, 25, 26, 27)),
        (28, Disposition.QUEUED),
    ]
    both = due_times({"cron": "0 6 * * *"}, on_closed=OnClosed.NEXT, collide=Collide.RUN_BOTH)
    assert all(fire.runs for fire in both.fires(at("2026-12-23T12:00"), at("2026-12-28T12:00")))


def test_of_fires_that_move_to_the_same_day_the_nearest_runs() -> None:
    spec = {"cron": "0 6,18 24-27 12 *"}
    forward = due_times(spec, on_closed=OnClosed.NEXT).fires(at("2026-12-20T00:00"), at("2026-12-31T00:00"))
    assert walls([fire for fire in forward if fire.runs]) == [
        ("12-27 06:00", "12-28 06:00"),
        ("12-27 18:00", "12-28 18:00"),
    ]
    back = due_times(spec, on_closed=OnClosed.PREVIOUS).fires(at("2026-12-20T00:00"), at("2026-12-31T00:00"))
    assert walls([fire for fire in back if fire.runs]) == [
        ("12-24 06:00", "12-23 06:00"),
        ("12-24 18:00", "12-23 18:00"),
    ]


def test_at_most_31_days_are_searched() -> None:
    closed = " ".join(str(date(2027, 3, 1) + at * DAY) for at in range(40))
    trigger = due_times({"cron": "0 6 1 3 *"}, known=days("2027-01-01", "2027-12-31", closed), on_closed=OnClosed.NEXT)
    (fire,) = trigger.fires(at("2027-02-20T00:00"), at("2027-05-01T00:00"))
    assert fire.disposition is Disposition.SKIPPED_CALENDAR
    assert fire.why.endswith("28 more closed days; no open day was found")


def test_a_day_without_data_is_never_silently_open() -> None:
    trigger = due_times({"cron": "0 6 * * *"}, known=days("2026-12-01", "2026-12-10"))
    found = trigger.fires(at("2026-12-10T00:00"), at("2026-12-11T12:00"))
    assert [fire.runs for fire in found] == [True, False]
    assert found[1].why == "the calendar c has no data for 2026-12-11"
    # The planner comes by to record it.
    assert trigger.next_after(at("2026-12-10T12:00")) == at("2026-12-11T06:00")


@pytest.mark.parametrize(
    ("zone", "nominal", "rule", "due"),
    [
        # In 2027 the clocks of Berlin change on Sunday 28 March and on Sunday 31 October.
        (BERLIN, "2027-03-27T06:30", OnClosed.NEXT, "2027-03-29T04:30"),
        (BERLIN, "2027-03-29T06:30", OnClosed.PREVIOUS, "2027-03-26T05:30"),
        (BERLIN, "2027-10-30T06:30", OnClosed.NEXT, "2027-11-01T05:30"),
        # New York's on Sunday 14 March and Sunday 7 November.
        (NEW_YORK, "2027-03-13T02:15", OnClosed.NEXT, "2027-03-15T06:15"),
        (NEW_YORK, "2027-11-06T01:30", OnClosed.NEXT, "2027-11-08T06:30"),
    ],
)
def test_a_move_over_a_clock_change_keeps_the_wall_time(zone: str, nominal: str, rule: OnClosed, due: str) -> None:
    wall = datetime.fromisoformat(nominal)
    closed = "2027-03-29" if wall.day == 29 else ""
    known = days("2027-01-01", "2027-12-31", closed)
    trigger = due_times({"cron": f"{wall.minute} {wall.hour} {wall.day} {wall.month} *"}, zone, known, on_closed=rule)
    assert trigger.next_after(at(due) - DAY) == at(due)


def test_a_move_into_a_gap_or_a_fold_follows_the_rules_of_clocks() -> None:
    # Open on Sundays only: 02:15 of Saturday moves to the Sunday on which it does not exist, or occurs twice.
    rows = [
        CalendarDay(day, day.weekday() == 6, "" if day.weekday() == 6 else "closed", "")
        for day in (date(2027, 1, 1) + at * DAY for at in range(365))
    ]
    known = Days("c", rows)
    gap = due_times({"cron": "15 2 27 3 *"}, BERLIN, known, on_closed=OnClosed.NEXT)
    assert gap.next_after(at("2027-03-26T00:00")) == at("2027-03-28T01:00")
    fold = due_times({"cron": "15 2 30 10 *"}, BERLIN, known, on_closed=OnClosed.NEXT)
    assert fold.next_after(at("2027-10-29T00:00")) == at("2027-10-31T00:15")


def test_bounds() -> None:
    trigger = due_times({"cron": "0 6 * * *"}, BERLIN, None, from_="2026-12-03", until="2026-12-05")
    found = trigger.coming(at("2026-11-01T00:00"), 10)
    assert walls(found, BERLIN) == [(f"12-0{day} 06:00",) * 2 for day in (3, 4, 5)]
    assert trigger.next_after(at("2026-12-05T12:00")) is None
    at_noon = due_times({"cron": "0 * * * *"}, BERLIN, None, from_="2026-12-03 12:00:00", until="2026-12-03 13:00:00")
    assert walls(at_noon.coming(at("2026-11-01T00:00"), 10), BERLIN) == [("12-03 12:00",) * 2, ("12-03 13:00",) * 2]


def test_a_pause_with_an_end() -> None:
    trigger = due_times({"cron": "0 6 * * *"}, BERLIN, None, paused_until="2026-12-03")
    found = trigger.coming(at("2026-12-01T00:00"), 3)
    assert [fire.disposition for fire in found] == [Disposition.SKIPPED_PAUSED] * 2 + [Disposition.QUEUED]
    assert trigger.next_after(at("2026-12-01T00:00")) == at("2026-12-03T06:00", BERLIN)


def test_requested_skips() -> None:
    skips = ((at("2026-12-02T06:00"), "ops1 asked to skip it"),)
    trigger = due_times({"cron": "0 6 * * *"}, known=None, skips=skips)
    first, second, third = trigger.coming(at("2026-12-01T00:00"), 3)
    assert (second.disposition, second.why) == (Disposition.SKIPPED_REQUEST, "ops1 asked to skip it")
    assert first.runs
    assert third.runs
    assert trigger.next_after(at("2026-12-01T12:00")) == at("2026-12-03T06:00")


def test_jitter_is_of_the_fire_alone_and_does_not_drift() -> None:
    trigger = due_times({"cron": "0 * * * *"}, known=None, jitter=1800.0)
    start = at("2026-12-01T00:00")
    found = trigger.coming(start, 200)
    assert [fire.nominal for fire in sorted(found, key=lambda fire: fire.nominal)] == [
        start + at_ * timedelta(hours=1) for at_ in range(200)
    ]
    delays = {fire.due - fire.nominal for fire in found}
    assert timedelta(0) <= min(delays) < max(delays) <= timedelta(minutes=30)
    assert len(delays) > 150
    assert jitter_of("s", found[0].nominal, 1800) == found[0].due - found[0].nominal
    assert jitter_of("t", found[0].nominal, 1800) != found[0].due - found[0].nominal


def test_a_jitter_longer_than_the_interval_loses_no_fire() -> None:
    trigger = due_times({"cron": "*/5 * * * *"}, known=None, jitter=3600.0)
    start, moment, dues = at("2026-12-01T00:00"), at("2026-12-01T00:00"), []
    while (due := trigger.next_after(moment)) is not None and due <= start + DAY:
        dues.append(due)
        moment = due
    assert dues == sorted({fire.due for fire in trigger.fires(start, start + DAY)})


def test_business_days() -> None:
    trigger = due_times({"business_day": {"nth": -2, "of": "month", "time": "18:00"}}, BERLIN)
    assert walls(trigger.coming(at("2026-11-01T00:00"), 4), BERLIN) == [
        (f"{day} 18:00",) * 2 for day in ("11-27", "12-30", "01-28", "02-25")
    ]
    first = due_times({"business_day": {"nth": 1, "of": "quarter", "time": "00:00"}})
    assert walls(first.coming(at("2026-12-01T00:00"), 2)) == [("01-01 00:00",) * 2, ("04-01 00:00",) * 2]
    week = due_times({"business_day": {"nth": -1, "of": "week", "time": "09:00"}})
    assert walls(week.coming(at("2026-12-19T00:00"), 2)) == [("12-23 09:00",) * 2, ("01-01 09:00",) * 2]
    year = due_times({"business_day": {"nth": -1, "of": "year", "time": "09:00"}})
    assert walls(year.coming(at("2026-12-01T00:00"), 1)) == [("12-31 09:00",) * 2]


def test_a_business_day_beyond_what_is_known_is_not_guessed() -> None:
    known = days("2026-12-01", "2027-01-20")
    last = due_times({"business_day": {"nth": -1, "of": "month", "time": "09:00"}}, known=known)
    assert walls(last.coming(at("2026-12-01T00:00"), 5)) == [("12-31 09:00",) * 2]


def test_many_fires_of_a_span_are_bounded() -> None:
    trigger = due_times({"every": "1s", "anchor": "2026-12-01T00:00:00+00:00"}, known=None, jitter=2.0)
    after, until = at("2026-12-01T00:00"), at("2026-12-31T00:00")
    early = trigger.too_many(after, until)
    assert early is not None
    rest = trigger.fires(early.last + timedelta(seconds=2), until)
    assert MOST_FIRES - 10 <= len(rest) <= MOST_FIRES


ZONES = sorted(available_timezones())
SPECS = ["30 6 25 * *", "15 2 * * *", "0 0 * * sat", "45 23 L * *", "0 12 1,15 * mon"]
EVERY = [(zone, cron) for zone in ZONES for cron in SPECS]
SAMPLE = EVERY if os.environ.get("SCHEDULER_BRUTE_FORCE") == "all" else random.Random(19).sample(EVERY, 40)


@pytest.mark.parametrize(("zone", "cron"), SAMPLE)
@pytest.mark.parametrize("rule", [OnClosed.SKIP, OnClosed.NEXT, OnClosed.PREVIOUS, OnClosed.NEXT_IN_MONTH])
def test_zones_expressions_and_calendars_against_brute_force(zone: str, cron: str, rule: OnClosed) -> None:
    trigger = due_times({"cron": cron}, zone, YEAR, on_closed=rule, collide=Collide.RUN_BOTH)
    first, last = at("2026-12-02T00:00"), at("2027-11-25T00:00")
    expected = sorted(
        due
        for nominal in nominals(cron, zone)
        if (due := moved(nominal, zone, rule)) is not None and first < due <= last
    )
    found, moment = [], first
    while (due := trigger.next_after(moment)) is not None and due <= last:
        found.append(due)
        moment = due
    if expected:  # without any run, what comes next is the first fire that is skipped
        assert found == sorted(set(expected))
    assert [fire.due for fire in trigger.fires(first, last) if fire.runs] == expected


def nominals(cron: str, zone: str) -> list[datetime]:
    """Every one of the year, day by day from the expression's plain meaning."""
    minute, hour, *_ = cron.split()
    wanted = {
        SPECS[0]: lambda day: day.day == 25,
        SPECS[1]: lambda day: True,
        SPECS[2]: lambda day: day.weekday() == 5,
        SPECS[3]: lambda day: (day + DAY).day == 1,
        SPECS[4]: lambda day: day.day in (1, 15) or day.weekday() == 0,
    }[cron]
    found = []
    for row in YEAR:
        if wanted(row.day):
            found.append(instant_of(datetime.combine(row.day, time(int(hour), int(minute))), ZoneInfo(zone)))
    return found


def moved(nominal: datetime, zone: str, rule: OnClosed) -> datetime | None:
    """When it is due, by stepping from day to day."""
    wall = nominal.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    closed = {row.day for row in YEAR if not row.open}
    if wall.date() not in closed:
        return nominal
    if rule is OnClosed.SKIP:
        return None

    def step(size: int) -> datetime:
        there = wall
        while there.date() in closed:
            there += size * DAY
        return there

    target = step(-1 if rule is OnClosed.PREVIOUS else 1)
    if rule is OnClosed.NEXT_IN_MONTH and target.month != wall.month:
        target = step(-1)
    return instant_of(target, ZoneInfo(zone))
