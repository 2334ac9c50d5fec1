"""Deadlines: a row with each fire, judged once when it is due, whether a run ever started or not."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from workflow_scheduler.domain.calendar import Calendar, CalendarDay
from workflow_scheduler.domain.deadline import Deadline
from workflow_scheduler.domain.deadlines import ScheduleDeadlines, TaskDeadlines, WorkflowDeadlines
from workflow_scheduler.domain.errors import InvalidInput, Refused
from workflow_scheduler.domain.policies import Catchup, Overlap
from workflow_scheduler.domain.run import AttemptKey, AttemptState
from workflow_scheduler.domain.task import Retry, Task
from workflow_scheduler.executors.base import Outcome, Started
from workflow_scheduler.operations.calendars.edit import delete_calendar
from workflow_scheduler.operations.runs.late import late_list
from workflow_scheduler.operations.runs.start import cancel_run
from workflow_scheduler.operations.schedules.calendar import calendar
from workflow_scheduler.operations.schedules.planner_pause import pause_planner
from workflow_scheduler.storage import calendars as calendar_store
from workflow_scheduler.storage.queries_deadlines import late_now
from workflow_scheduler.storage.retention import delete_runs
from workflow_scheduler.storage.sql import Connection

GRACE = timedelta(seconds=10)
"""For the records of what ended while no scheduler ran."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=UTC)


@pytest.fixture(autouse=True)
def awake(bench) -> None:
    """An engine that has run for longer than it waits at its start."""
    bench.step()
    bench.now += GRACE


NONE = WorkflowDeadlines()


def nightly(bench, *tasks: Task, spec: str = "0 1 * * *", name: str = "w", deadlines=NONE, **policies) -> None:
    bench.commands.create_workflow(name, bench.now)
    made = tasks or (Task("a", "x"),)
    bench.commands.change_workflow(name, lambda old: replace(old, tasks=made, deadlines=deadlines), bench.now)
    bench.commands.add_schedule(name, {"cron": spec}, bench.now, schedule_id=f"{name}.1", **policies)


def events(bench, kind: str = "deadline.%") -> list[tuple[str, str]]:
    query = "SELECT kind, reason FROM events WHERE kind LIKE :kind ORDER BY seq"
    return [(row.kind, row.reason) for row in bench.database.read(lambda db: db.rows(query, kind=kind))]


def states(bench) -> list[tuple[str, str]]:
    query = "SELECT kind, state FROM deadlines ORDER BY due_utc, seq"
    return [(row.kind, row.state) for row in bench.database.read(lambda db: db.rows(query))]


def late(bench) -> list[Deadline]:
    return bench.database.read(lambda db: late_now(db, bench.now - timedelta(days=7), 100))


def go_to(bench, text: str) -> None:
    """Move there by each time for which the engine asks to be woken."""
    end = at(text)
    engine = bench.engine
    bench.step()
    while wakes := [at for at in (engine._next_due, engine._deadlines.wake_at) if at and bench.now < at < end]:
        bench.now = min(wakes)
        bench.step()
    bench.now = end
    bench.step()


def test_in_time(bench) -> None:
    nightly(bench, deadlines=WorkflowDeadlines(start_within=900.0, finish_by="02:00"))
    go_to(bench, "23 01:00")
    bench.end(AttemptKey(bench.only_run().id, "a", 1))
    go_to(bench, "23 03:00")
    assert states(bench) == [("start_within", "met"), ("finish_by", "met")]
    assert (events(bench), late(bench)) == ([], [])


def test_late_is_said_once_and_stops_nothing(bench) -> None:
    nightly(bench, deadlines=WorkflowDeadlines(finish_by="02:00"))
    go_to(bench, "23 01:59")
    assert events(bench) == []
    go_to(bench, "23 02:00")
    sentence = "w of 2026-11-23 01:00 +00:00 had not succeeded by 2026-11-23 02:00 +00:00: it runs since 2026-11-23 01:00 +00:00, task a."
    assert events(bench) == [("deadline.late", sentence)]
    assert [deadline.reason for deadline in late(bench)] == [sentence]
    bench.another()
    go_to(bench, "23 06:00")
    assert len(events(bench)) == 1
    assert bench.only_run().state == "running"
    bench.end(AttemptKey(bench.only_run().id, "a", 1))
    assert late(bench) == []


def test_the_schedules_own_take_the_place_of_the_workflows(bench) -> None:
    bench.commands.create_workflow("w", bench.now)
    own = WorkflowDeadlines(start_within=60.0, finish_by="02:00")
    bench.commands.change_workflow("w", lambda old: replace(old, tasks=(Task("a", "x"),), deadlines=own), bench.now)
    spec = {"cron": "0 1 * * *"}
    bench.commands.add_schedule("w", spec, bench.now, schedule_id="s", deadlines=ScheduleDeadlines(finish_by="04:30"))
    go_to(bench, "23 01:00")
    query = "SELECT kind, due_utc FROM deadlines ORDER BY due_utc"
    rows = bench.database.read(lambda db: [tuple(row) for row in db.rows(query)])
    assert rows == [("start_within", at("23 01:01")), ("finish_by", at("23 04:30"))]


def test_waiting_for_another_run_is_late(bench) -> None:
    nightly(bench, deadlines=WorkflowDeadlines(start_within=900.0), spec="0 * * * *", overlap=Overlap.QUEUE)
    go_to(bench, "23 02:20")
    (event,) = events(bench)
    assert event[0] == "deadline.late"
    assert event[1].endswith("had not started 15m later: it waits since 2026-11-23 02:00 +00:00.")


def test_a_fire_that_is_skipped_for_another_run_is_late(bench) -> None:
    nightly(bench, deadlines=WorkflowDeadlines(finish_by="02:30"), spec="0 * * * *", overlap=Overlap.SKIP)
    go_to(bench, "23 02:45")
    assert [reason.rpartition(": ")[2] for _, reason in events(bench)] == [
        "it runs since 2026-11-23 01:00 +00:00, task a.",
        "no run was started for it.",
    ]


def test_paused_closed_and_by_hand_are_not_late(bench) -> None:
    days = [CalendarDay(date(2026, 11, day), day == 27, "closed", "test") for day in range(20, 30)]
    calendar = Calendar("c", {"holidays": []})
    bench.database.write(lambda db: calendar_store.save_calendar(db, calendar, days, bench.now, date(2026, 11, 20)))
    soon = WorkflowDeadlines(start_within=60.0, finish_by="02:00")
    nightly(bench, name="closed", deadlines=soon, calendar="c")
    nightly(bench, name="paused", deadlines=soon)
    nightly(bench, deadlines=soon)
    bench.commands.edit_schedule("paused.1", lambda old: old.with_policies(enabled=False), bench.now)
    pause_planner(bench.database, bench.now, "me")
    bench.start()
    go_to(bench, "23 03:00")
    assert (states(bench), events(bench)) == ([], [])


def test_down_over_a_deadline_it_is_one_event_with_a_count_for_each_schedule(bench) -> None:
    nightly(bench, deadlines=WorkflowDeadlines(start_within=900.0, finish_by="02:00"))
    nightly(bench, name="often", spec="*/10 * * * *", deadlines=WorkflowDeadlines(start_within=60.0))
    go_to(bench, "23 01:00")
    bench.now = at("25 09:00")
    bench.dead.add(1)
    bench.executor, bench.engine = bench.another()
    bench.step()
    assert events(bench) == []  # the keepers' records come first
    bench.now += GRACE
    bench.step()
    found = events(bench)
    assert [kind for kind, _ in found] == ["deadline.late", "deadline.late"]
    by_schedule = {reason.split()[4]: reason for _, reason in found}
    # Of the 23rd: finish_by. Of the 24th and 25th: both.
    assert by_schedule["w.1"].startswith(
        "5 deadlines of schedule w.1 of w passed from 2026-11-23 02:00 +00:00 to 2026-11-25 02:00"
    )
    assert by_schedule["often.1"].split()[0] == "335"
    bench.dead.add(2)
    bench.executor, bench.engine = bench.another()
    bench.step()
    bench.now += 2 * GRACE
    bench.step()
    assert len(events(bench)) == 2


def test_what_ended_in_time_while_the_scheduler_was_down_is_not_late(bench) -> None:
    nightly(bench, deadlines=WorkflowDeadlines(finish_by="02:00"))
    go_to(bench, "23 01:00")
    key = AttemptKey(bench.only_run().id, "a", 1)
    bench.now = at("23 05:00")
    bench.dead.add(1)
    bench.executor, bench.engine = bench.another()
    bench.step()
    bench.executor.report(Outcome(key, AttemptState.SUCCEEDED, "exit code 0", 0, at("23 01:00"), at("23 01:40")))
    bench.step()
    bench.now += GRACE
    bench.step()
    assert ("finish_by", "met") in states(bench)
    assert events(bench) == []


def test_a_failed_run_is_late_and_its_retry_can_still_be_in_time(bench) -> None:
    nightly(bench, deadlines=WorkflowDeadlines(finish_by="02:00"))
    go_to(bench, "23 01:00")
    bench.end(AttemptKey(bench.only_run().id, "a", 1), AttemptState.FAILED, "exit code 3")
    go_to(bench, "23 02:00")
    assert events(bench)[0][1].endswith("it failed at 2026-11-23 01:00 +00:00.")
    assert len(late(bench)) == 1


def test_a_cancelled_run_is_not_late(bench) -> None:
    nightly(bench, deadlines=WorkflowDeadlines(finish_by="02:00"))
    go_to(bench, "23 01:00")
    run_id = bench.only_run().id
    cancel_run(bench.database, run_id, bench.now)
    bench.step()
    bench.end(AttemptKey(run_id, "a", 1), AttemptState.CANCELLED, "cancelled by me")
    go_to(bench, "23 03:00")
    assert ("finish_by", "void") in states(bench)


def test_a_tasks_own_time(bench) -> None:
    tasks = (Task("a", "x", deadlines=TaskDeadlines(finish_by="01:30")), Task("b", "x"))
    nightly(bench, *tasks)
    go_to(bench, "23 01:00")
    go_to(bench, "23 01:40")
    ((kind, reason),) = events(bench)
    assert (kind, reason[:50]) == ("deadline.late", "Task a of w of 2026-11-23 01:00 +00:00 had not suc")


def test_a_change_counts_for_fires_from_then_on(bench) -> None:
    nightly(bench, spec="0 1,3 * * *", deadlines=WorkflowDeadlines(finish_by="02:00"))
    go_to(bench, "23 01:00")
    bench.commands.change_workflow("w", lambda old: replace(old, deadlines=WorkflowDeadlines()), bench.now)
    go_to(bench, "23 02:00")
    assert len(events(bench)) == 1
    bench.end(AttemptKey(bench.only_run().id, "a", 1))
    go_to(bench, "23 04:00")
    assert [kind for kind, _ in states(bench)] == ["finish_by"]


@pytest.mark.parametrize("step", [timedelta(hours=2), timedelta(hours=-2)])
def test_a_clock_that_is_changed_repeats_and_loses_nothing(bench, step: timedelta) -> None:
    nightly(bench, deadlines=WorkflowDeadlines(finish_by="02:00"), spec="0 1 23 * *")
    go_to(bench, "23 01:30")
    bench.now += step
    bench.step()
    assert len(events(bench)) == (step > timedelta())
    go_to(bench, "23 05:00")
    assert len(events(bench)) == 1


def test_a_scheduler_that_started_in_a_wrong_century_judges_again(bench) -> None:
    nightly(bench, deadlines=WorkflowDeadlines(finish_by="02:00"), spec="0 1 23 * *")
    go_to(bench, "23 01:30")
    bench.dead.add(1)
    bench.now += timedelta(days=70_000)
    bench.executor, bench.engine = bench.another()
    bench.step()
    assert events(bench) == []
    bench.now = at("23 01:40")
    bench.step()
    go_to(bench, "23 02:00")
    assert [kind for kind, _ in events(bench)] == ["deadline.late"]


def test_no_success_is_said_once_until_the_next(bench) -> None:
    nightly(bench, spec="0 1 24 * *", deadlines=WorkflowDeadlines(no_success_for=26 * 3600.0))
    go_to(bench, "24 01:00")
    assert events(bench) == []
    go_to(bench, "27 00:00")
    assert [kind for kind, _ in events(bench)] == ["deadline.no_success"]
    assert events(bench)[0][1].startswith("Nothing of w has succeeded for 1d 2h: there was no success since 2026-11-23")
    assert len(late(bench)) == 1
    bench.end(AttemptKey(bench.only_run().id, "a", 1))
    assert late(bench) == []
    go_to(bench, "28 01:00")
    assert len(events(bench)) == 1
    go_to(bench, "30 00:00")
    assert events(bench)[1][1].endswith("the last success was at 2026-11-27 00:00 +00:00.")
    assert len(events(bench)) == 2


def test_no_success_is_not_missed_while_it_is_paused(bench) -> None:
    nightly(bench, deadlines=WorkflowDeadlines(no_success_for=3600.0), spec="0 1 1 1 *")
    bench.commands.change_workflow("w", lambda old: replace(old, enabled=False), bench.now)
    go_to(bench, "24 12:00")
    assert events(bench) == []
    bench.commands.change_workflow("w", lambda old: replace(old, enabled=True), bench.now)
    go_to(bench, "24 14:30")
    assert len(events(bench)) == 1


def history(bench, minutes: float, runs: int = 8, task: str = "a") -> None:
    """Past runs of a task of that length, each on a working day."""
    for _ in range(runs):
        run_id = bench.start()
        bench.executor.report(Started(AttemptKey(run_id, task, 1), bench.now, 1))
        bench.step()
        begun = bench.now
        bench.now += timedelta(minutes=minutes)
        bench.executor.report(Outcome(AttemptKey(run_id, task, 1), AttemptState.SUCCEEDED, "", 0, begun, bench.now))
        bench.step()


def test_longer_than_usual(bench) -> None:
    tasks = (Task("a", "x", deadlines=TaskDeadlines(longer_than="usual")),)
    bench.make(*tasks, deadlines=WorkflowDeadlines(longer_than=7200.0))
    history(bench, 10)
    query = "SELECT reason FROM deadlines WHERE state = 'void' ORDER BY seq"
    assert bench.database.read(lambda db: db.column(query)) == [f"learning ({count} of 8)" for count in range(8)]
    run_id, begun = bench.start(), bench.now
    bench.executor.report(Started(AttemptKey(run_id, "a", 1), bench.now, 1))
    bench.step()
    bench.now = begun + timedelta(minutes=19)
    bench.step()
    assert events(bench) == []
    bench.now = begun + timedelta(minutes=20)
    bench.step()
    ((kind, reason),) = events(bench)
    assert (kind, reason[:14]) == ("deadline.long", "Task a of w ru")
    assert reason.endswith("longer than 20m (usual: 10m, by 8 successes).")
    bench.now = begun + timedelta(hours=2)
    bench.step()
    assert [kind for kind, _ in events(bench)] == ["deadline.long"] * 2
    assert bench.run(run_id).state == "running"


def test_what_is_usual_is_looked_up_when_a_run_has_taken_a_while(bench) -> None:
    bench.make(Task("a", "x"), deadlines=WorkflowDeadlines(longer_than="usual"))
    history(bench, 10)
    run_id, begun = bench.start(), bench.now
    known = "SELECT seconds, due_utc, reason FROM deadlines WHERE run_id = :id"

    def shown() -> list[tuple[str, str]]:
        return [(one.state, one.reason) for one in bench.run(run_id).deadlines]

    assert bench.database.read(lambda db: db.row(known, id=run_id)).seconds is None
    assert shown() == []
    bench.now = begun + timedelta(seconds=1)
    bench.step()
    assert shown() == [("open", "usual: 10m, by 8 successes")]
    row = bench.database.read(lambda db: db.row(known, id=run_id))
    assert row.due_utc == begun + timedelta(seconds=row.seconds)


def test_shorter_than_usual(bench) -> None:
    bench.make(Task("a", "x"), deadlines=WorkflowDeadlines(shorter_than="usual"))
    history(bench, 40)
    assert events(bench) == []
    bench.now += timedelta(minutes=2)
    history(bench, 0.05, 1)
    ((kind, reason),) = events(bench)
    assert (kind, reason) == ("deadline.short", "w succeeded in 3s, less than 20m (usual: 40m, by 8 successes).")


def test_at_risk_shows_the_sum(bench) -> None:
    nightly(
        bench, Task("a", "x", retry=Retry(limit=1)), spec="0 14 * * *", deadlines=WorkflowDeadlines(finish_by="15:00")
    )
    history(bench, 40)
    go_to(bench, "23 14:00")
    run_id = next(run.id for run in bench.queries.run_list(limit=None) if run.state == "running")
    go_to(bench, "23 14:10")
    assert events(bench) == []
    bench.now = at("23 14:30")
    bench.end(AttemptKey(run_id, "a", 1), AttemptState.FAILED, "exit code 1")
    bench.step()
    sum_ = "2026-11-23 14:30 +00:00 + a 40m = 2026-11-23 15:10 +00:00."
    sentence = f"w of 2026-11-23 14:00 +00:00 will probably not succeed by 2026-11-23 15:00 +00:00: {sum_}"
    assert events(bench) == [("deadline.at_risk", sentence)]
    go_to(bench, "23 14:50")
    assert len(events(bench)) == 1


def test_at_risk_while_it_only_waits(bench) -> None:
    nightly(bench, spec="0 14,15 * * *", deadlines=WorkflowDeadlines(finish_by="16:00"))
    history(bench, 40)
    go_to(bench, "23 15:20")
    assert [kind for kind, _ in events(bench)] == []
    go_to(bench, "23 15:21")
    assert [reason for _, reason in events(bench)][-1].endswith(
        "2026-11-23 15:21 +00:00 + a 40m = 2026-11-23 16:01 +00:00."
    )


def test_catch_up_none_is_late_without_a_run(bench) -> None:
    nightly(bench, deadlines=WorkflowDeadlines(finish_by="02:00"), catchup=Catchup.NONE)
    go_to(bench, "23 00:59")
    bench.now = at("23 03:00")
    bench.step()
    assert events(bench)[0][1].endswith("no run was started for it.")


def test_a_calendar_that_is_counted_must_exist_and_stays(bench) -> None:
    asked = WorkflowDeadlines(finish_by="06:00 +1 c")
    bench.make(Task("a", "x"))
    with pytest.raises(InvalidInput, match="There is no calendar 'c'"):
        bench.commands.change_workflow("w", lambda old: replace(old, deadlines=asked), bench.now)
    days = [CalendarDay(date(2026, 11, day), day not in (21, 22), "closed", "test") for day in range(20, 30)]
    calendar = Calendar("c", {"holidays": []})
    bench.database.write(lambda db: calendar_store.save_calendar(db, calendar, days, bench.now, date(2026, 11, 20)))
    bench.commands.change_workflow("w", lambda old: replace(old, deadlines=asked), bench.now)
    with pytest.raises(Refused, match="Deadlines of w count the days of 'c'"):
        delete_calendar(bench.database, "c")
    own = ScheduleDeadlines(finish_by="07:00 +1 c")
    bench.commands.change_workflow("w", lambda old: replace(old, deadlines=NONE), bench.now)
    bench.commands.add_schedule("w", {"cron": "0 1 * * *"}, bench.now, schedule_id="s", deadlines=own)
    with pytest.raises(Refused, match="Deadlines of s count the days of 'c'"):
        delete_calendar(bench.database, "c")
    go_to(bench, "23 01:00")
    query = "SELECT due_utc FROM deadlines WHERE kind = 'finish_by'"
    assert bench.database.read(lambda db: db.value(query)) == at("24 07:00")


def test_a_calendar_that_ends_is_named(bench) -> None:
    days = [CalendarDay(date(2026, 11, 23), True, "", "test")]
    calendar = Calendar("c", {"holidays": []})
    bench.database.write(lambda db: calendar_store.save_calendar(db, calendar, days, bench.now, date(2026, 11, 20)))
    nightly(bench, deadlines=WorkflowDeadlines(finish_by="06:00 +1 c"))
    go_to(bench, "23 01:00")
    (deadline,) = bench.run(bench.only_run().id).deadlines
    assert (deadline.state, deadline.reason) == (
        "void",
        "The calendar c has no data for the open days after 2026-11-24.",
    )


def test_a_run_shows_its_deadlines(bench) -> None:
    nightly(bench, deadlines=WorkflowDeadlines(start_within=900.0, finish_by="02:00"))
    go_to(bench, "23 02:30")
    shown = bench.run(bench.only_run().id).deadlines
    assert [(row.kind, row.state) for row in shown] == [("start_within", "met"), ("finish_by", "missed")]
    (row,) = late_list(bench.database, bench.now)
    assert (row.condition, row.kind, row.workflow_id, row.due_utc) == ("late", "finish_by", "w", at("23 02:00"))
    assert late_list(bench.database, bench.now, "other") == []


def test_the_calendar_of_fires_says_which_were_late(bench) -> None:
    nightly(bench, spec="0 1,3 * * *", deadlines=WorkflowDeadlines(finish_by="02:00"))
    go_to(bench, "23 02:30")
    bench.end(AttemptKey(bench.only_run().id, "a", 1))
    go_to(bench, "23 03:30")
    first, second = calendar(bench.database, at("23 00:00"), at("24 00:00"), bench.now).past
    assert "had not succeeded by 2026-11-23 02:00 +00:00" in first.late
    assert second.late == ""


def test_renamed_deleted_and_pruned(bench) -> None:
    nightly(bench, deadlines=WorkflowDeadlines(no_success_for=3600.0, finish_by="02:00"), spec="0 1 23 * *")
    go_to(bench, "23 01:00")
    run_id = bench.only_run().id
    bench.end(AttemptKey(run_id, "a", 1))
    bench.commands.rename_workflow("w", "v", bench.now)
    go_to(bench, "23 03:00")
    assert [reason[:24] for _, reason in events(bench)] == ["Nothing of v has succeed"]
    bench.commands.delete_workflow("v", bench.now)
    assert "no_success_for" not in [kind for kind, _ in states(bench)]
    bench.database.write(lambda db: delete_runs(db, [run_id]))
    assert states(bench) == []


def test_a_deleted_workflow_is_not_late(bench) -> None:
    nightly(bench, deadlines=WorkflowDeadlines(finish_by="02:00"), spec="0 1 23 * *")
    go_to(bench, "23 01:00")
    bench.end(AttemptKey(bench.only_run().id, "a", 1), AttemptState.FAILED, "exit code 3")
    bench.commands.delete_workflow("w", bench.now)
    go_to(bench, "23 03:00")
    assert events(bench) == []


def test_a_deleted_workflow_is_late_no_longer(bench) -> None:
    nightly(bench, deadlines=WorkflowDeadlines(finish_by="02:00"), spec="0 1 23 * *")
    go_to(bench, "23 01:00")
    bench.end(AttemptKey(bench.only_run().id, "a", 1), AttemptState.FAILED, "exit code 3")
    go_to(bench, "23 03:00")
    assert len(late_list(bench.database, bench.now)) == 1
    bench.commands.delete_workflow("w", bench.now)
    assert late_list(bench.database, bench.now) == []


def test_nothing_is_asked_or_written_where_there_are_none(bench, monkeypatch: pytest.MonkeyPatch) -> None:
    nightly(bench)
    go_to(bench, "23 00:59")
    said: list[str] = []
    run, run_each, rows = Connection.run, Connection.run_each, Connection.rows

    def spied(of):
        return lambda db, sql, *given, **values: (said.append(sql), of(db, sql, *given, **values))[1]

    for name, of in (("run", run), ("run_each", run_each), ("rows", rows)):
        monkeypatch.setattr(Connection, name, spied(of))
    go_to(bench, "23 01:00")
    bench.end(AttemptKey(bench.executor.launched[-1].run_id, "a", 1))
    assert any("fires" in sql for sql in said)
    assert not [sql for sql in said if re.search(r"\b(FROM|INTO|UPDATE) deadlines\b", sql)]


def test_a_deadline_that_somebody_made_unreadable_is_named(bench) -> None:
    nightly(bench, deadlines=NONE)
    for value in ('{"finish_by": "noon"}', '{"start_within": "soon"}', '{"nonsense": 1}'):
        stored = f'{{"deadlines": {value}}}'
        bench.database.write(lambda db, stored=stored: db.run("UPDATE schedules SET policies = :p", p=stored))
        assert "no readable deadlines" in bench.queries.schedule("w.1").problem, value


def test_after_a_restart_a_risk_is_still_noticed_when_a_task_ends(bench) -> None:
    nightly(
        bench, Task("a", "x", retry=Retry(limit=1)), spec="0 14 * * *", deadlines=WorkflowDeadlines(finish_by="15:00")
    )
    history(bench, 40)
    go_to(bench, "23 14:00")
    run_id = bench.executor.launched[-1].run_id
    bench.dead.add(1)
    bench.executor, bench.engine = bench.another()
    go_to(bench, "23 14:05")
    bench.now = at("23 14:30")
    bench.end(AttemptKey(run_id, "a", 1), AttemptState.FAILED, "exit code 1")
    assert [kind for kind, _ in events(bench)] == ["deadline.at_risk"]
