"""Finds the fire that a question is about: at a time, or the last one that was no success."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from workflow_scheduler.domain.calendar import SEARCHED
from workflow_scheduler.domain.run import Run, RunState
from workflow_scheduler.domain.schedule import Fire
from workflow_scheduler.storage import fires as fire_store
from workflow_scheduler.storage.database import Connection
from workflow_scheduler.storage.queries_explanations import fire_at, fire_due_at, runs_with

from .question import Situation
from .rules import Rules
from .runs import retried_by

__all__ = ["Bad", "last_bad", "pending_since", "recorded_at"]

_NEWEST = 50
"""The newest fires of each schedule among which one without a success is searched."""
_AROUND = timedelta(days=SEARCHED + 1)


class Bad(NamedTuple):
    """A due time without a success. `fire`: its record; None if it has none yet."""

    due: datetime
    nominal: datetime
    rules: Rules
    fire: Fire | None


def recorded_at(db: Connection, schedule_id: str, at: datetime, rules: Rules | None) -> tuple[Fire, datetime] | None:
    """The record of the fire with that nominal or due time, and its nominal time."""
    near = rules.near(at) if rules is not None else None
    nominal = near.nominal if near is not None else at
    fire = fire_at(db, schedule_id, nominal)
    # Between the fires of a series there is none; the rules may have changed since its first and its last one.
    if fire is not None and (near is not None or nominal in (fire.nominal, fire.until)):
        return fire, nominal
    moved = fire_due_at(db, schedule_id, at, at - _AROUND, at + _AROUND)
    return None if moved is None else (moved, moved.nominal)


def pending_since(rules: Rules, situation: Situation) -> datetime | None:
    """The nominal time of the last due fire without a disposition; None if there is none."""
    cursor = rules.schedule.planner.cursor
    if cursor is None or cursor >= situation.now:
        return None
    span = (rules.due if rules.schedule.adjusted else rules.nominal).span(cursor, situation.now)
    return None if span is None else span.last


def last_bad(db: Connection, situation: Situation, schedules: Sequence[Rules]) -> tuple[Bad | None, int]:
    """The last due time of all schedules that was no success, and the number of fires that were searched."""
    found: list[Bad] = []
    count = 0
    for rules in schedules:
        if (nominal := pending_since(rules, situation)) is not None:
            found.append(Bad(rules.place(nominal).due, nominal, rules, None))
        fires = fire_store.list_fires(db, rules.schedule.id, _NEWEST)
        count += len(fires)
        runs = runs_with(db, [fire.run_id for fire in fires if fire.run_id is not None])
        for fire in reversed(fires):
            run = runs.get(fire.run_id or "")
            if fire.run_id is not None and (run is None or _succeeded(db, run)):
                continue
            nominal = fire.until or fire.nominal
            found.append(Bad(fire.due or nominal, nominal, rules, fire))
            break
    return max(found, key=lambda bad: bad.due, default=None), count


def _succeeded(db: Connection, run: Run) -> bool:
    """Whether the run or a retry of it did."""
    if run.state is RunState.SUCCEEDED:
        return True
    retry = retried_by(db, run) if run.over else None
    return retry is not None and retry.state is RunState.SUCCEEDED
