"""What a worker may ask of the database, with the rights of its own role."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import databases
import psycopg
import pytest
import worker_rows
from patience import PATIENCE

from workflow_scheduler.domain.home_events import worker_back_event
from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.operations.workers.change import drain, resume
from workflow_scheduler.storage import assignments, worker_reports, workers
from workflow_scheduler.storage.bundles import BundleRow, put_bundle
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.storage.listening import Listener
from workflow_scheduler.storage.worker_desk import Dismissed, Unstorable, WorkerDesk

NOW = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)
HERE = {"pid": 1, "place": {"boot": "b", "home_id": "h"}}
ONE, TWO, THREE = AttemptKey("r", "b", 1), AttemptKey("r", "c", 1), AttemptKey("r", "a", 1)


@pytest.fixture
def postgresql(postgres: str, tmp_path: Path) -> Iterator[tuple[Database, str]]:
    url = databases.fresh(postgres, databases.MIGRATED)
    opened = Database(url, tmp_path)
    opened.open()
    yield opened, url
    opened.close()
    databases.drop(postgres, url)


@pytest.fixture
def desks(postgresql: tuple[Database, str], tmp_path: Path) -> Iterator[dict[str, WorkerDesk]]:
    """Two workers that have said hello."""
    database, url = postgresql
    made = {name: worker_rows.desk(database, url, name, tmp_path) for name in ("x", "y")}
    for desk in made.values():
        desk.hello("host", HERE, "1", 1)
    yield made
    for desk in made.values():
        desk.database.close()
    worker_rows.drop_roles(database)


@pytest.fixture
def database(postgresql: tuple[Database, str]) -> Database:
    database = postgresql[0]
    worker_rows.add_attempts(database, ONE, TWO, THREE)
    return database


def given(database: Database, key: AttemptKey, worker: str) -> None:
    def work(db: Connection) -> None:
        assignments.add_assignments(db, [(key, {"worker": worker}, {"task": key.task_id}, None)], NOW)
        assignments.offer(db, {key: worker}, NOW)

    database.write(work)


def test_what_is_offered_is_claimed_once_and_by_the_one_it_is_for(
    database: Database, desks: dict[str, WorkerDesk]
) -> None:
    given(database, ONE, "x")
    assert desks["y"].claim(5) == []
    assert [(one.key, one.spec, one.begun) for one in desks["x"].claim(5)] == [(ONE, {"task": "b"}, False)]
    assert desks["x"].claim(5) == []
    assert [one.key for one in desks["x"].held()] == [ONE]
    assert desks["y"].held() == []


def test_no_more_is_claimed_than_asked_for_and_the_oldest_first(
    database: Database, desks: dict[str, WorkerDesk]
) -> None:
    new = [(key, {"worker": "x"}, {}, None) for key in (TWO, ONE, THREE)]
    database.write(lambda db: assignments.add_assignments(db, new, NOW))
    database.write(lambda db: assignments.offer(db, {TWO: "x", ONE: "x"}, NOW))
    assert [one.key for one in desks["x"].claim(1)] == [TWO]
    database.write(lambda db: assignments.offer(db, {THREE: "x"}, NOW.replace(hour=3)))
    assert [one.key for one in desks["x"].claim(5)] == [ONE, THREE]


def test_what_was_claimed_stays_with_its_worker(database: Database, desks: dict[str, WorkerDesk]) -> None:
    given(database, ONE, "x")
    desks["x"].claim(1)
    database.write(lambda db: assignments.offer(db, {ONE: "y"}, NOW))
    assert desks["y"].claim(1) == []
    assert database.write(lambda db: assignments.withdraw(db, {ONE: "by hand"}, NOW)) == set()


def test_what_is_withdrawn_is_never_claimed(database: Database, desks: dict[str, WorkerDesk]) -> None:
    given(database, ONE, "x")
    assert database.write(lambda db: assignments.withdraw(db, {ONE: "by hand"}, NOW)) == {ONE}
    assert desks["x"].claim(1) == []
    given(database, ONE, "x")
    assert desks["x"].claim(1) == []


def test_another_home_of_the_same_worker_starts_nothing_that_was_claimed(
    database: Database, desks: dict[str, WorkerDesk]
) -> None:
    given(database, ONE, "x")
    desks["x"].claim(1)
    elsewhere = WorkerDesk(desks["x"].database, desks["x"].instance, "another home")
    assert [one.begun for one in desks["x"].held()] == [False]
    assert [one.begun for one in elsewhere.held()] == [True]


def test_what_has_started_never_starts_again(database: Database, desks: dict[str, WorkerDesk]) -> None:
    given(database, ONE, "x")
    desks["x"].claim(1)
    desks["x"].report([(ONE, "started", {"kind": "started"})])
    assert [one.begun for one in desks["x"].held()] == [True]


def test_each_report_is_stored_once_and_none_of_another_worker(
    database: Database, desks: dict[str, WorkerDesk]
) -> None:
    given(database, ONE, "x")
    desks["x"].claim(1)
    desks["y"].report([(ONE, "outcome", {"of": "y"})])
    for _ in range(2):
        desks["x"].report([(ONE, "started", {"of": "x"}), (ONE, "outcome", {"of": "x", "state": "failed"})])
    told = database.read(lambda db: worker_reports.reports(db, 10))
    assert [(report.key, report.report) for report in told] == [
        (ONE, {"kind": "started", "of": "x"}),
        (ONE, {"kind": "outcome", "of": "x", "state": "failed"}),
    ]
    assert desks["x"].held() == []
    assert database.read(lambda db: worker_reports.reports(db, 10, but=[told[0].seq])) == told[1:]


def test_reports_and_output_stay_until_the_end_is_recorded(database: Database, desks: dict[str, WorkerDesk]) -> None:
    given(database, ONE, "x")
    desks["x"].claim(1)
    desks["x"].put_output(ONE, "stdout", 0, b"abc")
    desks["x"].report([(ONE, "outcome", {})])
    assert database.write(worker_reports.delete_settled) == 0
    assert database.read(lambda db: worker_reports.output_after(db, ONE, "stdout", 0, 1))
    database.write(lambda db: db.run("UPDATE attempts SET state = 'succeeded'"))
    assert database.write(worker_reports.delete_settled) == 1
    assert not database.read(lambda db: worker_reports.output_after(db, ONE, "stdout", 0, 1))


def test_what_could_not_be_launched_waits_for_a_worker_again(database: Database, desks: dict[str, WorkerDesk]) -> None:
    given(database, ONE, "x")
    desks["x"].claim(1)
    desks["x"].report([(ONE, "not_launched", {"kind": "not_launched", "reason": "the disk is full"})])
    assert desks["x"].held() == []
    found = database.read(lambda db: assignments.assignments_of(db, [ONE]))[ONE]
    assert (found.state, found.worker, found.claimed_at) == ("waiting", None, None)
    assert found.refused == {"worker": "x", "reason": "the disk is full"}
    database.write(lambda db: assignments.offer(db, {ONE: "y"}, NOW))
    assert [one.key for one in desks["y"].claim(1)] == [ONE]
    assert database.read(lambda db: assignments.assignments_of(db, [ONE]))[ONE].refused is None


def test_the_machines_have_what_is_offered_and_claimed(database: Database, desks: dict[str, WorkerDesk]) -> None:
    for key in (ONE, TWO, THREE):
        given(database, key, "x")
    desks["x"].claim(2)
    assert [(one.name, one.taken) for one in database.read(assignments.machines)] == [("x", 3), ("y", 0)]


def test_a_fenced_attempt_has_nothing_more_to_say(database: Database, desks: dict[str, WorkerDesk]) -> None:
    given(database, ONE, "x")
    desks["x"].claim(1)
    assert database.write(lambda db: assignments.fence(db, ONE))
    desks["x"].report([(ONE, "outcome", {})])
    assert database.read(lambda db: worker_reports.reports(db, 10)) == []
    assert desks["x"].orders() == []


def test_what_is_fenced_is_known_until_it_has_ended(database: Database, desks: dict[str, WorkerDesk]) -> None:
    given(database, ONE, "x")
    desks["x"].claim(1)
    database.write(lambda db: assignments.fence(db, ONE))
    desks["x"].report([(ONE, "started", {})])
    assert [(order.key, order.fenced) for order in desks["x"].orders()] == [(ONE, True)]
    assert [(one.key, one.begun) for one in desks["x"].held()] == [(ONE, True)]
    assert database.read(assignments.open_by_worker) == {"x": 1}
    desks["x"].report([(ONE, "outcome", {})])
    assert (desks["x"].orders(), desks["x"].held()) == ([], [])
    assert database.read(assignments.open_by_worker) == {}


def test_orders_are_of_ones_own_attempts(database: Database, desks: dict[str, WorkerDesk]) -> None:
    for key in (ONE, TWO):
        given(database, key, "x")
    desks["x"].claim(2)
    assert desks["x"].orders() == []
    database.write(lambda db: assignments.request_stop(db, {ONE: "cancelled by hand"}))
    database.write(lambda db: assignments.watch(db, TWO, datetime.now(UTC).replace(year=2999)))
    found = sorted(desks["x"].orders())
    assert [(order.key, order.stop_reason, order.watched) for order in found] == [
        (ONE, "cancelled by hand", False),
        (TWO, None, True),
    ]
    assert desks["y"].orders() == []


def test_output_arrives_in_parts_and_only_of_ones_own_attempts(
    database: Database, desks: dict[str, WorkerDesk]
) -> None:
    given(database, ONE, "x")
    desks["x"].claim(1)
    assert desks["x"].put_output(ONE, "stdout", 0, b"abc") == 3
    assert desks["x"].put_output(ONE, "stdout", 3, b"\x00\xff") == 5
    assert desks["y"].put_output(ONE, "stdout", 5, b"forged") is None
    found = database.read(lambda db: worker_reports.output_after(db, ONE, "stdout", 0, 10))
    assert found == [(0, b"abc"), (3, b"\x00\xff")]
    with pytest.raises(Unstorable):
        desks["x"].put_output(ONE, "stdout", 5, bytes(300 * 1024))


def test_parts_of_an_output_never_overlap_and_leave_no_gap(database: Database, desks: dict[str, WorkerDesk]) -> None:
    """A part whose answer was lost is told again, perhaps with more."""
    given(database, ONE, "x")
    desks["x"].claim(1)
    assert desks["x"].put_output(ONE, "stdout", 7, b"later") == 0
    assert desks["x"].put_output(ONE, "stdout", 0, b"abc") == 3
    assert desks["x"].put_output(ONE, "stdout", 0, b"abcdef") == 3
    assert desks["x"].put_output(ONE, "stderr", 0, b"z") == 1
    assert desks["x"].put_output(ONE, "stdout", 3, b"def") == 6
    found = database.read(lambda db: worker_reports.output_after(db, ONE, "stdout", 0, 10))
    assert found == [(0, b"abc"), (3, b"def")]


def test_any_text_and_number_can_be_reported(database: Database, desks: dict[str, WorkerDesk]) -> None:
    given(database, ONE, "x")
    desks["x"].claim(1)
    facts = {"argv": ["\ud800"], "at": 1.5, "forged": [float("nan"), float("-inf")]}
    desks["x"].report([(ONE, "outcome", {"reason": "a\0b\udcffc", "facts": facts})])
    told = database.read(lambda db: worker_reports.reports(db, 10))
    stored = {"argv": ["?"], "at": 1.5, "forged": [None, None]}
    assert told[0].report == {"kind": "outcome", "reason": "a\ufffdb?c", "facts": stored}
    desks["x"].seen(ONE, {"line": "\0"})


def test_a_look_that_is_answered_late_does_not_replace_a_late_report(
    database: Database, desks: dict[str, WorkerDesk]
) -> None:
    given(database, ONE, "x")
    desks["x"].claim(1)
    database.write(lambda db: assignments.fence(db, ONE))
    desks["x"].report([(ONE, "outcome", {"reason": "ended"})])
    desks["x"].seen(ONE, {"processes": []})
    seen = database.read(lambda db: db.value("SELECT seen FROM assignments WHERE state = 'late'"))
    assert seen == {"kind": "outcome", "reason": "ended"}


def test_a_worker_that_drains_gets_nothing(database: Database, desks: dict[str, WorkerDesk]) -> None:
    given(database, ONE, "x")
    assert database.write(lambda db: workers.set_state(db, "x", "draining", "active"))
    assert desks["x"].claim(5) == []


@pytest.mark.parametrize(
    ("share", "labels", "slots"),
    [
        ({}, ("l",), 2),
        ({"labels": None, "slots": None}, ("l",), 2),
        ({"labels": [], "slots": 1}, (), 1),
        ({"labels": ["l"], "slots": 2}, ("l",), 2),
    ],
)
def test_a_process_may_take_less_than_its_worker_has(
    database: Database, desks: dict[str, WorkerDesk], share: dict[str, Any], labels: tuple[str, ...], slots: int
) -> None:
    answer = desks["x"].hello("host", {**HERE, "share": share}, "1", 1)
    assert (answer["name"], answer["labels"], answer["slots"]) == ("x", ["l"], 2)
    placing = {one.name: (one.labels, one.slots) for one in database.read(assignments.machines)}
    assert placing == {"x": (labels, slots), "y": (("l",), 2)}


@pytest.mark.parametrize("share", [{"labels": ["l", "m"]}, {"labels": ["m"], "slots": 1}, {"slots": 3}])
def test_a_process_takes_no_more_than_its_worker_has(
    database: Database, desks: dict[str, WorkerDesk], share: dict[str, Any]
) -> None:
    new = WorkerDesk(desks["x"].database, str(uuid.uuid4()), "h")
    answer = new.hello("host", {**HERE, "share": share}, "1", 1)
    assert answer == {"allowed": {"name": "x", "labels": ["l"], "slots": 2}}
    assert desks["x"].claim(1) == []  # which still speaks for it


def test_only_the_newest_process_speaks_for_a_worker(database: Database, desks: dict[str, WorkerDesk]) -> None:
    old = desks["x"]
    new = WorkerDesk(old.database, str(uuid.uuid4()), "h")
    refused = new.hello("other", {"place": {"boot": "c"}}, "1", 1)
    assert "runs on host" in refused["refused"]
    assert not refused["same_home"]
    assert new.hello("host", {"place": {"boot": "c", "home_id": "h"}}, "1", 1)["same_home"]
    assert new.hello("host", {**HERE, "pid": 2}, "1", 1)["name"] == "x"
    with pytest.raises(Dismissed, match="taken over"):
        old.claim(1)
    assert new.claim(1) == []


def test_silence_and_return_are_noted_once(database: Database, desks: dict[str, WorkerDesk]) -> None:
    assert database.write(workers.note_silence) == ([], [])
    ago = "UPDATE workers SET heartbeat_at = CURRENT_TIMESTAMP - interval '46 seconds' WHERE name = 'x'"
    database.write(lambda db: db.run(ago))
    gone, back = database.write(workers.note_silence)
    assert ([worker.name for worker in gone], back) == (["x"], [])
    assert database.write(workers.note_silence) == ([], [])
    answer = desks["x"].beat(datetime.now(UTC), {"running": 0})
    assert answer == {"slots": 2, "state": "active", "labels": ["l"], "news": False}
    gone, back = database.write(workers.note_silence)
    assert (gone, [worker.name for worker in back]) == ([], ["x"])
    found = database.read(lambda db: workers.find_worker(db, "x"))
    assert found is not None
    assert found.skew is not None
    assert abs(found.skew) < 60


def test_a_heartbeat_tells_whether_anything_is_offered_or_ordered(
    database: Database, desks: dict[str, WorkerDesk]
) -> None:
    def news() -> dict[str, bool]:
        return {name: desk.beat(datetime.now(UTC), {})["news"] for name, desk in desks.items() if name in "xy"}

    given(database, ONE, "x")
    assert news() == {"x": True, "y": False}
    desks["x"].claim(1)
    assert news() == {"x": False, "y": False}
    database.write(lambda db: assignments.watch(db, ONE, datetime.now(UTC) - timedelta(seconds=1)))
    assert news() == {"x": False, "y": False}
    for work in (
        lambda db: assignments.watch(db, ONE, datetime.now(UTC).replace(year=2999)),
        lambda db: assignments.request_stop(db, {ONE: "cancelled by hand"}),
        lambda db: assignments.fence(db, ONE),
    ):
        database.write(work)
        assert news() == {"x": True, "y": False}
    desks["x"].report([(ONE, "outcome", {})])
    assert news() == {"x": False, "y": False}


def test_a_worker_is_heard_although_the_clock_of_the_database_was_set_back(
    database: Database, desks: dict[str, WorkerDesk]
) -> None:
    before = "UPDATE workers SET heartbeat_at = later, silent_at = later FROM (SELECT CURRENT_TIMESTAMP + interval '1 hour' AS later) AS t"
    database.write(lambda db: db.run(before))
    assert database.write(workers.note_silence) == ([], [])
    desks["x"].beat(datetime.now(UTC), {"running": 0})
    gone, back = database.write(workers.note_silence)
    assert (gone, [worker.name for worker in back]) == ([], ["x"])
    silent, heard = (back[0].silent_at, back[0].heartbeat_at)
    assert silent is not None
    assert heard is not None
    assert worker_back_event(NOW, "x", silent, heard).reason == "Machine x is back, after 0s of silence."


def test_a_worker_whose_role_is_gone_is_told(database: Database, desks: dict[str, WorkerDesk]) -> None:
    def remove(db: Connection) -> None:
        for worker in workers.list_workers(db):
            db.run(f"DROP OWNED BY {worker.role_name}")
            db.run(f"DROP ROLE {worker.role_name}")
            workers.delete_worker(db, worker.name)

    database.write(remove)
    with pytest.raises(Dismissed, match="invitation"):
        desks["x"].claim(1)
    desks["x"].database.close()
    with pytest.raises(Dismissed, match="does not exist"):
        desks["x"].claim(1)


def test_a_worker_has_no_right_but_these(database: Database, desks: dict[str, WorkerDesk]) -> None:
    driver = desks["x"].database.connect_alone()
    with driver:
        for statement in (
            "SELECT * FROM assignments",
            "SELECT * FROM users",
            "DELETE FROM workers",
            "CREATE TABLE t (i int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                driver.execute(statement)


def test_each_kind_of_report_is_stored_once_and_others_not_at_all(
    database: Database, desks: dict[str, WorkerDesk]
) -> None:
    given(database, ONE, "x")
    desks["x"].claim(1)
    many = [(ONE, "checking_outputs", {"exit_code": 0}), (ONE, "telepathy", {"kind": "outcome"})] * 500
    desks["x"].report(many)
    desks["x"].report([(TWO, "outcome", {}), (ONE._replace(number=-7), "outcome", {})])
    desks["x"].report([(ONE, "outcome", {"kind": "started", "reason": "x" * 10_000_000})])
    told = database.read(lambda db: worker_reports.reports(db, 10))
    assert [dict(report.report) for report in told] == [
        {"kind": "checking_outputs", "exit_code": 0},
        {"kind": "outcome"},
    ]
    with pytest.raises(Unstorable, match="too many reports"):
        desks["x"].report(many * 10)


HUGE = json.dumps({"reason": [f"{number:064d}" for number in range(20_000)]})


@pytest.mark.parametrize("told", ["[]", '"a"', "5", "null", HUGE])
@pytest.mark.parametrize(
    "call",
    [
        "worker_beat(:me, now(), CAST(:told AS JSONB))",
        "worker_beat(:me, 'infinity', CAST('{}' AS JSONB) || CAST(:told AS JSONB))",
        "worker_hello(:me, 'host', CAST(:told AS JSONB), '1', 1)",
        "worker_hello(:me, 'host', CAST(:told AS JSONB), '1', -1)",
        "worker_seen(:me, 'r', 'b', 1, CAST(:told AS JSONB))",
    ],
)
def test_what_a_worker_says_is_bounded(desks: dict[str, WorkerDesk], call: str, told: str) -> None:
    """It is shown to people."""
    desk = desks["x"]
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="no such "):
        desk.database.say_alone(lambda db: db.value(f"SELECT {call} AS answer", me=desk.instance, told=told))


def test_a_worker_hears_of_what_is_changed_about_it(database: Database, desks: dict[str, WorkerDesk]) -> None:
    listener = Listener(database, "worker_x")
    assert listener.wait(PATIENCE)  # it listens from now on
    for change in (drain, resume):
        change(database, "x")
        assert listener.wait(PATIENCE)
    listener.release()


def test_files_are_read_by_the_one_that_runs_an_attempt_with_them(
    database: Database, desks: dict[str, WorkerDesk]
) -> None:
    """In parts, the last of which is empty."""
    content = random.Random(1).randbytes(1024 * 1024 + 5)
    mine, others = "a" * 64, "b" * 64

    def work(db: Connection) -> None:
        for digest in (mine, others):
            put_bundle(db, digest, content, BundleRow(1, 1), NOW)
        new = [(ONE, {"worker": "x"}, {}, mine), (TWO, {"worker": "y"}, {}, others)]
        assignments.add_assignments(db, new, NOW)
        assignments.offer(db, {ONE: "x", TWO: "y"}, NOW)

    database.write(work)
    assert desks["x"].bundle(mine, 0) is None
    for desk in desks.values():
        desk.claim(1)
    first = desks["x"].bundle(mine, 0)
    assert first is not None
    assert len(first) == 1024 * 1024
    assert first + (desks["x"].bundle(mine, len(first)) or b"") == content
    assert desks["x"].bundle(mine, len(content)) == b""
    assert desks["x"].bundle(others, 0) is None
    assert desks["y"].bundle(mine, 0) is None
    desks["x"].report([(ONE, "outcome", {"state": "failed"})])
    assert desks["x"].bundle(mine, 0) is None
