"""Since when a report tells: as people write it, in the zone of the home."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.operations.reports.span import DEFAULT, parse_since

NOW = datetime(2026, 11, 30, 6, tzinfo=UTC)
AFTER_A_CLOCK_CHANGE = datetime(2026, 10, 25, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "since"),
    [
        (DEFAULT, "2026-11-29T17:00"),
        ("Yesterday  6:30", "2026-11-29T05:30"),
        ("today", "2026-11-29T23:00"),
        ("today 06:00", "2026-11-30T05:00"),
        ("12h", "2026-11-29T18:00"),
        ("2d", "2026-11-28T06:00"),
        ("2026-11-29", "2026-11-28T23:00"),
        ("2026-11-29 18:00", "2026-11-29T17:00"),
        ("2026-11-29T18:00:00Z", "2026-11-29T18:00"),
    ],
)
def test_times(text: str, since: str) -> None:
    assert parse_since(text, NOW, "Europe/Berlin") == datetime.fromisoformat(f"{since}+00:00")


def test_yesterday_evening_is_by_the_clock_of_that_day() -> None:
    assert parse_since(DEFAULT, AFTER_A_CLOCK_CHANGE, "Europe/Berlin") == datetime(2026, 10, 24, 16, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "tonight", "12", "yesterday 25:00", "yesterday 18", "x" * 1000, "-1h"])
def test_what_cannot_be_read(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"cannot be read; write 'yesterday 18:00'"):
        parse_since(text, NOW, "UTC")


@pytest.mark.parametrize("text", ["2026-12-01", "40d", "0s", "0001-01-01", "9999-12-31"])
def test_what_is_too_far_away(text: str) -> None:
    with pytest.raises(InvalidInput, match="within the last 31 days"):
        parse_since(text, NOW, "UTC")
