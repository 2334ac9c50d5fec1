"""An engine that is moved by hand: its clock and its executor belong to the test."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from operated import Commands, Queries

from workflow_scheduler.domain.defaults import Defaults
from workflow_scheduler.domain.run import AttemptKey, AttemptState, Run
from workflow_scheduler.domain.task import Task
from workflow_scheduler.engine.dependencies import Dependencies, EngineOptions
from workflow_scheduler.engine.loop import Engine
from workflow_scheduler.executors.base import AttemptSpec, Outcome, ReportTo
from workflow_scheduler.operations.runs.detail_rows import RunDetail
from workflow_scheduler.operations.runs.start import request_run
from workflow_scheduler.storage.database import Database


class Recorder:
    """An executor, and the records on its machine, that do nothing by themselves."""

    def __init__(self) -> None:
        self.launched: list[AttemptKey] = []
        self.specs: dict[AttemptKey, AttemptSpec] = {}
        self.adopted: list[AttemptKey] = []
        self.stopped: list[AttemptKey] = []
        self.reached: list[AttemptKey] = []
        self.barred: list[AttemptKey] = []
        self.seen: dict[AttemptKey, Mapping[str, Any]] = {}
        self.most = 0
        self.report: ReportTo = lambda _: None

    def limit(self, most: int) -> None:
        self.most = most

    def launch(self, spec: AttemptSpec) -> None:
        self.launched.append(spec.key)
        self.specs[spec.key] = spec

    def adopt(self, specs: Iterable[AttemptSpec]) -> None:
        for spec in specs:
            self.adopted.append(spec.key)
            self.specs[spec.key] = spec

    def reach(self, key: AttemptKey, home: str, place: Mapping[str, Any]) -> None:
        self.reached.append(key)

    def bar(self, key: AttemptKey) -> None:
        self.barred.append(key)

    def stop(self, reasons: Mapping[AttemptKey, str]) -> None:
        self.stopped += reasons

    def interrupt(self, why: str) -> None:
        self.interrupted = why

    def look(self, run_id: str, task_id: str) -> Mapping[AttemptKey, Mapping[str, Any]]:
        return {key: seen for key, seen in self.seen.items() if key[0] == run_id and task_id in ("", key[1])}

    def busy(self) -> bool:
        return False

    def close(self) -> None:
        pass


class Bench:
    """One database, engines on it, and a clock that stands still."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = datetime(2026, 11, 23, 0, 59, 0, tzinfo=UTC)
        self.commands = Commands(database, "UTC")
        self.queries = Queries(database, Path("/home"))
        self.dead: set[int] = set()
        self.defaults = Defaults()
        self.free = 1000
        self.ticks = time.monotonic
        self.upkeep: list[datetime] = []
        self.awake = False
        self.wakes: list[datetime | None] = []
        self.engines: list[Engine] = []
        self.executor, self.engine = self.another()

    def another(
        self, max_runs: int = 10, max_processes: int = 5, role: str = "scheduler", **identity: Any
    ) -> tuple[Recorder, Engine]:
        recorder = Recorder()

        def connect(report: ReportTo) -> Recorder:
            recorder.report = report
            return recorder

        number = len(self.engines) + 1

        def values(run: Run, task_id: str, attempt: int) -> dict[str, str]:
            return {}

        parts = Dependencies(
            self.database,
            connect,
            recorder,
            values,
            journal=lambda _: None,
            alive=lambda identity: identity["pid"] not in self.dead,
            free=lambda: self.free,
            upkeep=lambda now, _: self.upkeep.append(now),
            awake=lambda wanted: setattr(self, "awake", wanted),
            wake=self.wakes.append,
            defaults=lambda: self.defaults,
            ticks=self.elapsed,
        )
        options = EngineOptions(role, max_runs, max_processes, {"pid": number, **identity}, min_free=1000)
        engine = Engine(parts, options, clock=lambda: self.now)
        self.engines.append(engine)
        return recorder, engine

    def elapsed(self) -> float:
        return self.ticks()

    def pass_time(self, **delta: float) -> None:
        self.now += timedelta(**delta)
        self.step()

    def step(self) -> None:
        self.engine.inbox.take()
        self.engine.step(self.now)

    def end(self, key: AttemptKey, state: AttemptState = AttemptState.SUCCEEDED, reason: str = "exit code 0") -> None:
        self.executor.report(Outcome(key, state, reason, 0, self.now, self.now))
        self.step()

    def run(self, run_id: str) -> RunDetail:
        return self.queries.run(run_id)

    def make(self, *tasks: Task, **policies: object) -> None:
        """The workflow w."""
        self.commands.create_workflow("w", self.now)
        self.commands.change_workflow("w", lambda workflow: replace(workflow, tasks=tasks, **policies), self.now)

    def start(self, **options: Any) -> str:
        run_id = request_run(self.database, "w", self.now, **options)
        self.step()
        return run_id

    def task_states(self, run_id: str) -> list[str]:
        return [task.state for task in self.run(run_id).tasks]

    def only_run(self) -> RunDetail:
        (found,) = self.queries.run_list(limit=None)
        return self.run(found.id)


@pytest.fixture
def bench(database: Database) -> Iterator[Bench]:
    made = Bench(database)
    yield made
    for engine in made.engines:
        engine.close()
