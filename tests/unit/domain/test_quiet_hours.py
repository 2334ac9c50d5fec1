"""Quiet hours hold messages until they end, through clock changes too."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from workflow_scheduler.domain.quiet_hours import QuietHours

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = QuietHours(time(22), time(6, 30), ("critical",))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-11-24 20:59", None),
        ("2026-11-24 21:00", "2026-11-25 05:30"),
        ("2026-11-25 05:29", "2026-11-25 05:30"),
        ("2026-11-25 05:30", None),
        ("2026-03-28 22:00", "2026-03-29 04:30"),  # summer time begins at 02:00
        ("2026-10-24 21:00", "2026-10-25 05:30"),  # and ends at 03:00
    ],
)
def test_over_midnight(now: str, until: str | None) -> None:
    assert NIGHT.until(at(now), BERLIN) == (at(until) if until else None)


def test_within_one_day() -> None:
    noon = QuietHours(time(12), time(14))
    assert noon.until(at("2026-07-01 11:59"), UTC) is None
    assert noon.until(at("2026-07-01 12:00"), UTC) == at("2026-07-01 14:00")
    assert noon.until(at("2026-07-01 14:00"), UTC) is None


def test_an_end_inside_a_spring_gap_is_the_end_of_the_gap() -> None:
    assert QuietHours(time(22), time(2, 30)).until(at("2026-03-28 23:00"), BERLIN) == at("2026-03-29 01:30")


def test_an_end_that_comes_twice_is_never_in_the_past() -> None:
    # 02:10 for the second time, after summer time has ended at 03:00.
    assert QuietHours(time(22), time(2, 30)).until(at("2026-10-25 01:10"), BERLIN) == at("2026-10-25 01:30")


def test_some_labels_are_never_held() -> None:
    assert NIGHT.until(at("2026-11-24 23:00"), BERLIN, ["critical"]) is None
    assert NIGHT.until(at("2026-11-24 23:00"), BERLIN, ["other"]) is not None
