"""The executors that have to conform, each with records of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import databases
import pytest
import worker_rows
from executing import Executing
from worker_loop import ExecutingOnWorker, Working

from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.executors import slots
from workflow_scheduler.storage.database import Database

KINDS = {"local": "on_this_machine", "worker": "on_a_worker"}


@pytest.fixture(params=sorted(KINDS))
def executing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Executing:
    monkeypatch.setattr(slots, "LIMIT_HOLDS", 3600.0)  # nobody says it again here
    made: Executing = request.getfixturevalue(KINDS[request.param])
    return made


@pytest.fixture
def on_this_machine(tmp_path: Path) -> Iterator[Executing]:
    made = Executing(tmp_path)
    yield made
    made.executor.close()


@pytest.fixture
def postgresql(postgres: str, tmp_path: Path) -> Iterator[tuple[Database, str]]:
    """A database in which an engine has claimed some attempts."""
    url = databases.fresh(postgres, databases.MIGRATED)
    database = Database(url, tmp_path)
    database.open()
    worker_rows.add_attempts(database, *(AttemptKey("r", "t", number) for number in range(1, 20)))
    yield database, url
    worker_rows.drop_roles(database)
    database.close()
    databases.drop(postgres, url)


@pytest.fixture
def on_a_worker(postgresql: tuple[Database, str], tmp_path: Path) -> Iterator[ExecutingOnWorker]:
    database, url = postgresql
    worker = Working(worker_rows.desk(database, url, "x", tmp_path, slots=100), tmp_path / "worker")
    worker.start()
    made = ExecutingOnWorker(database, tmp_path / "scheduler", worker, "x")
    yield made
    made.executor.close()
    worker.close()
    worker.desk.database.close()


@pytest.fixture
def later(executing: Executing) -> Iterator[Executing]:
    """The next engine's executor, after the first one has let go."""
    made = executing.later()
    yield made
    made.executor.close()
