"""How long the tasks of a home may take to stop."""

from __future__ import annotations

from workflow_scheduler.storage import catalog, queries_workflows
from workflow_scheduler.storage.database import Connection, Database

__all__ = ["longest_grace"]


def longest_grace(database: Database) -> float:
    """The longest `stop_grace` of all tasks, in seconds; 0 without any."""

    def work(db: Connection) -> float:
        found = (catalog.find_workflow(db, workflow_id) for workflow_id in queries_workflows.workflow_ids(db))
        return max((task.stop_grace for workflow in found if workflow for task in workflow[0].tasks), default=0.0)

    return database.read(work)
