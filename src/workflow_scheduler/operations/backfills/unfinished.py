"""The backfills that have not ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflow_scheduler.storage.database import Database
from workflow_scheduler.storage.present_backfills import any_unfinished

if TYPE_CHECKING:
    from .rows import BackfillRow

__all__ = ["unfinished_backfills"]


def unfinished_backfills(database: Database, limit: int) -> list[BackfillRow]:
    """The newest first."""
    if not database.read(any_unfinished):
        return []
    from .show import backfill_list  # noqa: PLC0415  slow to import, and seldom needed

    return backfill_list(database, limit=limit, unfinished=True)
