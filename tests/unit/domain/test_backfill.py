"""States of backfills, and the hours in which they start runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest

from workflow_scheduler.domain.backfill import (
    BACKFILL_TRANSITIONS,
    Backfill,
    BackfillState,
    change_state,
    parse_window,
    source_of,
)
from workflow_scheduler.domain.errors import InvalidInput, Refused
from workflow_scheduler.domain.policies import Overlap, Policies
from workflow_scheduler.domain.schedule import Schedule

NOW = datetime(2026, 11, 29, tzinfo=UTC)
BACKFILL = Backfill("b", "w", BackfillState.ACTIVE, NOW, "anna", "2026-11-01", "2026-11-02")


@pytest.mark.parametrize("was", list(BackfillState))
@pytest.mark.parametrize("to", list(BackfillState))
def test_only_what_the_table_allows_may_follow(was: BackfillState, to: BackfillState) -> None:
    backfill = replace(BACKFILL, state=was)
    if to in BACKFILL_TRANSITIONS[was]:
        changed = change_state(backfill, to, NOW, "why")
        assert (changed.state, changed.reason) == (to, "why")
        assert changed.finished_at == (NOW if changed.over else None)
    else:
        with pytest.raises(Refused, match=f"is {was.value} and cannot become {to.value}"):
            change_state(backfill, to, NOW)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("20:00-06:00", ["20:00", "23:59", "00:00", "05:59"], ["06:00", "12:00", "19:59"]),
        ("8:00-17:30", ["08:00", "17:29"], ["17:30", "07:59", "23:00"]),
        ("00:00-12:00", ["00:00", "11:59"], ["12:00"]),
        ("12:00-00:00", ["12:00", "23:59"], ["00:00", "11:59"]),
    ],
)
def test_a_window_begins_with_its_start_and_ends_before_its_end(
    text: str, inside: list[str], outside: list[str]
) -> None:
    window = parse_window(text)
    assert all(window.contains(time.fromisoformat(clock)) for clock in inside)
    assert not any(window.contains(time.fromisoformat(clock)) for clock in outside)
    assert parse_window(str(window)) == window


@pytest.mark.parametrize("text", ["", "20:00", "20:00-20:00", "20:00-24:00", "a-b", "20:00-06:00-07:00", "20-6"])
def test_other_windows_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"write (two|HH:MM)"):
        parse_window(text)


@pytest.mark.parametrize(
    ("overlap", "parallel", "exclusive"),
    [(Overlap.ALLOW, 1, False), (Overlap.QUEUE, 1, True), (Overlap.SKIP, 1, True), (Overlap.QUEUE, 2, False)],
)
def test_only_one_run_at_a_time_is_as_exclusive_as_the_schedules_own(
    overlap: Overlap, parallel: int, exclusive: bool
) -> None:
    schedule = Schedule("s", "w", {}, "Asia/Tokyo", Policies(overlap=overlap, params={"a": "b"}, calendar="c"))
    source = source_of(schedule, parallel)
    assert source == ("Asia/Tokyo", {"a": "b"}, "c", exclusive, "workflow")
