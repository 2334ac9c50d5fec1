"""Who paused, cancelled or renamed something, where the audit log says so."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from workflow_scheduler.storage.database import Connection
from workflow_scheduler.storage.queries_explanations import Change, changes_between

__all__ = ["change_of", "new_name_of", "pause_before"]

_MOST = 500
"""The most entries to look through."""
_AROUND = timedelta(seconds=2)
_YEARS = timedelta(days=3660)


def change_of(db: Connection, at: datetime, name: str, around: timedelta = _AROUND) -> Change | None:
    """The change of that thing at that time."""
    entries = changes_between(db, at - around, at + _AROUND, _MOST)
    return next((entry for entry in entries if name in _words(entry)), None)


def pause_before(db: Connection, at: datetime, schedule_id: str) -> Change | None:
    """The last time before that at which the schedule, or all of them, were paused."""
    for entry in changes_between(db, at - _YEARS, at, _MOST):
        words = _words(entry)
        if "pause" in words and (schedule_id in words or "planner" in words):
            return entry
    return None


def new_name_of(db: Connection, workflow_id: str, now: datetime) -> Change | None:
    """The entry of its renaming; its detail ends with the new name."""
    entries = changes_between(db, now - _YEARS, now, _MOST)
    return next((entry for entry in entries if _renames(entry, workflow_id)), None)


def _renames(entry: Change, workflow_id: str) -> bool:
    *before, _ = _split(entry)
    return "rename" in before and workflow_id in before


def _words(entry: Change) -> set[str]:
    return set(_split(entry))


def _split(entry: Change) -> list[str]:
    return re.split(r"[\s/,]+", f"{entry.action} {entry.detail}".strip())
