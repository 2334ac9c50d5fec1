"""Simulations."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from workflow_scheduler.domain.run import RunState, TaskRunState
from workflow_scheduler.domain.schedule import Disposition

from .base import Answer, Identifier, Moment, Request, Text

__all__ = ["SimulationAnswer", "SimulationRequest"]

Value = Annotated[Text, Field(max_length=40)]


class SimulationRequest(Request):
    from_: Text | None = Field(
        None,
        alias="from",
        max_length=60,
        examples=["2026-11-24 22:00"],
        description="a date or a time, in the home's zone; begins with nothing in progress. Default: now, with what is "
        "queued and running",
    )
    for_: Value = Field("24h", alias="for", description="how long: at most 366d")
    with_: Text = Field(
        "",
        alias="with",
        max_length=1_000_000,
        description="definitions in YAML that are applied first, to the copy only; needs the role author",
    )
    assume: dict[Text, Value] = Field(
        default={}, max_length=100, description="a duration of tasks, or `failed`", examples=[{"load": "3h"}]
    )
    slots: int | None = Field(None, ge=1, le=1000, description="instead of MAX_THREADS")
    durations: Literal["median", "p90"] = "median"
    workflows: list[Identifier] = Field(
        default=[], max_length=100, description="those to report; all if empty. The others run all the same"
    )
    limit: int = Field(2000, ge=1, le=5000, description="the most runs, and skipped fires, in the answer")


class SimulatedTask(Answer):
    id: Identifier
    state: TaskRunState
    reason: str
    attempts: int
    started_at: Moment | None = Field(description="when its first command started; null if none did")
    finished_at: Moment | None


class SimulatedRun(Answer):
    workflow_id: Identifier
    schedule_id: Identifier | None
    nominal_utc: Moment | None
    due_utc: Moment | None = Field(description="of a fire; differs from nominal_utc if it is moved")
    queued_at: Moment
    started_at: Moment | None
    finished_at: Moment | None = Field(description="null if it is not finished at the end")
    state: RunState
    reason: str
    note: str = Field(
        description="why the fire is moved, and what a change of the clock does to it; empty if nothing does"
    )
    late: float | None = Field(description="seconds from its due time to its start, if that is late")
    waits_for: str = Field(description="why it is late; empty if nothing held it back when it was queued")
    overruns_utc: Moment | None = Field(description="the next due time of its schedule, if that is before its end")
    missed: list[str] = Field(description="a sentence about each deadline that it misses")
    tasks: list[SimulatedTask]


class SkippedFire(Answer):
    workflow_id: str
    schedule_id: Identifier
    nominal_utc: Moment
    due_utc: Moment
    until_utc: Moment | None = Field(description="of a series, the nominal time of the last one")
    count: int
    disposition: Disposition
    reason: str


class SimulationCounts(Answer):
    runs: int
    workflows: int
    late: int
    at_risk: int = Field(description="runs that are late, or end after the next due time of their schedule")
    failed: int
    moved: int
    skipped: int
    unfinished: int
    most_at_once: int = Field(description="runs in progress")


class SimulationAnswer(Answer):
    begin: Moment
    until: Moment
    timezone: str
    idle: bool = Field(description="whether it starts with nothing in progress")
    max_runs: int = Field(description="MAX_THREADS, or what was asked for instead")
    notes: list[str]
    assumed: list[str] = Field(description="tasks without a history, for which a minute is assumed")
    counts: SimulationCounts
    runs: list[SimulatedRun]
    skipped: list[SkippedFire]
    left_out: int = Field(description="runs and skipped fires beyond the limit, which are only counted")
