"""Whether a scheduler was working at a past time, by the starts, heartbeats and stops that are recorded."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from workflow_scheduler.domain.lateness import LATE
from workflow_scheduler.operations.condition import SILENT
from workflow_scheduler.storage.database import Connection
from workflow_scheduler.storage.queries_explanations import Spell, next_scheduler, schedulers_before

from .trail import clock

__all__ = ["SchedulerThen", "scheduler_then"]

_FEW = 5
"""Schedulers on the same database that may have been running at the same time."""


class SchedulerThen(NamedTuple):
    """`fact`: in words; `since`: its start, stop or last heartbeat; `by`: which scheduler."""

    worked: bool
    fact: str
    since: datetime | None = None
    by: str = ""


def scheduler_then(db: Connection, at: datetime, timezone: str) -> SchedulerThen:
    before = schedulers_before(db, at, _FEW)
    for spell in before:
        if _worked(spell, at):
            return SchedulerThen(True, "it was running", spell.started_at, f"scheduler {spell.id}")
    following = next_scheduler(db, at)
    if not before:
        if following is None:
            return SchedulerThen(False, "no scheduler has ever been started")
        later = f"the first recorded start was at {clock(following.started_at, timezone)}"
        return SchedulerThen(False, f"no scheduler is recorded for that time; {later}", following.started_at)
    return _not_working(before[0], at, following, timezone)


def _worked(spell: Spell, at: datetime) -> bool:
    """A heartbeat after that time, or one shortly before it from a scheduler that did not stop first."""
    if spell.stopped_at is not None and spell.stopped_at < at:
        return False
    return spell.heartbeat_at >= at - SILENT


def _not_working(spell: Spell, at: datetime, following: Spell | None, timezone: str) -> SchedulerThen:
    who = f"scheduler {spell.id}"
    again = f"; the next one started at {clock(following.started_at, timezone)}" if following else ""
    silent_since = clock(spell.heartbeat_at, timezone)
    if spell.stopped_at is None:
        return SchedulerThen(False, f"it had no heartbeat since {silent_since}{again}", spell.heartbeat_at, who)
    if spell.stopped_at - spell.heartbeat_at > SILENT + LATE:
        ended = clock(spell.stopped_at, timezone)
        fact = f"it had no heartbeat since {silent_since} and was found to be gone at {ended}{again}"
        return SchedulerThen(False, fact, spell.heartbeat_at, who)
    asked = " as asked" if spell.stop_request else ""
    return SchedulerThen(
        False, f"it stopped{asked} at {clock(spell.stopped_at, timezone)}{again}", spell.stopped_at, who
    )
