"""What the executor of other machines makes of workers that the test plays itself."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import worker_rows
from patience import PATIENCE

from workflow_scheduler.domain import placement
from workflow_scheduler.domain.placement import PROTOCOL, Place, Spread, WhenUnreachable
from workflow_scheduler.domain.run import AttemptKey, AttemptState
from workflow_scheduler.domain.task import Task
from workflow_scheduler.executors import assigning, worker_look
from workflow_scheduler.executors import worker as worker_module
from workflow_scheduler.executors.base import AttemptSpec, NotLaunched, Outcome, Report, Started, Unreachable
from workflow_scheduler.executors.wire import kind_of, report_json
from workflow_scheduler.executors.worker import WorkerExecutor
from workflow_scheduler.storage import assignments, worker_reports, workers
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.storage.worker_desk import PART, WorkerDesk

NOW = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)
ANY = Place(labels=("l",))


def key(number: int) -> AttemptKey:
    return AttemptKey("r", "t", number)


def spec(
    number: int, place: Place = ANY, *, begun: bool = False, wait: float | None = None, elsewhere: bool = False
) -> AttemptSpec:
    task = Task("t", "x", place=place, when_unreachable=WhenUnreachable(wait, elsewhere=elsewhere))
    return AttemptSpec(key(number), task, {"RUN_ID": "r"}, begun=begun, place=place)


def outcome(number: int, reason: str = "exit code 0") -> Outcome:
    return Outcome(key(number), AttemptState.SUCCEEDED, reason, 0, NOW, NOW)


class Scheduler:
    def __init__(self, database: Database, home: Path) -> None:
        self.database = database
        self.home = home
        self.reports: queue.Queue[Report] = queue.Queue()
        self.executor = WorkerExecutor(database, home, self.reports.put)

    def next(self) -> Report:
        return self.reports.get(timeout=PATIENCE)

    def state(self, number: int) -> tuple[str, str | None]:
        row = self.database.read(lambda db: assignments.assignments_of(db, [key(number)])).get(key(number))
        return (row.state, row.worker) if row is not None else ("", None)


def until(true: Callable[[], object]) -> None:
    give_up = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < give_up
        time.sleep(0.01)


@pytest.fixture
def desks(postgresql: tuple[Database, str], tmp_path: Path) -> Iterator[dict[str, WorkerDesk]]:
    """Two workers with the label `l` and two slots each."""
    database, url = postgresql
    made = {name: worker_rows.desk(database, url, name, tmp_path) for name in ("x", "y")}
    for desk in made.values():
        desk.hello("host", {"pid": 1, "place": {"boot": "b"}}, "1", PROTOCOL)
    yield made
    for desk in made.values():
        desk.database.close()


@pytest.fixture
def database(desks: dict[str, WorkerDesk], postgresql: tuple[Database, str]) -> Database:
    return postgresql[0]


@pytest.fixture
def open_scheduler(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Scheduler]]:
    monkeypatch.setattr(worker_module, "LOOK_EVERY", 0.05)
    made: list[Scheduler] = []

    def open_() -> Scheduler:
        made.append(Scheduler(database, tmp_path / "home"))
        return made[-1]

    yield open_
    for scheduler in made:
        scheduler.executor.close()


@pytest.fixture
def scheduler(open_scheduler: Callable[[], Scheduler]) -> Scheduler:
    return open_scheduler()


def fall_silent(database: Database, name: str, seconds: int = 60, *, noted: bool = False) -> datetime:
    """`noted`: it was silent before."""

    def work(db: Connection) -> datetime:
        if noted:
            db.run("UPDATE workers SET silent_at = NULL WHERE name = :name", name=name)
        db.run(
            "UPDATE workers SET heartbeat_at = clock_timestamp() - make_interval(secs => :seconds) WHERE name = :name",
            seconds=seconds,
            name=name,
        )
        workers.note_silence(db)
        found = workers.find_worker(db, name)
        assert found is not None
        assert found.silent_at is not None
        return found.silent_at

    return database.write(work)


def begun(scheduler: Scheduler, desk: WorkerDesk, number: int = 1, **options: Any) -> AttemptKey:
    """An attempt that this worker runs."""
    scheduler.executor.launch(spec(number, Place("x"), **options))
    until(lambda: desk.claim(1))
    tell(desk, Started(key(number), NOW, 7))
    assert isinstance(scheduler.next(), Started)
    return key(number)


def tell(desk: WorkerDesk, *reports: Report) -> None:
    desk.report([(report.key, kind_of(report), report_json(report)) for report in reports])


class TestGiving:
    def test_each_goes_to_the_least_busy_machine_and_a_few_more_than_its_slots(
        self, scheduler: Scheduler, desks: dict[str, WorkerDesk], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(assigning, "AHEAD", 2)
        for number in range(1, 10):
            scheduler.executor.launch(spec(number))
        until(lambda: scheduler.state(8)[0] == "offered")
        assert len(desks["x"].claim(9)) == len(desks["y"].claim(9)) == 4
        assert scheduler.state(9) == ("waiting", None)
        tell(desks["y"], outcome(int(desks["y"].held()[0].key.number)))
        scheduler.next()
        until(lambda: scheduler.state(9) == ("offered", "y"))

    def test_a_named_machine_is_waited_for(self, scheduler: Scheduler, desks: dict[str, WorkerDesk]) -> None:
        scheduler.executor.launch(spec(1, Place("z")))
        scheduler.executor.launch(spec(2, Place("y")))
        until(lambda: desks["y"].claim(9))
        assert scheduler.state(1) == ("waiting", None)
        assert desks["x"].claim(9) == []

    def test_what_a_machine_cannot_take_any_more_is_offered_to_another(
        self, scheduler: Scheduler, desks: dict[str, WorkerDesk], database: Database
    ) -> None:
        scheduler.executor.launch(spec(1))
        until(lambda: scheduler.state(1) == ("offered", "x"))
        fall_silent(database, "x")
        until(lambda: scheduler.state(1) == ("offered", "y"))
        desks["x"].beat(datetime.now(UTC), {})
        database.write(workers.note_silence)
        database.write(lambda db: workers.set_state(db, "y", "draining", "active"))
        until(lambda: scheduler.state(1) == ("offered", "x"))
        database.write(lambda db: workers.set_state(db, "y", "active", "draining"))
        database.write(lambda db: workers.delete_worker(db, "x"))
        until(lambda: scheduler.state(1) == ("offered", "y"))

    def test_what_a_silent_machine_has_claimed_is_given_to_no_other(
        self, scheduler: Scheduler, desks: dict[str, WorkerDesk], database: Database
    ) -> None:
        scheduler.executor.launch(spec(1))
        until(lambda: desks["x"].claim(1))
        since = fall_silent(database, "x")
        assert scheduler.next() == Unreachable(key(1), "x", since)
        scheduler.executor.launch(spec(2))
        until(lambda: desks["y"].claim(9))
        assert scheduler.state(1) == ("claimed", "x")

    def test_a_sticky_task_stays_where_it_ran_last(
        self, scheduler: Scheduler, desks: dict[str, WorkerDesk], database: Database
    ) -> None:
        insert = """
            INSERT INTO runs (id, workflow_id, version, state, queued_at, reason, exclusive, started_by, cause)
            VALUES ('r', 'w', 1, 'running', :now, '', false, '', '')"""
        database.write(lambda db: db.run(insert, now=NOW))
        scheduler.executor.launch(spec(1, Place("y")))
        until(lambda: desks["y"].claim(1))
        scheduler.executor.launch(spec(2, Place(labels=("l",), spread=Spread.STICKY)))
        scheduler.executor.launch(spec(3))
        until(lambda: scheduler.state(3)[0] == "offered")
        assert (scheduler.state(2), scheduler.state(3)) == (("offered", "y"), ("offered", "x"))


class TestReporting:
    def test_what_could_not_be_launched_is_told_once_and_given_again(
        self, scheduler: Scheduler, desks: dict[str, WorkerDesk]
    ) -> None:
        for _ in range(2):
            scheduler.executor.launch(spec(1, Place("x")))
            until(lambda: desks["x"].claim(1))
            tell(desks["x"], NotLaunched(key(1), "no more processes"))
            assert scheduler.next() == NotLaunched(key(1), "machine x could not start it: no more processes")
        assert scheduler.reports.empty()

    def test_the_machine_is_named_although_its_row_was_not_read(
        self, scheduler: Scheduler, desks: dict[str, WorkerDesk], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scheduler.executor.launch(spec(1, Place("x")))
        until(lambda: desks["x"].claim(1))
        monkeypatch.setattr(WorkerExecutor, "_looked", lambda _: [])
        tell(desks["x"], NotLaunched(key(1), "no more processes"))
        assert scheduler.next() == NotLaunched(key(1), "machine x could not start it: no more processes")

    def test_what_one_machine_could_not_start_is_tried_on_another_and_only_after_a_pause(
        self, scheduler: Scheduler, desks: dict[str, WorkerDesk], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The other one has less room, and gets it all the same."""
        monkeypatch.setattr(placement, "_LEAST_PAUSE", timedelta(hours=1))
        monkeypatch.setattr(placement, "_MOST_PAUSE", timedelta(hours=1))
        scheduler.executor.launch(spec(2, Place("y")))
        scheduler.executor.launch(spec(1, Place("x")))
        until(lambda: desks["x"].claim(9))
        tell(desks["x"], NotLaunched(key(1), "no more processes"))
        scheduler.next()
        scheduler.executor.launch(spec(1))
        scheduler.executor.launch(spec(3, Place("x")))
        until(lambda: scheduler.state(3) == ("offered", "x"))
        assert scheduler.state(1) == ("waiting", None), "its pause lasts"
        monkeypatch.setattr(placement, "_LEAST_PAUSE", timedelta())
        monkeypatch.setattr(placement, "_MOST_PAUSE", timedelta())
        assert desks["x"].claim(9)
        tell(desks["x"], outcome(3))
        until(lambda: scheduler.state(1) == ("offered", "y"))

    def test_a_machine_that_starts_nothing_is_offered_nothing(
        self, scheduler: Scheduler, desks: dict[str, WorkerDesk]
    ) -> None:
        """And what it was offered before moves to another."""
        scheduler.executor.launch(spec(1))
        until(lambda: scheduler.state(1) == ("offered", "x"))
        desks["x"].beat(datetime.now(UTC), {"lack": "Its disk is full."})
        until(lambda: scheduler.state(1) == ("offered", "y"))
        desks["y"].beat(datetime.now(UTC), {"lack": "So is this one."})
        desks["x"].beat(datetime.now(UTC), {"lack": ""})
        until(lambda: scheduler.state(1) == ("offered", "x"))

    def test_reports_are_of_the_scheduler_that_has_the_attempt_and_wait_for_it(
        self, scheduler: Scheduler, open_scheduler: Callable[[], Scheduler], desks: dict[str, WorkerDesk]
    ) -> None:
        begun(scheduler, desks["x"])
        scheduler.executor.close()
        other = open_scheduler()
        other.executor.launch(spec(2, Place("y")))
        until(lambda: desks["y"].claim(1))
        tell(desks["x"], outcome(1))
        tell(desks["y"], outcome(2))
        assert other.next() == outcome(2)
        other.executor.adopt([spec(1, Place("x"), begun=True)])
        told = [other.next(), other.next()]
        assert [report for report in told if not isinstance(report, Unreachable)] == [
            Started(key(1), NOW, 7),
            outcome(1),
        ]

    def test_an_end_that_cannot_be_read_is_unknown(self, scheduler: Scheduler, desks: dict[str, WorkerDesk]) -> None:
        begun(scheduler, desks["x"])
        desks["x"].report([(key(1), "outcome", {"kind": "outcome", "state": "exploded", "reason": "?"})])
        found = scheduler.next()
        assert isinstance(found, Outcome)
        assert found.state is AttemptState.UNKNOWN
        assert found.reason == "its result is unknown: machine x reported what this version cannot read"

    @pytest.mark.parametrize(
        "told",
        [
            {"state": "succeeded", "reason": "", "exit_code": "zero"},
            {"state": "running", "reason": ""},
            {"state": "succeeded", "reason": "", "started_at": "0001-01-01T00:00:00"},
            {"state": "succeeded", "reason": "x" * 10_000_000},
            {"kind": "started"},
        ],
    )
    def test_an_end_that_makes_no_sense_is_unknown_and_others_are_told(
        self, scheduler: Scheduler, desks: dict[str, WorkerDesk], told: dict[str, object]
    ) -> None:
        begun(scheduler, desks["x"], 1)
        begun(scheduler, desks["x"], 2)
        desks["x"].report([(key(1), "outcome", told)])
        tell(desks["x"], outcome(2))
        found = scheduler.next()
        assert isinstance(found, Outcome)
        assert (found.key, found.state) == (key(1), AttemptState.UNKNOWN)
        assert "reported what this version cannot read" in found.reason
        assert scheduler.next() == outcome(2)

    def test_a_report_of_an_unknown_kind_is_left_out(self, scheduler: Scheduler, desks: dict[str, WorkerDesk]) -> None:
        begun(scheduler, desks["x"])
        desks["x"].report([(key(1), "telepathy", {"kind": "telepathy"}), (key(1), "started", {"kind": "started"})])
        tell(desks["x"], outcome(1))
        assert scheduler.next() == outcome(1)

    def test_what_is_settled_is_deleted(
        self, scheduler: Scheduler, desks: dict[str, WorkerDesk], database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(worker_module, "CLEAN_EVERY", 0.05)
        begun(scheduler, desks["x"])
        desks["x"].put_output(key(1), "stdout", 0, b"abc")
        tell(desks["x"], outcome(1))
        scheduler.next()
        assert database.read(lambda db: worker_reports.reports(db, 9))
        database.write(lambda db: db.run("UPDATE attempts SET state = 'succeeded'"))
        scheduler.executor.launch(spec(2, Place("x")))
        until(lambda: not database.read(lambda db: worker_reports.reports(db, 9)))

    def test_after_closing_nothing_is_told(
        self, scheduler: Scheduler, open_scheduler: Callable[[], Scheduler], desks: dict[str, WorkerDesk]
    ) -> None:
        begun(scheduler, desks["x"])
        scheduler.executor.close()
        tell(desks["x"], outcome(1))
        other = open_scheduler()
        other.executor.adopt([spec(1, begun=True)])
        while not isinstance(other.next(), Outcome):
            pass
        assert scheduler.reports.empty()


class TestStopping:
    def test_what_no_machine_has_claimed_never_starts(self, scheduler: Scheduler, desks: dict[str, WorkerDesk]) -> None:
        scheduler.executor.launch(spec(1))
        scheduler.executor.launch(spec(2, Place("nowhere")))
        until(lambda: scheduler.state(1)[0] == "offered")
        scheduler.executor.stop({key(1): "cancelled by hand", key(2): "cancelled by hand"})
        found = {scheduler.next(), scheduler.next()}
        words = "cancelled by hand, before it was started"
        assert found == {Outcome(key(number), AttemptState.CANCELLED, words) for number in (1, 2)}
        assert desks["x"].claim(9) == []

    def test_of_many_that_wait_none_is_passed_over(
        self,
        scheduler: Scheduler,
        desks: dict[str, WorkerDesk],
        database: Database,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Only the first of them are looked at with each hint: the others have their turn, and can be stopped before."""
        monkeypatch.setattr(worker_module, "AT_FRONT", 3)
        monkeypatch.setattr(worker_module, "LOOK_EVERY", 3600.0)
        desks["y"].database.close()
        database.write(lambda db: db.run("DELETE FROM workers WHERE name = 'y'"))
        worker_rows.add_attempts(database, *(key(number) for number in range(50, 80)))
        for number in range(50, 80):
            scheduler.executor.launch(spec(number))
        until(lambda: scheduler.state(79)[0] == "waiting")
        scheduler.executor.stop({key(75): "cancelled by hand"})
        stopped = scheduler.next()
        assert isinstance(stopped, Outcome)
        assert (stopped.key, stopped.state) == (key(75), AttemptState.CANCELLED)
        done: list[int] = []
        while len(done) < 29:
            given: list[int] = []
            until(lambda given=given: given.extend(one.key.number for one in desks["x"].claim(9)) or given)
            for number in given:
                tell(desks["x"], outcome(number))
                assert scheduler.next() == outcome(number)
            done += given
        assert done == [number for number in range(50, 80) if number != 75]

    def test_what_runs_is_asked_to_end(self, scheduler: Scheduler, desks: dict[str, WorkerDesk]) -> None:
        begun(scheduler, desks["x"])
        scheduler.executor.stop({key(1): "cancelled by hand"})
        until(desks["x"].orders)
        assert [order.stop_reason for order in desks["x"].orders()] == ["cancelled by hand"]

    def test_what_was_withdrawn_and_not_told_is_told_by_the_next_one(
        self, open_scheduler: Callable[[], Scheduler], database: Database
    ) -> None:
        new = [(key(1), {}, {}, None)]
        database.write(lambda db: assignments.add_assignments(db, new, NOW))
        database.write(lambda db: assignments.withdraw(db, {key(1): "cancelled by hand"}, NOW))
        later = open_scheduler()
        later.executor.adopt([spec(1)])
        assert later.next() == Outcome(key(1), AttemptState.CANCELLED, "cancelled by hand, before it was started")

    def test_what_has_ended_without_this_one_is_dropped(
        self, scheduler: Scheduler, desks: dict[str, WorkerDesk], database: Database
    ) -> None:
        database.write(lambda db: db.run("UPDATE attempts SET state = 'cancelled' WHERE number = 1"))
        scheduler.executor.launch(spec(1))
        scheduler.executor.launch(spec(2))
        until(lambda: desks["x"].claim(9))
        assert database.read(lambda db: assignments.assignments_of(db, [key(1)])) == {}
        assert scheduler.reports.empty()


class TestSilence:
    def test_it_is_told_once_and_so_is_its_end(
        self, scheduler: Scheduler, desks: dict[str, WorkerDesk], database: Database
    ) -> None:
        begun(scheduler, desks["x"])
        since = fall_silent(database, "x")
        assert scheduler.next() == Unreachable(key(1), "x", since)
        desks["x"].beat(datetime.now(UTC), {})
        database.write(workers.note_silence)
        assert scheduler.next() == Unreachable(key(1), "x", None)
        tell(desks["x"], outcome(1))
        assert scheduler.next() == outcome(1)

    def test_the_next_engine_says_how_it_is(
        self,
        scheduler: Scheduler,
        open_scheduler: Callable[[], Scheduler],
        desks: dict[str, WorkerDesk],
        database: Database,
    ) -> None:
        begun(scheduler, desks["x"])
        scheduler.executor.close()
        for since in (fall_silent(database, "x"), None):
            later = open_scheduler()
            later.executor.adopt([spec(1, begun=True)])
            assert sorted([later.next(), later.next()], key=lambda report: type(report).__name__) == [
                Started(key(1), NOW, 7),
                Unreachable(key(1), "x", since),
            ]
            later.executor.close()
            desks["x"].beat(datetime.now(UTC), {})
            database.write(workers.note_silence)

    def test_it_is_waited_for_without_an_end_unless_the_definition_says_so(
        self, scheduler: Scheduler, desks: dict[str, WorkerDesk], database: Database
    ) -> None:
        begun(scheduler, desks["x"], 1)
        begun(scheduler, desks["x"], 2, wait=100.0)
        fall_silent(database, "x", 90)
        assert {type(scheduler.next()) for _ in range(2)} == {Unreachable}
        fall_silent(database, "x", 110, noted=True)
        found = [scheduler.next(), scheduler.next()]
        ends = [report for report in found if isinstance(report, Outcome)]
        assert [(end.key, end.state) for end in ends] == [(key(2), AttemptState.UNKNOWN)]
        assert ends[0].reason.startswith("its result is unknown: machine x has been silent since 20")
        assert ends[0].reason.endswith(", for more than 1m 40s")
        assert scheduler.state(2)[0] == "fenced"
        tell(desks["x"], outcome(1), outcome(2))
        assert scheduler.next() == outcome(1)
        scheduler.executor.launch(spec(3, Place("y")))
        until(lambda: desks["y"].claim(1))
        assert scheduler.reports.empty()

    def test_a_machine_that_is_back_keeps_what_it_has_though_that_is_not_noted_yet(
        self, scheduler: Scheduler, desks: dict[str, WorkerDesk], database: Database
    ) -> None:
        begun(scheduler, desks["x"], wait=100.0)

        def work(db: Connection) -> None:
            db.run("UPDATE workers SET silent_at = clock_timestamp() - interval '101 seconds'")

        database.write(work)
        assert isinstance(scheduler.next(), Unreachable)
        tell(desks["x"], outcome(1))
        assert scheduler.next() == outcome(1)

    def test_two_schedulers_give_one_attempt_up_once(
        self,
        scheduler: Scheduler,
        open_scheduler: Callable[[], Scheduler],
        desks: dict[str, WorkerDesk],
        database: Database,
    ) -> None:
        begun(scheduler, desks["x"], wait=100.0)
        fall_silent(database, "x", 101)
        fenced = [database.write(lambda db: assignments.fence_silent(db, key(1), 100.0)) for _ in range(2)]
        assert fenced.count(True) <= 1
        later = open_scheduler()
        later.executor.adopt([spec(1, Place("x"), begun=True)])
        for one in (scheduler, later):
            while not isinstance(report := one.next(), Outcome):
                pass
            assert report.state is AttemptState.UNKNOWN
        assert scheduler.state(1)[0] == "fenced"

    def test_what_starts_elsewhere_goes_to_no_machine_that_is_silent(
        self, scheduler: Scheduler, desks: dict[str, WorkerDesk], database: Database
    ) -> None:
        begun(scheduler, desks["x"], wait=200.0, elsewhere=True)
        fall_silent(database, "x", 201)
        found = scheduler.next()
        assert isinstance(found, Outcome)
        assert found.reason.endswith(", for more than 3m 20s, and was to end its command by then")
        scheduler.executor.launch(spec(2))
        until(lambda: scheduler.state(2) == ("offered", "y"))

    def test_what_was_given_up_by_hand_is_unknown(
        self, scheduler: Scheduler, desks: dict[str, WorkerDesk], database: Database
    ) -> None:
        begun(scheduler, desks["x"])
        database.write(lambda db: assignments.fence(db, key(1)))
        found = scheduler.next()
        assert isinstance(found, Outcome)
        assert (found.state, found.reason) == (
            AttemptState.UNKNOWN,
            "its result is unknown: it was given up while machine x had it",
        )
        assert found.started_at is not None


class TestOutput:
    def test_all_of_it_is_there_before_the_end_is_told(
        self, scheduler: Scheduler, desks: dict[str, WorkerDesk]
    ) -> None:
        begun(scheduler, desks["x"])
        data, at = bytes(range(256)) * 1024 * 12, 0
        while at < len(data):
            at = desks["x"].put_output(key(1), "stdout", at, data[at : at + PART]) or len(data)
        desks["x"].put_output(key(1), "index", 0, b"index")
        tell(desks["x"], outcome(1))
        assert scheduler.next() == outcome(1)
        folder = scheduler.home / "attempts" / "r" / "t.1"
        assert (folder / "stdout.log").read_bytes() == data
        assert (folder / "output.index").read_bytes() == b"index"
        assert not (folder / "stderr.log").exists()

    def test_what_is_longer_here_than_there_is_cut(self, scheduler: Scheduler, desks: dict[str, WorkerDesk]) -> None:
        begun(scheduler, desks["x"])
        folder = scheduler.home / "attempts" / "r" / "t.1"
        folder.mkdir(parents=True)
        (folder / "stdout.log").write_bytes(b"of an earlier look")
        desks["x"].put_output(key(1), "stdout", 0, b"all")
        tell(desks["x"], outcome(1))
        scheduler.next()
        assert (folder / "stdout.log").read_bytes() == b"all"

    def test_it_is_followed_while_somebody_reads_it(
        self, scheduler: Scheduler, desks: dict[str, WorkerDesk], database: Database
    ) -> None:
        begun(scheduler, desks["x"])
        log = scheduler.home / "attempts" / "r" / "t.1" / "stdout.log"
        database.write(lambda db: assignments.watch(db, key(1), datetime.now(UTC).replace(year=2999)))
        assert [order.watched for order in desks["x"].orders()] == [True]
        desks["x"].put_output(key(1), "stdout", 0, b"one\n")
        until(lambda: log.exists() and log.read_bytes() == b"one\n")
        desks["x"].put_output(key(1), "stdout", 4, b"two\n")
        until(lambda: log.read_bytes() == b"one\ntwo\n")

    def test_an_end_counts_even_if_its_output_cannot_be_written(
        self, scheduler: Scheduler, desks: dict[str, WorkerDesk]
    ) -> None:
        begun(scheduler, desks["x"])
        (scheduler.home / "attempts" / "r" / "t.1" / "stdout.log").mkdir(parents=True)
        desks["x"].put_output(key(1), "stdout", 0, b"abc")
        tell(desks["x"], outcome(1))
        found = scheduler.next()
        assert isinstance(found, Outcome)
        assert found.state is AttemptState.SUCCEEDED
        assert found.reason.startswith("exit code 0; some of its output was lost: ")


class TestLooking:
    def test_a_machine_says_what_a_command_does(self, scheduler: Scheduler, desks: dict[str, WorkerDesk]) -> None:
        begun(scheduler, desks["x"])
        scheduler.executor.launch(spec(2, Place("nowhere")))
        answers: list[object] = []

        def answer() -> bool:
            asked = [order for order in desks["x"].orders() if order.look]
            for order in asked:
                desks["x"].seen(order.key, {"at": 1.0})
            return bool(asked)

        looking = threading.Thread(target=lambda: answers.append(scheduler.executor.look("r", "")))
        looking.start()
        until(answer)
        looking.join()
        assert answers == [{key(1): {"at": 1.0}}]
        assert scheduler.executor.look("other", "") == {}

    def test_a_machine_that_does_not_answer_is_left_out(
        self, scheduler: Scheduler, desks: dict[str, WorkerDesk], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(worker_look, "PATIENCE", 0.2)
        begun(scheduler, desks["x"])
        assert scheduler.executor.look("r", "t") == {}
