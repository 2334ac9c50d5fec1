"""When the hours of a backfill begin, also where clocks change."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from workflow_scheduler.domain.backfill import parse_window
from workflow_scheduler.triggers.windows import is_open, opens_after

BERLIN = "Europe/Berlin"


def test_a_window_over_midnight() -> None:
    window = parse_window("20:00-06:00")
    at = datetime(2026, 11, 24, 12, tzinfo=ZoneInfo(BERLIN))
    assert not is_open(window, at, BERLIN)
    assert opens_after(window, at, BERLIN) == at.replace(hour=20)
    assert is_open(window, at.replace(hour=5), BERLIN)
    assert is_open(window, at.replace(hour=12), "Asia/Tokyo")


@pytest.mark.parametrize(
    ("text", "after", "opens", "zone"),
    [
        ("08:00-17:00", "2026-11-24T17:00+01:00", "2026-11-25T08:00+01:00", BERLIN),
        # 2:00 to 3:00 does not exist on 29 March: the window begins where the clocks arrive in it.
        ("02:00-04:00", "2026-03-29T01:30+01:00", "2026-03-29T03:00+02:00", BERLIN),
        ("02:30-04:00", "2026-03-29T01:30+01:00", "2026-03-29T03:00+02:00", BERLIN),
        # All of it is skipped: the next day's.
        ("02:10-02:50", "2026-03-29T01:30+01:00", "2026-03-30T02:10+02:00", BERLIN),
        # 2:00 to 3:00 comes twice on 25 October.
        ("02:10-02:20", "2026-10-25T02:30+02:00", "2026-10-25T02:10+01:00", BERLIN),
        # Closed at 2:30 for the first time; then the clocks show 2:00 again.
        ("01:50-02:30", "2026-10-25T02:45+02:00", "2026-10-25T02:00+01:00", BERLIN),
        # Samoa had no 30 December 2011.
        ("08:00-09:00", "2011-12-29T10:00-10:00", "2011-12-31T08:00+14:00", "Pacific/Apia"),
    ],
)
def test_where_clocks_change(text: str, after: str, opens: str, zone: str) -> None:
    window, moment = parse_window(text), datetime.fromisoformat(after)
    assert not is_open(window, moment, zone)
    found = opens_after(window, moment, zone)
    assert found == datetime.fromisoformat(opens)
    assert is_open(window, found, zone)
