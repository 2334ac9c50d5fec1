"""A schedule with `at_start` fires once for each boot of the machine, or for each start of the scheduler."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from operated import changed

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.policies import Catchup, Overlap
from workflow_scheduler.domain.task import Task
from workflow_scheduler.operations.schedules.planner_pause import pause_planner, resume_planner
from workflow_scheduler.storage import retention
from workflow_scheduler.storage.engines import boot_of

BOOT, NEXT_BOOT = {"boot": "4f0a", "processes": "1"}, {"boot": "77c1", "processes": "1"}


def start(bench, place=BOOT, **options):
    """Another scheduler after the one before, which was killed; its first pass is over."""
    bench.dead.add(len(bench.engines))
    bench.pass_time(minutes=1)
    bench.executor, bench.engine = bench.another(place=place, **options)
    bench.engine.step(bench.now)
    return bench.engine


def killed_at_once(bench) -> None:
    """A scheduler of the next boot that makes no pass."""
    bench.dead.add(len(bench.engines))
    bench.now += timedelta(minutes=1)
    bench.another(place=NEXT_BOOT)


def fires(bench) -> list[tuple[str, str]]:
    return [(fire.disposition, fire.reason) for fire in bench.queries.fire_list("s", None)]


@pytest.fixture(autouse=True)
def workflow(bench) -> None:
    bench.commands.create_workflow("w", bench.now)
    bench.commands.add_task("w", Task("a", "x"), bench.now)


def add(bench, at_start: str = "boot", **policies: object):
    return bench.commands.add_schedule("w", {"at_start": at_start}, bench.now, schedule_id="s", **policies)


def test_a_new_schedule_waits_for_the_next_start(bench) -> None:
    add(bench, "scheduler")
    bench.pass_time(hours=1)
    assert fires(bench) == []
    start(bench)
    assert fires(bench) == [("queued", "")]
    bench.pass_time(hours=1)
    assert len(fires(bench)) == 1
    assert bench.only_run().nominal_utc == bench.now.replace(hour=2, minute=0)


def test_each_start_of_the_scheduler_is_a_fire(bench) -> None:
    add(bench, "scheduler", overlap=Overlap.ALLOW)
    for _ in range(3):
        start(bench)
    assert [disposition for disposition, _ in fires(bench)] == ["queued"] * 3


def test_each_boot_is_one_fire_however_often_the_scheduler_starts(bench) -> None:
    start(bench)
    add(bench, overlap=Overlap.ALLOW)
    start(bench)
    assert fires(bench) == []  # it is the boot in which the schedule was made
    for _ in range(3):
        start(bench, NEXT_BOOT)
    assert fires(bench) == [("queued", "")]
    start(bench, BOOT | {"boot": "9999"})
    assert len(fires(bench)) == 2


def test_a_scheduler_that_was_killed_at_once_loses_no_boot(bench) -> None:
    start(bench)
    add(bench)
    killed_at_once(bench)
    began = bench.now
    start(bench, NEXT_BOOT)
    assert [disposition for disposition, _ in fires(bench)] == ["queued"]
    assert bench.only_run().nominal_utc == began


def test_catch_up_and_overlap_hold(bench) -> None:
    start(bench)
    add(bench, catchup=Catchup.NONE)
    killed_at_once(bench)
    start(bench, NEXT_BOOT)
    assert fires(bench) == [("skipped_too_old", "missed; catch-up is off")]
    bench.commands.edit_schedule("s", lambda old: changed(old, catchup=Catchup.LATEST, overlap=Overlap.SKIP), bench.now)
    bench.start()
    start(bench, BOOT | {"boot": "9999"})
    assert [disposition for disposition, _ in fires(bench)] == ["skipped_too_old", "skipped_overlap"]


@pytest.mark.parametrize("how", ["schedule", "workflow", "planner"])
def test_what_is_paused_is_on_record_and_does_not_fire_later(bench, how: str) -> None:
    start(bench)
    add(bench)
    if how == "schedule":
        bench.commands.edit_schedule("s", lambda old: changed(old, enabled=False), bench.now)
    elif how == "workflow":
        bench.commands.change_workflow("w", lambda old: replace(old, enabled=False), bench.now)
    else:
        pause_planner(bench.database, bench.now, "ops")
    start(bench, NEXT_BOOT)
    assert fires(bench) == [("skipped_paused", "paused")]
    if how == "schedule":
        bench.commands.edit_schedule("s", lambda old: changed(old, enabled=True), bench.now)
    elif how == "workflow":
        bench.commands.change_workflow("w", lambda old: replace(old, enabled=True), bench.now)
    else:
        resume_planner(bench.database, bench.now)
    start(bench, NEXT_BOOT)
    assert len(fires(bench)) == 1


def test_an_engine_for_one_run_is_no_start(bench) -> None:
    add(bench, "scheduler")
    _, engine = bench.another(role="here", place=NEXT_BOOT)
    engine.step(bench.now)
    assert fires(bench) == []


@pytest.mark.parametrize("place", [{}, {"boot": "unknown"}])
def test_where_the_boot_is_not_known_each_start_counts_as_one(bench, place) -> None:
    start(bench, place)
    add(bench, overlap=Overlap.ALLOW)
    start(bench, place)
    start(bench, place)
    assert len(fires(bench)) == 2


def test_upkeep_keeps_the_first_start_of_a_boot_that_lasts(bench) -> None:
    start(bench)
    add(bench, overlap=Overlap.ALLOW)
    start(bench, NEXT_BOOT)
    start(bench, NEXT_BOOT)
    assert len(fires(bench)) == 1
    later = bench.now.replace(year=2027)
    bench.database.write(lambda db: retention.delete_engines(db, later))
    start(bench, NEXT_BOOT)
    assert len(fires(bench)) == 1


def test_a_boot_is_what_its_place_says() -> None:
    assert boot_of({"place": {"boot": "x"}}) == "x"
    assert boot_of({"place": None}) == boot_of({}) == boot_of({"place": {"boot": "unknown"}}) == ""


def test_a_pause_with_an_end_and_bounds_hold_for_starts(bench) -> None:
    start(bench)
    add(bench)
    until = (bench.now + timedelta(days=1)).isoformat()
    bench.commands.edit_schedule("s", lambda old: changed(old, paused_until=until), bench.now)
    start(bench, NEXT_BOOT)
    assert fires(bench) == [("skipped_paused", f"paused until {until}")]
    bench.commands.edit_schedule("s", lambda old: changed(old, paused_until=None, until="2020-01-01"), bench.now)
    start(bench, NEXT_BOOT | {"boot": "1"})
    assert len(fires(bench)) == 1
    bench.commands.edit_schedule("s", lambda old: changed(old, until=None), bench.now)
    start(bench, NEXT_BOOT | {"boot": "2"})
    assert [fate for fate, _ in fires(bench)] == ["skipped_paused", "queued"]


def test_what_happens_cannot_be_moved(bench) -> None:
    with pytest.raises(InvalidInput, match="at_start fires when it happens; leave out calendar and jitter"):
        add(bench, jitter=60.0)
