"""Keepers, and an executor, that a test gives orders to."""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from executing import Executing
from patience import PATIENCE

from workflow_scheduler.executors import slots
from workflow_scheduler.processes.pool import KeeperPool, Notice, Order

PYTHON = sys.executable


class Keepers:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notices: queue.Queue[Notice] = queue.Queue()
        self.pool = KeeperPool(lambda notice, _: self.notices.put(notice), os.environ, idle_seconds=60)
        self._number = 0

    def order(self, *argv: str, **options: object) -> Order:
        self._number += 1
        key = f"r/t/{self._number}"
        facts = {"RUN_ID": str(self.folder), "TASK_ID": "t", "ATTEMPT": str(self._number)}
        values: dict = {
            "key": key,
            "folder": str(self.folder / str(self._number)),
            "argv": list(argv),
            "cwd": str(self.folder),
            "env": facts,
            "timeout": None,
            "grace": 5.0,
            "cap": 1 << 20,
        }
        return Order(**(values | options))

    def python(self, code: str, **options: object) -> Order:
        return self.order(PYTHON, "-c", code, **options)

    def next(self, *kinds: str) -> Notice:
        """The next notice of one of these kinds."""
        while True:
            notice = self.notices.get(timeout=PATIENCE)
            if notice.kind in kinds:
                return notice

    def run(self, order: Order) -> dict:
        """Launch and return the exit record."""
        self.pool.launch(order)
        notice = self.next("exited", "lost", "not_launched", "refused")
        assert notice.kind == "exited", notice
        return notice.facts["record"]

    @staticmethod
    def output(order: Order, stream: str = "stdout") -> bytes:
        return (Path(order.folder) / f"{stream}.log").read_bytes()


@pytest.fixture
def keepers(tmp_path: Path) -> Iterator[Keepers]:
    made = Keepers(tmp_path)
    yield made
    made.pool.close()
    for thread in threading.enumerate():
        if thread.name.startswith("keeper "):
            thread.join(PATIENCE)


@pytest.fixture
def executing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Executing]:
    monkeypatch.setattr(slots, "LIMIT_HOLDS", 3600.0)  # nobody says it again here
    made = Executing(tmp_path)
    yield made
    made.executor.close()
