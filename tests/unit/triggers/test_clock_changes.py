"""The fires around changes of the clock, as cron documents them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from workflow_scheduler.triggers.fire_times import build, preview

NEW_YORK, BERLIN = "America/New_York", "Europe/Berlin"
LORD_HOWE, SANTIAGO = "Australia/Lord_Howe", "America/Santiago"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "cron", "start", "fires"),
    [
        (NEW_YORK, "15 2 * * *", "2026-03-07T12:00", ["2026-03-08T07:00", "2026-03-09T06:15"]),
        (NEW_YORK, "0 0 * * *", "2026-03-08T12:00", ["2026-03-09T04:00"]),
        (NEW_YORK, "30 1 * * *", "2026-10-31T12:00", ["2026-11-01T05:30", "2026-11-02T06:30"]),
        (BERLIN, "15 2 * * *", "2026-03-28T12:00", ["2026-03-29T01:00", "2026-03-30T00:15"]),
        (BERLIN, "0 0 * * *", "2026-03-29T12:00", ["2026-03-29T22:00"]),
        (BERLIN, "15 2 * * *", "2026-10-24T12:00", ["2026-10-25T00:15", "2026-10-26T01:15"]),
        (LORD_HOWE, "15 2 * * *", "2026-10-03T02:00", ["2026-10-03T15:30", "2026-10-04T15:15"]),
        (LORD_HOWE, "30 1 * * *", "2026-04-04T02:00", ["2026-04-04T14:30", "2026-04-05T15:00"]),
        (SANTIAGO, "0 0 * * *", "2026-09-05T12:00", ["2026-09-06T04:00", "2026-09-07T03:00"]),
        (SANTIAGO, "30 23 * * *", "2026-04-04T12:00", ["2026-04-05T02:30", "2026-04-06T03:30"]),
        # Two fixed times in one gap are one fire at its end.
        (BERLIN, "15,45 2 * * *", "2026-03-29T00:00", ["2026-03-29T01:00", "2026-03-30T00:15"]),
        # A wildcard minute follows real time: no 02:xx in spring, both 02:xx in autumn.
        (BERLIN, "*/30 2 * * *", "2026-03-28T12:00", ["2026-03-30T00:00"]),
        (
            BERLIN,
            "*/30 2 * * *",
            "2026-10-24T12:00",
            [f"2026-10-25T{time}" for time in ("00:00", "00:30", "01:00", "01:30")],
        ),
    ],
)
def test_fires(zone: str, cron: str, start: str, fires: list[str]) -> None:
    assert preview({"cron": cron}, zone, at(start), len(fires)) == [at(fire) for fire in fires]


@pytest.mark.parametrize(
    ("zone", "start", "end", "count"),
    [
        (NEW_YORK, "2026-11-01T03:59:59", "2026-11-02T04:59:59", 25),
        (NEW_YORK, "2026-03-08T04:59:59", "2026-03-09T03:59:59", 23),
        (LORD_HOWE, "2026-10-03T13:29:59", "2026-10-04T12:59:59", 23),
    ],
)
def test_an_hourly_schedule_fires_at_every_real_hour(zone: str, start: str, end: str, count: int) -> None:
    trigger = build({"cron": "0 * * * *"}, zone)
    assert trigger.count(at(start), at(end)) == count
    assert len(trigger.latest(at(start), at(end), 100)) == count


def test_a_date_in_a_gap_means_its_end() -> None:
    assert preview({"at": "2026-03-29 02:30:00"}, BERLIN, at("2026-01-01"), 2) == [at("2026-03-29T01:00")]


def test_a_day_that_a_zone_skipped_fires_once() -> None:
    fires = preview({"cron": "0 12 30 12 *"}, "Pacific/Apia", at("2011-12-01"), 1)
    assert fires == [at("2011-12-30T10:00")]
