"""Runs become attempts, and outcomes become the next step."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.domain.events import Event
from workflow_scheduler.domain.run import AttemptState
from workflow_scheduler.domain.schedule import OverlapScope
from workflow_scheduler.domain.workflow import Guarantee, Retry, Task
from workflow_scheduler.engine.dispatcher import CLAIMED_AHEAD
from workflow_scheduler.engine.wakeups import Hint
from workflow_scheduler.executors.base import CheckingOutputs, NotLaunched, Outcome, Started
from workflow_scheduler.operations.runs.start import cancel_run, request_run, retry_run
from workflow_scheduler.storage import engines, events, tables


def workflow(bench, *tasks: Task, **policies: object) -> None:
    bench.commands.create_workflow("w", bench.now)
    bench.commands.change_workflow("w", lambda one: replace(one, tasks=tasks, **policies), bench.now)


def start(bench, **options: object) -> str:
    run_id = request_run(bench.database, "w", bench.now, **options)
    bench.step()
    return run_id


def task_states(bench, run_id: str) -> list[str]:
    return [task["state"] for task in bench.run(run_id)["tasks"]]


def test_a_chain_goes_step_by_step(bench) -> None:
    workflow(bench, Task("a", "x"), Task("b", "x"))
    run_id = start(bench)
    assert bench.executor.launched == [(run_id, "a", 1)]
    bench.executor.report(Started((run_id, "a", 1), bench.now, 77))
    bench.step()
    assert bench.run(run_id)["tasks"][0]["attempts"][0]["pid"] == 77
    bench.end((run_id, "a", 1))
    assert bench.executor.launched[1:] == [(run_id, "b", 1)]
    bench.end((run_id, "b", 1))
    assert bench.run(run_id)["state"] == "succeeded"


def test_an_outcome_without_a_start_notice_is_enough(bench) -> None:
    workflow(bench, Task("a", "x"))
    run_id = start(bench)
    bench.end((run_id, "a", 1))
    attempt = bench.run(run_id)["tasks"][0]["attempts"][0]
    assert (attempt["state"], attempt["exit_code"]) == ("succeeded", 0)


def test_an_outcome_that_comes_twice_counts_once(bench) -> None:
    workflow(bench, Task("a", "x", retry=Retry(limit=5)))
    run_id = start(bench)
    bench.end((run_id, "a", 1))
    bench.end((run_id, "a", 1), AttemptState.FAILED)
    assert bench.run(run_id)["state"] == "succeeded"


def test_a_retry_waits_its_delay_and_starts_fresh_in_each_run(bench) -> None:
    workflow(bench, Task("a", "x", retry=Retry(limit=1, delay=30)))
    for _ in range(2):
        run_id = start(bench)
        bench.end((run_id, "a", 1), AttemptState.FAILED, "exit code 1")
        assert task_states(bench, run_id) == ["waiting"]
        bench.pass_time(seconds=29)
        assert bench.executor.launched[-1] == (run_id, "a", 1)
        bench.pass_time(seconds=1)
        assert bench.executor.launched[-1] == (run_id, "a", 2)
        bench.end((run_id, "a", 2), AttemptState.FAILED, "exit code 1")
        assert bench.run(run_id)["state"] == "failed"


def test_output_checks_are_a_state_of_their_own(bench) -> None:
    workflow(bench, Task("a", "x"))
    run_id = start(bench)
    bench.executor.report(CheckingOutputs((run_id, "a", 1), 0))
    bench.step()
    assert bench.run(run_id)["tasks"][0]["attempts"][0]["state"] == "checking_outputs"


def test_processes_and_runs_are_limited(bench) -> None:
    workflow(bench, *(Task(f"t{n}", "x", depends_on=()) for n in range(CLAIMED_AHEAD + 9)))
    run_id = start(bench)
    assert bench.executor.most == 5
    assert len(bench.executor.launched) == CLAIMED_AHEAD + 5
    bench.end(bench.executor.launched[0])
    assert len(bench.executor.launched) == CLAIMED_AHEAD + 6
    for _ in range(11):
        start(bench)
    assert bench.queries.open_runs() == {"queued": 2, "running": 10}
    assert run_id


def test_max_active_runs_holds_back_runs_of_one_workflow(bench) -> None:
    workflow(bench, Task("a", "x"), max_active_runs=1)
    first, second = start(bench), start(bench)
    assert bench.run(second)["state"] == "queued"
    bench.end((first, "a", 1))
    assert bench.run(second)["state"] == "running"


def test_a_limit_counts_the_runs_of_versions_that_had_none(bench) -> None:
    workflow(bench, Task("a", "x"))
    runs = [request_run(bench.database, "w", bench.now)]
    bench.commands.change_workflow("w", lambda one: replace(one, max_active_runs=2), bench.now)
    runs += [request_run(bench.database, "w", bench.now + timedelta(seconds=n)) for n in (1, 2)]
    bench.step()
    assert [bench.run(run_id)["state"] for run_id in runs] == ["running", "running", "queued"]


def test_a_limit_counts_runs_that_were_started_before_anybody_had_to_count(bench, monkeypatch) -> None:
    monkeypatch.setattr("workflow_scheduler.engine.dispatcher.STARTS_AT_ONCE", 1)
    workflow(bench, Task("a", "x"))
    runs = [request_run(bench.database, "w", bench.now)]
    bench.commands.change_workflow("w", lambda one: replace(one, max_active_runs=1), bench.now)
    runs.append(request_run(bench.database, "w", bench.now + timedelta(seconds=1)))
    bench.step()
    bench.step()
    assert [bench.run(run_id)["state"] for run_id in runs] == ["running", "queued"]


def test_what_the_system_refused_is_tried_again(bench) -> None:
    workflow(bench, Task("a", "x"))
    run_id = start(bench)
    bench.executor.report(NotLaunched((run_id, "a", 1), "too many open files"))
    bench.step()
    assert bench.engine._dispatcher.live == set(), "it takes no place meanwhile"
    bench.step()
    assert bench.executor.launched == [(run_id, "a", 1)] * 2


def test_cancelling_a_queued_run_is_immediate_and_a_running_one_is_stopped(bench) -> None:
    workflow(bench, Task("a", "x"), Task("b", "x"), max_active_runs=1)
    first, second = start(bench), start(bench)
    cancel_run(bench.database, second, bench.now)
    assert bench.run(second)["state"] == "cancelled"
    cancel_run(bench.database, first, bench.now)
    bench.step()
    assert bench.executor.stopped == [(first, "a", 1)]
    bench.end((first, "a", 1), AttemptState.CANCELLED, "cancelled by hand")
    assert (bench.run(first)["state"], task_states(bench, first)) == ("cancelled", ["cancelled", "cancelled"])
    with pytest.raises(Refused, match="already ended"):
        cancel_run(bench.database, first, bench.now)


def test_a_success_that_races_a_cancel_stays_a_success(bench) -> None:
    workflow(bench, Task("a", "x"))
    run_id = start(bench)
    cancel_run(bench.database, run_id, bench.now)
    bench.end((run_id, "a", 1))
    assert bench.run(run_id)["state"] == "succeeded"


def test_what_could_not_be_launched_yet_is_cancelled_at_once(bench) -> None:
    workflow(bench, Task("a", "x"))
    run_id = start(bench)
    bench.executor.report(NotLaunched((run_id, "a", 1), "too many open files"))
    bench.step()
    cancel_run(bench.database, run_id, bench.now)
    bench.step()
    found = bench.run(run_id)
    assert (found["state"], task_states(bench, run_id)) == ("cancelled", ["cancelled"])
    assert [one["state"] for one in found["tasks"][0]["attempts"]] == ["cancelled"]
    assert bench.executor.launched == [(run_id, "a", 1)]


def test_a_failure_that_races_a_cancel_is_not_tried_again(bench) -> None:
    workflow(bench, Task("a", "x", retry=Retry(limit=5, delay=60)))
    run_id = start(bench)
    cancel_run(bench.database, run_id, bench.now)
    bench.end((run_id, "a", 1), AttemptState.FAILED, "exit code 1")
    found = bench.run(run_id)
    assert (found["state"], found["reason"], task_states(bench, run_id)) == (
        "cancelled",
        "cancelled by hand",
        ["cancelled"],
    )
    assert found["tasks"][0]["attempts"][0]["state"] == "failed"
    # Nor is it told of a retry, not even for the moment until the cancelling is noticed.
    kinds = [event.kind for _, event in bench.database.read(lambda db: events.events_after(db, 0, 100))]
    assert [kind for kind in kinds if kind.startswith("task.")] == ["task.running", "task.cancelled"]
    bench.pass_time(minutes=2)
    assert bench.executor.launched == [(run_id, "a", 1)]


@pytest.mark.parametrize(
    ("guarantee", "state"), [(Guarantee.AT_LEAST_ONCE, "cancelled"), (Guarantee.AT_MOST_ONCE, "unknown")]
)
def test_a_lost_end_that_meets_a_cancel_is_named_and_never_tried_again(bench, guarantee: Guarantee, state: str) -> None:
    """The attempt stays unknown. Its task is only cancelled where another try would have made the loss good."""
    workflow(bench, Task("a", "x", guarantee=guarantee))
    run_id = start(bench)
    cancel_run(bench.database, run_id, bench.now)
    bench.step()
    assert bench.executor.stopped == [(run_id, "a", 1)]
    bench.end((run_id, "a", 1), AttemptState.UNKNOWN, "its keeper was killed")
    bench.pass_time(minutes=2)
    found = bench.run(run_id)
    assert (found["state"], task_states(bench, run_id)) == (state, [state])
    assert [one["state"] for one in found["tasks"][0]["attempts"]] == ["unknown"]
    assert bench.executor.launched == [(run_id, "a", 1)]


def test_what_a_lost_engine_was_cancelling_is_cancelled_by_the_next_one(bench) -> None:
    workflow(bench, Task("a", "x"), Task("b", "x"))
    run_id = start(bench)
    bench.dead.add(1)
    cancel_run(bench.database, run_id, bench.now)
    executor, engine = bench.another()
    engine.step(bench.now)
    engine.step(bench.now)
    assert (executor.adopted, executor.launched) == ([(run_id, "a", 1)], [])
    assert (run_id, "a", 1) in executor.stopped
    executor.report(Outcome((run_id, "a", 1), AttemptState.UNKNOWN, "its keeper was killed", None, None, bench.now))
    engine.take_in()
    engine.step(bench.now)
    assert (bench.run(run_id)["state"], task_states(bench, run_id)) == ("cancelled", ["cancelled", "cancelled"])


def test_retry_reuses_what_succeeded(bench) -> None:
    workflow(bench, Task("a", "x"), Task("b", "x"))
    old = start(bench)
    bench.end((old, "a", 1))
    bench.end((old, "b", 1), AttemptState.FAILED, "exit code 1")
    new = retry_run(bench.database, old, bench.now)
    bench.step()
    assert bench.executor.launched[-1] == (new, "b", 1)
    bench.end((new, "b", 1))
    assert bench.run(new)["state"] == "succeeded"
    with pytest.raises(Refused, match="--all"):
        retry_run(bench.database, new, bench.now)
    again = retry_run(bench.database, new, bench.now, everything=True)
    bench.step()
    assert bench.executor.launched[-1] == (again, "a", 1)


def test_a_run_keeps_the_version_that_it_took(bench) -> None:
    workflow(bench, Task("a", "x"), Task("b", "x"))
    run_id = start(bench)
    bench.commands.delete_task("w", "b", bench.now)
    bench.end((run_id, "a", 1))
    assert bench.executor.launched[-1] == (run_id, "b", 1)


def test_a_gone_engines_attempts_are_adopted(bench) -> None:
    workflow(bench, Task("a", "x"))
    run_id = start(bench)
    bench.dead.add(1)
    executor, engine = bench.another()
    engine.step(bench.now)
    assert executor.adopted == [(run_id, "a", 1)]
    # What the old one still says is refused.
    bench.end((run_id, "a", 1), AttemptState.FAILED)
    assert bench.run(run_id)["state"] == "running"


def test_an_engine_that_stands_still_past_its_lease_loses_its_work(bench, monkeypatch) -> None:
    workflow(bench, Task("a", "x"))
    run_id = start(bench)
    executor, engine = bench.another()
    ticks = [1000.0]
    monkeypatch.setattr("workflow_scheduler.engine.loop.time.monotonic", lambda: ticks[0])
    engine.step(bench.now)
    ticks[0] += 29
    engine.step(bench.now)
    assert executor.adopted == []
    ticks[0] += 2
    engine.step(bench.now)
    assert executor.adopted == [(run_id, "a", 1)]
    bench.step()  # it wakes up, and finds that it was taken for dead
    assert bench.engine._ended


def test_an_engine_that_was_taken_for_dead_begins_nothing_from_memory(bench) -> None:
    workflow(bench, Task("a", "x", retry=Retry(limit=3, delay=60)))
    run_id = start(bench)
    bench.end((run_id, "a", 1), AttemptState.FAILED)
    bench.dead.add(1)
    executor, engine = bench.another()
    engine.step(bench.now)
    bench.now += timedelta(seconds=61)
    # It has not heard of it yet: its heart beats later.
    bench.engine.step(bench.now, {Hint.CHANGED})
    assert bench.executor.launched == [(run_id, "a", 1)]
    engine.step(bench.now)
    assert executor.launched == [(run_id, "a", 2)]


def test_a_wish_to_cancel_is_seen_in_a_run_that_is_in_memory(bench) -> None:
    workflow(bench, Task("a", "x", retry=Retry(limit=3, delay=60)), Task("b", "x"))
    run_id = start(bench)
    bench.end((run_id, "a", 1), AttemptState.FAILED)
    cancel_run(bench.database, run_id, bench.now)
    bench.step()
    found = bench.run(run_id)
    assert (found["state"], found["reason"]) == ("cancelled", "cancelled by hand")
    assert {task["state"] for task in found["tasks"]} == {"cancelled"}


def test_more_runs_than_one_pass_starts_all_start(bench, monkeypatch) -> None:
    monkeypatch.setattr("workflow_scheduler.engine.dispatcher.STARTS_AT_ONCE", 2)
    workflow(bench, Task("a", "x"))
    for _ in range(5):
        request_run(bench.database, "w", bench.now)
    for _ in range(3):
        bench.step()
    assert bench.queries.open_runs() == {"queued": 0, "running": 5}


@pytest.mark.parametrize(
    ("guarantee", "state"), [(Guarantee.AT_LEAST_ONCE, "running"), (Guarantee.AT_MOST_ONCE, "unknown")]
)
def test_an_unknown_end_follows_the_policy(bench, guarantee: Guarantee, state: str) -> None:
    workflow(bench, Task("a", "x", guarantee=guarantee))
    run_id = start(bench)
    bench.end((run_id, "a", 1), AttemptState.UNKNOWN, "nobody knows")
    bench.pass_time(seconds=1)
    assert bench.run(run_id)["state"] == state


def test_a_run_that_is_kept_for_an_engine_is_left_to_it(bench) -> None:
    workflow(bench, Task("a", "x"))
    executor, engine = bench.another(role="here")
    run_id = start(bench, engine_id=engine.id)
    assert bench.executor.launched == []
    engine.step(bench.now)
    assert executor.launched == [(run_id, "a", 1)]


def test_if_that_engine_dies_before_it_began_anybody_may_run_it(bench) -> None:
    workflow(bench, Task("a", "x"))
    _, engine = bench.another(role="here")
    run_id = start(bench, engine_id=engine.id)
    bench.dead.add(2)
    bench.step()
    bench.step()
    assert bench.executor.launched == [(run_id, "a", 1)]


def test_what_was_stored_although_the_answer_was_lost_is_started_all_the_same(bench, monkeypatch) -> None:
    workflow(bench, Task("a", "x"))
    bench.step()
    run_id = request_run(bench.database, "w", bench.now)
    real = bench.database.write

    def twice(work, **options):
        real(work, **options)
        return real(work, **options)

    with monkeypatch.context() as patch:
        patch.setattr(bench.database, "write", twice)
        bench.engine.step(bench.now, {Hint.CHANGED})
    assert bench.executor.launched == []
    bench.step()
    assert bench.executor.adopted == [(run_id, "a", 1)]
    bench.step()
    assert bench.executor.adopted == [(run_id, "a", 1)]
    bench.end((run_id, "a", 1))
    assert bench.run(run_id)["state"] == "succeeded"


def test_stop_and_wait_starts_nothing_more(bench) -> None:
    workflow(bench, Task("a", "x"), Task("b", "x"))
    run_id = start(bench)
    bench.engine.request_stop("wait")
    late = start(bench)
    assert bench.run(late)["state"] == "queued"
    bench.end((run_id, "a", 1))
    assert not bench.engine._ended
    bench.end((run_id, "b", 1))
    assert bench.engine._ended


def test_stop_and_kill_cancels(bench) -> None:
    workflow(bench, Task("a", "x"))
    run_id = start(bench)
    bench.engine.request_stop("kill")
    bench.step()
    assert bench.executor.stopped == [(run_id, "a", 1)]
    bench.end((run_id, "a", 1), AttemptState.CANCELLED, "stopped")
    assert bench.engine._ended


def test_a_thousand_due_at_once_all_run(bench) -> None:
    workflow(bench, Task("a", "x"))
    for number in range(1000):
        at = {"at": "2026-11-23 01:00:00"}
        bench.commands.add_schedule("w", at, bench.now, schedule_id=f"s{number}", overlap_scope=OverlapScope.SCHEDULE)
    bench.now += timedelta(minutes=1)
    done = 0
    while done < 1000:
        bench.step()
        for key in bench.executor.launched[done:]:
            bench.executor.report(Started(key, bench.now, 1))
            bench.executor.report(Outcome(key, AttemptState.SUCCEEDED, "exit code 0", 0, bench.now, bench.now))
            done += 1
    bench.step()
    assert {one["state"] for one in bench.queries.run_list(limit=None)} == {"succeeded"}
    assert len(set(bench.executor.launched)) == 1000


def test_the_estimate_is_the_median_of_past_successes(bench) -> None:
    workflow(bench, Task("a", "x"))
    assert bench.queries.estimate("w") is None
    for seconds in (10, 90, 20):
        run_id = start(bench)
        bench.now += timedelta(seconds=seconds)
        bench.end((run_id, "a", 1))
    failed = start(bench)
    bench.now += timedelta(seconds=500)
    bench.end((failed, "a", 1), AttemptState.FAILED, "exit code 1")
    assert bench.queries.estimate("w") == 20


def test_a_workflow_made_of_the_name_of_a_renamed_one_runs_its_own_tasks(bench) -> None:
    workflow(bench, Task("old", "x"))
    bench.end((start(bench), "old", 1))
    bench.commands.rename_workflow("w", "v", bench.now)
    bench.pass_time(seconds=1)
    workflow(bench, Task("new", "x"))
    run_id = start(bench)
    assert bench.executor.launched[-1] == (run_id, "new", 1)


def test_an_engine_that_ran_under_another_host_name_is_taken_over_where_nobody_else_can_be(bench) -> None:
    workflow(bench, Task("a", "x"))
    run_id = start(bench)
    bench.database.write(lambda db: db.execute(tables.engines.update().values(host="before")))
    bench.dead.add(1)
    executor, engine = bench.another()
    engine.step(bench.now)
    assert executor.adopted == ([(run_id, "a", 1)] if bench.database.is_sqlite else [])


def test_what_a_stopped_engine_of_another_host_left_running_is_left_to_that_host(bench) -> None:
    workflow(bench, Task("a", "x"))
    run_id = start(bench)
    bench.database.write(lambda db: db.execute(tables.engines.update().values(host="elsewhere", stopped_at=bench.now)))
    executor, engine = bench.another()
    engine.step(bench.now)
    assert executor.adopted == ([(run_id, "a", 1)] if bench.database.is_sqlite else [])
    assert bench.run(run_id)["state"] == "running"


def test_two_engines_keep_the_limit_of_a_workflow_between_them(bench) -> None:
    workflow(bench, Task("a", "x"), max_active_runs=1)
    _, other = bench.another()
    for _ in range(2):
        request_run(bench.database, "w", bench.now)
    if bench.database.is_sqlite:
        bench.step()
        other.step(bench.now)
    else:  # both in the middle of a pass at once
        threads = [threading.Thread(target=engine.step, args=(bench.now,)) for engine in (bench.engine, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(240)
    states = sorted(run["state"] for run in bench.queries.run_list(limit=None))
    assert states == ["queued", "running"]


def test_who_asked_it_to_wait_may_ask_for_more(bench) -> None:
    workflow(bench, Task("a", "x"))
    run_id = start(bench)
    bench.database.write(lambda db: engines.request_stop(db, bench.engine.id, "wait", bench.now))
    bench.step()
    assert bench.executor.stopped == []
    bench.database.write(lambda db: engines.request_stop(db, bench.engine.id, "kill", bench.now))
    bench.step()
    assert bench.executor.stopped == [(run_id, "a", 1)]


def test_a_request_to_wait_is_taken_back(bench) -> None:
    workflow(bench, Task("a", "x", retry=Retry(limit=1, delay=60)))
    run_id = start(bench)
    bench.database.write(lambda db: engines.request_stop(db, bench.engine.id, "wait", bench.now))
    bench.step()
    queued = request_run(bench.database, "w", bench.now)
    bench.step()
    assert bench.run(queued)["state"] == "queued"
    assert bench.database.write(lambda db: engines.withdraw_stop(db, bench.engine.id))
    assert not bench.database.write(lambda db: engines.withdraw_stop(db, bench.engine.id))
    bench.step()
    assert bench.run(queued)["state"] == "running"
    for name in (run_id, queued):
        bench.database.write(lambda db: engines.request_stop(db, bench.engine.id, "wait", bench.now))
        assert not bench.engine._ended
        bench.end((name, "a", 1), AttemptState.FAILED)
    # Both only wait for a retry, which the next engine makes.
    assert bench.engine._ended
    assert [bench.run(name)["state"] for name in (run_id, queued)] == ["running", "running"]


def test_events_become_visible_in_the_order_of_their_numbers(bench) -> None:
    """Who reads on from a number must not miss a smaller one that was committed later."""
    if bench.database.is_sqlite:
        return  # one writer at a time
    first_holds, first_may_end = threading.Event(), threading.Event()

    def slowly(db) -> None:
        events.record_events(db, [Event(bench.now, "run.queued", "w", run_id="first")])
        first_holds.set()
        first_may_end.wait(240)

    slow = threading.Thread(target=bench.database.write, args=(slowly,))
    slow.start()
    first_holds.wait(240)
    quick = threading.Thread(
        target=bench.database.write,
        args=(lambda db: events.record_events(db, [Event(bench.now, "run.queued", "w", run_id="second")]),),
    )
    quick.start()
    quick.join(0.3)
    assert bench.database.read(lambda db: events.events_after(db, 0, 10)) == []
    first_may_end.set()
    slow.join(240)
    quick.join(240)
    found = bench.database.read(lambda db: events.events_after(db, 0, 10))
    assert [event.run_id for _, event in found] == ["first", "second"]


def test_a_look_finds_what_was_written_without_a_signal_and_nothing_else(bench, monkeypatch) -> None:
    bench.commands.create_workflow("w", bench.now)
    bench.commands.add_task("w", Task("a", "x"), bench.now)
    bench.engine.step(bench.now)
    passes: list[object] = []
    monkeypatch.setattr(bench.engine, "_pass", lambda *call: passes.append(call))

    def passes_of_a_look() -> int:
        passes.clear()
        bench.engine.step(bench.now, {Hint.LOOK})
        return len(passes)

    # PostgreSQL itself may have written something, such as its statistics.
    assert 0 in [passes_of_a_look() for _ in range(3)]
    request_run(bench.database, "w", bench.now)
    assert passes_of_a_look() == 1


def test_the_definitions_in_memory_are_bounded(bench, monkeypatch) -> None:
    monkeypatch.setattr("workflow_scheduler.engine.dispatcher.DEFINITIONS_KEPT", 2)
    for name in ("a", "b", "c"):
        bench.commands.create_workflow(name, bench.now)
        bench.commands.add_task(name, Task("a", "x"), bench.now)
        request_run(bench.database, name, bench.now)
        bench.step()
        assert len(bench.engine._dispatcher._definitions) <= 2
