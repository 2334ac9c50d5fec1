"""Every due moment gets exactly one disposition."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from operated import changed

from workflow_scheduler.domain.errors import Refused, Unreachable
from workflow_scheduler.domain.policies import Catchup, Overlap, OverlapScope
from workflow_scheduler.domain.run import AttemptState
from workflow_scheduler.domain.task import Task
from workflow_scheduler.engine import planner
from workflow_scheduler.engine.planner import FIRST_BATCH
from workflow_scheduler.operations.schedules.planner_pause import pause_planner, resume_planner
from workflow_scheduler.operations.schedules.planning import planner_state
from workflow_scheduler.storage.sql import Connection
from workflow_scheduler.triggers.interval import EveryTrigger


def workflow(bench, name: str = "w") -> None:
    bench.commands.create_workflow(name, bench.now)
    bench.commands.add_task(name, Task("a", "x"), bench.now)


def fires(bench, schedule: str = "s") -> list[tuple[str, int]]:
    return [(fire.disposition, fire.count) for fire in bench.queries.fire_list(schedule, None)]


def accounted(bench, schedule: str = "s") -> int:
    return sum(count for _, count in fires(bench, schedule))


def add(bench, **options: object) -> None:
    bench.commands.add_schedule("w", options.pop("spec", {"every": "60s"}), bench.now, schedule_id="s", **options)


def test_a_fire_becomes_a_run_at_its_moment(bench) -> None:
    workflow(bench)
    add(bench, spec={"cron": "0 1 * * *"})
    bench.pass_time(seconds=59)
    assert fires(bench) == []
    bench.pass_time(seconds=1)
    assert fires(bench) == [("queued", 1)]
    run = bench.only_run()
    assert (run.state, run.nominal_utc) == ("running", datetime(2026, 11, 23, 1, tzinfo=UTC))
    bench.pass_time(seconds=1)
    assert fires(bench) == [("queued", 1)]


def test_what_was_missed_becomes_one_run_and_one_row(bench) -> None:
    workflow(bench)
    add(bench)
    bench.pass_time(hours=8)
    assert fires(bench) == [("coalesced", 479), ("queued", 1)]
    assert len(bench.queries.run_list(limit=None)) == 1


def test_catch_up_all_runs_each_one_after_another(bench) -> None:
    workflow(bench)
    add(bench, catchup=Catchup.ALL)
    bench.pass_time(minutes=3)
    assert fires(bench) == [("queued", 1)] * 3
    order = [run.nominal_utc for run in bench.queries.run_list(limit=None, state=None) if run.state == "running"]
    assert order == [datetime(2026, 11, 23, 1, tzinfo=UTC)]
    bench.end(bench.executor.launched[0])
    assert len(bench.executor.launched) == 2


def test_catch_up_all_is_bounded(bench) -> None:
    workflow(bench)
    add(bench, catchup=Catchup.ALL)
    bench.pass_time(minutes=150)
    assert fires(bench)[0] == ("skipped_too_old", 50)
    assert accounted(bench) == 150


def test_catch_up_none_skips_what_was_missed(bench) -> None:
    workflow(bench)
    add(bench, catchup=Catchup.NONE)
    bench.pass_time(minutes=5, seconds=30)
    assert fires(bench) == [("skipped_too_old", 5)]
    bench.pass_time(seconds=30)
    assert fires(bench)[-1] == ("queued", 1)


def test_the_catch_up_window_leaves_out_older_fires(bench) -> None:
    workflow(bench)
    add(bench, catchup_window=150.0)
    bench.pass_time(minutes=10)
    assert fires(bench) == [("skipped_too_old", 7), ("coalesced", 2), ("queued", 1)]
    bench.pass_time(minutes=1)
    assert accounted(bench) == 11


@pytest.mark.parametrize("window", [0.0, 5.0])
def test_a_fire_that_is_seen_within_ten_seconds_is_not_late_however_short_the_window(bench, window: float) -> None:
    workflow(bench)
    add(bench, catchup_window=window)
    bench.pass_time(seconds=70)
    assert fires(bench) == [("queued", 1)]
    bench.pass_time(seconds=60, microseconds=1)
    assert fires(bench) == [("queued", 1), ("skipped_too_old", 1)]


@pytest.mark.parametrize("window", [0.0, 5.0])
def test_of_several_fires_within_ten_seconds_one_run_stands_for_all_however_short_the_window(
    bench, window: float
) -> None:
    workflow(bench)
    add(bench, spec={"every": "4s"}, catchup_window=window)
    bench.pass_time(seconds=20)
    assert fires(bench) == [("skipped_too_old", 2), ("coalesced", 2), ("queued", 1)]


def test_catch_up_all_makes_up_for_the_last_ten_seconds_whatever_the_window(bench) -> None:
    workflow(bench)
    add(bench, spec={"every": "4s"}, catchup=Catchup.ALL, catchup_window=0.0, overlap=Overlap.ALLOW)
    bench.pass_time(seconds=20)
    assert fires(bench) == [("skipped_too_old", 2), ("queued", 1), ("queued", 1), ("queued", 1)]


def test_one_run_waits_for_the_one_before_and_further_ones_are_skipped(bench) -> None:
    workflow(bench)
    add(bench)
    for _ in range(4):
        bench.pass_time(minutes=1)
    assert fires(bench) == [("queued", 1), ("queued", 1), ("skipped_overlap", 1), ("skipped_overlap", 1)]
    assert sorted(run.state for run in bench.queries.run_list(limit=None)) == ["queued", "running"]


@pytest.mark.parametrize(
    ("overlap", "dispositions", "states"),
    [
        (Overlap.SKIP, ["queued", "skipped_overlap"], ["running"]),
        (Overlap.ALLOW, ["queued", "queued"], ["running", "running"]),
    ],
)
def test_overlap(bench, overlap: Overlap, dispositions: list[str], states: list[str]) -> None:
    workflow(bench)
    add(bench, overlap=overlap)
    bench.pass_time(minutes=1)
    bench.pass_time(minutes=1)
    assert [fate for fate, _ in fires(bench)] == dispositions
    assert [run.state for run in bench.queries.run_list(limit=None)] == states


def test_replace_cancels_the_run_before(bench) -> None:
    workflow(bench)
    add(bench, overlap=Overlap.REPLACE)
    bench.pass_time(minutes=1)
    bench.pass_time(minutes=1)
    (first,) = bench.executor.launched
    assert bench.executor.stopped == [first]
    bench.end(first, AttemptState.CANCELLED, "stopped")
    new, old = bench.queries.run_list(limit=None)
    assert (new.state, old.state) == ("running", "cancelled")


def test_fires_of_a_pause_are_one_row(bench) -> None:
    workflow(bench)
    add(bench)
    bench.commands.edit_schedule("s", lambda schedule: changed(schedule, enabled=False), bench.now)
    bench.pass_time(minutes=30)
    assert fires(bench) == []
    bench.commands.edit_schedule("s", lambda schedule: changed(schedule, enabled=True), bench.now)
    assert fires(bench) == [("skipped_paused", 30)]
    bench.pass_time(minutes=1)
    assert fires(bench)[-1] == ("queued", 1)


def test_a_disabled_workflow_does_not_fire_and_is_accounted_for(bench) -> None:
    workflow(bench)
    add(bench)
    bench.commands.change_workflow("w", lambda workflow: replace(workflow, enabled=False), bench.now)
    bench.pass_time(minutes=5)
    bench.commands.change_workflow("w", lambda workflow: replace(workflow, enabled=True), bench.now)
    assert fires(bench) == [("skipped_paused", 5)]


def test_an_edit_at_the_instant_of_a_fire_is_exactly_the_old_then_the_new(bench) -> None:
    workflow(bench)
    add(bench)
    bench.now += timedelta(minutes=2)
    bench.commands.edit_schedule("s", lambda schedule: changed(schedule, spec={"every": "30s"}), bench.now)
    assert accounted(bench) == 2
    bench.pass_time(seconds=30)
    assert accounted(bench) == 3


def test_an_edit_that_had_to_wait_for_the_fire_repeats_nothing(bench) -> None:
    """It read the clock before the fire, and came to write after it."""
    workflow(bench)
    add(bench, overlap=Overlap.ALLOW)
    bench.now += timedelta(minutes=1)
    early = bench.now - timedelta(milliseconds=1)
    bench.step()
    for change in ({"overlap": Overlap.QUEUE}, {"spec": {"every": "30s"}}, {"enabled": False}, {"enabled": True}):
        bench.commands.edit_schedule("s", lambda schedule, change=change: changed(schedule, **change), early)
        bench.step()
    assert fires(bench) == [("queued", 1)]
    assert len(bench.queries.run_list(limit=None)) == 1
    # With the new interval, from the moment of the edit.
    bench.pass_time(seconds=30)
    assert fires(bench) == [("queued", 1)] * 2
    assert len(bench.queries.run_list(limit=None)) == 2


def test_a_deleted_schedule_keeps_its_record_up_to_the_end(bench) -> None:
    workflow(bench)
    add(bench)
    bench.now += timedelta(minutes=2)
    bench.commands.delete_schedule("s", bench.now)
    bench.pass_time(minutes=10)
    assert accounted(bench) == 2


def test_a_clock_set_back_doubles_nothing(bench) -> None:
    workflow(bench)
    add(bench, overlap=Overlap.ALLOW)
    bench.pass_time(minutes=3)
    before = fires(bench)
    bench.pass_time(hours=-2)
    bench.pass_time(minutes=1)
    assert fires(bench) == before
    bench.pass_time(minutes=120)
    assert accounted(bench) == 4


def test_a_schedule_that_is_made_again_repeats_no_fire_of_its_name(bench) -> None:
    workflow(bench)
    add(bench, overlap=Overlap.ALLOW)
    for _ in range(3):
        bench.pass_time(minutes=1)
    before = len(fires(bench)), len(bench.queries.run_list(limit=None))
    bench.pass_time(minutes=-2)
    bench.commands.delete_schedule("s", bench.now)
    add(bench, overlap=Overlap.ALLOW)
    for _ in range(2):
        bench.pass_time(minutes=1)
    assert (len(fires(bench)), len(bench.queries.run_list(limit=None))) == before == (3, 3)
    bench.pass_time(minutes=1)
    assert len(bench.queries.run_list(limit=None)) == 4


def test_of_many_that_are_due_few_are_planned_first_and_all_in_the_end(bench) -> None:
    workflow(bench)
    for number in range(200):
        own = OverlapScope.SCHEDULE
        bench.commands.add_schedule("w", {"every": "1h"}, bench.now, schedule_id=f"s{number}", overlap_scope=own)
    planned = []
    for _ in range(2):
        before, steps = len(bench.queries.run_list(limit=None)), []
        bench.now += timedelta(hours=1)
        while not steps or steps[-1] < before + 200:
            bench.step()
            steps.append(len(bench.queries.run_list(limit=None)))
        planned.append([step - before for step in steps])
    assert planned == [[FIRST_BATCH, 3 * FIRST_BATCH, 200]] * 2


def test_thirty_days_of_seconds_are_two_rows(bench) -> None:
    workflow(bench)
    add(bench, spec={"every": "1s"})
    bench.pass_time(days=30)
    assert fires(bench) == [("coalesced", 30 * 86400 - 1), ("queued", 1)]


def test_a_gap_of_thirty_days_costs_as_much_as_one_of_a_minute(bench, monkeypatch) -> None:
    """Counted, not timed: the statements of the pass, and the moments that its trigger is asked for."""
    workflow(bench)
    bench.pass_time(seconds=10)  # what a scheduler does once, after its start
    add(bench, spec={"every": "1s"}, overlap=Overlap.ALLOW)
    bench.step()
    asked: list[str] = []
    for name in ("next_after", "latest", "count"):
        question = getattr(EveryTrigger, name)

        def counted(self, *moments, name=name, question=question):
            asked.append(name)
            return question(self, *moments)

        monkeypatch.setattr(EveryTrigger, name, counted)
    for name in ("_say", "run_each"):
        say = getattr(Connection, name)
        monkeypatch.setattr(
            Connection, name, lambda *call, say=say, **values: asked.append(call[1]) or say(*call, **values)
        )
    costs = []
    for gap in (timedelta(minutes=1), timedelta(days=30), timedelta(days=3000)):
        bench.end(bench.executor.launched[-1]) if bench.executor.launched else None
        before = fires(bench)
        asked.clear()
        bench.pass_time(seconds=gap.total_seconds())
        costs.append(len(asked))
        assert fires(bench)[len(before) :] == [("coalesced", gap.total_seconds() - 1), ("queued", 1)]
    assert max(costs) - min(costs) <= 3
    assert max(costs) < 60


def test_two_engines_double_no_fire(bench) -> None:
    workflow(bench)
    for number in range(50):
        at, own = {"at": "2026-11-23 01:00:00"}, OverlapScope.SCHEDULE
        bench.commands.add_schedule("w", at, bench.now, schedule_id=f"s{number}", overlap_scope=own)
    other_executor, other = bench.another(max_runs=100, max_processes=100)
    bench.now += timedelta(minutes=1)
    bench.engine.step(bench.now)
    other.step(bench.now)
    assert len(bench.queries.run_list(limit=None)) == 50
    started = [*bench.executor.launched, *other_executor.launched]
    assert len(set(started)) == len(started)


def test_while_the_planner_is_paused_nothing_fires_and_all_is_accounted_for(bench) -> None:
    workflow(bench)
    add(bench)
    pause_planner(bench.database, bench.now, "ada")
    assert planner_state(bench.database).paused_by == "ada"
    bench.pass_time(minutes=5)
    assert (fires(bench), bench.engine._next_due) == ([], None)
    with pytest.raises(Refused, match="by ada"):
        pause_planner(bench.database, bench.now, "bob")
    bench.commands.edit_schedule("s", lambda schedule: changed(schedule, overlap=Overlap.SKIP), bench.now)
    bench.pass_time(minutes=5)
    resume_planner(bench.database, bench.now)
    assert fires(bench) == [("skipped_paused", 5), ("skipped_paused", 5)]
    bench.pass_time(minutes=1)
    assert fires(bench)[-1] == ("queued", 1)
    with pytest.raises(Refused, match="not paused"):
        resume_planner(bench.database, bench.now)


def test_zones_are_read_again_however_long_the_database_is_away(bench, monkeypatch) -> None:
    away = iter([True, True, False])
    write = bench.database.write

    def writing(work, **options):
        if next(away, False):
            raise Unreachable("away")
        return write(work, **options)

    monkeypatch.setattr(bench.database, "write", writing)
    bench.engine._replan()
    assert next(away, "asked until it answered") == "asked until it answered"


def test_a_clock_that_is_set_back_starts_the_timers_over(bench, monkeypatch) -> None:
    started: list[bool] = []
    monkeypatch.setattr(bench.engine._wakeups, "start_over", lambda: started.append(True))
    bench.step()
    bench.pass_time(seconds=1)
    assert not started
    bench.pass_time(hours=-2)
    assert started


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (59, "59 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7199, "119 min"),
        (7200, "2 h"),
        (172_799, "47 h"),
        (172_800, "2 d"),
    ],
)
def test_how_late_a_fire_is_caught_up(bench, seconds, words) -> None:
    workflow(bench)
    add(bench, spec={"cron": "0 1 23 11 *"})
    bench.pass_time(minutes=1, seconds=seconds)
    assert bench.only_run().reason == f"caught up, {words} late"


def test_all_schedules_are_planned_again_in_parts(bench, monkeypatch) -> None:
    monkeypatch.setattr(planner, "BATCH", 2)
    workflow(bench)
    for name in ("a", "b", "c"):
        bench.commands.add_schedule("w", {"cron": "0 5 * * *"}, bench.now, schedule_id=name)
    bench.database.write(lambda db: db.run("UPDATE schedules SET next_due_utc = :next_due_utc", next_due_utc=bench.now))
    assert bench.database.write(lambda db: planner.replan(db, "")) == "b"
    assert bench.database.write(lambda db: planner.replan(db, "b")) is None
    stored = bench.database.read(lambda db: db.column("SELECT next_due_utc FROM schedules"))
    assert stored == [bench.now.replace(hour=5, minute=0)] * 3
