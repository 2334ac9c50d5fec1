"""Turns elapsed time into fires, each with a disposition and a reason. Pure: no database, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from workflow_scheduler.domain.identifiers import new_run_id
from workflow_scheduler.domain.schedule import (
    CATCHUP_LIMIT,
    CAUGHT_UP,
    LATE,
    Catchup,
    Disposition,
    Fire,
    Overlap,
    Schedule,
)
from workflow_scheduler.triggers.base import Trigger

__all__ = ["Accounting", "account", "account_for_pause"]


@dataclass(frozen=True, slots=True)
class Accounting:
    """The fires of one schedule up to now, and the schedule with its cursor moved there."""

    schedule: Schedule
    fires: tuple[Fire, ...]
    replaces: bool = False
    """Its unfinished runs must be cancelled first."""


def account(schedule: Schedule, trigger: Trigger, now: datetime, active: int) -> Accounting:
    """Give every fire in (cursor, now] its disposition. `active`: runs within its overlap scope that have
    not finished."""
    cursor = schedule.planner.cursor or now
    span = trigger.span(cursor, now) if cursor < now else None
    moved = schedule.at(max(cursor, now), trigger.next_after(max(cursor, now)))
    if span is None:
        return Accounting(moved, ())
    most = CATCHUP_LIMIT if schedule.policies.catchup is Catchup.ALL else 1
    newest = [span.last] if most == 1 or span.count == 1 else trigger.latest(cursor, now, most)
    chosen = [fire for fire in newest if _caught_up(schedule, fire, now)]
    fires: list[Fire] = []
    if len(chosen) < span.count:
        before = chosen[0] - timedelta(microseconds=1) if chosen else now
        fires += _passed_over(schedule, trigger, cursor, before, now)
    overlap = schedule.policies.overlap
    waiting = active
    for nominal in chosen:
        if overlap is Overlap.SKIP and waiting:
            fate, reason = (
                Disposition.SKIPPED_OVERLAP,
                f"another run of this {schedule.policies.overlap_scope} has not finished",
            )
        # Fires caught up with `all` queue behind each other: only a single fire can be one too many, and only if
        # another one comes after it.
        elif overlap is Overlap.QUEUE and waiting >= 2 and len(chosen) == 1 and moved.planner.next_due is not None:
            fate, reason = (
                Disposition.SKIPPED_OVERLAP,
                f"one run of this {schedule.policies.overlap_scope} is already waiting",
            )
        else:
            late = now - nominal
            fate, reason = Disposition.QUEUED, "" if late <= LATE else f"{CAUGHT_UP}, {_length(late)} late"
            waiting += 1
        run_id = new_run_id(now) if fate is Disposition.QUEUED else None
        fires.append(Fire(schedule.id, nominal, fate, reason, run_id))
    replaces = overlap is Overlap.REPLACE and active > 0 and any(fire.run_id for fire in fires)
    return Accounting(moved, tuple(fires), replaces)


def account_for_pause(schedule: Schedule, trigger: Trigger, now: datetime) -> Accounting:
    """Account for the fires while a schedule was paused: one row for all of them."""
    cursor = schedule.planner.cursor or now
    span = trigger.span(cursor, now) if cursor < now else None
    moved = schedule.at(max(cursor, now), trigger.next_after(max(cursor, now)))
    if span is None:
        return Accounting(moved, ())
    fire = Fire(schedule.id, span.first, Disposition.SKIPPED_PAUSED, "paused", None, span.last, span.count)
    return Accounting(moved, (fire,))


def _caught_up(schedule: Schedule, nominal: datetime, now: datetime) -> bool:
    late = now - nominal
    if schedule.policies.catchup is Catchup.NONE:
        return late <= LATE
    return schedule.policies.catchup_window is None or late <= timedelta(
        seconds=max(schedule.policies.catchup_window, LATE.seconds)
    )


def _passed_over(schedule: Schedule, trigger: Trigger, after: datetime, until: datetime, now: datetime) -> list[Fire]:
    """Rows for the fires without a run: those too old to catch up, then those covered by another."""
    rows: list[tuple[datetime, datetime, Disposition, str]] = []
    if schedule.policies.catchup is Catchup.LATEST:
        edge = after
        if schedule.policies.catchup_window is not None:
            edge = max(
                after, now - timedelta(seconds=max(schedule.policies.catchup_window, LATE.seconds), microseconds=1)
            )
            rows.append((after, min(edge, until), Disposition.SKIPPED_TOO_OLD, "older than the catch-up window"))
        rows.append((edge, until, Disposition.COALESCED, "one run covers all missed fires"))
    elif schedule.policies.catchup is Catchup.ALL:
        why = f"older than the catch-up window or the newest {CATCHUP_LIMIT} missed fires"
        rows.append((after, until, Disposition.SKIPPED_TOO_OLD, why))
    else:
        rows.append((after, until, Disposition.SKIPPED_TOO_OLD, "missed; catch-up is off"))
    fires = []
    for start, end, fate, reason in rows:
        if start < end and (span := trigger.span(start, end)) is not None:
            several = span.count > 1
            fires.append(Fire(schedule.id, span.first, fate, reason, None, span.last if several else None, span.count))
    return fires


def _length(late: timedelta) -> str:
    seconds = int(late.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
