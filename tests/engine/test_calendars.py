"""Adjusted schedules in the planner: each fire has one disposition, whatever moves it, and whenever its calendar changes."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from workflow_scheduler.definitions.calendars import read_calendar
from workflow_scheduler.domain.errors import InvalidInput, Refused
from workflow_scheduler.domain.facts import facts
from workflow_scheduler.domain.policies import Collide, OnClosed, Overlap
from workflow_scheduler.domain.run import AttemptState
from workflow_scheduler.domain.task import Task
from workflow_scheduler.engine.calendar_change import refresh_calendars
from workflow_scheduler.operations.calendars.edit import apply_calendars, delete_calendar
from workflow_scheduler.operations.calendars.show import calendar_day, calendar_problems
from workflow_scheduler.operations.condition import Condition, Holder
from workflow_scheduler.operations.runs.start import retry_run
from workflow_scheduler.operations.schedules.calendar import calendar
from workflow_scheduler.operations.schedules.edit import skip_fires
from workflow_scheduler.operations.schedules.pending import pending_fire
from workflow_scheduler.operations.schedules.planning import Planning
from workflow_scheduler.operations.workflows.check import load_text
from workflow_scheduler.storage import catalog, runs
from workflow_scheduler.storage.sql import Connection

MONDAY = datetime(2026, 11, 23, 0, 59, tzinfo=UTC)


def apply(bench, **definition: Any) -> list[Any]:
    calendar = read_calendar({"id": "c", **definition})
    return apply_calendars(bench.database, [calendar], Path("/nowhere"), bench.now)


def add(bench, spec: dict[str, Any], **policies: Any) -> None:
    bench.commands.create_workflow("w", bench.now)
    bench.commands.add_task("w", Task("a", "x"), bench.now)
    bench.commands.add_schedule("w", spec, bench.now, schedule_id="s", overlap=Overlap.ALLOW, **policies)


def fires(bench) -> list[tuple[str, str, int]]:
    """The day and time of each, its disposition, and for how many the row stands."""
    return [
        (f"{fire.nominal_utc:%m-%d %H:%M}", fire.disposition, fire.count) for fire in bench.queries.fire_list("s", None)
    ]


def next_due(bench) -> datetime | None:
    return bench.queries.schedule("s").planner.next_due


def go(bench, text: str) -> None:
    bench.pass_time(seconds=(datetime.fromisoformat(text).replace(tzinfo=UTC) - bench.now).total_seconds())


def test_a_fire_moves_to_the_previous_open_day_and_keeps_its_identity(bench) -> None:
    apply(bench, closed=["2026-11-26", "2026-11-27"])
    add(bench, {"cron": "0 6 27 * *"}, calendar="c", on_closed=OnClosed.PREVIOUS)
    assert next_due(bench) == datetime(2026, 11, 25, 6, tzinfo=UTC)
    go(bench, "2026-11-25T06:00:00")
    assert fires(bench) == [("11-27 06:00", "queued", 1)]
    run = bench.only_run()
    assert run.nominal_utc == datetime(2026, 11, 27, 6, tzinfo=UTC)
    (fire,) = bench.queries.fire_list("s", None)
    assert (fire.due_utc, fire.reason) == (
        datetime(2026, 11, 25, 6, tzinfo=UTC),
        "Fri 27 Nov is closed; Thu 26 Nov is closed; moved to Wed 25 Nov",
    )
    (past,) = calendar(bench.database, bench.now - timedelta(days=1), bench.now + timedelta(days=3), bench.now).past
    assert (past.due_utc, past.nominal_utc.day, past.note) == (fire.due_utc, 27, fire.reason)
    go(bench, "2026-11-28T06:00:00")
    assert len(fires(bench)) == 1
    assert next_due(bench) == datetime(2026, 12, 25, 6, tzinfo=UTC)  # Sunday 27 December moves to a Friday


def test_a_script_gets_the_nominal_time_the_due_time_and_the_business_date(bench) -> None:
    apply(bench)
    add(bench, {"cron": "0 6 28 * *"}, calendar="c", on_closed=OnClosed.NEXT)
    go(bench, "2026-11-30T06:00:00")
    run_id = bench.only_run().id
    run = bench.database.read(lambda db: runs.find_run(db, run_id))
    found = facts(run, "a", 1, ZoneInfo("Europe/Berlin"))
    assert found["SCHEDULED_TIME"] == "2026-11-28T06:00:00Z"
    assert found["SCHEDULED_DATE"] == "2026-11-28"
    assert found["DUE_TIME"] == "2026-11-30T06:00:00Z"
    assert found["BUSINESS_DATE"] == "2026-11-30"
    bench.end(bench.executor.launched[-1], AttemptState.FAILED, "exit code 1")
    again = retry_run(bench.database, run_id, bench.now + timedelta(days=1))
    retried = bench.database.read(lambda db: runs.find_run(db, again))
    same = ("SCHEDULED_TIME", "DUE_TIME", "BUSINESS_DATE")
    assert [facts(retried, "a", 1, ZoneInfo("UTC"))[name] for name in same] == [found[name] for name in same]


def test_skipped_fires_are_recorded_with_their_reasons(bench) -> None:
    apply(bench, closed=["2026-11-26"])
    add(bench, {"cron": "0 6 * * *"}, calendar="c")
    for day in range(23, 31):
        go(bench, f"2026-11-{day}T06:00:00")
    assert fires(bench) == [
        *((f"11-{day} 06:00", "queued", 1) for day in (23, 24, 25)),
        ("11-26 06:00", "skipped_calendar", 1),
        ("11-27 06:00", "queued", 1),
        ("11-28 06:00", "skipped_calendar", 1),
        ("11-29 06:00", "skipped_calendar", 1),
        ("11-30 06:00", "queued", 1),
    ]


def test_a_series_of_skipped_fires_is_one_row(bench) -> None:
    apply(bench)
    add(bench, {"cron": "*/5 * * * *"}, calendar="c")
    go(bench, "2026-11-27T23:55:00")
    go(bench, "2026-11-30T00:00:00")
    assert ("11-28 00:00", "skipped_calendar", 288) in fires(bench)
    assert ("11-29 00:00", "skipped_calendar", 288) in fires(bench)


def test_what_was_missed_is_caught_up_by_its_due_time(bench) -> None:
    apply(bench)
    add(bench, {"cron": "0 6 * * *"}, calendar="c", on_closed=OnClosed.NEXT)
    go(bench, "2026-11-30T12:00:00")
    assert fires(bench) == [
        ("11-23 06:00", "coalesced", 5),
        ("11-28 06:00", "coalesced", 1),
        ("11-29 06:00", "coalesced", 1),
        ("11-30 06:00", "queued", 1),
    ]


def test_jitter_delays_the_start_alone(bench) -> None:
    add(bench, {"cron": "0 * * * *"}, jitter=600.0)
    due = next_due(bench)
    assert due is not None
    assert datetime(2026, 11, 23, 1, tzinfo=UTC) <= due <= datetime(2026, 11, 23, 1, 10, tzinfo=UTC)
    bench.pass_time(seconds=(due - bench.now).total_seconds() - 1)
    assert fires(bench) == []
    bench.pass_time(seconds=1)
    assert fires(bench) == [("11-23 01:00", "queued", 1)]


def test_a_schedule_does_not_catch_up_what_was_before_it(bench) -> None:
    bench.now = datetime(2026, 11, 29, 12, tzinfo=UTC)  # a Sunday, with a fire that would move to Monday
    apply(bench)
    add(bench, {"cron": "0 6 * * sat"}, calendar="c", on_closed=OnClosed.NEXT)
    assert next_due(bench) == datetime(2026, 12, 7, 6, tzinfo=UTC)


def test_bounds_end_a_schedule(bench) -> None:
    add(bench, {"cron": "0 6 * * *"}, from_="2026-11-24", until="2026-11-25")
    assert next_due(bench) == datetime(2026, 11, 24, 6, tzinfo=UTC)
    go(bench, "2026-11-24T06:00:00")
    go(bench, "2026-11-25T06:00:00")
    assert next_due(bench) is None
    assert [fate for _, fate, _ in fires(bench)] == ["queued", "queued"]


def test_bounds_with_nothing_between_them_are_refused(bench) -> None:
    add(bench, {"cron": "0 6 * * *"}, from_="2026-11-25", until="2026-11-25")
    with pytest.raises(InvalidInput, match=r"would end \(2026-11-24\) before it begins"):
        bench.commands.add_schedule("w", {"cron": "0 6 * * *"}, bench.now, from_="2026-11-25", until="2026-11-24")
    text = "id: x\ntasks: [{id: a, command: y}]\nschedules:\n  - {cron: 0 6 * * *, from: 2026-11-25, until: 2026-11-24}"
    with pytest.raises(InvalidInput, match=r"document:4:.*before it begins"):
        load_text(text)


def test_a_pause_with_an_end_is_recorded_and_ends_by_itself(bench) -> None:
    add(bench, {"cron": "0 6 * * *"})
    change = lambda old: old.with_policies(paused_until="2026-11-26")  # noqa: E731
    bench.commands.edit_schedule("s", change, bench.now)
    assert next_due(bench) == datetime(2026, 11, 26, 6, tzinfo=UTC)
    go(bench, "2026-11-26T06:00:00")
    assert fires(bench) == [("11-23 06:00", "skipped_paused", 3), ("11-26 06:00", "queued", 1)]


def test_the_next_runs_are_skipped_and_no_more(bench) -> None:
    add(bench, {"cron": "0 6 * * *"})
    skip_fires(bench.database, "s", 2, bench.now, "ops1")
    assert next_due(bench) == datetime(2026, 11, 25, 6, tzinfo=UTC)
    go(bench, "2026-11-25T06:00:00")
    assert fires(bench) == [("11-23 06:00", "skipped_request", 2), ("11-25 06:00", "queued", 1)]
    skip_fires(bench.database, "s", 1, bench.now, "ops1")
    skip_fires(bench.database, "s", 0, bench.now, "ops1")
    assert next_due(bench) == datetime(2026, 11, 26, 6, tzinfo=UTC)


def test_a_changed_calendar_replans_the_future_alone(bench) -> None:
    apply(bench)
    add(bench, {"cron": "0 6 * * *"}, calendar="c")
    go(bench, "2026-11-23T06:00:00")
    (done,) = apply(bench, closed=["2026-11-23", "2026-11-24"])
    assert [(day.day, day.open) for day in done.changed_days] == [("2026-11-23", False), ("2026-11-24", False)]
    assert next_due(bench) == datetime(2026, 11, 25, 6, tzinfo=UTC)
    go(bench, "2026-11-25T06:00:00")
    assert fires(bench) == [
        ("11-23 06:00", "queued", 1),
        ("11-24 06:00", "skipped_calendar", 1),
        ("11-25 06:00", "queued", 1),
    ]


def test_a_fire_that_a_new_calendar_moves_into_the_past_still_runs(bench) -> None:
    apply(bench)
    add(bench, {"cron": "0 6 26 * *"}, calendar="c", on_closed=OnClosed.PREVIOUS)
    go(bench, "2026-11-25T12:00:00")
    assert fires(bench) == []
    apply(bench, closed=["2026-11-26"])
    bench.pass_time(seconds=1)
    assert fires(bench) == [("11-26 06:00", "queued", 1)]
    assert bench.only_run().nominal_utc == datetime(2026, 11, 26, 6, tzinfo=UTC)


def test_a_fire_that_a_new_calendar_moves_back_does_not_run_twice(bench) -> None:
    apply(bench, closed=["2026-11-26"])
    add(bench, {"cron": "0 6 26 * *"}, calendar="c", on_closed=OnClosed.PREVIOUS)
    go(bench, "2026-11-25T06:00:00")
    apply(bench)
    go(bench, "2026-11-26T06:00:00")
    assert fires(bench) == [("11-26 06:00", "queued", 1)]
    assert bench.only_run()


def test_an_edit_of_the_rule_loses_no_fire(bench) -> None:
    apply(bench)
    add(bench, {"cron": "0 6 28 * *"}, calendar="c", on_closed=OnClosed.NEXT)
    go(bench, "2026-11-29T06:00:00")
    assert fires(bench) == []
    bench.commands.edit_schedule("s", lambda old: old.with_policies(on_closed=OnClosed.PREVIOUS), bench.now)
    assert fires(bench) == [("11-28 06:00", "queued", 1)]


def test_a_paused_schedule_and_a_calendar_that_changes(bench) -> None:
    apply(bench)
    add(bench, {"cron": "0 6 * * *"}, calendar="c", enabled=False)
    apply(bench, closed=["2026-11-24"])
    assert next_due(bench) is None
    go(bench, "2026-11-25T12:00:00")
    bench.commands.edit_schedule("s", lambda old: old.with_policies(enabled=True), bench.now)
    assert fires(bench) == [("11-23 06:00", "skipped_paused", 3)]
    assert next_due(bench) == datetime(2026, 11, 26, 6, tzinfo=UTC)


def test_a_calendar_must_exist_and_stays_while_it_is_observed(bench) -> None:
    bench.commands.create_workflow("w", bench.now)
    with pytest.raises(InvalidInput, match="There is no calendar 'c'; there is none yet"):
        bench.commands.add_schedule("w", {"cron": "@daily"}, bench.now, calendar="c")
    with pytest.raises(InvalidInput, match="business_day counts the open days of a calendar"):
        bench.commands.add_schedule("w", {"business_day": {"nth": 1}}, bench.now)
    apply(bench)
    bench.commands.add_schedule("w", {"cron": "@daily"}, bench.now, schedule_id="s", calendar="c")
    with pytest.raises(Refused, match="observed by s"):
        delete_calendar(bench.database, "c")
    bench.commands.edit_schedule("s", lambda old: old.with_policies(calendar=None), bench.now)
    delete_calendar(bench.database, "c")


def test_the_days_are_computed_again_each_day(bench, tmp_path: Path) -> None:
    file = tmp_path / "company.ics"
    text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{}END:VCALENDAR\r\n"
    file.write_text(text.format(""), newline="")
    apply_calendars(bench.database, [read_calendar({"id": "c", "ics": ["company.ics"]})], tmp_path, bench.now)
    assert calendar_problems(bench.database, bench.now) == []
    event = "BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Move\r\nDTSTART;VALUE=DATE:20261204\r\nEND:VEVENT\r\n"
    file.write_text(text.format(event), newline="")
    refresh_calendars(bench.database, tmp_path, bench.now)
    assert calendar_day(bench.database, "c", date(2026, 12, 4)).open
    refresh_calendars(bench.database, tmp_path, bench.now + timedelta(days=1))
    assert calendar_day(bench.database, "c", date(2026, 12, 4)).why == "Move"
    # A file that has gone keeps the days that are known.
    file.unlink()
    refresh_calendars(bench.database, tmp_path, bench.now + timedelta(days=2))
    assert calendar_day(bench.database, "c", date(2026, 12, 4)).why == "Move"
    (problem,) = calendar_problems(bench.database, bench.now + timedelta(days=350))
    assert problem.startswith("The calendar c is known only until ")


def test_the_past_of_a_calendar_stays_as_it_was(bench) -> None:
    apply(bench, closed=["2026-11-20", "2026-11-24"])
    apply(bench)
    assert calendar_day(bench.database, "c", date(2026, 11, 20)).why == "closed"
    assert calendar_day(bench.database, "c", date(2026, 11, 24)).open


def test_schedules_without_a_calendar_cost_no_query(bench, monkeypatch: pytest.MonkeyPatch) -> None:
    add(bench, {"cron": "0 6 * * *"})
    asked: list[str] = []
    rows = Connection.rows
    monkeypatch.setattr(Connection, "rows", lambda db, sql, **values: (asked.append(sql), rows(db, sql, **values))[1])
    go(bench, "2026-11-23T06:00:00")
    assert asked
    assert not [sql for sql in asked if "calendar_days" in sql or "FROM calendars" in sql]


def test_a_schedule_whose_calendar_was_removed_by_hand_is_reported(bench) -> None:
    apply(bench)
    add(bench, {"cron": "0 6 * * *"}, calendar="c")
    bench.database.write(lambda db: db.run("DELETE FROM calendars"))
    go(bench, "2026-11-23T06:00:00")
    assert next_due(bench) is None
    found = bench.database.read(lambda db: catalog.find_schedule(db, "s"))
    assert replace(found, planner=replace(found.planner, next_due=None)) == found


def test_a_period_has_one_business_day_whatever_becomes_of_its_calendar(bench) -> None:
    apply(bench)
    add(bench, {"business_day": {"nth": -1, "of": "week", "time": "06:00"}}, calendar="c")
    go(bench, "2026-11-26T12:00:00")
    assert fires(bench) == []
    # The last business day is Thursday now, at 6: it runs at once.
    apply(bench, closed=["2026-11-27"])
    assert fires(bench) == [("11-26 06:00", "queued", 1)]
    # And it is Friday again: the week has had its fire.
    apply(bench)
    assert next_due(bench) == datetime(2026, 12, 4, 6, tzinfo=UTC)
    skip_fires(bench.database, "s", 1, bench.now, "ops1")
    skip_fires(bench.database, "s", 0, bench.now, "ops1")
    assert next_due(bench) == datetime(2026, 12, 4, 6, tzinfo=UTC)
    go(bench, "2026-12-04T06:00:00")
    assert fires(bench) == [
        ("11-26 06:00", "queued", 1),
        ("11-27 06:00", "skipped_request", 1),
        ("12-04 06:00", "queued", 1),
    ]
    assert bench.queries.fire_list("s", None)[1].reason == "the business day of this week was 2026-11-26"


def test_what_is_skipped_is_shown_before_it_is_recorded(bench) -> None:
    apply(bench)
    add(bench, {"cron": "0 6 * * *"}, calendar="c")
    go(bench, "2026-11-27T06:00:00")
    before = len(fires(bench))
    working = Condition(Holder(1))

    def pending(text: str) -> tuple[str, str, int] | None:
        now = datetime.fromisoformat(text).replace(tzinfo=UTC)
        row = pending_fire(bench.database, "s", Planning(now, working, None, ""))
        return None if row is None else (row.disposition, row.reason, row.count)

    assert pending("2026-11-27T12:00") is None
    assert pending("2026-11-28T12:00") == ("skipped_calendar", "Sat 28 Nov is a weekend day", 1)
    assert pending("2026-11-29T12:00") == ("pending", "Sat 28 Nov is a weekend day", 2)
    # A run that is late is not hidden behind them.
    assert pending("2026-11-30T12:00") == ("pending", "the planner is late; see scheduler.log; 3 fires so far", 3)
    assert len(fires(bench)) == before


def test_a_date_of_this_minute_is_due_at_once_with_a_calendar_too(bench) -> None:
    apply(bench)
    add(bench, {"at": "2026-11-23 00:58:30"}, calendar="c")
    bench.pass_time(seconds=1)
    assert fires(bench) == [("11-23 00:58", "queued", 1)]


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_edited_each_nominal_time_has_one_disposition(bench, seed: int) -> None:
    chance = random.Random(seed)
    apply(bench)
    start = bench.now
    add(bench, {"cron": "0 6,18 * * *"}, calendar="c", on_closed=chance.choice(list(OnClosed)))
    for _ in range(25):
        what = chance.random()
        if what < 0.5:
            bench.pass_time(hours=chance.choice([1, 5, 13, 30, 70]))
        elif what < 0.75:
            first = (bench.now + timedelta(days=chance.randint(-2, 4))).date()
            apply(bench, closed=[str(first + timedelta(days=at)) for at in range(chance.randint(0, 4))])
        else:
            asked = {"on_closed": chance.choice(list(OnClosed)), "jitter": chance.choice([0.0, 3600.0])}
            asked["collide"] = chance.choice(list(Collide))
            bench.commands.edit_schedule("s", lambda old, asked=asked: old.with_policies(**asked), bench.now)
    bench.pass_time(hours=24 * 45)
    covered: Counter[datetime] = Counter()
    for fire in bench.queries.fire_list("s", None):
        moment, count = fire.nominal_utc, 0
        while moment <= (fire.until_utc or fire.nominal_utc):
            covered[moment] += 1
            count += 1
            moment += timedelta(hours=12)
        assert count == fire.count, fire
    last = bench.now - timedelta(days=35)
    expected = [start.replace(hour=6, minute=0) + at * timedelta(hours=12) for at in range(400)]
    assert {moment: covered[moment] for moment in expected if moment < last} == dict.fromkeys(
        (moment for moment in expected if moment < last), 1
    )
