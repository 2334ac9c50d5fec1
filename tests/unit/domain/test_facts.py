"""The date of a run is that of its schedule's zone, in its variables and in what placeholders are computed from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from workflow_scheduler.domain.facts import FACTS, facts, moment_of
from workflow_scheduler.domain.run import Run, RunState

NIGHT = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
RUN = Run("r", "w", 3, RunState.RUNNING, NIGHT.replace(hour=23), nominal=NIGHT, schedule_id="s")


@pytest.mark.parametrize(
    ("zone", "date", "named"),
    [
        ("Asia/Tokyo", "2026-11-25", "Asia/Tokyo"),
        (None, "2026-11-24", "Europe/Berlin"),
        ("Mars/Olympus", "2026-11-24", "Europe/Berlin"),
        ("../etc/passwd", "2026-11-24", "Europe/Berlin"),
    ],
)
def test_the_date_is_that_of_the_schedules_zone(zone: str | None, date: str, named: str) -> None:
    found = facts(replace(RUN, timezone=zone), "t", 2, ZoneInfo("Europe/Berlin"))
    assert (found["SCHEDULED_DATE"], found["SCHEDULED_ZONE"]) == (date, named)
    assert (found["SCHEDULED_TIME"], found["DUE_TIME"]) == ("2026-11-24T22:30:00Z", "2026-11-24T22:30:00Z")
    assert moment_of(found)[:2] == (NIGHT, ZoneInfo(named))


def test_every_fact_is_a_placeholder() -> None:
    # The business date is a placeholder where a run is created: see test_placeholders.
    assert {name.lower() for name in facts(RUN, "t", 1, ZoneInfo("UTC"))} - {"business_date"} == {*FACTS}


def test_a_run_by_hand_is_for_the_time_that_it_was_started() -> None:
    found = facts(replace(RUN, nominal=None), "t", 1, ZoneInfo("Europe/Berlin"))
    assert (found["SCHEDULED_TIME"], found["SCHEDULED_DATE"]) == ("2026-11-24T23:30:00Z", "2026-11-25")
