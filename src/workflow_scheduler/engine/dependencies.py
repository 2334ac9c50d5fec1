"""The dependencies of an engine, wired in `bootstrap` and, for tests, by hand."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime
from typing import Any, Protocol

from workflow_scheduler.domain.defaults import Defaults
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.run import Run
from workflow_scheduler.executors.base import Executor, Records, ReportTo
from workflow_scheduler.storage.database import Database

from .pulse import Pulse
from .settling import Pass
from .wakeups import Wakeups

__all__ = ["Dependencies", "EngineOptions", "Waker"]


class Waker(Protocol):
    """Wakes the engine: `Wakeups`, or what moves the clock of a simulation."""

    @property
    def port(self) -> int | None:
        """Where other processes send wake-ups to."""

    def keep_going(self) -> None: ...

    def plan_at(self, moment: datetime | None, now: datetime) -> None: ...

    def start_over(self) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """`role`: "scheduler" plans and runs everything; "here" runs only what is reserved for it."""

    role: str
    max_runs: int
    max_processes: int
    identity: Mapping[str, Any]
    min_free: int = 0
    """With fewer free bytes on the disk, no command is started."""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The collaborators of the engine."""

    database: Database
    executor: Callable[[ReportTo], Executor]
    records: Records
    values: Callable[[Run, str, int], dict[str, str]]
    """The variables that describe the run in an attempt's environment."""
    journal: Callable[[Pass], None]
    alive: Callable[[Mapping[str, Any]], bool]
    """Whether the process with that identity lives on this host."""
    free: Callable[[], int]
    """The free bytes on the home's disk."""
    upkeep: Callable[[datetime, Callable[[], bool]], None]
    """Prunes old history and makes backups, until it is told to stop."""
    defaults: Callable[[], Defaults] = Defaults
    """What tasks have unless they say otherwise; the same object as long as nothing changes."""
    awake: Callable[[bool], None] = lambda _: None
    """Keeps the machine awake or lets it sleep. Called in the engine's thread after each pass."""
    wake: Callable[[datetime | None], None] | None = None
    """Wakes the machine from sleep for the next fire that asks for it. Called after each pass that plans."""
    secure: Callable[[], bool] = lambda: True
    """Locks the home again if its lock file was deleted or replaced; False if that is not possible now."""
    passed: Callable[[], None] = lambda: None
    """There may be new events. Called after each pass that was stored."""
    pulse: Pulse = field(default_factory=Pulse)
    wakeups: Callable[..., Waker] = Wakeups
    ticks: Callable[[], float] = time.monotonic
    """Seconds that go on whatever the clock says."""
