"""Which fires a changed definition adds, removes and moves."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from workflow_scheduler.operations.calendars.edit import apply_calendars
from workflow_scheduler.operations.schedules.collisions import Collision
from workflow_scheduler.operations.schedules.difference import MovedFire, ScheduleDifference
from workflow_scheduler.operations.schedules.edit import skip_fires
from workflow_scheduler.operations.workflows.apply import apply_documents, fire_differences
from workflow_scheduler.operations.workflows.check import calendars_of_text, load_text

NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)
WORKFLOW = "{{id: w, tasks: [{{id: a, command: x}}], schedules: [{}]}}"


def documents(*schedules: str):
    return load_text(WORKFLOW.format(", ".join(schedules)))


def found(database, before: list[str], after: list[str], days: int = 7) -> list[ScheduleDifference]:
    apply_documents(database, "Europe/Berlin", documents(*before), NOW)
    return fire_differences(database, "Europe/Berlin", documents(*after), NOW, days)


def test_the_same_definition_changes_nothing(sqlite) -> None:
    for schedule in ("{id: s, cron: '0 1 * * *'}", "{id: s, every: 7m}", "{id: s, at: '2026-10-22 01:00'}"):
        assert found(sqlite, [schedule], [schedule]) == []


def test_another_time_of_the_day_moves_each_fire_also_over_a_change_of_the_clock(sqlite) -> None:
    (difference,) = found(sqlite, ["{id: s, cron: '0 1 * * *'}"], ["{id: s, cron: '30 3 * * *'}"])
    assert (difference.added, difference.removed, difference.kept) == ((), (), 0)
    assert len(difference.moved) == 7
    # On the 25th the clock is set back at three.
    assert difference.moved[4] == MovedFire(
        datetime(2026, 10, 24, 23, tzinfo=UTC), datetime(2026, 10, 25, 2, 30, tzinfo=UTC)
    )


def test_fewer_days_remove_fires_and_a_new_schedule_adds_its_own(sqlite) -> None:
    daily, weekdays = "{id: s, cron: '0 1 * * *'}", "{id: s, cron: '0 1 * * mon-fri'}"
    removed, added = found(sqlite, [daily], [weekdays, "{id: t, cron: '0 5 * * sun'}"])
    assert [fire.day for fire in removed.removed] == [23, 24]  # in UTC the day before
    assert (removed.kept, removed.added, removed.moved) == (5, (), ())
    assert (added.schedule_id, len(added.added), added.kept) == ("t", 1, 0)


@pytest.mark.parametrize("after", [[], ["{id: s, cron: '0 1 * * *', enabled: false}"]])
def test_a_schedule_that_is_left_out_or_disabled_loses_its_fires(sqlite, after: list[str]) -> None:
    (difference,) = found(sqlite, ["{id: s, cron: '0 1 * * *'}"], after)
    assert len(difference.removed) == 7


def test_a_document_without_schedules_changes_none(sqlite) -> None:
    apply_documents(sqlite, "UTC", documents("{id: s, cron: '0 1 * * *'}"), NOW)
    text = "{id: w, tasks: [{id: a, command: y}]}"
    assert fire_differences(sqlite, "UTC", load_text(text), NOW, 30) == []


def test_of_frequent_fires_only_the_first_are_compared(sqlite) -> None:
    (difference,) = found(sqlite, ["{id: s, every: 1m}"], ["{id: s, every: 2m}"], 30)
    assert difference.until < datetime(2026, 10, 22, tzinfo=UTC)
    assert difference.added == ()
    assert abs(difference.kept - len(difference.removed)) <= 1


def test_a_requested_skip_is_no_change(sqlite) -> None:
    definition = "{id: s, cron: '0 1 * * *'}"
    apply_documents(sqlite, "UTC", documents(definition), NOW)
    skip_fires(sqlite, "s", 2, NOW, "ada")
    assert fire_differences(sqlite, "UTC", documents(definition), NOW, 7) == []


def calendar(closed: str):
    return calendars_of_text(f"{{kind: calendar, id: own, closed: ['{closed}']}}", "c")


def test_a_calendar_of_the_same_files_counts_before_it_is_applied_also_for_other_workflows(sqlite, tmp_path) -> None:
    (schedule,) = ["{id: s, cron: '0 1 * * *', calendar: own}"]
    apply_calendars(sqlite, calendar("2026-10-23"), tmp_path, NOW)
    apply_documents(sqlite, "UTC", documents(schedule), NOW)
    for files in (documents(schedule), []):
        (difference,) = fire_differences(sqlite, "UTC", files, NOW, 7, calendars=calendar("2026-10-22"), home=tmp_path)
        assert difference.added == (datetime(2026, 10, 23, 1, tzinfo=UTC),)
        assert difference.removed == (datetime(2026, 10, 22, 1, tzinfo=UTC),)
    assert fire_differences(sqlite, "UTC", documents(schedule), NOW, 7) == []


def test_new_fires_at_the_time_of_others_are_said_and_kept_ones_are_not(sqlite) -> None:
    other = "{id: x, tasks: [{id: a, command: y}], schedules: [{id: other, cron: '0 1 * * *'}, {id: off, cron: '0 1 * * *', enabled: false}]}"
    apply_documents(sqlite, "UTC", load_text(other), NOW)
    apply_documents(sqlite, "UTC", documents("{id: s, cron: '0 1 * * wed'}"), NOW)
    after = documents("{id: s, cron: '0 1 * * wed,thu'}", "{id: t, cron: '0 1,2 * * thu'}")
    at = datetime(2026, 10, 22, 1, tzinfo=UTC)
    assert {
        difference.schedule_id: difference.collisions for difference in fire_differences(sqlite, "UTC", after, NOW, 7)
    } == {"s": (Collision(at, ("other", "t")),), "t": (Collision(at, ("other", "s")),)}
    # What moves away from the others does not collide with what they were.
    gone = fire_differences(sqlite, "UTC", documents("{id: s, cron: '30 1 * * wed'}"), NOW, 7)
    assert [difference.collisions for difference in gone] == [()]


def test_what_fires_often_is_due_together_with_every_new_fire(sqlite) -> None:
    """A new fire far ahead is found behind hundreds of others, also where jitter, moves and calendars count."""
    often = "id: w2, tasks: [{id: a, command: x}], schedules: [{id: often, cron: '* * * * *'}"
    apply_documents(sqlite, "UTC", load_text(f"{{{often}, {{id: bounded, every: 1m, from: '2026-10-21'}}]}}"), NOW)
    apply_documents(sqlite, "UTC", documents("{id: s, cron: '0 1 * * *'}"), NOW)
    (difference,) = fire_differences(sqlite, "UTC", documents("{id: s, cron: '0 3 * * *'}"), NOW, 30)
    assert [collision.at for collision in difference.collisions] == difference.new
    assert {collision.schedule_ids for collision in difference.collisions} == {("bounded", "often")}


def test_the_order_of_schedules_in_a_file_changes_nothing(sqlite) -> None:
    one, two = "{id: b, cron: '0 1 * * *'}", "{id: a, cron: '0 2 * * *'}"
    apply_documents(sqlite, "UTC", documents(one, two), NOW)
    (applied,) = apply_documents(sqlite, "UTC", documents(one, two), NOW)
    assert (applied.result, applied.diff) == ("unchanged", ())
