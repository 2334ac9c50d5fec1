"""Moves a real engine through time on a database of its own: the clock jumps from one event to the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from workflow_scheduler.domain.defaults import Defaults
from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.executors.base import AttemptSpec, Report, ReportTo
from workflow_scheduler.executors.simulated import Expected, SimulatedExecutor
from workflow_scheduler.storage.database import Database

from .dependencies import Dependencies, EngineOptions
from .loop import Engine
from .wakeups import Hint

__all__ = ["WORKFLOW", "SimulatedEngine"]

WORKFLOW = "workflow"
"""Where the values of an attempt have its workflow."""


class _Alarm:
    """The engine's wake-ups as a time to move the clock to."""

    port = None

    def __init__(self, **_: Callable[[], None]) -> None:
        self.at: datetime | None = None

    def plan_at(self, moment: datetime | None, now: datetime) -> None:
        self.at = moment

    def keep_going(self) -> None: ...

    def start_over(self) -> None: ...

    def close(self) -> None: ...


class _NoRecords:
    """What attempts would leave on a disk."""

    def reach(self, key: AttemptKey, home: str, place: Mapping[str, Any]) -> None: ...

    def bar(self, key: AttemptKey) -> None: ...


class SimulatedEngine:
    """The engine with its planner and dispatcher as they are, without threads, sockets, disks and commands.

    `database` is a copy. `expect` says how each attempt ends; `begun`: when those in progress were started.
    """

    def __init__(
        self,
        database: Database,
        begin: datetime,
        expect: Callable[[AttemptSpec], Expected],
        *,
        max_runs: int,
        max_processes: int,
        defaults: Defaults | None = None,
        begun: Mapping[AttemptKey, datetime] | None = None,
    ) -> None:
        self.now = begin
        self._alarm = _Alarm()
        known = defaults or Defaults()

        self._reported = False

        def connect(report: ReportTo) -> SimulatedExecutor:
            def tell(one: Report) -> None:
                self._reported = True
                report(one)

            self.executor = SimulatedExecutor(tell, expect, lambda: self.now, begun or {})
            return self.executor

        parts = Dependencies(
            database,
            connect,
            _NoRecords(),
            values=lambda run, *_: {WORKFLOW: run.workflow_id},
            journal=lambda _: None,
            alive=lambda _: False,
            free=lambda: 0,
            upkeep=lambda *_: None,
            defaults=lambda: known,
            wakeups=lambda **_: self._alarm,
            ticks=self._ticks,
        )
        options = EngineOptions("scheduler", max_runs, max_processes, {})
        self._engine = Engine(parts, options, clock=lambda: self.now)

    def _ticks(self) -> float:
        return self.now.timestamp()

    def run(self, until: datetime, planned: Callable[[datetime], None] = lambda _: None) -> None:
        """Move to `until`; what happens at that very time is left out. `planned` is called after each time at which schedules
        were due."""
        self._settle({Hint.BEAT, Hint.CHANGED})
        planned(self.now)
        while (then := self._next()) is not None and then < until:
            due = self._alarm.at is not None and self._alarm.at <= then
            self.now = max(then, self.now)
            self.executor.end_due()
            self._settle(set())
            if due:
                planned(self.now)
        self.now = until

    def _next(self) -> datetime | None:
        return min((at for at in (self._alarm.at, self.executor.next_end()) if at is not None), default=None)

    def _settle(self, hints: set[Hint]) -> None:
        """Make passes until there is nothing more to do at this time."""
        hints |= self._engine.inbox.take()
        while True:
            self._reported = False
            self._engine.step(self.now, hints)
            hints = self._engine.inbox.take()
            if not hints and not self._reported:
                return
