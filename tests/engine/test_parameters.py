"""A run has the values of its parameters from its beginning, whatever happens to its workflow and schedule later."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from operated import changed

from workflow_scheduler.definitions.calendars import read_calendar
from workflow_scheduler.definitions.documents import changed_workflow, load
from workflow_scheduler.domain.defaults import Defaults
from workflow_scheduler.domain.errors import InvalidInput, Refused
from workflow_scheduler.domain.parameter_values import WrongParameters
from workflow_scheduler.domain.parameters import Parameter, ParameterType
from workflow_scheduler.domain.run import AttemptState
from workflow_scheduler.domain.task import Retry, Task
from workflow_scheduler.executors.base import AttemptSpec
from workflow_scheduler.operations.calendars.edit import apply_calendars
from workflow_scheduler.operations.runs.start import request_run, retry_run
from workflow_scheduler.operations.workflows.apply import apply_documents
from workflow_scheduler.storage import catalog
from workflow_scheduler.storage import runs as run_store

REGION = Parameter(ParameterType.CHOICE, options=("north", "south"), default="north")
DAY = Parameter(ParameterType.DATE, default="{date-1d}")
NEEDED = Parameter()


def declare(bench, **params: Parameter) -> None:
    bench.commands.change_workflow("w", lambda workflow: replace(workflow, params=params), bench.now)


def spec(bench, number: int = -1) -> AttemptSpec:
    return bench.executor.specs[bench.executor.launched[number]]


def schedule(bench, spec: dict[str, Any], **options: Any) -> None:
    bench.commands.add_schedule("w", spec, bench.now, schedule_id="s", **options)


def test_a_fire_has_the_values_of_its_schedule_and_dates_of_its_nominal_time(bench) -> None:
    bench.make(Task("a", "x"), params={"region": REGION, "day": DAY})
    schedule(bench, {"cron": "30 0 * * *"}, timezone="Asia/Tokyo", params={"region": "south"})
    bench.now = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)  # in Tokyo the 25th, 00:30
    bench.step()
    assert spec(bench).params == {"region": "south", "day": "2026-11-24"}
    assert bench.only_run().params == {"region": "south", "day": "2026-11-24"}


def test_a_fire_that_is_caught_up_has_dates_of_the_time_that_it_was_due(bench) -> None:
    bench.make(Task("a", "x"), params={"day": DAY})
    schedule(bench, {"cron": "0 23 * * *"})
    bench.pass_time(days=3, hours=5)
    assert bench.only_run().params == {"day": "2026-11-24"}


def test_business_dates_are_those_of_the_schedules_calendar(bench) -> None:
    apply_calendars(bench.database, [read_calendar({"id": "c", "closed": ["2026-11-24"]})], Path("/nowhere"), bench.now)
    bench.make(Task("a", "x"), params={"day": Parameter(ParameterType.DATE, default="{business_date-1}")})
    schedule(bench, {"cron": "0 6 25 * *"}, calendar="c")
    bench.now = datetime(2026, 11, 25, 6, tzinfo=UTC)
    bench.step()
    assert bench.only_run().params == {"day": "2026-11-23"}
    # By hand, too, and without a calendar from Monday to Friday.
    assert spec_of(bench, request_run(bench.database, "w", bench.now)) == {"day": "2026-11-23"}
    bench.commands.delete_schedule("s", bench.now)
    assert spec_of(bench, request_run(bench.database, "w", bench.now)) == {"day": "2026-11-24"}


def test_a_run_for_another_time_has_the_dates_of_that_time(bench) -> None:
    bench.make(Task("a", "x"), params={"day": DAY})
    schedule(bench, {"cron": "0 1 * * *"}, timezone="Asia/Tokyo")
    for written, nominal, day in (
        ("2026-10-05", datetime(2026, 10, 4, 15, tzinfo=UTC), "2026-10-04"),
        ("2026-10-05 01:00", datetime(2026, 10, 4, 16, tzinfo=UTC), "2026-10-04"),
        ("2026-10-05T00:00+00:00", datetime(2026, 10, 5, tzinfo=UTC), "2026-10-04"),
    ):
        run_id = request_run(bench.database, "w", bench.now, time=written)
        run = bench.database.read(lambda db, run_id=run_id: run_store.find_run(db, run_id))
        assert (run.nominal, run.params, run.schedule_id) == (nominal, {"day": day}, None)
        assert run.cause.endswith(f" for {written}")
    with pytest.raises(InvalidInput, match="YYYY-MM-DD"):
        request_run(bench.database, "w", bench.now, time="yesterday")


def spec_of(bench, run_id: str) -> Any:
    found = bench.database.read(lambda db: run_store.find_run(db, run_id))
    assert found is not None
    return found.params


def test_a_run_without_parameters_has_none(bench) -> None:
    bench.make(Task("a", "x"))
    bench.start()
    assert spec(bench).params is None
    assert bench.only_run().params == {}
    assert bench.database.read(lambda db: db.value("SELECT params FROM runs")) is None
    assert bench.database.read(lambda db: db.value("SELECT params FROM workflows")) is None


def test_a_retry_and_a_restart_see_the_same_values(bench) -> None:
    here = {"home": "/mine", "place": {"boot": "b", "processes": "1", "home_id": "h", "home_file": 7}}
    bench.executor, bench.engine = bench.another(**here)
    bench.make(Task("a", "x", retry=Retry(1)), params={"region": REGION, "day": DAY})
    run_id = bench.start(params={"region": "south"})
    before = spec(bench).params
    declare(bench, region=replace(REGION, default="south"), day=replace(DAY, default="{date}"))
    bench.now = bench.now.replace(day=25)
    bench.end(bench.executor.launched[-1], AttemptState.FAILED, "exit code 1")
    assert (len(bench.executor.launched), spec(bench).params) == (2, before)
    bench.dead.add(2)
    executor, engine = bench.another(**here)
    engine.step(bench.now)
    assert executor.specs[run_id, "a", 2].params == before == {"region": "south", "day": "2026-11-22"}


def test_a_run_retried_by_hand_has_the_values_of_the_first_unless_others_are_given(bench) -> None:
    bench.make(Task("a", "x"), Task("b", "x"), params={"region": REGION, "day": DAY})
    first = bench.start(params={"region": "south", "day": "2026-01-01"})
    bench.end(bench.executor.launched[-1])
    bench.end(bench.executor.launched[-1], AttemptState.FAILED, "exit code 1")
    again = retry_run(bench.database, first, bench.now)
    bench.step()
    assert (bench.run(again).params, bench.run(again).retry_of) == (bench.run(first).params, first)
    assert bench.executor.launched[-1][:2] == (again, "b")  # what succeeded is reused
    other = retry_run(bench.database, first, bench.now, params={"region": "north"})
    bench.step()
    assert bench.run(other).params == {"region": "north", "day": "2026-01-01"}
    assert bench.run(other).retry_of == first
    assert "with another region" in bench.run(other).cause
    assert bench.executor.launched[-1][:2] == (other, "a")  # with other values nothing is


def test_a_retry_drops_what_the_workflow_no_longer_has_and_refuses_what_does_not_fit(bench) -> None:
    bench.make(Task("a", "x"), params={"region": REGION, "note": NEEDED})
    first = bench.start(params={"region": "south", "note": "n"})
    bench.end(bench.executor.launched[-1], AttemptState.FAILED, "exit code 1")
    declare(bench, region=REGION)
    assert bench.run(retry_run(bench.database, first, bench.now)).params == {"region": "south"}
    declare(bench, region=replace(REGION, options=("north",)))
    with pytest.raises(WrongParameters, match="is 'south'"):
        retry_run(bench.database, first, bench.now)
    with pytest.raises(WrongParameters, match="no parameter 'x'"):
        retry_run(bench.database, first, bench.now, params={"region": "north", "x": 1})


def test_nothing_is_stored_of_a_run_whose_values_do_not_fit(bench) -> None:
    bench.make(Task("a", "x"), params={"note": NEEDED})
    for params in ({}, {"note": "x", "nte": 1}, {"note": "x" * 5000}):
        with pytest.raises(InvalidInput):
            request_run(bench.database, "w", bench.now, params=params)
    assert bench.queries.run_list(limit=None) == []


def test_a_schedule_that_would_fail_is_refused_when_it_is_saved(bench) -> None:
    bench.make(Task("a", "x"), params={"note": NEEDED})
    with pytest.raises(WrongParameters, match="'note' is required"):
        schedule(bench, {"every": "1h"})
    schedule(bench, {"every": "1h"}, params={"note": "x"})
    with pytest.raises(WrongParameters, match="did you mean 'note'"):
        bench.commands.edit_schedule("s", lambda old: changed(old, params={"note": "x", "noto": "y"}), bench.now)
    with pytest.raises(Refused, match="'s' does not fit 'w': The parameter 'other' is required"):
        declare(bench, note=NEEDED, other=NEEDED)
    declare(bench, note=NEEDED, other=replace(NEEDED, default="x"))
    assert bench.queries.schedule("s").policies.params == {"note": "x"}


def test_a_document_is_refused_as_a_whole_if_schedules_do_not_fit(bench) -> None:
    text = "id: w\nparams: {note: {}}\ntasks: [{id: a, command: x}]\nschedules:\n  - {id: s, every: 1h, params: {note: x}}\n"
    apply_documents(bench.database, "UTC", load(text, "a"), bench.now)
    # Without schedules, those that are stored stay, and would lack it.
    more = load("id: w\nparams: {note: {}, other: {}}\ntasks: [{id: a, command: x}]\n", "a")
    with pytest.raises(Refused, match="'other' is required"):
        apply_documents(bench.database, "UTC", more, bench.now)
    assert bench.queries.workflow("w")[1] == 1
    both = text.replace("params: {note: {}}", "params: {note: {}, other: {}}").replace(
        "{note: x}", "{note: x, other: y}"
    )
    apply_documents(bench.database, "UTC", load(both, "a"), bench.now)
    assert bench.queries.schedule("s").policies.params == {"note": "x", "other": "y"}


def test_a_fire_whose_values_no_longer_fit_is_a_failed_run_with_the_reason(bench) -> None:
    bench.make(Task("a", "x"), params={"region": REGION})
    schedule(bench, {"every": "60s"}, params={"region": "south"})
    bench.database.write(  # as no command can
        lambda db: catalog.save_workflow(
            db, changed_workflow(bench.queries.workflow("w")[0], {"params": {}}), bench.now
        )
    )
    bench.database.write(lambda db: db.run('UPDATE workflows SET params = \'{"day": {"type": "date"}}\''))
    bench.pass_time(seconds=60)
    run = bench.only_run()
    assert (run.state, bench.executor.launched) == ("failed", [])
    assert "no parameter 'region'" in run.reason
    assert "'day' is required" in run.reason
    assert [fire.disposition for fire in bench.queries.fire_list("s", None)] == ["queued"]
    kinds = bench.database.read(lambda db: db.column("SELECT kind FROM events WHERE run_id = :id", id=run.id))
    assert kinds == ["run.failed"]
    bench.pass_time(seconds=60)  # and the next one is accounted for, too
    assert len(bench.queries.run_list(limit=None)) == 2


def test_old_versions_and_names_that_are_not_declared_stay_editable(bench) -> None:
    bench.make(Task("a", "x"))
    workflow, _, _ = bench.queries.workflow("w")
    odd = replace(workflow, tasks=(Task("a", "awk", ("{print}",)),))
    bench.database.write(lambda db: catalog.save_workflow(db, odd, bench.now))
    bench.commands.change_workflow("w", lambda old: replace(old, enabled=False), bench.now)
    with pytest.raises(InvalidInput, match="double its braces"):
        bench.commands.change_workflow("w", lambda old: replace(old, tasks=(*old.tasks, Task("b", "x"))), bench.now)


def test_the_defaults_of_a_home_fill_what_a_task_leaves_open(bench) -> None:
    bench.defaults = Defaults(env={"A": "home", "B": "home"}, working_dir="/home", retry=Retry(2), timeout=60.0)
    bench.make(Task("a", "x"), Task("b", "x", timeout=5.0, working_dir="own", depends_on=()), env={"B": "workflow"})
    bench.start()
    a, b = spec(bench, -2), spec(bench, -1)
    assert (dict(a.env), a.task.working_dir, a.task.timeout) == ({"A": "home", "B": "workflow"}, "/home", 60.0)
    assert (b.task.working_dir, b.task.timeout, b.task.retry) == ("own", 5.0, Retry(2))
    bench.end(a.key, AttemptState.FAILED, "exit code 1")
    assert bench.executor.launched[-1] == (a.key[0], "a", 2)
    bench.defaults = Defaults()
    bench.end(bench.executor.launched[-1], AttemptState.FAILED, "exit code 1")
    assert bench.executor.launched[-1] == (a.key[0], "a", 2)  # no retry any more


def test_defaults_that_cannot_be_read_start_nothing_and_say_so(bench) -> None:
    bench.defaults = Defaults(problem="defaults.yaml:1:1: nonsense")
    bench.make(Task("a", "x"))
    bench.start()
    assert spec(bench).refusal == "defaults.yaml:1:1: nonsense"
