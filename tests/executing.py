"""The executor of this machine in a home, and what it reports."""

from __future__ import annotations

import queue
import sys
from pathlib import Path

from patience import PATIENCE

from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.domain.task import Task
from workflow_scheduler.executors.base import AttemptSpec, Outcome, Report, Started
from workflow_scheduler.executors.local import LocalExecutor


class Executing:
    def __init__(self, home: Path) -> None:
        self.home = home
        self.reports: queue.Queue[Report] = queue.Queue()
        self.executor = LocalExecutor(home, self.reports.put)
        self.executor.limit(2)

    def spec(self, code: str, number: int = 1, **options: object) -> AttemptSpec:
        task = Task("t", sys.executable, ("-c", code), **options)
        return AttemptSpec(AttemptKey("r", "t", number), task, {"RUN_ID": "r", "TASK_ID": "t", "ATTEMPT": str(number)})

    def started(self) -> Started:
        report = self.reports.get(timeout=PATIENCE)
        assert isinstance(report, Started), report
        return report

    def outcome(self) -> Outcome:
        while not isinstance(report := self.reports.get(timeout=PATIENCE), Outcome):
            pass
        return report

    def later(self) -> Executing:
        """The executor of the next engine, which finds what this one left."""
        return Executing(self.home)

    def output(self, number: int = 1, stream: str = "stdout") -> str:
        return (self.home / "attempts" / "r" / f"t.{number}" / f"{stream}.log").read_text(encoding="utf-8")
