"""A database with workers in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import databases
import pytest
import worker_rows
from workers.working import Scheduler

from workflow_scheduler.storage.database import Database


@pytest.fixture
def scheduling(postgres: str, tmp_path: Path, until: Callable[..., Any]) -> Iterator[Scheduler]:
    yield from scheduling_in(postgres, tmp_path, until)


@pytest.fixture(scope="session")
def cluster_apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with databases.cluster() as cluster:
        databases.execute(cluster, f"CREATE DATABASE {databases.MIGRATED}")
        migrated = Database(cluster.format(name=databases.MIGRATED), tmp_path_factory.mktemp("apart"))
        migrated.open()
        migrated.close()
        yield cluster


@pytest.fixture
def scheduling_apart(cluster_apart: str, tmp_path: Path, until: Callable[..., Any]) -> Iterator[Scheduler]:
    """In a cluster that may be restarted: no other process of the tests uses it."""
    yield from scheduling_in(cluster_apart, tmp_path, until)


def scheduling_in(cluster: str, folder: Path, until: Callable[..., Any]) -> Iterator[Scheduler]:
    url = databases.fresh(cluster, databases.MIGRATED)
    database = Database(url, folder)
    database.open()
    made = Scheduler(database, url, folder, until)
    yield made
    for home in made.homes:
        home.close()
    worker_rows.drop_roles(database)
    database.close()
    databases.drop(cluster, url)
