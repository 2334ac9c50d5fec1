"""From due schedules to fires, each with its disposition, and from fires to queued runs."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.run import Run, RunState
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
from workflow_scheduler.storage import catalog
from workflow_scheduler.storage import fires as fire_store
from workflow_scheduler.storage import runs as run_store
from workflow_scheduler.storage.database import Connection
from workflow_scheduler.triggers import Trigger, build

__all__ = [
    "BATCH",
    "FIRST_BATCH",
    "Accounting",
    "account",
    "account_for_pause",
    "new_run_id",
    "plan",
    "plan_anew",
    "readable",
    "store",
    "trigger_of",
]

FIRST_BATCH, BATCH = 50, 500
"""So many schedules are planned in one transaction: few at first, so that commands run while the others are planned, and
twice as many each time, because each transaction costs something of its own."""
_LETTERS = (b"23456789abcdefghjkmnpqrstuvwxyz" * 9)[:256]
"""One for each byte; none that could be taken for another."""
_log = logging.getLogger(__name__)
_dice = random.Random()  # noqa: S311  identifiers must differ, and need not be secrets


def new_run_id(now: datetime) -> str:
    """Sorts by time, can be read aloud, and is unlike any other: 31**8 in each second."""
    tail = _dice.randbytes(8).translate(_LETTERS).decode()
    return f"{_stamp(now)}-{tail}"


@lru_cache(maxsize=8)
def _stamp(now: datetime) -> str:
    return f"{now.astimezone(UTC):%Y%m%d-%H%M%S}"


def trigger_of(schedule: Schedule) -> Trigger:
    """InvalidInput if what is stored cannot be read."""
    if schedule.problem or any(isinstance(value, dict | list) for value in schedule.spec.values()):
        return fresh_trigger_of(schedule)
    return _trigger(tuple(sorted(schedule.spec.items())), schedule.timezone)


def fresh_trigger_of(schedule: Schedule) -> Trigger:
    """The same past the cache: where each is needed once, all of them would push out those in use."""
    if schedule.problem:
        raise InvalidInput(schedule.problem)
    return build(dict(schedule.spec), schedule.timezone)


@lru_cache(maxsize=1_000)
def _trigger(spec: tuple[tuple[str, object], ...], timezone: str) -> Trigger:
    return build(dict(spec), timezone)


def readable(
    db: Connection, schedules: Collection[Schedule], make: Callable[[Schedule], Trigger] = trigger_of
) -> list[tuple[Schedule, Trigger]]:
    """Those that can fire. The others are due no more, in the caller's transaction, so that they hold up none of these."""
    found, unreadable = [], []
    for schedule in schedules:
        try:
            found.append((schedule, make(schedule)))
        except InvalidInput as error:
            _log.error("The schedule %s cannot fire: %s", schedule.id, error)
            unreadable.append(schedule.at(schedule.planner.cursor, None))
    catalog.save_planned(db, unreadable)
    return found


@dataclass(frozen=True, slots=True)
class Accounting:
    """The fires of one schedule up to now, and the schedule with its cursor moved there."""

    schedule: Schedule
    fires: tuple[Fire, ...]
    replaces: bool = False
    """Its runs that are not over have to be cancelled first."""


def account(schedule: Schedule, trigger: Trigger, now: datetime, active: int) -> Accounting:
    """Give every fire in (cursor, now] its disposition. `active`: runs that it takes notice of and that have
    not finished."""
    cursor = schedule.planner.cursor or now
    span = trigger.span(cursor, now) if cursor < now else None
    moved = schedule.at(max(cursor, now), trigger.next_after(max(cursor, now)))
    if span is None:
        return Accounting(moved, ())
    most = CATCHUP_LIMIT if schedule.policies.catchup is Catchup.ALL else 1
    newest = [span.last] if most == 1 or span.count == 1 else trigger.latest(cursor, now, most)
    chosen = [one for one in newest if _made_up_for(schedule, one, now)]
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
        # What is caught up with `all` lines up behind each other: only a fire by itself can be one too many, and only if
        # another one comes after it.
        elif overlap is Overlap.QUEUE and waiting >= 2 and len(chosen) == 1 and moved.planner.next_due is not None:
            fate, reason = (
                Disposition.SKIPPED_OVERLAP,
                f"one run of this {schedule.policies.overlap_scope} is waiting already",
            )
        else:
            late = now - nominal
            fate, reason = Disposition.QUEUED, "" if late <= LATE else f"{CAUGHT_UP}, {_length(late)} late"
            waiting += 1
        run_id = new_run_id(now) if fate is Disposition.QUEUED else None
        fires.append(Fire(schedule.id, nominal, fate, reason, run_id))
    replaces = overlap is Overlap.REPLACE and active > 0 and any(fire.run_id for fire in fires)
    return Accounting(moved, tuple(fires), replaces)


def account_for_pause(schedule: Schedule, now: datetime) -> Accounting:
    """Account for the fires while a schedule was paused: one row for all of them."""
    trigger, cursor = trigger_of(schedule), schedule.planner.cursor or now
    span = trigger.span(cursor, now) if cursor < now else None
    moved = schedule.at(max(cursor, now), trigger.next_after(max(cursor, now)))
    if span is None:
        return Accounting(moved, ())
    fire = Fire(schedule.id, span.first, Disposition.SKIPPED_PAUSED, "paused", None, span.last, span.count)
    return Accounting(moved, (fire,))


def _made_up_for(schedule: Schedule, nominal: datetime, now: datetime) -> bool:
    late = now - nominal
    if schedule.policies.catchup is Catchup.NONE:
        return late <= LATE
    return schedule.policies.catchup_window is None or late <= timedelta(
        seconds=max(schedule.policies.catchup_window, LATE.seconds)
    )


def _passed_over(schedule: Schedule, trigger: Trigger, after: datetime, until: datetime, now: datetime) -> list[Fire]:
    """Rows for the fires that get no run: those too old to be made up for, then those that another stands for."""
    rows: list[tuple[datetime, datetime, Disposition, str]] = []
    if schedule.policies.catchup is Catchup.LATEST:
        edge = after
        if schedule.policies.catchup_window is not None:
            edge = max(
                after, now - timedelta(seconds=max(schedule.policies.catchup_window, LATE.seconds), microseconds=1)
            )
            rows.append((after, min(edge, until), Disposition.SKIPPED_TOO_OLD, "older than the catch-up window"))
        rows.append((edge, until, Disposition.COALESCED, "one run stands for all that were missed"))
    elif schedule.policies.catchup is Catchup.ALL:
        why = f"older than the catch-up window, or than the newest {CATCHUP_LIMIT}"
        rows.append((after, until, Disposition.SKIPPED_TOO_OLD, why))
    else:
        rows.append((after, until, Disposition.SKIPPED_TOO_OLD, "missed, and catch-up is off"))
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


def plan(db: Connection, now: datetime, most: int, cancel: Callable[[Collection[Schedule]], None]) -> int:
    """Account for `most` schedules that are due, in the caller's transaction. Returns how many there were.

    `cancel` is called with the schedules whose open runs give way to a new one.
    """
    due = catalog.schedules_due(db, now, most)
    if not due:
        return 0
    active = fire_store.active_runs(db, due)
    done = []
    for schedule, trigger in readable(db, due):
        scope = fire_store.scope_of(schedule)
        done.append(account(schedule, trigger, now, active[scope]))
        # Another schedule of the workflow may be due in the same moment.
        active[scope] += sum(fire.run_id is not None for fire in done[-1].fires)
    if replaced := [one.schedule for one in done if one.replaces]:
        cancel(replaced)
    store(db, done, now)
    return len(due)


def plan_anew(db: Connection, after: str) -> str | None:
    """Find out again when the schedules behind `after` are due: the rules of a zone may have changed since.

    Returns the identifier to go on behind; None at the end.
    """
    found = catalog.schedules_after(db, after, BATCH)
    due = [
        one.at(one.planner.cursor, trigger.next_after(one.planner.cursor))
        for one, trigger in readable(db, found, fresh_trigger_of)
        if one.planner.cursor
    ]
    old = {one.id: one.planner.next_due for one in found}
    catalog.save_planned(db, [one for one in due if one.planner.next_due != old[one.id]])
    return found[-1].id if len(found) == BATCH else None


def store(db: Connection, done: Collection[Accounting], now: datetime) -> None:
    """Write fires, their runs and the moved cursors."""
    versions = catalog.versions_of(db, {one.schedule.workflow_id for one in done})
    begun = fire_store.record_fires(db, [fire for one in done for fire in one.fires])
    run_store.add_runs(
        db,
        [
            Run(
                id=fire.run_id,
                workflow_id=one.schedule.workflow_id,
                version=versions[one.schedule.workflow_id],
                state=RunState.QUEUED,
                queued_at=now,
                reason=fire.reason,
                schedule_id=one.schedule.id,
                nominal=fire.nominal,
                exclusive=one.schedule.policies.overlap is not Overlap.ALLOW,
                exclusive_scope=one.schedule.policies.overlap_scope.value,
                started_by="schedule",
                cause=fire.reason,
            )
            for one in done
            for fire in one.fires
            if fire.run_id in begun
        ],
    )
    catalog.save_planned(db, [one.schedule for one in done])
