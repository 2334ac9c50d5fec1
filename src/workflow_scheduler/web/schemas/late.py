"""Deadlines: what is late now, and those of a run."""

from __future__ import annotations

from pydantic import Field

from workflow_scheduler.domain.deadline import DeadlineKind, DeadlineState

from .base import Answer, Moment

__all__ = ["DeadlineAnswer", "LateAnswer"]


class LateAnswer(Answer):
    condition: str = Field(examples=["late"], description="late, no_success, long or at_risk")
    kind: DeadlineKind
    workflow_id: str
    schedule_id: str | None
    run_id: str | None = Field(description="null if no run was started")
    task_id: str | None = Field(description="null: the whole run")
    nominal_utc: Moment | None = Field(description="of the fire; of no_success the last success")
    due_utc: Moment = Field(description="when the deadline was")
    timezone: str
    reason: str = Field(description="a sentence with the figures")


class DeadlineAnswer(Answer):
    kind: DeadlineKind
    state: DeadlineState = Field(description="void: it does not count, see reason")
    task_id: str | None
    due_utc: Moment
    reason: str
