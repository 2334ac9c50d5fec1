"""Row types of simulations."""

from __future__ import annotations

from datetime import datetime

from workflow_scheduler.domain.quick_dataclass import dataclass

__all__ = ["SimulatedRun", "SimulatedTask", "Simulation", "SimulationCounts", "SkippedFire"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedTask:
    """`started_at`: when its first command started; None if none did."""

    id: str
    state: str
    reason: str
    attempts: int
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedRun:
    """`due_utc`: of a schedule's fire. `nominal_utc` differs from it if the fire is moved, and `note` says why, and what a
    change of the clock does.

    `late`: seconds from its due time to its start, if that is more than the scheduler itself takes; `waits_for` says why.
    `overruns_utc`: the next due time of its schedule, if that is before its end. `missed`: a sentence about each deadline that it
    misses.
    """

    workflow_id: str
    schedule_id: str | None
    nominal_utc: datetime | None
    due_utc: datetime | None
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    state: str
    reason: str
    note: str
    late: float | None
    waits_for: str
    overruns_utc: datetime | None
    missed: tuple[str, ...]
    tasks: tuple[SimulatedTask, ...]

    @property
    def moved(self) -> bool:
        return self.due_utc is not None and self.nominal_utc != self.due_utc


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedFire:
    """A fire that starts no run, or (with `until_utc`) a series of them."""

    workflow_id: str
    schedule_id: str
    nominal_utc: datetime
    due_utc: datetime
    until_utc: datetime | None
    count: int
    disposition: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationCounts:
    """`at_risk`: runs that are late, or end after the next due time of their schedule. `most_at_once`: runs in progress."""

    runs: int
    workflows: int
    late: int
    at_risk: int
    failed: int
    moved: int
    skipped: int
    unfinished: int
    most_at_once: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """`idle`: it starts with nothing in progress. `assumed`: tasks without a history, whose durations are assumed.

    `left_out`: runs and skipped fires that are only counted.
    """

    begin: datetime
    until: datetime
    timezone: str
    idle: bool
    max_runs: int
    notes: tuple[str, ...]
    assumed: tuple[str, ...]
    counts: SimulationCounts
    runs: tuple[SimulatedRun, ...]
    skipped: tuple[SkippedFire, ...]
    left_out: int
