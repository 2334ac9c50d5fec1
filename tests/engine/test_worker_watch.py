"""A silent machine, and one that is back, are one event each, whichever engine finds it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import databases
import pytest

from tests.engine.conftest import Bench
from workflow_scheduler.engine.wakeups import Hint
from workflow_scheduler.storage.database import Database
from workflow_scheduler.storage.workers import WorkerRow, add_worker

SILENT = "UPDATE workers SET heartbeat_at = CURRENT_TIMESTAMP - interval '50 seconds'"
HEARD = "UPDATE workers SET heartbeat_at = CURRENT_TIMESTAMP"


@pytest.fixture
def home(postgres: str, tmp_path: Path) -> Iterator[Bench]:
    url = databases.fresh(postgres, like=databases.MIGRATED)
    database = Database(url, tmp_path)
    database.open()
    now = datetime.now(UTC)
    worker = WorkerRow("erp", "role", ("l",), 2, "active", now, heartbeat_at=now)
    database.write(lambda db: add_worker(db, worker))
    made = Bench(database)
    made.another()
    yield made
    for engine in made.engines:
        engine.close()
    database.close()
    databases.drop(postgres, url)


def events(home: Bench) -> list[tuple[str, str | None, str]]:
    query = "SELECT kind, task_id, reason FROM events WHERE kind LIKE 'worker.%' ORDER BY seq"
    return [tuple(row) for row in home.database.read(lambda db: db.rows(query))]


def beat(home: Bench) -> None:
    for engine in home.engines:
        engine.step(home.now, {Hint.BEAT})


def test_each_change_is_one_event_of_all_engines(home: Bench) -> None:
    beat(home)
    assert events(home) == []
    home.database.write(lambda db: db.run(SILENT))
    beat(home)
    beat(home)
    ((kind, name, reason),) = events(home)
    assert (kind, name) == ("worker.offline", "erp")
    assert reason.startswith("Machine erp has been silent since 20")
    home.database.write(lambda db: db.run(HEARD))
    beat(home)
    beat(home)
    assert [kind for kind, _, _ in events(home)] == ["worker.offline", "worker.online"]
    assert events(home)[1][2].startswith("Machine erp is back, after 5")
