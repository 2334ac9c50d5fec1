"""Backfills and their times."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from workflow_scheduler.domain.backfill import MOST_PARALLEL, BackfillState, Only, Order
from workflow_scheduler.domain.run import RunState
from workflow_scheduler.operations.backfills.rows import Outlook

from .base import Answer, Fields, Identifier, Moment, Request, Text

__all__ = [
    "BackfillAnswer",
    "BackfillCreated",
    "BackfillDetail",
    "BackfillList",
    "BackfillPlanAnswer",
    "BackfillRetried",
    "NewBackfill",
]


class NewBackfill(Request):
    workflow: Identifier
    from_: Text = Field(
        alias="from",
        max_length=40,
        examples=["2026-11-01"],
        description="start of the range, in the time zone of the schedule; a date begins with its midnight",
    )
    to: Text = Field(
        max_length=40, examples=["2026-11-20"], description="end of the range; a date includes the whole day"
    )
    schedule: Identifier | None = Field(None, description="default: all schedules of the workflow")
    only: Only = Field(Only.MISSING, description="times without a run, those whose last run did not succeed, or all")
    order: Order = Order.OLDEST
    parallel: int = Field(1, ge=1, le=MOST_PARALLEL, description="the most runs at the same time")
    between: Text | None = Field(
        None,
        max_length=20,
        examples=["20:00-06:00"],
        description="start runs only in these hours, in the time zone of the schedule",
    )
    params: Fields = Field(default_factory=dict, description="values of parameters, instead of those of the schedule")
    as_of: Text | None = Field(
        None, max_length=40, description="run the version of the workflow that was the newest at this time"
    )
    dry_run: bool = Field(False, description="only answer what would run, with 200")


class PlannedMoment(Answer):
    nominal_utc: Moment
    timezone: str
    schedule_id: str
    run_id: str | None = Field(description="its last run")
    run_state: RunState | None
    disposition: str | None = Field(description="why its fire had no run, if that is on record")
    outlook: Outlook
    what: str = Field(examples=["will run", "left out: succeeded"])


class BackfillPlanAnswer(Answer):
    workflow_id: str
    version: int
    will_run: int
    left_out: int
    notes: list[str] = Field(description="sentences about what differs from the request")
    moments: list[PlannedMoment]


class BackfillCreated(Answer):
    id: str
    will_run: int
    repeated: bool = Field(False, description="whether an earlier request with the same key created it")


class BackfillAnswer(Answer):
    id: str = Field(examples=["20261124-010000-2bk7x4mn"])
    workflow_id: str
    state: BackfillState
    reason: str
    created_at: Moment
    created_by: str
    finished_at: Moment | None
    schedules: list[str]
    from_: str = Field(alias="from")
    to: str
    only: Only
    order: Order
    parallel: int
    between: str | None
    params: dict[str, Any]
    as_of: Moment | None
    version: int | None = Field(description="of the workflow; null for the newest at the time of each run")
    total: int
    succeeded: int
    failed: int
    cancelled: int
    unknown: int
    running: int
    queued: int
    left: int = Field(description="times that have no run")
    deleted: int = Field(description="times whose run was pruned")


class BackfillList(Answer):
    items: list[BackfillAnswer]


class MomentAnswer(Answer):
    nominal_utc: Moment
    timezone: str
    schedule_id: str
    run_id: str | None
    state: str = Field(description="of its run; left, not_run or deleted without one", examples=["succeeded"])
    reason: str
    started_at: Moment | None
    finished_at: Moment | None


class BackfillDetail(BackfillAnswer):
    waits: str = Field(description="why it starts no run now; empty if nothing keeps it")
    next_start: Moment | None = Field(description="when its hours begin, if it waits for them")
    moments: list[MomentAnswer] = Field(description="in the order in which they are run")
    next_cursor: str | None


class BackfillRetried(Answer):
    id: str
    again: int = Field(description="times whose run did not succeed")
    never_run: int
