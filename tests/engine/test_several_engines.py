"""Engines that take over from each other, and that share a database."""

from __future__ import annotations

import threading
from datetime import timedelta

from patience import PATIENCE

from workflow_scheduler.domain.events import Event
from workflow_scheduler.domain.run import AttemptState
from workflow_scheduler.domain.task import Retry, Task
from workflow_scheduler.engine.wakeups import Hint
from workflow_scheduler.operations.runs.start import request_run
from workflow_scheduler.storage import events


def test_a_gone_engines_attempts_are_adopted(bench) -> None:
    bench.make(Task("a", "x"))
    run_id = bench.start()
    bench.dead.add(1)
    executor, engine = bench.another()
    engine.step(bench.now)
    assert executor.adopted == [(run_id, "a", 1)]
    # What the old one still says is refused.
    bench.end((run_id, "a", 1), AttemptState.FAILED)
    assert bench.run(run_id).state == "running"


def test_an_engine_that_stands_still_past_its_lease_loses_its_work(bench) -> None:
    bench.make(Task("a", "x"))
    run_id = bench.start()
    executor, engine = bench.another()
    ticks = [1000.0]
    bench.ticks = lambda: ticks[0]
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
    bench.make(Task("a", "x", retry=Retry(limit=3, delay=60)))
    run_id = bench.start()
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


def test_a_run_that_is_kept_for_an_engine_is_left_to_it(bench) -> None:
    bench.make(Task("a", "x"))
    executor, engine = bench.another(role="here")
    run_id = bench.start(engine_id=engine.id)
    assert bench.executor.launched == []
    engine.step(bench.now)
    assert executor.launched == [(run_id, "a", 1)]


def test_if_that_engine_dies_before_it_began_anybody_may_run_it(bench) -> None:
    bench.make(Task("a", "x"))
    _, engine = bench.another(role="here")
    run_id = bench.start(engine_id=engine.id)
    bench.dead.add(2)
    bench.step()
    bench.step()
    assert bench.executor.launched == [(run_id, "a", 1)]


def test_an_engine_that_ran_under_another_host_name_is_taken_over_where_nobody_else_can_be(bench) -> None:
    bench.make(Task("a", "x"))
    run_id = bench.start()
    bench.database.write(lambda db: db.run("UPDATE engines SET host = :host", host="before"))
    bench.dead.add(1)
    executor, engine = bench.another()
    engine.step(bench.now)
    assert executor.adopted == ([(run_id, "a", 1)] if bench.database.is_sqlite else [])


def test_what_a_stopped_engine_of_another_host_left_running_is_left_to_that_host(bench) -> None:
    bench.make(Task("a", "x"))
    run_id = bench.start()
    bench.database.write(
        lambda db: db.run(
            "UPDATE engines SET host = :host, stopped_at = :stopped_at", host="elsewhere", stopped_at=bench.now
        )
    )
    executor, engine = bench.another()
    engine.step(bench.now)
    assert executor.adopted == ([(run_id, "a", 1)] if bench.database.is_sqlite else [])
    assert bench.run(run_id).state == "running"


def test_two_engines_keep_the_limit_of_a_workflow_between_them(bench) -> None:
    bench.make(Task("a", "x"), max_active_runs=1)
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
            thread.join(PATIENCE)
    states = sorted(run.state for run in bench.queries.run_list(limit=None))
    assert states == ["queued", "running"]


def test_events_become_visible_in_the_order_of_their_numbers(bench) -> None:
    """Who reads on from a number must not miss a smaller one that was committed later."""
    if bench.database.is_sqlite:
        return  # one writer at a time
    first_holds, first_may_end = threading.Event(), threading.Event()

    def slowly(db) -> None:
        events.record_events(db, [Event(bench.now, "run.queued", "w", run_id="first")])
        first_holds.set()
        first_may_end.wait(PATIENCE)

    slow = threading.Thread(target=bench.database.write, args=(slowly,))
    slow.start()
    first_holds.wait(PATIENCE)
    quick = threading.Thread(
        target=bench.database.write,
        args=(lambda db: events.record_events(db, [Event(bench.now, "run.queued", "w", run_id="second")]),),
    )
    quick.start()
    quick.join(0.3)
    assert bench.database.read(lambda db: events.events_after(db, 0, 10)) == []
    first_may_end.set()
    slow.join(PATIENCE)
    quick.join(PATIENCE)
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
