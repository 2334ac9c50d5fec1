"""Which schedules are due next."""

from __future__ import annotations

from datetime import datetime

from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.storage import queries_due
from workflow_scheduler.storage.database import Connection, Database

__all__ = ["ScheduleDue", "next_due"]


@dataclass(frozen=True, slots=True)
class ScheduleDue:
    """A schedule that will be due again."""

    id: str
    workflow_id: str
    timezone: str
    next_utc: datetime | None


def next_due(database: Database, most: int) -> tuple[int, list[ScheduleDue]]:
    """How many schedules will be due again, and the next of them."""

    def work(db: Connection) -> tuple[int, list[tuple[str, str, str, datetime]]]:
        return queries_due.schedules_to_come(db), queries_due.next_schedules(db, most)

    count, found = database.read(work)
    return count, [ScheduleDue(*row) for row in found]
