"""Workflows a page at a time, each with its last runs."""

from __future__ import annotations

from datetime import datetime

from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.run import Run, RunState
from workflow_scheduler.operations.pagination import name_behind, text_behind
from workflow_scheduler.operations.rows import widened
from workflow_scheduler.storage import queries_runs, queries_workflows
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.storage.queries_workflows import StoredWorkflow

from .lists import WorkflowRow, workflow_row

__all__ = ["BARS", "Bar", "WorkflowPage", "WorkflowWithBars", "bars_of", "workflow_page"]

BARS = 20
"""The last runs of a workflow that are shown as bars."""


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


def workflow_page(database: Database, *, limit: int, cursor: str | None, q: str, label: str) -> WorkflowPage:
    """Workflows, by name, with `q` in their identifier or description, and with the label."""
    words = q.casefold()

    def wanted(stored: StoredWorkflow) -> bool:
        if label and label not in stored.definition["labels"]:
            return False
        return words in stored.id.casefold() or words in stored.definition["description"].casefold()

    def work(db: Connection) -> tuple[list[WorkflowWithBars], bool]:
        rows: list[StoredWorkflow] = []
        more = False
        for row in queries_workflows.walk_workflows(db, name_behind(cursor)):
            if wanted(row):
                if len(rows) == limit:
                    more = True
                    break
                rows.append(row)
        return [widened(workflow_row(row), WorkflowWithBars, history=bars_of(db, row.id)) for row in rows], more

    workflows, more = database.read(work)
    return WorkflowPage(tuple(workflows), text_behind(workflows[-1].id) if more else None)


def bars_of(db: Connection, workflow_id: str) -> tuple[Bar, ...]:
    return tuple(
        Bar(id=run.id, state=run.state, started_at=run.started_at, seconds=_seconds(run))
        for run in queries_runs.last_runs(db, workflow_id, BARS)
    )


def _seconds(run: Run) -> float | None:
    if run.started_at is None or run.finished_at is None:
        return None
    return round((run.finished_at - run.started_at).total_seconds(), 3)
