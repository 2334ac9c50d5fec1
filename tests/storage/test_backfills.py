"""Backfills and their times as rows, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from databases import downgrade

from workflow_scheduler.domain.backfill import (
    Backfill,
    BackfillFire,
    BackfillState,
    Only,
    Order,
    Source,
    change_state,
    parse_window,
)
from workflow_scheduler.domain.errors import Unreachable
from workflow_scheduler.domain.run import Run, RunState
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.storage import backfills as store
from workflow_scheduler.storage import catalog, queries_backfills, retention
from workflow_scheduler.storage import runs as run_store
from workflow_scheduler.storage.database import Database
from workflow_scheduler.storage.present_backfills import any_present

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
DAY = timedelta(days=1)
BACKFILL = Backfill(
    "b",
    "w",
    BackfillState.ACTIVE,
    NOW,
    "local:anna",
    "2026-11-01",
    "2026-11-03",
    Only.ALL,
    Order.NEWEST,
    5,
    parse_window("20:00-06:00"),
    {"region": "south"},
    {"s": Source("Europe/Berlin", {"a": [1, 2]}, "days", True, "schedule")},
    3,
    NOW - DAY,
)
FIRES = [BackfillFire("s", NOW - day * DAY, due=NOW if day == 1 else None) for day in (3, 2, 1)]


def run(number: int, state: RunState = RunState.QUEUED, **values) -> Run:
    values = {"schedule_id": "s", "nominal": FIRES[number].nominal, "backfill_id": "b"} | values
    return Run(f"r{number}", "w", 1, state, NOW, **values)


@pytest.fixture
def made(database: Database) -> Database:
    database.write(lambda db: store.add_backfill(db, BACKFILL, FIRES))
    return database


def test_what_is_stored_is_read(made: Database) -> None:
    assert made.read(lambda db: store.find_backfill(db, "b")) == BACKFILL
    assert made.read(lambda db: store.find_backfill(db, "c")) is None
    plain = Backfill("c", "v", BackfillState.PAUSED, NOW + DAY, "x", "2026-11-01", "2026-11-01")
    made.write(lambda db: store.add_backfill(db, plain, []))
    for workflow, names in ((None, ["c", "b"]), ("w", ["b"]), ("x", [])):
        listed = made.read(lambda db, workflow=workflow: queries_backfills.list_backfills(db, workflow, None))
        assert [backfill.id for backfill in listed] == names
    assert made.read(store.open_backfills) == [(BACKFILL, 0), (plain, 0)]
    assert made.read(lambda db: store.next_fires(db, BACKFILL, ["s"], 2)) == FIRES[:2]
    assert made.read(lambda db: store.next_fires(db, BACKFILL, ["t"], 2)) == []


def test_a_home_without_backfills_goes_on_as_it_was(database: Database) -> None:
    downgrade(database, "0010")
    columns = "id, workflow_id, version, state, reason, queued_at, started_by, cause"
    values = "'r', 'w', 1, 'succeeded', '', '2026-11-24 00:00:00', '', ''"
    database.write(lambda db: db.run(f"INSERT INTO runs ({columns}, exclusive) VALUES ({values}, false)"))
    database.open()
    assert database.read(lambda db: run_store.find_run(db, "r")).backfill_id is None
    assert not database.read(any_present)


def test_each_time_gets_one_run(made: Database) -> None:
    made.write(lambda db: store.set_run(db, "b", [(FIRES[0], "r0")]))
    with pytest.raises(Unreachable, match="kept changing"):
        made.write(lambda db: store.set_run(db, "b", [(FIRES[0], "r1"), (FIRES[1], "r2")]), patience=0)
    assert made.read(lambda db: store.next_fires(db, BACKFILL, ["s"], 9)) == FIRES[1:]


def test_a_second_first_run_of_a_time_is_no_row(made: Database) -> None:
    made.write(lambda db: run_store.add_runs(db, [run(0)]))
    with pytest.raises(Exception, match=r"(?i)unique"):
        made.write(lambda db: run_store.add_runs(db, [replace(run(0), id="again")]))
    made.write(lambda db: run_store.add_runs(db, [replace(run(0), id="again", retry_of="r0")]))
    made.write(lambda db: run_store.add_runs(db, [replace(run(0), id="other", backfill_id=None)]))


def test_a_state_is_changed_only_if_it_still_stands(made: Database) -> None:
    paused = change_state(BACKFILL, BackfillState.PAUSED, NOW)
    made.write(lambda db: store.update_backfill(db, BACKFILL, paused))
    with pytest.raises(Unreachable, match="kept changing"):
        made.write(lambda db: store.update_backfill(db, BACKFILL, paused), patience=0)
    assert made.read(lambda db: store.find_backfill(db, "b")) == paused


def test_progress_and_times(made: Database) -> None:
    def work(db) -> None:
        run_store.add_runs(db, [run(0, RunState.FAILED, finished_at=NOW, reason="exit code 1")])
        store.set_run(db, "b", [(FIRES[0], "r0"), (FIRES[1], "pruned")])

    made.write(work)
    counts = made.read(lambda db: queries_backfills.fire_counts(db, ["b", "none"]))
    assert counts == {"b": {"failed": 1, "deleted": 1, "left": 1}, "none": {}}
    moments = made.read(lambda db: queries_backfills.list_moments(db, "b", None))
    assert [(m.run_id, m.state, m.reason) for m in moments] == [
        ("r0", RunState.FAILED, "exit code 1"),
        ("pruned", None, ""),
        (None, None, ""),
    ]
    assert made.read(lambda db: queries_backfills.list_moments(db, "b", 1, 1)) == moments[2:]
    assert made.read(lambda db: store.has_left(db, "b"))


def test_what_did_not_succeed_is_run_again(made: Database) -> None:
    states = (RunState.FAILED, RunState.SUCCEEDED, RunState.UNKNOWN)

    def work(db) -> None:
        run_store.add_runs(db, [run(n, state, finished_at=NOW) for n, state in enumerate(states)])
        store.set_run(db, "b", [(fire, f"r{n}") for n, fire in enumerate(FIRES)])

    made.write(work)
    assert not made.read(lambda db: store.has_left(db, "b"))
    assert made.write(lambda db: store.retry_fires(db, "b")) == 2
    assert [fire.retry_of for fire in made.read(lambda db: store.next_fires(db, BACKFILL, ["s"], 9))] == ["r0", "r2"]
    assert made.read(lambda db: store.has_left(db, "b"))
    assert made.write(lambda db: store.retry_fires(db, "b")) == 0


def test_open_backfills_and_runs_of_ended_ones_are_present(made: Database) -> None:
    cancelled = change_state(BACKFILL, BackfillState.CANCELLED, NOW)
    assert made.read(any_present)
    made.write(lambda db: store.update_backfill(db, BACKFILL, cancelled))
    assert not made.read(any_present)
    made.write(lambda db: run_store.add_runs(db, [run(0)]))
    assert made.read(any_present)
    assert made.read(lambda db: store.open_runs_of(db, "b")) == ["r0"]


def test_the_last_run_of_a_time_counts(made: Database) -> None:
    runs = [
        run(0, RunState.FAILED, backfill_id=None, finished_at=NOW),
        replace(run(0, RunState.SUCCEEDED, finished_at=NOW), id="later", queued_at=NOW + DAY, backfill_id=None),
        run(1, schedule_id="t"),
    ]
    made.write(lambda db: run_store.add_runs(db, runs))
    span = FIRES[0].nominal, FIRES[2].nominal
    found = made.read(lambda db: queries_backfills.runs_at(db, "w", ["s"], *span, NOW - DAY))
    assert found == {("s", FIRES[0].nominal): ("later", RunState.SUCCEEDED)}


def test_claimed_times_are_those_of_unfinished_backfills(made: Database) -> None:
    assert made.read(lambda db: queries_backfills.claimed_fires(db, ["s"])) == {
        ("s", fire.nominal): "b" for fire in FIRES
    }
    finished = change_state(BACKFILL, BackfillState.FINISHED, NOW)
    made.write(lambda db: store.update_backfill(db, BACKFILL, finished))
    assert made.read(lambda db: queries_backfills.claimed_fires(db, ["s"])) == {}


def test_a_deleted_workflow_ends_its_backfills(made: Database) -> None:
    made.write(lambda db: catalog.save_workflow(db, Workflow("w"), NOW))
    made.write(lambda db: catalog.delete_workflow(db, "w", NOW))
    found = made.read(lambda db: store.find_backfill(db, "b"))
    assert (found.state, found.reason, found.finished_at) == ("cancelled", "its workflow was deleted", NOW)


def test_a_renamed_workflow_keeps_its_backfills(made: Database) -> None:
    made.write(lambda db: catalog.save_workflow(db, Workflow("w"), NOW))
    made.write(lambda db: catalog.rename_workflow(db, "w", "v", NOW))
    assert made.read(lambda db: store.find_backfill(db, "b")).workflow_id == "v"


def test_ended_ones_go_with_their_age(made: Database) -> None:
    assert made.write(lambda db: store.delete_backfills(db, NOW + DAY, 10)) == 0
    cancelled = change_state(BACKFILL, BackfillState.CANCELLED, NOW)
    made.write(lambda db: store.update_backfill(db, BACKFILL, cancelled))
    assert made.write(lambda db: store.delete_backfills(db, NOW, 10)) == 0
    made.write(lambda db: run_store.add_runs(db, [run(0)]))
    assert made.write(lambda db: store.delete_backfills(db, NOW + DAY, 10)) == 0
    made.write(lambda db: run_store.update_runs(db, [(run(0), run(0, RunState.FAILED, finished_at=NOW))]))
    assert made.write(lambda db: store.delete_backfills(db, NOW + DAY, 10)) == 1
    assert made.read(lambda db: store.find_backfill(db, "b")) is None
    assert made.read(lambda db: db.value("SELECT count(*) FROM backfill_fires")) == 0


def test_the_fire_of_the_same_time_stays_when_a_run_is_pruned(made: Database) -> None:
    def work(db) -> int:
        db.run(
            "INSERT INTO fires (schedule_id, nominal_utc, disposition, reason, count) VALUES ('s', :at, 'coalesced', '', 1)",
            at=FIRES[0].nominal,
        )
        run_store.add_runs(db, [run(0, RunState.FAILED, finished_at=NOW)])
        retention.delete_runs(db, ["r0"])
        return db.value("SELECT count(*) FROM fires")

    assert made.write(work) == 1
