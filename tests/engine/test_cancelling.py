"""Cancelling, and stopping with or without waiting: what each leaves of a run."""

from __future__ import annotations

import pytest

from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.domain.run import AttemptState
from workflow_scheduler.domain.task import Guarantee, Retry, Task
from workflow_scheduler.executors.base import NotLaunched, Outcome
from workflow_scheduler.operations.runs.start import cancel_run, request_run
from workflow_scheduler.storage import engines, events


def test_cancelling_a_queued_run_is_immediate_and_a_running_one_is_stopped(bench) -> None:
    bench.make(Task("a", "x"), Task("b", "x"), max_active_runs=1)
    first, second = bench.start(), bench.start()
    cancel_run(bench.database, second, bench.now)
    assert bench.run(second).state == "cancelled"
    cancel_run(bench.database, first, bench.now)
    bench.step()
    assert bench.executor.stopped == [(first, "a", 1)]
    bench.end((first, "a", 1), AttemptState.CANCELLED, "cancelled by hand")
    assert (bench.run(first).state, bench.task_states(first)) == ("cancelled", ["cancelled", "cancelled"])
    with pytest.raises(Refused, match="already ended"):
        cancel_run(bench.database, first, bench.now)


def test_a_success_that_races_a_cancel_stays_a_success(bench) -> None:
    bench.make(Task("a", "x"))
    run_id = bench.start()
    cancel_run(bench.database, run_id, bench.now)
    bench.end((run_id, "a", 1))
    assert bench.run(run_id).state == "succeeded"


def test_what_could_not_be_launched_yet_is_cancelled_at_once(bench) -> None:
    bench.make(Task("a", "x"))
    run_id = bench.start()
    bench.executor.report(NotLaunched((run_id, "a", 1), "too many open files"))
    bench.step()
    cancel_run(bench.database, run_id, bench.now)
    bench.step()
    found = bench.run(run_id)
    assert (found.state, bench.task_states(run_id)) == ("cancelled", ["cancelled"])
    assert [attempt.state for attempt in found.tasks[0].attempts] == ["cancelled"]
    assert bench.executor.launched == [(run_id, "a", 1)]


def test_a_failure_that_races_a_cancel_is_not_tried_again(bench) -> None:
    bench.make(Task("a", "x", retry=Retry(limit=5, delay=60)))
    run_id = bench.start()
    cancel_run(bench.database, run_id, bench.now)
    bench.end((run_id, "a", 1), AttemptState.FAILED, "exit code 1")
    found = bench.run(run_id)
    assert (found.state, found.reason, bench.task_states(run_id)) == (
        "cancelled",
        "cancelled by hand",
        ["cancelled"],
    )
    assert found.tasks[0].attempts[0].state == "failed"
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
    bench.make(Task("a", "x", guarantee=guarantee))
    run_id = bench.start()
    cancel_run(bench.database, run_id, bench.now)
    bench.step()
    assert bench.executor.stopped == [(run_id, "a", 1)]
    bench.end((run_id, "a", 1), AttemptState.UNKNOWN, "its keeper was killed")
    bench.pass_time(minutes=2)
    found = bench.run(run_id)
    assert (found.state, bench.task_states(run_id)) == (state, [state])
    assert [attempt.state for attempt in found.tasks[0].attempts] == ["unknown"]
    assert bench.executor.launched == [(run_id, "a", 1)]


def test_what_a_lost_engine_was_cancelling_is_cancelled_by_the_next_one(bench) -> None:
    bench.make(Task("a", "x"), Task("b", "x"))
    run_id = bench.start()
    bench.dead.add(1)
    cancel_run(bench.database, run_id, bench.now)
    executor, engine = bench.another()
    engine.step(bench.now)
    engine.step(bench.now)
    assert (executor.adopted, executor.launched) == ([(run_id, "a", 1)], [])
    assert (run_id, "a", 1) in executor.stopped
    executor.report(Outcome((run_id, "a", 1), AttemptState.UNKNOWN, "its keeper was killed", None, None, bench.now))
    engine.inbox.take()
    engine.step(bench.now)
    assert (bench.run(run_id).state, bench.task_states(run_id)) == ("cancelled", ["cancelled", "cancelled"])


def test_a_wish_to_cancel_is_seen_in_a_run_that_is_in_memory(bench) -> None:
    bench.make(Task("a", "x", retry=Retry(limit=3, delay=60)), Task("b", "x"))
    run_id = bench.start()
    bench.end((run_id, "a", 1), AttemptState.FAILED)
    cancel_run(bench.database, run_id, bench.now)
    bench.step()
    found = bench.run(run_id)
    assert (found.state, found.reason) == ("cancelled", "cancelled by hand")
    assert {task.state for task in found.tasks} == {"cancelled"}


def test_stop_and_wait_starts_nothing_more(bench) -> None:
    bench.make(Task("a", "x"), Task("b", "x"))
    run_id = bench.start()
    bench.engine.request_stop("wait")
    late = bench.start()
    assert bench.run(late).state == "queued"
    bench.end((run_id, "a", 1))
    assert not bench.engine._ended
    bench.end((run_id, "b", 1))
    assert bench.engine._ended


def test_stop_and_kill_cancels(bench) -> None:
    bench.make(Task("a", "x"))
    run_id = bench.start()
    bench.engine.request_stop("kill")
    bench.step()
    assert bench.executor.stopped == [(run_id, "a", 1)]
    bench.end((run_id, "a", 1), AttemptState.CANCELLED, "stopped")
    assert bench.engine._ended


def test_who_asked_it_to_wait_may_ask_for_more(bench) -> None:
    bench.make(Task("a", "x"))
    run_id = bench.start()
    bench.database.write(lambda db: engines.request_stop(db, bench.engine.id, "wait", bench.now))
    bench.step()
    assert bench.executor.stopped == []
    bench.database.write(lambda db: engines.request_stop(db, bench.engine.id, "kill", bench.now))
    bench.step()
    assert bench.executor.stopped == [(run_id, "a", 1)]


def test_a_request_to_wait_is_taken_back(bench) -> None:
    bench.make(Task("a", "x", retry=Retry(limit=1, delay=60)))
    run_id = bench.start()
    bench.database.write(lambda db: engines.request_stop(db, bench.engine.id, "wait", bench.now))
    bench.step()
    queued = request_run(bench.database, "w", bench.now)
    bench.step()
    assert bench.run(queued).state == "queued"
    assert bench.database.write(lambda db: engines.withdraw_stop(db, bench.engine.id))
    assert not bench.database.write(lambda db: engines.withdraw_stop(db, bench.engine.id))
    bench.step()
    assert bench.run(queued).state == "running"
    for name in (run_id, queued):
        bench.database.write(lambda db: engines.request_stop(db, bench.engine.id, "wait", bench.now))
        assert not bench.engine._ended
        bench.end((name, "a", 1), AttemptState.FAILED)
    # Both only wait for a retry, which the next engine makes.
    assert bench.engine._ended
    assert [bench.run(name).state for name in (run_id, queued)] == ["running", "running"]
