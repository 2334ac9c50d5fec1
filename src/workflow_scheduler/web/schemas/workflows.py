"""Workflows, their versions and their documents."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field, create_model

from workflow_scheduler.domain.run import RunState
from workflow_scheduler.domain.workflow import Workflow

from .base import Answer, Fields, Identifier, Moment, Request, Text
from .declared import answered, requested
from .schedules import ScheduleAnswer

__all__ = [
    "Applied",
    "Bar",
    "Deleted",
    "DiffAnswer",
    "DocumentAnswer",
    "DocumentText",
    "NewId",
    "NewTask",
    "NewWorkflow",
    "Position",
    "Restored",
    "Saved",
    "ValidAnswer",
    "VersionAnswer",
    "VersionRow",
    "WorkflowAnswer",
    "WorkflowChange",
    "WorkflowPage",
    "WorkflowRow",
]

_YAML = "id: nightly\ntasks:\n  - {id: dump, command: backup.sh}\nschedules:\n  - {cron: 0 1 * * mon-fri}\n"


class Bar(Answer):
    """One of the last runs."""

    id: str
    state: RunState
    started_at: Moment | None
    seconds: float | None = Field(examples=[12.5])


class WorkflowRow(Answer):
    id: Identifier
    description: str
    tasks: int = Field(description="number of tasks")
    version: int
    enabled: bool
    labels: list[str]
    last_state: RunState | None
    next_utc: Moment | None = Field(description="never in the past")
    overdue_since: Moment | None = Field(
        None, description="since when a fire of a schedule is due that was not planned"
    )
    history: list[Bar] = Field(description="the last runs, oldest first, at most 20")


class WorkflowPage(Answer):
    items: list[WorkflowRow]
    next_cursor: str | None = Field(description="for the parameter cursor; null at the end")


_Answered: Any = create_model("WorkflowAnswer", __base__=Answer, **answered(Workflow))


class WorkflowAnswer(_Answered):
    """The newest version. The header ETag holds its number."""

    id: Identifier
    version: int
    tasks: list[dict[str, Any]] = Field(description="as in definitions; defaults are left out")
    graph: dict[str, list[str]] = Field(description="for each task, those that must finish first")
    schedules: list[ScheduleAnswer]
    history: list[Bar]
    estimate_seconds: float | None = Field(description="median duration of the last successful runs")


class VersionRow(Answer):
    version: int
    saved_at: Moment


class VersionAnswer(Answer):
    version: int
    saved_at: Moment
    definition: dict[str, Any]
    yaml: str


class DiffAnswer(Answer):
    version: int
    against: int
    diff: list[str] = Field(examples=[["-  command: a.sh", "+  command: b.sh"]])


MOST_PARTS = 20_000
"""YAML takes some 50 microseconds per value to read: no request may block the others for long."""


def _readable_soon(yaml: str) -> str:
    if sum(yaml.count(char) for char in "\n,:[{") > MOST_PARTS:
        raise ValueError(f"has more than {MOST_PARTS:,} parts; use 'scheduler workflow apply' for so long a document")
    return yaml


class DocumentText(Request):
    yaml: Annotated[Text, AfterValidator(_readable_soon)] = Field(max_length=900_000, examples=[_YAML])


class DocumentAnswer(Answer):
    """The header ETag changes with the workflow and with each of its schedules."""

    id: Identifier
    version: int
    yaml: str = Field(examples=[_YAML])


class FireTime(Answer):
    schedule_id: str
    utc: Moment


class FireCollision(Answer):
    schedule_id: str
    at: Moment
    schedule_ids: list[str] = Field(description="other schedules with a run due at the same time")


class Applied(Answer):
    """What a document changed, or would change."""

    id: Identifier
    result: str = Field(examples=["changed"], description="created, changed or unchanged")
    version: int
    diff: list[str]
    warnings: list[str] = Field(description="probable mistakes in its schedules and tasks")
    fires_added: list[FireTime] = Field(description="next fires that the change adds")
    fires_removed: list[FireTime]
    collisions: list[FireCollision] = Field(description="new fires at the same time as others")
    dry_run: bool


class ValidAnswer(Answer):
    valid: bool
    workflows: list[str]
    warnings: list[str] = Field(description="probable mistakes in its schedules")


class NewWorkflow(Request):
    id: Identifier | None = Field(None, description="default: the next free workflow_N")
    description: Text = Field("", max_length=32_000)


_Change: Any = create_model("WorkflowChange", __base__=Request, **requested(Workflow))


class WorkflowChange(_Change):
    """What is left out stays as it is."""


class NewTask(Request):
    task: Fields = Field(examples=[{"id": "dump", "command": "backup.sh", "retry": {"limit": 2, "delay": "30s"}}])
    position: int | None = Field(None, ge=1, le=100_000, description="1 is first; default: at the end")


class Position(Request):
    position: int = Field(ge=1, le=100_000, description="1 is first")


class NewId(Request):
    id: Identifier


class Saved(Answer):
    """The header ETag holds the version."""

    id: Identifier
    version: int


class Deleted(Answer):
    id: Identifier
    deleted: bool
    yaml: str = Field(description="the document to send to POST …/restore")


class Restored(Answer):
    id: Identifier
    version: int
    left_out: list[str] = Field(description="schedules whose only date has passed")
