"""Why a backfill starts no run now: it is paused, or outside of its hours in the zone of each schedule."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from workflow_scheduler.domain.backfill import Backfill, BackfillState, Source, parse_window
from workflow_scheduler.engine.admission import Rule
from workflow_scheduler.engine.backfilling import holds_of, opening_of

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
SOURCES = {
    "here": Source("UTC", {}, None, False, "schedule"),
    "there": Source("Asia/Tokyo", {}, None, False, "schedule"),
}
BACKFILL = Backfill("b", "w", BackfillState.ACTIVE, NOW, "anna", "2026-11-01", "2026-11-02", sources=SOURCES)


def test_a_paused_one_holds_all_its_runs() -> None:
    holds = holds_of([replace(BACKFILL, state=BackfillState.PAUSED), replace(BACKFILL, id="c")], NOW)
    assert {key: hold.rule for key, hold in holds.items()} == {
        ("b", "here"): Rule.BACKFILL_PAUSED,
        ("b", "there"): Rule.BACKFILL_PAUSED,
    }


def test_its_hours_are_those_of_each_schedule() -> None:
    backfill = replace(BACKFILL, between=parse_window("20:00-06:00"))
    # 21:00 in Tokyo.
    assert {key: hold.rule for key, hold in holds_of([backfill], NOW).items()} == {("b", "here"): Rule.BACKFILL_WINDOW}
    assert opening_of(backfill, NOW) == NOW.replace(hour=20)
    assert opening_of(BACKFILL, NOW) is None
