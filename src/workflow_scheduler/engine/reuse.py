"""What a run that is tried again takes over from the earlier one: the tasks that succeeded."""

from __future__ import annotations

from dataclasses import replace

from workflow_scheduler.domain.run import TaskRun, TaskRunState
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.storage import runs as run_store
from workflow_scheduler.storage.database import Connection

__all__ = ["reused_tasks"]


def reused_tasks(db: Connection, workflow: Workflow, old_id: str, run_id: str) -> list[TaskRun]:
    """The tasks of the new run that are done already."""
    done = {task.task_id: task for task, _ in run_store.task_history(db, old_id)}
    return [
        _reused(done[task.id], run_id, position, old_id)
        for position, task in enumerate(workflow.tasks)
        if task.id in done and done[task.id].state is TaskRunState.SUCCEEDED
    ]


def _reused(done: TaskRun, run_id: str, position: int, old_id: str) -> TaskRun:
    reason = done.reason if done.reason.startswith("reused") else f"reused from run {old_id}"
    return replace(done, run_id=run_id, position=position, reason=reason, attempts=0, recoveries=0)
