"""What is asked of a scheduler or a worker that has just taken its lock is asked once it can hear it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE

from workflow_scheduler.domain.errors import Refused, Unreachable
from workflow_scheduler.engine.lock import SCHEDULER, WORKER, Holder, HomeLock, Owner
from workflow_scheduler.operations.home import running, scheduler_process
from workflow_scheduler.storage import engines
from workflow_scheduler.storage.engines import EngineRow
from workflow_scheduler.workers import process as worker_process

NOW = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture
def locks(tmp_path: Path) -> Iterator[Callable[[Owner], HomeLock]]:
    taken = []

    def take(owner: Owner) -> HomeLock:
        taken.append(HomeLock(tmp_path, owner))
        taken[-1].acquire()
        return taken[-1]

    yield take
    for lock in taken:
        lock.release()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Future[Any]]]:
    """Calls something in a thread, and returns once that waits."""
    waits = threading.Event()
    sleep = threading.Event().wait

    def wait(seconds: float) -> None:
        waits.set()
        sleep(seconds)

    with ThreadPoolExecutor(1) as threads:

        def call(module: Any, *args: Any) -> Future[Any]:
            monkeypatch.setattr(module.time, "sleep", wait)
            future = threads.submit(*args)
            while not waits.wait(0.01):
                assert not future.done(), future.result()
            return future

        yield call


def test_a_scheduler_that_starts_is_asked_to_stop_when_it_has_said_which_engine_it_is(
    database, tmp_path, locks, asked
) -> None:
    lock = locks(SCHEDULER)
    row = EngineRow(0, "scheduler", "host", {"home": str(tmp_path)}, 9, NOW, NOW)
    future = asked(running, scheduler_process.ask_to_stop, database, tmp_path, "leave", NOW)
    number = database.write(lambda db: engines.register(db, row))
    assert database.read(lambda db: engines.stop_request(db, number)) is None
    lock.write(Holder(os.getpid(), number))
    assert future.result(PATIENCE).engine_id == number
    assert database.read(lambda db: engines.stop_request(db, number)) == "leave"


def test_one_that_ends_before_is_not_running(database, tmp_path, locks, asked) -> None:
    lock = locks(SCHEDULER)
    future = asked(running, scheduler_process.ask_to_stop, database, tmp_path, "leave", NOW)
    lock.release()
    with pytest.raises(Refused, match="not running"):
        future.result(PATIENCE)


def test_one_that_never_says_it_is_told_of(database, tmp_path, locks, monkeypatch) -> None:
    locks(SCHEDULER)
    monkeypatch.setattr(running, "START_PATIENCE", 0.1)
    with pytest.raises(Unreachable, match=r"did not start to work within 0.1 s; see scheduler\.log"):
        scheduler_process.ask_to_stop(database, tmp_path, "leave", NOW)


def test_a_worker_is_asked_to_stop_when_it_has_said_its_process(tmp_path, locks, asked, until) -> None:
    lock = locks(WORKER)
    (tmp_path / WORKER.file).write_bytes(b"")  # as between taking the lock and writing
    future = asked(worker_process, worker_process.ask_to_stop, tmp_path, "leave")
    lock.write(Holder(os.getpid()))
    until(lambda: worker_process.asked_to_stop(tmp_path) == "leave")
    lock.release()
    assert future.result(PATIENCE).pid == os.getpid()
