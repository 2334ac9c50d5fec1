"""What overlap counts: every run of the workflow, whoever started it, or the schedule's own."""

from __future__ import annotations

import pytest

from workflow_scheduler.domain.policies import Overlap, OverlapScope
from workflow_scheduler.domain.task import Task
from workflow_scheduler.operations.runs.start import request_run


def schedule(bench, name: str, overlap: Overlap, scope: OverlapScope) -> None:
    bench.commands.add_schedule("w", {"every": "1h"}, bench.now, schedule_id=name, overlap=overlap, overlap_scope=scope)


def fates(bench, name: str) -> list[tuple[str, str]]:
    return [(fire.disposition, fire.reason) for fire in bench.queries.fire_list(name, None)]


@pytest.mark.parametrize("scope", list(OverlapScope))
def test_a_run_by_hand_counts_for_skip(bench, scope: OverlapScope) -> None:
    bench.make(Task("a", "x"))
    by_hand = request_run(bench.database, "w", bench.now)
    schedule(bench, "s", Overlap.SKIP, scope)
    bench.step()
    bench.pass_time(hours=1)
    if scope is OverlapScope.WORKFLOW:
        assert fates(bench, "s") == [("skipped_overlap", "another run of this workflow has not finished")]
        bench.end((by_hand, "a", 1))
        bench.pass_time(hours=1)
    assert fates(bench, "s")[-1] == ("queued", "")


@pytest.mark.parametrize("scope", list(OverlapScope))
def test_two_schedules_of_one_workflow_that_are_due_together(bench, scope: OverlapScope) -> None:
    bench.make(Task("a", "x"))
    for name in ("s", "t"):
        schedule(bench, name, Overlap.SKIP, scope)
    bench.pass_time(hours=1)
    dispositions = sorted(fates(bench, name)[0][0] for name in ("s", "t"))
    assert dispositions == (["queued", "skipped_overlap"] if scope is OverlapScope.WORKFLOW else ["queued", "queued"])


@pytest.mark.parametrize("scope", list(OverlapScope))
def test_what_is_queued_waits_for_every_run_of_its_workflow(bench, scope: OverlapScope) -> None:
    bench.make(Task("a", "x"))
    for name in ("s", "t"):
        schedule(bench, name, Overlap.QUEUE, scope)
    bench.pass_time(hours=1)
    bench.step()
    assert len(bench.executor.launched) == (1 if scope is OverlapScope.WORKFLOW else 2)
    bench.end(bench.executor.launched[0])
    bench.step()
    assert len(bench.executor.launched) == 2


def test_the_last_fire_of_a_schedule_is_not_one_too_many(bench) -> None:
    """A fire of many may be left out, for the next one does its work. After a single date none comes."""
    bench.make(Task("a", "x"))
    request_run(bench.database, "w", bench.now)
    request_run(bench.database, "w", bench.now)
    schedule(bench, "often", Overlap.QUEUE, OverlapScope.WORKFLOW)
    bench.commands.add_schedule("w", {"at": "2026-11-23 01:30:00"}, bench.now, schedule_id="once")
    bench.pass_time(hours=1)
    assert fates(bench, "often") == [("skipped_overlap", "one run of this workflow is already waiting")]
    assert [fate for fate, _ in fates(bench, "once")] == ["queued"]


@pytest.mark.parametrize("scope", list(OverlapScope))
def test_replace_ends_every_run_of_its_workflow(bench, scope: OverlapScope) -> None:
    bench.make(Task("a", "x"))
    by_hand = request_run(bench.database, "w", bench.now)
    schedule(bench, "s", Overlap.REPLACE, scope)
    bench.step()
    bench.pass_time(hours=1)
    assert bench.executor.stopped == ([(by_hand, "a", 1)] if scope is OverlapScope.WORKFLOW else [])


def test_a_run_by_hand_waits_for_nobody(bench) -> None:
    bench.make(Task("a", "x"))
    schedule(bench, "s", Overlap.QUEUE, OverlapScope.WORKFLOW)
    bench.pass_time(hours=1)
    request_run(bench.database, "w", bench.now)
    bench.step()
    assert len(bench.executor.launched) == 2
