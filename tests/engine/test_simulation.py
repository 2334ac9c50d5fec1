"""A simulation does what a real engine then does whose clock is moved minute by minute."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from workflow_scheduler.definitions.calendars import read_calendar
from workflow_scheduler.domain.policies import Catchup, OnClosed, Overlap
from workflow_scheduler.domain.run import AttemptKey, AttemptState
from workflow_scheduler.domain.task import Retry, Task
from workflow_scheduler.engine.simulation import SimulatedEngine
from workflow_scheduler.executors.base import AttemptSpec, Outcome, Report, Started
from workflow_scheduler.executors.simulated import Expected
from workflow_scheduler.operations.calendars.edit import apply_calendars
from workflow_scheduler.storage.copying import copy_definitions
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.storage.scratch import ScratchDatabase

MINUTE = timedelta(minutes=1)
BERLIN = "Europe/Berlin"
RECORDS = {
    "fires": "schedule_id, nominal_utc, due_utc, disposition, reason, until_utc, count",
    "runs": "workflow_id, schedule_id, nominal_utc, due_utc, queued_at, started_at, finished_at, state, reason, cause",
    "task_runs": "task_id, state, reason, attempts, retry_at, started_at, finished_at",
    "schedules": "id, cursor_utc, next_due_utc",
}


def expect(spec: AttemptSpec) -> Expected:
    """A task's first argument is its minutes."""
    return Expected(int(spec.task.args[0]) * MINUTE, "it failed" if "fails" in spec.task.args else "")


def task(name: str, minutes: int, *more: str, **fields: Any) -> Task:
    return Task(name, "x", (str(minutes), *more), **fields)


class Commands:
    """An executor in the place of the machine: commands end as `expect` says, and are looked at each minute."""

    def __init__(self, bench: Any) -> None:
        self.bench = bench
        self.executor, self.engine = bench.executor, bench.engine
        self.waiting: list[AttemptSpec] = []
        self.running: dict[AttemptKey, Outcome] = {}
        self.executor.launch, self.executor.stop = self.waiting.append, self.stop

    def pass_until(self, end: datetime) -> None:
        self.work()
        while self.bench.now < end:
            self.bench.now += MINUTE
            for outcome in [outcome for outcome in self.running.values() if outcome.finished_at <= self.bench.now]:
                self.tell(self.running.pop(outcome.key))
            self.work()

    def work(self) -> None:
        """Start what has a slot, and let the engine pass until nothing more happens in this minute."""
        while True:
            self.engine.inbox.take()
            self.engine.step(self.bench.now)
            while self.waiting and len(self.running) < self.executor.most:
                spec = self.waiting.pop(0)
                expected, now = expect(spec), self.bench.now
                state = AttemptState.FAILED if expected.failure else AttemptState.SUCCEEDED
                reason = expected.failure or "exit code 0"
                self.running[spec.key] = Outcome(spec.key, state, reason, 0, now, now + expected.duration)
                self.tell(Started(spec.key, now, 1))
            hints = self.engine.inbox.take()
            if not hints and not self.engine.inbox.reports:
                return

    def stop(self, reasons: dict[AttemptKey, str]) -> None:
        for key, reason in reasons.items():
            if (outcome := self.running.pop(key, None)) is not None:
                ended = AttemptState.CANCELLED, reason, None, outcome.started_at, self.bench.now
                self.tell(Outcome(key, *ended))

    def tell(self, report: Report) -> None:
        self.executor.report(report)


def records(database: Database) -> dict[str, list[Any]]:
    def read(db: Connection) -> dict[str, list[Any]]:
        return {name: sorted(map(repr, db.rows(f"SELECT {columns} FROM {name}"))) for name, columns in RECORDS.items()}

    return database.read(read)


@pytest.fixture
def scratch(database: Database) -> Iterator[ScratchDatabase]:
    made = ScratchDatabase()
    made.open_like(database)
    yield made
    made.close()


@pytest.fixture
def compare(bench, scratch):
    """Simulates a span of time on a copy, lets the real engine pass it, and compares what both recorded."""

    def run(hours: float, *, max_runs: int = 10, max_processes: int = 5) -> dict[str, list[Any]]:
        begin, end = bench.now, bench.now + timedelta(hours=hours)
        bench.database.read_snapshot(lambda db: scratch.write(lambda copy: copy_definitions(db, copy)))
        limits = {"max_runs": max_runs, "max_processes": max_processes}
        SimulatedEngine(scratch, begin, expect, **limits).run(end + MINUTE / 2)
        bench.executor, bench.engine = bench.another(**limits)
        Commands(bench).pass_until(end)
        real, simulated = records(bench.database), records(scratch)
        for name in RECORDS:
            assert simulated[name] == real[name], name
        return real

    return run


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def make(bench, name: str, *tasks: Task) -> None:
    bench.commands.create_workflow(name, bench.now)
    for one in tasks:
        bench.commands.add_task(name, one, bench.now)


def schedule(bench, workflow: str, cron: str, name: str = "", **policies: Any) -> None:
    named = {"schedule_id": name or f"{workflow}-s", "timezone": policies.pop("timezone", BERLIN)}
    bench.commands.add_schedule(workflow, {"cron": cron}, bench.now, **named, **policies)


@pytest.mark.parametrize("night", ["2026-10-24T22:00+02:00", "2027-03-27T22:00+01:00"])
def test_the_nights_in_which_clocks_change(bench, compare, night: str) -> None:
    bench.now = at(night)
    make(bench, "fixed", task("a", 7), task("b", 3))
    make(bench, "often", task("a", 4))
    schedule(bench, "fixed", "30 2 * * *")
    schedule(bench, "often", "*/20 * * * *")
    real = compare(6)
    assert len([fire for fire in real["fires"] if "fixed-s" in fire]) == 1
    assert len(real["runs"]) == 19


@pytest.mark.skipif(
    sys.platform == "win32",
    reason="Wine keeps a descriptor of each look at a file that SQLite has locked: here too many",
)
def test_the_end_of_a_month(bench, compare) -> None:
    bench.now = at("2027-01-29T20:00+01:00")
    calendar = read_calendar({"id": "c", "closed": ["2027-01-30", "2027-01-31"]})
    apply_calendars(bench.database, [calendar], Path("/nowhere"), bench.now)
    for name in ("last", "business", "moved", "skipped"):
        make(bench, name, task("a", 30))
    schedule(bench, "last", "0 2 L * *")
    schedule(bench, "moved", "0 23 L * *", calendar="c", on_closed=OnClosed.PREVIOUS)
    schedule(bench, "skipped", "0 6 * * *", calendar="c", on_closed=OnClosed.SKIP)
    spec = {"business_day": {"nth": -1, "of": "month", "time": "22:00"}}
    policies = {"schedule_id": "business-s", "timezone": BERLIN, "calendar": "c"}
    bench.commands.add_schedule("business", spec, bench.now, **policies)
    real = compare(60)
    assert len(real["runs"]) == 4
    assert any("skipped_calendar" in fire for fire in real["fires"])
    assert any("due_utc=datetime" in fire for fire in real["fires"])


def test_two_workflows_that_want_the_same_slot(bench, compare) -> None:
    bench.now = at("2026-11-23T01:55Z")
    make(bench, "import", task("a", 30), task("b", 15))
    make(bench, "load", task("a", 5))
    schedule(bench, "import", "0 2 * * *", timezone="UTC")
    schedule(bench, "load", "10 2 * * *", timezone="UTC")
    real = compare(2, max_runs=1, max_processes=1)
    assert any("load" in run and "2, 45" in run for run in real["runs"]), "it waits for the end of the other"


@pytest.mark.parametrize("overlap", list(Overlap))
def test_runs_that_are_due_while_another_is_in_progress(bench, compare, overlap: Overlap) -> None:
    bench.now = at("2026-11-23T00:55Z")
    make(bench, "w", task("a", 25), task("b", 10))
    schedule(bench, "w", "*/10 * * * *", timezone="UTC", overlap=overlap)
    compare(2, max_processes=2)


def test_retries_and_what_follows_a_failure(bench, compare) -> None:
    bench.now = at("2026-11-23T00:55Z")
    retry = Retry(limit=3, delay=120, backoff=2)
    make(bench, "w", task("a", 2, "fails", retry=retry, continue_on_failure=True), task("b", 3, "fails"), task("c", 1))
    schedule(bench, "w", "0 1 * * *", timezone="UTC")
    real = compare(1)
    assert any("attempts=4" in row for row in real["task_runs"])
    assert any("skipped" in row for row in real["task_runs"])


def test_a_limit_of_runs_in_progress(bench, compare) -> None:
    bench.now = at("2026-11-23T00:55Z")
    make(bench, "w", task("a", 17))
    bench.commands.change_workflow("w", lambda workflow: replace(workflow, max_active_runs=2), bench.now)
    for minute in ("0,40", "1,41", "2,42", "3,43"):
        schedule(bench, "w", f"{minute} * * * *", f"s{minute[0]}", timezone="UTC", overlap=Overlap.ALLOW)
    compare(2)


@pytest.mark.parametrize("catchup", list(Catchup))
def test_what_was_missed_before_it_begins(bench, compare, catchup: Catchup) -> None:
    bench.now = at("2026-11-22T20:00Z")
    make(bench, "w", task("a", 5))
    schedule(bench, "w", "0 * * * *", timezone="UTC", catchup=catchup)
    bench.now = at("2026-11-23T00:50Z")
    compare(2)


def test_tasks_that_wait_for_a_process(bench, compare) -> None:
    bench.now = at("2026-11-23T00:55Z")
    make(bench, "w", *(task(f"t{number}", 3 + number, depends_on=()) for number in range(5)))
    schedule(bench, "w", "*/30 * * * *", timezone="UTC")
    compare(2, max_processes=2)
