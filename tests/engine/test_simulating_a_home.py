"""Simulations of a home: what they take from it, what they report, and that they leave it alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from workflow_scheduler.definitions.calendars import read_calendar
from workflow_scheduler.domain.backfill import Order, parse_window
from workflow_scheduler.domain.deadlines import ScheduleDeadlines
from workflow_scheduler.domain.errors import InvalidInput, NotFound
from workflow_scheduler.domain.policies import OnClosed, Overlap
from workflow_scheduler.domain.run import AttemptState
from workflow_scheduler.domain.task import Task
from workflow_scheduler.executors.base import Outcome, Started
from workflow_scheduler.operations.backfills.changes import create_backfill
from workflow_scheduler.operations.backfills.request import BackfillRequest
from workflow_scheduler.operations.calendars.edit import apply_calendars
from workflow_scheduler.operations.runs.start import retry_run
from workflow_scheduler.operations.schedules.planner_pause import pause_planner
from workflow_scheduler.operations.simulations import simulate as simulating
from workflow_scheduler.operations.simulations.durations import Typical
from workflow_scheduler.operations.simulations.rows import Simulation
from workflow_scheduler.operations.simulations.simulate import Question, simulate
from workflow_scheduler.operations.workflows.check import load_text
from workflow_scheduler.storage import tables
from workflow_scheduler.storage.database import Connection

BERLIN = "Europe/Berlin"
HOURS = timedelta(hours=1)
MINUTES = timedelta(minutes=1)


def ask(bench, folder: Path, **question: Any) -> Simulation:
    limits = {name: question.pop(name, value) for name, value in (("max_runs", 10), ("max_processes", 5))}
    return simulate(bench.database, folder, "UTC", Question(**question), bench.now, **limits)


def make(bench, name: str, *tasks: str) -> None:
    bench.commands.create_workflow(name, bench.now)
    for task in tasks:
        bench.commands.add_task(name, Task(task, "x"), bench.now)


def daily(bench, workflow: str, cron: str, timezone: str = "UTC", **policies: Any) -> None:
    named = {"schedule_id": f"{workflow}-s", "timezone": timezone}
    bench.commands.add_schedule(workflow, {"cron": cron}, bench.now, **named, **policies)


def ran(bench, minutes: float, state: AttemptState = AttemptState.SUCCEEDED) -> None:
    """A run of w whose one task took so long."""
    bench.start()
    key, begun = bench.executor.launched[-1], bench.now
    bench.pass_time(minutes=minutes)
    bench.executor.report(Outcome(key, state, "", 0, begun, bench.now))
    bench.step()


def contents(bench) -> dict[str, list[str]]:
    """Every row of every table."""

    def read(db: Connection) -> dict[str, list[str]]:
        return {table.name: sorted(map(repr, db.rows(f"SELECT * FROM {table.name}"))) for table in tables.TABLES}

    return bench.database.read(read)


def test_nothing_in_the_home_is_written(bench, tmp_path: Path) -> None:
    make(bench, "w", "a")
    daily(bench, "w", "*/5 * * * *")
    ran(bench, 3)
    bench.start()
    before = contents(bench)
    changed = load_text(
        "id: w\ntasks: [{id: a, command: y}, {id: b, command: z}]\n---\nid: new\nschedules: [{id: n, every: 1h}]\n"
    )
    found = ask(bench, tmp_path, documents=changed, assume=[("b", "failed")])
    assert {run.workflow_id for run in found.runs} == {"w", "new"}
    assert found.counts.failed > 0
    assert contents(bench) == before


def test_tasks_take_what_their_last_successes_took(bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(bench, "w", "a")
    for minutes in (50, 50, 2, 4, 10):
        ran(bench, minutes)
    ran(bench, 90, AttemptState.FAILED)
    bench.now = datetime(2026, 11, 24, tzinfo=UTC)
    daily(bench, "w", "0 1 * * *")
    lengths = {}
    for attempts in (50, 3):
        monkeypatch.setattr("workflow_scheduler.operations.simulations.durations.ATTEMPTS", attempts)
        for typical in Typical:
            (run,) = ask(bench, tmp_path, typical=typical, length=2 * HOURS).runs
            lengths[attempts, typical.value] = (run.finished_at - run.started_at) / MINUTES
    assert lengths == {(50, "median"): 10, (50, "p90"): 50, (3, "median"): 4, (3, "p90"): 10}
    found = ask(bench, tmp_path, length=3 * HOURS, assume=[("a", "1h")])
    assert (found.runs[0].finished_at - found.runs[0].started_at, found.assumed) == (HOURS, ())


def test_a_task_without_history_takes_a_minute_and_is_named(bench, tmp_path: Path) -> None:
    make(bench, "w", "a", "b")
    daily(bench, "w", "0 1 * * *")
    found = ask(bench, tmp_path, assume=[("b", "2m")], length=2 * HOURS)
    assert found.assumed == ("w.a",)
    (run,) = found.runs
    assert [(task.finished_at - task.started_at) / MINUTES for task in run.tasks] == [1, 2]


def test_what_is_in_progress_takes_the_rest_of_its_time(bench, tmp_path: Path) -> None:
    make(bench, "w", "a", "b")
    bench.commands.change_workflow("w", lambda workflow: replace(workflow, max_active_runs=1), bench.now)
    begun = bench.now
    bench.start()
    bench.now += timedelta(seconds=1)
    bench.start()
    bench.executor.report(Started(bench.executor.launched[0], begun, 1))
    bench.pass_time(minutes=20)
    first, second = ask(bench, tmp_path, assume=[("a", "30m"), ("b", "5m")]).runs
    assert (first.tasks[0].finished_at, first.finished_at) == (begun + 30 * MINUTES, begun + 35 * MINUTES)
    assert (second.started_at, second.finished_at) == (begun + 35 * MINUTES, begun + 70 * MINUTES)
    assert ask(bench, tmp_path, begin=bench.now).runs == (), "another time begins with nothing in progress"


def test_another_time_begins_with_each_schedule_there(bench, tmp_path: Path) -> None:
    make(bench, "w", "a")
    daily(bench, "w", "0 1 * * *", from_="2026-11-01")
    for begin in (bench.now - timedelta(days=10), bench.now + timedelta(days=100)):
        found = ask(bench, tmp_path, begin=begin, length=timedelta(days=3))
        assert found.idle
        assert [run.due_utc.hour for run in found.runs] == [1, 1, 1]
        assert found.runs[0].due_utc - begin < timedelta(days=1)


def test_the_first_time_counts_and_the_last_does_not(bench, tmp_path: Path) -> None:
    make(bench, "w", "a")
    daily(bench, "w", "0 * * * *")
    midnight = datetime(2026, 12, 1, tzinfo=UTC)
    found = ask(bench, tmp_path, begin=midnight, length=3 * HOURS)
    assert [run.due_utc.hour for run in found.runs] == [0, 1, 2]
    assert found.counts.late == 0


def test_a_run_that_waits_says_for_what_and_what_comes_late(bench, tmp_path: Path) -> None:
    make(bench, "import", "a")
    make(bench, "load", "b")
    daily(bench, "import", "0 2 * * *")
    daily(bench, "load", "10 2 * * *")
    found = ask(bench, tmp_path, max_runs=1, assume=[("a", "30m")], length=4 * HOURS)
    first, second = found.runs
    assert (first.late, first.waits_for) == (None, "")
    assert (second.late, second.waits_for) == (1200, "MAX_THREADS is 1. In progress: import.")
    assert (found.counts.late, found.counts.at_risk, found.counts.most_at_once) == (1, 1, 1)
    found = ask(bench, tmp_path, max_runs=1, assume=[("a", "30m")], length=timedelta(hours=1, minutes=20))
    assert [(run.state, run.late) for run in found.runs] == [("running", None), ("queued", 540)]
    assert found.counts.unfinished == 2


def test_a_run_that_is_not_finished_when_due_again(bench, tmp_path: Path) -> None:
    make(bench, "w", "a")
    daily(bench, "w", "0 * * * *", overlap=Overlap.SKIP)
    found = ask(bench, tmp_path, assume=[("a", "90m")], length=4 * HOURS)
    assert [run.overruns_utc for run in found.runs] == [run.due_utc + HOURS for run in found.runs]
    assert {fire.reason for fire in found.skipped} == {"another run of this workflow has not finished"}
    assert (found.counts.at_risk, found.counts.late, found.counts.skipped) == (2, 0, 2)


def test_deadlines_that_will_be_missed(bench, tmp_path: Path) -> None:
    make(bench, "w", "a")
    daily(bench, "w", "0 2 * * *", deadlines=ScheduleDeadlines(start_within=600.0, finish_by="03:00"))
    in_time, late = (ask(bench, tmp_path, assume=[("a", took)], length=4 * HOURS) for took in ("59m", "61m"))
    assert [run.missed for run in in_time.runs] == [()]
    ((sentence,),) = [run.missed for run in late.runs]
    assert "had not succeeded by 2026-11-23 03:00 +00:00" in sentence


def test_clock_changes_and_moved_fires_are_marked(bench, tmp_path: Path) -> None:
    closed = read_calendar({"id": "c", "closed": ["2026-10-25"]})
    bench.now = datetime(2026, 10, 24, 10, tzinfo=UTC)
    apply_calendars(bench.database, [closed], tmp_path, bench.now)
    for name in ("twice", "moved", "skipped", "off"):
        make(bench, name, "a")
    daily(bench, "twice", "30 2 * * *", BERLIN)
    daily(bench, "moved", "0 5 25 * *", BERLIN, calendar="c", on_closed=OnClosed.NEXT)
    daily(bench, "skipped", "0 6 * * *", BERLIN, calendar="c", on_closed=OnClosed.SKIP)
    daily(bench, "off", "0 6 * * *", BERLIN, calendar="c", on_closed=OnClosed.SKIP, enabled=False)
    found = ask(bench, tmp_path, length=timedelta(days=2), workflows=["twice", "moved", "skipped", "off"])
    notes = {(run.workflow_id, run.note): run.moved for run in found.runs if run.note}
    assert notes.pop(("twice", "02:30 occurs twice on this day: the first")) is False
    assert [(name, moved) for (name, _), moved in notes.items()] == [("moved", True)]
    (fire,) = found.skipped
    assert (fire.workflow_id, fire.disposition) == ("skipped", "skipped_calendar")
    assert found.counts.moved == 1


def test_definitions_and_calendars_are_applied_first(bench, tmp_path: Path) -> None:
    documents = load_text("id: new\ntasks: [{id: a, command: y}]\nschedules: [{id: n, cron: 0 1 * * *, calendar: c}]\n")
    closed = read_calendar({"id": "c", "closed": ["2026-11-24"]})
    found = ask(bench, tmp_path, documents=documents, calendars=[closed], length=timedelta(days=2))
    assert [run.due_utc.day for run in found.runs] == [23]
    assert [fire.disposition for fire in found.skipped] == ["skipped_calendar"]
    with pytest.raises(InvalidInput, match="there is no calendar 'c'"):
        ask(bench, tmp_path, documents=documents)


def test_starts_are_left_out_and_a_pause_is_kept(bench, tmp_path: Path) -> None:
    make(bench, "w", "a")
    bench.commands.add_schedule("w", {"at_start": "scheduler"}, bench.now, schedule_id="s")
    daily(bench, "w", "0 1 * * *")
    bench.now += MINUTES / 2
    found = ask(bench, tmp_path)
    assert [run.schedule_id for run in found.runs] == ["w-s"]
    assert found.notes == ("1 schedule at the start of the machine or the scheduler: not simulated.",)
    make(bench, "off", "a")
    daily(bench, "off", "0 1 * * *", enabled=False)
    assert ask(bench, tmp_path).notes[1:] == ("1 schedule paused or of a disabled workflow.",)
    pause_planner(bench.database, bench.now, "me")
    found = ask(bench, tmp_path)
    assert (found.runs, found.notes[0][:26]) == ((), "All schedules are paused s")


def test_only_the_named_workflows_are_reported_and_no_more_than_asked_for(bench, tmp_path: Path) -> None:
    for name in ("v", "w"):
        make(bench, name, "a")
        daily(bench, name, "0 * * * *")
    found = ask(bench, tmp_path, workflows=["w"], limit=2, length=5 * HOURS)
    assert [run.workflow_id for run in found.runs] == ["w", "w"]
    assert (found.counts.runs, found.counts.workflows, found.left_out) == (5, 1, 3)
    assert found.counts.most_at_once == 2, "the others run all the same"
    with pytest.raises(NotFound, match="There is no workflow 'x'"):
        ask(bench, tmp_path, workflows=["x"])


def test_a_simulation_is_bounded(bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(bench, "w")
    bench.commands.add_schedule("w", {"every": "1s"}, bench.now, schedule_id="s")
    monkeypatch.setattr(simulating, "MOST_FIRES", 500)
    with pytest.raises(InvalidInput, match=r"more than 500 fires before 2026-11-23T01:.*; choose a shorter time"):
        ask(bench, tmp_path)
    monkeypatch.undo()
    monkeypatch.setattr("workflow_scheduler.operations.simulations.durations.MOST_ATTEMPTS", 20)
    retried = load_text(
        "id: x\ntasks: [{id: a, command: y, retry: {limit: 90, delay: 0}}]\nschedules: [{id: o, every: 30s}]\n"
    )
    with pytest.raises(InvalidInput, match="more than 20 attempts; choose a shorter time"):
        ask(bench, tmp_path, documents=retried, assume=[("a", "0"), ("a", "failed")], length=2 * MINUTES)
    with pytest.raises(InvalidInput, match="begins in 9990 at the latest"):
        ask(bench, tmp_path, begin=datetime(9998, 12, 31, tzinfo=UTC), length=timedelta(days=366))
    for length in (timedelta(), timedelta(days=367)):
        with pytest.raises(InvalidInput, match="at most 366 days"):
            ask(bench, tmp_path, length=length)


def test_a_backfill_in_progress_goes_on_within_its_hours(bench, tmp_path: Path) -> None:
    make(bench, "w", "a")
    daily(bench, "w", "0 3 * * *")
    end = (bench.now - timedelta(days=1)).date()
    start = end - timedelta(days=3)
    asked = BackfillRequest(
        "w", start.isoformat(), end.isoformat(), between=parse_window("20:00-21:00"), order=Order.NEWEST
    )
    create_backfill(bench.database, asked, bench.now, "anna")
    before = contents(bench)
    found = ask(bench, tmp_path, length=48 * HOURS, assume=[("a", "40m")])
    assert contents(bench) == before
    past = {
        run.started_at: run.nominal_utc
        for run in found.runs
        if run.started_at and run.nominal_utc and run.nominal_utc < bench.now
    }
    assert [past[at].day for at in sorted(past)] == [end.day - number for number in range(4)]
    assert {at.hour for at in past} == {20}
    assert (found.counts.late, found.counts.at_risk, found.counts.moved) == (0, 0, 0)
    assert [run.due_utc for run in found.runs if run.started_at in past] == [None] * 4
    assert [run.note for run in found.runs] == [""] * len(found.runs)


def test_a_retry_of_a_past_run_is_not_late(bench, tmp_path: Path) -> None:
    make(bench, "w", "a")
    daily(bench, "w", "0 1 * * *")
    bench.pass_time(minutes=2)
    bench.end(bench.executor.launched[-1], AttemptState.FAILED)
    bench.pass_time(minutes=300)
    retry_run(bench.database, bench.executor.launched[-1].run_id, bench.now)
    (run,) = ask(bench, tmp_path, length=HOURS).runs
    assert (run.due_utc, run.late, run.overruns_utc) == (None, None, None)


def test_the_defaults_of_the_home_hold(bench, tmp_path: Path) -> None:
    (tmp_path / "defaults.yaml").write_text("timeout: 30s\n")
    make(bench, "w", "a")
    daily(bench, "w", "0 1 * * *")
    (run,) = ask(bench, tmp_path, length=HOURS).runs
    assert run.reason == "task a: stopped after 30 s, its time limit"


def test_what_gives_way_before_it_starts_is_not_late(bench, tmp_path: Path) -> None:
    make(bench, "long", "a")
    make(bench, "often", "b")
    daily(bench, "long", "0 1 * * *")
    daily(bench, "often", "10,20 1 * * *", overlap=Overlap.REPLACE)
    found = ask(bench, tmp_path, max_runs=1, assume=[("a", "1h")], length=2 * HOURS)
    assert [(run.state, run.late) for run in found.runs[1:]] == [("cancelled", None), ("succeeded", 2400)]
    assert found.runs[1].reason == "replaced by the next scheduled run"
