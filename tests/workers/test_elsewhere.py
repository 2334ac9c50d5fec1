"""A task whose machine is silent starts on another one, and never before its command has ended there."""

from __future__ import annotations

import queue
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import databases
import psutil
import pytest
from line import Line, line_to
from workers.working import Home, Scheduler

from workflow_scheduler.domain.placement import Place, WhenUnreachable
from workflow_scheduler.domain.run import AttemptKey, AttemptState
from workflow_scheduler.domain.task import Task
from workflow_scheduler.engine.late_reports import note_late_reports
from workflow_scheduler.executors import assigning
from workflow_scheduler.executors.base import AttemptSpec, Outcome, Report, Started
from workflow_scheduler.executors.worker import WorkerExecutor
from workflow_scheduler.storage import workers
from workflow_scheduler.storage.database import Connection
from workflow_scheduler.workers.membership import Membership, write_membership

if sys.platform == "win32":
    pytest.skip("the server's socket is POSIX", allow_module_level=True)

WAIT, GRACE = 16.0, 1.0
"""Seconds, with the shorter margin of QUICK."""
QUICK = (
    "-c",
    "import runpy, sys; from workflow_scheduler.domain import placement; from workflow_scheduler.workers import heartbeat; "
    "placement._MARGIN, heartbeat.BEAT = 2.0, 0.2; runpy.run_module('workflow_scheduler', run_name='__main__')",
)
"""A worker whose heartbeat is quick, so that a busy machine does not make it silent."""
BEATS = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.fork()
while True:
    with open({file!r}, "a") as file: file.write(f"{{os.getpid()}} {{time.monotonic()}}\\n")
    time.sleep(0.02)
"""
"""Two processes that write the time, by a clock that is the same for all, for as long as they live."""


class Moving:
    """A scheduler with a task on `x` that may start on `y`."""

    def __init__(self, scheduling: Scheduler, line: Line, folder: Path, until: Callable[..., Any]) -> None:
        self.scheduling, self.line, self.until = scheduling, line, until
        self.reports: queue.Queue[Report] = queue.Queue()
        self.x, self.y = scheduling.worker("x"), scheduling.worker("y")
        self._reach_by_line(self.x)
        self._files = folder
        self.executor = WorkerExecutor(scheduling.database, folder / "home", self.reports.put)

    def _reach_by_line(self, home: Home) -> None:
        query = "SELECT role_name FROM workers WHERE name = 'x'"
        role = self.scheduling.database.read(lambda db: db.value(query))
        name = self.scheduling.url.rpartition("?")[0].rpartition("/")[2]
        write_membership(home.path, Membership("x", f"postgresql://{role}@{self.line.address}/{name}"))

    def file(self, key: AttemptKey) -> Path:
        return self._files / f"beats.{key.number}"

    def times(self, key: AttemptKey) -> dict[int, list[float]]:
        """When each process of the attempt lived."""
        found: dict[int, list[float]] = {}
        for line in self.file(key).read_text().splitlines() if self.file(key).exists() else ():
            pid, at = line.split()
            found.setdefault(int(pid), []).append(float(at))
        return found

    def launch(self, number: int, wait: float = WAIT) -> AttemptKey:
        key = AttemptKey("r", "t", number)
        place, unreachable = Place(labels=("l",)), WhenUnreachable(wait, elsewhere=True)
        code = BEATS.format(file=str(self.file(key)))
        task = Task("t", sys.executable, ("-c", code), place=place, when_unreachable=unreachable, stop_grace=GRACE)
        values = {"RUN_ID": "r", "TASK_ID": "t", "ATTEMPT": str(number), "WORKFLOW_ID": "w"}
        self.executor.launch(AttemptSpec(key, task, values, place=place))
        return key

    def begin(self, wait: float = WAIT) -> AttemptKey:
        """The first attempt, which runs on `x`, as `y` is not there yet."""
        add_run(self.scheduling)
        self.x.start(program=QUICK)
        key = self.launch(1, wait)
        self.next(Started)
        self.until(lambda: len(self.times(key)) == 2)
        self.y.start(program=QUICK)
        return key

    def next(self, kind: type[Report]) -> Any:
        """The next report of that kind. Silence is noted meanwhile, as engines do."""
        deadline = time.monotonic() + 240
        while time.monotonic() < deadline:
            self.scheduling.database.write(workers.note_silence)
            try:
                report = self.reports.get(timeout=0.1)
            except queue.Empty:
                continue
            if isinstance(report, kind):
                return report
        raise AssertionError(kind)

    def kinds_of(self, key: AttemptKey) -> list[str]:
        return [report["kind"] for report in self.scheduling.told(key)]


def add_run(scheduling: Scheduler) -> None:
    """A run with two attempts, which an engine has claimed."""
    insert = """
        INSERT INTO runs (id, workflow_id, version, state, queued_at, reason, exclusive, started_by, cause)
        VALUES ('r', 'w', 1, 'running', CURRENT_TIMESTAMP, '', false, '', '')"""
    attempt = """
        INSERT INTO attempts (run_id, task_id, number, state, reason, outputs)
        VALUES ('r', 't', :number, 'launching', '', '[]')"""

    def work(db: Connection) -> None:
        db.run(insert)
        for number in (1, 2):
            db.run(attempt, number=number)

    scheduling.database.write(work)


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def moving(
    scheduling_apart: Scheduler, tmp_path: Path, until: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Moving]:
    monkeypatch.setattr(workers, "SILENT_AFTER", timedelta(seconds=5))
    monkeypatch.setattr(assigning, "AHEAD", 0)
    with line_to(databases.root_of(scheduling_apart.url)) as line:
        made = Moving(scheduling_apart, line, tmp_path, until)
        yield made
        made.executor.close()
        for home in (made.x, made.y):
            home.close()


def check_moved(moving: Moving, first: AttemptKey) -> AttemptKey:
    """The attempt was given up, and the next one begins where the old one has ended."""
    given_up = moving.next(Outcome)
    assert (given_up.key, given_up.state) == (first, AttemptState.UNKNOWN)
    assert ", for more than 16s, and was to end its command by then" in given_up.reason
    second = moving.launch(2)
    moving.next(Started)
    moving.until(lambda: len(moving.times(second)) == 2)
    old, new = moving.times(first), moving.times(second)
    assert max(max(times) for times in old.values()) < min(min(times) for times in new.values())
    assert not any(map(alive, old))
    assert moving.executor._database.read(lambda db: worker_of(db, second)) == "y"
    return second


def worker_of(db: Connection, key: AttemptKey) -> Any:
    query = "SELECT worker FROM assignments WHERE (run_id, task_id, number) = (:run_id, :task_id, :number)"
    return db.value(query, **key._asdict())


def end_run(moving: Moving) -> None:
    """As the engine does with the outcome."""
    query = "UPDATE attempts SET state = 'unknown', reason = 'silent' WHERE number = 1"
    moving.scheduling.database.write(lambda db: db.run(query))


@pytest.mark.parametrize("how", ["cut", "swallow"])
def test_the_old_command_has_ended_before_the_new_one_begins_and_its_end_does_not_count(
    moving: Moving, how: str
) -> None:
    first = moving.begin()
    getattr(moving.line, how)()
    check_moved(moving, first)
    end_run(moving)
    moving.line.mend()
    moving.until(lambda: moving.scheduling.state(first) == "late")
    events = moving.scheduling.database.write(lambda db: note_late_reports(db, db_now(db)))
    assert [(event.kind, event.workflow_id, event.run_id, event.attempt) for event in events] == [
        ("attempt.late", "w", "r", 1)
    ]
    reason = moving.scheduling.database.read(lambda db: db.value("SELECT reason FROM attempts WHERE number = 1"))
    assert reason.startswith("silent; machine x reported later: unknown (")
    assert reason.endswith("; that does not count")
    assert moving.scheduling.state(first) == "ended"
    assert moving.scheduling.database.write(lambda db: note_late_reports(db, db_now(db))) == []
    assert "outcome" not in moving.kinds_of(first)


def db_now(db: Connection) -> Any:
    return db.value("SELECT CURRENT_TIMESTAMP AS now_at")


def test_the_keeper_ends_it_where_the_worker_is_gone_and_the_next_worker_counts_nothing(moving: Moving) -> None:
    first = moving.begin()
    moving.x.kill()
    check_moved(moving, first)
    end_run(moving)
    moving.x.start(program=QUICK)
    moving.until(lambda: moving.scheduling.state(first) == "late")
    assert "outcome" not in moving.kinds_of(first)
    assert not any(map(alive, moving.times(first)))


def test_a_database_that_is_restarted_meanwhile_moves_it_no_sooner(moving: Moving) -> None:
    first = moving.begin()
    root = databases.root_of(moving.scheduling.url)
    moving.line.swallow()
    databases.stop(root)
    databases.go_on(root)
    check_moved(moving, first)


def test_a_machine_that_is_back_in_time_goes_on(moving: Moving) -> None:
    first = moving.begin(wait=300.0)
    moving.line.cut()
    query = "SELECT silent_at FROM workers WHERE name = 'x'"

    def silent() -> Any:
        moving.scheduling.database.write(workers.note_silence)
        return moving.scheduling.database.read(lambda db: db.value(query))

    moving.until(silent)
    moving.line.mend()
    moving.until(lambda: silent() is None)
    began = moving.times(first)
    assert all(map(alive, began))
    moving.executor.stop({first: "cancelled by hand"})
    ended = moving.next(Outcome)
    assert (ended.key, ended.state) == (first, AttemptState.CANCELLED)
