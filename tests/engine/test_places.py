"""Attempts on other machines go beside those of this one, and a silent machine ends none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from workflow_scheduler.domain.placement import Place, WhenUnreachable
from workflow_scheduler.domain.run import AttemptState
from workflow_scheduler.domain.task import Task
from workflow_scheduler.engine import claims
from workflow_scheduler.engine.claims import CLAIMED_AHEAD
from workflow_scheduler.engine.stop_request import PATIENCE
from workflow_scheduler.executors.base import CheckingOutputs, NotLaunched, Started, Unreachable
from workflow_scheduler.operations.runs.start import cancel_run

THERE = Place("erp")
SINCE = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)


def tasks(here: int, there: int) -> list[Task]:
    return [
        *(Task(f"h{n}", "x", depends_on=()) for n in range(here)),
        *(Task(f"t{n}", "x", depends_on=(), place=THERE) for n in range(there)),
    ]


def launched(bench, place: Place | None) -> list[str]:
    return [key.task_id for key in bench.executor.launched if bench.executor.specs[key].place == place]


def test_they_take_no_place_of_this_machine_and_do_not_wait_behind_its_attempts(bench) -> None:
    bench.make(*tasks(CLAIMED_AHEAD + 9, 3))
    run_id = bench.start()
    assert len(launched(bench, None)) == CLAIMED_AHEAD + 5
    assert launched(bench, THERE) == ["t0", "t1", "t2"]
    bench.end((run_id, "t0", 1))
    assert len(launched(bench, None)) == CLAIMED_AHEAD + 5
    bench.end((run_id, "h0", 1))
    assert len(launched(bench, None)) == CLAIMED_AHEAD + 6


def test_a_stop_that_ends_commands_does_not_wait_for_machines_that_do_not_answer(bench) -> None:
    bench.make(*tasks(1, 1))
    run_id = bench.start()
    bench.engine.request_stop("kill")
    bench.step()
    assert set(bench.executor.stopped) == {(run_id, "h0", 1), (run_id, "t0", 1)}
    bench.now += PATIENCE
    bench.step()
    assert not bench.engine._ended, "a command of this machine is still there"
    bench.end((run_id, "h0", 1), AttemptState.CANCELLED)
    bench.step()
    assert bench.engine._ended


def test_their_number_is_bounded(bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "MOST_ELSEWHERE", 2)
    bench.make(*tasks(1, 4))
    run_id = bench.start()
    assert (launched(bench, THERE), launched(bench, None)) == (["t0", "t1"], ["h0"])
    bench.end((run_id, "h0", 1))
    assert launched(bench, THERE) == ["t0", "t1"]
    bench.end((run_id, "t1", 1))
    assert launched(bench, THERE) == ["t0", "t1", "t2"]


def test_what_a_worker_could_not_launch_is_given_again_and_holds_up_nothing_here(bench) -> None:
    bench.make(*tasks(0, 1), Task("next", "x", depends_on=()), Task("after", "x", depends_on=("next",)))
    run_id = bench.start()
    bench.executor.report(NotLaunched((run_id, "t0", 1), "no more processes"))
    bench.end((run_id, "next", 1))
    assert launched(bench, None) == ["next", "after"]
    bench.step()
    assert launched(bench, THERE) == ["t0", "t0"]


def test_the_tasks_of_a_workflow_have_its_place_unless_they_say_otherwise(bench) -> None:
    other = Place(labels=("sap",))
    patient = WhenUnreachable(3600.0)
    bench.make(
        Task("a", "x", depends_on=()),
        Task("b", "x", depends_on=(), place=other, when_unreachable=WhenUnreachable(60.0)),
        place=THERE,
        when_unreachable=patient,
    )
    bench.start()
    specs = {key.task_id: spec for key, spec in bench.executor.specs.items()}
    assert (specs["a"].place, specs["a"].task.when_unreachable) == (THERE, patient)
    assert (specs["b"].place, specs["b"].task.when_unreachable) == (other, WhenUnreachable(60.0))


@pytest.fixture
def running(bench):
    bench.make(*tasks(0, 1))
    key = (bench.start(), "t0", 1)
    bench.executor.report(Started(key, bench.now, 7))
    bench.step()
    return key


def reason_of(bench, key) -> tuple[str, str]:
    attempt = bench.run(key[0]).tasks[0].attempts[0]
    return attempt.state, attempt.reason


def test_a_silent_machine_is_named_and_the_attempt_goes_on(bench, running) -> None:
    bench.executor.report(Unreachable(running, "erp", SINCE))
    bench.step()
    assert reason_of(bench, running) == ("running", "machine erp silent since 2026-11-23 00:30:00Z")
    bench.pass_time(days=30)
    assert reason_of(bench, running)[0] == "running"
    bench.executor.report(Unreachable(running, "erp", None))
    bench.step()
    assert reason_of(bench, running) == ("running", "")


def test_the_next_report_says_nothing_of_the_silence(bench, running) -> None:
    bench.executor.report(Unreachable(running, "erp", SINCE))
    bench.executor.report(CheckingOutputs(running, 0))
    bench.step()
    assert reason_of(bench, running) == ("checking_outputs", "")


def test_what_is_said_of_a_machine_after_the_end_changes_nothing(bench, running) -> None:
    bench.end(running)
    bench.executor.report(Unreachable(running, "erp", SINCE))
    bench.step()
    assert reason_of(bench, running) == ("succeeded", "exit code 0")


def test_an_unknown_end_is_settled_by_the_guarantee(bench, running) -> None:
    bench.end(running, AttemptState.UNKNOWN, "its result is unknown: machine erp has been silent")
    assert bench.executor.launched[-1] == (running[0], "t0", 2)


def test_a_cancelled_run_ends_what_waits_for_other_machines(bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "MOST_ELSEWHERE", 1)
    bench.make(*tasks(0, 2))
    run_id = bench.start()
    cancel_run(bench.database, run_id, bench.now)
    bench.step()
    assert bench.executor.stopped == [(run_id, "t0", 1)]
    assert bench.task_states(run_id) == ["running", "cancelled"]


def test_the_machine_may_go_down_while_commands_run_on_others(bench, running) -> None:
    bench.engine.request_stop("shutdown")
    bench.step()
    assert bench.engine._ended
    assert reason_of(bench, running)[0] == "running"


def test_the_next_engine_adopts_them_and_gives_what_waits_to_other_machines(
    bench, running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "MOST_ELSEWHERE", 1)
    waits = (bench.start(), "t0", 1)
    bench.dead.add(1)
    executor, engine = bench.another()
    engine.step(bench.now)
    assert (executor.adopted, executor.launched) == ([running], [])
    assert (executor.specs[running].place, executor.specs[running].begun) == (THERE, True)
    monkeypatch.setattr(claims, "MOST_ELSEWHERE", 2)
    engine.step(bench.now)
    assert executor.launched == [waits]


@pytest.mark.parametrize("assigned", [True, False])
def test_what_a_worker_has_is_taken_over_without_the_files_of_its_engine(bench, running, assigned: bool) -> None:
    place = {"boot": "b", "processes": "1", "home_id": "h", "home_file": 7}
    identity = {"pid": 1, "home": "/other", "place": {**place, "home_id": "other"}}
    bench.database.write(lambda db: db.run("UPDATE engines SET identity = :identity", identity=identity))
    if assigned:
        insert = """
            INSERT INTO assignments (run_id, task_id, number, state, worker, place, created_at)
            VALUES (:run_id, 't0', 1, 'claimed', 'erp', '{}', :now)"""
        bench.database.write(lambda db: db.run(insert, run_id=running[0], now=bench.now))
    bench.dead.add(1)
    executor, engine = bench.another(home="/mine", place=place)
    engine.step(bench.now)
    assert executor.adopted == [running]
    assert [*executor.reached, *executor.barred] == ([] if assigned else [running])
