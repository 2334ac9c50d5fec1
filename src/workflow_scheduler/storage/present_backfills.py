"""Whether there are backfills to see to. Most homes have none, and need not load what backfills are."""

from __future__ import annotations

from .runs import OPEN_RUNS
from .sql import Connection

__all__ = ["UNFINISHED", "any_present", "any_unfinished"]

UNFINISHED = "backfills.state IN ('active', 'paused')"
_UNFINISHED = f"SELECT id FROM backfills WHERE {UNFINISHED}"
_PRESENT = f"""
    {_UNFINISHED}
    UNION ALL SELECT id FROM runs WHERE backfill_id IS NOT NULL AND {OPEN_RUNS} LIMIT 1"""


def any_unfinished(db: Connection) -> bool:
    return db.row(f"{_UNFINISHED} LIMIT 1") is not None


def any_present(db: Connection) -> bool:
    """Whether a backfill has not ended, or a run of one has not."""
    return db.row(_PRESENT) is not None
