"""Whether the planner is paused: one row while it is, none otherwise."""

from __future__ import annotations

from datetime import datetime

from . import tables
from .sql import Connection

__all__ = ["pause", "pause_of", "paused", "resume"]

_PAUSE = "SELECT paused_at, paused_by FROM planner"


def paused(db: Connection) -> bool:
    """Whether it is paused; cheap enough for every pass of an engine."""
    return db.row(_PAUSE) is not None


def pause_of(db: Connection) -> tuple[datetime, str] | None:
    """Since when, and by whom; None if it is not paused."""
    row = db.row(_PAUSE)
    return None if row is None else (row.paused_at, row.paused_by)


def pause(db: Connection, now: datetime, by: str) -> None:
    db.run(tables.planner.insert(), id=1, paused_at=now, paused_by=by)


def resume(db: Connection) -> None:
    db.run("DELETE FROM planner")
