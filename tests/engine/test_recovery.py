"""Whose work an engine takes over, when, and what of it may still be started here."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from workflow_scheduler.domain.task import Task

MINE = {"boot": "b", "processes": "1", "home_id": "h", "home_file": 7}
KEY = "a", 1
ELSEWHERE = {
    "another boot": {"boot": "other"},
    "another boot and home": {"boot": "other", "home_id": "other"},
    "other processes and another home": {"processes": "2", "home_id": "other"},
    "other processes and a copy of the home": {"processes": "2", "home_file": 8},
}


@pytest.fixture
def ticks(bench):
    now = [1000.0]
    bench.ticks = lambda: now[0]
    return now


@pytest.fixture
def begun(bench):
    """A run whose attempt an engine is about to start, in a place that the test says."""
    bench.make(Task("a", "x"))
    run_id = bench.start()

    def by(home: str = "/mine", stopped: bool = False, role: str = "scheduler", **place: object) -> str:
        change = "UPDATE engines SET identity = :identity, role = :role, stopped_at = :stopped_at"
        values = {
            "identity": {"pid": 1, "home": home, "place": {**MINE, **place}},
            "role": role,
            "stopped_at": bench.now if stopped else None,
        }
        bench.database.write(lambda db: db.run(change, **values))
        return run_id

    return by


def other(bench, **options: object):
    return bench.another(home="/mine", place=MINE, **options)


def test_an_engine_of_the_same_place_that_is_gone_is_taken_over_at_once(bench, begun) -> None:
    run_id = begun()
    bench.dead.add(1)
    executor, engine = other(bench)
    engine.step(bench.now)
    assert (executor.adopted, executor.barred, executor.reached) == ([(run_id, *KEY)], [], [])


def test_an_engine_that_takes_a_run_over_keeps_the_machine_awake_for_it(bench) -> None:
    bench.make(Task("a", "x"), keep_awake=True)
    bench.start()
    assert bench.awake is True
    identity = {"pid": 1, "home": "/mine", "place": MINE}
    bench.database.write(lambda db: db.run("UPDATE engines SET identity = :identity", identity=identity))
    bench.dead.add(1)
    bench.awake = False
    _, engine = other(bench)
    engine.step(bench.now)
    assert bench.awake is True


@pytest.mark.parametrize("place", ELSEWHERE)
@pytest.mark.parametrize("stopped", [False, True])
def test_what_was_begun_elsewhere_waits_for_the_lease_and_never_starts_here(
    bench, begun, ticks, place, stopped
) -> None:
    run_id = begun(stopped=stopped, **ELSEWHERE[place])
    bench.dead.add(1)  # as its pid would look here
    executor, engine = other(bench)
    engine.step(bench.now)
    if bench.database.is_sqlite and place == "another boot":
        # The database lies in the home: it is the machine before it was started again.
        assert (executor.adopted, executor.barred) == ([(run_id, *KEY)], [])
        return
    if not bench.database.is_sqlite or not (stopped or "boot" in place):
        assert executor.adopted == []
    ticks[0] += 31
    engine.step(bench.now)
    assert executor.adopted == [(run_id, *KEY)]
    assert executor.barred + executor.reached == [(run_id, *KEY)]
    if not bench.database.is_sqlite:
        assert executor.reached == []


def test_one_that_beats_elsewhere_keeps_its_work(bench, begun, ticks) -> None:
    begun(processes="2", home_id="other")
    bench.dead.add(1)
    executor, engine = other(bench)
    for _ in range(5):
        bench.now = bench.now.replace(microsecond=bench.now.microsecond + 1)
        bench.database.write(
            lambda db: db.run("UPDATE engines SET heartbeat_at = :heartbeat_at WHERE id = 1", heartbeat_at=bench.now)
        )
        engine.step(bench.now)
        ticks[0] += 29
    assert executor.adopted == []


def test_the_lease_begins_again_with_each_heartbeat(bench, ticks) -> None:
    """Also of an engine whose process is seen here: it may stand still, and must not be taken for that while it beats."""
    bench.make(Task("a", "x"))
    run_id = bench.start()
    executor, engine = other(bench)
    bench.database.write(lambda db: db.run("UPDATE engines SET identity = :identity WHERE id = 1", identity={"pid": 1}))
    for seconds in (0, 29, 29, 29):
        ticks[0] += seconds
        bench.now += timedelta(seconds=seconds or 1)
        bench.database.write(
            lambda db: db.run("UPDATE engines SET heartbeat_at = :heartbeat_at WHERE id = 1", heartbeat_at=bench.now)
        )
        engine.step(bench.now)
    ticks[0] += 30
    engine.step(bench.now)
    assert executor.adopted == []
    ticks[0] += 1
    engine.step(bench.now)
    assert executor.adopted == [(run_id, *KEY)]


def test_a_container_that_was_made_again_on_its_home_goes_on_at_once(bench, begun) -> None:
    """Its processes are other ones, and its host name too; but the lock of the very same home is this engine's."""
    run_id = begun(processes="2")
    bench.database.write(lambda db: db.run("UPDATE engines SET host = :host", host="0123456789ab"))
    executor, engine = other(bench)
    engine.step(bench.now)
    assert (executor.adopted, executor.barred) == ([(run_id, *KEY)], [])


def test_a_run_by_hand_in_other_processes_of_the_same_home_waits_for_the_lease(bench, begun, ticks) -> None:
    run_id = begun(processes="2", role="here")
    executor, engine = other(bench)
    engine.step(bench.now)
    assert executor.adopted == []
    ticks[0] += 31
    engine.step(bench.now)
    assert (executor.adopted, executor.barred) == ([(run_id, *KEY)], [])


def test_another_home_of_this_machine_is_reached(bench, begun) -> None:
    run_id = begun(home="/other", home_id="other")
    bench.dead.add(1)
    executor, engine = other(bench)
    engine.step(bench.now)
    assert (executor.adopted, executor.reached, executor.barred) == ([(run_id, *KEY)], [(run_id, *KEY)], [])


def test_what_another_machine_began_on_a_shared_database_waits_and_is_barred(bench, begun, ticks) -> None:
    run_id = begun(stopped=True, boot="other", home_id="other")
    executor, engine = other(bench)
    engine._recovery._here = replace(engine._recovery._here, alone=False)
    engine.step(bench.now)
    assert (executor.adopted, executor.barred) == ([], [])
    ticks[0] += 31
    engine.step(bench.now)
    assert (executor.adopted, executor.barred, executor.reached) == ([(run_id, *KEY)], [(run_id, *KEY)], [])
