"""Runs become attempts, and outcomes become the next step."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.domain.policies import OverlapScope
from workflow_scheduler.domain.run import AttemptKey, AttemptState
from workflow_scheduler.domain.task import Guarantee, Retry, Task
from workflow_scheduler.engine.claims import CLAIMED_AHEAD
from workflow_scheduler.engine.wakeups import Hint
from workflow_scheduler.executors.base import CheckingOutputs, NotLaunched, Outcome, Started
from workflow_scheduler.operations.runs.start import request_run, retry_run
from workflow_scheduler.storage import runs as run_store


def test_a_chain_goes_step_by_step(bench) -> None:
    bench.make(Task("a", "x"), Task("b", "x"))
    run_id = bench.start()
    assert bench.executor.launched == [(run_id, "a", 1)]
    bench.executor.report(Started((run_id, "a", 1), bench.now, 77))
    bench.step()
    assert bench.run(run_id).tasks[0].attempts[0].pid == 77
    bench.end((run_id, "a", 1))
    assert bench.executor.launched[1:] == [(run_id, "b", 1)]
    bench.end((run_id, "b", 1))
    assert bench.run(run_id).state == "succeeded"


def test_an_outcome_without_a_start_notice_is_enough(bench) -> None:
    bench.make(Task("a", "x"))
    run_id = bench.start()
    bench.end((run_id, "a", 1))
    attempt = bench.run(run_id).tasks[0].attempts[0]
    assert (attempt.state, attempt.exit_code) == ("succeeded", 0)


def test_an_outcome_that_comes_twice_counts_once(bench) -> None:
    bench.make(Task("a", "x", retry=Retry(limit=5)))
    run_id = bench.start()
    bench.end((run_id, "a", 1))
    bench.end((run_id, "a", 1), AttemptState.FAILED)
    assert bench.run(run_id).state == "succeeded"


def test_a_retry_waits_its_delay_and_starts_fresh_in_each_run(bench) -> None:
    bench.make(Task("a", "x", retry=Retry(limit=1, delay=30)))
    for _ in range(2):
        run_id = bench.start()
        bench.end((run_id, "a", 1), AttemptState.FAILED, "exit code 1")
        assert bench.task_states(run_id) == ["waiting"]
        bench.pass_time(seconds=29)
        assert bench.executor.launched[-1] == (run_id, "a", 1)
        bench.pass_time(seconds=1)
        assert bench.executor.launched[-1] == (run_id, "a", 2)
        bench.end((run_id, "a", 2), AttemptState.FAILED, "exit code 1")
        assert bench.run(run_id).state == "failed"


def test_output_checks_are_a_state_of_their_own(bench) -> None:
    bench.make(Task("a", "x"))
    run_id = bench.start()
    bench.executor.report(CheckingOutputs((run_id, "a", 1), 0))
    bench.step()
    assert bench.run(run_id).tasks[0].attempts[0].state == "checking_outputs"


def test_processes_and_runs_are_limited(bench) -> None:
    bench.make(*(Task(f"t{n}", "x", depends_on=()) for n in range(CLAIMED_AHEAD + 9)))
    run_id = bench.start()
    assert bench.executor.most == 5
    assert len(bench.executor.launched) == CLAIMED_AHEAD + 5
    bench.end(bench.executor.launched[0])
    assert len(bench.executor.launched) == CLAIMED_AHEAD + 6
    for _ in range(11):
        bench.start()
    assert bench.queries.open_runs() == {"queued": 2, "running": 10}
    assert run_id


def test_max_active_runs_holds_back_runs_of_one_workflow(bench) -> None:
    bench.make(Task("a", "x"), max_active_runs=1)
    first, second = bench.start(), bench.start()
    assert bench.run(second).state == "queued"
    bench.end((first, "a", 1))
    assert bench.run(second).state == "running"


def test_a_limit_counts_the_runs_of_versions_that_had_none(bench) -> None:
    bench.make(Task("a", "x"))
    runs = [request_run(bench.database, "w", bench.now)]
    bench.commands.change_workflow("w", lambda workflow: replace(workflow, max_active_runs=2), bench.now)
    runs += [request_run(bench.database, "w", bench.now + timedelta(seconds=n)) for n in (1, 2)]
    bench.step()
    assert [bench.run(run_id).state for run_id in runs] == ["running", "running", "queued"]


def test_a_limit_counts_runs_that_were_started_before_anybody_had_to_count(bench, monkeypatch) -> None:
    monkeypatch.setattr("workflow_scheduler.engine.dispatcher.STARTS_AT_ONCE", 1)
    bench.make(Task("a", "x"))
    runs = [request_run(bench.database, "w", bench.now)]
    bench.commands.change_workflow("w", lambda workflow: replace(workflow, max_active_runs=1), bench.now)
    runs.append(request_run(bench.database, "w", bench.now + timedelta(seconds=1)))
    bench.step()
    bench.step()
    assert [bench.run(run_id).state for run_id in runs] == ["running", "queued"]


def test_what_the_system_refused_is_tried_again(bench) -> None:
    bench.make(Task("a", "x"))
    run_id = bench.start()
    bench.executor.report(NotLaunched((run_id, "a", 1), "too many open files"))
    bench.step()
    assert bench.engine._dispatcher.live == set(), "it takes no place meanwhile"
    bench.step()
    assert bench.executor.launched == [(run_id, "a", 1)] * 2
    key = AttemptKey(run_id, "a", 1)
    attempt = bench.database.read(lambda db: run_store.attempts_of(db, [key]))[key]
    assert (attempt.state, attempt.reason) == (AttemptState.LAUNCHING, "too many open files")
    bench.executor.report(Started(key, bench.now, 7))
    bench.step()
    assert bench.database.read(lambda db: run_store.attempts_of(db, [key]))[key].reason == ""


def test_retry_reuses_what_succeeded(bench) -> None:
    bench.make(Task("a", "x"), Task("b", "x"))
    old = bench.start()
    bench.end((old, "a", 1))
    bench.end((old, "b", 1), AttemptState.FAILED, "exit code 1")
    new = retry_run(bench.database, old, bench.now)
    bench.step()
    assert bench.executor.launched[-1] == (new, "b", 1)
    bench.end((new, "b", 1))
    assert bench.run(new).state == "succeeded"
    with pytest.raises(Refused, match="--all"):
        retry_run(bench.database, new, bench.now)
    again = retry_run(bench.database, new, bench.now, everything=True)
    bench.step()
    assert bench.executor.launched[-1] == (again, "a", 1)


def test_a_run_keeps_the_version_that_it_took(bench) -> None:
    bench.make(Task("a", "x"), Task("b", "x"))
    run_id = bench.start()
    bench.commands.delete_task("w", "b", bench.now)
    bench.end((run_id, "a", 1))
    assert bench.executor.launched[-1] == (run_id, "b", 1)


def test_more_runs_than_one_pass_starts_all_start(bench, monkeypatch) -> None:
    monkeypatch.setattr("workflow_scheduler.engine.dispatcher.STARTS_AT_ONCE", 2)
    bench.make(Task("a", "x"))
    for _ in range(5):
        request_run(bench.database, "w", bench.now)
    for _ in range(3):
        bench.step()
    assert bench.queries.open_runs() == {"queued": 0, "running": 5}


@pytest.mark.parametrize(
    ("guarantee", "state"), [(Guarantee.AT_LEAST_ONCE, "running"), (Guarantee.AT_MOST_ONCE, "unknown")]
)
def test_an_unknown_end_follows_the_policy(bench, guarantee: Guarantee, state: str) -> None:
    bench.make(Task("a", "x", guarantee=guarantee))
    run_id = bench.start()
    bench.end((run_id, "a", 1), AttemptState.UNKNOWN, "nobody knows")
    bench.pass_time(seconds=1)
    assert bench.run(run_id).state == state


def test_what_was_stored_although_the_answer_was_lost_is_started_all_the_same(bench, monkeypatch) -> None:
    bench.make(Task("a", "x"))
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
    assert bench.run(run_id).state == "succeeded"


def test_a_thousand_due_at_once_all_run(bench) -> None:
    bench.make(Task("a", "x"))
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
    assert {run.state for run in bench.queries.run_list(limit=None)} == {"succeeded"}
    assert len(set(bench.executor.launched)) == 1000


def test_the_estimate_is_the_median_of_past_successes(bench) -> None:
    bench.make(Task("a", "x"))
    assert bench.queries.estimate("w") is None
    for seconds in (10, 90, 20):
        run_id = bench.start()
        bench.now += timedelta(seconds=seconds)
        bench.end((run_id, "a", 1))
    failed = bench.start()
    bench.now += timedelta(seconds=500)
    bench.end((failed, "a", 1), AttemptState.FAILED, "exit code 1")
    assert bench.queries.estimate("w") == 20


def test_a_workflow_made_of_the_name_of_a_renamed_one_runs_its_own_tasks(bench) -> None:
    bench.make(Task("old", "x"))
    bench.end((bench.start(), "old", 1))
    bench.commands.rename_workflow("w", "v", bench.now)
    bench.pass_time(seconds=1)
    bench.make(Task("new", "x"))
    run_id = bench.start()
    assert bench.executor.launched[-1] == (run_id, "new", 1)


def test_the_definitions_in_memory_are_bounded(bench, monkeypatch) -> None:
    monkeypatch.setattr("workflow_scheduler.engine.run_definitions.KEPT", 2)
    for name in ("a", "b", "c"):
        bench.commands.create_workflow(name, bench.now)
        bench.commands.add_task(name, Task("a", "x"), bench.now)
        request_run(bench.database, name, bench.now)
        bench.step()
        assert len(bench.engine._dispatcher._definitions._known) <= 2
