"""Backfills: how many runs at once, in which order, behind whom, and until when."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import databases
import pytest
from operated import Commands

from workflow_scheduler.domain.backfill import BackfillState
from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.domain.parameters import Parameter
from workflow_scheduler.domain.policies import Overlap
from workflow_scheduler.domain.run import AttemptKey, AttemptState, RunState
from workflow_scheduler.domain.task import Task
from workflow_scheduler.executors.base import Outcome
from workflow_scheduler.operations.backfills.changes import (
    cancel_backfill,
    create_backfill,
    pause_backfill,
    resume_backfill,
    retry_backfill,
)
from workflow_scheduler.operations.backfills.request import backfill_request
from workflow_scheduler.operations.backfills.rows import RetryRow
from workflow_scheduler.operations.backfills.show import backfill_detail
from workflow_scheduler.operations.runs.start import request_run, retry_run
from workflow_scheduler.operations.runs.waiting import why_queued
from workflow_scheduler.storage import backfills as store
from workflow_scheduler.storage import events as event_store
from workflow_scheduler.storage import present_backfills
from workflow_scheduler.storage.database import Database

NOW = datetime(2026, 11, 23, 0, 59, tzinfo=UTC)
DAYS = ("2026-11-18", "2026-11-20")
"""Three nights before the bench's now."""


def nightly(bench, *, schedule_id: str = "s", **policies: Any) -> None:
    policies = {"overlap": Overlap.ALLOW} | policies
    bench.commands.add_schedule("w", {"cron": "0 2 * * *"}, bench.now, schedule_id=schedule_id, **policies)


def backfill(bench, start: str = DAYS[0], end: str = DAYS[1], **options: Any) -> str:
    request = backfill_request("w", start, end, **options)
    created = create_backfill(bench.database, request, bench.now, "local:anna")
    bench.step()
    return created


def show(bench, name: str):
    return backfill_detail(bench.database, name, bench.now)


def days(bench) -> list[int]:
    """The days whose runs were launched, in that order."""
    return [bench.run(key.run_id).nominal_utc.day for key in bench.executor.launched]


def end_last(bench, state: AttemptState = AttemptState.SUCCEEDED) -> None:
    bench.end(bench.executor.launched[-1], state)


def events(bench, kind: str) -> list[str]:
    found = bench.database.read(lambda db: event_store.events_after(db, 0, 1000))
    return [event.reason for _, event in found if event.kind == kind]


def outcome(bench, key: AttemptKey) -> Outcome:
    return Outcome(key, AttemptState.SUCCEEDED, "exit code 0", 0, bench.now, bench.now)


@pytest.mark.parametrize(("order", "expected"), [("oldest", [18, 19, 20]), ("newest", [20, 19, 18])])
def test_one_at_a_time_in_its_order_until_it_has_finished(bench, order: str, expected: list[int]) -> None:
    bench.make(Task("a", "x"))
    nightly(bench)
    name = backfill(bench, order=order)
    for done in range(3):
        assert days(bench) == expected[: done + 1]
        assert show(bench, name).state is BackfillState.ACTIVE
        end_last(bench)
    found = show(bench, name)
    assert (found.state, found.succeeded, found.finished_at) == (BackfillState.FINISHED, 3, bench.now)
    assert events(bench, "backfill.finished") == [f"{name}: 3 succeeded"]
    run = bench.run(bench.executor.launched[0].run_id)
    assert run.backfill_id == name
    assert run.started_by == "local:anna"
    assert run.cause == f"backfill {name}, started by local:anna"
    assert bench.queries.fire_list("s", None) == []
    bench.pass_time(seconds=1)
    assert len(events(bench, "backfill.finished")) == 1


def test_as_many_at_once_as_it_may(bench) -> None:
    bench.make(Task("a", "x"))
    nightly(bench, overlap=Overlap.QUEUE)
    backfill(bench, parallel=2)
    assert days(bench) == [18, 19]
    bench.end(bench.executor.launched[0])
    assert days(bench) == [18, 19, 20]


def test_the_limits_of_its_workflow_hold(bench) -> None:
    bench.make(Task("a", "x"), max_active_runs=1)
    nightly(bench)
    backfill(bench, parallel=3)
    assert days(bench) == [18]
    end_last(bench)
    assert days(bench) == [18, 19]


def test_a_run_that_waits_starts_before_it(bench) -> None:
    bench.make(Task("a", "x"))
    nightly(bench)
    bench.executor, bench.engine = bench.another(max_runs=1)
    backfill(bench)
    first = bench.executor.launched[0]
    other = request_run(bench.database, "w", bench.now + timedelta(seconds=1))
    bench.pass_time(seconds=1)
    assert bench.executor.launched == [first]
    end_last(bench)
    assert bench.executor.launched[1:] == [(other, "a", 1)]
    end_last(bench)
    assert bench.run(bench.executor.launched[2].run_id).nominal_utc.day == 19


def test_runs_of_other_workflows_that_wait_start_before_it(bench) -> None:
    bench.make(Task("a", "x"))
    nightly(bench)
    bench.commands.create_workflow("v", bench.now)
    bench.commands.add_task("v", Task("b", "x"), bench.now)
    bench.executor, bench.engine = bench.another(max_runs=1)
    backfill(bench, parallel=2)
    other = request_run(bench.database, "v", bench.now + timedelta(hours=1))
    bench.step()
    end_last(bench)
    assert bench.executor.launched[-1] == (other, "b", 1)


@pytest.mark.parametrize("parallel", [1, 2])
@pytest.mark.parametrize("overlap", [Overlap.QUEUE, Overlap.SKIP, Overlap.REPLACE])
def test_a_scheduled_run_is_neither_lost_nor_starved(bench, overlap: Overlap, parallel: int) -> None:
    bench.make(Task("a", "x"))
    nightly(bench, overlap=overlap)
    name = backfill(bench, "2026-11-10", "2026-11-20", parallel=parallel)
    running = list(bench.executor.launched)
    assert len(running) == parallel
    bench.now = datetime(2026, 11, 23, 2, tzinfo=UTC)
    bench.step()
    (fire,) = bench.queries.fire_list("s", None)
    assert fire.disposition == "queued"
    assert bench.executor.stopped == []
    assert "belong to no backfill start first" in show(bench, name).waits
    for key in running:
        assert bench.executor.launched == running
        bench.end(key)
    assert bench.executor.launched[parallel:] == [(fire.run_id, "a", 1)]
    held = show(bench, name)
    assert (held.running, held.succeeded) == (0, parallel)
    end_last(bench)
    assert len(bench.executor.launched) == 2 * parallel + 1


def test_one_of_its_runs_that_waits_already_gives_way(bench) -> None:
    bench.make(Task("a", "x"))
    nightly(bench, overlap=Overlap.QUEUE)
    bench.commands.create_workflow("v", bench.now)
    bench.commands.add_task("v", Task("b", "x"), bench.now)
    bench.executor, bench.engine = bench.another(max_runs=2)
    request_run(bench.database, "v", bench.now)
    bench.step()
    backfill(bench, parallel=2)
    other, first = bench.executor.launched
    bench.now = datetime(2026, 11, 23, 2, tzinfo=UTC)
    bench.step()
    bench.end(other)
    # There is room, and the scheduled run waits for the end of the first.
    assert bench.executor.launched == [other, first]
    bench.end(first)
    (fire,) = bench.queries.fire_list("s", None)
    assert bench.executor.launched[2:] == [(fire.run_id, "a", 1)]


def test_beside_a_scheduled_run_that_allows_others_it_goes_on(bench) -> None:
    bench.make(Task("a", "x"))
    nightly(bench)
    backfill(bench)
    bench.now = datetime(2026, 11, 23, 2, tzinfo=UTC)
    bench.step()
    assert len(bench.executor.launched) == 2
    bench.end(bench.executor.launched[0])
    assert days(bench) == [18, 23, 19]


def test_it_gives_way_only_until_the_other_runs(bench) -> None:
    bench.make(Task("a", "x"))
    nightly(bench)
    backfill(bench)
    other = request_run(bench.database, "w", bench.now)
    bench.end(bench.executor.launched[0])  # in one pass with the start of the other
    assert bench.executor.launched[1:] == [(other, "a", 1)]
    bench.engine.step(bench.now, bench.engine.inbox.take())
    assert len(bench.executor.launched) == 3


def test_a_paused_one_starts_no_more(bench) -> None:
    bench.make(Task("a", "x"))
    nightly(bench)
    bench.executor, bench.engine = bench.another(max_runs=1)
    name = backfill(bench, parallel=2)
    pause_backfill(bench.database, name, bench.now)
    bench.step()
    queued = next(moment.run_id for moment in show(bench, name).moments if moment.state == "queued")
    end_last(bench)
    bench.step()
    assert days(bench) == [18]
    assert why_queued(bench.database, queued, None, 10, "", bench.now) == f"Its backfill {name} is paused."
    with pytest.raises(Refused, match="is already paused"):
        pause_backfill(bench.database, name, bench.now)
    resume_backfill(bench.database, name, bench.now)
    bench.step()
    assert days(bench) == [18, 19]
    with pytest.raises(Refused, match="is already active"):
        resume_backfill(bench.database, name, bench.now)


def test_a_paused_one_whose_last_run_ends_has_finished(bench) -> None:
    bench.make(Task("a", "x"))
    nightly(bench)
    name = backfill(bench, DAYS[0], DAYS[0])
    pause_backfill(bench.database, name, bench.now)
    end_last(bench)
    assert show(bench, name).state is BackfillState.FINISHED


def test_a_cancelled_one_cancels_its_runs(bench) -> None:
    bench.make(Task("a", "x"))
    nightly(bench)
    bench.executor, bench.engine = bench.another(max_runs=1)
    name = backfill(bench, parallel=2)
    cancel_backfill(bench.database, name, bench.now)
    bench.step()
    assert bench.executor.stopped == bench.executor.launched
    end_last(bench, AttemptState.CANCELLED)
    found = show(bench, name)
    assert [moment.state for moment in found.moments] == ["cancelled", "cancelled", "not_run"]
    assert (found.state, found.reason) == (BackfillState.CANCELLED, "cancelled by hand")
    assert len(bench.executor.launched) == 1
    with pytest.raises(Refused, match="already ended"):
        cancel_backfill(bench.database, name, bench.now)


def test_within_its_hours_only(bench) -> None:
    bench.make(Task("a", "x"))
    nightly(bench, enabled=False)
    assert bench.now.hour == 0
    name = backfill(bench, between="03:00-05:00")
    assert bench.executor.launched == []
    assert bench.engine._dispatcher.next_wake() == bench.now.replace(hour=3, minute=0)
    found = show(bench, name)
    assert (found.waits, found.next_start) == (
        "It starts runs between 03:00-05:00.",
        bench.now.replace(hour=3, minute=0),
    )
    bench.now = bench.now.replace(hour=3, minute=0)
    bench.engine.step(bench.now, frozenset())  # no hint: its own due time
    assert days(bench) == [18]
    bench.now = bench.now.replace(hour=5)
    end_last(bench)
    assert days(bench) == [18]
    assert bench.engine._dispatcher.next_wake() == (bench.now + timedelta(days=1)).replace(hour=3)


def test_an_engine_that_starts_nothing_is_not_woken_for_it(bench) -> None:
    bench.make(Task("a", "x"))
    nightly(bench, enabled=False)
    backfill(bench, between="03:00-05:00")
    bench.engine._dispatcher.draining = True
    assert bench.engine._dispatcher.next_wake() is None


def test_what_is_queued_when_its_hours_end_waits(bench) -> None:
    bench.make(Task("a", "x"))
    nightly(bench)
    bench.executor, bench.engine = bench.another(max_runs=1)
    name = backfill(bench, parallel=2, between="00:00-01:00")
    queued = next(moment.run_id for moment in show(bench, name).moments if moment.state == "queued")
    bench.pass_time(hours=1)
    end_last(bench)
    assert days(bench) == [18]
    assert why_queued(bench.database, queued, None, 10, "", bench.now) == (
        "Its backfill starts runs between 00:00 and 01:00."
    )


def test_what_failed_is_run_again_from_where_it_failed(bench) -> None:
    bench.make(Task("a", "x"), Task("b", "x", depends_on=("a",)))
    nightly(bench)
    name = backfill(bench, DAYS[0], DAYS[0])
    old = bench.executor.launched[0].run_id
    end_last(bench)
    end_last(bench, AttemptState.FAILED)
    assert show(bench, name).state is BackfillState.FINISHED
    answer = retry_backfill(bench.database, name, bench.now)
    assert (answer.again, answer.never_run) == (1, 0)
    bench.step()
    key = bench.executor.launched[-1]
    assert key.task_id == "b"
    run = bench.run(key.run_id)
    assert (run.retry_of, run.backfill_id, run.nominal_utc.day) == (old, name, 18)
    assert run.cause.startswith(f"retry of {old} by backfill {name}")
    end_last(bench)
    assert show(bench, name).succeeded == 1
    assert len(events(bench, "backfill.finished")) == 2
    with pytest.raises(Refused, match="nothing to run again"):
        retry_backfill(bench.database, name, bench.now)


def test_a_cancelled_one_is_taken_up_again(bench) -> None:
    bench.make(Task("a", "x"))
    nightly(bench)
    name = backfill(bench)
    cancel_backfill(bench.database, name, bench.now)
    bench.step()
    end_last(bench, AttemptState.CANCELLED)
    answer = retry_backfill(bench.database, name, bench.now)
    assert (answer.again, answer.never_run) == (1, 2)
    bench.step()
    for _ in range(3):
        end_last(bench)
    assert (show(bench, name).state, show(bench, name).succeeded) == (BackfillState.FINISHED, 3)


def test_what_another_one_ran_meanwhile_is_not_run_again(bench) -> None:
    bench.make(Task("a", "x"))
    nightly(bench)
    first = backfill(bench)
    end_last(bench, AttemptState.FAILED)
    cancel_backfill(bench.database, first, bench.now)
    end_last(bench, AttemptState.CANCELLED)
    bench.pass_time(seconds=1)
    second = backfill(bench, end="2026-11-19", only="all")
    with pytest.raises(Refused, match=f"The backfill {second} has times of the backfill {first}"):
        retry_backfill(bench.database, first, bench.now)
    assert show(bench, first).state is BackfillState.CANCELLED
    end_last(bench)
    end_last(bench)
    assert show(bench, second).state is BackfillState.FINISHED
    launched = len(bench.executor.launched)
    assert retry_backfill(bench.database, first, bench.now) == RetryRow(first, again=0, never_run=1)
    bench.step()
    assert days(bench)[launched:] == [20]
    end_last(bench)
    found = show(bench, first)
    assert (found.state, found.succeeded) == (BackfillState.FINISHED, 3)
    with pytest.raises(Refused, match="nothing to run again"):
        retry_backfill(bench.database, first, bench.now)


def test_of_several_created_together_one_has_the_times(postgres: str, tmp_path: Path) -> None:
    """On SQLite, there is only one writer anyway."""
    url = databases.fresh(postgres, like=databases.MIGRATED)
    processes = [Database(url, tmp_path) for _ in range(4)]
    commands = Commands(processes[0], "UTC")
    commands.create_workflow("w", NOW)
    commands.add_task("w", Task("a", "x"), NOW)
    commands.add_schedule("w", {"cron": "0 2 * * *"}, NOW)
    request, together, refused = backfill_request("w", *DAYS), threading.Barrier(4), []

    def create(database: Database) -> None:
        together.wait()
        try:
            create_backfill(database, request, NOW, "local:anna")
        except Refused as error:
            refused.append(str(error))

    threads = [threading.Thread(target=create, args=(database,)) for database in processes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for database in processes:
        database.close()
    databases.drop(postgres, url)
    assert refused == ["There is nothing to run in this range: every time is left out."] * 3


def test_a_retry_by_hand_counts_for_its_backfill(bench) -> None:
    bench.make(Task("a", "x"))
    nightly(bench)
    name = backfill(bench, DAYS[0], DAYS[0])
    old = bench.executor.launched[0].run_id
    end_last(bench, AttemptState.FAILED)
    new = retry_run(bench.database, old, bench.now)
    bench.step()
    end_last(bench)
    assert [moment.run_id for moment in show(bench, name).moments] == [new]
    assert show(bench, name).succeeded == 1


def test_values_of_the_schedule_then_its_own_at_the_nominal_time(bench) -> None:
    bench.make(
        Task("a", "x"),
        params={"day": Parameter(default="{date}"), "region": Parameter(), "depth": Parameter(default="1")},
    )
    nightly(bench, params={"region": "north", "depth": "2"})
    backfill(bench, params={"region": "south"})
    assert bench.run(bench.executor.launched[0].run_id).params == {"day": "2026-11-18", "region": "south", "depth": "2"}


def test_values_that_no_longer_fit_fail_their_runs(bench) -> None:
    bench.make(Task("a", "x"), params={"region": Parameter(default="north")})
    nightly(bench)
    request = backfill_request("w", *DAYS, params={"region": "south"})
    name = create_backfill(bench.database, request, bench.now, "anna")
    bench.commands.change_workflow("w", lambda workflow: replace(workflow, params={}), bench.now)
    bench.step()
    while bench.engine._dispatcher.look_for_runs:
        bench.engine.step(bench.now, bench.engine.inbox.take())
    found = show(bench, name)
    assert (found.state, found.failed) == (BackfillState.FINISHED, 3)
    assert all("There is no parameter 'region'" in moment.reason for moment in found.moments)
    assert len(events(bench, "run.failed")) == 3


def test_a_deleted_schedule_leaves_it_its_times(bench) -> None:
    bench.make(Task("a", "x"), params={"region": Parameter()})
    nightly(bench, params={"region": "north"})
    name = backfill(bench)
    bench.commands.delete_schedule("s", bench.now)
    for _ in range(3):
        end_last(bench)
    assert show(bench, name).succeeded == 3
    assert bench.run(bench.executor.launched[-1].run_id).params == {"region": "north"}


def test_a_deleted_workflow_cancels_it(bench) -> None:
    bench.make(Task("a", "x"))
    nightly(bench)
    name = backfill(bench)
    bench.commands.delete_workflow("w", bench.now)
    end_last(bench)
    bench.step()
    found = show(bench, name)
    assert (found.state, found.reason, found.succeeded, found.left) == (
        BackfillState.CANCELLED,
        "its workflow was deleted",
        1,
        2,
    )
    assert len(bench.executor.launched) == 1


def test_the_next_engine_continues(bench) -> None:
    bench.make(Task("a", "x"))
    nightly(bench)
    name = backfill(bench, parallel=2)
    bench.dead.add(1)
    before = bench.executor.launched
    bench.executor, bench.engine = bench.another()
    bench.pass_time(seconds=60)
    assert bench.executor.reached or bench.executor.adopted
    assert bench.executor.launched == []
    for key in before:
        bench.end(key)
    end_last(bench)
    found = show(bench, name)
    assert (found.state, found.succeeded) == (BackfillState.FINISHED, 3)
    assert bench.database.read(lambda db: db.value("SELECT count(*) FROM runs")) == 3


def test_two_engines_make_each_run_once(bench) -> None:
    bench.make(Task("a", "x"))
    nightly(bench)
    other, engine = bench.another()
    name = backfill(bench, "2026-11-01", "2026-11-20", parallel=3)
    ended: set[AttemptKey] = set()
    while show(bench, name).state is BackfillState.ACTIVE:
        for executor, mover in ((bench.executor, bench.engine), (other, engine)):
            running = [key for key in executor.launched if key not in ended]
            for key in running:
                executor.report(outcome(bench, key))
            ended.update(running)
            mover.inbox.take()
            mover.step(bench.now)
            assert show(bench, name).running <= 3
    found = show(bench, name)
    assert (found.state, found.total) == (BackfillState.FINISHED, 20)
    assert bench.database.read(lambda db: db.value("SELECT count(*) FROM runs")) == 20


def test_without_a_backfill_a_pass_asks_once_and_never_when_a_run_ends(bench, monkeypatch) -> None:
    bench.make(Task("a", "x"))
    asked: list[str] = []
    for room in (store, present_backfills):
        for name in room.__all__:
            if callable(function := getattr(room, name)):
                monkeypatch.setattr(room, name, lambda *given, f=function, n=name: (asked.append(n), f(*given))[1])
    bench.start()
    assert set(asked) == {"any_present"}
    asked.clear()
    bench.engine.inbox.take()
    bench.executor.report(outcome(bench, bench.executor.launched[-1]))
    bench.engine.inbox.take()
    bench.engine.step(bench.now, frozenset())
    assert bench.only_run().state is RunState.SUCCEEDED
    assert asked == []


@pytest.mark.parametrize("stored", ["{}", '{"sources": {"s": {"timezone": "Mars/Base"}}}', "[]"])
def test_one_that_cannot_be_read_stops_nothing(bench, caplog, stored: str) -> None:
    bench.make(Task("a", "x"))
    nightly(bench)
    broken = backfill(bench, DAYS[0], DAYS[0])
    bench.database.write(lambda db: db.run("UPDATE backfills SET settings = :stored", stored=stored))
    end_last(bench)
    name = backfill(bench, DAYS[1], DAYS[1])
    end_last(bench)
    assert show(bench, name).state is BackfillState.FINISHED
    assert f"The backfill {broken} is left out" in caplog.text


def test_an_exclusive_run_of_the_workflow_is_let_finish(bench) -> None:
    bench.make(Task("a", "x"))
    nightly(bench)
    bench.commands.add_schedule("w", {"cron": "30 1 * * *"}, bench.now, schedule_id="alone", overlap=Overlap.QUEUE)
    bench.now = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
    bench.step()
    (alone,) = bench.executor.launched
    name = backfill(bench, schedule_id="s")
    (queued,) = [moment.run_id for moment in show(bench, name).moments if moment.state == "queued"]
    assert "may not overlap with others" in why_queued(bench.database, queued, None, 10, "", bench.now)
    bench.end(alone)
    assert bench.executor.launched[1:] == [(queued, "a", 1)]
