"""Situations made for real, and the verdict about each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from operated import changed

from workflow_scheduler.definitions.calendars import read_calendar
from workflow_scheduler.domain.account import AuditEntry
from workflow_scheduler.domain.deadlines import ScheduleDeadlines
from workflow_scheduler.domain.errors import InvalidInput, NotFound
from workflow_scheduler.domain.explanation import GATES, Explanation, GateCode, GateState, VerdictCode
from workflow_scheduler.domain.output_file import OutputFile
from workflow_scheduler.domain.parameters import Parameter
from workflow_scheduler.domain.policies import Catchup, Collide, OnClosed, Overlap
from workflow_scheduler.domain.run import AttemptKey, AttemptState
from workflow_scheduler.domain.task import Guarantee, Retry, Task
from workflow_scheduler.engine.admission import Rule
from workflow_scheduler.executors.base import Outcome, Started
from workflow_scheduler.operations.access.recording import recorded
from workflow_scheduler.operations.calendars.edit import apply_calendars
from workflow_scheduler.operations.condition import Holder
from workflow_scheduler.operations.explanations.explain import explain
from workflow_scheduler.operations.explanations.question import Question, Situation
from workflow_scheduler.operations.explanations.runs import OF_RULE
from workflow_scheduler.operations.runs.start import cancel_run, retry_run
from workflow_scheduler.operations.schedules.planner_pause import pause_planner, resume_planner
from workflow_scheduler.operations.schedules.planning import planning_of
from workflow_scheduler.operations.workflows.edit import rename_workflow
from workflow_scheduler.storage import catalog, engines

DAILY = {"cron": "0 1 * * *"}
_GATES = list(GateCode)


def ask(
    bench, workflow: str = "w", *, runs: bool = True, room: str = "", max_runs: int = 10, **asked: Any
) -> Explanation:
    """`runs`: whether the scheduler does."""
    about = Holder(1, bench.engine.id) if runs and bench.engine.id else None
    situation = Situation(planning_of(bench.database, about, bench.now), max_runs, room, "UTC")
    found = explain(bench.database, Question(workflow, **asked), situation)
    assert_in_order(found)
    return found


def assert_in_order(found: Explanation) -> None:
    """The gates come from the top, and all after the last one that was reached are there."""
    rest = [gate.code for gate in found.gates if gate.state is GateState.NOT_REACHED]
    assert rest == _GATES[len(_GATES) - len(rest) :]
    assert found.verdict.endswith(".")
    assert ".." not in found.verdict


def stop_of(found: Explanation) -> GateCode | None:
    """The gate that stopped it."""
    return next((gate.code for gate in found.gates if gate.state is GateState.STOPPED), None)


def fact(found: Explanation, code: GateCode) -> str:
    return next(gate.fact for gate in reversed(found.gates) if gate.code is code)


def made(bench, spec: dict[str, Any] = DAILY, *tasks: Task, **policies: Any) -> None:
    """The workflow w, with the schedule s; a minute later the fire of 01:00 is due."""
    bench.make(*(tasks or (Task("a", "x"),)))
    bench.commands.add_schedule("w", spec, bench.now, schedule_id="s", **policies)


def edit(bench, **changes: Any) -> None:
    bench.commands.edit_schedule("s", lambda old: changed(old, **changes), bench.now)


def calendar(bench, **definition: Any) -> None:
    apply_calendars(bench.database, [read_calendar({"id": "c", **definition})], Path("/nowhere"), bench.now)


def stop(bench) -> None:
    """The scheduler stops."""
    bench.database.write(lambda db: engines.stop_engine(db, bench.engine.id, bench.now))


def down(bench, hours: int) -> None:
    """The scheduler stops, and another one starts after that time."""
    stop(bench)
    bench.now += timedelta(hours=hours)
    bench.executor, bench.engine = bench.another()
    bench.step()


def begin(bench) -> None:
    """Every attempt that was launched has its process."""
    for key in bench.executor.launched:
        bench.executor.report(Started(key, bench.now, 4711))
    bench.step()


# Each makes a situation, and returns what is asked.


def never_started(bench) -> dict[str, Any]:
    made(bench)
    bench.database.write(lambda db: db.run("DELETE FROM engines"))
    bench.now += timedelta(hours=2)
    return {"runs": False}


def stopped_at_the_time(bench) -> dict[str, Any]:
    made(bench)
    bench.step()
    stop(bench)
    bench.now += timedelta(hours=2)
    return {"runs": False}


def missed_without_catchup(bench) -> dict[str, Any]:
    made(bench, catchup=Catchup.NONE)
    bench.step()
    down(bench, 5)
    return {}


def missed_beyond_the_window(bench) -> dict[str, Any]:
    made(bench, catchup_window=60.0)
    bench.step()
    down(bench, 5)
    return {}


def caught_up(bench) -> dict[str, Any]:
    made(bench)
    bench.step()
    down(bench, 5)
    begin(bench)
    return {}


def covered_by_another(bench) -> dict[str, Any]:
    made(bench, {"every": "1h"})
    bench.step()
    down(bench, 5)
    return {"at": "2026-11-23 01:59"}


def caught_up_with_all(bench) -> dict[str, Any]:
    made(bench, {"every": "1h"}, catchup=Catchup.ALL)
    bench.step()
    down(bench, 5)
    return {"at": "2026-11-23 03:59"}


def planner_paused(bench) -> dict[str, Any]:
    made(bench)
    bench.step()
    pause_planner(bench.database, bench.now, "anna")
    bench.pass_time(hours=2)
    return {}


def planner_was_paused(bench) -> dict[str, Any]:
    made(bench)
    bench.step()
    entry = AuditEntry(bench.now, "anna", "", "scheduler planner pause", "")
    pause_planner(recorded(bench.database, lambda: entry), bench.now, "anna")
    bench.pass_time(hours=2)
    resume_planner(bench.database, bench.now)
    return {}


def schedule_paused(bench) -> dict[str, Any]:
    made(bench, {"every": "1h"})
    bench.step()
    edit(bench, enabled=False)
    bench.pass_time(hours=3, minutes=5)
    return {}


def schedule_was_paused(bench) -> dict[str, Any]:
    made(bench)
    bench.step()
    edit(bench, enabled=False)
    bench.pass_time(hours=2)
    edit(bench, enabled=True)
    return {}


def workflow_disabled(bench) -> dict[str, Any]:
    made(bench)
    bench.step()
    bench.commands.change_workflow("w", lambda workflow: replace(workflow, enabled=False), bench.now)
    bench.pass_time(hours=2)
    return {}


def skipped_by_request(bench) -> dict[str, Any]:
    made(bench)
    bench.step()
    bench.commands.skip_fires("s", 1, bench.now, "anna")
    bench.pass_time(days=1)
    return {"at": "2026-11-23 01:00"}


def paused_until(bench) -> dict[str, Any]:
    made(bench, paused_until="2026-11-24")
    bench.pass_time(days=1, hours=2)
    return {"at": "2026-11-23 01:00"}


def before_from(bench) -> dict[str, Any]:
    made(bench, from_="2026-11-25")
    bench.pass_time(hours=2)
    return {"at": "2026-11-23 01:00"}


def after_until(bench) -> dict[str, Any]:
    made(bench, until="2026-11-23")
    bench.pass_time(days=1)
    return {"at": "2026-11-24 01:00"}


def closed_day(bench) -> dict[str, Any]:
    calendar(bench, closed=["2026-11-23"])
    made(bench, calendar="c")
    bench.pass_time(days=1, hours=2)
    return {"at": "2026-11-23 01:00"}


def moved_to_the_next_day(bench) -> dict[str, Any]:
    calendar(bench, closed=["2026-11-23"])
    made(
        bench,
        calendar="c",
        on_closed=OnClosed.NEXT,
        collide=Collide.RUN_BOTH,
        overlap=Overlap.ALLOW,
        catchup=Catchup.ALL,
    )
    bench.pass_time(days=1, minutes=1)
    begin(bench)
    return {"at": "2026-11-23 01:00"}


def moved_to_the_previous_day(bench) -> dict[str, Any]:
    calendar(bench, closed=["2026-11-24"])
    made(
        bench,
        calendar="c",
        on_closed=OnClosed.PREVIOUS,
        collide=Collide.RUN_BOTH,
        overlap=Overlap.ALLOW,
        catchup=Catchup.ALL,
    )
    bench.pass_time(minutes=1)
    begin(bench)
    return {"at": "2026-11-24 01:00"}


def coalesced_on_a_day(bench) -> dict[str, Any]:
    calendar(bench, closed=["2026-11-23"])
    made(bench, calendar="c", on_closed=OnClosed.NEXT)
    bench.pass_time(hours=2)
    bench.pass_time(days=1)
    return {"at": "2026-11-23 01:00"}


def gap_of_the_clock(bench) -> dict[str, Any]:
    bench.now = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    made(bench, {"cron": "30 2 * * *"}, timezone="Europe/Berlin")
    bench.step()
    bench.pass_time(hours=1)
    begin(bench)
    return {"at": "2026-03-29T01:00:00+00:00"}


def repeated_hour(bench) -> dict[str, Any]:
    bench.now = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    made(bench, {"cron": "30 2 * * *"}, timezone="Europe/Berlin")
    bench.step()
    bench.pass_time(minutes=31)
    begin(bench)
    return {"at": "2026-10-25T00:30:00+00:00"}


def overlap_skipped(bench) -> dict[str, Any]:
    made(bench, {"every": "1h"}, overlap=Overlap.SKIP)
    bench.step()
    bench.pass_time(hours=1)
    bench.pass_time(hours=1)
    return {}


def overlap_queued(bench) -> dict[str, Any]:
    made(bench, {"every": "1h"})
    bench.step()
    bench.pass_time(hours=1)
    bench.pass_time(hours=1)
    return {}


def overlap_one_waits_already(bench) -> dict[str, Any]:
    overlap_queued(bench)
    bench.pass_time(hours=1)
    return {}


def overlap_replaced(bench) -> dict[str, Any]:
    made(bench, {"every": "1h"}, overlap=Overlap.REPLACE)
    bench.step()
    bench.pass_time(hours=1)
    bench.pass_time(hours=1)
    bench.end(bench.executor.launched[0], AttemptState.CANCELLED, "replaced")
    return {"at": "2026-11-23 01:59"}


def full_workflow(bench) -> dict[str, Any]:
    bench.make(Task("a", "x"), max_active_runs=1)
    bench.step()
    bench.start()
    return {"run": bench.start()}


def full_scheduler(bench) -> dict[str, Any]:
    bench.make(Task("a", "x"))
    bench.step()
    stop(bench)
    bench.executor, bench.engine = bench.another(max_runs=1)
    bench.step()
    bench.start()
    return {"run": bench.start(), "max_runs": 1}


def full_disk(bench) -> dict[str, Any]:
    bench.make(Task("a", "x"))
    bench.step()
    bench.free = 0
    return {"run": bench.start(), "room": "Only 3 MB are free."}


def hung(bench) -> dict[str, Any]:
    made(bench)
    bench.step()
    bench.now += timedelta(hours=2)
    return {}


def taken_over(bench) -> dict[str, Any]:
    """Killed without a word, and found to be gone by the next one."""
    made(bench, catchup=Catchup.NONE)
    bench.step()
    bench.dead.add(1)
    bench.now += timedelta(hours=4)
    bench.executor, bench.engine = bench.another()
    bench.step()
    return {}


def deleted_workflow(bench) -> dict[str, Any]:
    made(bench)
    bench.commands.delete_workflow("w", bench.now)
    return {}


def deleted_schedule(bench) -> dict[str, Any]:
    made(bench)
    bench.pass_time(hours=1)
    bench.commands.delete_schedule("s", bench.now)
    return {"schedule": "s"}


def renamed(bench) -> dict[str, Any]:
    made(bench)
    entry = AuditEntry(bench.now, "anna", "", "scheduler workflow rename", "w v")
    rename_workflow(recorded(bench.database, lambda: entry), "w", "v", bench.now)
    return {}


def no_schedule(bench) -> dict[str, Any]:
    bench.make(Task("a", "x"))
    return {}


def no_tasks(bench) -> dict[str, Any]:
    bench.commands.create_workflow("w", bench.now)
    bench.commands.add_schedule("w", DAILY, bench.now, schedule_id="s")
    return {}


def not_due_yet(bench) -> dict[str, Any]:
    made(bench)
    bench.step()
    return {}


def never_due_again(bench) -> dict[str, Any]:
    made(bench, {"at": "2026-11-23 01:00"})
    bench.step()
    bench.pass_time(hours=1)
    bench.end(bench.executor.launched[0])
    return {}


def at_the_next_start(bench) -> dict[str, Any]:
    made(bench, {"at_start": "boot"})
    bench.step()
    return {"next": True}


def not_a_minute_of_it(bench) -> dict[str, Any]:
    made(bench)
    bench.step()
    return {"at": "2026-11-22 06:30"}


def not_a_multiple(bench) -> dict[str, Any]:
    made(bench, {"every": "1h"})
    bench.step()
    return {"at": "2026-11-23 02:30"}


def not_that_business_day(bench) -> dict[str, Any]:
    calendar(bench, weekend="sat,sun")
    made(bench, {"business_day": {"nth": 1, "of": "month", "time": "01:00"}}, calendar="c")
    bench.step()
    return {"at": "2026-11-24 01:00"}


def not_that_date(bench) -> dict[str, Any]:
    made(bench, {"at": "2026-11-23 01:00"})
    bench.step()
    return {"at": "2026-11-24 01:00"}


def in_the_future(bench) -> dict[str, Any]:
    made(bench)
    bench.step()
    return {"at": "2026-12-24 01:00"}


def before_it_was_added(bench) -> dict[str, Any]:
    made(bench)
    bench.step()
    return {"at": "2026-11-20 01:00"}


def cancelled_by_hand(bench) -> dict[str, Any]:
    made(bench)
    bench.step()
    bench.pass_time(hours=1)
    cancel_run(bench.database, bench.only_run().id, bench.now)
    bench.step()
    bench.end(bench.executor.launched[0], AttemptState.CANCELLED, "cancelled by hand")
    return {}


def cancelled_before_it_started(bench) -> dict[str, Any]:
    run = full_workflow(bench)["run"]
    cancel_run(bench.database, run, bench.now)
    bench.step()
    return {"run": run}


def _ended(bench, outcome: dict[str, Any], *tasks: Task) -> dict[str, Any]:
    """The run of 01:00, whose first attempt ends so."""
    made(bench, DAILY, *tasks)
    bench.step()
    bench.pass_time(minutes=2)
    values = {
        "state": AttemptState.FAILED,
        "started_at": bench.now,
        "finished_at": bench.now,
        "exit_code": None,
        **outcome,
    }
    bench.executor.report(Outcome(key=bench.executor.launched[0], **values))
    bench.step()
    return {}


def failed(bench) -> dict[str, Any]:
    return _ended(bench, {"reason": "exit code 3 (expected 0)", "exit_code": 3})


def timed_out(bench) -> dict[str, Any]:
    return _ended(bench, {"state": AttemptState.TIMED_OUT, "reason": "timed out after 5 s", "exit_code": -9})


def output_missing(bench) -> dict[str, Any]:
    outputs = ({"path": "out.csv", "proof": "", "reason": "does not exist"},)
    reason = "out.csv does not exist"
    task = Task("a", "x", output_files=(OutputFile("out.csv"),))
    return _ended(bench, {"reason": reason, "exit_code": 0, "outputs": outputs}, task)


def no_such_program(bench) -> dict[str, Any]:
    return _ended(bench, {"reason": "there is no program 'x'", "started_at": None})


def no_secret(bench) -> dict[str, Any]:
    return _ended(bench, {"reason": "the secret 'db' is not set", "started_at": None})


def dependency_failed(bench) -> dict[str, Any]:
    failing = {"reason": "exit code 3 (expected 0)", "exit_code": 3}
    _ended(bench, failing, Task("a", "x"), Task("b", "x"))
    return {"run": bench.only_run().id, "task": "b"}


def waits_for_a_task(bench) -> dict[str, Any]:
    bench.make(Task("a", "x"), Task("b", "x"))
    bench.step()
    return {"run": bench.start(), "task": "b"}


def retry_waits(bench) -> dict[str, Any]:
    failing = {"reason": "exit code 3 (expected 0)", "exit_code": 3}
    return _ended(bench, failing, Task("a", "x", retry=Retry(3, 600.0)))


def result_unknown(bench) -> dict[str, Any]:
    lost = {"state": AttemptState.UNKNOWN, "reason": "its process ended without a record"}
    return _ended(bench, lost, Task("a", "x", guarantee=Guarantee.AT_MOST_ONCE))


def parameters_do_not_fit(bench) -> dict[str, Any]:
    made(bench)
    workflow, _ = bench.database.read(lambda db: catalog.find_workflow(db, "w"))
    changed_workflow = replace(workflow, params={"day": Parameter()})
    bench.database.write(lambda db: catalog.save_workflow(db, changed_workflow, bench.now))
    bench.step()
    bench.pass_time(minutes=2)
    return {}


def in_progress(bench) -> dict[str, Any]:
    made(bench)
    bench.step()
    bench.pass_time(minutes=2)
    begin(bench)
    return {}


def retried(bench) -> dict[str, Any]:
    failed(bench)
    first = bench.only_run().id
    again = retry_run(bench.database, first, bench.now)
    bench.step()
    bench.end(AttemptKey(again, "a", 1))
    return {"run": first}


def all_succeeded(bench) -> dict[str, Any]:
    made(bench)
    bench.step()
    bench.pass_time(minutes=2)
    bench.end(bench.executor.launched[0])
    return {}


def run_for_a_past_time(bench) -> dict[str, Any]:
    bench.make(Task("a", "x"))
    bench.step()
    run = bench.start(time="2026-11-01")
    bench.end(AttemptKey(run, "a", 1), AttemptState.FAILED, "exit code 1 (expected 0)")
    return {"run": run}


def deleted_run(bench) -> dict[str, Any]:
    all_succeeded(bench)
    bench.database.write(lambda db: [db.run(f"DELETE FROM {table}") for table in ("attempts", "task_runs", "runs")])
    return {"at": "2026-11-23 01:00"}


V, G = VerdictCode, GateCode
SITUATIONS: list[tuple[Callable[[Any], dict[str, Any]], VerdictCode, GateCode | None, str]] = [
    (never_started, V.SCHEDULER_DOWN, G.SCHEDULER, "no scheduler has ever been started; 1 fire so far"),
    (stopped_at_the_time, V.SCHEDULER_DOWN, G.SCHEDULER, "it stopped at 2026-11-23 00:59 +00:00"),
    (missed_without_catchup, V.MISSED, G.SCHEDULER, "the next one started at 2026-11-23 05:59 +00:00"),
    (missed_beyond_the_window, V.MISSED, G.SCHEDULER, "older than the catch-up window"),
    (caught_up, V.RUNNING, None, "is running"),
    (covered_by_another, V.COALESCED, G.SCHEDULER, "one run covers all missed fires"),
    (caught_up_with_all, V.WAITS, G.OVERLAP, "runs of schedule s may not overlap"),
    (planner_paused, V.PLANNER_PAUSED, G.PLANNER, "paused since 2026-11-23 00:59 +00:00 by anna; 1 fire so far"),
    (planner_was_paused, V.PAUSED, G.ENABLED, "by anna at 2026-11-23 00:59 +00:00"),
    (schedule_paused, V.SCHEDULE_PAUSED, G.ENABLED, "paused since 2026-11-23 00:59 +00:00; 3 fires so far"),
    (schedule_was_paused, V.PAUSED, G.ENABLED, "who paused it is not recorded"),
    (workflow_disabled, V.WORKFLOW_DISABLED, G.ENABLED, "workflow disabled since 2026-11-23 00:59 +00:00"),
    (skipped_by_request, V.REQUESTED, G.DISPOSITION, "anna asked to skip it"),
    (paused_until, V.PAUSED, G.ENABLED, "paused until 2026-11-24"),
    (before_from, V.NOT_DUE, G.TRIGGER, "the schedule begins 2026-11-25"),
    (after_until, V.NOT_DUE, G.TRIGGER, "the schedule ended 2026-11-23"),
    (closed_day, V.CLOSED, G.CALENDAR, "skipped on a closed day"),
    (moved_to_the_next_day, V.RUNNING, None, "2026-11-24 01:00"),
    (moved_to_the_previous_day, V.RUNNING, None, "2026-11-23 01:00"),
    (coalesced_on_a_day, V.COALESCED, G.CALENDAR, "which has a fire already"),
    (gap_of_the_clock, V.RUNNING, None, "2026-03-29 03:00 +02:00"),
    (repeated_hour, V.RUNNING, None, "2026-10-25 02:30 +02:00"),
    (overlap_skipped, V.OVERLAP, G.OVERLAP, "another run of this workflow has not finished"),
    (overlap_queued, V.WAITS, G.OVERLAP, "may not overlap"),
    (overlap_one_waits_already, V.OVERLAP, G.OVERLAP, "one run of this workflow is already waiting"),
    (overlap_replaced, V.CANCELLED, G.TASK, "was cancelled"),
    (full_workflow, V.WAITS, G.MAX_ACTIVE_RUNS, "max_active_runs of w is 1"),
    (full_scheduler, V.WAITS, G.SLOTS, "MAX_THREADS is 1"),
    (full_disk, V.WAITS, G.DISK, "only 3 MB are free"),
    (hung, V.SCHEDULER_DOWN, G.SCHEDULER, "is not responding: no heartbeat since 2026-11-23 00:59"),
    (taken_over, V.MISSED, G.SCHEDULER, "it had no heartbeat since 2026-11-23 00:59 +00:00 and was found to be gone"),
    (deleted_workflow, V.DELETED, G.EXISTS, "w was deleted"),
    (deleted_schedule, V.DELETED, G.EXISTS, "Schedule s was deleted"),
    (renamed, V.RENAMED, G.EXISTS, "it became v"),
    (no_schedule, V.NO_SCHEDULE, G.TRIGGER, "runs on request only"),
    (no_tasks, V.NO_TASKS, G.EXISTS, "w has no tasks"),
    (not_due_yet, V.NEVER_DUE, None, "the next is at 2026-11-23 01:00 +00:00"),
    (never_due_again, V.ALL_SUCCEEDED, G.TRIGGER, "it is never due again"),
    (at_the_next_start, V.NO_NEXT, G.TRIGGER, "it fires at the next start"),
    (
        not_a_minute_of_it,
        V.NOT_DUE,
        G.TRIGGER,
        "minute 30 is not in 0; hour 6 is not in 1; the previous fire is 2026-11-22",
    ),
    (not_a_multiple, V.NOT_DUE, G.TRIGGER, "it is 1860 s after a multiple of 3600 s"),
    (not_that_business_day, V.NOT_DUE, G.TRIGGER, "it is not that business day"),
    (not_that_date, V.NOT_DUE, G.TRIGGER, "it fires once, at 2026-11-23 01:00:00"),
    (in_the_future, V.FUTURE, None, "2026-12-24 01:00 +00:00, which is in the future"),
    (before_it_was_added, V.NOT_RECORDED, None, "the schedule was added or changed later"),
    (cancelled_by_hand, V.CANCELLED, G.TASK, "cancelled by hand"),
    (cancelled_before_it_started, V.CANCELLED, G.RUN, "cancelled by hand"),
    (failed, V.FAILED, G.TASK, "task a: exit code 3 (expected 0)"),
    (timed_out, V.TIMED_OUT, G.TASK, "task a: timed out after 5 s"),
    (output_missing, V.OUTPUT, G.TASK, "out.csv does not exist"),
    (no_such_program, V.NOT_LAUNCHED, G.LAUNCH, "there is no program 'x'"),
    (no_secret, V.NOT_LAUNCHED, G.LAUNCH, "the secret 'db' is not set"),
    (dependency_failed, V.TASK_SKIPPED, G.TASK, "a failed"),
    (waits_for_a_task, V.TASK_PENDING, G.TASK, "waits for a"),
    (retry_waits, V.RETRIES, G.RETRY, "retry 1 of 3 in 600 s"),
    (result_unknown, V.UNKNOWN, G.TASK, "not retried (at_most_once)"),
    (parameters_do_not_fit, V.FAILED, G.RUN, "day"),
    (in_progress, V.RUNNING, None, "task a"),
    (retried, V.RETRIED, G.TASK, "its retry did"),
    (all_succeeded, V.ALL_SUCCEEDED, None, "the next is at 2026-11-24 01:00 +00:00"),
    (run_for_a_past_time, V.FAILED, G.TASK, "exit code 1 (expected 0)"),
    (deleted_run, V.NOT_RECORDED, None, "has been deleted"),
]


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation[0].__name__)
def test_a_situation_has_its_verdict(bench, situation) -> None:
    make, verdict, gate, words = situation
    found = ask(bench, **make(bench))
    assert (found.verdict_code, stop_of(found)) == (verdict, gate), found
    assert words in found.verdict, found.verdict


def test_every_rule_of_admission_has_its_gate() -> None:
    assert set(OF_RULE) == set(Rule)
    assert set(OF_RULE.values()) <= set(GATES)


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"at": "noon"}, InvalidInput, "The time 'noon' is invalid"),
        ({"at": "2026-11-23 01:00", "next": True}, InvalidInput, "not by at and next"),
        ({"run": "last", "schedule": "s"}, InvalidInput, "leave out schedule"),
        ({"run": "nothing-like-it"}, NotFound, "no run 'nothing-like-it'"),
        ({"run": "last", "task": "z"}, NotFound, "no task 'z'; there are: a"),
        ({"schedule": "t"}, NotFound, "no schedule 't'"),
        ({"workflow": "x"}, NotFound, "no workflow 'x'"),
    ],
)
def test_a_bad_question_is_refused(bench, asked: dict[str, Any], error: type[Exception], words: str) -> None:
    in_progress(bench)
    with pytest.raises(error, match=words):
        ask(bench, **asked)


def test_a_run_of_another_workflow_is_not_explained(bench) -> None:
    in_progress(bench)
    bench.commands.create_workflow("v", bench.now)
    with pytest.raises(NotFound, match="is not of v"):
        ask(bench, "v", run=bench.only_run().id)


def test_the_next_due_time_and_what_would_keep_it_from_running(bench) -> None:
    made(bench)
    bench.step()
    found = ask(bench, next=True)
    assert (found.verdict_code, found.due_utc) == (V.WILL_RUN, datetime(2026, 11, 23, 1, tzinfo=UTC))
    assert ask(bench, next=True, room="Only 3 MB are free.").verdict_code is V.WOULD_WAIT
    assert stop_of(ask(bench, next=True, max_runs=0)) is G.SLOTS
    bench.start()
    assert stop_of(ask(bench, next=True)) is G.OVERLAP
    bench.commands.skip_fires("s", 1, bench.now, "anna")
    found = ask(bench, next=True)
    assert (found.verdict_code, stop_of(found)) == (V.WILL_SKIP, G.DISPOSITION)
    assert ask(bench, next=True, runs=False).verdict_code is V.SCHEDULER_DOWN
    pause_planner(bench.database, bench.now, "anna")
    assert ask(bench, next=True).verdict_code is V.PLANNER_PAUSED
    edit(bench, enabled=False)
    assert ask(bench, next=True).verdict_code is V.SCHEDULE_PAUSED


def test_what_the_clock_and_the_calendar_did_is_among_the_gates(bench) -> None:
    found = ask(bench, **gap_of_the_clock(bench))
    assert "02:30" in fact(found, G.CLOCK)
    assert fact(found, G.CALENDAR) == "no calendar"


def test_who_did_it_is_told_where_it_is_recorded(bench) -> None:
    made(bench)
    bench.step()
    entry = AuditEntry(bench.now, "anna", "", "scheduler schedule pause", "s")
    database = bench.commands.database
    bench.commands.database = recorded(database, lambda: entry)
    edit(bench, enabled=False)
    bench.pass_time(hours=2)
    found = ask(bench)
    assert found.verdict.endswith("paused since 2026-11-23 00:59 +00:00 by anna; 1 fire so far.")
    bench.commands.database = database
    edit(bench, enabled=True)
    assert "by anna at 2026-11-23 00:59 +00:00" in ask(bench).verdict


def test_of_several_schedules_the_last_due_time_counts(bench) -> None:
    made(bench)
    bench.commands.add_schedule("w", {"cron": "30 1 * * *"}, bench.now, schedule_id="t", enabled=False)
    bench.step()
    bench.pass_time(hours=2)
    assert (ask(bench).schedule_id, ask(bench, schedule="s").schedule_id) == ("t", "s")
    assert ask(bench, at="2026-11-23 01:00").schedule_id == "s"
    assert ask(bench, at="2026-11-23 01:29").schedule_id == "t"


def test_schedules_that_cannot_be_read(bench) -> None:
    calendar(bench, closed=["2026-11-23"])
    made(bench, calendar="c")
    bench.commands.add_schedule("w", DAILY, bench.now, schedule_id="t", calendar="c")
    bench.database.write(lambda db: [db.run(f"DELETE FROM {table}") for table in ("calendar_days", "calendars")])
    for asked in ({}, {"next": True}, {"at": "2026-11-23 01:00"}):
        found = ask(bench, **asked)
        assert (found.verdict_code, stop_of(found)) == (V.UNREADABLE, G.TRIGGER)
        assert "there is no calendar 'c'" in found.verdict
    bench.commands.add_schedule("w", DAILY, bench.now, schedule_id="u")
    assert ask(bench).schedule_id == "u"


def test_a_missed_deadline_is_named_and_stops_nothing(bench) -> None:
    made(bench, deadlines=ScheduleDeadlines(start_within=60.0, finish_by="01:30"))
    bench.pass_time(minutes=1)
    bench.pass_time(minutes=31)
    found = ask(bench, run="last")
    assert (found.verdict_code, stop_of(found)) == (VerdictCode.WAITS, GateCode.SLOTS)  # of the command
    gates = [(gate.state, gate.fact) for gate in found.gates if gate.code is GateCode.DEADLINE]
    assert gates[0] == (GateState.PASSED, "start within: met")
    assert gates[1][0] is GateState.LATE
    assert gates[1][1].startswith(
        "finish by: w of 2026-11-23 01:00 +00:00 had not succeeded by 2026-11-23 01:30 +00:00"
    )
