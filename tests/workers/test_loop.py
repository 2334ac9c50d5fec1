"""What wakes a worker, in this process: it never looks by itself here."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import worker_rows
from patience import PATIENCE
from workers.working import Scheduler, end_commands

from workflow_scheduler.domain.errors import Unreachable
from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.executors.local import LocalExecutor
from workflow_scheduler.storage import assignments
from workflow_scheduler.storage.listening import Listener
from workflow_scheduler.storage.worker_desk import WorkerDesk
from workflow_scheduler.workers import heartbeat, loop
from workflow_scheduler.workers.introduction import Introduction
from workflow_scheduler.workers.pruning import prune

KEYS = [AttemptKey("r", f"t{number}", 1) for number in range(6)]


@pytest.fixture
def home(
    scheduling: Scheduler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, until: Callable[..., Any]
) -> Iterator[Path]:
    """The home of the worker x, which works in a thread."""
    monkeypatch.setattr(loop, "LOOK", 3600.0)
    folder = tmp_path / "home"
    folder.mkdir()
    desk = worker_rows.desk(scheduling.database, scheduling.url, "x", tmp_path)
    worker = loop.Worker(
        desk,
        lambda channel: Listener(desk.database, channel),
        lambda report, unpack: LocalExecutor(folder, report, unpack=unpack),
        folder,
        lambda: datetime.now(UTC),
    )
    ready = threading.Event()
    who = Introduction("host", {"pid": 1, "place": {"home_id": "h"}}, "1")
    thread = threading.Thread(target=worker.run, args=(who, lambda _: ready.set()))
    thread.start()
    assert ready.wait(PATIENCE)
    listens = "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"
    until(lambda: scheduling.database.read(lambda db: db.value(listens)))
    yield folder
    worker.request_stop("leave")
    thread.join()
    end_commands(folder)
    desk.database.close()


def test_a_ring_and_each_end_wake_a_worker(scheduling: Scheduler, home: Path) -> None:
    """More than it may claim at once is offered, with one ring."""
    assert home.is_dir()
    for key in KEYS:
        scheduling.give("x", key, "print(1)", ring=key is KEYS[-1])
    for key in KEYS:
        scheduling.outcome(key)


def test_folders_are_deleted_when_nothing_needs_them(scheduling: Scheduler, home: Path, tmp_path: Path) -> None:
    go = tmp_path / "go"
    ended, running, held = KEYS[:3]
    for key in (ended, held):
        scheduling.give("x", key, "print(1)")
        scheduling.outcome(key)
    code = f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.02)"
    scheduling.give("x", running, code)
    scheduling.started(running)
    later = datetime.now(UTC) + timedelta(hours=1)
    (home / "attempts" / "r" / "cancelled_before_its_start.1" / "files").mkdir(parents=True)
    assert prune(home, lambda: [held], datetime.now(UTC) - timedelta(hours=1)) == 0
    assert prune(home, lambda: [held], later) == 2
    assert {folder.name for folder in home.glob("attempts/r/*")} == {f"{running.task_id}.1", f"{held.task_id}.1"}
    go.touch()
    scheduling.outcome(running)
    assert prune(home, list, later) == 2
    assert list(home.glob("attempts/*")) == []


def test_what_cannot_be_started_is_handed_back_and_not_claimed_before_that_is_known(
    scheduling: Scheduler, home: Path, monkeypatch: pytest.MonkeyPatch, until: Callable[..., Any]
) -> None:
    """The operating system had no process to give just then. It is offered again at once, while the database takes no report."""
    from workflow_scheduler.executors import aside

    start, refused, told = aside.Aside.start, [], WorkerDesk.report

    def refuse(self: aside.Aside, *args: Any) -> None:
        if not refused:
            refused.append(args)
            raise RuntimeError("can't start new thread")
        start(self, *args)

    lost = threading.Event()

    def lose_the_answer(self: WorkerDesk, *args: Any) -> None:
        told(self, *args)
        if not lost.is_set():
            scheduling.order("x", lambda db: assignments.offer(db, {KEYS[0]: "x"}, datetime.now(UTC)))
            lost.set()
            raise Unreachable("The line is cut")

    monkeypatch.setattr(aside.Aside, "start", refuse)
    monkeypatch.setattr(WorkerDesk, "report", lose_the_answer)
    monkeypatch.setattr(loop, "PAUSE", 0.0)
    scheduling.give("x", KEYS[0], "print(1)")
    until(lambda: [report["kind"] for report in scheduling.told(KEYS[0])] == ["not_launched"])
    (report,) = scheduling.told(KEYS[0])
    assert report["reason"] == "it could not be started: can't start new thread"
    assert home.is_dir()

    def succeeded() -> bool:
        scheduling.order("x", assignments.open_by_worker)
        return any(report["kind"] == "outcome" for report in scheduling.told(KEYS[0]))

    until(succeeded)
    assert [report["kind"] for report in scheduling.told(KEYS[0])].count("not_launched") == 1


class HalfHeard:
    """A database that takes heartbeats, and the first times does not answer what is wanted of a worker's attempts."""

    TERMS: Mapping[str, Any] = {"name": "x", "labels": [], "slots": 1, "state": "active"}

    def __init__(self) -> None:
        self.asked = 0

    def hello(self, *_: object) -> Mapping[str, Any]:
        return self.TERMS

    def beat(self, *_: object) -> Mapping[str, Any]:
        return {**self.TERMS, "news": True}

    def held(self) -> list[Any]:
        return []

    def claim(self, _: int) -> list[Any]:
        return []

    def orders(self) -> list[Any]:
        self.asked += 1
        if self.asked <= 3:
            raise Unreachable("The line is cut")
        return []


class Calm(HalfHeard):
    """A database that has nothing for the worker, and counts what it is asked."""

    def __init__(self) -> None:
        self.beats, self.questions = threading.Semaphore(0), [0, 0]

    def beat(self, *_: object) -> Mapping[str, Any]:
        self.beats.release()
        return {**self.TERMS, "news": False}

    def claim(self, _: int) -> list[Any]:
        self.questions[0] += 1
        return []

    def orders(self) -> list[Any]:
        self.questions[1] += 1
        return []


class NoRing:
    def wait(self, seconds: float) -> bool:
        threading.Event().wait(seconds)
        return False

    def release(self) -> None: ...

    close = release


class LimitsOnly:
    """`asked`: how often the database had been asked when it was first told how many commands may run."""

    def __init__(self, desk: HalfHeard) -> None:
        self.limited, self.asked, self._desk = threading.Event(), 0, desk

    def limit(self, _: int) -> None:
        self.asked = self.asked or self._desk.asked
        self.limited.set()

    def adopt(self, _: object) -> None: ...

    def close(self) -> None: ...


def test_nothing_is_started_before_it_is_known_what_was_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A heartbeat that is answered says at most that there is something to ask for."""
    monkeypatch.setattr(loop, "LOOK", 0.02)
    desk: Any = HalfHeard()
    executor: Any = LimitsOnly(desk)
    listener: Any = NoRing()
    worker = loop.Worker(desk, lambda _: listener, lambda *_: executor, tmp_path, lambda: datetime.now(UTC))
    thread = threading.Thread(target=worker.run, args=(Introduction("host", {}, "1"), lambda _: None))
    thread.start()
    assert executor.limited.wait(PATIENCE)
    worker.request_stop("leave")
    thread.join()
    assert executor.asked == 4


def test_a_worker_without_news_asks_for_nothing_but_heartbeats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "LOOK", 3600.0)
    monkeypatch.setattr(heartbeat, "BEAT", 0.01)
    desk: Any = Calm()
    executor: Any = LimitsOnly(HalfHeard())
    listener: Any = NoRing()
    worker = loop.Worker(desk, lambda _: listener, lambda *_: executor, tmp_path, lambda: datetime.now(UTC))
    thread = threading.Thread(target=worker.run, args=(Introduction("host", {}, "1"), lambda _: None))
    thread.start()
    for _ in range(50):
        assert desk.beats.acquire(timeout=PATIENCE)
        worker._wake.set()  # as when a command ends
    worker.request_stop("leave")
    thread.join()
    assert desk.questions == [1, 1]


def test_a_ring_that_is_lost_is_made_up_for_by_the_next_heartbeat(
    scheduling: Scheduler, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(heartbeat, "BEAT", 0.05)
    request.getfixturevalue("home")
    scheduling.give("x", KEYS[0], "import time; time.sleep(600)", ring=False)
    scheduling.started(KEYS[0])
    scheduling.database.write(lambda db: assignments.request_stop(db, {KEYS[0]: "cancelled by hand"}))
    assert scheduling.outcome(KEYS[0])["state"] == "cancelled"
