"""Whether the planner is paused: one row while it is, none while it plans."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from .prepared import Prepared
from .tables import planner

__all__ = ["pause", "pause_of", "paused", "resume"]

_PAUSED = Prepared(select(planner.c.paused_at, planner.c.paused_by))


def paused(db: Connection) -> bool:
    """Cheap enough for every pass of an engine."""
    return _PAUSED.finds(db)


def pause_of(db: Connection) -> tuple[datetime, str] | None:
    """Since when, and by whom; None if it plans."""
    row = db.execute(select(planner.c.paused_at, planner.c.paused_by)).first()
    return None if row is None else (row.paused_at, row.paused_by)


def pause(db: Connection, now: datetime, by: str) -> None:
    db.execute(insert(planner).values(id=1, paused_at=now, paused_by=by))


def resume(db: Connection) -> None:
    db.execute(delete(planner))
