"""What a backfill would run: which times of the range, and why the others are left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from workflow_scheduler.domain.errors import InvalidInput, NotFound, Refused
from workflow_scheduler.domain.parameter_values import WrongParameters
from workflow_scheduler.domain.parameters import Parameter, ParameterType
from workflow_scheduler.domain.policies import Overlap
from workflow_scheduler.domain.run import AttemptState
from workflow_scheduler.domain.task import Task
from workflow_scheduler.operations.backfills.changes import create_backfill
from workflow_scheduler.operations.backfills.plan import plan_backfill
from workflow_scheduler.operations.backfills.request import backfill_request
from workflow_scheduler.operations.backfills.rows import BackfillPlan


def plan(bench, start: str, end: str, workflow: str = "w", **options: Any) -> BackfillPlan:
    return plan_backfill(bench.database, backfill_request(workflow, start, end, **options), bench.now)


def nightly(bench, schedule_id: str = "s", **policies: Any) -> None:
    policies = {"overlap": Overlap.ALLOW} | policies
    bench.commands.add_schedule("w", {"cron": "0 2 * * *"}, bench.now, schedule_id=schedule_id, **policies)


def whats(found: BackfillPlan) -> list[str]:
    return [moment.what for moment in found.moments]


@pytest.fixture
def night(bench):
    """23 November has a failed run, the 24th a successful one, and the 25th to 27th were missed."""
    bench.make(Task("a", "x"))
    nightly(bench)
    bench.step()
    for day, state in ((23, AttemptState.FAILED), (24, AttemptState.SUCCEEDED)):
        bench.now = bench.now.replace(day=day, hour=2, minute=0)
        bench.step()
        bench.end(bench.executor.launched[-1], state)
    bench.now = bench.now.replace(day=28, hour=1)
    bench.step()
    bench.end(bench.executor.launched[-1])
    return bench


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        ("missing", ["left out: failed", "left out: succeeded", "will run", "will run", "left out: succeeded"]),
        ("failed", ["will run", "left out: succeeded", "left out: no run", "left out: no run", "left out: succeeded"]),
        ("all", ["will run"] * 5),
    ],
)
def test_which_times_are_run(night, only: str, expected: list[str]) -> None:
    found = plan(night, "2026-11-23", "2026-11-27", only=only)
    assert whats(found) == expected
    assert found.will_run == expected.count("will run")
    assert found.left_out == 5 - found.will_run
    assert [moment.disposition for moment in found.moments] == [None, None, "coalesced", "coalesced", None]
    assert found.moments[0].run_state == "failed"


def test_times_of_an_unfinished_backfill_are_left_out(night) -> None:
    request = backfill_request("w", "2026-11-25", "2026-11-25")
    name = create_backfill(night.database, request, night.now, "anna")
    assert whats(plan(night, "2026-11-25", "2026-11-26", only="all")) == [f"left out: in backfill {name}", "will run"]
    night.step()
    night.end(night.executor.launched[-1])
    assert whats(plan(night, "2026-11-25", "2026-11-26")) == ["left out: succeeded", "will run"]


def test_the_last_run_of_a_time_decides(night) -> None:
    request = backfill_request("w", "2026-11-23", "2026-11-23", only="failed")
    create_backfill(night.database, request, night.now, "anna")
    night.step()
    night.end(night.executor.launched[-1])
    assert whats(plan(night, "2026-11-23", "2026-11-23", only="failed")) == ["left out: succeeded"]


def test_a_range_that_goes_on_ends_now(night) -> None:
    found = plan(night, "2026-11-27", "2026-12-24")
    assert len(found.moments) == 1
    assert found.notes == ("The range ends now: times to come are left to the schedule.",)
    assert plan(night, "2026-11-27", "2026-11-27").notes == ()


def test_exact_times_and_the_newest_first(night) -> None:
    found = plan(night, "2026-11-20 02:00", "2026-11-22 01:59", order="newest")
    assert [moment.nominal_utc.day for moment in found.moments] == [21, 20]


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        ("2026-11-21", "2026-11-20", "ends .* before it begins"),
        ("2026-12-21", "2026-12-22", "is in the future"),
        ("yesterday", "2026-11-20", "is invalid"),
        ("1950-01-01", "2026-11-20", "out of range"),
        ("1975-01-01", "2026-11-20", "has 18,952 times in this range, and a backfill has at most 10,000"),
    ],
)
def test_ranges_that_cannot_be(night, start: str, end: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        plan(night, start, end)


def test_what_is_paused_can_be_run_again(bench) -> None:
    bench.make(Task("a", "x"), enabled=False)
    nightly(bench, enabled=False, paused_until="2027-01-01")
    assert whats(plan(bench, "2026-11-01", "2026-11-03")) == ["will run"] * 3


def test_all_schedules_or_one(bench) -> None:
    bench.make(Task("a", "x"))
    nightly(bench)
    nightly(bench, "t")
    bench.commands.add_schedule("w", {"at_start": "boot"}, bench.now, schedule_id="start")
    found = plan(bench, "2026-11-01", "2026-11-02")
    assert [moment.schedule_id for moment in found.moments] == ["s", "t", "s", "t"]
    assert found.notes == ("start is left out: it runs when something starts, and has no past times.",)
    assert {moment.schedule_id for moment in plan(bench, "2026-11-01", "2026-11-02", schedule_id="t").moments} == {"t"}
    with pytest.raises(NotFound, match="has no schedule 'x'; there are: s, start, t"):
        plan(bench, "2026-11-01", "2026-11-02", schedule_id="x")
    with pytest.raises(Refused, match="runs when something starts"):
        plan(bench, "2026-11-01", "2026-11-02", schedule_id="start")


def test_without_a_schedule_there_are_no_past_times(bench) -> None:
    bench.make(Task("a", "x"))
    with pytest.raises(Refused, match="has no schedule, so it has no past times") as refused:
        plan(bench, "2026-11-01", "2026-11-02")
    assert "run w --for TIME" in str(refused.value)
    assert "--for" not in refused.value.said


def test_nothing_to_run_is_refused(night) -> None:
    request = backfill_request("w", "2026-11-24", "2026-11-24")
    with pytest.raises(Refused, match="every time is left out"):
        create_backfill(night.database, request, night.now, "anna")
    request = backfill_request("w", "2026-11-24 03:00", "2026-11-24 04:00")
    with pytest.raises(Refused, match="no schedule was due"):
        create_backfill(night.database, request, night.now, "anna")


def test_values_that_do_not_fit_are_refused_when_it_is_created(bench) -> None:
    bench.make(Task("a", "x"), params={"region": Parameter(ParameterType.CHOICE, options=("north", "south"))})
    nightly(bench, params={"region": "north"})
    plan(bench, "2026-11-01", "2026-11-02", params={"region": "south"})
    for params in ({"region": "west"}, {"regoin": "south"}):
        with pytest.raises(WrongParameters):
            plan(bench, "2026-11-01", "2026-11-02", params=params)


@pytest.mark.parametrize("order", ["oldest", "newest"])
def test_values_that_fit_only_some_times_are_told_before(bench, order: str) -> None:
    day = Parameter(ParameterType.DATE, default="{date}", max="2026-11-02")
    bench.make(Task("a", "x"), params={"day": day})
    nightly(bench)
    found = plan(bench, "2026-11-01", "2026-11-03", order=order)
    assert found.will_run == 3
    (note,) = found.notes
    assert note.startswith("1 run of s will fail, first that of 2026-11-03 02:00: The parameter 'day' is '2026-11-03'")
    with pytest.raises(WrongParameters, match="2026-11-04"):
        plan(bench, "2026-11-04", "2026-11-05")


def test_the_version_that_was_valid_then(bench) -> None:
    bench.make(Task("old", "x"))
    nightly(bench, enabled=False)
    first = bench.now
    bench.now += timedelta(days=2)
    bench.commands.change_workflow("w", lambda workflow: replace(workflow, tasks=(Task("new", "x"),)), bench.now)
    request = backfill_request("w", "2026-11-20", "2026-11-20", as_of=str(first.date()))
    create_backfill(bench.database, request, bench.now, "anna")
    bench.step()
    assert bench.executor.launched[-1].task_id == "old"
    with pytest.raises(Refused, match="did not exist at 2026-11-01"):
        plan(bench, "2026-11-20", "2026-11-20", as_of="2026-11-01")


def test_both_hours_of_a_night_with_two(bench) -> None:
    bench.make(Task("a", "x"))
    bench.commands.add_schedule("w", {"cron": "*/30 2 * * *"}, bench.now, schedule_id="s", timezone="Europe/Berlin")
    found = plan(bench, "2026-10-25", "2026-10-25")
    assert [moment.nominal_utc.strftime("%H:%M") for moment in found.moments] == ["00:00", "00:30", "01:00", "01:30"]
    found = plan(bench, "2026-03-29", "2026-03-29")
    assert {moment.nominal_utc.strftime("%H:%M") for moment in found.moments} <= {"01:00", "01:30"}
