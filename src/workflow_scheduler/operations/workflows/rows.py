"""Row types of workflows and their versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from workflow_scheduler.domain.run import RunState
from workflow_scheduler.operations.rows import Plain

__all__ = ["Bar", "VersionDiff", "VersionDocument", "VersionRow", "WorkflowPage", "WorkflowRow", "WorkflowWithBars"]


@dataclass(frozen=True, slots=True)
class WorkflowRow:
    """`tasks`: how many."""

    id: str
    description: str
    tasks: int
    version: int
    enabled: bool
    labels: tuple[str, ...]
    last_state: str | None
    next_utc: datetime | None


@dataclass(frozen=True, slots=True)
class Bar:
    """One of the last runs, and how many seconds it took."""

    id: str
    state: RunState
    started_at: datetime | None
    seconds: float | None


@dataclass(frozen=True, slots=True)
class WorkflowWithBars(WorkflowRow):
    history: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class WorkflowPage:
    items: tuple[WorkflowWithBars, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class VersionRow:
    version: int
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class VersionDocument(VersionRow):
    """With the definition as it was written."""

    definition: Plain
    yaml: str


@dataclass(frozen=True, slots=True)
class VersionDiff:
    version: int
    against: int
    diff: tuple[str, ...]
