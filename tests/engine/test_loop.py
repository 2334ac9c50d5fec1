"""The engine's loop in a thread of its own: what it takes in, how it goes on after an error, and how it ends."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from patience import PATIENCE

from workflow_scheduler.domain.run import Run, RunState
from workflow_scheduler.domain.task import Task
from workflow_scheduler.engine import loop
from workflow_scheduler.engine.clock_watch import CLOCK_TRUSTED_AFTER, ClockWatch
from workflow_scheduler.engine.home_watch import HomeWatch
from workflow_scheduler.engine.wakeups import Hint, Wakeups
from workflow_scheduler.operations.runs.start import request_run
from workflow_scheduler.storage import runs


@pytest.fixture
def looping(bench):
    """Starts the loop; the thread in which it runs."""
    bench.commands.create_workflow("w", bench.now)
    bench.commands.add_task("w", Task("a", "x"), bench.now)
    thread = threading.Thread(target=bench.engine.run, daemon=True)

    def start() -> threading.Thread:
        thread.start()
        return thread

    yield start
    bench.engine.request_stop("leave")
    thread.join(PATIENCE)


def test_the_loop_starts_what_comes_and_ends_when_told(bench, looping, until, caplog) -> None:
    thread = looping()
    run_id = request_run(bench.database, "w", bench.now)
    until(lambda: bench.executor.launched)
    assert bench.executor.launched == [(run_id, "a", 1)]
    assert bench.engine.beaten
    assert thread.is_alive()
    bench.engine.request_stop("leave")
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert bench.executor.most == 0, "what waits in the executor is the next engine's"
    assert "A pass of the engine failed" not in caplog.text


def test_a_pass_that_fails_is_made_again(bench, looping, until, caplog, monkeypatch) -> None:
    monkeypatch.setattr(loop, "PAUSE_AFTER_ERROR", 0)
    step, failed = bench.engine._dispatcher.step, []

    def fail_once(*arguments: object) -> object:
        if not failed:
            failed.append(True)
            raise RuntimeError("once")
        return step(*arguments)

    monkeypatch.setattr(bench.engine._dispatcher, "step", fail_once)
    request_run(bench.database, "w", bench.now)
    looping()
    until(lambda: bench.executor.launched)
    assert "A pass of the engine failed" in caplog.text


def test_a_start_finds_out_again_when_schedules_are_due(bench, looping, until) -> None:
    """What is stored may be of a time zone database that was older."""
    bench.commands.add_schedule("w", {"cron": "0 5 * * *"}, bench.now, schedule_id="s")
    stale = bench.now + timedelta(days=9)
    bench.database.write(lambda db: db.run("UPDATE schedules SET next_due_utc = :next_due_utc", next_due_utc=stale))
    looping()
    right = bench.now.replace(hour=5, minute=0)
    until(lambda: bench.database.read(lambda db: db.value("SELECT next_due_utc FROM schedules")) == right)


def test_upkeep_is_asked_to_end_when_the_engine_is(bench) -> None:
    asked: list[Callable[[], bool]] = []
    bench.engine._parts = replace(bench.engine._parts, upkeep=lambda _, stopped: asked.append(stopped))
    bench.engine._upkeep()
    assert not asked[0]()
    bench.engine.request_stop("wait")
    assert asked[0]()


def test_no_upkeep_while_the_clock_may_be_wrong_or_the_database_is_away(bench) -> None:
    bench.step()
    bench.engine._watch.database_away = True
    bench.engine._upkeep()
    bench.engine._watch.database_away = False
    bench.pass_time(days=400)
    bench.engine._upkeep()
    assert bench.upkeep == []


def test_a_clock_that_was_set_is_not_trusted_for_an_hour(bench) -> None:
    ticks = [1.0]
    watch = ClockWatch(lambda: ticks[0])
    assert watch.look(bench.now) is None
    assert watch.trusted
    ticks[0] += 10
    assert watch.look(bench.now + timedelta(seconds=70)) is None, "a minute is no jump"
    ticks[0] += 10
    assert watch.look(bench.now - timedelta(hours=1)) == -timedelta(hours=1, seconds=80)
    assert not watch.trusted
    ticks[0] += CLOCK_TRUSTED_AFTER
    assert not watch.trusted
    ticks[0] += 1
    assert watch.trusted


def test_the_home_s_disk_and_database_are_told_of_once_at_each_change(caplog) -> None:
    caplog.set_level("INFO")
    lost, free = [""], [5]
    database = SimpleNamespace(lost=lambda: lost[0])
    watch = HomeWatch(SimpleNamespace(database=database, free=lambda: free[0], secure=lambda: True), min_free=5)
    assert (watch.look_at_database(), watch.look_at_disk()) == (False, False)
    assert (watch.database_away, watch.short_of_room, caplog.messages) == (False, False, [])
    lost[0], free[0] = "The file is gone.", 4
    for _ in range(2):
        assert (watch.look_at_database(), watch.look_at_disk()) == (False, False)
    assert (watch.database_away, watch.short_of_room, len(caplog.messages)) == (True, True, 2)
    lost[0], free[0] = "", 5
    assert (watch.look_at_database(), watch.look_at_disk()) == (True, True)
    assert (watch.look_at_database(), watch.look_at_disk()) == (False, False)
    assert "The database is back" in caplog.messages[2]
    assert "has room again" in caplog.messages[3]
    assert len(caplog.messages) == 4


def test_a_run_without_tasks_leaves_its_place_to_another_at_once(bench) -> None:
    bench.commands.create_workflow("empty", bench.now)
    _, engine = bench.another(max_runs=1)
    waiting = [Run(name, "empty", 1, RunState.QUEUED, bench.now) for name in ("first", "second")]
    bench.database.write(lambda db: runs.add_runs(db, waiting))
    engine.step(bench.now)
    assert (bench.run("first").state, bench.run("second").state) == ("succeeded", "queued")
    assert engine.inbox.take() == {Hint.CHANGED}, "it looks again by itself"
    engine.step(bench.now, set())
    assert bench.run("second").state == "succeeded"


def test_planning_is_called_for_when_something_is_due_and_at_least_every_ten_seconds(bench) -> None:
    asked = Wakeups(**dict.fromkeys(("look", "plan", "beat", "changed", "upkeep"), lambda: None))
    now = datetime(2099, 1, 1, tzinfo=UTC)  # so that no timer rings

    def planned(moment: datetime | None, at: datetime = now) -> float:
        asked.plan_at(moment, at)
        return (asked._timers._scheduler.get_job("plan").next_run_time - now).total_seconds()

    asked.plan_at(now, now)  # without timers there is nothing to move
    asked.keep_going()
    try:
        assert planned(None) == 10
        assert planned(now + timedelta(seconds=3)) == 3
        assert planned(now + timedelta(seconds=5)) == 3, "to ring too early costs less than to be moved"
        assert planned(now + timedelta(hours=1), now + timedelta(seconds=3)) == 13
    finally:
        asked.close()
