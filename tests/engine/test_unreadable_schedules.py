"""A schedule that cannot be read does not keep the others from firing, and can be paused, changed and deleted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from operated import changed
from unreadable import ROWS, SQLITE_ROWS, insert

from workflow_scheduler.definitions.documents import to_yaml
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.task import Task
from workflow_scheduler.engine import planner
from workflow_scheduler.operations.home.doctor import examine_opened
from workflow_scheduler.operations.schedules.planner_pause import pause_planner, resume_planner
from workflow_scheduler.operations.workflows.apply import apply_documents, document_of
from workflow_scheduler.operations.workflows.check import load_text

DUE = "2026-11-23 00:59:30.000000"


@pytest.fixture
def rows(bench) -> list[str]:
    """Beside a schedule that is due at 01:00, every kind of row that cannot be read, due before it."""
    bench.commands.create_workflow("w", bench.now)
    bench.commands.add_task("w", Task("a", "x"), bench.now)
    bench.commands.add_schedule("w", {"cron": "0 1 * * *"}, bench.now, schedule_id="s")
    kinds = {**ROWS, **(SQLITE_ROWS if bench.database.path else {})}
    for name, row in kinds.items():
        insert(bench.database, name, row, DUE)
    return list(kinds)


def shown(bench) -> dict[str, dict]:
    return {schedule.id: schedule for schedule in bench.queries.schedule_list()}


def test_the_others_fire(bench, rows, caplog) -> None:
    bench.pass_time(seconds=60)
    assert [fire.disposition for fire in bench.queries.fire_list("s", None)] == ["queued"]
    assert "The schedule minute cannot fire: The cron field minute is '61'" in caplog.text
    told = len(caplog.records)
    bench.pass_time(seconds=60)
    assert len(caplog.records) == told  # it is said once


def test_each_is_listed_as_what_it_is(bench, rows) -> None:
    listed = shown(bench)
    assert set(listed) == {*rows, "s"}
    assert listed["s"].problem == ""
    for name in set(rows) - {"moment"}:
        assert listed[name].problem.endswith("."), name
        assert listed[name].description == f"Cannot be read: {listed[name].problem}"
    assert "minute is '61'" in listed["minute"].description
    assert "Mars/Olympus" in listed["zone"].description
    assert "no readable catchup" in listed["catchup"].description


def test_none_can_be_let_fire_and_all_can_be_paused_and_deleted(bench, rows) -> None:
    for name in set(rows) - {"moment"}:
        bench.commands.edit_schedule(name, lambda old: changed(old, enabled=False), bench.now)
        if name in ("catchup", "overlap", "params", "window", "no-anchor"):
            assert not shown(bench)[name].problem
            continue
        with pytest.raises(InvalidInput, match="cannot fire"):
            bench.commands.edit_schedule(name, lambda old: changed(old, enabled=True), bench.now)
    bench.commands.edit_schedule(
        "minute", lambda old: changed(old, spec={"cron": "1 * * * *"}, enabled=True), bench.now
    )
    bench.commands.edit_schedule("zone", lambda old: changed(old, timezone="UTC", enabled=True), bench.now)
    assert not shown(bench)["minute"].problem
    assert not shown(bench)["zone"].problem
    for name in rows:
        bench.commands.delete_schedule(name, bench.now)
    assert set(shown(bench)) == {"s"}


def test_the_workflow_and_the_planner_can_be_paused_and_resumed(bench, rows) -> None:
    for enabled in (False, True):
        bench.commands.change_workflow("w", lambda old, to=enabled: replace(old, enabled=to), bench.now)
    pause_planner(bench.database, bench.now, "ada")
    resume_planner(bench.database, bench.now)
    assert shown(bench)["s"].next_utc == datetime(2026, 11, 23, 1, tzinfo=UTC)
    bench.commands.delete_workflow("w", bench.now)


def test_zones_are_looked_at_again_beside_them(bench, rows) -> None:
    assert bench.database.write(lambda db: planner.replan(db, "")) is None
    assert bench.database.write(lambda db: len(planner.readable(db, []))) == 0
    assert shown(bench)["minute"].next_utc is None


def test_definitions_are_written_and_applied_beside_them(bench, rows) -> None:
    workflow, _, schedules = bench.queries.workflow("w")
    written = to_yaml(document_of(workflow, schedules))
    assert "cron: 61 * * * *" in written
    with pytest.raises(InvalidInput, match="Give exactly one of cron"):
        load_text(written)
    (applied,) = apply_documents(bench.database, "UTC", load_text("id: w\ntasks: [{id: a, command: y}]"), bench.now)
    assert applied.result == "changed"
    assert len(shown(bench)) == len(rows) + 1
    apply_documents(bench.database, "UTC", load_text("id: w\ntasks: [{id: a, command: y}]\nschedules: []"), bench.now)
    assert shown(bench) == {}


def test_the_doctor_names_them(bench, rows, tmp_path) -> None:
    findings = examine_opened(
        bench.database, tmp_path, bench.now, timezone="UTC", lack_of_room="", free_bytes=10**10, installed_path=None
    )
    (finding,) = [finding for finding in findings if "unreadable" in finding.words]
    assert finding.state == "problem"
    assert "minute" in finding.words
